//! lockkeeper-api
