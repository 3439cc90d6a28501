//! Plans of Terraform and OpenTofu: read, classed, compared and rendered. Pure: bytes come in, values
//! and text go out.
//!
//! [`reader::read`] makes effects of `terraform show -json`, with everything sensitive taken out;
//! [`classify::assess`] gives them a class with reasons.

mod address;
mod blast_radius;
pub mod catalogue;
pub mod classify;
pub mod equality;
pub mod inspect;
pub mod reader;
pub mod render;
pub mod state_diff;
pub mod text;

pub use address::starred;
pub use blast_radius::blast_radius;
