//! lockkeeper-engine
