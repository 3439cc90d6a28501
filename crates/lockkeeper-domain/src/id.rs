//! Typed identifiers: a UUIDv7 inside, so that identifiers sort by the time they were made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text given is not an identifier of the kind named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {kind}")]
pub struct InvalidId {
    text: String,
    kind: &'static str,
}

macro_rules! id {
    ($(#[doc = $doc:literal])* $name:ident, $kind:literal) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that was made for this purpose or read back from the store.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside, for the store.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| InvalidId { text: text.to_owned(), kind: $kind })
            }
        }
    };
}

id!(
    /// A project: the namespace that owns environments, changes, states and its audit log.
    ProjectId, "a project identifier"
);
id!(
    /// An environment of a project.
    EnvironmentId, "an environment identifier"
);
id!(
    /// A person or a service account.
    UserId, "a user identifier"
);
id!(
    /// An API token.
    TokenId, "a token identifier"
);
id!(
    /// A change.
    ChangeId, "a change identifier"
);
id!(
    /// A plan made for a change in one environment.
    PlanId, "a plan identifier"
);
id!(
    /// One approval of one plan.
    ApprovalId, "an approval identifier"
);
id!(
    /// A run: one plan or one apply in one environment.
    RunId, "a run identifier"
);
id!(
    /// A Terraform state.
    StateId, "a state identifier"
);
id!(
    /// One version of a Terraform state.
    StateVersionId, "a state version identifier"
);
id!(
    /// A durable job.
    JobId, "a job identifier"
);
id!(
    /// A server: one process that serves, from its start to its end.
    ServerId, "a server identifier"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let id: RunId = "0192f0c1-2345-7abc-8def-0123456789ab".parse().unwrap();
        assert_eq!(id.to_string().parse::<RunId>(), Ok(id));
    }

    #[test]
    fn refusal_names_the_kind() {
        let error = "run-1".parse::<RunId>().unwrap_err();
        assert_eq!(error.to_string(), "`run-1` is not a run identifier");
    }
}
