//! The whole file, right and wrong.
