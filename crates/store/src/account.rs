//! What an organisation's directory says of its people (SCIM, RFC 7643 §4.1), and with which
//! token it says it.

use relais_types::{OrgDomain, PractitionerName, Timestamp};

use crate::{
    Result, Snapshot, Transaction,
    sqlite::{Columns as _, integer},
};

/// A person as their organisation's directory knows them. They need not have enrolled yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The practitioner that they are, or will be.
    pub name: PractitionerName,
    /// The directory's name for them, if it has said one.
    pub user_name: Option<String>,
    /// `user_name` folded, which is theirs alone in the organisation.
    pub user_name_key: Option<String>,
    /// The directory's own id for them.
    pub external_id: Option<String>,
    /// Their name.
    pub display_name: String,
    /// Their profession.
    pub profession: String,
    /// False once they have left: they may not enrol through the identity provider.
    pub active: bool,
    /// True once the directory has forgotten them; never active then.
    pub deleted: bool,
    /// When they were first known.
    pub created_at: Timestamp,
    /// When something of this was last changed.
    pub changed_at: Timestamp,
}

/// Which accounts are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountFilter {
    /// Everybody.
    All,
    /// Whose folded user name is this.
    UserName(String),
    /// Whose external id is this.
    ExternalId(String),
}

impl Snapshot {
    /// What the directory says of a person, deleted or not; a practitioner of whom it has said
    /// nothing is active.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn account(&mut self, name: &PractitionerName) -> Result<Option<Account>> {
        let row = sqlx::query(
            "SELECT id, organisation, user_name, user_name_key, external_id, display_name, \
             profession, active, created_at, changed_at, deleted_at FROM account \
             WHERE organisation = ? AND id = ?",
        )
        .bind(name.organisation.as_str())
        .bind(name.practitioner.as_bytes().as_slice())
        .fetch_optional(self.connection())
        .await?;
        if let Some(row) = row {
            return read(&row).map(Some);
        }
        let person = self.practitioner(name).await?;
        Ok(person.map(|person| Account {
            name: person.name,
            user_name: None,
            user_name_key: None,
            external_id: None,
            display_name: person.display_name,
            profession: person.profession,
            active: true,
            deleted: false,
            created_at: person.created_at,
            changed_at: person.created_at,
        }))
    }

    /// The account that holds a folded user name, deleted or not.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn account_by_user_name(
        &mut self,
        organisation: &OrgDomain,
        key: &str,
    ) -> Result<Option<Account>> {
        let row = sqlx::query(
            "SELECT id, organisation, user_name, user_name_key, external_id, display_name, \
             profession, active, created_at, changed_at, deleted_at FROM account \
             WHERE organisation = ? AND user_name_key = ?",
        )
        .bind(organisation.as_str())
        .bind(key)
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The newest account with an external id, one that is not deleted before one that is.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn account_by_external_id(
        &mut self,
        organisation: &OrgDomain,
        external_id: &str,
    ) -> Result<Option<Account>> {
        let row = sqlx::query(
            "SELECT id, organisation, user_name, user_name_key, external_id, display_name, \
             profession, active, created_at, changed_at, deleted_at FROM account \
             WHERE organisation = ? AND external_id = ? \
             ORDER BY deleted_at IS NOT NULL, created_at DESC, id LIMIT 1",
        )
        .bind(organisation.as_str())
        .bind(external_id)
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The organisation's accounts that match and are not deleted, oldest first: at most
    /// `limit` after the first `skip`, and how many there are in all.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn accounts(
        &mut self,
        organisation: &OrgDomain,
        filter: &AccountFilter,
        skip: u64,
        limit: u32,
    ) -> Result<(Vec<Account>, u64)> {
        let (all, user_name, external_id) = match filter {
            AccountFilter::All => (1, None, None),
            AccountFilter::UserName(key) => (0, Some(key.as_str()), None),
            AccountFilter::ExternalId(id) => (0, None, Some(id.as_str())),
        };
        // A practitioner of whom the directory has said nothing is among all.
        let rows = sqlx::query(
            "SELECT *, count(*) OVER () AS total FROM (
               SELECT id, organisation, user_name, user_name_key, external_id, display_name,
                 profession, active, created_at, changed_at, deleted_at FROM account
               WHERE organisation = ?1 AND deleted_at IS NULL
                 AND (?2 OR user_name_key = ?3 OR external_id = ?4)
               UNION ALL
               SELECT p.id, p.organisation, NULL, NULL, NULL, p.display_name, p.profession, 1,
                 p.created_at, p.created_at, NULL FROM practitioner p
               WHERE p.organisation = ?1 AND ?2
                 AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = p.id)
             ) ORDER BY created_at, id LIMIT ?5 OFFSET ?6",
        )
        .bind(organisation.as_str())
        .bind(all)
        .bind(user_name)
        .bind(external_id)
        .bind(i64::from(limit.max(1)))
        .bind(integer(skip))
        .fetch_all(self.connection())
        .await?;
        let total = match rows.first() {
            Some(row) => row.number("total")?,
            // A page after the last one does not show the total.
            None if skip > 0 => Box::pin(self.accounts(organisation, filter, 0, 1)).await?.1,
            None => 0,
        };
        let page = rows.iter().take(limit as usize).map(read);
        Ok((page.collect::<Result<_>>()?, total))
    }

    /// Whose directory proves itself with the token of this digest, and the digest as it is
    /// stored.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn scim_token(&mut self, digest: &[u8; 32]) -> Result<Option<(OrgDomain, [u8; 32])>> {
        let row = sqlx::query("SELECT organisation, digest FROM scim_token WHERE digest = ?")
            .bind(digest.as_slice())
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| Ok((row.domain("organisation")?, row.id("digest")?)))
            .transpose()
    }
}

