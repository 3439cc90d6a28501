-- A keyed digest of what stands in a state: an inventory that is the same is not written again.
ALTER TABLE state_inventories ADD COLUMN digest BLOB;
-- An inventory is that of the newest version of its state.
ALTER TABLE state_inventories DROP COLUMN version_id;
