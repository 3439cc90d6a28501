-- The only state that the token is good for: its project, environment and stack, and whether it is the personal one.
ALTER TABLE tokens ADD COLUMN state BYTEA;
