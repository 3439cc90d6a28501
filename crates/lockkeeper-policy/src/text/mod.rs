//! What is done with the text of a policy before the interpreter's parser sees it.

pub(crate) mod bounds;
pub(crate) mod literal;
pub(crate) mod token;
