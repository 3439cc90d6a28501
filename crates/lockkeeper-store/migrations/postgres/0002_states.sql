-- Personal states, protection, where versions come from, the queue for locks, and an index of resources.

ALTER TABLE environments ADD COLUMN states_protected BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE environments SET states_protected = TRUE WHERE tier = 'production';

-- owner_id is whose personal state it is, zeros for the shared one: NULL cannot be part of the key.
-- protected is NULL where the environment decides.
ALTER TABLE states ADD COLUMN owner_id UUID NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
ALTER TABLE states ALTER COLUMN owner_id DROP DEFAULT;
ALTER TABLE states ADD COLUMN protected BOOLEAN;
ALTER TABLE states DROP CONSTRAINT states_project_id_environment_id_stack_key;
ALTER TABLE states ADD UNIQUE (project_id, environment_id, stack, owner_id);
CREATE INDEX states_by_owner ON states (project_id, owner_id, id);

ALTER TABLE state_versions ADD COLUMN origin TEXT NOT NULL DEFAULT 'write';
ALTER TABLE state_versions ALTER COLUMN origin DROP DEFAULT;
ALTER TABLE state_versions ADD COLUMN origin_serial BIGINT;
ALTER TABLE state_versions ADD COLUMN reason TEXT;
-- NULL where nobody can know: the body is encrypted by OpenTofu, or older than this column.
ALTER TABLE state_versions ADD COLUMN resources BIGINT;

-- Who waits for a lock, by the identifier that they repeat. A place that is not asked for again is lost.
CREATE TABLE state_lock_waiters (
    state_id    UUID    NOT NULL REFERENCES states (id),
    lock_id     TEXT    NOT NULL,
    description TEXT    NOT NULL,
    user_id     UUID    NOT NULL REFERENCES users (id),
    run_id      UUID    REFERENCES runs (id),
    first_at    BIGINT  NOT NULL,
    seen_at     BIGINT  NOT NULL,
    expires_at  BIGINT  NOT NULL,
    waits       BOOLEAN NOT NULL,
    PRIMARY KEY (state_id, lock_id)
);

-- Leave for one write below the newest serial, or of another lineage.
CREATE TABLE state_overwrite_leaves (
    state_id   UUID   NOT NULL REFERENCES states (id),
    user_id    UUID   NOT NULL REFERENCES users (id),
    reason     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (state_id, user_id)
);

-- What stands in the newest version of each state: sealed, and findable by keyed hashes only.
CREATE TABLE state_inventories (
    state_id   UUID  NOT NULL PRIMARY KEY REFERENCES states (id),
    version_id UUID  NOT NULL,
    content    BYTEA NOT NULL
);
CREATE TABLE state_words (
    word     BYTEA NOT NULL,
    state_id UUID  NOT NULL REFERENCES states (id),
    PRIMARY KEY (word, state_id)
);
CREATE INDEX state_words_by_state ON state_words (state_id);
