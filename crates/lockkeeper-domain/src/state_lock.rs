//! The lock of a Terraform state.
