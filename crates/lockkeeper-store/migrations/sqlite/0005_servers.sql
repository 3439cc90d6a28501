-- The processes that serve this database. One that is alive counts its beats up.
CREATE TABLE servers (
    id         BLOB NOT NULL PRIMARY KEY,
    machine    TEXT NOT NULL,
    host       TEXT NOT NULL,
    beats      INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER
);
CREATE INDEX servers_at_work ON servers (id) WHERE ended_at IS NULL;
CREATE INDEX servers_by_machine ON servers (machine) WHERE ended_at IS NULL;

-- A lease is no time of day any more: clocks jump. Whoever works counts the beats of the job up.
ALTER TABLE jobs ADD COLUMN beats INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN server_id BLOB;
ALTER TABLE jobs DROP COLUMN lease_until;
ALTER TABLE jobs DROP COLUMN worker;

-- The server that works the answer out, for as long as there is none.
ALTER TABLE idempotency_keys ADD COLUMN server_id BLOB;
