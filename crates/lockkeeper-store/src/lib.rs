//! lockkeeper-store
