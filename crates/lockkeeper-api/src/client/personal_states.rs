//! Personal states: each developer's own copy of a stack's state.

use reqwest::{Method, StatusCode};

use super::{Client, ClientError, IdempotencyKey};
use crate::types::page::{Page, PageQuery};
use crate::types::state::{NewPersonalState, PersonalBase, PersonalStateView};

impl Client {
    /// Makes the personal state of the user, who must be the caller; one that is there stays as it is, and then false
    /// is answered with it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn create_personal_state(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        user: &str,
        from: PersonalBase,
    ) -> Result<(PersonalStateView, bool), ClientError> {
        let segments = personal(project, environment, stack, user, &[]);
        let request = self
            .request(Method::PUT, &segments)?
            .body(&NewPersonalState { from })?;
        let response = self.send(request).await?;
        let made = response.status() == StatusCode::CREATED;
        Ok((self.read(response).await?, made))
    }

    /// Copies the shared state into the personal one once more.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn refresh_personal_state(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        user: &str,
        key: &IdempotencyKey,
    ) -> Result<PersonalStateView, ClientError> {
        let segments = personal(project, environment, stack, user, &["refresh"]);
        self.post(&segments, &serde_json::json!({}), key).await
    }

    /// Removes a personal state with every version.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn remove_personal_state(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        user: &str,
    ) -> Result<(), ClientError> {
        let segments = personal(project, environment, stack, user, &[]);
        self.send(self.request(Method::DELETE, &segments)?)
            .await
            .map(drop)
    }

    /// One page of personal states: the caller's own, or everybody's for administrators.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn personal_states(
        &self,
        project: &str,
        page: &PageQuery,
    ) -> Result<Page<PersonalStateView>, ClientError> {
        let request = self
            .request(Method::GET, &["projects", project, "personal-states"])?
            .page(page);
        self.read(self.send(request).await?).await
    }
}

fn personal<'a>(
    project: &'a str,
    environment: &'a str,
    stack: &'a str,
    user: &'a str,
    rest: &[&'a str],
) -> Vec<&'a str> {
    let mut segments = vec![
        "projects",
        project,
        "environments",
        environment,
        "stacks",
        stack,
        "personal",
        user,
    ];
    segments.extend(rest);
    segments
}
