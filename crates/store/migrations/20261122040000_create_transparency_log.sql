-- The transparency log. Leaves and nodes count from 0. A node is complete: it covers 2^level
-- leaves, and is written once, in the transaction of the leaf that completes it.
CREATE TABLE transparency_leaf (
    number       INTEGER PRIMARY KEY,
    leaf         BLOB NOT NULL,
    -- SHA-256 of the certificate that the leaf tells of.
    fingerprint  BLOB CHECK (length(fingerprint) = 32),
    -- Number of the audit event that the leaf tells of.
    audit_number INTEGER
) STRICT;
CREATE INDEX transparency_leaf_by_fingerprint ON transparency_leaf (fingerprint)
    WHERE fingerprint IS NOT NULL;
CREATE INDEX transparency_leaf_by_audit ON transparency_leaf (audit_number)
    WHERE audit_number IS NOT NULL;

CREATE TABLE transparency_node (
    level  INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hash   BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;

-- The newest cosignature of each witness.
CREATE TABLE transparency_cosignature (
    witness   TEXT NOT NULL PRIMARY KEY,
    size      INTEGER NOT NULL,
    line      TEXT NOT NULL,
    signed_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER transparency_leaf_is_never_changed BEFORE UPDATE ON transparency_leaf
BEGIN
    SELECT RAISE(ABORT, 'transparency_leaf is append-only');
END;
CREATE TRIGGER transparency_leaf_is_never_cut BEFORE DELETE ON transparency_leaf
BEGIN
    SELECT RAISE(ABORT, 'transparency_leaf is append-only');
END;
CREATE TRIGGER transparency_node_is_never_changed BEFORE UPDATE ON transparency_node
BEGIN
    SELECT RAISE(ABORT, 'transparency_node is append-only');
END;
CREATE TRIGGER transparency_node_is_never_cut BEFORE DELETE ON transparency_node
BEGIN
    SELECT RAISE(ABORT, 'transparency_node is append-only');
END;
