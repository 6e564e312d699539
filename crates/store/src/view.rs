//! Officer keys, and what is sealed to them.

use bytes::Bytes;
use relais_types::{OrgDomain, Timestamp};

use crate::{
    Result, Snapshot, Transaction,
    sqlite::{Columns as _, integer},
};

/// A published officer key, as its device has signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficerKey {
    /// The serialized statement.
    pub statement: Bytes,
    /// Its signature.
    pub signature: Bytes,
    /// The device's certificate, then its organisation's, each in DER.
    pub chain: [Bytes; 2],
}

/// What only an officer can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedView {
    /// Its number; it grows.
    pub id: u64,
    /// As it was uploaded.
    pub sealed: Bytes,
    /// When.
    pub received_at: Timestamp,
}

impl Snapshot {
    /// The organisation's newest officer key.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn officer_key(&mut self, organisation: &OrgDomain) -> Result<Option<OfficerKey>> {
        let row = sqlx::query(
            "SELECT statement, signature, chain FROM officer_key WHERE organisation = ? \
             ORDER BY id DESC LIMIT 1",
        )
        .bind(organisation.as_str())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            Ok(OfficerKey {
                statement: row.blob("statement")?,
                signature: row.blob("signature")?,
                chain: split(&row.blob("chain")?).ok_or_else(|| crate::sqlite::corrupt("chain"))?,
            })
        })
        .transpose()
    }

    /// At most `limit` views for the organisation's officer after number `after`, received at or
    /// after `since`, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn sealed_views(
        &mut self,
        organisation: &OrgDomain,
        since: Option<Timestamp>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<SealedView>> {
        let rows = sqlx::query(
            "SELECT id, sealed, received_at FROM sealed_view \
             WHERE organisation = ? AND id > ? AND received_at >= ? ORDER BY id LIMIT ?",
        )
        .bind(organisation.as_str())
        .bind(integer(after))
        .bind(since.map_or(i64::MIN, Timestamp::as_micros))
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SealedView {
                    id: row.number("id")?,
                    sealed: row.blob("sealed")?,
                    received_at: row.time("received_at")?,
                })
            })
            .collect()
    }
}

impl Transaction {
    /// Stores an officer key; it counts from now on.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn insert_officer_key(
        &mut self,
        organisation: &OrgDomain,
        key: &OfficerKey,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO officer_key (organisation, statement, signature, chain, published_at) \
             VALUES (?, ?, ?, ?, ?)",
        )
        .bind(organisation.as_str())
        .bind(key.statement.to_vec())
        .bind(key.signature.to_vec())
        .bind(join(&key.chain))
        .bind(now.as_micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Stores a view for the organisation's officer.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn insert_sealed_view(
        &mut self,
        organisation: &OrgDomain,
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query("INSERT INTO sealed_view (organisation, sealed, received_at) VALUES (?, ?, ?)")
            .bind(organisation.as_str())
            .bind(sealed)
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

/// The first certificate with its length before it, then the second.
pub(crate) fn join(chain: &[Bytes; 2]) -> Vec<u8> {
    let length = u32::try_from(chain[0].len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), chain[0].as_ref(), chain[1].as_ref()].concat()
}

/// The two that [`join`] has put together.
pub(crate) fn split(joined: &Bytes) -> Option<[Bytes; 2]> {
    let (length, _) = joined.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let end = length.checked_add(4).filter(|end| *end <= joined.len())?;
    Some([joined.slice(4..end), joined.slice(end..)])
}
