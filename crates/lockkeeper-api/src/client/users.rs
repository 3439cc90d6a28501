//! Users.

use reqwest::Method;

use super::{Client, ClientError, IdempotencyKey};
use crate::types::page::{Page, PageQuery};
use crate::types::user::{NewUser, UserView};

impl Client {
    /// Creates a user.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn create_user(&self, user: &NewUser, key: &IdempotencyKey) -> Result<UserView, ClientError> {
        self.post(&["users"], user, key).await
    }

    /// One page of the users.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn users(&self, page: &PageQuery) -> Result<Page<UserView>, ClientError> {
        let response = self
            .send(self.request(Method::GET, &["users"])?.page(page))
            .await?;
        self.read(response).await
    }

    /// Takes everything from a user: their tokens stop working.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn disable_user(&self, user: &str, key: &IdempotencyKey) -> Result<(), ClientError> {
        self.post_unread(&["users", user, "disable"], &serde_json::json!({}), key)
            .await
            .map(drop)
    }
}
