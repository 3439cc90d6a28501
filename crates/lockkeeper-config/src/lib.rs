//! lockkeeper-config
