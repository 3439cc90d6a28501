//! Tasks of the project, started by `make`: the demonstration, the benchmarks, and the rules of the
//! house that no lint knows.

pub mod bench;
pub mod command;
pub mod demo;
pub mod screens;
pub mod server;
pub mod shop;
pub mod tidy;
pub mod tools;
