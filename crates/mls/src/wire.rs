//! Reading MLSMessages (RFC 9420 §6) strictly: the whole input, and the expected kind.

use openmls::prelude::{
    ContentType, KeyPackageIn, MlsMessageBodyIn, MlsMessageIn, ProtocolMessage, RatchetTreeIn,
    Sender, Welcome, group_info::VerifiableGroupInfo,
};
use relais_types::GroupId;
use tls_codec::Deserialize as _;

use crate::{Error, Result};

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

/// A commit as PublicMessage, the server's proposal as PublicMessage, or content as
/// PrivateMessage; nothing else may be in a log.
pub(crate) fn protocol_message(bytes: &[u8]) -> Result<ProtocolMessage> {
    match message(bytes)? {
        MlsMessageBodyIn::PublicMessage(message)
            if message.content_type() == ContentType::Commit =>
        {
            Ok(message.into())
        }
        MlsMessageBodyIn::PublicMessage(message)
            if message.content_type() == ContentType::Proposal
                && matches!(message.sender(), Sender::External(_)) =>
        {
            Ok(message.into())
        }
        MlsMessageBodyIn::PrivateMessage(message)
            if message.content_type() == ContentType::Application =>
        {
            Ok(message.into())
        }
        _ => Err(unexpected(
            "a public commit, a proposal of the server or a private application message",
        )),
    }
}

pub(crate) fn ratchet_tree(bytes: &[u8]) -> Result<RatchetTreeIn> {
    RatchetTreeIn::tls_deserialize_exact(bytes)
        .map_err(|_| Error::Invalid("the bytes are not one ratchet tree".to_owned()))
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
