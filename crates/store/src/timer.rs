//! Opaque timers: whom to wake, and when, unless a token is revealed before.

use relais_types::{DeviceId, GroupId, Timestamp};
use sqlx::Row as _;

use crate::{
    LockedGroup, Result, Snapshot, Transaction,
    sqlite::{Columns as _, corrupt, integer},
};

/// How urgent a timer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimerClass {
    /// Within days.
    Routine,
    /// Within a day.
    Urgent,
    /// Within the hour.
    Asap,
    /// Within minutes.
    Stat,
}

impl TimerClass {
    /// Every class, the least urgent first.
    pub const ALL: [Self; 4] = [Self::Routine, Self::Urgent, Self::Asap, Self::Stat];

    const fn to_column(self) -> i64 {
        match self {
            Self::Routine => 1,
            Self::Urgent => 2,
            Self::Asap => 3,
            Self::Stat => 4,
        }
    }

    pub(crate) fn from_column(column: i64) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|class| class.to_column() == column)
            .ok_or_else(|| corrupt("class"))
    }
}

/// A timer to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTimer {
    /// SHA-256 of the token that clears it.
    pub token_hash: [u8; 32],
    /// How urgent it is.
    pub class: TimerClass,
    /// When it is due.
    pub due_at: Timestamp,
    /// Whom to wake then.
    pub devices: Vec<DeviceId>,
}

impl Snapshot {
    /// When the next timer is due.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn next_timer(&mut self) -> Result<Option<Timestamp>> {
        let row = sqlx::query("SELECT min(due_at) AS due_at FROM timer")
            .fetch_one(self.connection())
            .await?;
        row.optional_time("due_at")
    }

    /// Timers of the group that are open, counted no further than `limit`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count_timers(&mut self, group: GroupId, limit: u32) -> Result<u64> {
        let row = sqlx::query(
            "SELECT count(*) AS timers FROM (SELECT 1 FROM timer WHERE group_id = ? LIMIT ?)",
        )
        .bind(group.as_bytes().as_slice())
        .bind(i64::from(limit))
        .fetch_one(self.connection())
        .await?;
        row.number("timers")
    }

    /// Whether the group has a timer, or a wake-up that waits, with this hash.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn holds_timer(&mut self, group: GroupId, token_hash: &[u8; 32]) -> Result<bool> {
        let row = sqlx::query(
            "SELECT EXISTS (SELECT 1 FROM timer WHERE group_id = ?1 AND token_hash = ?2) \
             OR EXISTS (SELECT 1 FROM device_inbox WHERE group_id = ?1 AND token_hash = ?2) AS held",
        )
        .bind(group.as_bytes().as_slice())
        .bind(token_hash.as_slice())
        .fetch_one(self.connection())
        .await?;
        Ok(row.number("held")? != 0)
    }
}

impl Transaction {
    /// Registers a timer of the group.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn insert_timer(&mut self, group: &LockedGroup, timer: &NewTimer) -> Result<()> {
        let row = sqlx::query(
            "INSERT INTO timer (group_id, token_hash, class, due_at) VALUES (?, ?, ?, ?) \
             RETURNING id",
        )
        .bind(group.get().id.as_bytes().as_slice())
        .bind(timer.token_hash.as_slice())
        .bind(timer.class.to_column())
        .bind(timer.due_at.as_micros())
        .fetch_one(self.connection())
        .await?;
        let id: i64 = row.try_get("id")?;
        for device in &timer.devices {
            sqlx::query("INSERT INTO timer_device (timer, device) VALUES (?, ?)")
                .bind(id)
                .bind(device.as_bytes().as_slice())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Deletes the group's timers with this hash, and their wake-ups that still wait.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn clear_timers(&mut self, group: GroupId, token_hash: &[u8; 32]) -> Result<()> {
        for table in [
            "DELETE FROM timer WHERE group_id = ? AND token_hash = ?",
            "DELETE FROM device_inbox WHERE group_id = ? AND token_hash = ?",
        ] {
            sqlx::query(table)
                .bind(group.as_bytes().as_slice())
                .bind(token_hash.as_slice())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Turns at most `limit` timers that are due at `now` into wake-ups, in the inbox of each
    /// device that it names and that is in the group and not revoked; says whose.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn fire_timers(&mut self, now: Timestamp, limit: u32) -> Result<Fired> {
        let due = sqlx::query(
            "SELECT id, group_id, token_hash, class, due_at FROM timer WHERE due_at <= ? \
             ORDER BY due_at, id LIMIT ?",
        )
        .bind(now.as_micros())
        .bind(i64::from(limit))
        .fetch_all(self.connection())
        .await?;
        let mut fired = Fired::default();
        for row in &due {
            let timer: i64 = row.try_get("id")?;
            let group: GroupId = row.id("group_id")?;
            let rows = sqlx::query(
                "SELECT t.device FROM timer_device t \
                 JOIN group_member m ON m.device = t.device AND m.group_id = ? \
                 JOIN device d ON d.id = t.device \
                 WHERE t.timer = ? AND m.removed_seq IS NULL AND d.revoked_at IS NULL",
            )
            .bind(group.as_bytes().as_slice())
            .bind(timer)
            .fetch_all(self.connection())
            .await?;
            for device in rows {
                let device: DeviceId = device.id("device")?;
                let position = self.next_inbox_position(device).await?;
                sqlx::query(
                    "INSERT INTO device_inbox \
                     (device, position, kind, group_id, token_hash, class, due_at, created_at) \
                     VALUES (?, ?, 4, ?, ?, ?, ?, ?)",
                )
                .bind(device.as_bytes().as_slice())
                .bind(integer(position))
                .bind(group.as_bytes().as_slice())
                .bind(row.blob("token_hash")?.as_ref())
                .bind(row.try_get::<i64, _>("class")?)
                .bind(row.time("due_at")?.as_micros())
                .bind(now.as_micros())
                .execute(self.connection())
                .await?;
                fired.woken.push(device);
            }
            sqlx::query("DELETE FROM timer WHERE id = ?")
                .bind(timer)
                .execute(self.connection())
                .await?;
            fired.timers += 1;
        }
        Ok(fired)
    }

    /// Who leaves the group is woken for it no more, also if they come back; a timer that wakes
    /// nobody is none.
    pub(crate) async fn forget_timers_of(
        &mut self,
        group: GroupId,
        device: DeviceId,
    ) -> Result<()> {
        sqlx::query(
            "DELETE FROM timer_device WHERE device = ?2 \
               AND timer IN (SELECT id FROM timer WHERE group_id = ?1);
             DELETE FROM timer WHERE group_id = ?1 \
               AND NOT EXISTS (SELECT 1 FROM timer_device t WHERE t.timer = timer.id);
             DELETE FROM device_inbox WHERE group_id = ?1 AND device = ?2 \
               AND token_hash IS NOT NULL",
        )
        .bind(group.as_bytes().as_slice())
        .bind(device.as_bytes().as_slice())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

/// What [`Transaction::fire_timers`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fired {
    /// Timers that were due, and are gone.
    pub timers: u32,
    /// Devices with a wake-up in their inbox, once for each.
    pub woken: Vec<DeviceId>,
}
