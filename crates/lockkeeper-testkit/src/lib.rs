//! lockkeeper-testkit
