-- Big things, sealed. Each is pointed to by one row of another table; without that row it is garbage.
CREATE TABLE blobs (
    name        TEXT    NOT NULL PRIMARY KEY,
    place       TEXT    NOT NULL,
    -- Only of those that stand in the database.
    content     BLOB,
    key_number  INTEGER NOT NULL,
    released_at INTEGER
);
CREATE INDEX blobs_released ON blobs (released_at) WHERE released_at IS NOT NULL;

-- Those of before are files, named by their content and sealed by the first key.
INSERT INTO blobs (name, place, key_number)
SELECT blob, 'folder', 0 FROM state_versions
UNION SELECT effects_blob, 'folder', 0 FROM plans
UNION SELECT plan_file_blob, 'folder', 0 FROM plans WHERE plan_file_blob IS NOT NULL;
