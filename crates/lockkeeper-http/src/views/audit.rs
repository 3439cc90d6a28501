use lockkeeper_api::types::audit::{AuditEntryView, AuditVerificationView};
use lockkeeper_store::tables::audit::{EntryRow, Verification};

/// An entry of the audit log.
pub(crate) fn audit_entry(row: EntryRow) -> AuditEntryView {
    AuditEntryView {
        chain: row.chain.to_string(),
        sequence: row.sequence,
        at: row.created_at.to_string(),
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        // Whoever tampered with an entry must not make it impossible to read.
        details: serde_json::from_str(&row.details).unwrap_or(serde_json::Value::String(row.details)),
        previous_hash: hex::encode(row.previous_hash),
        hash: hex::encode(row.hash),
    }
}

/// What verifying the log found.
pub(crate) fn audit_verification(found: &Verification) -> AuditVerificationView {
    let intact = found.broken.is_none();
    AuditVerificationView {
        intact,
        entries: found.entries,
        chains: found.chains,
        checkpoint: intact.then(|| format!("{}:{}", found.sequence, found.head.to_hex())),
        broken: found.broken.as_ref().map(ToString::to_string),
    }
}
