//! What people and programs see: data on standard output, everything else on standard error.

pub(crate) mod change;
pub(crate) mod console;
pub(crate) mod escape;
pub(crate) mod failure;
pub(crate) mod layout;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod words;
