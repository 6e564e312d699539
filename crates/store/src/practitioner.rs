//! People of organisations.

use relais_types::{OrgDomain, PractitionerId, PractitionerName, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Row as _, Sqlite};

use crate::{
    Result, Snapshot, Transaction,
    sqlite::{Columns as _, corrupt, integer},
};

/// What a person may do to the organisation itself; it gives no access to any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessRole {
    /// Works cases.
    Member,
    /// Also invites people and maintains the organisation's directory entries.
    Administrator,
}

impl AccessRole {
    pub(crate) const fn to_column(self) -> i64 {
        match self {
            Self::Member => 1,
            Self::Administrator => 2,
        }
    }

    pub(crate) fn from_column(row: &sqlx::sqlite::SqliteRow) -> Result<Self> {
        match row.try_get::<i64, _>("access_role")? {
            1 => Ok(Self::Member),
            2 => Ok(Self::Administrator),
            _ => Err(corrupt("access_role")),
        }
    }
}

/// A person of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practitioner {
    /// The resource name.
    pub name: PractitionerName,
    /// The person's name as colleagues know it.
    pub display_name: String,
    /// The profession code.
    pub profession: String,
    /// What the person may do to the organisation.
    pub access_role: AccessRole,
    /// The folded text that searches look in.
    pub search_key: String,
    /// The folded name that lists are ordered by.
    pub sort_key: String,
    /// When the person was enrolled.
    pub created_at: Timestamp,
}

/// Where a list of people continues: after this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonKey {
    /// [`Practitioner::sort_key`] of the last one seen.
    pub sort_key: String,
    /// Its id.
    pub id: PractitionerId,
}

/// What to look for; empty filters match everybody.
#[derive(Clone, Debug, Default)]
pub struct PractitionerSearch {
    /// Folded words that must all occur in [`Practitioner::search_key`].
    pub words: Vec<String>,
    /// The organisation to stay within.
    pub organisation: Option<OrgDomain>,
    /// Continue after this one.
    pub after: Option<PersonKey>,
    /// At most this many.
    pub limit: u32,
}

const COLUMNS: &str =
    "id, organisation, display_name, profession, access_role, search_key, sort_key, created_at";

impl Snapshot {
    /// The person with this name; the organisation must be theirs.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn practitioner(&mut self, name: &PractitionerName) -> Result<Option<Practitioner>> {
        let row = sqlx::query(
            "SELECT id, organisation, display_name, profession, access_role, search_key, \
             sort_key, created_at FROM practitioner WHERE id = ? AND organisation = ?",
        )
        .bind(name.practitioner.as_bytes().as_slice())
        .bind(name.organisation.as_str())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// People who match, by name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn practitioners(
        &mut self,
        search: &PractitionerSearch,
    ) -> Result<Vec<Practitioner>> {
        let mut query =
            QueryBuilder::<Sqlite>::new(format!("SELECT {COLUMNS} FROM practitioner WHERE 1"));
        if let Some(organisation) = &search.organisation {
            query
                .push(" AND organisation = ")
                .push_bind(organisation.as_str());
        }
        for word in &search.words {
            // instr and not LIKE: no character of a search has a meaning of its own.
            query
                .push(" AND instr(search_key, ")
                .push_bind(word.as_str())
                .push(") > 0");
        }
        if let Some(after) = &search.after {
            query
                .push(" AND (sort_key, id) > (")
                .push_bind(after.sort_key.as_str())
                .push(", ")
                .push_bind(after.id.as_bytes().as_slice())
                .push(")");
        }
        query
            .push(" ORDER BY sort_key, id LIMIT ")
            .push_bind(integer(search.limit.into()));
        let rows = query
            .build()
            .persistent(false)
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(read).collect()
    }
}

impl Transaction {
    /// Stores a new person.
    ///
    /// # Errors
    /// If the organisation does not exist, or the database fails.
    pub async fn insert_practitioner(&mut self, practitioner: &Practitioner) -> Result<()> {
        sqlx::query(
            "INSERT INTO practitioner (id, organisation, display_name, profession, access_role, \
             search_key, sort_key, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(practitioner.name.practitioner.as_bytes().as_slice())
        .bind(practitioner.name.organisation.as_str())
        .bind(practitioner.display_name.as_str())
        .bind(practitioner.profession.as_str())
        .bind(practitioner.access_role.to_column())
        .bind(practitioner.search_key.as_str())
        .bind(practitioner.sort_key.as_str())
        .bind(practitioner.created_at.as_micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<Practitioner> {
    Ok(Practitioner {
        name: PractitionerName {
            organisation: row.domain("organisation")?,
            practitioner: row.id("id")?,
        },
        display_name: row.text("display_name")?,
        profession: row.text("profession")?,
        access_role: AccessRole::from_column(row)?,
        search_key: row.text("search_key")?,
        sort_key: row.text("sort_key")?,
        created_at: row.time("created_at")?,
    })
}
