//! The server's side: what may enter a group's log, decided over its public state.
//!
//! The server holds the ratchet tree and the group context of each group, no secrets. That is
//! enough to verify every signature and the roster, and not enough to verify the
//! confirmation tag or to decrypt a path: a member who commits nonsense to those is noticed
//! by the other members.

#[cfg(test)]
mod bounds;
mod group_info;
mod public_state;
mod removals;
#[cfg(test)]
mod tests;

use openmls::{
    group::{ProposalStore, PublicGroup},
    prelude::{
        ContentType, OpenMlsProvider as _, ProcessedMessageContent, ProtocolMessage, Sender,
    },
};
use openmls_rust_crypto::RustCrypto;
use relais_types::{DeviceId, DeviceName, GroupId, Timestamp};
use tls_codec::Serialize as _;

use self::{
    group_info::check_group_info,
    public_state::{pack, unpack},
};
pub(crate) use group_info::Shown;
pub use removals::{ProposedRemovals, propose_removals};

use crate::{
    CredentialError, Error, GroupPolicy, Result, State, TrustAnchors,
    commit::inspect,
    device::check_key_package,
    policy::{self, SUITE},
    removal::pending,
    resync,
    storage::Provider,
    wire::{self, invalid},
};

/// A new group, as the server keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedGroup {
    /// The group.
    pub group: GroupId,
    /// What [`validate_commit`] needs next; opaque.
    pub public_state: Vec<u8>,
    /// Its members: the founder.
    pub members: Vec<DeviceName>,
}

/// A commit that may enter the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatedCommit {
    /// The epoch that it begins.
    pub epoch: u64,
    /// What [`validate_commit`] needs next; opaque.
    pub public_state: Vec<u8>,
    /// Who is added; the Welcome is for exactly these.
    pub added: Vec<DeviceName>,
    /// Who is removed.
    pub removed: Vec<DeviceId>,
    /// True if it only replaces the sender's own leaf, from outside.
    pub resync: bool,
    /// Whose removal is proposed and not in it, which only a resync may leave out. It has to be
    /// proposed again at once, in the new epoch.
    pub left_out: Vec<DeviceId>,
    /// The ratchet tree of the new epoch, for those who join at it.
    pub ratchet_tree: Vec<u8>,
}

/// A key package that may be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPackageInfo {
    /// Its hash reference (RFC 9420 §5.2), by which a Welcome names it.
    pub reference: Vec<u8>,
    /// True if it may be used more than once (RFC 9420 §16.8).
    pub last_resort: bool,
    /// From when on it must not be handed out: 12 weeks after it was made, or when its
    /// certificate expires.
    pub not_after: Timestamp,
}

/// What an application message shows of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationHeader {
    /// The group.
    pub group: GroupId,
    /// The epoch that it was encrypted in.
    pub epoch: u64,
}

/// Checks what a device sends to register a group: its signature, that its epoch is 0, that
/// its only member is a device whose certificate verifies, and that its policy admits that
/// device and names `remover` as the key that may propose removals. That the device is the
/// caller's remains to the caller.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Credential`], [`Error::Policy`].
pub fn open_group(
    group_info: &[u8],
    ratchet_tree: &[u8],
    remover: &[u8; 32],
    anchors: &TrustAnchors,
    now: Timestamp,
) -> Result<OpenedGroup> {
    let crypto = RustCrypto::default();
    let mut state = State::default();
    let group_info = wire::group_info(group_info)?;
    let shown = Shown::read(&group_info)?;
    if shown.epoch() != 0 {
        return Err(Error::Invalid("a new group is at epoch 0".to_owned()));
    }
    let tree = wire::founding_tree(ratchet_tree)?;
    let group = {
        let provider = Provider::writing(&crypto, &mut state);
        PublicGroup::from_external(
            provider.crypto(),
            provider.storage(),
            tree,
            group_info,
            ProposalStore::new(),
        )
        .map_err(invalid)?
        .0
    };
    let id = wire::group_id(group.group_id())?;
    let policy = GroupPolicy::of(group.group_context())?;
    if policy.remover != *remover {
        return Err(Error::Policy(
            "the group must let this server propose removals".to_owned(),
        ));
    }
    shown.allow()?;
    let members: Vec<_> = group.members().collect();
    let [founder] = members.as_slice() else {
        return Err(Error::Invalid(
            "a new group has one member: add the others by a commit".to_owned(),
        ));
    };
    let identity = anchors.verify_member(&founder.credential, &founder.signature_key, now)?;
    policy.admit(&identity)?;
    Ok(OpenedGroup {
        group: id,
        public_state: pack(id, &state),
        members: vec![identity.device],
    })
}

