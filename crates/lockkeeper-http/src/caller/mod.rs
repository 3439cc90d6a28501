//! Who is calling.

pub(crate) mod show;
