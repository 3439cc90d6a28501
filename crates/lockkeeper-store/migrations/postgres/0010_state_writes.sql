-- A keyed digest of what stands in a state: an inventory that is the same is not written again.
ALTER TABLE state_inventories ADD COLUMN digest BYTEA;
-- An inventory is that of the newest version of its state.
ALTER TABLE state_inventories DROP COLUMN version_id;
-- What is sealed is compressed already, and cannot be compressed again.
ALTER TABLE state_inventories ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE blobs ALTER COLUMN content SET STORAGE EXTERNAL;
-- Users are disabled, never removed. Checking that each time makes all writes by one user wait for the same row.
ALTER TABLE state_versions DROP CONSTRAINT state_versions_user_id_fkey;
