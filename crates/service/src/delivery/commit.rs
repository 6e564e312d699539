//! Beginning the next epoch of a group.

use bytes::Bytes;
use relais_mls::{ValidatedCommit, validate_commit};
use relais_store::{
    AuditEvent, DeviceStatus, EntryKind, GroupState, NewEntry, NewEpoch, Snapshot, Transaction,
};
use relais_types::{DeviceId, DeviceName, Error, GroupId, Reason, RequestId, Result, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    check_epoch, check_payload, group_not_found, lock_for, require_member, require_room,
    resync::Resync,
};
use crate::{
    Caller, Service,
    replay::{Fingerprint, Replay},
};

/// A commit and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The group.
    pub group: GroupId,
    /// The epoch that the commit was made in.
    pub epoch: u64,
    /// Serialized MLSMessage, a PublicMessage with the commit.
    pub commit: Bytes,
    /// Serialized Welcome without the ratchet tree; `None` if nobody is added.
    pub welcome: Option<Bytes>,
    /// Serialized GroupInfo of the next epoch.
    pub group_info: Bytes,
}

/// Where the commit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitOutcome {
    /// Its number in the group's log.
    pub seq: u64,
    /// The epoch that it began.
    pub epoch: u64,
}

/// What must be known before the handshake can be validated.
enum Begun {
    Replayed(CommitOutcome),
    Current {
        public_state: Bytes,
        proposed_seq: Option<u64>,
    },
}

/// Begins the next epoch. Exactly one commit wins each epoch; a losing one changes nothing,
/// and its Welcome is never seen. A member that lost track may replace its own leaf by an
/// external commit, so many times a day.
///
/// The handshake is validated between two transactions, so that its cost holds up no other
/// group. That is sound because a group's public state is a function of its epoch and of the
/// removals proposed in it, and the second transaction compares both again.
///
/// # Errors
/// `NOT_FOUND` unless the caller is in the group, `STALE_EPOCH`, `FUTURE_EPOCH`,
/// `COMMIT_REQUIRED` if a proposed removal is missing, `HANDSHAKE_INVALID`,
/// `CREDENTIAL_INVALID`, `MALFORMED_FIELD`, `PAYLOAD_TOO_LARGE`, `NOT_ALLOWED` by the group's
/// policy or if an added device is in too many groups, `RATE_LIMITED` for one resync too many,
/// `OVERLOADED`, `REQUEST_ID_REUSED`.
pub async fn commit(
    service: &Service,
    caller: &Caller,
    params: CommitParams,
) -> Result<CommitOutcome> {
    let sender = caller.device()?.device.clone();
    let limit = service.limits().handshake_bytes;
    check_payload("commit", &params.commit, limit)?;
    check_payload("group_info", &params.group_info, limit)?;
    if let Some(welcome) = &params.welcome {
        check_payload("welcome", welcome, limit)?;
    }
    let replay = Replay::new(caller, params.request_id, "commit", fingerprint(&params));
    let (read, device) = (replay.clone(), sender.device);
    let (group, epoch) = (params.group, params.epoch);
    let begun = service
        .store()
        .read("begin_commit", async move |view| {
            if let Some(first) = read.first(view).await? {
                return Ok(Begun::Replayed(first));
            }
            begin(view, group, device, epoch).await
        })
        .await?;
    let (public_state, proposed_seq) = match begun {
        Begun::Replayed(first) => return Ok(first),
        Begun::Current {
            public_state,
            proposed_seq,
        } => (public_state, proposed_seq),
    };

    let now = service.now();
    let anchors = service.anchors();
    let checked = params.clone();
    let (key, resyncs) = (
        service.key().removal_key(),
        service.limits().resyncs_per_day,
    );
    let checking = service.validations().run(move || {
        let valid = validate_commit(
            &public_state,
            &checked.commit,
            checked.welcome.as_deref(),
            &checked.group_info,
            device,
            &anchors,
            now,
        )?;
        let resync = Resync::of(&valid, &key, resyncs)?;
        Ok((valid, resync))
    });
    let (valid, resync) = checking.await?;

    let (store, wakeups) = (service.store().clone(), service.wakeups().clone());
    let accepted = Accepted {
        params,
        proposed_seq,
        valid,
        resync,
        sender,
        now,
        groups_per_device: service.limits().groups_per_device,
    };
    service
        .detached(async move {
            let (outcome, wake) = store
                .run_tx("append_commit", async move |tx| {
                    if let Some(first) = replay.first(tx).await? {
                        return Ok((first, Vec::new()));
                    }
                    let outcome = accepted.store(tx).await?;
                    replay.keep(tx, &outcome, now).await?;
                    let mut wake = tx.members(accepted.params.group).await?;
                    wake.extend(&accepted.valid.removed);
                    Ok::<_, Error>((outcome, wake))
                })
                .await?;
            wakeups.wake(wake);
            Ok(outcome)
        })
        .await
}

