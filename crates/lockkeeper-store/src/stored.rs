//! How the domain's types stand in columns, the same in both databases.

use std::ops::Deref;

use jiff::Timestamp;
use lockkeeper_domain::change::{ChangeStatus, StageStatus};
use lockkeeper_domain::check::CheckName;
use lockkeeper_domain::id::*;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::risk::RiskClass;
use lockkeeper_domain::run::{RunKind, RunStatus};
use lockkeeper_domain::state_version::VersionOrigin;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Database;
use sqlx::error::BoxDynError;
use uuid::Uuid;

use crate::blobs::Place;

/// A value read from a column, checked on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored<T>(pub T);

impl<T> Deref for Stored<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A type that a column holds as another, simpler one.
pub trait Storable: Sized {
    /// What the column holds.
    type Column;

    /// Reads the value.
    ///
    /// # Errors
    /// When the column holds something that was never written by this program.
    fn from_column(column: Self::Column) -> Result<Self, BoxDynError>;
}

impl<DB: Database, T: Storable> sqlx::Type<DB> for Stored<T>
where
    T::Column: sqlx::Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        T::Column::type_info()
    }

    fn compatible(type_info: &DB::TypeInfo) -> bool {
        T::Column::compatible(type_info)
    }
}

impl<'r, DB: Database, T: Storable> sqlx::Decode<'r, DB> for Stored<T>
where
    T::Column: sqlx::Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        T::from_column(T::Column::decode(value)?).map(Stored)
    }
}

/// A value that is given to a statement.
pub trait Bind {
    /// What the column holds.
    type Column;

    /// The value as the column holds it.
    fn column(self) -> Self::Column;
}

macro_rules! bind_as_is {
    ($($type:ty),*) => { $(impl Bind for $type {
        type Column = Self;
        fn column(self) -> Self {
            self
        }
    })* };
}
bind_as_is!(bool, i64, String, Uuid, Vec<u8>);

impl<'a> Bind for &'a str {
    type Column = &'a str;
    fn column(self) -> &'a str {
        self
    }
}

impl<'a> Bind for &'a [u8] {
    type Column = &'a [u8];
    fn column(self) -> &'a [u8] {
        self
    }
}

impl<'a> Bind for &'a Name {
    type Column = &'a str;
    fn column(self) -> &'a str {
        self.as_str()
    }
}

impl<T: Bind> Bind for Option<T> {
    type Column = Option<T::Column>;
    fn column(self) -> Self::Column {
        self.map(Bind::column)
    }
}

macro_rules! stored_id {
    ($($id:ty),*) => { $(
        impl Storable for $id {
            type Column = Uuid;
            fn from_column(column: Uuid) -> Result<Self, BoxDynError> {
                Ok(Self::new(column))
            }
        }
        impl crate::sealed::IdentityPart for $id {
            fn append(&self, place: &mut Vec<u8>) {
                self.uuid().append(place);
            }
        }
        impl Bind for $id {
            type Column = Uuid;
            fn column(self) -> Uuid {
                self.uuid()
            }
        }
    )* };
}
stored_id!(
    ApprovalId,
    ChangeId,
    EnvironmentId,
    JobId,
    PlanId,
    ProjectId,
    RunId,
    ServerId,
    StateId,
    StateVersionId,
    TokenId,
    UserId
);

macro_rules! stored_text {
    ($($type:ty),*) => { $(
        impl Storable for $type {
            type Column = String;
            fn from_column(column: String) -> Result<Self, BoxDynError> {
                let known = <$type>::ALL.into_iter().find(|value| value.as_str() == column);
                known.ok_or_else(|| format!("`{column}` is not a {}", stringify!($type)).into())
            }
        }
        impl Bind for $type {
            type Column = &'static str;
            fn column(self) -> &'static str {
                self.as_str()
            }
        }
    )* };
}
stored_text!(
    ChangeStatus,
    StageStatus,
    RunKind,
    RunStatus,
    CheckName,
    Place,
    VersionOrigin
);

impl Storable for Name {
    type Column = String;
    fn from_column(column: String) -> Result<Self, BoxDynError> {
        Ok(column.parse()?)
    }
}

impl Storable for RiskClass {
    type Column = String;
    fn from_column(column: String) -> Result<Self, BoxDynError> {
        Ok(column.parse()?)
    }
}

impl Bind for RiskClass {
    type Column = String;
    fn column(self) -> String {
        self.to_string()
    }
}

/// Times are whole microseconds in UTC, so that they sort alike in both databases.
impl Storable for Timestamp {
    type Column = i64;
    fn from_column(column: i64) -> Result<Self, BoxDynError> {
        // The last instant, which stands for never, has more digits than the library reads as microseconds.
        if column == Timestamp::MAX.as_microsecond() {
            return Ok(Timestamp::MAX);
        }
        Ok(Timestamp::from_microsecond(column)?)
    }
}

impl Bind for Timestamp {
    type Column = i64;
    fn column(self) -> i64 {
        self.as_microsecond()
    }
}

/// A value kept as JSON text.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonText<T>(pub T);

impl<T: DeserializeOwned> Storable for JsonText<T> {
    type Column = String;
    fn from_column(column: String) -> Result<Self, BoxDynError> {
        Ok(JsonText(serde_json::from_str(&column)?))
    }
}

/// Writes a value as the JSON text that [`JsonText`] reads.
///
/// # Errors
/// When the value cannot be written as JSON, such as a map whose keys are no text.
pub fn json_text<T: Serialize + ?Sized>(value: &T) -> Result<String, crate::StoreError> {
    serde_json::to_string(value).map_err(crate::StoreError::Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_instant_comes_back() {
        for time in [Timestamp::MAX, Timestamp::MIN, Timestamp::UNIX_EPOCH] {
            assert_eq!(Timestamp::from_column(time.column()).unwrap(), time);
        }
    }
}
