//! Gates (spec 1.3).
