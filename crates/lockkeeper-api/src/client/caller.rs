//! Who is calling.

use super::{Client, ClientError};
use crate::types::user::CallerView;

impl Client {
    /// The user that the token stands for, and their roles.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn caller(&self) -> Result<CallerView, ClientError> {
        self.get(&["caller"]).await
    }
}
