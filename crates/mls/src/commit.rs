//! Changing the membership: staging an own commit, and what a commit changes.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use openmls::prelude::{
    LeafNode, LeafNodeIndex, LeafNodeParameters, MlsGroup, OpenMlsProvider as _, Proposal,
    PublicGroup, QueuedProposal, Sender, StagedCommit as MlsCommit,
};
use relais_types::{DeviceId, DeviceName, GroupId, Timestamp};

use crate::{
    Chain, CredentialError, Error, GroupPolicy, Identity, Mls, Result, State,
    device::to_bytes,
    group::load_active,
    policy,
    removal::{Pending, pending},
    resync,
    storage::Provider,
    wire::invalid,
};

/// A change of membership; an empty one only renews the device's own keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Key packages of the devices to add, as MLSMessages.
    pub add: Vec<Bytes>,
    /// The devices to remove.
    pub remove: Vec<DeviceId>,
}

/// A commit that waits for the server's verdict: merge it if it won, discard it if not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedCommit {
    /// The epoch that it was made in; it begins the next one.
    pub epoch: u64,
    /// The PublicMessage.
    pub commit: Bytes,
    /// The Welcome for all that were added, if any; without the tree.
    pub welcome: Option<Bytes>,
    /// The `GroupInfo` of the next epoch, with `external_pub`, without the tree.
    pub group_info: Bytes,
}

/// What a commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochChange {
    /// The epoch that it began.
    pub epoch: u64,
    /// Who committed.
    pub by: DeviceName,
    /// Who was added.
    pub added: Vec<Identity>,
    /// Who was removed.
    pub removed: Vec<DeviceName>,
    /// Who of these was removed because the server proposed it: their device was revoked.
    pub revoked: Vec<DeviceName>,
    /// The policy that it set, if it set one.
    pub policy: Option<GroupPolicy>,
    /// Set if the committer only replaced its own leaf from outside, because it could not follow
    /// the group any more: what it said about that, at most
    /// [`MAX_RESYNC_NOTE`](crate::MAX_RESYNC_NOTE) bytes that the server could read, too.
    pub resynced: Option<Bytes>,
    /// True if this device was removed: the group is at its end here.
    pub own_removed: bool,
    /// The authenticator of the new epoch (RFC 9420 §8.7); empty if this device was removed.
    pub authenticator: Vec<u8>,
}

impl Mls {
    /// Makes a commit and stages it. It contains the removals that the server has proposed, and
    /// always renews the device's own keys (RFC 9420 §12.4),
    /// and its certificate if that is newer than the one in the tree.
    ///
    /// # Errors
    /// [`Error::CommitStaged`], [`Error::UnknownMember`], [`Error::DuplicateMember`],
    /// [`Error::Credential`] for a key package whose certificate does not verify,
    /// [`Error::Policy`] for a change that the other members would refuse, [`Error::Removed`], [`Error::UnknownGroup`], [`Error::Invalid`].
    pub fn stage_commit(
        &self,
        state: &mut State,
        group: GroupId,
        change: &Change,
        now: Timestamp,
    ) -> Result<StagedCommit> {
        self.stage(state, group, change, None, now)
    }

    /// Makes a commit that replaces the group's policy, and stages it; the removals that the
    /// server has proposed are in it, too. Its key for removals stays what it is.
    ///
    /// # Errors
    /// As [`Mls::stage_commit`]; [`Error::Policy`] unless this device may change the policy, and
    /// if the new one does not admit a member or names no lead who is there.
    pub fn stage_policy(
        &self,
        state: &mut State,
        group: GroupId,
        policy: &GroupPolicy,
        now: Timestamp,
    ) -> Result<StagedCommit> {
        self.stage(state, group, &Change::default(), Some(policy), now)
    }

    /// Whether [`Mls::stage_policy`] would take this policy now.
    ///
    /// # Errors
    /// [`Error::Policy`] if not; [`Error::Removed`], [`Error::UnknownGroup`],
    /// [`Error::Invalid`] for too many names.
    pub fn check_policy(&self, state: &State, group: GroupId, policy: &GroupPolicy) -> Result<()> {
        let group = load_active(&Provider::reading(&self.crypto, state), group)?;
        policy.extensions()?;
        self.check_successor(&group, policy)
    }

