//! Removals that the server proposes (RFC 9420 §12.1.8.1).
//!
//! When a device is revoked, the server proposes its removal in every group that it is in.
//! The proposal stands in the group's log; from there on nobody encrypts, and the next commit
//! must contain it. The server cannot remove anybody by itself: a member commits.

use openmls::prelude::{
    LeafNodeIndex, MlsGroup, Proposal, PublicGroup, QueuedProposal, Sender, SenderExtensionIndex,
    hash_ref::ProposalRef,
};
use relais_types::{DeviceName, GroupId};

use crate::{
    Error, Identity, Mls, Result, State,
    commit::roster,
    group::{load, load_active},
    storage::Provider,
};

/// The server's place among a group's external senders: it is the only one.
pub(crate) const REMOVER: u32 = 0;

impl Mls {
    /// Whose removal the server has proposed in the current epoch. While there is one, nothing
    /// can be encrypted, and the next commit will contain it.
    ///
    /// # Errors
    /// [`Error::UnknownGroup`].
    pub fn proposed_removals(&self, state: &State, group: GroupId) -> Result<Vec<DeviceName>> {
        let group = load(&Provider::reading(&self.crypto, state), group)?;
        let roster = roster(group.public_group())?;
        group
            .pending_proposals()
            .map(|proposal| Ok(removed(proposal, &roster)?.device))
            .collect()
    }

    /// Keeps a proposal from the log. A staged commit is dropped: it lacks this removal, so the
    /// server will not take it.
    pub(crate) fn keep_proposal(
        provider: &Provider<'_>,
        group: &mut MlsGroup,
        proposal: QueuedProposal,
    ) -> Result<DeviceName> {
        use openmls::prelude::OpenMlsProvider as _;
        let device = check_proposal(&proposal, group.public_group())?.device;
        group.clear_pending_commit(provider.storage())?;
        if !group.pending_proposals().any(|kept| same(kept, &proposal)) {
            group.store_pending_proposal(provider.storage(), proposal)?;
        }
        Ok(device)
    }

    /// # Errors
    /// [`Error::CommitRequired`] while a removal is proposed, [`Error::Removed`].
    pub(crate) fn load_settled(provider: &Provider<'_>, group: GroupId) -> Result<MlsGroup> {
        let group = load_active(provider, group)?;
        if group.has_pending_proposals() {
            return Err(Error::CommitRequired);
        }
        Ok(group)
    }
}

/// A proposal to remove a member, from the group's external sender; nothing else may be
/// proposed.
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn check_proposal(proposal: &QueuedProposal, group: &PublicGroup) -> Result<Identity> {
    if *proposal.sender() != Sender::External(SenderExtensionIndex::new(REMOVER)) {
        return Err(Error::Invalid(
            "only the server may propose outside a commit".to_owned(),
        ));
    }
    removed(proposal, &roster(group)?)
}

/// A removal that the server has proposed, and that no commit has made.
pub(crate) struct Pending {
    /// By which a commit contains it (RFC 9420 §5.2).
    pub(crate) reference: ProposalRef,
    /// Whose removal it is.
    pub(crate) leaf: LeafNodeIndex,
}

/// What a group's proposal store holds.
pub(crate) fn pending<'a>(proposals: impl IntoIterator<Item = &'a QueuedProposal>) -> Vec<Pending> {
    proposals
        .into_iter()
        .filter_map(|proposal| match proposal.proposal() {
            Proposal::Remove(remove) => Some(Pending {
                reference: proposal.proposal_reference_ref().clone(),
                leaf: remove.removed(),
            }),
            _ => None,
        })
        .collect()
}

/// Whether both propose to remove the same leaf.
fn same(one: &QueuedProposal, other: &QueuedProposal) -> bool {
    matches!(
        (one.proposal(), other.proposal()),
        (Proposal::Remove(one), Proposal::Remove(other)) if one.removed() == other.removed()
    )
}

fn removed(
    proposal: &QueuedProposal,
    roster: &std::collections::BTreeMap<openmls::prelude::LeafNodeIndex, Identity>,
) -> Result<Identity> {
    let Proposal::Remove(remove) = proposal.proposal() else {
        return Err(Error::Invalid(
            "the server may propose removals and nothing else".to_owned(),
        ));
    };
    roster
        .get(&remove.removed())
        .cloned()
        .ok_or_else(|| Error::Invalid("the proposal names an empty leaf".to_owned()))
}

#[cfg(test)]
mod tests;
