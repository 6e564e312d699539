//! Proposing the removal of devices that were revoked.

use openmls::{
    group::PublicGroup,
    prelude::{
        ExternalProposal, OpenMlsProvider as _, ProcessedMessageContent, Proposal,
        SenderExtensionIndex,
    },
};
use openmls_rust_crypto::RustCrypto;
use relais_types::DeviceId;

use super::public_state::{pack, unpack};
use crate::{
    Error, GroupPolicy, Result, SigningKey,
    commit::roster,
    device::to_bytes,
    removal::{REMOVER, check_proposal},
    storage::Provider,
    wire::{self, invalid},
};

/// Removals that may enter the log, each as one entry, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedRemovals {
    /// The epoch that they are made in.
    pub epoch: u64,
    /// The device to remove, and the PublicMessage that proposes it.
    pub proposals: Vec<(DeviceId, bytes::Bytes)>,
    /// What [`validate_commit`](crate::validate_commit) needs next; opaque.
    pub public_state: Vec<u8>,
}

/// Proposes to remove `devices`; from then on only a commit that contains these removals is
/// valid. Devices that are not in the group, or whose removal is proposed already, are skipped.
///
/// # Errors
/// [`Error::Policy`] if `key` is not the one that the group's policy names; [`Error::State`]
/// if `public_state` is not what this module returned.
pub fn propose_removals(
    public_state: &[u8],
    devices: &[DeviceId],
    key: &SigningKey,
) -> Result<ProposedRemovals> {
    let crypto = RustCrypto::default();
    let (id, mut state) = unpack(public_state)?;
    let mut proposals = Vec::new();
    let epoch = {
        let provider = Provider::writing(&crypto, &mut state);
        let mut group = PublicGroup::load(provider.storage(), &wire::mls_group_id(id))?
            .ok_or_else(|| Error::State("the group's rows are missing".to_owned()))?;
        if GroupPolicy::of(group.group_context())?.remover != key.public() {
            return Err(Error::Policy(
                "the group lets another key propose removals".to_owned(),
            ));
        }
        let mut roster = roster(&group)?;
        for (_, pending) in group.queued_proposals(provider.storage())? {
            if let Proposal::Remove(remove) = pending.proposal() {
                roster.remove(&remove.removed());
            }
        }
        for (leaf, member) in roster {
            let device = member.device.device;
            if !devices.contains(&device) {
                continue;
            }
            let message = ExternalProposal::new_remove::<Provider<'_>>(
                leaf,
                wire::mls_group_id(id),
                group.group_context().epoch(),
                key,
                SenderExtensionIndex::new(REMOVER),
            )
            .map_err(invalid)?;
            let message = to_bytes(&message)?;
            // Read back as members will read it.
            let processed = group
                .process_message(&crypto, wire::protocol_message(&message)?)
                .map_err(invalid)?;
            let ProcessedMessageContent::ProposalMessage(proposal) = processed.into_content()
            else {
                return Err(wire::unexpected("a proposal"));
            };
            check_proposal(&proposal, &group)?;
            group.add_proposal(provider.storage(), *proposal)?;
            proposals.push((device, message));
        }
        group.group_context().epoch().as_u64()
    };
    Ok(ProposedRemovals {
        epoch,
        proposals,
        public_state: pack(id, &state),
    })
}
