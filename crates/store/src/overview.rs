//! What whoever holds the database can see.
//!
//! The demonstration prints this, so that nobody has to believe a privacy statement.

use relais_types::{DeviceName, GroupId, Timestamp};
use serde::Serialize;

use crate::{Result, Snapshot, sqlite::Columns as _};

/// Everything of interest to a curious operator, in counts and samples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Rows per table.
    pub tables: Vec<TableCount>,
    /// Every organisation's domain.
    pub organisations: Vec<String>,
    /// Every device with its owner's name and profession.
    pub devices: Vec<DeviceSummary>,
    /// Every group.
    pub groups: Vec<GroupSummary>,
    /// How many log entries have which size.
    pub entry_sizes: Vec<EntrySize>,
}

/// How many rows a table has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableCount {
    /// The table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
}

/// What is known of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceSummary {
    /// The resource name.
    pub name: DeviceName,
    /// What its owner calls it.
    pub label: String,
    /// The owner's name.
    pub owner: String,
    /// The owner's profession code.
    pub profession: String,
}

/// What is known of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupSummary {
    /// The group.
    pub id: GroupId,
    /// Devices in it now.
    pub members: u64,
    /// The current epoch.
    pub epoch: u64,
    /// Entries in its log.
    pub head_seq: u64,
    /// Commits among them.
    pub commits: u64,
    /// Size of its log in bytes.
    pub bytes: u64,
    /// When it was registered, in microseconds since the Unix epoch.
    pub created_at: Timestamp,
    /// When its last entry was accepted.
    pub last_accepted_at: Option<Timestamp>,
}

/// How many entries have one size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntrySize {
    /// Size in bytes.
    pub bytes: u64,
    /// Entries of that size.
    pub entries: u64,
}

impl Snapshot {
    /// What whoever holds the database can see. Reads everything: not for the hot path.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn overview(&mut self) -> Result<Overview> {
        Ok(Overview {
            tables: self.table_counts().await?,
            organisations: self
                .organisations(None, u32::MAX)
                .await?
                .into_iter()
                .map(|organisation| organisation.domain.to_string())
                .collect(),
            devices: self.device_summaries().await?,
            groups: self.group_summaries().await?,
            entry_sizes: self.entry_sizes().await?,
        })
    }

    async fn table_counts(&mut self) -> Result<Vec<TableCount>> {
        let rows = sqlx::query(
            "SELECT 'organisation' AS name, count(*) AS n FROM organisation
             UNION ALL SELECT 'practitioner', count(*) FROM practitioner
             UNION ALL SELECT 'device', count(*) FROM device
             UNION ALL SELECT 'invitation', count(*) FROM invitation
             UNION ALL SELECT 'identity_provider', count(*) FROM identity_provider
             UNION ALL SELECT 'identity_subject', count(*) FROM identity_subject
             UNION ALL SELECT 'account', count(*) FROM account
             UNION ALL SELECT 'service', count(*) FROM service
             UNION ALL SELECT 'key_package', count(*) FROM key_package
             UNION ALL SELECT 'mls_group', count(*) FROM mls_group
             UNION ALL SELECT 'group_member', count(*) FROM group_member
             UNION ALL SELECT 'group_log', count(*) FROM group_log
             UNION ALL SELECT 'removal', count(*) FROM removal
             UNION ALL SELECT 'device_inbox', count(*) FROM device_inbox
             UNION ALL SELECT 'timer', count(*) FROM timer
             UNION ALL SELECT 'idempotency', count(*) FROM idempotency
             UNION ALL SELECT 'audit_log', count(*) FROM audit_log
             UNION ALL SELECT 'transparency_leaf', count(*) FROM transparency_leaf",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(TableCount {
                    table: row.text("name")?,
                    rows: row.number("n")?,
                })
            })
            .collect()
    }

    async fn device_summaries(&mut self) -> Result<Vec<DeviceSummary>> {
        let rows = sqlx::query(
            "SELECT d.id, d.practitioner, p.organisation, d.label, p.display_name, p.profession \
             FROM device d JOIN practitioner p ON p.id = d.practitioner \
             ORDER BY p.organisation, p.sort_key, d.created_at, d.id",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(DeviceSummary {
                    name: DeviceName {
                        organisation: row.domain("organisation")?,
                        practitioner: row.id("practitioner")?,
                        device: row.id("id")?,
                    },
                    label: row.text("label")?,
                    owner: row.text("display_name")?,
                    profession: row.text("profession")?,
                })
            })
            .collect()
    }

    async fn group_summaries(&mut self) -> Result<Vec<GroupSummary>> {
        let rows = sqlx::query(
            "SELECT g.id, g.epoch, g.head_seq, g.created_at,
               (SELECT count(*) FROM group_member m
                WHERE m.group_id = g.id AND m.removed_seq IS NULL) AS members,
               (SELECT count(*) FROM group_log l
                WHERE l.group_id = g.id AND l.kind = 2) AS commits,
               (SELECT coalesce(sum(length(l.payload)), 0) FROM group_log l
                WHERE l.group_id = g.id) AS bytes,
               (SELECT max(l.accepted_at) FROM group_log l WHERE l.group_id = g.id) AS last_at
             FROM mls_group g ORDER BY g.created_at, g.id",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                let last = row.optional_number("last_at")?;
                Ok(GroupSummary {
                    id: row.id("id")?,
                    members: row.number("members")?,
                    epoch: row.number("epoch")?,
                    head_seq: row.number("head_seq")?,
                    commits: row.number("commits")?,
                    bytes: row.number("bytes")?,
                    created_at: row.time("created_at")?,
                    last_accepted_at: last
                        .map(|micros| Timestamp::from_micros(crate::sqlite::integer(micros))),
                })
            })
            .collect()
    }

    async fn entry_sizes(&mut self) -> Result<Vec<EntrySize>> {
        let rows = sqlx::query(
            "SELECT length(payload) AS bytes, count(*) AS entries FROM group_log \
             GROUP BY length(payload) ORDER BY bytes",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(EntrySize {
                    bytes: row.number("bytes")?,
                    entries: row.number("entries")?,
                })
            })
            .collect()
    }
}
