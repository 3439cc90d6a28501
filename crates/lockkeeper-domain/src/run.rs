//! Runs (spec 2.4).
