-- Keys, wrapped by the root key, which is not in the database. Number 0 is the server's secret, which is never
-- replaced; from 1 on they are data keys, of which the newest seals and the others only open.
CREATE TABLE encryption_keys (
    number           BIGINT NOT NULL PRIMARY KEY,
    wrapped          BYTEA NOT NULL,
    root_fingerprint TEXT NOT NULL,
    created_at       BIGINT NOT NULL
);

-- How far sealing has come: everything in the table is sealed by this data key or a newer one.
CREATE TABLE sealed_tables (
    table_name TEXT NOT NULL PRIMARY KEY,
    key_number BIGINT NOT NULL,
    sealed_at  BIGINT NOT NULL
);

-- Columns whose content is sealed by the program; SQLite keeps the bytes as they are in any column.
ALTER TABLE approvals
    ALTER COLUMN comment TYPE BYTEA USING convert_to(comment, 'UTF8'),
    ALTER COLUMN void_reason TYPE BYTEA USING convert_to(void_reason, 'UTF8'),
    ALTER COLUMN function TYPE BYTEA USING convert_to(function, 'UTF8');
ALTER TABLE audit_entries
    ALTER COLUMN actor TYPE BYTEA USING convert_to(actor, 'UTF8'),
    ALTER COLUMN subject TYPE BYTEA USING convert_to(subject, 'UTF8'),
    ALTER COLUMN details TYPE BYTEA USING convert_to(details, 'UTF8');
ALTER TABLE changes
    ALTER COLUMN reference TYPE BYTEA USING convert_to(reference, 'UTF8'),
    ALTER COLUMN title TYPE BYTEA USING convert_to(title, 'UTF8'),
    ALTER COLUMN why TYPE BYTEA USING convert_to(why, 'UTF8'),
    ALTER COLUMN rollback TYPE BYTEA USING convert_to(rollback, 'UTF8'),
    ALTER COLUMN stack_definition TYPE BYTEA USING convert_to(stack_definition, 'UTF8'),
    ALTER COLUMN stack TYPE BYTEA USING convert_to(stack, 'UTF8');
ALTER TABLE environments
    ALTER COLUMN name TYPE BYTEA USING convert_to(name, 'UTF8');
ALTER TABLE idempotency_keys
    ALTER COLUMN body TYPE BYTEA USING convert_to(body, 'UTF8'),
    ALTER COLUMN key TYPE BYTEA USING convert_to(key, 'UTF8');
ALTER TABLE memberships
    ALTER COLUMN function TYPE BYTEA USING convert_to(function, 'UTF8'),
    ALTER COLUMN environment_name TYPE BYTEA USING convert_to(environment_name, 'UTF8');
ALTER TABLE plans
    ALTER COLUMN assessment TYPE BYTEA USING convert_to(assessment, 'UTF8'),
    ALTER COLUMN summary TYPE BYTEA USING convert_to(summary, 'UTF8'),
    ALTER COLUMN blast_radius TYPE BYTEA USING convert_to(blast_radius, 'UTF8'),
    ALTER COLUMN checks TYPE BYTEA USING convert_to(checks, 'UTF8'),
    ALTER COLUMN cost TYPE BYTEA USING convert_to(cost, 'UTF8');
ALTER TABLE projects
    ALTER COLUMN repository TYPE BYTEA USING convert_to(repository, 'UTF8'),
    ALTER COLUMN default_branch TYPE BYTEA USING convert_to(default_branch, 'UTF8'),
    ALTER COLUMN name TYPE BYTEA USING convert_to(name, 'UTF8');
ALTER TABLE run_log
    ALTER COLUMN content TYPE BYTEA USING convert_to(content, 'UTF8');
ALTER TABLE runs
    ALTER COLUMN message TYPE BYTEA USING convert_to(message, 'UTF8'),
    ALTER COLUMN next_step TYPE BYTEA USING convert_to(next_step, 'UTF8'),
    ALTER COLUMN verification TYPE BYTEA USING convert_to(verification, 'UTF8');
ALTER TABLE stages
    ALTER COLUMN message TYPE BYTEA USING convert_to(message, 'UTF8'),
    ALTER COLUMN next_step TYPE BYTEA USING convert_to(next_step, 'UTF8'),
    ALTER COLUMN verification TYPE BYTEA USING convert_to(verification, 'UTF8');
ALTER TABLE state_locks
    ALTER COLUMN description TYPE BYTEA USING convert_to(description, 'UTF8');
ALTER TABLE states
    ALTER COLUMN stack TYPE BYTEA USING convert_to(stack, 'UTF8');
ALTER TABLE ticks
    ALTER COLUMN comment TYPE BYTEA USING convert_to(comment, 'UTF8');
ALTER TABLE tokens
    ALTER COLUMN label TYPE BYTEA USING convert_to(label, 'UTF8');
ALTER TABLE users
    ALTER COLUMN name TYPE BYTEA USING convert_to(name, 'UTF8');
ALTER TABLE state_versions
    ALTER COLUMN reason TYPE BYTEA USING convert_to(reason, 'UTF8');
ALTER TABLE state_lock_waiters
    ALTER COLUMN description TYPE BYTEA USING convert_to(description, 'UTF8');
ALTER TABLE state_overwrite_leaves
    ALTER COLUMN reason TYPE BYTEA USING convert_to(reason, 'UTF8');
