//! Organisations.

use relais_types::{OrgDomain, Timestamp};

use crate::{
    Result, Snapshot, Transaction,
    sqlite::{Columns as _, integer},
};

/// An organisation of the federation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// The domain that names it.
    pub domain: OrgDomain,
    /// Its name as people know it.
    pub display_name: String,
    /// When it was admitted.
    pub created_at: Timestamp,
}

impl Snapshot {
    /// The organisation with this domain.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn organisation(&mut self, domain: &OrgDomain) -> Result<Option<Organisation>> {
        let row = sqlx::query(
            "SELECT domain, display_name, created_at FROM organisation WHERE domain = ?",
        )
        .bind(domain.as_str())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// At most `limit` organisations after `after`, by domain.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn organisations(
        &mut self,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Organisation>> {
        let rows = sqlx::query(
            "SELECT domain, display_name, created_at FROM organisation \
             WHERE domain > ? ORDER BY domain LIMIT ?",
        )
        .bind(after.unwrap_or_default())
        .bind(integer(limit.into()))
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(read).collect()
    }
}

impl Transaction {
    /// Stores the organisation; `false` if the domain is taken.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn insert_organisation(&mut self, organisation: &Organisation) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO organisation (domain, display_name, created_at) VALUES (?, ?, ?) \
             ON CONFLICT DO NOTHING",
        )
        .bind(organisation.domain.as_str())
        .bind(organisation.display_name.as_str())
        .bind(organisation.created_at.as_micros())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<Organisation> {
    Ok(Organisation {
        domain: row.domain("domain")?,
        display_name: row.text("display_name")?,
        created_at: row.time("created_at")?,
    })
}
