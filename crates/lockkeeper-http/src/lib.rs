//! lockkeeper-http
