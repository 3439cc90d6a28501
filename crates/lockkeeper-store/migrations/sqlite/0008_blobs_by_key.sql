-- For sealing blobs anew after a rotation, and for counting what is sealed by which key.
CREATE INDEX blobs_by_key ON blobs (key_number, name, place);
