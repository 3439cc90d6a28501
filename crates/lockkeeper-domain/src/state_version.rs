//! Versions of a Terraform state.
