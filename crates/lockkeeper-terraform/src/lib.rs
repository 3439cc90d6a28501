//! The Terraform and OpenTofu engine.
//!
//! A stack is planned and applied in a clean checkout, by the real tool, in an environment that is
//! Lockkeeper's own: its own CLI configuration and plugin cache, home and temporary folder inside the
//! directory of the run, and of the server's variables only those that are named. `.terraform` lies
//! outside of the checkout too, so that one that was committed has no effect.
//!
//! The state is always Lockkeeper's: an override file gives the stack an empty `http` backend, whose
//! address and password come by environment variable and so reach neither the plan file nor
//! `.terraform`. A stack that declares another backend is refused, because with an empty state the
//! plan would make everything anew.

mod apply;
mod backend;
mod checks;
mod cli_configuration;
mod constraint;
mod declarations;
mod diagnostics;
mod engine;
mod files;
mod lock_file;
mod outputs;
mod plan;
mod scanner;
mod session;
mod settings;
mod stack_folder;
mod version;

pub use backend::{OVERRIDE, OVERRIDE_FILE};
pub use constraint::satisfies;
pub use declarations::Declarations;
pub use engine::TerraformEngine;
pub use settings::TerraformSettings;
pub use version::{MINIMUM_VERSION, ToolVersion};
