//! The transparency log: leaves, the complete nodes of the tree over them, cosignatures.
//!
//! What a node or a leaf means is the service's business; here they are written once and never
//! changed.

use bytes::Bytes;
use relais_types::Timestamp;

use crate::{
    Result, Snapshot, Transaction,
    sqlite::{Columns as _, integer},
};

/// A leaf to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLeaf {
    /// Its number: how many there were before.
    pub number: u64,
    /// The serialized event.
    pub leaf: Vec<u8>,
    /// SHA-256 of the certificate that it tells of.
    pub fingerprint: Option<[u8; 32]>,
    /// Number of the audit event that it tells of.
    pub audit_number: Option<u64>,
}

/// A leaf that tells of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLeaf {
    /// Its number.
    pub number: u64,
    /// The serialized event.
    pub leaf: Bytes,
}

/// A witness's newest cosignature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The witness's verifier key.
    pub witness: String,
    /// Size of the checkpoint.
    pub size: u64,
    /// The signature line.
    pub line: String,
    /// The time that it covers.
    pub signed_at: Timestamp,
}

impl Snapshot {
    /// How many leaves there are.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn transparency_size(&mut self) -> Result<u64> {
        let last = sqlx::query("SELECT number FROM transparency_leaf ORDER BY number DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await?;
        last.map_or(Ok(0), |row| Ok(row.number("number")? + 1))
    }

    /// The hash of a complete node, if it is complete.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn transparency_node(&mut self, level: u8, number: u64) -> Result<Option<[u8; 32]>> {
        let row = sqlx::query("SELECT hash FROM transparency_node WHERE level = ? AND number = ?")
            .bind(i64::from(level))
            .bind(integer(number))
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| row.id("hash")).transpose()
    }

    /// The leaf that tells of the certificate with this SHA-256; the first, if several do.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn transparency_leaf_of(
        &mut self,
        fingerprint: &[u8; 32],
    ) -> Result<Option<FoundLeaf>> {
        let row = sqlx::query(
            "SELECT number, leaf FROM transparency_leaf WHERE fingerprint = ? \
             ORDER BY number LIMIT 1",
        )
        .bind(fingerprint.as_slice())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            Ok(FoundLeaf {
                number: row.number("number")?,
                leaf: row.blob("leaf")?,
            })
        })
        .transpose()
    }

    /// At most `limit` leaves from number `start` on, in order.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn transparency_leaves(&mut self, start: u64, limit: u32) -> Result<Vec<Bytes>> {
        let rows = sqlx::query(
            "SELECT leaf FROM transparency_leaf WHERE number >= ? ORDER BY number LIMIT ?",
        )
        .bind(integer(start))
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| row.blob("leaf")).collect()
    }

    /// Number of the newest audit event that a leaf tells of; 0 if none does.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn transparency_audit_number(&mut self) -> Result<u64> {
        let row = sqlx::query(
            "SELECT audit_number FROM transparency_leaf WHERE audit_number IS NOT NULL \
             ORDER BY audit_number DESC LIMIT 1",
        )
        .fetch_optional(self.connection())
        .await?;
        row.map_or(Ok(0), |row| row.number("audit_number"))
    }

    /// The newest cosignature of each witness.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn cosignatures(&mut self) -> Result<Vec<Cosignature>> {
        let rows = sqlx::query(
            "SELECT witness, size, line, signed_at FROM transparency_cosignature ORDER BY witness",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Cosignature {
                    witness: row.text("witness")?,
                    size: row.number("size")?,
                    line: row.text("line")?,
                    signed_at: row.time("signed_at")?,
                })
            })
            .collect()
    }
}

impl Transaction {
    /// Appends a leaf.
    ///
    /// # Errors
    /// If its number is taken, or the database fails.
    pub async fn append_transparency_leaf(&mut self, leaf: &NewLeaf) -> Result<()> {
        sqlx::query(
            "INSERT INTO transparency_leaf (number, leaf, fingerprint, audit_number) \
             VALUES (?, ?, ?, ?)",
        )
        .bind(integer(leaf.number))
        .bind(leaf.leaf.as_slice())
        .bind(leaf.fingerprint.as_ref().map(<[u8; 32]>::as_slice))
        .bind(leaf.audit_number.map(integer))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Stores a node that is complete now.
    ///
    /// # Errors
    /// If it was stored before, or the database fails.
    pub async fn insert_transparency_node(
        &mut self,
        level: u8,
        number: u64,
        hash: &[u8; 32],
    ) -> Result<()> {
        sqlx::query("INSERT INTO transparency_node (level, number, hash) VALUES (?, ?, ?)")
            .bind(i64::from(level))
            .bind(integer(number))
            .bind(hash.as_slice())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Keeps a cosignature in place of an older one of the same witness.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn put_cosignature(&mut self, cosignature: &Cosignature) -> Result<()> {
        sqlx::query(
            "INSERT INTO transparency_cosignature (witness, size, line, signed_at) \
             VALUES (?, ?, ?, ?) ON CONFLICT (witness) DO UPDATE SET \
             size = excluded.size, line = excluded.line, signed_at = excluded.signed_at \
             WHERE excluded.size > size OR (excluded.size = size AND excluded.signed_at > signed_at)",
        )
        .bind(cosignature.witness.as_str())
        .bind(integer(cosignature.size))
        .bind(cosignature.line.as_str())
        .bind(cosignature.signed_at.as_micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
