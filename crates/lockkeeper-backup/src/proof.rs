use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{BackupError, BackupId, Repository, RepositoryKeys};

/// What is known of a backup from having looked at it, or restored it. It stands beside the backup, so that whoever has
/// the root key learns it from the repository alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// When it was read whole last, and was what was written.
    #[serde(default)]
    pub verified_at: Option<Timestamp>,
    /// When it was restored last by a drill.
    #[serde(default)]
    pub restored_at: Option<Timestamp>,
    /// When it was found to be damaged last.
    #[serde(default)]
    pub damaged_at: Option<Timestamp>,
    /// When a drill could not restore it last.
    #[serde(default)]
    pub failed_at: Option<Timestamp>,
}

impl Proof {
    /// Since when it is held to be bad: the last look at it failed, or the last drill. A look does not disprove a drill.
    pub fn failed(&self) -> Option<Timestamp> {
        let damaged = self
            .damaged_at
            .filter(|_| self.damaged_at > self.verified_at.max(self.restored_at));
        let failed = self.failed_at.filter(|_| self.failed_at > self.restored_at);
        damaged.max(failed)
    }
}

impl Repository {
    /// What is known of a backup. Nothing is known when what stands there does not open.
    ///
    /// # Errors
    /// When the place fails.
    pub async fn proof(&self, id: &BackupId, keys: &RepositoryKeys) -> Result<Proof, BackupError> {
        let sealed = self.read_proof(id).await?;
        let opened = sealed.and_then(|sealed| keys.open(&sealed_as(id), &sealed));
        Ok(opened
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default())
    }

    /// Adds to what is known of a backup.
    ///
    /// # Errors
    /// When the place fails, or may not be written.
    pub async fn prove(
        &self,
        id: &BackupId,
        keys: &RepositoryKeys,
        add: impl FnOnce(&mut Proof),
    ) -> Result<(), BackupError> {
        let mut proof = self.proof(id, keys).await?;
        add(&mut proof);
        let text = serde_json::to_vec(&proof).map_err(|_| crate::error::damaged("the new proof"))?;
        self.write_proof(id, keys.seal(&sealed_as(id), &text)?).await
    }
}

/// What the content is bound to: a proof of one backup is none of another.
fn sealed_as(id: &BackupId) -> String {
    format!("proof {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_look_counts() {
        let at = |second| Timestamp::from_second(second).ok().filter(|_| second > 0);
        let failed = |verified, restored, damaged, failed| {
            let proof = Proof {
                verified_at: at(verified),
                restored_at: at(restored),
                damaged_at: at(damaged),
                failed_at: at(failed),
            };
            proof.failed().map(Timestamp::as_second)
        };
        assert_eq!(failed(0, 0, 0, 0), None);
        assert_eq!(failed(0, 0, 1, 0), Some(1));
        assert_eq!(failed(1, 2, 3, 0), Some(3));
        assert_eq!(failed(3, 1, 2, 0), None);
        assert_eq!(failed(1, 3, 0, 2), None);
        assert_eq!(failed(3, 1, 0, 2), Some(2));
    }
}
