//! Looks for secrets in the files of a commit and in plans, and for dangerous settings in plans.
//!
//! Pure: content goes in, findings come out. No finding ever holds the secret that it is about.
//! What is looked for stands in data files and is described in `docs/scanning.md`.

pub mod allow;
pub mod finding;
pub mod misconfiguration;
pub mod report;
mod resource;
pub mod sarif;
pub mod secrets;
