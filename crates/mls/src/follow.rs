//! Following a group in public.
//!
//! A device that cannot process a commit has no keys for what comes after it. It can still do
//! what the server does: check every handshake of the log against the group's public state,
//! which needs no secrets. So when it rejoins, it knows by itself which group it is that it
//! rejoins: the one that its own group became, by commits that its members signed and that its
//! policy allows. The server's word for it is not needed, and would not be enough.
//!
//! What only members can find bad (RFC 9420 §6.2, §8.1) passes: that is how the device got here.

use openmls::{
    group::PublicGroup,
    prelude::{OpenMlsProvider as _, ProcessedMessageContent},
};
use openmls_rust_crypto::RustCrypto;
use relais_types::{DeviceName, GroupId, Timestamp};

use crate::{
    Error, Mls, Processed, Result, State,
    commit::{inspect, roster},
    group::load_active,
    removal::{check_proposal, pending},
    storage::{self, Provider, group_prefix},
    wire::{self, invalid},
};

impl Mls {
    /// Begins to follow the group in public, from the epoch that this device is in.
    ///
    /// # Errors
    /// [`Error::UnknownGroup`], [`Error::Removed`].
    pub fn begin_following(&self, state: &mut State, group: GroupId) -> Result<()> {
        load_active(&Provider::reading(&self.crypto, state), group)?;
        self.stop_following(state, group);
        for name in storage::PUBLIC {
            let key = [group_prefix(group).as_slice(), name.as_bytes()].concat();
            if let Some(value) = state.get(&key).map(<[u8]>::to_vec) {
                state.put(beside(group, &key), value);
            }
        }
        Ok(())
    }

    /// Checks one handshake of the log as the server does, and follows it.
    ///
    /// `at` is when the server accepted it, or now if that is earlier.
    ///
    /// # Errors
    /// [`Error::NothingStaged`] unless the group is followed; [`Error::WrongEpoch`];
    /// [`Error::Credential`], [`Error::Policy`], [`Error::CommitRequired`],
    /// [`Error::Invalid`] for what the server should have refused.
    pub fn follow(
        &self,
        state: &mut State,
        group: GroupId,
        message: &[u8],
        at: Timestamp,
    ) -> Result<Processed> {
        let (mut scratch, mut followed) = self.followed(state, group)?;
        let message = wire::protocol_message(message)?;
        let (current, epoch) = (
            followed.group_context().epoch().as_u64(),
            message.epoch().as_u64(),
        );
        if wire::group_id(message.group_id())? != group {
            return Err(Error::Invalid("the message is of another group".to_owned()));
        }
        if epoch != current {
            return Err(Error::WrongEpoch {
                group: current,
                message: epoch,
            });
        }
        let crypto = RustCrypto::default();
        let processed = followed
            .process_message(&crypto, message)
            .map_err(invalid)?;
        let sender = processed.sender().clone();
        let note = processed.aad().to_vec();
        let outcome = {
            let provider = Provider::writing(&self.crypto, &mut scratch);
            match processed.into_content() {
                ProcessedMessageContent::StagedCommitMessage(commit) => {
                    let queued = followed.queued_proposals(provider.storage())?;
                    let pending = pending(queued.iter().map(|(_, proposal)| proposal));
                    let effects = inspect(&commit, &followed, &pending, &sender, |leaf| {
                        self.anchors
                            .verify_leaf(leaf.credential(), leaf.signature_key(), at)
                    })?;
                    followed
                        .merge_commit(provider.storage(), *commit)
                        .map_err(invalid)?;
                    let resynced = effects.resync;
                    let mut change = effects.into_public_change(&self.identity);
                    change.resynced = resynced.then(|| note.into());
                    Processed::Commit(change)
                }
                ProcessedMessageContent::ProposalMessage(proposal) => {
                    let device = check_proposal(&proposal, &followed)?.device;
                    followed.add_proposal(provider.storage(), *proposal)?;
                    Processed::RemovalProposed(device)
                }
                _ => return Err(wire::unexpected("a handshake")),
            }
        };
        self.stop_following(state, group);
        for (key, value) in scratch.scan(b"") {
            state.put(beside(group, key), value.to_vec());
        }
        Ok(outcome)
    }

    /// The devices of the followed group, in the order of their leaves.
    ///
    /// # Errors
    /// [`Error::NothingStaged`] unless the group is followed.
    pub fn followed_members(&self, state: &State, group: GroupId) -> Result<Vec<DeviceName>> {
        let (_, followed) = self.followed(state, group)?;
        let members = roster(&followed)?.into_values();
        Ok(members.map(|member| member.device).collect())
    }

    /// Ends it.
    pub fn stop_following(&self, state: &mut State, group: GroupId) {
        let prefix = beside(group, b"");
        let keys: Vec<_> = state.scan(&prefix).map(|(key, _)| key.to_vec()).collect();
        for key in keys {
            state.delete(&key);
        }
    }

    /// What the group has become, and the rows that hold it.
    pub(crate) fn followed(&self, state: &State, group: GroupId) -> Result<(State, PublicGroup)> {
        let prefix = beside(group, b"");
        let rows: Vec<_> = state
            .scan(&prefix)
            .map(|(key, value)| (key[prefix.len()..].to_vec(), value.to_vec()))
            .collect();
        let scratch = State::from_rows(rows);
        let public = {
            let provider = Provider::reading(&self.crypto, &scratch);
            PublicGroup::load(provider.storage(), &wire::mls_group_id(group))?
        };
        public
            .map(|public| (scratch, public))
            .ok_or(Error::NothingStaged)
    }
}

/// Where a row of the public state is kept while the group is followed.
fn beside(group: GroupId, key: &[u8]) -> Vec<u8> {
    [b"mls/follow/", group.as_bytes().as_slice(), b"/", key].concat()
}
