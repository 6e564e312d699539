//! What waits for one device: Welcomes and notices.

use bytes::Bytes;
use relais_types::{DeviceId, DeviceName, GroupId, Timestamp};
use sqlx::Row as _;

use crate::{
    Device, DeviceStatus, Result, Snapshot, TimerClass, Transaction,
    sqlite::{Columns as _, corrupt, integer},
};

/// One item of a device's inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxItem {
    /// Its number within the inbox; grows, with gaps.
    pub position: u64,
    /// What it says.
    pub notice: Notice,
}

/// What an inbox item says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The device was added to a group.
    Welcome {
        /// The group.
        group: GroupId,
        /// Number of the commit that added the device.
        seq: u64,
        /// The epoch that the device joins at.
        epoch: u64,
        /// The serialized Welcome (RFC 9420 §12.4.3.1).
        welcome: Bytes,
        /// The serialized ratchet tree of that epoch.
        ratchet_tree: Bytes,
        /// When the commit that added the device was accepted.
        accepted_at: Timestamp,
    },
    /// The device's stock of key packages is low.
    KeyPackagesLow {
        /// Single-use key packages left when this was noticed.
        available: u32,
    },
    /// A further device of the same person was enrolled.
    NewDevice {
        /// The device.
        device: DeviceName,
        /// What it was called by whoever enrolled it.
        label: String,
        /// When it was enrolled.
        enrolled_at: Timestamp,
    },
    /// A timer was due that names the device.
    WakeUp {
        /// The group.
        group: GroupId,
        /// The hash that the timer was registered with.
        token_hash: [u8; 32],
        /// How urgent it is.
        class: TimerClass,
        /// When it was due.
        due_at: Timestamp,
    },
}

impl Notice {
    /// The size of what it carries in bytes.
    pub fn size(&self) -> usize {
        match self {
            Self::Welcome {
                welcome,
                ratchet_tree,
                ..
            } => welcome.len() + ratchet_tree.len(),
            Self::KeyPackagesLow { .. } | Self::WakeUp { .. } => 0,
            Self::NewDevice { label, .. } => label.len(),
        }
    }
}

impl Snapshot {
    /// Number of the newest item that the device's inbox ever had; 0 if it had none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn inbox_head(&mut self, device: DeviceId) -> Result<u64> {
        let row = sqlx::query("SELECT inbox_head FROM device WHERE id = ?")
            .bind(device.as_bytes().as_slice())
            .fetch_optional(self.connection())
            .await?;
        row.map_or(Ok(0), |row| row.number("inbox_head"))
    }

    /// Whether an item up to and including `position` is still there.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn inbox_holds(&mut self, device: DeviceId, position: u64) -> Result<bool> {
        let row = sqlx::query(
            "SELECT EXISTS (SELECT 1 FROM device_inbox WHERE device = ? AND position <= ?) AS held",
        )
        .bind(device.as_bytes().as_slice())
        .bind(integer(position))
        .fetch_one(self.connection())
        .await?;
        Ok(row.number("held")? != 0)
    }

    /// Items after `after`: at most `limit`, and no more than fit into `bytes`, but at
    /// least one if there is one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn inbox(
        &mut self,
        device: DeviceId,
        after: u64,
        limit: u32,
        bytes: usize,
    ) -> Result<Vec<InboxItem>> {
        let rows = sqlx::query(
            "WITH page AS (
               SELECT i.position, i.kind, i.group_id, i.seq, i.epoch, i.available, i.about,
                 i.created_at, i.token_hash, i.class, i.due_at,
                 row_number() OVER in_order AS nth,
                 sum(coalesce(length(t.welcome) + length(t.ratchet_tree), 0)) OVER in_order AS total
               FROM device_inbox i
               LEFT JOIN epoch_tree t ON t.group_id = i.group_id AND t.epoch = i.epoch
               WHERE i.device = ? AND i.position > ?
               WINDOW in_order AS (ORDER BY i.position ROWS UNBOUNDED PRECEDING)
               ORDER BY i.position LIMIT ?
             )
             SELECT page.*, t.welcome, t.ratchet_tree, d.practitioner, d.label, p.organisation
             FROM page
             LEFT JOIN epoch_tree t ON t.group_id = page.group_id AND t.epoch = page.epoch
             LEFT JOIN device d ON d.id = page.about
             LEFT JOIN practitioner p ON p.id = d.practitioner
             WHERE page.nth = 1 OR page.total <= ? ORDER BY page.position",
        )
        .bind(device.as_bytes().as_slice())
        .bind(integer(after))
        .bind(i64::from(limit))
        .bind(integer(bytes as u64))
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(read).collect()
    }
}

