-- Each time a device replaced its own leaf from outside, because it could not follow its group:
-- for the limit of how often it may.
CREATE TABLE resync (
    group_id BLOB NOT NULL REFERENCES mls_group (id),
    device   BLOB NOT NULL CHECK (length(device) = 16),
    seq      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (group_id, seq)
) STRICT;
CREATE INDEX resync_by_device ON resync (group_id, device, at);