    fn check_successor(&self, group: &MlsGroup, successor: &GroupPolicy) -> Result<()> {
        let policy = GroupPolicy::of(group.public_group().group_context())?;
        let proposed = pending(group.pending_proposals());
        let mut members = roster(group.public_group())?;
        members.retain(|leaf, _| proposed.iter().all(|it| it.leaf != *leaf));
        policy.allow_successor(successor, &self.identity, members.values())
    }

    fn stage(
        &self,
        state: &mut State,
        group: GroupId,
        change: &Change,
        successor: Option<&GroupPolicy>,
        now: Timestamp,
    ) -> Result<StagedCommit> {
        state.atomically(|state| {
            let provider = Provider::writing(&self.crypto, state);
            let mut group = load_active(&provider, group)?;
            if group.pending_commit().is_some() {
                return Err(Error::CommitStaged);
            }
            let epoch = group.epoch().as_u64();
            let (packages, added): (Vec<_>, Vec<_>) = change
                .add
                .iter()
                .map(|bytes| self.check_key_package(bytes, now))
                .collect::<Result<Vec<_>>>()?
                .into_iter()
                .unzip();
            let policy = GroupPolicy::of(group.public_group().group_context())?;
            let removals = self.removals(&group, &policy, &change.remove, &added)?;
            added.iter().try_for_each(|device| {
                policy.admit(device)?;
                policy.allow_change(&self.identity, device)
            })?;
            if let Some(successor) = successor {
                self.check_successor(&group, successor)?;
            }
            let leaf = self.own_leaf(&group)?;
            let mut builder = group.commit_builder();
            if let Some(successor) = successor {
                builder = builder
                    .propose_group_context_extensions(successor.extensions()?)
                    .map_err(invalid)?;
            }
            let bundle = builder
                .consume_proposal_store(true)
                .force_self_update(true)
                .leaf_node_parameters(leaf)
                .propose_removals(removals)
                .propose_adds(packages)
                .load_psks(provider.storage())
                .map_err(invalid)?
                .create_group_info(true)
                .use_ratchet_tree_extension(false)
                .build(provider.rand(), provider.crypto(), &self.key, |_| true)
                .map_err(invalid)?
                .stage_commit(&provider)
                .map_err(invalid)?;
            let (commit, welcome, group_info) = bundle.into_messages();
            let group_info = group_info
                .ok_or_else(|| Error::Invalid("the commit came without GroupInfo".to_owned()))?;
            Ok(StagedCommit {
                epoch,
                commit: to_bytes(&commit)?,
                welcome: welcome.as_ref().map(to_bytes).transpose()?,
                group_info: to_bytes(&group_info)?,
            })
        })
    }

    /// The staged commit won: the group moves to the epoch that it begins.
    ///
    /// # Errors
    /// [`Error::NothingStaged`], [`Error::UnknownGroup`], [`Error::Removed`].
    pub fn merge_staged(&self, state: &mut State, group: GroupId) -> Result<EpochChange> {
        state.atomically(|state| {
            let provider = Provider::writing(&self.crypto, state);
            let mut group = load_active(&provider, group)?;
            let staged = group.pending_commit().ok_or(Error::NothingStaged)?;
            let sender = Sender::Member(group.own_leaf_index());
            // Staging verified what is added; a merge must not fail for a date since then.
            let pending = pending(group.pending_proposals());
            let effects = inspect(staged, group.public_group(), &pending, &sender, |leaf| {
                Chain::from_credential(leaf.credential())?.named()
            })?;
            group.merge_pending_commit(&provider).map_err(invalid)?;
            Ok(effects.into_change(&group))
        })
    }

    /// The staged commit lost: it is dropped, and with it the secrets of its epoch.
    ///
    /// # Errors
    /// [`Error::UnknownGroup`], [`Error::Removed`]. None if nothing was staged.
    pub fn discard_staged(&self, state: &mut State, group: GroupId) -> Result<()> {
        state.atomically(|state| {
            let provider = Provider::writing(&self.crypto, state);
            let mut group = load_active(&provider, group)?;
            Ok(group.clear_pending_commit(provider.storage())?)
        })
    }

