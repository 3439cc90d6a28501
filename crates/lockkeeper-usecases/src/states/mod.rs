//! The Terraform state service. The rules are the domain's; here they meet the store.

mod access;
mod allow_overwrite;
mod compare_versions;
mod delete_state;
mod find_resources;
mod import_state;
mod keep_version;
mod list_states;
mod list_versions;
mod lock_state;
mod personal;
mod protect_state;
mod read_state;
mod receive_state;
mod remove_old_versions;
mod roll_back_state;
mod show_state;
mod unlock_state;
mod write_state;

pub use access::StateAddress;
pub use allow_overwrite::allow_overwrite;
pub use compare_versions::{VersionDifference, compare_versions};
pub use delete_state::delete_state;
pub use find_resources::{FoundResource, find_resources};
pub use import_state::{Imported, ImportedState, check_import, import_state};
pub use list_states::list_states;
pub use list_versions::list_versions;
pub use lock_state::{LockOutcome, lock_state};
pub use personal::{PersonalBase, create_personal, list_personal, refresh_personal, remove_personal};
pub use protect_state::protect_state;
pub use read_state::{StateBody, read_state, read_version};
pub use remove_old_versions::{RetentionRound, remove_old_versions};
pub use roll_back_state::roll_back_state;
pub use show_state::{StateDetail, show_state};
pub use unlock_state::unlock_state;
pub use write_state::{StateWrite, write_state};
