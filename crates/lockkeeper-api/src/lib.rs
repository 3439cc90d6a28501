//! What travels between the server and its clients: only these types reach anybody outside.
//!
//! `New*` and `*Request` are what a client sends, `*View` is what it gets back. Times are RFC 3339 in
//! UTC. Fields that are absent mean "not set"; a client ignores fields that it does not know.

pub mod client;
pub mod types;
