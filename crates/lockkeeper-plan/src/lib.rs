//! lockkeeper-plan
