use lockkeeper_backup::{BackupId, Proof, prepare, restore};
use lockkeeper_domain::id::StateId;
use lockkeeper_store::Database;
use lockkeeper_store::blobs::{Blobs, Leftovers};
use lockkeeper_store::tables::{schedules, states};
use md5::{Digest, Md5};
use uuid::Uuid;

use super::create_backup::record_failure;
use super::{BackupContext, DRILL};
use crate::audit_log::verify_every_log;
use crate::{ErrorKind, UseCaseError};

/// States that are looked at in one go.
const PAGE: i64 = 100;

/// What a drill restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drilled {
    /// The backup.
    pub id: BackupId,
    /// Rows.
    pub rows: u64,
    /// States whose newest version was read, and is what was written.
    pub states: u64,
    /// Audit chains that hold.
    pub chains: u64,
}

/// Restores a backup, the newest if none is named, into a folder that is removed again; reads the newest
/// version of every state in it, and verifies every audit chain. The outcome is on record.
///
/// # Errors
/// When the backup does not restore, or what was restored is not what was written.
pub async fn drill_restore(
    context: BackupContext<'_>,
    id: Option<&BackupId>,
) -> Result<Drilled, UseCaseError> {
    let id = match id {
        Some(id) => id.clone(),
        None => newest(context).await?,
    };
    let drilled = restore_aside(context, &id).await;
    note(context, &id, &drilled).await;
    match &drilled {
        Ok(drilled) => {
            let mut transaction = context.database.write().await?;
            schedules::insert(&mut transaction, DRILL, jiff::Timestamp::MAX).await?;
            let rows = i64::try_from(drilled.rows).unwrap_or(i64::MAX);
            schedules::succeed(&mut transaction, DRILL, context.now, drilled.id.as_str(), rows).await?;
            transaction.commit().await?;
        }
        Err(error) => record_failure(context.database, DRILL, context, error).await?,
    }
    drilled
}

/// The newest backup. That there is none, or that the place fails, is on record.
async fn newest(context: BackupContext<'_>) -> Result<BackupId, UseCaseError> {
    let listed = context.settings.repository.list().await;
    let newest = listed.map_err(UseCaseError::from).and_then(|mut all| {
        all.pop()
            .ok_or_else(|| UseCaseError::not_found("there is no backup yet"))
    });
    if let Err(error) = &newest {
        record_failure(context.database, DRILL, context, error).await?;
    }
    newest
}

/// Notes beside the backup how the drill went, for `backup list`. A place that may not be written is no failure.
async fn note(context: BackupContext<'_>, id: &BackupId, drilled: &Result<Drilled, UseCaseError>) {
    let now = Some(context.now);
    let failed = match drilled {
        Ok(_) => false,
        Err(error) if error.kind == ErrorKind::Internal => true,
        // Anything else, a bucket that is away, say, tells nothing of the backup.
        Err(_) => return,
    };
    let add = |proof: &mut Proof| match failed {
        true => proof.failed_at = now,
        false => proof.restored_at = now,
    };
    let repository = &context.settings.repository;
    if let Err(error) = repository.prove(id, &context.keys(), add).await {
        tracing::warn!(%error, backup = %id, "how the restore drill went could not be noted beside the backup");
    }
}

async fn restore_aside(context: BackupContext<'_>, id: &BackupId) -> Result<Drilled, UseCaseError> {
    let (keys, repository) = (context.keys(), &context.settings.repository);
    let file = repository.read(id).await?;
    let manifest = file.manifest(&keys)?;
    let folder = tempfile::Builder::new()
        .prefix("restore-drill-")
        .tempdir_in(&context.settings.scratch);
    let folder = folder
        .map_err(|error| UseCaseError::unavailable(format!("no folder for the restore drill: {error}")))?;
    let database = Database::open_sqlite_bare(&folder.path().join("lockkeeper.db")).await?;
    let root = context.database.keyring().root()?;
    prepare(&file, &manifest, &root, &database, context.now).await?;
    let blobs = Blobs::open(&folder.path().join("blobs"), &database)?;
    let restored = restore(&manifest, repository, &keys, &database, &blobs, Leftovers::Refuse).await?;
    let looked_at = look(context, &database, &blobs).await;
    database.close().await;
    let (states, chains) = looked_at?;
    Ok(Drilled {
        id: id.clone(),
        rows: restored.rows,
        states,
        chains,
    })
}

/// Answers how many states and how many chains are what they were.
async fn look(
    context: BackupContext<'_>,
    database: &Database,
    blobs: &Blobs,
) -> Result<(u64, u64), UseCaseError> {
    let (mut states_read, mut last) = (0, StateId::new(Uuid::nil()));
    let mut transaction = database.read().await?;
    loop {
        let page = states::newest_of_all(&mut transaction, last, PAGE).await?;
        let Some(end) = page.last() else { break };
        last = *end.id;
        for state in page {
            let (mut md5, found) = (Md5::new(), blobs.find(&mut transaction, &state.blob).await?);
            // In pieces: a state may be large, and this is nobody's turn.
            let mut body = found.open().await?;
            while let Some(piece) = body.next().await? {
                md5.update(&piece);
            }
            if md5.finalize().as_slice() != state.md5 {
                return Err(UseCaseError::internal(format!(
                    "the state {} is not what was written",
                    *state.id
                )));
            }
            states_read += 1;
        }
    }
    let every = verify_every_log(&mut transaction, context.key).await?;
    if let Some((log, broken)) = every.broken.first() {
        return Err(UseCaseError::internal(format!(
            "the audit log {log} does not hold: {broken}"
        )));
    }
    Ok((states_read, every.chains))
}
