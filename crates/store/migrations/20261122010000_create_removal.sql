-- Removals of revoked devices that the service proposed. A row without made_at is pending: the
-- group takes nothing but a commit that contains it. Kept afterwards, for the time it took.
CREATE TABLE removal (
    group_id     BLOB NOT NULL REFERENCES mls_group (id),
    device       BLOB NOT NULL CHECK (length(device) = 16),
    proposed_seq INTEGER NOT NULL,
    proposed_at  INTEGER NOT NULL,
    made_seq     INTEGER,
    made_at      INTEGER,
    PRIMARY KEY (group_id, proposed_seq)
) STRICT;
CREATE UNIQUE INDEX removal_pending ON removal (group_id, device) WHERE made_at IS NULL;
CREATE INDEX removal_by_device ON removal (device);

ALTER TABLE device ADD COLUMN revoked_at INTEGER;
CREATE INDEX device_revoked ON device (id) WHERE revoked_at IS NOT NULL;
