//! The path that every message takes: two statements between locking and waking.
//!
//! It does what [`Snapshot::first_response`](crate::Snapshot::first_response),
//! [`Transaction::lock_group`], [`Transaction::append`], [`Transaction::insert_response`]
//! and [`Snapshot::members`](crate::Snapshot::members) do one by one. Each statement string
//! is a round trip to the database, and that is most of what a message costs.

use relais_types::{DeviceId, GroupId};

use crate::{
    FirstResponse, Group, LockedGroup, NewEntry, ReplayKey, Result, Transaction,
    sqlite::{Columns as _, integer},
};

/// What must be known before a message is appended.
#[derive(Debug)]
pub struct Sending {
    /// The first response to this request id, if there was one.
    pub first: Option<FirstResponse>,
    /// The group, if the sender is in it now.
    pub group: Option<LockedGroup>,
}

impl Transaction {
    /// Looks up the request id and locks the group for a current member.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn begin_send(
        &mut self,
        key: &ReplayKey,
        group: GroupId,
        sender: DeviceId,
    ) -> Result<Sending> {
        let row = sqlx::query(
            "SELECT i.method IS NOT NULL AS replayed, i.method, i.digest, i.response,
               g.id IS NOT NULL AS member, g.epoch, g.head_seq
             FROM (SELECT 1)
             LEFT JOIN idempotency i ON i.caller = ? AND i.request_id = ?
             LEFT JOIN group_member m
               ON m.group_id = ? AND m.device = ? AND m.removed_seq IS NULL
             LEFT JOIN mls_group g ON g.id = m.group_id",
        )
        .bind(key.caller.as_slice())
        .bind(key.request_id.as_bytes().as_slice())
        .bind(group.as_bytes().as_slice())
        .bind(sender.as_bytes().as_slice())
        .fetch_one(self.connection())
        .await?;
        let first = match row.number("replayed")? {
            0 => None,
            _ => Some(FirstResponse {
                method: row.text("method")?,
                digest: row.id("digest")?,
                response: row.blob("response")?.into(),
            }),
        };
        let group = match row.number("member")? {
            0 => None,
            _ => Some(LockedGroup {
                group: Group {
                    id: group,
                    epoch: row.number("epoch")?,
                    head_seq: row.number("head_seq")?,
                },
            }),
        };
        Ok(Sending { first, group })
    }

    /// Appends the entry at the group's head plus one, keeps `first` for replays, and
    /// returns the group's current members.
    ///
    /// # Errors
    /// If there is a response to this request id already, or the database fails.
    pub async fn append_message(
        &mut self,
        locked: &mut LockedGroup,
        entry: &NewEntry,
        key: &ReplayKey,
        first: &FirstResponse,
    ) -> Result<Vec<DeviceId>> {
        let group = locked.group.id;
        let seq = locked.group.head_seq + 1;
        let rows = sqlx::query(
            "UPDATE mls_group SET head_seq = ? WHERE id = ?;
             INSERT INTO group_log (group_id, seq, epoch, kind, sender, payload, accepted_at)
               VALUES (?, ?, ?, ?, ?, ?, ?);
             INSERT INTO idempotency (caller, request_id, method, digest, response, created_at)
               VALUES (?, ?, ?, ?, ?, ?);
             SELECT device FROM group_member WHERE group_id = ? AND removed_seq IS NULL",
        )
        .bind(integer(seq))
        .bind(group.as_bytes().as_slice())
        .bind(group.as_bytes().as_slice())
        .bind(integer(seq))
        .bind(integer(entry.epoch))
        .bind(entry.kind.to_column())
        .bind(entry.sender.as_bytes().as_slice())
        .bind(entry.payload.as_ref())
        .bind(entry.accepted_at.as_micros())
        .bind(key.caller.as_slice())
        .bind(key.request_id.as_bytes().as_slice())
        .bind(first.method.as_str())
        .bind(first.digest.as_slice())
        .bind(first.response.as_slice())
        .bind(entry.accepted_at.as_micros())
        .bind(group.as_bytes().as_slice())
        .fetch_all(self.connection())
        .await?;
        locked.group.head_seq = seq;
        rows.iter().map(|row| row.id("device")).collect()
    }
}
