-- What two organisations have signed with each other, `first` < `second`. The row of each pair that
-- stands at 0 is proposed, at 1 agreed, at 2 lowered by one side; at 3 it is history.
CREATE TABLE partnership_terms (
    id        INTEGER PRIMARY KEY,
    first     TEXT NOT NULL REFERENCES organisation (domain),
    second    TEXT NOT NULL REFERENCES organisation (domain),
    revision  INTEGER NOT NULL,
    stage     INTEGER NOT NULL,
    standing  INTEGER NOT NULL,
    terms     BLOB NOT NULL,
    CHECK (first < second),
    UNIQUE (first, second, revision)
) STRICT;
CREATE UNIQUE INDEX partnership_terms_by_standing ON partnership_terms (first, second, standing)
    WHERE standing < 3;
CREATE INDEX partnership_terms_by_second ON partnership_terms (second, first);

CREATE TABLE partnership_signature (
    terms        INTEGER NOT NULL REFERENCES partnership_terms (id),
    organisation TEXT NOT NULL REFERENCES organisation (domain),
    signed_at    INTEGER NOT NULL,
    signature    BLOB NOT NULL,
    chain        BLOB NOT NULL,
    PRIMARY KEY (terms, organisation)
) STRICT, WITHOUT ROWID;

-- How commitments were kept, as the people of one side have counted it: the newest of each.
CREATE TABLE adherence (
    organisation TEXT NOT NULL REFERENCES organisation (domain),
    partner      TEXT NOT NULL REFERENCES organisation (domain),
    practitioner BLOB NOT NULL REFERENCES practitioner (id),
    statement    BLOB NOT NULL,
    signature    BLOB NOT NULL,
    chain        BLOB NOT NULL,
    PRIMARY KEY (organisation, partner, practitioner)
) STRICT, WITHOUT ROWID;
CREATE INDEX adherence_by_partner ON adherence (partner, organisation, practitioner);

-- What searches for a service ask besides its words. Of services that were published before, the
-- criteria are found by every word.
ALTER TABLE service ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE service ADD COLUMN referrals_closed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE service ADD COLUMN criteria_key TEXT NOT NULL DEFAULT '';
UPDATE service SET criteria_key = search_key;

CREATE TABLE service_hours (
    service      BLOB NOT NULL REFERENCES service (id),
    ordinal      INTEGER NOT NULL,
    weekday      INTEGER NOT NULL,
    from_minute  INTEGER NOT NULL,
    until_minute INTEGER NOT NULL,
    PRIMARY KEY (service, ordinal)
) STRICT;
