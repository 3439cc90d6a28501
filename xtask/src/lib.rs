//! Tasks of the project, started by `make`: the demonstration, and the rules of the house that no lint knows.

pub mod command;
pub mod demo;
pub mod shop;
pub mod tidy;
