//! The change record (spec 1.1).
