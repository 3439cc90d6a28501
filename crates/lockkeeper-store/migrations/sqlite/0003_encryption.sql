-- Keys, wrapped by the root key, which is not in the database. Number 0 is the server's secret, which is never
-- replaced; from 1 on they are data keys, of which the newest seals and the others only open.
CREATE TABLE encryption_keys (
    number           INTEGER NOT NULL PRIMARY KEY,
    wrapped          BLOB NOT NULL,
    root_fingerprint TEXT NOT NULL,
    created_at       INTEGER NOT NULL
);

-- How far sealing has come: everything in the table is sealed by this data key or a newer one.
CREATE TABLE sealed_tables (
    table_name TEXT NOT NULL PRIMARY KEY,
    key_number INTEGER NOT NULL,
    sealed_at  INTEGER NOT NULL
);
