//! Messages: encrypting one's own, processing everybody else's.

use bytes::Bytes;
use openmls::prelude::{
    MlsGroup, ProcessMessageError, ProcessedMessageContent, ProtocolMessage, Sender,
    ValidationError,
};
use relais_types::{DeviceName, GroupId, Timestamp};

use crate::{
    Chain, EpochChange, Error, Identity, Mls, Result, State, claim,
    commit::inspect,
    device::to_bytes,
    framing,
    group::load_active,
    removal::pending,
    storage::{Provider, StorageError},
    wire::{self, invalid},
};

/// A message for the server to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encrypted {
    /// The epoch that it was encrypted in.
    pub epoch: u64,
    /// The PrivateMessage.
    pub ciphertext: Bytes,
}

/// What a message from the group's log was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Processed {
    /// Content.
    Application {
        /// Who signed it, as the group knew them in its epoch.
        sender: Identity,
        /// The sender's certificate chain, to keep as evidence.
        chain: Chain,
        /// The content, without padding.
        plaintext: Vec<u8>,
    },
    /// Another member's commit, already merged. A staged own commit is gone with it.
    Commit(EpochChange),
    /// The server proposes to remove this revoked device. A staged own commit is gone; the next
    /// one will contain the removal.
    RemovalProposed(DeviceName),
}

impl Mls {
    /// Encrypts `plaintext`, padded, for the members of the current epoch.
    ///
    /// # Errors
    /// [`Error::CommitRequired`], [`Error::Removed`], [`Error::UnknownGroup`],
    /// [`Error::Invalid`] from 4 GiB on.
    pub fn encrypt(
        &self,
        state: &mut State,
        group: GroupId,
        plaintext: &[u8],
    ) -> Result<Encrypted> {
        let framed = framing::frame(plaintext)?;
        state.atomically(|state| {
            let provider = Provider::writing(&self.crypto, state);
            let id = group;
            let mut group = Self::load_settled(&provider, id)?;
            group.set_aad(claim::make(&self.identity, &self.key, id, &group));
            let message = group
                .create_message(&provider, &self.key, &framed)
                .map_err(invalid)?;
            Ok(Encrypted {
                epoch: group.epoch().as_u64(),
                ciphertext: to_bytes(&message)?,
            })
        })
    }

    /// Processes one entry of the group's log: decrypts content, verifies and merges another
    /// member's commit, or keeps a removal that the server proposes.
    ///
    /// `at` is when the server accepted the entry, or now if that is earlier. Certificates are
    /// verified at that time: a member who was away for long must be able to follow what was
    /// right when it happened. A lying server could thus pass an expired certificate for a
    /// valid one, but never one of another root, name or key.
    ///
    /// # Errors
    /// [`Error::OwnMessage`], [`Error::WrongEpoch`], [`Error::SecretGone`], [`Error::Removed`],
    /// [`Error::UnknownGroup`], [`Error::Credential`] if a commit brings in a leaf whose
    /// certificate does not verify, [`Error::Forked`], [`Error::Invalid`].
    pub fn process(
        &self,
        state: &mut State,
        group: GroupId,
        message: &[u8],
        at: Timestamp,
    ) -> Result<Processed> {
        let message = wire::protocol_message(message)?;
        if wire::group_id(message.group_id())? != group {
            return Err(Error::Invalid("the message is of another group".to_owned()));
        }
        state.atomically(|state| {
            let provider = Provider::writing(&self.crypto, state);
            let id = group;
            let mut group = load_active(&provider, id)?;
            check_epoch(&group, &message)?;
            let claim = claim_of(&group, &message);
            let processed = group.process_message(&provider, message);
            let processed = processed.map_err(|error| {
                let forked = claim::contradicted_by(&claim, id, &group);
                forked.map_or_else(|| process_error(error), |by| Error::Forked(by.into()))
            })?;
            let sender = processed.sender().clone();
            let credential = processed.credential().clone();
            let pending = pending(group.pending_proposals());
            let note = processed.aad().to_vec();
            match processed.into_content() {
                ProcessedMessageContent::ApplicationMessage(content) => {
                    let chain = Chain::from_credential(&credential)?;
                    Ok(Processed::Application {
                        sender: chain.named()?,
                        chain,
                        plaintext: framing::unframe(&content.into_bytes())?.to_vec(),
                    })
                }
                ProcessedMessageContent::StagedCommitMessage(commit) => {
                    let effects =
                        inspect(&commit, group.public_group(), &pending, &sender, |leaf| {
                            self.anchors
                                .verify_leaf(leaf.credential(), leaf.signature_key(), at)
                        })?;
                    group
                        .merge_staged_commit(&provider, *commit)
                        .map_err(invalid)?;
                    let resynced = effects.resync;
                    let mut change = effects.into_change(&group);
                    change.resynced = resynced.then(|| note.into());
                    Ok(Processed::Commit(change))
                }
                ProcessedMessageContent::ProposalMessage(proposal) => {
                    let device = Self::keep_proposal(&provider, &mut group, *proposal)?;
                    Ok(Processed::RemovalProposed(device))
                }
                ProcessedMessageContent::OwnPrivateMessage => Err(Error::OwnMessage),
                _ => Err(Error::Invalid(
                    "the message is neither content, a commit nor a removal".to_owned(),
                )),
            }
        })
    }
}

/// The statement of a message of the current epoch; empty for everything else.
fn claim_of(group: &MlsGroup, message: &ProtocolMessage) -> Vec<u8> {
    match message {
        ProtocolMessage::PrivateMessage(message) if message.epoch() == group.epoch() => {
            message.aad().to_vec()
        }
        _ => Vec::new(),
    }
}

/// Handshakes are of the current epoch, content of that or an earlier one; and a commit that
/// claims our leaf is ours, or a forgery that the comparison with the staged one will find.
fn check_epoch(group: &MlsGroup, message: &ProtocolMessage) -> Result<()> {
    let (current, epoch) = (group.epoch().as_u64(), message.epoch().as_u64());
    let possible = match message {
        ProtocolMessage::PublicMessage(_) => epoch == current,
        ProtocolMessage::PrivateMessage(_) => epoch <= current,
    };
    if !possible {
        return Err(Error::WrongEpoch {
            group: current,
            message: epoch,
        });
    }
    match message {
        ProtocolMessage::PublicMessage(message)
            if *message.sender() == Sender::Member(group.own_leaf_index()) =>
        {
            Err(Error::OwnMessage)
        }
        _ => Ok(()),
    }
}

fn process_error(error: ProcessMessageError<StorageError>) -> Error {
    use ProcessMessageError as E;
    use ValidationError as V;
    use openmls::framing::errors::{MessageDecryptionError, SecretTreeError as Tree};
    match error {
        E::ValidationError(
            V::NoPastEpochData
            | V::UnableToDecrypt(
                MessageDecryptionError::GenerationOutOfBound
                | MessageDecryptionError::SecretTreeError(
                    Tree::TooDistantInThePast | Tree::SecretReuseError,
                ),
            ),
        ) => Error::SecretGone,
        E::StorageError(error) => error.into(),
        other => invalid(other),
    }
}
