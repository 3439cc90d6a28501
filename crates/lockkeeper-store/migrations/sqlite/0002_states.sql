-- Personal states, protection, where versions come from, the queue for locks, and an index of resources.

ALTER TABLE environments ADD COLUMN states_protected BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE environments SET states_protected = TRUE WHERE tier = 'production';

-- SQLite cannot alter a unique key, so the tables are made anew, children first.
-- owner_id is whose personal state it is, zeros for the shared one: NULL cannot be part of the key.
-- protected is NULL where the environment decides.
CREATE TABLE new_states (
    id             BLOB    NOT NULL PRIMARY KEY,
    project_id     BLOB    NOT NULL REFERENCES projects (id),
    environment_id BLOB    NOT NULL REFERENCES environments (id),
    stack          TEXT    NOT NULL,
    owner_id       BLOB    NOT NULL,
    version_id     BLOB,
    versions       INTEGER NOT NULL,
    generation     INTEGER NOT NULL,
    protected      BOOLEAN,
    UNIQUE (project_id, environment_id, stack, owner_id)
);
INSERT INTO new_states (id, project_id, environment_id, stack, owner_id, version_id, versions, generation)
SELECT id, project_id, environment_id, stack, zeroblob(16), version_id, versions, generation FROM states;

CREATE TABLE new_state_versions (
    id            BLOB    NOT NULL PRIMARY KEY,
    state_id      BLOB    NOT NULL REFERENCES new_states (id),
    serial        INTEGER NOT NULL,
    lineage       TEXT    NOT NULL,
    size          INTEGER NOT NULL,
    md5           BLOB    NOT NULL,
    blob          TEXT    NOT NULL,
    user_id       BLOB    NOT NULL REFERENCES users (id),
    run_id        BLOB    REFERENCES runs (id),
    created_at    INTEGER NOT NULL,
    origin        TEXT    NOT NULL,
    origin_serial INTEGER,
    reason        TEXT,
    -- NULL where nobody can know: the body is encrypted by OpenTofu, or older than this column.
    resources     INTEGER
);
INSERT INTO new_state_versions (id, state_id, serial, lineage, size, md5, blob, user_id, run_id, created_at, origin)
SELECT id, state_id, serial, lineage, size, md5, blob, user_id, run_id, created_at, 'write' FROM state_versions;
DROP TABLE state_versions;

CREATE TABLE new_state_locks (
    state_id    BLOB    NOT NULL PRIMARY KEY REFERENCES new_states (id),
    lock_id     TEXT    NOT NULL,
    description TEXT    NOT NULL,
    user_id     BLOB    NOT NULL REFERENCES users (id),
    run_id      BLOB    REFERENCES runs (id),
    taken_at    INTEGER NOT NULL
);
INSERT INTO new_state_locks SELECT state_id, lock_id, description, user_id, run_id, taken_at FROM state_locks;
DROP TABLE state_locks;

CREATE TABLE new_run_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY,
    run_id     BLOB    NOT NULL REFERENCES runs (id),
    state_id   BLOB    NOT NULL REFERENCES new_states (id),
    expires_at INTEGER NOT NULL
);
INSERT INTO new_run_tokens SELECT hash, run_id, state_id, expires_at FROM run_tokens;
DROP TABLE run_tokens;

DROP TABLE states;
ALTER TABLE new_states RENAME TO states;
ALTER TABLE new_state_versions RENAME TO state_versions;
ALTER TABLE new_state_locks RENAME TO state_locks;
ALTER TABLE new_run_tokens RENAME TO run_tokens;
CREATE INDEX states_by_owner ON states (project_id, owner_id, id);
CREATE INDEX state_versions_by_state ON state_versions (state_id, id);
CREATE INDEX run_tokens_by_run ON run_tokens (run_id);

-- Who waits for a lock, by the identifier that they repeat. A place that is not asked for again is lost.
CREATE TABLE state_lock_waiters (
    state_id    BLOB    NOT NULL REFERENCES states (id),
    lock_id     TEXT    NOT NULL,
    description TEXT    NOT NULL,
    user_id     BLOB    NOT NULL REFERENCES users (id),
    run_id      BLOB    REFERENCES runs (id),
    first_at    INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    waits       BOOLEAN NOT NULL,
    PRIMARY KEY (state_id, lock_id)
);

-- Leave for one write below the newest serial, or of another lineage.
CREATE TABLE state_overwrite_leaves (
    state_id   BLOB    NOT NULL REFERENCES states (id),
    user_id    BLOB    NOT NULL REFERENCES users (id),
    reason     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (state_id, user_id)
);

-- What stands in the newest version of each state: sealed, and findable by keyed hashes only.
CREATE TABLE state_inventories (
    state_id   BLOB NOT NULL PRIMARY KEY REFERENCES states (id),
    version_id BLOB NOT NULL,
    content    BLOB NOT NULL
);
CREATE TABLE state_words (
    word     BLOB NOT NULL,
    state_id BLOB NOT NULL REFERENCES states (id),
    PRIMARY KEY (word, state_id)
) WITHOUT ROWID;
CREATE INDEX state_words_by_state ON state_words (state_id);
