//! What a file's name says about how a literal looks in it.

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// HCL: literals stand in quotes, words without them are references.
    Hcl,
    /// JSON: literals stand in quotes.
    Json,
    /// YAML: literals need no quotes.
    Yaml,
    /// `.env`, `.ini`, `.properties`, shell: literals need no quotes.
    Settings,
    /// A Terraform state.
    State,
    /// Hashes and generated text, which look like secrets: only tokens of a fixed form count.
    Generated,
    /// Text for people: only what is sure counts.
    Prose,
    /// A program in any language, or unknown.
    Source,
}

impl FileKind {
    /// What the path says.
    pub(super) fn of(path: &str) -> Self {
        let name = path
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or(path)
            .to_ascii_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        if name.ends_with(".tfstate") || name.ends_with(".tfstate.backup") {
            return FileKind::State;
        }
        if is_generated(&name, extension) {
            return FileKind::Generated;
        }
        if name.starts_with(".env") || name.starts_with("dockerfile") || name.starts_with("makefile") {
            return FileKind::Settings;
        }
        match extension {
            "tf" | "tfvars" | "hcl" | "tofu" | "nomad" => FileKind::Hcl,
            "json" | "json5" | "jsonc" => FileKind::Json,
            "yaml" | "yml" => FileKind::Yaml,
            "env" | "ini" | "cfg" | "conf" | "properties" | "sh" | "bash" | "zsh" | "toml" | "npmrc"
            | "netrc" | "pypirc" | "tfrc" | "terraformrc" => FileKind::Settings,
            "md" | "markdown" | "rst" | "adoc" | "txt" | "html" => FileKind::Prose,
            _ => FileKind::Source,
        }
    }

    /// Whether a literal may stand without quotes.
    pub(super) fn has_bare_literals(self) -> bool {
        matches!(self, FileKind::Yaml | FileKind::Settings)
    }

    /// Whether the file configures something, so that a literal beside a name is meant.
    pub(super) fn is_configuration(self) -> bool {
        matches!(
            self,
            FileKind::Hcl | FileKind::Json | FileKind::Yaml | FileKind::Settings
        )
    }
}

fn is_generated(name: &str, extension: &str) -> bool {
    matches!(extension, "lock" | "sum" | "svg" | "map" | "snap" | "ipynb")
        || name.ends_with(".lock.hcl")
        || name.ends_with(".min.js")
        || name.ends_with(".min.css")
        || matches!(
            name,
            "package-lock.json" | "npm-shrinkwrap.json" | "pnpm-lock.yaml" | "composer.lock"
        )
}

#[cfg(test)]
mod tests {
    use super::FileKind;

    #[test]
    fn names_tell_kinds() {
        for (path, kind) in [
            ("a/b/main.tf", FileKind::Hcl),
            ("main.tf.json", FileKind::Json),
            (".terraform.lock.hcl", FileKind::Generated),
            ("x/.env.production", FileKind::Settings),
            ("values.YAML", FileKind::Yaml),
            ("terraform.tfstate.backup", FileKind::State),
            ("README.md", FileKind::Prose),
            ("main.go", FileKind::Source),
        ] {
            assert_eq!(FileKind::of(path), kind, "{path}");
        }
    }
}