impl Transaction {
    /// Deletes the items up to and including `position`; says how many.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ack_inbox(&mut self, device: DeviceId, position: u64) -> Result<u64> {
        let done = sqlx::query("DELETE FROM device_inbox WHERE device = ? AND position <= ?")
            .bind(device.as_bytes().as_slice())
            .bind(integer(position))
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }

    pub(crate) async fn insert_welcome(
        &mut self,
        device: DeviceId,
        group: GroupId,
        seq: u64,
        epoch: u64,
        now: Timestamp,
    ) -> Result<()> {
        let position = self.next_inbox_position(device).await?;
        sqlx::query(
            "INSERT INTO device_inbox (device, position, kind, group_id, seq, epoch, created_at) \
             VALUES (?, ?, 1, ?, ?, ?, ?)",
        )
        .bind(device.as_bytes().as_slice())
        .bind(integer(position))
        .bind(group.as_bytes().as_slice())
        .bind(integer(seq))
        .bind(integer(epoch))
        .bind(now.as_micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Puts a notice of `new` into the inbox of each other active device of the same person;
    /// says whose.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn tell_of_new_device(&mut self, new: &Device) -> Result<Vec<DeviceId>> {
        let mut told = Vec::new();
        for other in self.devices_of(new.name.practitioner).await? {
            let id = other.name.device;
            if other.status != DeviceStatus::Active || id == new.name.device {
                continue;
            }
            let position = self.next_inbox_position(id).await?;
            sqlx::query(
                "INSERT INTO device_inbox (device, position, kind, about, created_at) \
                 VALUES (?, ?, 3, ?, ?)",
            )
            .bind(id.as_bytes().as_slice())
            .bind(integer(position))
            .bind(new.name.device.as_bytes().as_slice())
            .bind(new.created_at.as_micros())
            .execute(self.connection())
            .await?;
            told.push(id);
        }
        Ok(told)
    }

    /// Counted on the device's row and not taken from a sequence: a sequence may show 5
    /// before 4 is committed, and a cursor would skip 4 for ever.
    pub(crate) async fn next_inbox_position(&mut self, device: DeviceId) -> Result<u64> {
        let row = sqlx::query(
            "UPDATE device SET inbox_head = inbox_head + 1 WHERE id = ? RETURNING inbox_head",
        )
        .bind(device.as_bytes().as_slice())
        .fetch_one(self.connection())
        .await?;
        row.number("inbox_head")
    }
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<InboxItem> {
    let notice = match row.try_get::<i64, _>("kind")? {
        1 => Notice::Welcome {
            group: row.id("group_id")?,
            seq: row.number("seq")?,
            epoch: row.number("epoch")?,
            welcome: row.blob("welcome")?,
            ratchet_tree: row.blob("ratchet_tree")?,
            // A Welcome is put here by the transaction that appends its commit.
            accepted_at: row.time("created_at")?,
        },
        2 => Notice::KeyPackagesLow {
            available: u32::try_from(row.number("available")?).unwrap_or(u32::MAX),
        },
        3 => Notice::NewDevice {
            device: DeviceName {
                organisation: row.domain("organisation")?,
                practitioner: row.id("practitioner")?,
                device: row.id("about")?,
            },
            label: row.text("label")?,
            // A notice is put here by the transaction that enrols the device.
            enrolled_at: row.time("created_at")?,
        },
        4 => Notice::WakeUp {
            group: row.id("group_id")?,
            token_hash: row.id("token_hash")?,
            class: TimerClass::from_column(row.try_get("class")?)?,
            due_at: row.time("due_at")?,
        },
        _ => return Err(corrupt("kind")),
    };
    Ok(InboxItem {
        position: row.number("position")?,
        notice,
    })
}
