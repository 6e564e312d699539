//! Reading MLSMessages (RFC 9420 §6) strictly: the whole input, and the expected kind.

use openmls::prelude::{
    ContentType, KeyPackageIn, MlsMessageBodyIn, MlsMessageIn, ProtocolMessage, RatchetTreeIn,
    Welcome, group_info::VerifiableGroupInfo,
};
use relais_types::GroupId;
use tls_codec::{Deserialize as _, Size as _, VLBytes};

use crate::{Error, Result, policy::MAX_LEAF_BYTES};

fn message(bytes: &[u8]) -> Result<MlsMessageBodyIn> {
    MlsMessageIn::tls_deserialize_exact(bytes)
        .map(MlsMessageIn::extract)
        .map_err(|_| Error::Invalid("the bytes are not one MLSMessage".to_owned()))
}

pub(crate) fn key_package(bytes: &[u8]) -> Result<KeyPackageIn> {
    match message(bytes)? {
        MlsMessageBodyIn::KeyPackage(key_package) => Ok(key_package),
        _ => Err(unexpected("a key package")),
    }
}

pub(crate) fn welcome(bytes: &[u8]) -> Result<Welcome> {
    match message(bytes)? {
        MlsMessageBodyIn::Welcome(welcome) => Ok(welcome),
        _ => Err(unexpected("a Welcome")),
    }
}

pub(crate) fn group_info(bytes: &[u8]) -> Result<VerifiableGroupInfo> {
    match message(bytes)? {
        MlsMessageBodyIn::GroupInfo(group_info) => Ok(group_info),
        _ => Err(unexpected("a GroupInfo")),
    }
}

/// What an entry of a group's log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentKind {
    /// Content for the members: a PrivateMessage.
    Application,
    /// A commit, in the open.
    Commit,
    /// A proposal, in the open.
    Proposal,
}

/// Tells from its framing alone what an entry of a log holds, before any key is used for it.
///
/// The label that the server gives an entry is a claim: compare it with this first. Nothing
/// is decrypted or verified here.
///
/// # Errors
/// [`Error::Invalid`] for anything but one whole MLSMessage (RFC 9420 §6) that is a
/// PrivateMessage with application data, or a PublicMessage with a commit or a proposal.
pub fn content_kind(payload: &[u8]) -> Result<ContentKind> {
    match message(payload)? {
        MlsMessageBodyIn::PrivateMessage(message)
            if message.content_type() == ContentType::Application =>
        {
            Ok(ContentKind::Application)
        }
        MlsMessageBodyIn::PublicMessage(message) => match message.content_type() {
            ContentType::Commit => Ok(ContentKind::Commit),
            ContentType::Proposal => Ok(ContentKind::Proposal),
            ContentType::Application => Err(unexpected("private if it is an application message")),
        },
        _ => Err(unexpected(
            "a public commit or proposal, or a private application message",
        )),
    }
}

/// A commit as PublicMessage or content as PrivateMessage; nothing else may be in a log.
pub(crate) fn protocol_message(bytes: &[u8]) -> Result<ProtocolMessage> {
    match message(bytes)? {
        MlsMessageBodyIn::PublicMessage(message)
            if message.content_type() == ContentType::Commit =>
        {
            Ok(message.into())
        }
        MlsMessageBodyIn::PrivateMessage(message)
            if message.content_type() == ContentType::Application =>
        {
            Ok(message.into())
        }
        _ => Err(unexpected(
            "a public commit or a private application message",
        )),
    }
}

pub(crate) fn ratchet_tree(bytes: &[u8]) -> Result<RatchetTreeIn> {
    RatchetTreeIn::tls_deserialize_exact(bytes)
        .map_err(|_| Error::Invalid("the bytes are not one ratchet tree".to_owned()))
}

