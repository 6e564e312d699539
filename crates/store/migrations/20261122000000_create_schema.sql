-- Times are microseconds since the Unix epoch, UTC. Ids are 16 bytes.

CREATE TABLE organisation (
    domain       TEXT NOT NULL PRIMARY KEY,
    display_name TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;

-- search_key and sort_key are folded (case, accents) by the service, so that every
-- backend compares bytes and none needs a collation.
CREATE TABLE practitioner (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organisation TEXT NOT NULL REFERENCES organisation (domain),
    display_name TEXT NOT NULL,
    profession   TEXT NOT NULL,
    access_role  INTEGER NOT NULL,
    search_key   TEXT NOT NULL,
    sort_key     TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX practitioner_by_name ON practitioner (sort_key, id);
CREATE INDEX practitioner_by_organisation ON practitioner (organisation, sort_key, id);

CREATE TABLE device (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    practitioner  BLOB NOT NULL REFERENCES practitioner (id),
    label         TEXT NOT NULL,
    status        INTEGER NOT NULL,
    signature_key BLOB NOT NULL UNIQUE,
    device_key    BLOB NOT NULL UNIQUE,
    -- Position of the newest inbox item; it only grows, so that a position is never reused.
    inbox_head    INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX device_by_practitioner ON device (practitioner, created_at, id);

CREATE TABLE invitation (
    digest       BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    organisation TEXT NOT NULL REFERENCES organisation (domain),
    practitioner BLOB REFERENCES practitioner (id),
    display_name TEXT NOT NULL,
    profession   TEXT NOT NULL,
    access_role  INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_by      BLOB REFERENCES device (id)
) STRICT;

-- Challenges that were answered; asking for one stores nothing.
CREATE TABLE used_challenge (
    digest     BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX used_challenge_by_expiry ON used_challenge (expires_at);

CREATE TABLE service (
    id              BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organisation    TEXT NOT NULL REFERENCES organisation (domain),
    display_name    TEXT NOT NULL,
    description     TEXT NOT NULL,
    access_criteria TEXT NOT NULL,
    search_key      TEXT NOT NULL,
    sort_key        TEXT NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX service_by_name ON service (sort_key, id);

CREATE TABLE service_language (
    service  BLOB NOT NULL REFERENCES service (id),
    ordinal  INTEGER NOT NULL,
    language TEXT NOT NULL,
    folded   TEXT NOT NULL,
    PRIMARY KEY (service, ordinal)
) STRICT;

CREATE TABLE service_area (
    service BLOB NOT NULL REFERENCES service (id),
    ordinal INTEGER NOT NULL,
    area    TEXT NOT NULL,
    folded  TEXT NOT NULL,
    PRIMARY KEY (service, ordinal)
) STRICT;

CREATE TABLE service_practitioner (
    service      BLOB NOT NULL REFERENCES service (id),
    ordinal      INTEGER NOT NULL,
    practitioner BLOB NOT NULL REFERENCES practitioner (id),
    PRIMARY KEY (service, ordinal)
) STRICT;

-- A claimed key package stays as a reference without its bytes until it expires, so that
-- publishing it again cannot hand it out a second time.
CREATE TABLE key_package (
    reference   BLOB NOT NULL PRIMARY KEY,
    device      BLOB NOT NULL REFERENCES device (id),
    last_resort INTEGER NOT NULL,
    bytes       BLOB,
    not_after   INTEGER NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX key_package_in_stock ON key_package (device, last_resort, created_at, reference)
    WHERE bytes IS NOT NULL;
CREATE INDEX key_package_by_expiry ON key_package (not_after);

-- The row that every message updates holds nothing large.
CREATE TABLE mls_group (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    epoch      INTEGER NOT NULL,
    head_seq   INTEGER NOT NULL,
    creator    BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE group_state (
    group_id     BLOB NOT NULL PRIMARY KEY REFERENCES mls_group (id),
    public_state BLOB NOT NULL,
    group_info   BLOB NOT NULL
) STRICT;

-- What a device needs to join at an epoch; kept for the current epoch and for as long as
-- a Welcome of an older one waits in an inbox.
CREATE TABLE epoch_tree (
    group_id     BLOB NOT NULL REFERENCES mls_group (id),
    epoch        INTEGER NOT NULL,
    ratchet_tree BLOB NOT NULL,
    welcome      BLOB,
    PRIMARY KEY (group_id, epoch)
) STRICT;

-- No reference to device: a group may have members of other backbones later.
CREATE TABLE group_member (
    group_id    BLOB NOT NULL REFERENCES mls_group (id),
    device      BLOB NOT NULL CHECK (length(device) = 16),
    joined_seq  INTEGER NOT NULL,
    removed_seq INTEGER,
    acked_seq   INTEGER NOT NULL,
    PRIMARY KEY (group_id, device)
) STRICT;
CREATE INDEX group_member_by_device ON group_member (device, group_id);

-- Rows in order of arrival; (group, seq) is an index and not the table's order, which
-- makes appending twice as fast.
CREATE TABLE group_log (
    id          INTEGER PRIMARY KEY,
    group_id    BLOB NOT NULL REFERENCES mls_group (id),
    seq         INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    sender      BLOB NOT NULL,
    payload     BLOB NOT NULL,
    accepted_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX group_log_by_seq ON group_log (group_id, seq);
-- The backstop of "one commit wins an epoch": kind 2 is a commit.
CREATE UNIQUE INDEX group_log_one_commit ON group_log (group_id, epoch) WHERE kind = 2;

CREATE TABLE device_inbox (
    device     BLOB NOT NULL REFERENCES device (id),
    position   INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    group_id   BLOB REFERENCES mls_group (id),
    seq        INTEGER,
    epoch      INTEGER,
    available  INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (device, position)
) STRICT;
CREATE INDEX device_inbox_by_epoch ON device_inbox (group_id, epoch) WHERE group_id IS NOT NULL;

CREATE TABLE idempotency (
    caller     BLOB NOT NULL,
    request_id BLOB NOT NULL,
    method     TEXT NOT NULL,
    digest     BLOB NOT NULL,
    response   BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (caller, request_id)
) STRICT;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE audit_log (
    id       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash     BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_log_is_never_changed BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
CREATE TRIGGER audit_log_is_never_cut BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'audit_log is append-only');
END;
