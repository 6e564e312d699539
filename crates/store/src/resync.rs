//! Resyncs: a device that could not follow its group has replaced its own leaf.

use relais_types::{DeviceId, GroupId, Timestamp};

use crate::{
    LockedGroup, Result, Snapshot, Transaction,
    sqlite::{Columns as _, integer},
};

impl Snapshot {
    /// When the device brought itself back into step with the group, after `since`: the newest
    /// first, at most `limit` times.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn resyncs(
        &mut self,
        group: GroupId,
        device: DeviceId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Timestamp>> {
        let rows = sqlx::query(
            "SELECT at FROM resync WHERE group_id = ? AND device = ? AND at > ? \
             ORDER BY at DESC LIMIT ?",
        )
        .bind(group.as_bytes().as_slice())
        .bind(device.as_bytes().as_slice())
        .bind(since.as_micros())
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(|row| row.time("at")).collect()
    }
}

impl Transaction {
    /// Records that the commit at `seq` brought `device` back into step.
    ///
    /// # Errors
    /// If the commit was recorded before, or the database fails.
    pub async fn insert_resync(
        &mut self,
        locked: &LockedGroup,
        device: DeviceId,
        seq: u64,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query("INSERT INTO resync (group_id, device, seq, at) VALUES (?, ?, ?, ?)")
            .bind(locked.group.id.as_bytes().as_slice())
            .bind(device.as_bytes().as_slice())
            .bind(integer(seq))
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