/// The ratchet tree of a group of one: a single node, the founder's leaf at index 0.
///
/// OpenMLS allocates and hashes a whole tree for however many blank nodes there are, at one
/// byte each, so the bytes are measured and told apart before it gets them.
pub(crate) fn founding_tree(bytes: &[u8]) -> Result<RatchetTreeIn> {
    /// Presence and type of a node that is a leaf (RFC 9420 §12.4.3.3).
    const LEAF: &[u8] = &[1, 1];
    /// That, and the length of the vector around it.
    const FRAMING: usize = 8;
    let single = || {
        let nodes = VLBytes::tls_deserialize_exact(bytes).ok()?;
        let leaf = nodes.as_slice().strip_prefix(LEAF)?;
        let tree = ratchet_tree(bytes).ok()?;
        let first = tree.leaves().next()?;
        (first.tls_serialized_len() == leaf.len()).then_some(tree)
    };
    (bytes.len() <= MAX_LEAF_BYTES + FRAMING)
        .then(single)
        .flatten()
        .ok_or_else(|| Error::Invalid("a new group's tree is its founder's leaf alone".to_owned()))
}

/// Our id for an MLS group id, which must be one of ours.
pub(crate) fn group_id(id: &openmls::group::GroupId) -> Result<GroupId> {
    GroupId::try_from(id.as_slice())
        .map_err(|_| Error::Invalid("the group id must have 16 bytes".to_owned()))
}

/// The MLS group id for ours.
pub(crate) fn mls_group_id(group: GroupId) -> openmls::group::GroupId {
    openmls::group::GroupId::from_slice(group.as_bytes())
}

pub(crate) fn unexpected(wanted: &str) -> Error {
    Error::Invalid(format!("the message must be {wanted}"))
}

/// What OpenMLS found, in its words, which hold no content.
pub(crate) fn invalid(error: impl std::fmt::Display) -> Error {
    Error::Invalid(error.to_string())
}

#[cfg(test)]
mod tests {
    use openmls::prelude::{MlsGroup, MlsMessageOut};
    use openmls_rust_crypto::OpenMlsRustCrypto;
    use tls_codec::Serialize as _;

    use super::*;
    use crate::{
        fixture::{Federation, group_of},
        policy,
    };

    #[test]
    fn the_kind_of_an_entry_is_told_from_its_framing() {
        let federation = Federation::new();
        let mut group = group_of(&federation, 2);
        let package = federation.device(3).key_package();
        let genesis = federation.device(4).create();
        let content = group[0].encrypt("Bonjour");
        let staged = group[0].stage(vec![package.clone()], vec![]);
        assert_eq!(content_kind(&content), Ok(ContentKind::Application));
        assert_eq!(content_kind(&staged.commit), Ok(ContentKind::Commit));

        let longer = [&content[..], &[0]].concat();
        let shorter = &staged.commit[..staged.commit.len() - 1];
        let welcome = staged.welcome.unwrap();
        for other in [
            &b""[..],
            &longer,
            shorter,
            &package,
            &welcome,
            &genesis.group_info,
            &genesis.ratchet_tree,
        ] {
            assert!(matches!(content_kind(other), Err(Error::Invalid(_))));
        }
    }

    #[test]
    fn a_proposal_is_told_in_the_open_and_refused_in_private() {
        let federation = Federation::new();
        let device = federation.device(1);
        let propose = |config: &openmls::prelude::MlsGroupCreateConfig| -> Vec<u8> {
            let provider = OpenMlsRustCrypto::default();
            let mut group = MlsGroup::new_with_group_id(
                &provider,
                &device.mls.key,
                config,
                mls_group_id(crate::fixture::GROUP),
                device.mls.credential(),
            )
            .unwrap();
            let parameters = openmls::prelude::LeafNodeParameters::builder().build();
            let (message, _): (MlsMessageOut, _) = group
                .propose_self_update(&provider, &device.mls.key, parameters)
                .unwrap();
            message.tls_serialize_detached().unwrap()
        };
        let lifetime = policy::lifetime(federation.now, device.mls.identity().not_after);
        let public = propose(&policy::create_config(lifetime));
        assert_eq!(content_kind(&public), Ok(ContentKind::Proposal));

        let private = propose(
            &openmls::prelude::MlsGroupCreateConfig::builder()
                .ciphersuite(policy::SUITE)
                .capabilities(policy::capabilities())
                .wire_format_policy(openmls::prelude::PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
                .build(),
        );
        assert!(matches!(content_kind(&private), Err(Error::Invalid(_))));
    }
}
