//! What every handler can reach.

use std::sync::Arc;

use lockkeeper_usecases::App;

use crate::traffic::Traffic;

/// Limits of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HttpSettings {
    /// The largest body of a request other than a state, in bytes.
    pub max_request_bytes: usize,
    /// The largest state, in bytes.
    pub max_state_bytes: usize,
}

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) app: Arc<App>,
    pub(crate) settings: HttpSettings,
    pub(crate) traffic: Traffic,
}
