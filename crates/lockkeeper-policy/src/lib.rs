//! Policies of a repository, written in Rego, as Conftest and OPA know them.
//!
//! A policy sees the plan that `terraform show -json` wrote, with everything sensitive taken out, and
//! answers with the rules `deny`, `warn` and `violation` as in Conftest, and with `class`, which can only
//! raise the class of a change. [`PolicySet::load`] reads the files, [`PolicySet::evaluate`] asks them.
//!
//! Whatever keeps a policy from answering is an error, and a caller takes an error for a shut gate: a
//! policy that cannot run has not allowed anything. What policies may do is bounded, see [`limits`].

mod convention;
mod evaluate;
mod files;
mod guard;
mod input;
pub mod junit;
pub mod limits;
mod outcome;
mod problem;
mod program;
mod result;
mod running;
mod set;
mod syntax;
mod testing;
mod text;

pub use files::{POLICY_FOLDER, is_policy_file};
pub use input::{InputError, PolicyInput};
pub use outcome::{Excepted, Finding, PolicyClass, PolicyOutcome};
pub use problem::{PolicyError, PolicyProblem, PolicyProblems};
pub use set::{Asked, Namespaces, PolicySet};
pub use testing::{TestOutcome, TestReport, TestStatus};
