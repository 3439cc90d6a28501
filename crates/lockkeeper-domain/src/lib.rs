//! What Lockkeeper knows about changes, and nothing about how they are stored, served or carried out.
//!
//! The chain is `change -> plan -> effects -> risk -> gates -> run -> verification -> record`. All of
//! it is decided here by pure functions: no async, no IO, no clock, no randomness. A time or an
//! identifier that a decision needs comes in as an argument.

pub mod approval;
pub mod audit;
pub mod change;
pub mod check;
pub mod effect;
pub mod gate;
pub mod id;
pub mod name;
pub mod policy;
pub mod risk;
pub mod role;
pub mod run;
pub mod secret;
pub mod stack;
pub mod state_content;
pub mod state_lock;
pub mod state_retention;
pub mod state_version;
pub mod token;
pub mod verification;
pub mod window;
