-- Organisations that hold their certificate authority's key themselves. One without a certificate
-- has been admitted and waits to be certified.
CREATE TABLE organisation_authority (
    organisation TEXT NOT NULL PRIMARY KEY REFERENCES organisation (domain),
    certificate  BLOB,
    certified_at INTEGER
) STRICT;
