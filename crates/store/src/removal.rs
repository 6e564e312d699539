//! Removals of revoked devices: proposed in each of their groups, made by a member's commit.

use relais_types::{DeviceId, GroupId, Timestamp};

use crate::{
    LockedGroup, Result, Snapshot, Transaction,
    sqlite::{Columns as _, integer},
};

/// A revoked device that is still in a group where nobody has proposed to remove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unproposed {
    /// The group.
    pub group: GroupId,
    /// The device.
    pub device: DeviceId,
}

/// How far the groups of a revoked device have got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemovalProgress {
    /// Groups that the device is still in.
    pub pending: u32,
    /// When the last group went on without it; `None` before the first did.
    pub last_made_at: Option<Timestamp>,
}

impl Snapshot {
    /// Revoked devices in groups where their removal is not proposed, by group: at most `limit`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn unproposed_removals(&mut self, limit: u32) -> Result<Vec<Unproposed>> {
        let rows = sqlx::query(
            "SELECT m.group_id, m.device FROM device d JOIN group_member m ON m.device = d.id \
             WHERE d.revoked_at IS NOT NULL AND m.removed_seq IS NULL AND NOT EXISTS \
             (SELECT 1 FROM removal r WHERE r.group_id = m.group_id AND r.device = m.device \
              AND r.made_at IS NULL) ORDER BY m.group_id LIMIT ?",
        )
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Unproposed {
                    group: row.id("group_id")?,
                    device: row.id("device")?,
                })
            })
            .collect()
    }

    /// How far the removal of a revoked device has got.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn removal_progress(&mut self, device: DeviceId) -> Result<RemovalProgress> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM group_member WHERE device = ?1 AND removed_seq IS NULL) \
             AS pending, (SELECT max(made_at) FROM removal WHERE device = ?1) AS last_made_at",
        )
        .bind(device.as_bytes().as_slice())
        .fetch_one(self.connection())
        .await?;
        Ok(RemovalProgress {
            pending: u32::try_from(row.number("pending")?).unwrap_or(u32::MAX),
            last_made_at: row.optional_time("last_made_at")?,
        })
    }
}

impl Transaction {
    /// Records that the entry `seq` proposes to remove `device`.
    ///
    /// # Errors
    /// If its removal is pending already, or the database fails.
    pub async fn insert_removal(
        &mut self,
        locked: &mut LockedGroup,
        device: DeviceId,
        seq: u64,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO removal (group_id, device, proposed_seq, proposed_at) VALUES (?, ?, ?, ?)",
        )
        .bind(locked.group.id.as_bytes().as_slice())
        .bind(device.as_bytes().as_slice())
        .bind(integer(seq))
        .bind(now.as_micros())
        .execute(self.connection())
        .await?;
        locked.group.proposed_seq = Some(seq);
        Ok(())
    }

    /// The commit at `seq` began a new epoch without `removed`. What it left out is pending no
    /// longer: a proposal ends with its epoch.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn settle_removals(
        &mut self,
        locked: &mut LockedGroup,
        removed: &[DeviceId],
        seq: u64,
        now: Timestamp,
    ) -> Result<()> {
        if locked.group.proposed_seq.take().is_none() {
            return Ok(());
        }
        let group = locked.group.id;
        for device in removed {
            sqlx::query(
                "UPDATE removal SET made_seq = ?, made_at = ? \
                 WHERE group_id = ? AND device = ? AND made_at IS NULL",
            )
            .bind(integer(seq))
            .bind(now.as_micros())
            .bind(group.as_bytes().as_slice())
            .bind(device.as_bytes().as_slice())
            .execute(self.connection())
            .await?;
        }
        sqlx::query("DELETE FROM removal WHERE group_id = ? AND made_at IS NULL")
            .bind(group.as_bytes().as_slice())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
