//! lockkeeper-terraform
