-- What is done from time to time by whichever server comes first, and how it went the last time.
CREATE TABLE schedules (
    name         TEXT NOT NULL PRIMARY KEY,
    next_at      BIGINT NOT NULL,
    succeeded_at BIGINT,
    failed_at    BIGINT,
    -- Of the last success: what was made, and its size in bytes.
    subject      TEXT,
    size         BIGINT,
    -- Of the last failure.
    message      TEXT
);
