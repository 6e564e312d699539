-- Opaque timers: when somebody is to be woken unless a token is revealed, how urgent it is, and
-- whom to wake. Nothing says of which entry. Rows with one hash are the steps of one escalation.
CREATE TABLE timer (
    id            INTEGER PRIMARY KEY,
    group_id      BLOB NOT NULL REFERENCES mls_group (id) ON DELETE CASCADE,
    token_hash    BLOB NOT NULL CHECK (length(token_hash) = 32),
    class         INTEGER NOT NULL,
    due_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX timer_by_due ON timer (due_at, id);
CREATE INDEX timer_by_token ON timer (group_id, token_hash);

CREATE TABLE timer_device (
    timer  INTEGER NOT NULL REFERENCES timer (id) ON DELETE CASCADE,
    device BLOB NOT NULL CHECK (length(device) = 16),
    PRIMARY KEY (timer, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_device_by_device ON timer_device (device);

-- Inbox items of kind 4: a timer that was due.
ALTER TABLE device_inbox ADD COLUMN token_hash BLOB;
ALTER TABLE device_inbox ADD COLUMN class INTEGER;
ALTER TABLE device_inbox ADD COLUMN due_at INTEGER;
CREATE INDEX device_inbox_by_token ON device_inbox (group_id, token_hash)
    WHERE token_hash IS NOT NULL;
