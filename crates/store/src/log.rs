//! The groups' logs: one row per message, numbered without gaps.

use bytes::Bytes;
use relais_types::{DeviceId, GroupId, Timestamp};
use sqlx::Row as _;

use crate::{
    LockedGroup, Result, Snapshot, Transaction,
    sqlite::{Columns as _, corrupt, integer},
};

/// Tells handshakes from content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A PrivateMessage with application data.
    Application,
    /// A PublicMessage with a commit.
    Commit,
}

impl EntryKind {
    pub(crate) const fn to_column(self) -> i64 {
        match self {
            Self::Application => 1,
            Self::Commit => 2,
        }
    }
}

/// An entry to be appended.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// The epoch that it was made in.
    pub epoch: u64,
    /// Commit or content.
    pub kind: EntryKind,
    /// The device that it was accepted from.
    pub sender: DeviceId,
    /// The serialized message.
    pub payload: Bytes,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}

/// An entry of a group's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The group.
    pub group: GroupId,
    /// Its number, counting from 1 without gaps.
    pub seq: u64,
    /// The epoch that it was made in.
    pub epoch: u64,
    /// Commit or content.
    pub kind: EntryKind,
    /// The device that it was accepted from.
    pub sender: DeviceId,
    /// The serialized message exactly as it was sent.
    pub payload: Bytes,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}

impl Snapshot {
    /// Entries `after < seq <= last`, in order: at most `limit`, and no more than fit into
    /// `bytes`, but at least one if there is one. What does not fit is not read either.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn log(
        &mut self,
        group: GroupId,
        after: u64,
        last: u64,
        limit: u32,
        bytes: usize,
    ) -> Result<Vec<LogEntry>> {
        // Numbers have no gaps, so the page walks from one to the next and stops in time.
        let rows = sqlx::query(
            "WITH RECURSIVE page (id, seq, total) AS (
               SELECT * FROM (SELECT id, seq, length(payload) FROM group_log
                 WHERE group_id = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT 1)
               UNION ALL
               SELECT l.id, l.seq, page.total + length(l.payload)
               FROM page JOIN group_log l ON l.group_id = ?1 AND l.seq = page.seq + 1
               WHERE page.seq < ?3 AND page.total + length(l.payload) <= ?5
               LIMIT ?4
             )
             SELECT l.seq, l.epoch, l.kind, l.sender, l.payload, l.accepted_at
             FROM page JOIN group_log l ON l.id = page.id ORDER BY l.seq",
        )
        .bind(group.as_bytes().as_slice())
        .bind(integer(after))
        .bind(integer(last))
        .bind(i64::from(limit))
        .bind(integer(bytes as u64))
        .fetch_all(self.connection())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(LogEntry {
                    group,
                    seq: row.number("seq")?,
                    epoch: row.number("epoch")?,
                    kind: match row.try_get::<i64, _>("kind")? {
                        1 => EntryKind::Application,
                        2 => EntryKind::Commit,
                        _ => return Err(corrupt("kind")),
                    },
                    sender: row.id("sender")?,
                    payload: row.blob("payload")?,
                    accepted_at: row.time("accepted_at")?,
                })
            })
            .collect()
    }
}

impl Transaction {
    /// Appends an entry and returns its number, the group's head plus one.
    ///
    /// # Errors
    /// If a second commit were stored for an epoch, or the database fails.
    pub async fn append(&mut self, locked: &mut LockedGroup, entry: &NewEntry) -> Result<u64> {
        let group = locked.group.id;
        let seq = locked.group.head_seq + 1;
        sqlx::query("UPDATE mls_group SET head_seq = ? WHERE id = ?")
            .bind(integer(seq))
            .bind(group.as_bytes().as_slice())
            .execute(self.connection())
            .await?;
        sqlx::query(
            "INSERT INTO group_log (group_id, seq, epoch, kind, sender, payload, accepted_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(group.as_bytes().as_slice())
        .bind(integer(seq))
        .bind(integer(entry.epoch))
        .bind(entry.kind.to_column())
        .bind(entry.sender.as_bytes().as_slice())
        .bind(entry.payload.as_ref())
        .bind(entry.accepted_at.as_micros())
        .execute(self.connection())
        .await?;
        locked.group.head_seq = seq;
        Ok(seq)
    }
}
