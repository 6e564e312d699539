//! What two organisations have signed with each other, and how they keep it.

use bytes::Bytes;
use relais_types::{OrgDomain, PractitionerId, PractitionerName, Timestamp};
use sqlx::Row as _;

use crate::{
    Result, Snapshot, Transaction,
    sqlite::{Columns as _, corrupt, integer},
    view::{join, split},
};

/// Two organisations, the lesser domain first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    first: OrgDomain,
    second: OrgDomain,
}

impl Pair {
    /// The pair of two organisations, in whatever order; `None` if they are one.
    pub fn new(one: OrgDomain, other: OrgDomain) -> Option<Self> {
        let (first, second) = match one.cmp(&other) {
            std::cmp::Ordering::Less => (one, other),
            std::cmp::Ordering::Equal => return None,
            std::cmp::Ordering::Greater => (other, one),
        };
        Some(Self { first, second })
    }

    /// The one with the lesser domain.
    pub fn first(&self) -> &OrgDomain {
        &self.first
    }

    /// The other one.
    pub fn second(&self) -> &OrgDomain {
        &self.second
    }

    /// Whether an organisation is one of the two.
    pub fn contains(&self, organisation: &OrgDomain) -> bool {
        self.first == *organisation || self.second == *organisation
    }

    /// The one that `organisation` is not.
    pub fn other(&self, organisation: &OrgDomain) -> &OrgDomain {
        if self.first == *organisation {
            &self.second
        } else {
            &self.first
        }
    }
}

/// What becomes of terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermsStanding {
    /// One has signed, and they wait for the other.
    Proposed,
    /// Both have signed.
    Agreed,
    /// One has signed, which is enough to lower the stage.
    Lowered,
}

impl TermsStanding {
    const fn number(self) -> i64 {
        match self {
            Self::Proposed => 0,
            Self::Agreed => 1,
            Self::Lowered => 2,
        }
    }
}

/// Terms, as they were signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTerms {
    /// Their number among those of the pair.
    pub revision: u32,
    /// The stage, by its number in the API.
    pub stage: u8,
    /// The serialized terms.
    pub terms: Bytes,
    /// By whom, ordered by domain.
    pub signatures: Vec<TermsSignature>,
}

/// The signature of one organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsSignature {
    /// The organisation.
    pub organisation: OrgDomain,
    /// When, by the signer's clock.
    pub signed_at: Timestamp,
    /// The signature.
    pub signature: Bytes,
    /// The device's certificate, then its organisation's, each in DER.
    pub chain: [Bytes; 2],
}

/// How two organisations stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partnership {
    /// The last terms that both have signed.
    pub agreed: Option<SignedTerms>,
    /// Later ones by which one has lowered the stage.
    pub lowered: Option<SignedTerms>,
    /// Later ones that wait for the other.
    pub proposed: Option<SignedTerms>,
}

/// What a person has told of how commitments were kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdherenceRow {
    /// Who, of which organisation.
    pub publisher: PractitionerName,
    /// The other organisation.
    pub partner: OrgDomain,
    /// The serialized statement.
    pub statement: Bytes,
    /// Its signature.
    pub signature: Bytes,
    /// The device's certificate, then its organisation's, each in DER.
    pub chain: [Bytes; 2],
}

impl Snapshot {
    /// How two organisations stand.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn partnership(&mut self, pair: &Pair) -> Result<Partnership> {
        let rows = sqlx::query(
            "SELECT id, revision, stage, standing, terms FROM partnership_terms \
             WHERE first = ? AND second = ? AND standing < 3",
        )
        .bind(pair.first.as_str())
        .bind(pair.second.as_str())
        .fetch_all(self.connection())
        .await?;
        let mut partnership = Partnership::default();
        for row in rows {
            let signatures = sqlx::query(
                "SELECT organisation, signed_at, signature, chain FROM partnership_signature \
                 WHERE terms = ? ORDER BY organisation",
            )
            .bind(row.try_get::<i64, _>("id")?)
            .fetch_all(self.connection())
            .await?;
            let terms = SignedTerms {
                revision: u32::try_from(row.number("revision")?)
                    .map_err(|_| corrupt("revision"))?,
                stage: u8::try_from(row.number("stage")?).map_err(|_| corrupt("stage"))?,
                terms: row.blob("terms")?,
                signatures: signatures
                    .iter()
                    .map(|row| {
                        Ok(TermsSignature {
                            organisation: row.domain("organisation")?,
                            signed_at: row.time("signed_at")?,
                            signature: row.blob("signature")?,
                            chain: chain(row)?,
                        })
                    })
                    .collect::<Result<_>>()?,
            };
            match row.number("standing")? {
                0 => partnership.proposed = Some(terms),
                1 => partnership.agreed = Some(terms),
                2 => partnership.lowered = Some(terms),
                _ => return Err(corrupt("standing")),
            }
        }
        Ok(partnership)
    }

    /// The number of the last terms that either has signed; 0 if there are none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn last_revision(&mut self, pair: &Pair) -> Result<u32> {
        let row = sqlx::query(
            "SELECT coalesce(max(revision), 0) AS revision FROM partnership_terms \
             WHERE first = ? AND second = ?",
        )
        .bind(pair.first.as_str())
        .bind(pair.second.as_str())
        .fetch_one(self.connection())
        .await?;
        u32::try_from(row.number("revision")?).map_err(|_| corrupt("revision"))
    }

    /// At most `limit` organisations after `after` with which an organisation has something in
    /// force, or, with `proposals`, proposed; by domain.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn partners(
        &mut self,
        organisation: &OrgDomain,
        proposals: bool,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<OrgDomain>> {
        let rows = sqlx::query(
            "SELECT DISTINCT CASE WHEN first = ?1 THEN second ELSE first END AS partner \
             FROM partnership_terms WHERE (first = ?1 OR second = ?1) AND standing < 3 \
             AND standing >= ?2 AND CASE WHEN first = ?1 THEN second ELSE first END > ?3 \
             ORDER BY partner LIMIT ?4",
        )
        .bind(organisation.as_str())
        .bind(i64::from(!proposals))
        .bind(after.unwrap_or_default())
        .bind(integer(limit.into()))
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| row.domain("partner")).collect()
    }

    /// At most `limit` statements between two organisations after that of the person `after`, by
    /// person.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn adherence(
        &mut self,
        pair: &Pair,
        after: Option<PractitionerId>,
        limit: u32,
    ) -> Result<Vec<AdherenceRow>> {
        let rows = sqlx::query(
            "SELECT organisation, partner, practitioner, statement, signature, chain \
             FROM adherence WHERE ((organisation = ?1 AND partner = ?2) \
             OR (organisation = ?2 AND partner = ?1)) AND practitioner > ?3 \
             ORDER BY practitioner LIMIT ?4",
        )
        .bind(pair.first.as_str())
        .bind(pair.second.as_str())
        .bind(after.map_or_else(Vec::new, |id| id.as_bytes().to_vec()))
        .bind(integer(limit.into()))
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AdherenceRow {
                    publisher: PractitionerName {
                        organisation: row.domain("organisation")?,
                        practitioner: row.id("practitioner")?,
                    },
                    partner: row.domain("partner")?,
                    statement: row.blob("statement")?,
                    signature: row.blob("signature")?,
                    chain: chain(row)?,
                })
            })
            .collect()
    }
}

