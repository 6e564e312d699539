//! Authorities whose keys the organisations hold themselves.

use bytes::Bytes;
use relais_types::{OrgDomain, Timestamp};

use crate::{Result, Snapshot, Transaction, sqlite::Columns as _};

/// That an organisation holds its own authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationAuthority {
    /// The organisation.
    pub organisation: OrgDomain,
    /// What the federation has certified; `None` until it has.
    pub certified: Option<CertifiedKey>,
}

/// A certificate of an organisation's authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedKey {
    /// The CA certificate in DER.
    pub certificate: Bytes,
    /// When it was signed.
    pub certified_at: Timestamp,
}

impl Snapshot {
    /// The organisation's own authority; `None` if the server holds it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn organisation_authority(
        &mut self,
        organisation: &OrgDomain,
    ) -> Result<Option<OrganisationAuthority>> {
        let row = sqlx::query(
            "SELECT organisation, certificate, certified_at FROM organisation_authority \
             WHERE organisation = ?",
        )
        .bind(organisation.as_str())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            let certified = match row.optional_time("certified_at")? {
                Some(certified_at) => Some(CertifiedKey {
                    certificate: row.blob("certificate")?,
                    certified_at,
                }),
                None => None,
            };
            Ok(OrganisationAuthority {
                organisation: row.domain("organisation")?,
                certified,
            })
        })
        .transpose()
    }

    /// Every organisation that holds its own authority, by domain.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn own_authorities(&mut self) -> Result<Vec<OrgDomain>> {
        let rows = sqlx::query("SELECT organisation FROM organisation_authority ORDER BY 1")
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| row.domain("organisation")).collect()
    }
}

impl Transaction {
    /// Stores an organisation's own authority, in place of an earlier one.
    ///
    /// # Errors
    /// If the database fails, or there is no such organisation.
    pub async fn put_organisation_authority(
        &mut self,
        authority: &OrganisationAuthority,
    ) -> Result<()> {
        let certified = authority.certified.as_ref();
        sqlx::query(
            "INSERT INTO organisation_authority (organisation, certificate, certified_at) \
             VALUES (?, ?, ?) ON CONFLICT (organisation) DO UPDATE \
             SET certificate = excluded.certificate, certified_at = excluded.certified_at",
        )
        .bind(authority.organisation.as_str())
        .bind(certified.map(|key| key.certificate.to_vec()))
        .bind(certified.map(|key| key.certified_at.as_micros()))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
