-- How many versions were removed because of their number and age; `versions` counts those that are kept.
ALTER TABLE states ADD COLUMN versions_removed BIGINT NOT NULL DEFAULT 0;
