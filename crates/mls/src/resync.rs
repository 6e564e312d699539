//! Rejoining a group that this device is a member of, but can no longer follow.
//!
//! An external commit (RFC 9420 §12.4.3.2) begins a new epoch without the secrets of the one
//! before. Here it serves one purpose: a device replaces its own leaf by a new one. It holds
//! an `ExternalInit` and the Remove of that leaf, and nothing else; the new leaf has the same
//! device, person and signature key. Whoever is not a member cannot become one like this, and
//! nobody can do it for another.
//!
//! The commit is made in a state of its own, beside the group's, and takes its place when the
//! log shows it: until then the group stays where it is.
//!
//! An external commit cannot contain the removals that the server has proposed, since it takes
//! no proposals by reference. It is valid all the same while one is pending, unless it comes
//! from a device that is to be removed: otherwise a group whose members have all lost track
//! could never go on. The server proposes what was left out again, right after it.

use bytes::Bytes;
use openmls::{
    group::PublicGroup,
    prelude::{
        LeafNode, LeafNodeIndex, LeafNodeParameters, MlsGroup, OpenMlsProvider as _, Proposal,
        StagedCommit as MlsCommit,
    },
};
use relais_types::{DeviceName, GroupId};

use crate::{
    Chain, CredentialError, EpochChange, Error, GroupPolicy, Identity, Mls, Result, StagedCommit,
    State,
    commit::{Effects, roster},
    device::to_bytes,
    group::{load, load_active},
    group_policy, policy,
    removal::Pending,
    storage::Provider,
    validator::Shown,
    wire::{self, invalid},
};

/// Longest note that a device may add about what it missed, in bytes.
pub const MAX_RESYNC_NOTE: usize = 1024;

impl Mls {
    /// Makes the external commit that replaces this device's leaf in the group that
    /// `group_info` and `ratchet_tree` describe, which must be the one that this device has
    /// followed ([`Mls::follow`]). The group that it leads to is kept beside the present one; an
    /// earlier one is replaced. Everybody can read `note`.
    ///
    /// # Errors
    /// [`Error::NothingStaged`] unless the group is followed; [`Error::WrongEpoch`] if what
    /// was given is of another epoch than the followed state: follow on, or ask again;
    /// [`Error::Removed`] if the device is not in the group any more; [`Error::Invalid`] for any
    /// other group than the followed one.
    pub fn stage_resync(
        &self,
        state: &mut State,
        group: GroupId,
        group_info: &[u8],
        ratchet_tree: &[u8],
        note: &[u8],
    ) -> Result<StagedCommit> {
        if note.len() > MAX_RESYNC_NOTE {
            return Err(Error::Invalid(
                "the note about what was missed is too long".to_owned(),
            ));
        }
        let (_, followed) = self.followed(state, group)?;
        let members = roster(&followed)?;
        if !members
            .values()
            .any(|member| member.public_key == self.identity.public_key)
        {
            return Err(Error::Removed);
        }
        let info = wire::group_info(group_info)?;
        let shown = Shown::read(&info)?;
        shown.allow()?;
        let (epoch, current) = (shown.epoch(), followed.group_context().epoch().as_u64());
        if epoch != current {
            return Err(Error::WrongEpoch {
                group: current,
                message: epoch,
            });
        }
        if !shown.describes(&followed) {
            return Err(Error::Invalid(
                "what the server holds is not the group that its log has led to".to_owned(),
            ));
        }
        let tree = wire::ratchet_tree(ratchet_tree)?;
        let mut scratch = State::default();
        let (commit, welcome, group_info) = {
            let provider = Provider::writing(&self.crypto, &mut scratch);
            let builder = MlsGroup::external_commit_builder()
                .with_ratchet_tree(tree)
                .with_config(policy::join_config())
                .with_aad(note.to_vec())
                .skip_lifetime_validation()
                .build_group(&provider, info, self.credential())
                .map_err(invalid)?;
            let leaf = LeafNodeParameters::builder().with_capabilities(policy::capabilities());
            let (_, bundle) = builder
                .leaf_node_parameters(leaf.build())
                .load_psks(provider.storage())
                .map_err(invalid)?
                .create_group_info(true)
                .use_ratchet_tree_extension(false)
                .build(provider.rand(), provider.crypto(), &self.key, |_| true)
                .map_err(invalid)?
                .finalize(&provider)
                .map_err(invalid)?;
            bundle.into_messages()
        };
        let group_info = group_info
            .ok_or_else(|| Error::Invalid("the commit came without GroupInfo".to_owned()))?;
        let staged = StagedCommit {
            epoch,
            commit: to_bytes(&commit)?,
            welcome: welcome.as_ref().map(to_bytes).transpose()?,
            group_info: to_bytes(&group_info)?,
        };
        state.atomically(|state| {
            self.discard_resync(state, group);
            for (key, value) in scratch.scan(b"") {
                state.put(beside(group, key), value.to_vec());
            }
            Ok(staged)
        })
    }

