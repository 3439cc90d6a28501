-- Lineages and the identifiers of locks are whatever a client sends, messages say where a backup was to go, and the names
-- of computers tell of a network: all are sealed now. A table that is not on record is sealed at the next start.
ALTER TABLE plans
    ALTER COLUMN state_lineage TYPE BYTEA USING convert_to(state_lineage, 'UTF8');
ALTER TABLE schedules
    ALTER COLUMN message TYPE BYTEA USING convert_to(message, 'UTF8');
ALTER TABLE servers
    ALTER COLUMN machine TYPE BYTEA USING convert_to(machine, 'UTF8'),
    ALTER COLUMN host TYPE BYTEA USING convert_to(host, 'UTF8');
ALTER TABLE state_locks
    ALTER COLUMN lock_id TYPE BYTEA USING convert_to(lock_id, 'UTF8');
ALTER TABLE state_lock_waiters
    ALTER COLUMN lock_id TYPE BYTEA USING convert_to(lock_id, 'UTF8');
ALTER TABLE state_versions
    ALTER COLUMN lineage TYPE BYTEA USING convert_to(lineage, 'UTF8');
DELETE FROM sealed_tables WHERE table_name IN ('plans', 'schedules', 'servers', 'state_locks', 'state_lock_waiters', 'state_versions');

-- The root key that a server runs on: one on a former root key cannot learn of new data keys.
ALTER TABLE servers ADD COLUMN root_fingerprint TEXT;
