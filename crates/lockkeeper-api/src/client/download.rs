//! Answers that may be too large to hold.

use bytes::Bytes;

use super::{ClientError, ServerAddress};

/// A body that is read piece by piece.
#[derive(Debug)]
pub struct Download {
    address: ServerAddress,
    response: reqwest::Response,
}

impl Download {
    pub(super) fn new(address: ServerAddress, response: reqwest::Response) -> Self {
        Self { address, response }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// [`ClientError::BrokenOff`] when the connection broke before the end. What came until then is
    /// not the whole.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, ClientError> {
        self.response
            .chunk()
            .await
            .map_err(|error| ClientError::broken_off(&self.address, &error))
    }
}