/// Checks a commit and everything that comes with it.
///
/// The commit must be a PublicMessage of the current epoch, signed by the leaf of `sender`,
/// and obey the rules that members apply, too (only Add and Remove, by value; every removal that
/// the server proposed, by reference; the group's policy; the committer's keys renewed under a certificate of the same device; every added certificate verified;
/// nobody twice). The GroupInfo must be signed by the committer, over exactly the state that
/// follows from the commit. The Welcome must be there if and only if somebody is added, for
/// exactly the added key packages.
///
/// # Errors
/// [`Error::WrongEpoch`], [`Error::CommitRequired`] if a proposed removal is missing,
/// [`Error::Credential`], [`Error::Policy`], [`Error::DuplicateMember`],
/// [`Error::Invalid`], [`Error::State`] if `public_state` is not what this module returned.
pub fn validate_commit(
    public_state: &[u8],
    commit: &[u8],
    welcome: Option<&[u8]>,
    group_info: &[u8],
    sender: DeviceId,
    anchors: &TrustAnchors,
    now: Timestamp,
) -> Result<ValidatedCommit> {
    let crypto = RustCrypto::default();
    let (id, mut state) = unpack(public_state)?;
    let provider = Provider::writing(&crypto, &mut state);
    let mut group = PublicGroup::load(provider.storage(), &wire::mls_group_id(id))?
        .ok_or_else(|| Error::State("the group's rows are missing".to_owned()))?;

    let message = public_commit(commit, &group, id)?;
    let processed = group.process_message(&crypto, message).map_err(invalid)?;
    let from = processed.sender().clone();
    let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
        return Err(wire::unexpected("a commit"));
    };
    let queued = group.queued_proposals(provider.storage())?;
    let pending = pending(queued.iter().map(|(_, proposal)| proposal));
    let effects = inspect(&staged, &group, &pending, &from, |leaf| {
        anchors.verify_leaf(leaf.credential(), leaf.signature_key(), now)
    })?;
    if effects.by.device.device != sender {
        return Err(Error::Invalid(
            "the commit is of another device than the one that sent it".to_owned(),
        ));
    }
    let references = staged
        .add_proposals()
        .map(|add| {
            let package = add.add_proposal().key_package();
            policy::usable_until(package, now)?;
            let reference = package.hash_ref(&crypto);
            reference.map(|it| it.as_slice().to_vec()).map_err(invalid)
        })
        .collect::<Result<Vec<_>>>()?;
    check_welcome(welcome, references)?;

    let epoch = staged.epoch().as_u64();
    group
        .merge_commit(provider.storage(), *staged)
        .map_err(invalid)?;
    let committer = match from {
        Sender::Member(committer) => committer,
        _ => resync::leaf_of(&group, &effects.by)?,
    };
    check_group_info(&wire::group_info(group_info)?, &group, committer, &crypto)?;
    let ratchet_tree = group
        .export_ratchet_tree()
        .tls_serialize_detached()
        .map_err(invalid)?;
    if ratchet_tree.len() > policy::MAX_TREE_BYTES {
        return Err(Error::Invalid(format!(
            "the group would have a ratchet tree of more than {} bytes: remove devices first",
            policy::MAX_TREE_BYTES
        )));
    }
    Ok(ValidatedCommit {
        epoch,
        public_state: pack(id, &state),
        added: effects.added.into_iter().map(|it| it.device).collect(),
        removed: effects
            .removed
            .into_iter()
            .map(|it| it.device.device)
            .collect(),
        resync: effects.resync,
        left_out: effects
            .left_out
            .into_iter()
            .map(|it| it.device.device)
            .collect(),
        ratchet_tree,
    })
}

/// Checks a key package that `owner` publishes.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Credential`] if its certificate does not verify or names
/// another device.
pub fn validate_key_package(
    bytes: &[u8],
    owner: &DeviceName,
    anchors: &TrustAnchors,
    now: Timestamp,
) -> Result<KeyPackageInfo> {
    let crypto = RustCrypto::default();
    let (package, identity) = check_key_package(wire::key_package(bytes)?, &crypto, anchors, now)?;
    if identity.device != *owner {
        return Err(CredentialError::IdentityMismatch.into());
    }
    let reference = package.hash_ref(&crypto).map_err(invalid)?;
    Ok(KeyPackageInfo {
        reference: reference.as_slice().to_vec(),
        last_resort: package.last_resort(),
        not_after: policy::usable_until(&package, now)?,
    })
}

/// What an application message shows: a PrivateMessage with application data, nothing else.
///
/// # Errors
/// [`Error::Invalid`] for anything else.
pub fn application_header(payload: &[u8]) -> Result<ApplicationHeader> {
    match wire::protocol_message(payload)? {
        ProtocolMessage::PrivateMessage(message) => Ok(ApplicationHeader {
            group: wire::group_id(message.group_id())?,
            epoch: message.epoch().as_u64(),
        }),
        ProtocolMessage::PublicMessage(_) => Err(wire::unexpected("a private application message")),
    }
}

/// Reads a commit and compares its group and epoch first, so that a stale one says so.
fn public_commit(commit: &[u8], group: &PublicGroup, id: GroupId) -> Result<ProtocolMessage> {
    let message = wire::protocol_message(commit)?;
    if message.content_type() != ContentType::Commit {
        return Err(wire::unexpected("a public commit"));
    }
    if wire::group_id(message.group_id())? != id {
        return Err(Error::Invalid("the commit is of another group".to_owned()));
    }
    let (current, epoch) = (
        group.group_context().epoch().as_u64(),
        message.epoch().as_u64(),
    );
    if epoch != current {
        return Err(Error::WrongEpoch {
            group: current,
            message: epoch,
        });
    }
    Ok(message)
}

/// A Welcome if and only if somebody is added, for exactly the added key packages.
fn check_welcome(welcome: Option<&[u8]>, mut added: Vec<Vec<u8>>) -> Result<()> {
    let mut invited = match welcome {
        None => Vec::new(),
        Some(bytes) => {
            let welcome = wire::welcome(bytes)?;
            if welcome.ciphersuite() != SUITE {
                return Err(Error::Invalid(
                    "the Welcome is of another cipher suite".to_owned(),
                ));
            }
            if welcome.secrets().is_empty() {
                return Err(Error::Invalid("the Welcome is for nobody".to_owned()));
            }
            welcome
                .secrets()
                .iter()
                .map(|secret| secret.new_member().as_slice().to_vec())
                .collect()
        }
    };
    added.sort();
    invited.sort();
    if added == invited {
        Ok(())
    } else {
        Err(Error::Invalid(
            "the Welcome must be for exactly the added key packages".to_owned(),
        ))
    }
}