impl Transaction {
    /// Stores terms of the next revision with their signatures. What stood in the same way before
    /// is history, and so is what was proposed; terms that both have signed end what was lowered.
    ///
    /// # Errors
    /// If the revision is taken, an organisation does not exist, or the database fails.
    pub async fn insert_terms(
        &mut self,
        pair: &Pair,
        terms: &SignedTerms,
        standing: TermsStanding,
    ) -> Result<()> {
        self.retire(pair, standing).await?;
        let id = sqlx::query(
            "INSERT INTO partnership_terms (first, second, revision, stage, standing, terms) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(pair.first.as_str())
        .bind(pair.second.as_str())
        .bind(i64::from(terms.revision))
        .bind(i64::from(terms.stage))
        .bind(standing.number())
        .bind(terms.terms.to_vec())
        .execute(self.connection())
        .await?
        .last_insert_rowid();
        for signature in &terms.signatures {
            self.insert_signature(id, signature).await?;
        }
        Ok(())
    }

    /// Brings the other signature under what was proposed: from now on it is agreed.
    ///
    /// # Errors
    /// If nothing is proposed, or the database fails.
    pub async fn agree(&mut self, pair: &Pair, signature: &TermsSignature) -> Result<()> {
        let row = sqlx::query(
            "SELECT id FROM partnership_terms WHERE first = ? AND second = ? AND standing = 0",
        )
        .bind(pair.first.as_str())
        .bind(pair.second.as_str())
        .fetch_one(self.connection())
        .await?;
        let id: i64 = row.try_get("id")?;
        self.insert_signature(id, signature).await?;
        sqlx::query(
            "UPDATE partnership_terms SET standing = 3 \
             WHERE first = ? AND second = ? AND standing IN (1, 2)",
        )
        .bind(pair.first.as_str())
        .bind(pair.second.as_str())
        .execute(self.connection())
        .await?;
        sqlx::query("UPDATE partnership_terms SET standing = 1 WHERE id = ?")
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    async fn retire(&mut self, pair: &Pair, by: TermsStanding) -> Result<()> {
        sqlx::query(
            "UPDATE partnership_terms SET standing = 3 WHERE first = ? AND second = ? \
             AND (standing = 0 OR standing = ? OR (standing = 2 AND ? = 1))",
        )
        .bind(pair.first.as_str())
        .bind(pair.second.as_str())
        .bind(by.number())
        .bind(by.number())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn insert_signature(&mut self, terms: i64, signature: &TermsSignature) -> Result<()> {
        sqlx::query(
            "INSERT INTO partnership_signature (terms, organisation, signed_at, signature, chain) \
             VALUES (?, ?, ?, ?, ?)",
        )
        .bind(terms)
        .bind(signature.organisation.as_str())
        .bind(signature.signed_at.as_micros())
        .bind(signature.signature.to_vec())
        .bind(join(&signature.chain))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Stores what a person tells of a partnership, in place of what they told before.
    ///
    /// # Errors
    /// If the person or an organisation does not exist, or the database fails.
    pub async fn put_adherence(&mut self, row: &AdherenceRow) -> Result<()> {
        sqlx::query(
            "INSERT INTO adherence (organisation, partner, practitioner, statement, signature, \
             chain) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (organisation, partner, practitioner) \
             DO UPDATE SET statement = excluded.statement, signature = excluded.signature, \
             chain = excluded.chain",
        )
        .bind(row.publisher.organisation.as_str())
        .bind(row.partner.as_str())
        .bind(row.publisher.practitioner.as_bytes().as_slice())
        .bind(row.statement.to_vec())
        .bind(row.signature.to_vec())
        .bind(join(&row.chain))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn chain(row: &sqlx::sqlite::SqliteRow) -> Result<[Bytes; 2]> {
    split(&row.blob("chain")?).ok_or_else(|| corrupt("chain"))
}
