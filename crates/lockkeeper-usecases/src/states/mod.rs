//! The Terraform state service. The rules are the domain's; here they meet the store.

mod access;
mod delete_state;
mod keep_version;
mod list_states;
mod list_versions;
mod lock_state;
mod personal;
mod read_state;
mod unlock_state;
mod write_state;

pub use access::StateAddress;
pub use delete_state::delete_state;
pub use list_states::list_states;
pub use list_versions::list_versions;
pub use lock_state::{LockOutcome, lock_state};
pub use personal::{PersonalBase, create_personal, list_personal, refresh_personal, remove_personal};
pub use read_state::{StateBody, read_state, read_version};
pub use unlock_state::unlock_state;
pub use write_state::{StateWrite, write_state};
