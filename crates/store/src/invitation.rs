//! Invitations; only the digest of a code is ever stored.

use relais_types::{DeviceId, OrgDomain, PractitionerId, Timestamp};

use crate::{AccessRole, Result, Snapshot, Transaction, sqlite::Columns as _};

/// An invitation to enrol a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// SHA-256 of the code.
    pub digest: [u8; 32],
    /// The organisation that invites.
    pub organisation: OrgDomain,
    /// The person who adds a device; `None` invites a new person.
    pub practitioner: Option<PractitionerId>,
    /// A new person's name.
    pub display_name: String,
    /// A new person's profession code.
    pub profession: String,
    /// What a new person may do to the organisation.
    pub access_role: AccessRole,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// The device that used it.
    pub used_by: Option<DeviceId>,
}

impl Snapshot {
    /// The invitation whose code has this digest.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn invitation(&mut self, digest: &[u8; 32]) -> Result<Option<Invitation>> {
        let row = sqlx::query(
            "SELECT digest, organisation, practitioner, display_name, profession, access_role, \
             created_at, expires_at, used_by FROM invitation WHERE digest = ?",
        )
        .bind(digest.as_slice())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            Ok(Invitation {
                digest: row.id("digest")?,
                organisation: row.domain("organisation")?,
                practitioner: row.optional_id("practitioner")?,
                display_name: row.text("display_name")?,
                profession: row.text("profession")?,
                access_role: AccessRole::from_column(&row)?,
                created_at: row.time("created_at")?,
                expires_at: row.time("expires_at")?,
                used_by: row.optional_id("used_by")?,
            })
        })
        .transpose()
    }
}

impl Transaction {
    /// Stores an unused invitation.
    ///
    /// # Errors
    /// If the organisation or the person does not exist, or the database fails.
    pub async fn insert_invitation(&mut self, invitation: &Invitation) -> Result<()> {
        sqlx::query(
            "INSERT INTO invitation (digest, organisation, practitioner, display_name, \
             profession, access_role, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(invitation.digest.as_slice())
        .bind(invitation.organisation.as_str())
        .bind(invitation.practitioner.map(Vec::from))
        .bind(invitation.display_name.as_str())
        .bind(invitation.profession.as_str())
        .bind(invitation.access_role.to_column())
        .bind(invitation.created_at.as_micros())
        .bind(invitation.expires_at.as_micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends the open invitations of a person to enrol further devices.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_invitations(
        &mut self,
        practitioner: PractitionerId,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE invitation SET expires_at = min(expires_at, ?) \
             WHERE practitioner = ? AND used_by IS NULL",
        )
        .bind(now.as_micros())
        .bind(practitioner.as_bytes().as_slice())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Uses up an invitation; `false` if it was used before, or has ended by `now`.
    ///
    /// # Errors
    /// If the device does not exist, or the database fails.
    pub async fn use_invitation(
        &mut self,
        digest: &[u8; 32],
        device: DeviceId,
        now: Timestamp,
    ) -> Result<bool> {
        let done = sqlx::query(
            "UPDATE invitation SET used_by = ? \
             WHERE digest = ? AND used_by IS NULL AND expires_at > ?",
        )
        .bind(device.as_bytes().as_slice())
        .bind(digest.as_slice())
        .bind(now.as_micros())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
