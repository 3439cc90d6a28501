//! REST under `/api/v1`, and the Terraform state protocol. Each operation has a file of its own, which
//! reads the request, calls a use case and answers; what may be done is decided behind it.

mod audit;
mod caller;
mod changes;
mod document;
mod environments;
mod extract;
mod health;
mod idempotency;
mod layers;
mod members;
mod page;
mod problem;
mod projects;
mod routes;
mod runs;
mod server;
mod settings;
mod stacks;
mod states;
mod tokens;
mod traffic;
mod users;
mod views;

pub use document::openapi;
pub use routes::router;
pub use server::serve;
pub use settings::HttpSettings;