    /// The leaves of the devices to remove, other than those that the server proposes, if the
    /// roster without them and with `added` is one
    /// where nobody is twice.
    fn removals(
        &self,
        group: &MlsGroup,
        policy: &GroupPolicy,
        remove: &[DeviceId],
        added: &[Identity],
    ) -> Result<Vec<LeafNodeIndex>> {
        let mut roster = roster(group.public_group())?;
        let mut leaves = Vec::new();
        let mut revoked = Vec::new();
        for proposal in group.pending_proposals() {
            if let Proposal::Remove(remove) = proposal.proposal() {
                revoked.extend(roster.remove(&remove.removed()).map(|it| it.device.device));
            }
        }
        if revoked.contains(&self.identity.device.device) {
            return Err(Error::Removed);
        }
        for &device in remove.iter().filter(|device| !revoked.contains(device)) {
            if device == self.identity.device.device {
                return Err(Error::Invalid(
                    "a device cannot remove itself: another member must".to_owned(),
                ));
            }
            let (&leaf, identity) = roster
                .iter()
                .find(|(_, identity)| identity.device.device == device)
                .ok_or(Error::UnknownMember(device))?;
            policy.allow_change(&self.identity, identity)?;
            roster.remove(&leaf);
            leaves.push(leaf);
        }
        distinct(roster.values().chain(added))?;
        Ok(leaves)
    }

    /// The parameters of the renewed own leaf.
    fn own_leaf(&self, group: &MlsGroup) -> Result<LeafNodeParameters> {
        let leaf = group.own_leaf_node().ok_or(Error::Removed)?;
        if leaf.signature_key().as_slice() != self.identity.public_key {
            return Err(CredentialError::KeyMismatch.into());
        }
        let credential = self.credential();
        let parameters = LeafNodeParameters::builder();
        Ok(if *leaf.credential() == credential.credential {
            parameters.build()
        } else {
            parameters.with_credential_with_key(credential).build()
        })
    }
}

/// What a commit does to the roster.
pub(crate) struct Effects {
    pub(crate) epoch: u64,
    pub(crate) by: Identity,
    pub(crate) added: Vec<Identity>,
    pub(crate) removed: Vec<Identity>,
    pub(crate) revoked: Vec<Identity>,
    /// The policy that it sets.
    pub(crate) policy: Option<GroupPolicy>,
    /// True if it replaces the committer's own leaf from outside.
    pub(crate) resync: bool,
    /// Whose removal is proposed and not in it.
    pub(crate) left_out: Vec<Identity>,
}

impl Effects {
    /// A commit by `by` in `epoch` that changes nobody's membership.
    pub(crate) fn of(by: &Identity, epoch: u64) -> Self {
        Self {
            epoch,
            by: by.clone(),
            added: Vec::new(),
            removed: Vec::new(),
            revoked: Vec::new(),
            policy: None,
            resync: false,
            left_out: Vec::new(),
        }
    }

    /// Tells `own` device what a commit changed that it followed in public.
    pub(crate) fn into_public_change(self, own: &Identity) -> EpochChange {
        let is_own = |it: &Identity| it.device.device == own.device.device;
        EpochChange {
            epoch: self.epoch,
            own_removed: self.removed.iter().any(is_own),
            by: self.by.device,
            added: self.added,
            removed: self.removed.into_iter().map(|it| it.device).collect(),
            revoked: self.revoked.into_iter().map(|it| it.device).collect(),
            policy: self.policy,
            resynced: None,
            authenticator: Vec::new(),
        }
    }

    /// Tells what changed, after the commit was merged into `group`.
    pub(crate) fn into_change(self, group: &MlsGroup) -> EpochChange {
        let own_removed = !group.is_active();
        EpochChange {
            epoch: self.epoch,
            by: self.by.device,
            added: self.added,
            removed: self.removed.into_iter().map(|it| it.device).collect(),
            revoked: self.revoked.into_iter().map(|it| it.device).collect(),
            policy: self.policy,
            resynced: None,
            own_removed,
            authenticator: if own_removed {
                Vec::new()
            } else {
                group.epoch_authenticator().as_slice().to_vec()
            },
        }
    }
}

