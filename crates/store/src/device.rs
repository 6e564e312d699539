//! Enrolled devices.

use relais_types::{DeviceId, DeviceName, PractitionerId, Timestamp};
use sqlx::Row as _;

use crate::{
    AccessRole, Result, Snapshot, Transaction,
    sqlite::{Columns as _, corrupt},
};

/// Whether a device may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceStatus {
    /// It may.
    Active,
    /// It was lost, or its owner left.
    Revoked,
}

/// One enrolled device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The resource name.
    pub name: DeviceName,
    /// What its owner calls it.
    pub label: String,
    /// Whether it may act.
    pub status: DeviceStatus,
    /// Ed25519 key that signs in MLS groups and on entries.
    pub signature_key: [u8; 32],
    /// Ed25519 key that proves the device to the server.
    pub device_key: [u8; 32],
    /// What its owner may do to the organisation; the owner's, read with the device.
    pub access_role: AccessRole,
    /// When its messaging certificate expires.
    pub credential_expires_at: Timestamp,
    /// When it was enrolled.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Snapshot {
    /// The device with this id.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn device(&mut self, id: DeviceId) -> Result<Option<Device>> {
        let row = sqlx::query(
            "SELECT d.id, d.practitioner, p.organisation, d.label, d.status, d.signature_key, \
             d.device_key, p.access_role, d.credential_expires_at, d.created_at, \
             d.revoked_at \
             FROM device d JOIN practitioner p ON p.id = d.practitioner WHERE d.id = ?",
        )
        .bind(id.as_bytes().as_slice())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| read(&row)).transpose()
    }

    /// A person's devices, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn devices_of(&mut self, practitioner: PractitionerId) -> Result<Vec<Device>> {
        let rows = sqlx::query(
            "SELECT d.id, d.practitioner, p.organisation, d.label, d.status, d.signature_key, \
             d.device_key, p.access_role, d.credential_expires_at, d.created_at, \
             d.revoked_at \
             FROM device d JOIN practitioner p ON p.id = d.practitioner \
             WHERE d.practitioner = ? ORDER BY d.created_at, d.id",
        )
        .bind(practitioner.as_bytes().as_slice())
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(read).collect()
    }
}

impl Transaction {
    /// Stores a new device; `false` if one of its keys was enrolled before.
    ///
    /// # Errors
    /// If its owner does not exist, or the database fails.
    pub async fn insert_device(&mut self, device: &Device) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO device (id, practitioner, label, status, signature_key, device_key, \
             credential_expires_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(device.name.device.as_bytes().as_slice())
        .bind(device.name.practitioner.as_bytes().as_slice())
        .bind(device.label.as_str())
        .bind(status_column(device.status))
        .bind(device.signature_key.as_slice())
        .bind(device.device_key.as_slice())
        .bind(device.credential_expires_at.as_micros())
        .bind(device.created_at.as_micros())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes until when a device's renewed messaging certificate is valid.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn renew_credential(
        &mut self,
        device: DeviceId,
        expires_at: Timestamp,
    ) -> Result<()> {
        sqlx::query("UPDATE device SET credential_expires_at = ? WHERE id = ?")
            .bind(expires_at.as_micros())
            .bind(device.as_bytes().as_slice())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Revokes a device for good, with its key packages; `false` if it is not active.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn revoke_device(&mut self, device: DeviceId, now: Timestamp) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE device SET status = ?, revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
        )
        .bind(status_column(DeviceStatus::Revoked))
        .bind(now.as_micros())
        .bind(device.as_bytes().as_slice())
        .execute(self.connection())
        .await?;
        sqlx::query("DELETE FROM key_package WHERE device = ?")
            .bind(device.as_bytes().as_slice())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

const fn status_column(status: DeviceStatus) -> i64 {
    match status {
        DeviceStatus::Active => 1,
        DeviceStatus::Revoked => 2,
    }
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<Device> {
    Ok(Device {
        name: DeviceName {
            organisation: row.domain("organisation")?,
            practitioner: row.id("practitioner")?,
            device: row.id("id")?,
        },
        label: row.text("label")?,
        status: match row.try_get::<i64, _>("status")? {
            1 => DeviceStatus::Active,
            2 => DeviceStatus::Revoked,
            _ => return Err(corrupt("status")),
        },
        signature_key: row.id("signature_key")?,
        device_key: row.id("device_key")?,
        access_role: AccessRole::from_column(row)?,
        credential_expires_at: row.time("credential_expires_at")?,
        created_at: row.time("created_at")?,
        revoked_at: row.optional_time("revoked_at")?,
    })
}
