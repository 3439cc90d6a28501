//! Stacks.

pub(crate) mod list;
