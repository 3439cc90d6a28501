//! Staging before production: the same commit works in the environment that this one promotes from.

use super::{Gate, GateInput, GateKind, ParentProgress, Promotion, commands};

pub(super) fn gate(input: &GateInput) -> Option<Gate> {
    // The revision that a rollback returns to was applied and verified here before.
    if input.direction.is_rollback() {
        return None;
    }
    match &input.promotion {
        Promotion::NoParent => None,
        Promotion::StackNotInParent { parent } => Some(Gate::open(
            GateKind::Promotion,
            format!(
                "The stack does not exist in {parent}, which {} promotes from.",
                input.environment
            ),
        )),
        Promotion::From { parent, progress } => Some(from(input, parent, *progress)),
    }
}

fn from(input: &GateInput, parent: &crate::name::Name, progress: ParentProgress) -> Gate {
    let environment = &input.environment;
    let kind = GateKind::Promotion;
    match progress {
        ParentProgress::Verified => Gate::open(
            kind,
            format!("The same commit was applied and verified in {parent}."),
        ),
        ParentProgress::NotApplied => Gate::shut(
            kind,
            format!("{environment} promotes from {parent}, where this commit has not been applied."),
            format!("apply it there first, with {}", commands::apply_in(input, parent)),
        ),
        ParentProgress::NotVerified => Gate::shut(
            kind,
            format!("This commit was applied in {parent}, and its verification is not over."),
            format!(
                "wait for the verification; {} shows how far it is",
                commands::show(input)
            ),
        ),
        ParentProgress::VerificationFailed => Gate::shut(
            kind,
            format!("This commit does not work in {parent}: its verification failed, or it was rolled back."),
            format!(
                "mend it, propose the new commit with {}, and apply that in {parent} first",
                commands::propose()
            ),
        ),
    }
}