async fn begin(view: &mut Snapshot, group: GroupId, device: DeviceId, epoch: u64) -> Result<Begun> {
    require_member(view, group, device).await?;
    let current = view.group(group).await?.ok_or_else(group_not_found)?;
    check_epoch(&current, epoch)?;
    let state = view.group_state(group).await?.ok_or_else(group_not_found)?;
    Ok(Begun::Current {
        public_state: state.public_state,
        proposed_seq: current.proposed_seq,
    })
}

/// A commit that is valid in the epoch it names.
struct Accepted {
    params: CommitParams,
    /// The newest removal that was proposed when it was validated.
    proposed_seq: Option<u64>,
    valid: ValidatedCommit,
    /// Set if it brings its sender back into step.
    resync: Option<Resync>,
    sender: DeviceName,
    now: Timestamp,
    groups_per_device: u32,
}

impl Accepted {
    async fn store(&self, tx: &mut Transaction) -> Result<CommitOutcome> {
        let mut group = lock_for(tx, self.params.group, self.sender.device).await?;
        check_epoch(group.get(), self.params.epoch)?;
        if group.get().proposed_seq != self.proposed_seq {
            // A device was revoked while this was validated.
            let group = group.get();
            return Err(Error::commit_required(group.epoch, group.head_seq));
        }
        if let Some(resync) = &self.resync {
            resync
                .check(tx, self.params.group, &self.sender, self.now)
                .await?;
        }
        for added in &self.valid.added {
            require_active(tx, added).await?;
            require_room(tx, added.device, self.groups_per_device).await?;
        }
        let entry = NewEntry {
            epoch: self.params.epoch,
            kind: EntryKind::Commit,
            sender: self.sender.device,
            payload: self.params.commit.clone(),
            accepted_at: self.now,
        };
        let seq = tx.append(&mut group, &entry).await?;
        let next = NewEpoch {
            state: GroupState {
                public_state: self.valid.public_state.clone().into(),
                group_info: self.params.group_info.clone(),
                ratchet_tree: self.valid.ratchet_tree.clone().into(),
            },
            welcome: self.params.welcome.clone(),
            added: self.valid.added.iter().map(|name| name.device).collect(),
            removed: self.valid.removed.clone(),
        };
        tx.begin_epoch(&mut group, &next, seq, self.now).await?;
        let epoch = group.get().epoch;
        if epoch != self.valid.epoch {
            return Err(Error::internal("the validator counted another epoch"));
        }
        self.audit(tx).await?;
        if let Some(resync) = &self.resync {
            resync
                .store(tx, &mut group, &self.sender, seq, self.now)
                .await?;
        }
        Ok(CommitOutcome { seq, epoch })
    }

    /// Who came and who went; a commit that only renews keys is no act of membership.
    async fn audit(&self, tx: &mut Transaction) -> Result<()> {
        let group = format!("groups/{}", self.params.group);
        let added = self
            .valid
            .added
            .iter()
            .map(|name| ("group.add", name.device));
        let removed = self.valid.removed.iter().map(|id| ("group.remove", *id));
        for (action, device) in added.chain(removed) {
            tx.audit(&AuditEvent {
                at: self.now,
                actor: self.sender.to_string(),
                action,
                subject: format!("{group}/devices/{device}"),
            })
            .await?;
        }
        Ok(())
    }
}

/// A certificate outlives its device's enrolment: one that was revoked must not come back
/// through an old key package.
async fn require_active(tx: &mut Transaction, added: &DeviceName) -> Result<()> {
    tx.device(added.device)
        .await?
        .filter(|device| device.name == *added && device.status == DeviceStatus::Active)
        .map(drop)
        .ok_or_else(|| {
            Error::new(
                Reason::CredentialInvalid,
                "an added device is not enrolled or not active: claim its key package again",
            )
        })
}

fn fingerprint(params: &CommitParams) -> Fingerprint {
    Fingerprint::default()
        .field(params.group.as_bytes())
        .number(params.epoch)
        .field(&params.commit)
        .optional(params.welcome.as_ref())
        .field(&params.group_info)
}

#[cfg(test)]
mod tests;
