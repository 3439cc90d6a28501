//! Which state a command works on: one's own, or the one that everybody shares.

use std::collections::BTreeSet;

use lockkeeper_api::client::{Client, StateAddress, collect};
use lockkeeper_api::types::state::{PersonalBase, PersonalStateView, StateLockView, StateView};
use lockkeeper_api::types::user::TokenState;
use serde_json::Value;

use super::kind::Kind;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::words;

/// The state that a command works on.
#[derive(Debug)]
pub(super) struct ChosenState {
    pub(super) address: StateAddress,
    view: View,
}

#[derive(Debug)]
enum View {
    Shared {
        /// Absent when nothing was ever locked or written.
        state: Option<Box<StateView>>,
        protected: bool,
    },
    Personal(Box<PersonalStateView>),
}

impl ChosenState {
    /// The shared state. One that nothing was written to yet is protected when its environment protects states.
    ///
    /// # Errors
    /// [`Failure`] of the server.
    pub(super) async fn shared(
        client: &Client,
        address: StateAddress,
        environment_protects: bool,
    ) -> Result<Self, Failure> {
        let project = address.project.as_str();
        let states = collect(usize::MAX, async |page| client.states(project, &page).await)
            .await?
            .items;
        let of = |state: &StateView| state.environment == address.environment && state.stack == address.stack;
        let state = states.into_iter().find(of).map(Box::new);
        let protected = state
            .as_ref()
            .map_or(environment_protects, |state| state.protected);
        let view = View::Shared { state, protected };
        Ok(Self { address, view })
    }

    /// The personal state of the address's user, made empty if it is not there yet.
    ///
    /// # Errors
    /// [`Failure`] of the server.
    pub(super) async fn personal(
        client: &Client,
        address: StateAddress,
        user: &str,
    ) -> Result<Self, Failure> {
        let StateAddress {
            project,
            environment,
            stack,
            ..
        } = &address;
        let (made, _) = client
            .create_personal_state(project, environment, stack, user, PersonalBase::Empty)
            .await?;
        let address = StateAddress {
            user: Some(user.to_owned()),
            ..address
        };
        Ok(Self {
            address,
            view: View::Personal(Box::new(made)),
        })
    }

    /// The address, for the client.
    pub(super) fn path(&self) -> StateAddress {
        self.address.clone()
    }

    /// What a token is limited to that is good for this state only.
    pub(super) fn of_token(&self) -> TokenState {
        TokenState {
            project: self.address.project.clone(),
            environment: self.address.environment.clone(),
            stack: self.address.stack.clone(),
            personal: self.address.user.is_some(),
        }
    }

    pub(super) fn is_shared(&self) -> bool {
        matches!(self.view, View::Shared { .. })
    }

    /// Who holds the lock.
    pub(super) fn lock(&self) -> Option<&StateLockView> {
        match &self.view {
            View::Shared { state, .. } => state.as_ref().and_then(|state| state.lock.as_ref()),
            View::Personal(state) => state.lock.as_ref(),
        }
    }

    /// Whether only runs of approved changes write it.
    pub(super) fn is_protected(&self) -> bool {
        matches!(self.view, View::Shared { protected: true, .. })
    }

    fn serial(&self) -> Option<i64> {
        match &self.view {
            View::Shared { state, .. } => state.as_ref().and_then(|state| state.serial),
            View::Personal(state) => state.serial,
        }
    }

    /// `your own state of network in staging`.
    pub(super) fn words(&self) -> String {
        let whose = if self.is_shared() {
            "the shared state"
        } else {
            "your own state"
        };
        format!(
            "{whose} of {} in {}",
            self.address.stack, self.address.environment
        )
    }

    /// One line about what is used.
    pub(super) fn line(&self) -> String {
        let serial = self
            .serial()
            .map_or_else(|| "empty".to_owned(), |serial| format!("serial {serial}"));
        let other = if self.is_shared() {
            ""
        } else {
            "; --shared takes the one that everybody shares"
        };
        format!("{} ({serial}){other}", self.words())
    }

    /// Refuses to go on while somebody else holds the lock.
    ///
    /// # Errors
    /// As said.
    pub(super) fn refuse_locked(&self, kind: Kind) -> Result<(), Failure> {
        let Some(lock) = self.lock().filter(|_| kind >= Kind::Locks) else {
            return Ok(());
        };
        let detail = format!(
            "{} is locked by {} ({}) for {}, held for {}, since {}",
            self.words(),
            lock.user,
            lock.who,
            lock.operation,
            words::age(&lock.since),
            words::exact_time(&lock.since)
        );
        let StateAddress {
            environment, stack, ..
        } = &self.address;
        let way_out = if self.is_shared() {
            format!(
                "wait with -lock-timeout=5m; if whoever holds it is certainly gone: lockkeeper state unlock {environment} {stack}"
            )
        } else {
            format!(
                "wait with -lock-timeout=5m; if that was an own command that is gone: lockkeeper tf force-unlock {}",
                lock.id
            )
        };
        Err(Failure::new(Exit::Refused, "state-locked", "The state is locked", detail).with_hint(way_out))
    }
}

/// How many objects of a personal state are those of the shared one: a copy refers to what is really there.
///
/// # Errors
/// [`Failure`] of the server.
pub(super) async fn objects_of_everybody(client: &Client, personal: &StateAddress) -> Result<usize, Failure> {
    let own = objects(&read(client, personal).await?);
    if own.is_empty() {
        return Ok(0);
    }
    let shared = StateAddress {
        user: None,
        ..personal.clone()
    };
    let shared = objects(&read(client, &shared).await?);
    Ok(own.intersection(&shared).count())
}

async fn read(client: &Client, address: &StateAddress) -> Result<Value, Failure> {
    let Some(mut download) = client.pull_state_at(address).await? else {
        return Ok(Value::Null);
    };
    let mut body = Vec::new();
    while let Some(piece) = download.piece().await? {
        body.extend_from_slice(&piece);
    }
    // A state that OpenTofu encrypted has no resources that could be read: nothing is known then.
    Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// The real objects in a state, by the type of the resource and the identifier that the provider gave.
fn objects(state: &Value) -> BTreeSet<(String, String)> {
    let list = |value: &Value, key: &str| {
        value
            .get(key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let mut found = BTreeSet::new();
    for resource in list(state, "resources") {
        let text = |key: &str| {
            resource
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        if text("mode") != "managed" {
            continue;
        }
        for instance in list(&resource, "instances") {
            let id = instance
                .get("attributes")
                .and_then(|attributes| attributes.get("id"))
                .and_then(Value::as_str);
            found.extend(id.map(|id| (text("type"), id.to_owned())));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_told_by_type_and_identifier() {
        let state = serde_json::json!({"resources": [
            {"mode": "managed", "type": "aws_vpc", "instances": [{"attributes": {"id": "vpc-1"}}, {"attributes": {}}]},
            {"mode": "data", "type": "aws_ami", "instances": [{"attributes": {"id": "ami-1"}}]},
        ]});
        assert_eq!(
            objects(&state),
            BTreeSet::from([("aws_vpc".to_owned(), "vpc-1".to_owned())])
        );
        assert_eq!(objects(&Value::Null), BTreeSet::new());
    }
}
