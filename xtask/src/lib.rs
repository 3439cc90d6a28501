//! Tasks of the project, started by `make`: the rules of the house that no lint knows.

pub mod command;
pub mod shop;
pub mod tidy;
