-- What is true of this database alone, and of none that is restored from its backups.
CREATE TABLE installation (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
