//! Proposing to remove revoked devices from their groups.
//!
//! Which removals are missing is read from the database, never remembered: whatever stops the
//! work in the middle, the next run finds what is left.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use relais_mls::{ProposedRemovals, propose_removals};
use relais_store::{AuditEvent, EntryKind, Group, LockedGroup, NewEntry, SERVICE, Transaction};
use relais_types::{DeviceId, Error, GroupId, Result, Timestamp};

use super::group_not_found;
use crate::Service;

/// Removals that are looked up at a time.
const PAGE: u32 = 500;
/// Attempts at a group where members commit in between.
const ATTEMPTS: u32 = 16;

impl Service {
    /// Proposes every removal of a revoked device that is not proposed yet, and wakes the
    /// members. To be run when the server starts and from time to time: a revocation does it by
    /// itself, this finishes what a crash has interrupted.
    ///
    /// A group in which it is not possible is reported and left for the next time.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`, `OVERLOADED`.
    pub async fn remove_revoked(&self) -> Result<()> {
        // Each group once: what remains of one is left for the next time, not for ever.
        let mut visited = BTreeSet::new();
        let mut failed = 0_u32;
        loop {
            let limit = PAGE.saturating_add(failed);
            let missing = self
                .store()
                .read("unproposed_removals", async move |view| {
                    view.unproposed_removals(limit).await
                })
                .await?;
            let mut groups: BTreeMap<GroupId, Vec<DeviceId>> = BTreeMap::new();
            for missing in missing {
                let devices = groups.entry(missing.group).or_default();
                devices.push(missing.device);
            }
            groups.retain(|group, _| visited.insert(*group));
            if groups.is_empty() {
                return Ok(());
            }
            for (group, devices) in groups {
                let count = u32::try_from(devices.len()).unwrap_or(u32::MAX);
                if let Err(error) = self.propose_in(group, devices).await {
                    tracing::warn!(%group, %error, "a revoked device could not be proposed for removal");
                    failed = failed.saturating_add(count);
                }
            }
        }
    }

    async fn propose_in(&self, group: GroupId, devices: Vec<DeviceId>) -> Result<()> {
        for _ in 0..ATTEMPTS {
            if self.try_propose_in(group, devices.clone()).await? {
                return Ok(());
            }
        }
        Err(Error::internal("the group did not stand still"))
    }

    /// False if a commit came in between.
    async fn try_propose_in(&self, id: GroupId, devices: Vec<DeviceId>) -> Result<bool> {
        let (seen, public_state) = self
            .store()
            .read("begin_removals", async move |view| {
                let group = view.group(id).await?.ok_or_else(group_not_found)?;
                let state = view.group_state(id).await?.ok_or_else(group_not_found)?;
                Ok::<_, Error>((group, state.public_state))
            })
            .await?;
        let key = self.key().removal_key();
        let proposed = self
            .validations()
            .run(move || propose_removals(&public_state, &devices, &key))
            .await?;
        let removals = Removals {
            seen,
            proposed,
            now: self.now(),
        };
        let (store, wakeups) = (self.store().clone(), self.wakeups().clone());
        self.detached(async move {
            let members = store
                .run_tx("append_removals", async move |tx| removals.store(tx).await)
                .await?;
            let done = members.is_some();
            wakeups.wake(members.into_iter().flatten());
            Ok(done)
        })
        .await
    }
}

/// Proposals that are valid in the state of the group that was seen.
struct Removals {
    seen: Group,
    proposed: ProposedRemovals,
    now: Timestamp,
}

impl Removals {
    /// Appends them; `None` if the group is no longer where it was seen.
    async fn store(&self, tx: &mut Transaction) -> Result<Option<Vec<DeviceId>>> {
        let id = self.seen.id;
        let mut group = tx.lock_group(id).await?.ok_or_else(group_not_found)?;
        let place = |group: &Group| (group.epoch, group.proposed_seq);
        if place(group.get()) != place(&self.seen) {
            return Ok(None);
        }
        append(tx, &mut group, &self.proposed, self.now).await?;
        Ok(Some(tx.members(id).await?))
    }
}

/// Appends removals that are proposed in the group's present state.
pub(super) async fn append(
    tx: &mut Transaction,
    group: &mut LockedGroup,
    proposed: &ProposedRemovals,
    now: Timestamp,
) -> Result<()> {
    let id = group.get().id;
    for (device, message) in &proposed.proposals {
        let entry = NewEntry {
            epoch: proposed.epoch,
            kind: EntryKind::Proposal,
            sender: SERVICE,
            payload: Bytes::clone(message),
            accepted_at: now,
        };
        let seq = tx.append(group, &entry).await?;
        tx.insert_removal(group, *device, seq, now).await?;
        tx.audit(&AuditEvent {
            at: now,
            actor: "service".to_owned(),
            action: "group.propose_removal",
            subject: format!("groups/{id}/devices/{device}"),
        })
        .await?;
    }
    tx.replace_public_state(group, &proposed.public_state)
        .await?;
    Ok(())
}