    /// The resync won: the group that it leads to takes the place of the one that could not be
    /// followed, whose secrets are deleted.
    ///
    /// # Errors
    /// [`Error::NothingStaged`], [`Error::UnknownGroup`].
    pub fn merge_resync(&self, state: &mut State, group: GroupId) -> Result<EpochChange> {
        let prefix = beside(group, b"");
        let rows: Vec<_> = state
            .scan(&prefix)
            .map(|(key, value)| (key[prefix.len()..].to_vec(), value.to_vec()))
            .collect();
        if rows.is_empty() {
            return Err(Error::NothingStaged);
        }
        state.atomically(|state| {
            self.forget_group(state, group);
            self.stop_following(state, group);
            self.discard_resync(state, group);
            for (key, value) in rows {
                state.put(key, value);
            }
            let rejoined = load_active(&Provider::reading(&self.crypto, state), group)?;
            let mut change =
                Effects::of(&self.identity, rejoined.epoch().as_u64()).into_change(&rejoined);
            change.resynced = Some(Bytes::new());
            Ok(change)
        })
    }

    /// The resync lost, or is to be made anew: what it led to is deleted.
    pub fn discard_resync(&self, state: &mut State, group: GroupId) {
        let prefix = beside(group, b"");
        let keys: Vec<_> = state.scan(&prefix).map(|(key, _)| key.to_vec()).collect();
        for key in keys {
            state.delete(&key);
        }
    }

    /// Whose signature a commit bears that this device cannot process; `None` if that cannot
    /// be told, because no member of the present epoch has signed it.
    ///
    /// It is what the server could check, too: the member's signature, the certificates and the
    /// tree, not what takes the group's secrets.
    pub fn signer_of(&self, state: &State, group: GroupId, commit: &[u8]) -> Option<DeviceName> {
        let group = load(&Provider::reading(&self.crypto, state), group).ok()?;
        let message = wire::protocol_message(commit).ok()?;
        let processed = group
            .public_group()
            .process_message(&self.crypto, message)
            .ok()?;
        let chain = Chain::from_credential(processed.credential()).ok()?;
        Some(chain.named().ok()?.device)
    }
}

/// Where a row of the group that a resync leads to is kept until the log shows the resync.
fn beside(group: GroupId, key: &[u8]) -> Vec<u8> {
    [b"mls/resync/", group.as_bytes().as_slice(), b"/", key].concat()
}

/// Checks an external commit that OpenMLS found sound: a device of the group replaces its own
/// leaf, and nothing else.
///
/// # Errors
/// [`Error::Invalid`] for anything but one `ExternalInit` and one Remove by value;
/// [`Error::Credential`] unless the new leaf is of the device, person and key of the removed
/// one; [`Error::Policy`] if the group does not admit it; [`Error::CommitRequired`] if the
/// server has proposed to remove it.
pub(crate) fn inspect(
    commit: &MlsCommit,
    before: &PublicGroup,
    pending: &[Pending],
    enter: impl Fn(&LeafNode) -> Result<Identity>,
) -> Result<Effects> {
    let (mut inits, mut replaced) = (0, Vec::new());
    for proposal in commit.queued_proposals() {
        policy::allow(proposal)?;
        match proposal.proposal() {
            Proposal::ExternalInit(_) => inits += 1,
            Proposal::Remove(remove) => replaced.push(remove.removed()),
            _ => return Err(only_itself()),
        }
    }
    let (1, [replaced]) = (inits, replaced.as_slice()) else {
        return Err(only_itself());
    };
    let path = commit.update_path_leaf_node().ok_or_else(only_itself)?;
    group_policy::check_support(path)?;
    let by = enter(path)?;
    let old = roster(before)?
        .remove(replaced)
        .ok_or_else(|| Error::Invalid("the commit names an empty leaf".to_owned()))?;
    if old.device != by.device {
        return Err(CredentialError::IdentityMismatch.into());
    }
    if old.public_key != by.public_key {
        return Err(CredentialError::KeyMismatch.into());
    }
    if pending.iter().any(|proposed| proposed.leaf == *replaced) {
        return Err(Error::CommitRequired);
    }
    GroupPolicy::of(before.group_context())?.admit(&by)?;
    Ok(Effects {
        resync: true,
        ..Effects::of(&by, commit.epoch().as_u64())
    })
}

/// The leaf of a device that has just replaced its own.
pub(crate) fn leaf_of(group: &PublicGroup, device: &Identity) -> Result<LeafNodeIndex> {
    roster(group)?
        .into_iter()
        .find(|(_, member)| member.device == device.device)
        .map(|(leaf, _)| leaf)
        .ok_or_else(|| Error::Invalid("the committer has no leaf".to_owned()))
}

fn only_itself() -> Error {
    Error::Invalid(
        "whoever is outside may only replace a leaf of their own: ask a member to add you"
            .to_owned(),
    )
}

#[cfg(test)]
mod tests;
