-- A log has several chains: the project's own, and one for each of its states.
ALTER TABLE audit_entries ADD COLUMN log BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
UPDATE audit_entries SET log = chain;
CREATE INDEX audit_entries_by_log ON audit_entries (log, created_at, chain, sequence);

ALTER TABLE audit_heads ADD COLUMN log BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
UPDATE audit_heads SET log = chain;
CREATE INDEX audit_heads_by_log ON audit_heads (log, chain);
