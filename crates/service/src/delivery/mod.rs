//! Groups, their logs, and the devices' inboxes.

mod ack;
mod commit;
mod create_group;
mod group_info;
mod removals;
mod resync;
mod send;
mod sync;
mod timers;

pub use ack::{AckParams, ack};
pub use commit::{CommitOutcome, CommitParams, commit};
pub use create_group::{CreateGroupParams, create_group};
pub use group_info::{GroupInfoOutcome, GroupInfoParams, group_info};
pub use relais_store::{EntryKind, LogEntry, TimerClass};
pub use send::{SendOutcome, SendParams, send};
pub use sync::{Delivery, Item, SyncOutcome, SyncParams, Welcome, sync};
pub use timers::{ClearTimerParams, TimerParams, clear_timer};

use std::collections::BTreeMap;

use relais_store::{Group, LockedGroup, Position, Snapshot, Transaction};
use relais_types::{Cursor, DeviceId, Error, GroupId, Reason, Result};

use crate::limits::too_large;

/// A group that does not exist and one that the caller is not in look the same.
fn group_not_found() -> Error {
    Error::not_found("the group")
}

/// Locks the group for a current member.
///
/// # Errors
/// `NOT_FOUND` for anybody else.
async fn lock_for(tx: &mut Transaction, id: GroupId, device: DeviceId) -> Result<LockedGroup> {
    let group = tx.lock_group(id).await?.ok_or_else(group_not_found)?;
    require_member(tx, id, device).await?;
    Ok(group)
}

/// # Errors
/// `NOT_FOUND` unless the device is in the group now.
async fn require_member(view: &mut Snapshot, group: GroupId, device: DeviceId) -> Result<()> {
    view.membership(group, device)
        .await?
        .filter(relais_store::Membership::is_current)
        .map(drop)
        .ok_or_else(group_not_found)
}

/// Groups count for as long as their log can be read, also those that the device has left.
///
/// # Errors
/// `NOT_ALLOWED` if the device is in `max` groups already.
async fn require_room(view: &mut Snapshot, device: DeviceId, max: u32) -> Result<()> {
    if view.count_groups_of(device, max).await? < u64::from(max) {
        return Ok(());
    }
    let error = Error::new(
        Reason::NotAllowed,
        format!("a device may be in {max} groups at most: use another device"),
    );
    Err(error.with("device", device.to_string()))
}

/// Compares the epoch that a message was made in with the group's. Only the current one
/// passes: whoever joined with a commit could not read an older message that is numbered
/// after it, and whoever left could.
///
/// # Errors
/// `STALE_EPOCH` with where the group is, `FUTURE_EPOCH`.
fn check_epoch(group: &Group, epoch: u64) -> Result<()> {
    if epoch > group.epoch {
        let mut error = Error::new(
            Reason::FutureEpoch,
            "the group has not reached this epoch: the client's state is not this group's",
        );
        error.field = Some("epoch".into());
        return Err(error.with("epoch", group.epoch.to_string()));
    }
    if epoch < group.epoch {
        return Err(Error::stale_epoch(group.epoch, group.head_seq));
    }
    Ok(())
}

/// # Errors
/// `COMMIT_REQUIRED` while the removal of a revoked device is proposed.
fn check_settled(group: &Group) -> Result<()> {
    match group.proposed_seq {
        None => Ok(()),
        Some(_) => Err(Error::commit_required(group.epoch, group.head_seq)),
    }
}

/// # Errors
/// `MALFORMED_FIELD` if it is empty, `PAYLOAD_TOO_LARGE` beyond `max` bytes.
fn check_payload(field: &str, payload: &[u8], max: usize) -> Result<()> {
    if payload.is_empty() {
        return Err(Error::malformed(field, "must not be empty"));
    }
    if payload.len() > max {
        return Err(too_large(field, format!("must be at most {max} bytes")));
    }
    Ok(())
}

/// How far a device has come, by cursors that it holds.
#[derive(Debug, Default)]
struct Reached {
    inbox: Option<u64>,
    groups: BTreeMap<GroupId, u64>,
}

impl Reached {
    /// The furthest cursor of the inbox and of each group.
    ///
    /// # Errors
    /// `MALFORMED_FIELD` for more than `max` cursors.
    fn new(cursors: &[Cursor], max: usize) -> Result<Self> {
        if cursors.len() > max {
            return Err(Error::malformed(
                "cursors",
                format!("must be at most {max}"),
            ));
        }
        let mut reached = Self::default();
        for cursor in cursors {
            match *cursor {
                Cursor::Inbox { position } => reached.inbox = reached.inbox.max(Some(position)),
                Cursor::Group { group, seq } => {
                    let furthest = reached.groups.entry(group).or_default();
                    *furthest = seq.max(*furthest);
                }
            }
        }
        Ok(reached)
    }

    /// Checks the cursors against what the device could have been given.
    ///
    /// # Errors
    /// `CURSOR_INVALID` for a group that the device was never in, and for a position that
    /// does not exist yet or lies beyond the device's removal.
    fn check(&self, inbox_head: u64, positions: &[Position]) -> Result<()> {
        if self.inbox.is_some_and(|position| position > inbox_head) {
            return Err(Error::cursor_invalid());
        }
        for (group, &seq) in &self.groups {
            let known = positions
                .binary_search_by_key(group, |position| position.group)
                .ok()
                .and_then(|at| positions.get(at));
            if known.is_none_or(|position| seq > position.last_seq.max(position.joined_seq)) {
                return Err(Error::cursor_invalid());
            }
        }
        Ok(())
    }
}
