//! The server file, right and wrong.
