//! The wire types, one file for each kind of thing.

pub mod audit;
pub mod change;
pub mod page;
pub mod plan;
pub mod problem;
pub mod project;
pub mod readiness;
pub mod run;
pub mod state;
pub mod user;
