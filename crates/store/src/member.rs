//! Who is, or was, in a group, and how far they have read.

use relais_types::{DeviceId, GroupId};
use sqlx::{QueryBuilder, sqlite::SqliteRow};

use crate::{
    Result, Snapshot, Transaction,
    sqlite::{Columns as _, integer},
};

/// A device's place in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The device.
    pub device: DeviceId,
    /// Number of the commit that added it; 0 for the creator.
    pub joined_seq: u64,
    /// Number of the commit that removed it.
    pub removed_seq: Option<u64>,
    /// Number of the last entry that it acknowledged.
    pub acked_seq: u64,
}

impl Membership {
    /// Whether the device is in the group now.
    pub fn is_current(&self) -> bool {
        self.removed_seq.is_none()
    }
}

/// How far one device may read, and has read, in one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The group.
    pub group: GroupId,
    /// Number of the commit that added the device; what it may read begins after it.
    pub joined_seq: u64,
    /// Number of the last entry that it may read: the log's head, or its own removal.
    pub last_seq: u64,
    /// Number of the last entry that it acknowledged.
    pub acked_seq: u64,
}

/// Ends where the device's id follows.
macro_rules! positions {
    () => {
        "SELECT m.group_id, m.joined_seq, coalesce(m.removed_seq, g.head_seq) AS last_seq, \
         m.acked_seq FROM group_member m JOIN mls_group g ON g.id = m.group_id \
         WHERE m.device = "
    };
}

fn position(row: &SqliteRow) -> Result<Position> {
    Ok(Position {
        group: row.id("group_id")?,
        joined_seq: row.number("joined_seq")?,
        last_seq: row.number("last_seq")?,
        acked_seq: row.number("acked_seq")?,
    })
}

impl Snapshot {
    /// The device's place in the group, current or former.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn membership(
        &mut self,
        group: GroupId,
        device: DeviceId,
    ) -> Result<Option<Membership>> {
        let row = sqlx::query(
            "SELECT device, joined_seq, removed_seq, acked_seq FROM group_member \
             WHERE group_id = ? AND device = ?",
        )
        .bind(group.as_bytes().as_slice())
        .bind(device.as_bytes().as_slice())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            Ok(Membership {
                device: row.id("device")?,
                joined_seq: row.number("joined_seq")?,
                removed_seq: row.optional_number("removed_seq")?,
                acked_seq: row.number("acked_seq")?,
            })
        })
        .transpose()
    }

    /// The group's current members, in no particular order.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn members(&mut self, group: GroupId) -> Result<Vec<DeviceId>> {
        let rows = sqlx::query(
            "SELECT device FROM group_member WHERE group_id = ? AND removed_seq IS NULL",
        )
        .bind(group.as_bytes().as_slice())
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| row.id("device")).collect()
    }

    /// The device's positions in every group that it is or was in, by group.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn positions(&mut self, device: DeviceId) -> Result<Vec<Position>> {
        let rows = sqlx::query(concat!(positions!(), "? ORDER BY m.group_id"))
            .bind(device.as_bytes().as_slice())
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(position).collect()
    }

    /// The device's positions in those of `groups` that it is or was in, by group.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn positions_in(
        &mut self,
        device: DeviceId,
        groups: &[GroupId],
    ) -> Result<Vec<Position>> {
        let mut query = QueryBuilder::new(positions!());
        query.push_bind(device.as_bytes().to_vec());
        query.push(" AND m.group_id IN (");
        let mut names = query.separated(", ");
        for group in groups {
            names.push_bind(group.as_bytes().to_vec());
        }
        query.push(") ORDER BY m.group_id");
        let rows = query
            .build()
            .persistent(false)
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(position).collect()
    }

    /// Groups that the device is or was in, counted no further than `limit`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_groups_of(&mut self, device: DeviceId, limit: u32) -> Result<u64> {
        let row = sqlx::query(
            "SELECT count(*) AS groups FROM \
             (SELECT 1 FROM group_member WHERE device = ? LIMIT ?)",
        )
        .bind(device.as_bytes().as_slice())
        .bind(i64::from(limit))
        .fetch_one(self.connection())
        .await?;
        row.number("groups")
    }
}

impl Transaction {
    /// Records how far the device has processed the logs of its groups, in one statement;
    /// never goes backwards.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ack_groups(&mut self, device: DeviceId, reached: &[(GroupId, u64)]) -> Result<()> {
        if reached.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::new("WITH reached (group_id, seq) AS (");
        query.push_values(reached, |mut row, (group, seq)| {
            row.push_bind(group.as_bytes().to_vec());
            row.push_bind(integer(*seq));
        });
        query.push(
            ") UPDATE group_member SET acked_seq = reached.seq FROM reached \
             WHERE group_member.group_id = reached.group_id \
             AND group_member.acked_seq < reached.seq AND group_member.device = ",
        );
        query.push_bind(device.as_bytes().to_vec());
        query
            .build()
            .persistent(false)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// A device that comes back begins anew: what was said without it is not for it.
    pub(crate) async fn insert_member(
        &mut self,
        group: GroupId,
        device: DeviceId,
        seq: u64,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO group_member (group_id, device, joined_seq, acked_seq) \
             VALUES (?, ?, ?, ?) ON CONFLICT (group_id, device) DO UPDATE SET \
             joined_seq = excluded.joined_seq, acked_seq = excluded.acked_seq, removed_seq = NULL",
        )
        .bind(group.as_bytes().as_slice())
        .bind(device.as_bytes().as_slice())
        .bind(integer(seq))
        .bind(integer(seq))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    pub(crate) async fn remove_member(
        &mut self,
        group: GroupId,
        device: DeviceId,
        seq: u64,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE group_member SET removed_seq = ? \
             WHERE group_id = ? AND device = ? AND removed_seq IS NULL",
        )
        .bind(integer(seq))
        .bind(group.as_bytes().as_slice())
        .bind(device.as_bytes().as_slice())
        .execute(self.connection())
        .await?;
        self.forget_timers_of(group, device).await
    }
}
