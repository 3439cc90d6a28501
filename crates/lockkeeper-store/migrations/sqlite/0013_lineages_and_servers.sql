-- Lineages and the identifiers of locks are whatever a client sends, messages say where a backup was to go, and the names
-- of computers tell of a network: all are sealed now. A table that is not on record is sealed at the next start.
DELETE FROM sealed_tables WHERE table_name IN ('plans', 'schedules', 'servers', 'state_locks', 'state_lock_waiters', 'state_versions');

-- The root key that a server runs on: one on a former root key cannot learn of new data keys.
ALTER TABLE servers ADD COLUMN root_fingerprint TEXT;
