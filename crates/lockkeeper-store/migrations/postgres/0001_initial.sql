-- Times are microseconds since 1970-01-01 UTC. Identifiers are UUIDv7. JSON is TEXT.

CREATE TABLE users (
    id           UUID    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,
    server_admin BOOLEAN NOT NULL,
    created_at   BIGINT NOT NULL,
    disabled_at  BIGINT
);

CREATE TABLE tokens (
    id         UUID    NOT NULL PRIMARY KEY,
    user_id    UUID    NOT NULL REFERENCES users (id),
    label      TEXT    NOT NULL,
    hash       BYTEA    NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX tokens_by_user ON tokens (user_id, id);

CREATE TABLE projects (
    id                 UUID    NOT NULL PRIMARY KEY,
    name               TEXT    NOT NULL UNIQUE,
    repository         TEXT    NOT NULL,
    default_branch TEXT,
    next_change_number BIGINT NOT NULL,
    created_at         BIGINT NOT NULL
);

CREATE TABLE environments (
    id            UUID    NOT NULL PRIMARY KEY,
    project_id    UUID    NOT NULL REFERENCES projects (id),
    name          TEXT    NOT NULL,
    tier          TEXT    NOT NULL,
    promotes_from UUID    REFERENCES environments (id),
    created_at    BIGINT NOT NULL,
    UNIQUE (project_id, name)
);

-- An empty function or environment means "none" or "all"; NULL cannot be part of the key.
CREATE TABLE memberships (
    project_id       UUID NOT NULL REFERENCES projects (id),
    user_id          UUID NOT NULL REFERENCES users (id),
    role             TEXT NOT NULL,
    function         TEXT NOT NULL,
    environment_name TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (project_id, user_id, role, function, environment_name)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE changes (
    id               UUID    NOT NULL PRIMARY KEY,
    project_id       UUID    NOT NULL REFERENCES projects (id),
    change_number    BIGINT NOT NULL,
    stack            TEXT    NOT NULL,
    reference        TEXT    NOT NULL,
    commit_id        TEXT    NOT NULL,
    title            TEXT    NOT NULL,
    why              TEXT    NOT NULL,
    requester_id     UUID    NOT NULL REFERENCES users (id),
    status           TEXT    NOT NULL,
    declared_class   TEXT,
    rollback         TEXT,
    stack_definition TEXT    NOT NULL,
    rolls_back       UUID    REFERENCES changes (id),
    automatic        BOOLEAN NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    generation       BIGINT NOT NULL,
    UNIQUE (project_id, change_number)
);
CREATE INDEX changes_by_status ON changes (project_id, status, change_number);
CREATE INDEX changes_by_rolls_back ON changes (rolls_back);

CREATE TABLE stages (
    change_id      UUID    NOT NULL REFERENCES changes (id),
    environment_id UUID    NOT NULL REFERENCES environments (id),
    position       BIGINT NOT NULL,
    promotion_exempt BOOLEAN NOT NULL,
    status         TEXT    NOT NULL,
    message        TEXT,
    next_step      TEXT,
    plan_id        UUID,
    run_id         UUID,
    verification   TEXT    NOT NULL,
    applied_at     BIGINT,
    -- The outbox of rollbacks that come by themselves.
    rollback_pending BOOLEAN NOT NULL,
    PRIMARY KEY (change_id, environment_id)
);
CREATE INDEX stages_by_environment ON stages (environment_id, status, applied_at);
CREATE INDEX stages_with_pending_rollback ON stages (change_id) WHERE rollback_pending;

CREATE TABLE plans (
    id             UUID    NOT NULL PRIMARY KEY,
    change_id      UUID    NOT NULL REFERENCES changes (id),
    environment_id UUID    NOT NULL REFERENCES environments (id),
    digest         TEXT    NOT NULL,
    effects_digest TEXT    NOT NULL,
    class          TEXT    NOT NULL,
    assessment     TEXT    NOT NULL,
    summary        TEXT    NOT NULL,
    blast_radius   TEXT    NOT NULL,
    checks         TEXT    NOT NULL,
    cost           TEXT    NOT NULL,
    effects_blob   TEXT    NOT NULL,
    plan_file_blob TEXT,
    tool           TEXT    NOT NULL,
    commit_id      TEXT    NOT NULL,
    state_serial   BIGINT,
    state_lineage  TEXT,
    made_at        BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL
);
CREATE INDEX plans_by_change ON plans (change_id, environment_id);
CREATE INDEX plans_with_file ON plans (expires_at) WHERE plan_file_blob IS NOT NULL;

CREATE TABLE approvals (
    id             UUID    NOT NULL PRIMARY KEY,
    change_id      UUID    NOT NULL REFERENCES changes (id),
    environment_id UUID    NOT NULL REFERENCES environments (id),
    user_id        UUID    NOT NULL REFERENCES users (id),
    function       TEXT,
    plan_digest    TEXT    NOT NULL,
    effects_digest TEXT    NOT NULL,
    comment        TEXT    NOT NULL,
    created_at     BIGINT NOT NULL,
    voided_at      BIGINT,
    void_reason    TEXT
);
CREATE INDEX approvals_by_change ON approvals (change_id, environment_id);

CREATE TABLE ticks (
    change_id  UUID    NOT NULL REFERENCES changes (id),
    check_name TEXT    NOT NULL,
    user_id    UUID    NOT NULL REFERENCES users (id),
    comment    TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (change_id, check_name)
);

CREATE TABLE runs (
    id               UUID    NOT NULL PRIMARY KEY,
    project_id       UUID    NOT NULL REFERENCES projects (id),
    change_id        UUID    NOT NULL REFERENCES changes (id),
    environment_id   UUID    NOT NULL REFERENCES environments (id),
    kind             TEXT    NOT NULL,
    status           TEXT    NOT NULL,
    requester_id     UUID    NOT NULL REFERENCES users (id),
    plan_id          UUID,
    created_at       BIGINT NOT NULL,
    scheduled_at     BIGINT,
    started_at       BIGINT,
    finished_at      BIGINT,
    exit_code        BIGINT,
    serial_before    BIGINT,
    serial_after     BIGINT,
    message          TEXT,
    next_step        TEXT,
    verification     TEXT    NOT NULL,
    cancel_requested BOOLEAN NOT NULL
);
CREATE INDEX runs_by_project ON runs (project_id, id);
CREATE INDEX runs_by_change ON runs (change_id, id);
CREATE INDEX runs_by_environment ON runs (environment_id, kind, status, id);

-- position is the number of bytes of the log up to the end of this piece.
CREATE TABLE run_log (
    run_id   UUID    NOT NULL REFERENCES runs (id),
    position BIGINT NOT NULL,
    content  TEXT    NOT NULL,
    PRIMARY KEY (run_id, position)
);

CREATE TABLE jobs (
    id            UUID    NOT NULL PRIMARY KEY,
    run_id        UUID    NOT NULL UNIQUE REFERENCES runs (id),
    exclusive_key TEXT    NOT NULL,
    status        TEXT    NOT NULL,
    run_at        BIGINT NOT NULL,
    attempt       BIGINT NOT NULL,
    lease_until   BIGINT,
    worker        TEXT
);
CREATE INDEX jobs_to_claim ON jobs (status, run_at);
-- Per state at most one run: the database itself refuses a second.
CREATE UNIQUE INDEX jobs_exclusive ON jobs (exclusive_key) WHERE status = 'running';

CREATE TABLE states (
    id             UUID    NOT NULL PRIMARY KEY,
    project_id     UUID    NOT NULL REFERENCES projects (id),
    environment_id UUID    NOT NULL REFERENCES environments (id),
    stack          TEXT    NOT NULL,
    version_id     UUID,
    versions       BIGINT NOT NULL,
    generation     BIGINT NOT NULL,
    UNIQUE (project_id, environment_id, stack)
);

CREATE TABLE state_versions (
    id         UUID    NOT NULL PRIMARY KEY,
    state_id   UUID    NOT NULL REFERENCES states (id),
    serial     BIGINT NOT NULL,
    lineage    TEXT    NOT NULL,
    size       BIGINT NOT NULL,
    md5        BYTEA    NOT NULL,
    blob       TEXT    NOT NULL,
    user_id    UUID    NOT NULL REFERENCES users (id),
    run_id     UUID    REFERENCES runs (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX state_versions_by_state ON state_versions (state_id, id);

CREATE TABLE state_locks (
    state_id    UUID    NOT NULL PRIMARY KEY REFERENCES states (id),
    lock_id     TEXT    NOT NULL,
    description TEXT    NOT NULL,
    user_id     UUID    NOT NULL REFERENCES users (id),
    run_id      UUID    REFERENCES runs (id),
    taken_at    BIGINT NOT NULL
);

-- The token that a run's child process gets, good for one state.
CREATE TABLE run_tokens (
    hash       BYTEA    NOT NULL PRIMARY KEY,
    run_id     UUID    NOT NULL REFERENCES runs (id),
    state_id   UUID    NOT NULL REFERENCES states (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX run_tokens_by_run ON run_tokens (run_id);

-- chain is a project's identifier, or zeros for the server's own chain.
CREATE TABLE audit_entries (
    chain         UUID    NOT NULL,
    sequence      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    actor         TEXT    NOT NULL,
    action        TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    details       TEXT    NOT NULL,
    previous_hash BYTEA    NOT NULL,
    hash          BYTEA    NOT NULL,
    PRIMARY KEY (chain, sequence)
);

CREATE TABLE audit_heads (
    chain    UUID    NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash     BYTEA    NOT NULL,
    seal     BYTEA    NOT NULL
);

CREATE TABLE idempotency_keys (
    user_id      UUID    NOT NULL REFERENCES users (id),
    key          TEXT    NOT NULL,
    request_hash BYTEA    NOT NULL,
    status       BIGINT,
    body         TEXT,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
