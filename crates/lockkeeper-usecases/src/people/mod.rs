//! Users, their tokens, and who is calling.

mod authenticate;
mod bootstrap;
mod create_token;
mod create_user;
mod disable_user;
mod list_tokens;
mod list_users;
mod revoke_token;
mod show_caller;

pub use authenticate::authenticate;
pub use bootstrap::{bootstrap, bootstrap_and_hand_over};
pub use create_token::{NewToken, create_token};
pub use create_user::create_user;
pub use disable_user::disable_user;
pub use list_tokens::list_tokens;
pub use list_users::list_users;
pub use revoke_token::revoke_token;
pub use show_caller::{CallerRecord, show_caller};