/// Checks a commit, which OpenMLS found sound, against our rules, and tells what it does:
/// from a member, only allowed proposals, all `pending` removals of the server among them, the
/// committer's keys renewed under a certificate of the same device, every new leaf within its
/// size and its certificate accepted by `verify`, nobody in the group twice, and the whole
/// within the group's policy. From outside, nothing but the replacement of an own leaf.
pub(crate) fn inspect(
    commit: &MlsCommit,
    before: &PublicGroup,
    pending: &[Pending],
    sender: &Sender,
    verify: impl Fn(&LeafNode) -> Result<Identity, CredentialError>,
) -> Result<Effects> {
    let enter = |leaf: &LeafNode| -> Result<Identity> {
        policy::allow_leaf(leaf)?;
        Ok(verify(leaf)?)
    };
    let committer = match sender {
        Sender::Member(committer) => committer,
        Sender::NewMemberCommit => {
            let mut effects = resync::inspect(commit, before, pending, enter)?;
            let mut roster = roster(before)?;
            effects.left_out = pending
                .iter()
                .filter_map(|proposed| roster.remove(&proposed.leaf))
                .collect();
            return Ok(effects);
        }
        _ => return Err(Error::Invalid("only a member may commit".to_owned())),
    };
    for proposal in commit.queued_proposals() {
        policy::allow(proposal)?;
    }
    let committed: Vec<_> = commit
        .queued_proposals()
        .map(QueuedProposal::proposal_reference_ref)
        .collect();
    if !pending
        .iter()
        .all(|proposed| committed.contains(&&proposed.reference))
    {
        return Err(Error::CommitRequired);
    }
    let path = commit
        .update_path_leaf_node()
        .ok_or_else(|| Error::Invalid("the commit must renew the committer's keys".to_owned()))?;
    let policy = GroupPolicy::of(before.group_context())?;
    let mut roster = roster(before)?;
    let unknown = || Error::Invalid("the commit names an empty leaf".to_owned());
    let by = enter(path)?;
    let mut revoked = Vec::new();
    let removed = commit
        .remove_proposals()
        .map(|proposal| {
            let leaf = proposal.remove_proposal().removed();
            let removed = roster.remove(&leaf).ok_or_else(unknown)?;
            if matches!(proposal.sender(), Sender::Member(_)) {
                policy.allow_change(&by, &removed)?;
            } else {
                revoked.push(removed.clone());
            }
            Ok(removed)
        })
        .collect::<Result<Vec<_>>>()?;
    let old = roster.insert(*committer, by.clone()).ok_or_else(unknown)?;
    if old.device != by.device {
        return Err(CredentialError::IdentityMismatch.into());
    }
    // A renewed certificate is for the same key: entries are signed by it, too.
    if old.public_key != by.public_key {
        return Err(CredentialError::KeyMismatch.into());
    }
    let added = commit
        .add_proposals()
        .map(|proposal| enter(proposal.add_proposal().key_package().leaf_node()))
        .collect::<Result<Vec<_>>>()?;
    added.iter().try_for_each(|device| {
        policy.admit(device)?;
        policy.allow_change(&by, device)
    })?;
    let successor = successor(commit)?;
    if let Some(successor) = &successor {
        if !added.is_empty() || removed.len() != revoked.len() {
            return Err(Error::Invalid(
                "a commit that sets the policy must not change the team".to_owned(),
            ));
        }
        policy.allow_successor(successor, &by, roster.values())?;
    }
    distinct(roster.values().chain(&added))?;
    Ok(Effects {
        added,
        removed,
        revoked,
        policy: successor,
        ..Effects::of(&by, commit.epoch().as_u64())
    })
}

/// The policy that a commit sets.
fn successor(commit: &MlsCommit) -> Result<Option<GroupPolicy>> {
    commit
        .queued_proposals()
        .find_map(|proposal| match proposal.proposal() {
            Proposal::GroupContextExtensions(next) => {
                Some(GroupPolicy::of_extensions(next.extensions()))
            }
            _ => None,
        })
        .transpose()
}

/// Whom each leaf names.
pub(crate) fn roster(group: &PublicGroup) -> Result<BTreeMap<LeafNodeIndex, Identity>> {
    group
        .members()
        .map(|leaf| {
            let identity = Chain::from_credential(&leaf.credential)?.named()?;
            Ok((leaf.index, identity))
        })
        .collect()
}

/// No device twice: removing it would leave the other leaf in the group.
pub(crate) fn distinct<'a>(identities: impl IntoIterator<Item = &'a Identity>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for identity in identities {
        let device = identity.device.device;
        if !seen.insert(device) {
            return Err(Error::DuplicateMember(device));
        }
    }
    Ok(())
}
