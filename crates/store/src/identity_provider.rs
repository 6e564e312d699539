//! Identity providers of organisations, and whom they mean by their subjects.

use relais_types::{OrgDomain, PractitionerId, Timestamp};

use crate::{Result, Snapshot, Transaction, sqlite::Columns as _};

/// Where an organisation's people sign in, and what is read from their ID tokens
/// (OpenID Connect Core 1.0 §2). An empty text means that it is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityProvider {
    /// The issuer's URL, exactly as it stands in its tokens.
    pub issuer: String,
    /// As whom this backbone is registered there: a public client.
    pub client_id: String,
    /// Scopes to ask for, separated by spaces.
    pub scopes: String,
    /// Claim that names the person in the provider's directory, too.
    pub account_claim: String,
    /// Claim with the person's name.
    pub name_claim: String,
    /// Claim with the person's profession.
    pub profession_claim: String,
    /// The profession of those whose token has no such claim.
    pub default_profession: String,
    /// Claim with the person's FHIR resource (SMART App Launch 2.2, `fhirUser`).
    pub fhir_user_claim: String,
    /// The domain that verified e-mail addresses must be of.
    pub email_domain: String,
    /// Claim with the person's groups.
    pub group_claim: String,
    /// The group that people must be in.
    pub required_group: String,
}

/// Somebody as an identity provider knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Whose identity provider.
    pub organisation: OrgDomain,
    /// The issuer's URL.
    pub issuer: String,
    /// The issuer's name for the person; never given to anybody else.
    pub subject: String,
}

impl Snapshot {
    /// The organisation's identity provider.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn identity_provider(
        &mut self,
        organisation: &OrgDomain,
    ) -> Result<Option<IdentityProvider>> {
        let row = sqlx::query(
            "SELECT issuer, client_id, scopes, account_claim, name_claim, profession_claim, \
             default_profession, fhir_user_claim, email_domain, group_claim, required_group \
             FROM identity_provider WHERE organisation = ?",
        )
        .bind(organisation.as_str())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            Ok(IdentityProvider {
                issuer: row.text("issuer")?,
                client_id: row.text("client_id")?,
                scopes: row.text("scopes")?,
                account_claim: row.text("account_claim")?,
                name_claim: row.text("name_claim")?,
                profession_claim: row.text("profession_claim")?,
                default_profession: row.text("default_profession")?,
                fhir_user_claim: row.text("fhir_user_claim")?,
                email_domain: row.text("email_domain")?,
                group_claim: row.text("group_claim")?,
                required_group: row.text("required_group")?,
            })
        })
        .transpose()
    }

    /// Whom the provider means.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn practitioner_of(&mut self, subject: &Subject) -> Result<Option<PractitionerId>> {
        let row = sqlx::query(
            "SELECT practitioner FROM identity_subject \
             WHERE organisation = ? AND issuer = ? AND subject = ?",
        )
        .bind(subject.organisation.as_str())
        .bind(subject.issuer.as_str())
        .bind(subject.subject.as_str())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| row.id("practitioner")).transpose()
    }

    /// Whether the issuer means the person by any subject.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn has_subject(
        &mut self,
        practitioner: PractitionerId,
        issuer: &str,
    ) -> Result<bool> {
        let row = sqlx::query(
            "SELECT EXISTS (SELECT 1 FROM identity_subject \
             WHERE practitioner = ? AND issuer = ?) AS held",
        )
        .bind(practitioner.as_bytes().as_slice())
        .bind(issuer)
        .fetch_one(self.connection())
        .await?;
        Ok(row.number("held")? != 0)
    }
}

impl Transaction {
    /// Sets the organisation's identity provider, in place of the one it had.
    ///
    /// # Errors
    /// If the organisation does not exist, or the database fails.
    pub async fn set_identity_provider(
        &mut self,
        organisation: &OrgDomain,
        provider: &IdentityProvider,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT OR REPLACE INTO identity_provider (organisation, issuer, client_id, scopes, \
             account_claim, name_claim, profession_claim, default_profession, fhir_user_claim, \
             email_domain, group_claim, required_group, set_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(organisation.as_str())
        .bind(provider.issuer.as_str())
        .bind(provider.client_id.as_str())
        .bind(provider.scopes.as_str())
        .bind(provider.account_claim.as_str())
        .bind(provider.name_claim.as_str())
        .bind(provider.profession_claim.as_str())
        .bind(provider.default_profession.as_str())
        .bind(provider.fhir_user_claim.as_str())
        .bind(provider.email_domain.as_str())
        .bind(provider.group_claim.as_str())
        .bind(provider.required_group.as_str())
        .bind(now.as_micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets the organisation's identity provider; `false` if it had none. Whom it meant
    /// stays known, for when it comes back.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn remove_identity_provider(&mut self, organisation: &OrgDomain) -> Result<bool> {
        let done = sqlx::query("DELETE FROM identity_provider WHERE organisation = ?")
            .bind(organisation.as_str())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Remembers whom the provider means, in place of whom it meant before, with the FHIR
    /// resource that it names.
    ///
    /// # Errors
    /// If the person does not exist, or the database fails.
    pub async fn bind_subject(
        &mut self,
        subject: &Subject,
        practitioner: PractitionerId,
        fhir_user: &str,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT OR REPLACE INTO identity_subject (organisation, issuer, subject, \
             practitioner, fhir_user, bound_at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(subject.organisation.as_str())
        .bind(subject.issuer.as_str())
        .bind(subject.subject.as_str())
        .bind(practitioner.as_bytes().as_slice())
        .bind(fhir_user)
        .bind(now.as_micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
