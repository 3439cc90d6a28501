//! `lockkeeper init` and `lockkeeper upgrade-repository`: the files that a repository needs.

mod found_stacks;
pub(crate) mod init;
mod parts;
mod section;
pub(crate) mod upgrade;
mod write;
