-- How many versions were removed because of their number and age; `versions` counts those that are kept.
ALTER TABLE states ADD COLUMN versions_removed INTEGER NOT NULL DEFAULT 0;