impl Transaction {
    /// Stores an account, new or changed. Whoever calls has looked whether its user name is
    /// free.
    ///
    /// # Errors
    /// If the organisation does not exist, or the database fails.
    pub async fn put_account(&mut self, account: &Account) -> Result<()> {
        sqlx::query(
            "INSERT INTO account (id, organisation, user_name, user_name_key, external_id, \
             display_name, profession, active, created_at, changed_at, deleted_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT (id) DO UPDATE SET user_name = excluded.user_name, \
             user_name_key = excluded.user_name_key, external_id = excluded.external_id, \
             display_name = excluded.display_name, profession = excluded.profession, \
             active = excluded.active, changed_at = excluded.changed_at, \
             deleted_at = excluded.deleted_at",
        )
        .bind(account.name.practitioner.as_bytes().as_slice())
        .bind(account.name.organisation.as_str())
        .bind(account.user_name.as_deref())
        .bind(account.user_name_key.as_deref())
        .bind(account.external_id.as_deref())
        .bind(account.display_name.as_str())
        .bind(account.profession.as_str())
        .bind(i64::from(account.active && !account.deleted))
        .bind(account.created_at.as_micros())
        .bind(account.changed_at.as_micros())
        .bind(account.deleted.then(|| account.changed_at.as_micros()))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Makes `digest` that of the one token with which the organisation's directory proves
    /// itself.
    ///
    /// # Errors
    /// If the organisation does not exist, or the database fails.
    pub async fn set_scim_token(
        &mut self,
        organisation: &OrgDomain,
        digest: &[u8; 32],
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT OR REPLACE INTO scim_token (organisation, digest, created_at) VALUES (?, ?, ?)",
        )
        .bind(organisation.as_str())
        .bind(digest.as_slice())
        .bind(now.as_micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<Account> {
    Ok(Account {
        name: PractitionerName {
            organisation: row.domain("organisation")?,
            practitioner: row.id("id")?,
        },
        user_name: row.optional_text("user_name")?,
        user_name_key: row.optional_text("user_name_key")?,
        external_id: row.optional_text("external_id")?,
        display_name: row.text("display_name")?,
        profession: row.text("profession")?,
        active: row.number("active")? != 0,
        deleted: row.optional_time("deleted_at")?.is_some(),
        created_at: row.time("created_at")?,
        changed_at: row.time("changed_at")?,
    })
}
