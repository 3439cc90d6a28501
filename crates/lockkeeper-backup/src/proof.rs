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
    /// When it was found to be damaged, or a drill failed.
    #[serde(default)]
    pub failed_at: Option<Timestamp>,
}

impl Proof {
    /// Whether the last look at it, or the last drill, failed.
    pub fn has_failed(&self) -> bool {
        self.failed_at > self.verified_at.max(self.restored_at)
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
        let at = |second| Timestamp::from_second(second).ok();
        let proof = |verified, restored, failed| Proof {
            verified_at: at(verified).filter(|_| verified > 0),
            restored_at: at(restored).filter(|_| restored > 0),
            failed_at: at(failed).filter(|_| failed > 0),
        };
        assert!(!proof(0, 0, 0).has_failed());
        assert!(proof(0, 0, 1).has_failed());
        assert!(proof(1, 2, 3).has_failed());
        assert!(!proof(1, 3, 2).has_failed());
        assert!(!proof(3, 1, 2).has_failed());
    }
}
