//! The keys that seal what the server keeps: new ones, another root key, and sealing anew what former ones sealed.

mod change_root_key;
mod rotate_data_key;
mod seal_anew;

pub use change_root_key::change_root_key;
pub use rotate_data_key::rotate_data_key;
pub use seal_anew::{refresh_keys, seal_anew};
