-- Where an organisation's people sign in. Empty texts stand for "not set".
CREATE TABLE identity_provider (
    organisation       TEXT NOT NULL PRIMARY KEY REFERENCES organisation (domain),
    issuer             TEXT NOT NULL,
    client_id          TEXT NOT NULL,
    scopes             TEXT NOT NULL,
    account_claim      TEXT NOT NULL,
    name_claim         TEXT NOT NULL,
    profession_claim   TEXT NOT NULL,
    default_profession TEXT NOT NULL,
    fhir_user_claim    TEXT NOT NULL,
    email_domain       TEXT NOT NULL,
    group_claim        TEXT NOT NULL,
    required_group     TEXT NOT NULL,
    set_at             INTEGER NOT NULL
) STRICT;

-- Whom an identity provider means by a subject.
CREATE TABLE identity_subject (
    organisation TEXT NOT NULL REFERENCES organisation (domain),
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    practitioner BLOB NOT NULL REFERENCES practitioner (id),
    fhir_user    TEXT NOT NULL,
    bound_at     INTEGER NOT NULL,
    PRIMARY KEY (organisation, issuer, subject)
) STRICT;
CREATE INDEX identity_subject_by_practitioner ON identity_subject (practitioner, issuer);

-- What the provider's directory says of a person: the id is the practitioner's, who need not
-- have enrolled. A practitioner without a row is active. user_name_key is folded by the service.
CREATE TABLE account (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    organisation  TEXT NOT NULL REFERENCES organisation (domain),
    user_name     TEXT,
    user_name_key TEXT,
    external_id   TEXT,
    display_name  TEXT NOT NULL,
    profession    TEXT NOT NULL,
    active        INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    deleted_at    INTEGER
) STRICT;
CREATE UNIQUE INDEX account_by_user_name ON account (organisation, user_name_key);
CREATE INDEX account_by_external_id ON account (organisation, external_id);

-- With what the provider's directory proves itself; the digest alone is kept.
CREATE TABLE scim_token (
    organisation TEXT NOT NULL PRIMARY KEY REFERENCES organisation (domain),
    digest       BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    created_at   INTEGER NOT NULL
) STRICT;

-- The device that an inbox item is about.
ALTER TABLE device_inbox ADD COLUMN about BLOB REFERENCES device (id);
