//! What a command of Terraform does to a state, which decides what is checked before it is started.

use super::arguments::Call;

/// What a command does to a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Nothing: it needs no server.
    Apart,
    /// Reads it.
    Reads,
    /// Locks and reads it.
    Locks,
    /// Writes it.
    Writes,
}

/// What the command does. `init` that brings a state over writes it.
pub(super) fn of(call: &Call) -> Kind {
    match migrates(call) {
        true => Kind::Writes,
        false => of_name(&call.full_name()),
    }
}

/// Whether `init` brings the state of another backend over; `-force-copy` does so without a question.
pub(super) fn migrates(call: &Call) -> bool {
    call.command == "init" && (call.is_on("migrate-state") || call.is_on("force-copy"))
}

/// What the command does, by its full name.
fn of_name(command: &str) -> Kind {
    match command {
        "" | "fmt" | "validate" | "version" | "login" | "logout" | "get" | "metadata" | "modules"
        | "test" | "providers lock" | "providers mirror" => Kind::Apart,
        "init" | "output" | "show" | "graph" | "providers" | "providers schema" | "workspace"
        | "workspace list" | "workspace show" | "workspace select" | "state list" | "state show"
        | "state pull" | "state" => Kind::Reads,
        "plan" | "console" => Kind::Locks,
        // A command that is not known may do anything.
        _ => Kind::Writes,
    }
}

/// Whether the command works on a folder that was initialised.
pub(super) fn needs_initialized(command: &str, kind: Kind) -> bool {
    kind > Kind::Apart && command != "init"
}

/// Whether the command takes `-var-file`.
pub(super) fn takes_variables(command: &str) -> bool {
    matches!(
        command,
        "plan" | "apply" | "destroy" | "refresh" | "import" | "console"
    )
}

/// Whether the command alters real objects.
pub(super) fn alters_objects(command: &str) -> bool {
    matches!(command, "apply" | "destroy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands() {
        for (command, expected) in [
            ("fmt", Kind::Apart),
            ("output", Kind::Reads),
            ("state list", Kind::Reads),
            ("state rm", Kind::Writes),
            ("plan", Kind::Locks),
            ("apply", Kind::Writes),
            ("import", Kind::Writes),
            ("a-command-of-tomorrow", Kind::Writes),
        ] {
            assert_eq!(of_name(command), expected, "{command}");
        }
    }
}
