//! API tokens.

use reqwest::Method;

use super::{Client, ClientError, IdempotencyKey};
use crate::types::page::{Page, PageQuery};
use crate::types::user::{CreatedToken, NewToken, TokenView};

impl Client {
    /// Creates a token. Its secret is in this answer and never again.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn create_token(
        &self,
        token: &NewToken,
        key: &IdempotencyKey,
    ) -> Result<CreatedToken, ClientError> {
        self.post(&["tokens"], token, key).await
    }

    /// One page of the tokens that the caller may see.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn tokens(&self, page: &PageQuery) -> Result<Page<TokenView>, ClientError> {
        let response = self
            .send(self.request(Method::GET, &["tokens"])?.page(page))
            .await?;
        self.read(response).await
    }

    /// Makes a token stop working.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn revoke_token(&self, token: &str) -> Result<(), ClientError> {
        self.send(self.request(Method::DELETE, &["tokens", token])?)
            .await
            .map(drop)
    }
}
