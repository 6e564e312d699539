//! MLS groups: their epoch, their head, and the public state of the current epoch.

use bytes::Bytes;
use relais_types::{DeviceId, GroupId, Timestamp};

use crate::{
    Result, Snapshot, Transaction,
    sqlite::{Columns as _, integer},
};

/// Where a group stands, as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The group.
    pub id: GroupId,
    /// The current epoch.
    pub epoch: u64,
    /// Number of the newest log entry; 0 if there is none.
    pub head_seq: u64,
}

/// A group that no other transaction can change until this one ends.
///
/// Another type than [`Group`], so that what is appended to a log was locked first.
#[derive(Debug)]
pub struct LockedGroup {
    pub(crate) group: Group,
}

impl LockedGroup {
    /// Where the group stands, with what this transaction did so far.
    pub fn get(&self) -> &Group {
        &self.group
    }
}

/// The public state of the current epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupState {
    /// The validator's serialized state, opaque to the store.
    pub public_state: Bytes,
    /// The serialized GroupInfo (RFC 9420 §12.4.3).
    pub group_info: Bytes,
    /// The serialized ratchet tree.
    pub ratchet_tree: Bytes,
}

/// A group at epoch 0, whose only member is its creator.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// The group.
    pub id: GroupId,
    /// The device that made it.
    pub creator: DeviceId,
    /// The public state of epoch 0.
    pub state: GroupState,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// What a commit makes of a group.
#[derive(Clone, Debug)]
pub struct NewEpoch {
    /// The public state of the next epoch.
    pub state: GroupState,
    /// The Welcome for whoever is added.
    pub welcome: Option<Bytes>,
    /// Devices that are added.
    pub added: Vec<DeviceId>,
    /// Devices that are removed.
    pub removed: Vec<DeviceId>,
}

impl Snapshot {
    /// Where the group stands.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn group(&mut self, id: GroupId) -> Result<Option<Group>> {
        let row = sqlx::query("SELECT epoch, head_seq FROM mls_group WHERE id = ?")
            .bind(id.as_bytes().as_slice())
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| {
            Ok(Group {
                id,
                epoch: row.number("epoch")?,
                head_seq: row.number("head_seq")?,
            })
        })
        .transpose()
    }

    /// The public state of the group's current epoch.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn group_state(&mut self, id: GroupId) -> Result<Option<GroupState>> {
        let row = sqlx::query(
            "SELECT s.public_state, s.group_info, t.ratchet_tree FROM mls_group g \
             JOIN group_state s ON s.group_id = g.id \
             JOIN epoch_tree t ON t.group_id = g.id AND t.epoch = g.epoch WHERE g.id = ?",
        )
        .bind(id.as_bytes().as_slice())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            Ok(GroupState {
                public_state: row.blob("public_state")?,
                group_info: row.blob("group_info")?,
                ratchet_tree: row.blob("ratchet_tree")?,
            })
        })
        .transpose()
    }
}

impl Transaction {
    /// Registers a group with its creator as the only member; `false` if the id is taken.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn insert_group(&mut self, new: &NewGroup) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO mls_group (id, epoch, head_seq, creator, created_at) \
             VALUES (?, 0, 0, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(new.id.as_bytes().as_slice())
        .bind(new.creator.as_bytes().as_slice())
        .bind(new.created_at.as_micros())
        .execute(self.connection())
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        self.store_epoch(new.id, 0, &new.state, None).await?;
        self.insert_member(new.id, new.creator, 0).await?;
        Ok(true)
    }

    /// Locks the group until the transaction ends, so that its next `seq` and epoch are
    /// this transaction's to give.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn lock_group(&mut self, id: GroupId) -> Result<Option<LockedGroup>> {
        // A SQLite transaction is the only writer from its BEGIN IMMEDIATE on.
        let group = self.group(id).await?;
        Ok(group.map(|group| LockedGroup { group }))
    }

    /// Begins the next epoch with the commit at `seq`, accepted at `now`: state, roster, and
    /// a Welcome in the inbox of each added device.
    ///
    /// # Errors
    /// If an added device does not exist, or the database fails.
    pub async fn begin_epoch(
        &mut self,
        locked: &mut LockedGroup,
        new: &NewEpoch,
        seq: u64,
        now: Timestamp,
    ) -> Result<()> {
        let group = locked.group.id;
        let epoch = locked.group.epoch + 1;
        sqlx::query("UPDATE mls_group SET epoch = ? WHERE id = ?")
            .bind(integer(epoch))
            .bind(group.as_bytes().as_slice())
            .execute(self.connection())
            .await?;
        locked.group.epoch = epoch;
        self.store_epoch(group, epoch, &new.state, new.welcome.as_ref())
            .await?;
        for &device in &new.removed {
            self.remove_member(group, device, seq).await?;
        }
        for &device in &new.added {
            self.insert_member(group, device, seq).await?;
            self.insert_welcome(device, group, seq, epoch, now).await?;
        }
        self.forget_old_trees(group, epoch).await
    }

    async fn store_epoch(
        &mut self,
        group: GroupId,
        epoch: u64,
        state: &GroupState,
        welcome: Option<&Bytes>,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO group_state (group_id, public_state, group_info) VALUES (?, ?, ?) \
             ON CONFLICT (group_id) DO UPDATE SET public_state = excluded.public_state, \
             group_info = excluded.group_info",
        )
        .bind(group.as_bytes().as_slice())
        .bind(state.public_state.as_ref())
        .bind(state.group_info.as_ref())
        .execute(self.connection())
        .await?;
        sqlx::query(
            "INSERT INTO epoch_tree (group_id, epoch, ratchet_tree, welcome) VALUES (?, ?, ?, ?)",
        )
        .bind(group.as_bytes().as_slice())
        .bind(integer(epoch))
        .bind(state.ratchet_tree.as_ref())
        .bind(welcome.map(AsRef::<[u8]>::as_ref))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Drops the trees that neither the current epoch nor a waiting Welcome needs.
    async fn forget_old_trees(&mut self, group: GroupId, epoch: u64) -> Result<()> {
        sqlx::query(
            "DELETE FROM epoch_tree WHERE group_id = ? AND epoch < ? AND NOT EXISTS \
             (SELECT 1 FROM device_inbox i WHERE i.group_id = epoch_tree.group_id \
              AND i.epoch = epoch_tree.epoch)",
        )
        .bind(group.as_bytes().as_slice())
        .bind(integer(epoch))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
