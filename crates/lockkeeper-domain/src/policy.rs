//! Policy per environment tier and class (spec 1.3).
