//! A member that lost track of its group replaces its own leaf by an external commit.
//!
//! Such a commit cannot contain the removals that the service has proposed. They are proposed
//! again in the same transaction, in the epoch that it begins: nothing can be sent in between.

use std::time::Duration;

use relais_mls::{ProposedRemovals, SigningKey, ValidatedCommit, propose_removals};
use relais_store::{AuditEvent, LockedGroup, Transaction};
use relais_types::{DeviceName, Error, GroupId, Reason, Result, Timestamp};

use super::removals;

/// The time that the limit counts over.
const DAY: Duration = Duration::from_hours(24);

/// A commit that replaces its sender's own leaf, as it was validated.
#[derive(Clone, Debug)]
pub(super) struct Resync {
    /// The removals that it left out, proposed in the epoch that it begins.
    again: Option<ProposedRemovals>,
    /// Most resyncs of one device in one group within a day.
    per_day: u32,
}

impl Resync {
    /// What a valid commit asks for if it is a resync; `None` if it is an ordinary one.
    ///
    /// # Errors
    /// As [`propose_removals`].
    pub(super) fn of(
        valid: &ValidatedCommit,
        key: &SigningKey,
        per_day: u32,
    ) -> relais_mls::Result<Option<Self>> {
        if !valid.resync {
            return Ok(None);
        }
        let again = (!valid.left_out.is_empty())
            .then(|| propose_removals(&valid.public_state, &valid.left_out, key))
            .transpose()?;
        Ok(Some(Self { again, per_day }))
    }

    /// Whether the device may do it once more.
    ///
    /// # Errors
    /// `RATE_LIMITED` with the time after which it may.
    pub(super) async fn check(
        &self,
        tx: &mut Transaction,
        group: GroupId,
        device: &DeviceName,
        now: Timestamp,
    ) -> Result<()> {
        let since = Timestamp::from_micros(
            now.as_micros()
                .saturating_sub(i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX)),
        );
        let within = tx
            .resyncs(group, device.device, since, self.per_day)
            .await?;
        let full = u32::try_from(within.len()).unwrap_or(u32::MAX) >= self.per_day;
        if !full {
            return Ok(());
        }
        let oldest = within.last().copied().unwrap_or(now);
        let message = format!(
            "this device has rejoined this group {} times within a day: ask a member to remove \
             and add it again, or try later",
            self.per_day
        );
        Err(Error::new(Reason::RateLimited, message)
            .with("limit", "resync")
            .retry_after(oldest.plus(DAY).since(now)))
    }

    /// Records the commit at `seq`, and proposes again what it left out.
    pub(super) async fn store(
        &self,
        tx: &mut Transaction,
        group: &mut LockedGroup,
        by: &DeviceName,
        seq: u64,
        now: Timestamp,
    ) -> Result<()> {
        tx.insert_resync(group, by.device, seq, now).await?;
        tx.audit(&AuditEvent {
            at: now,
            actor: by.to_string(),
            action: "group.resync",
            subject: format!("groups/{}/devices/{}", group.get().id, by.device),
        })
        .await?;
        match &self.again {
            Some(proposed) => removals::append(tx, group, proposed, now).await,
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
