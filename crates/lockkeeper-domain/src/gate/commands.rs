//! The commands that gates tell people to type, in one place so that they stay those of the
//! command-line interface.

use super::GateInput;
use crate::check::CheckName;
use crate::role::Function;

pub(super) fn plan(input: &GateInput) -> String {
    format!("`lockkeeper change plan {}`", input.change)
}

pub(super) fn approve(input: &GateInput) -> String {
    format!("`lockkeeper change approve {}`", input.change)
}

pub(super) fn approve_as(input: &GateInput, function: &Function) -> String {
    format!("`lockkeeper change approve {} --role {function}`", input.change)
}

pub(super) fn tick(input: &GateInput, check: CheckName) -> String {
    format!("`lockkeeper change tick {} {check}`", input.change)
}

pub(super) fn propose() -> &'static str {
    "`lockkeeper change propose`"
}

pub(super) fn write_rollback(input: &GateInput) -> String {
    format!("`lockkeeper change edit {} --rollback \"...\"`", input.change)
}

pub(super) fn apply_in(input: &GateInput, environment: &crate::name::Name) -> String {
    format!(
        "`lockkeeper change apply {} --environment {environment}`",
        input.change
    )
}

pub(super) fn apply_in_next_window(input: &GateInput) -> String {
    format!(
        "`lockkeeper change apply {} --environment {} --at \"next window\"`",
        input.change, input.environment
    )
}

pub(super) fn show(input: &GateInput) -> String {
    format!("`lockkeeper change show {}`", input.change)
}

pub(super) fn unlock(input: &GateInput) -> String {
    format!("`lockkeeper state unlock {} {}`", input.environment, input.stack)
}
