-- Officer keys, every one that was published: the newest of an organisation counts.
CREATE TABLE officer_key (
    id           INTEGER PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisation (domain),
    statement    BLOB NOT NULL,
    signature    BLOB NOT NULL,
    chain        BLOB NOT NULL,
    published_at INTEGER NOT NULL
) STRICT;
CREATE INDEX officer_key_by_organisation ON officer_key (organisation, id);

-- Who viewed what, sealed to the custodian's officer. Nothing says of which case.
CREATE TABLE sealed_view (
    id           INTEGER PRIMARY KEY,
    organisation TEXT NOT NULL REFERENCES organisation (domain),
    sealed       BLOB NOT NULL,
    received_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX sealed_view_by_organisation ON sealed_view (organisation, id);
