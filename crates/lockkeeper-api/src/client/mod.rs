//! The typed client: one method for each operation of the REST API.
//!
//! ```no_run
//! # async fn example() -> Result<(), lockkeeper_api::client::ClientError> {
//! use lockkeeper_api::client::{Client, ClientSettings};
//!
//! let client = Client::new(ClientSettings::new("http://127.0.0.1:7070".parse()?))?;
//! let change = client.change("shop", "INFRA-1").await?;
//! # Ok(())
//! # }
//! ```
//!
//! The client retries what is safe to repeat (see [`RetryPolicy`]), follows no redirect, and sends its
//! token to the one address that it was made for. A program that talks to an `https` address installs
//! the default provider of `rustls` first.

mod address;
mod audit;
mod caller;
mod changes;
mod download;
mod error;
mod events;
mod follow;
mod idempotency;
mod members;
mod pages;
mod personal_states;
mod projects;
mod retry;
mod runs;
mod send;
mod state_protocol;
mod states;
#[cfg(test)]
mod testing;
mod token;
mod tokens;
mod users;

use std::time::Duration;

pub use self::address::{InvalidAddress, ServerAddress};
pub use self::changes::Versioned;
pub use self::download::Download;
pub use self::error::ClientError;
pub use self::follow::LogFollower;
pub use self::idempotency::IdempotencyKey;
pub use self::pages::collect;
pub use self::retry::RetryPolicy;
pub use self::state_protocol::StateAddress;
pub use self::token::Token;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the server may be silent in the middle of an answer. The log of a run sends a sign of life
/// far more often than this.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// Where the server is, and who is calling.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// The server's address.
    pub address: ServerAddress,
    /// The caller's token; without one only the operations that need none are answered.
    pub token: Option<Token>,
    /// How often to try again, and when.
    pub retry: RetryPolicy,
}

impl ClientSettings {
    /// Settings for the address, without a token, with the default retries.
    pub fn new(address: ServerAddress) -> Self {
        Self {
            address,
            token: None,
            retry: RetryPolicy::default(),
        }
    }
}

/// A client of one Lockkeeper server. Cloning is cheap, and clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    settings: ClientSettings,
    http: reqwest::Client,
}

impl Client {
    /// A client with these settings. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::NotBuilt`] when the certificates of this machine cannot be read.
    pub fn new(settings: ClientSettings) -> Result<Self, ClientError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("lockkeeper/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE_TIMEOUT);
        if settings.address.is_loopback() {
            // A proxy of the company network does not lead back to this machine.
            builder = builder.no_proxy();
        }
        if !settings.address.is_encrypted() {
            // Reading the machine's certificates takes longer than most requests, and none is needed.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| ClientError::NotBuilt {
            reason: error::root_cause(&error),
        })?;
        Ok(Self { settings, http })
    }

    /// The address of the server.
    pub fn address(&self) -> &ServerAddress {
        &self.settings.address
    }
}
