//! Key packages (RFC 9420 §10) that wait for somebody to add their device.

use bytes::Bytes;
use relais_types::{DeviceId, Timestamp};
use sqlx::Row as _;

use crate::{
    Result, Snapshot, Transaction,
    sqlite::{Columns as _, integer},
};

/// A key package of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPackage {
    /// Its reference (RFC 9420 §5.2), unique.
    pub reference: Vec<u8>,
    /// The device that made it.
    pub device: DeviceId,
    /// Whether it may be handed out again (RFC 9420 §16.8).
    pub last_resort: bool,
    /// The serialized message.
    pub bytes: Bytes,
    /// When it stops being valid.
    pub not_after: Timestamp,
}

/// What became of a key package that was to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is in stock, now or already before.
    InStock,
    /// It was handed out before, and is not stored again.
    Spent,
}

impl Snapshot {
    /// Single-use key packages of a device that are valid at `now`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn key_packages_left(&mut self, device: DeviceId, now: Timestamp) -> Result<u32> {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM key_package WHERE device = ? AND last_resort = 0 \
             AND bytes IS NOT NULL AND not_after > ?",
        )
        .bind(device.as_bytes().as_slice())
        .bind(now.as_micros())
        .fetch_one(self.connection())
        .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Whether a claim of this device's key package would succeed at `now`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn has_key_package(&mut self, device: DeviceId, now: Timestamp) -> Result<bool> {
        let found = sqlx::query(
            "SELECT 1 FROM key_package WHERE device = ? AND bytes IS NOT NULL \
             AND not_after > ? LIMIT 1",
        )
        .bind(device.as_bytes().as_slice())
        .bind(now.as_micros())
        .fetch_optional(self.connection())
        .await?;
        Ok(found.is_some())
    }
}

impl Transaction {
    /// Puts a key package into stock. A last-resort one replaces the former.
    ///
    /// # Errors
    /// If the device does not exist, or the database fails.
    pub async fn store_key_package(
        &mut self,
        package: &KeyPackage,
        now: Timestamp,
    ) -> Result<Stored> {
        let done = sqlx::query(
            "INSERT INTO key_package (reference, device, last_resort, bytes, not_after, \
             created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (reference) DO NOTHING",
        )
        .bind(package.reference.as_slice())
        .bind(package.device.as_bytes().as_slice())
        .bind(i64::from(package.last_resort))
        .bind(package.bytes.as_ref())
        .bind(package.not_after.as_micros())
        .bind(now.as_micros())
        .execute(self.connection())
        .await?;
        if done.rows_affected() == 0 {
            let in_stock: bool =
                sqlx::query_scalar("SELECT bytes IS NOT NULL FROM key_package WHERE reference = ?")
                    .bind(package.reference.as_slice())
                    .fetch_one(self.connection())
                    .await?;
            return Ok(if in_stock {
                Stored::InStock
            } else {
                Stored::Spent
            });
        }
        if package.last_resort {
            sqlx::query(
                "DELETE FROM key_package WHERE device = ? AND last_resort = 1 AND reference <> ?",
            )
            .bind(package.device.as_bytes().as_slice())
            .bind(package.reference.as_slice())
            .execute(self.connection())
            .await?;
        }
        Ok(Stored::InStock)
    }

    /// Takes the oldest valid single-use key package of a device, else its last-resort one,
    /// which stays in stock.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take_key_package(
        &mut self,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<Option<Bytes>> {
        let row = sqlx::query(
            "SELECT reference, last_resort, bytes FROM key_package \
             WHERE device = ? AND bytes IS NOT NULL AND not_after > ? \
             ORDER BY last_resort, created_at, reference LIMIT 1",
        )
        .bind(device.as_bytes().as_slice())
        .bind(now.as_micros())
        .fetch_optional(self.connection())
        .await?;
        let Some(row) = row else { return Ok(None) };
        if !row.try_get::<bool, _>("last_resort")? {
            sqlx::query("UPDATE key_package SET bytes = NULL WHERE reference = ?")
                .bind(row.try_get::<Vec<u8>, _>("reference")?)
                .execute(self.connection())
                .await?;
        }
        Ok(Some(row.blob("bytes")?))
    }

    /// Forgets key packages, spent or not, that expired before `now`; says how many.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn forget_key_packages(&mut self, now: Timestamp) -> Result<u64> {
        let done = sqlx::query("DELETE FROM key_package WHERE not_after < ?")
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }

    /// Tells a device that its stock is low, unless a notice already waits in its inbox.
    /// Returns whether one was added.
    ///
    /// # Errors
    /// If the device does not exist, or the database fails.
    pub async fn notify_key_packages_low(
        &mut self,
        device: DeviceId,
        available: u32,
        now: Timestamp,
    ) -> Result<bool> {
        let waiting = sqlx::query("SELECT 1 FROM device_inbox WHERE device = ? AND kind = 2")
            .bind(device.as_bytes().as_slice())
            .fetch_optional(self.connection())
            .await?;
        if waiting.is_some() {
            return Ok(false);
        }
        let position = self.next_inbox_position(device).await?;
        sqlx::query(
            "INSERT INTO device_inbox (device, position, kind, available, created_at) \
             VALUES (?, ?, 2, ?, ?)",
        )
        .bind(device.as_bytes().as_slice())
        .bind(integer(position))
        .bind(i64::from(available))
        .bind(now.as_micros())
        .execute(self.connection())
        .await?;
        Ok(true)
    }
}
