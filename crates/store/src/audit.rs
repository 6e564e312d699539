//! The audit trail: append-only, and chained by hashes so that a change shows.

use relais_types::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::{Error, Result, Snapshot, Transaction, sqlite::Columns as _};

/// The hash before the first row.
const GENESIS: [u8; 32] = [0; 32];
/// Rows read at a time when the chain is verified.
const PAGE: u32 = 500;

/// Something that was done to identities, the directory or a group's roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// Who did it: a resource name, or `operator`.
    pub actor: String,
    /// What was done, such as `device.enrol`.
    pub action: &'static str,
    /// What it was done to: a resource name, or `groups/{uuid}`.
    pub subject: String,
}

/// A row of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// The hash of the row before.
    pub previous: [u8; 32],
    /// SHA-256 over the row before and this one.
    pub hash: [u8; 32],
}

/// The audit trail as a whole, recomputed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditChain {
    /// How many rows it has.
    pub rows: u64,
    /// The last row's number; 0 if there is none.
    pub head: u64,
    /// The last row's stored hash; zeros if there is none.
    pub head_hash: [u8; 32],
    /// The first row that does not fit to the one before it.
    pub first_broken: Option<u64>,
}

impl Snapshot {
    /// At most `limit` rows after row `after`, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn audit_log(&mut self, after: u64, limit: u32) -> Result<Vec<AuditRow>> {
        let rows = sqlx::query(
            "SELECT id, at, actor, action, subject, previous, hash FROM audit_log \
             WHERE id > ? ORDER BY id LIMIT ?",
        )
        .bind(crate::sqlite::integer(after))
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Number and hash of the newest row, if there is one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn audit_head(&mut self) -> Result<Option<(u64, [u8; 32])>> {
        let row = sqlx::query("SELECT id, hash FROM audit_log ORDER BY id DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| Ok((row.number("id")?, row.id("hash")?)))
            .transpose()
    }

    /// Recomputes the whole chain and tells where it ends.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn check_audit_log(&mut self) -> Result<AuditChain> {
        let mut found = AuditChain {
            rows: 0,
            head: 0,
            head_hash: GENESIS,
            first_broken: None,
        };
        loop {
            let rows = self.audit_log(found.head, PAGE).await?;
            if rows.is_empty() {
                return Ok(found);
            }
            for row in rows {
                let follows = row.id == found.head + 1;
                let hash = chain(
                    &found.head_hash,
                    row.at,
                    [&row.actor, &row.action, &row.subject],
                );
                if !follows || row.previous != found.head_hash || row.hash != hash {
                    found.first_broken.get_or_insert(row.id);
                }
                found.rows += 1;
                (found.head, found.head_hash) = (row.id, row.hash);
            }
        }
    }

    /// Recomputes the whole chain; returns the number of rows.
    ///
    /// # Errors
    /// [`Error::Corrupt`] names the first row that does not fit.
    pub async fn verify_audit_log(&mut self) -> Result<u64> {
        let chain = self.check_audit_log().await?;
        match chain.first_broken {
            Some(row) => Err(Error::Corrupt(format!("audit_log row {row}"))),
            None => Ok(chain.rows),
        }
    }
}

impl Transaction {
    /// Appends to the audit trail.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn audit(&mut self, event: &AuditEvent) -> Result<()> {
        let newest = sqlx::query("SELECT hash FROM audit_log ORDER BY id DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await?;
        let previous = newest.map_or(Ok(GENESIS), |row| row.id::<[u8; 32]>("hash"))?;
        let hash = chain(
            &previous,
            event.at,
            [&event.actor, event.action, &event.subject],
        );
        sqlx::query(
            "INSERT INTO audit_log (at, actor, action, subject, previous, hash) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(event.at.as_micros())
        .bind(event.actor.as_str())
        .bind(event.action)
        .bind(event.subject.as_str())
        .bind(previous.as_slice())
        .bind(hash.as_slice())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

/// Every field is preceded by its length, so that no two rows hash alike.
fn chain(previous: &[u8; 32], at: Timestamp, fields: [&str; 3]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"relais/audit/v1");
    hash.update(previous);
    hash.update(at.as_micros().to_be_bytes());
    for field in fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<AuditRow> {
    Ok(AuditRow {
        id: row.number("id")?,
        at: row.time("at")?,
        actor: row.text("actor")?,
        action: row.text("action")?,
        subject: row.text("subject")?,
        previous: row.id("previous")?,
        hash: row.id("hash")?,
    })
}
