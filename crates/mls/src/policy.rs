//! What every group of Relais has in common: suite, windows, and which handshakes are allowed.

use std::time::Duration;

use openmls::prelude::{
    Capabilities, Ciphersuite, CredentialType, ExtensionType, Extensions, GroupContext, KeyPackage,
    LeafNode, Lifetime, MlsGroupCreateConfig, MlsGroupJoinConfig,
    PURE_PLAINTEXT_WIRE_FORMAT_POLICY, Proposal, ProposalOrRefType, QueuedProposal, Sender,
    SenderRatchetConfiguration,
};
use relais_types::Timestamp;
use tls_codec::Size as _;

use crate::{Error, Result, group_policy};

/// `MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519` (RFC 9420 §17.1).
pub(crate) const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// How many past epochs stay readable. The server accepts messages of the current epoch and
/// the one before, so a member meets at most one past epoch; the second is slack.
pub const MAX_PAST_EPOCHS: usize = 2;

/// How many generations behind its sender's newest a message may arrive.
pub const OUT_OF_ORDER_TOLERANCE: u32 = 32;

/// How many generations may be missing before a message: sends that failed after encryption.
pub const MAXIMUM_FORWARD_DISTANCE: u32 = 2_000;

/// How long after it was made a key package may be used to add its device (RFC 9420 §10.1
/// asks applications to set this).
///
/// The lifetime inside a key package is longer, as long as its certificate's: OpenMLS refuses
/// an Add whose lifetime has passed, also when a member that was away processes it late. So
/// whoever adds, and the server, check the age; whoever catches up does not.
pub const KEY_PACKAGE_LIFETIME: Duration = Duration::from_hours(12 * 7 * 24);

/// Largest leaf in bytes: two certificates of 2 KiB at most, keys, a signature, and as much
/// again. A leaf sits in every tree of its group and is sent to everybody who joins.
pub(crate) const MAX_LEAF_BYTES: usize = 8 * 1024;

/// Largest serialized ratchet tree in bytes, some 1,500 devices: the server keeps and serves
/// one per epoch with joiners.
pub(crate) const MAX_TREE_BYTES: usize = 2 * 1024 * 1024;

/// Key packages begin this much before they are made, for clocks that run late.
pub(crate) const KEY_PACKAGE_MARGIN: Duration = Duration::from_hours(1);

/// Handshakes as PublicMessage, so that the server can validate them; the policy has no say
/// over content, which OpenMLS always sends as PrivateMessage. The ratchet tree travels
/// beside the Welcome, once per epoch and not once per member.
pub(crate) fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .sender_ratchet_configuration(ratchets())
        .max_past_epochs(MAX_PAST_EPOCHS)
        .use_ratchet_tree_extension(false)
        .build()
}

/// As [`join_config`], for a group with these context extensions, whose founding leaf lives
/// for `lifetime`.
pub(crate) fn create_config(
    lifetime: Lifetime,
    extensions: Extensions<GroupContext>,
) -> MlsGroupCreateConfig {
    MlsGroupCreateConfig::builder()
        .ciphersuite(SUITE)
        .capabilities(capabilities())
        .lifetime(lifetime)
        .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .sender_ratchet_configuration(ratchets())
        .max_past_epochs(MAX_PAST_EPOCHS)
        .use_ratchet_tree_extension(false)
        .with_group_context_extensions(extensions)
        .build()
}

fn ratchets() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(OUT_OF_ORDER_TOLERANCE, MAXIMUM_FORWARD_DISTANCE)
}

/// What our leaves say they support (RFC 9420 §7.2): one suite, X.509 credentials only, and
/// group policies.
pub(crate) fn capabilities() -> Capabilities {
    Capabilities::new(
        None,
        Some(&[SUITE]),
        Some(&[ExtensionType::LastResort, group_policy::extension_type()]),
        None,
        Some(&[CredentialType::X509]),
    )
}

/// The lifetime of a key package or founding leaf made at `now`: that of its certificate.
pub(crate) fn lifetime(now: Timestamp, certificate_until: Timestamp) -> Lifetime {
    Lifetime::init(
        seconds(now).saturating_sub(KEY_PACKAGE_MARGIN.as_secs()),
        seconds(certificate_until),
    )
}

/// Until when a key package may be used, if it may be at `now`.
///
/// # Errors
/// [`Error::Invalid`] before it is valid, and once it is older than [`KEY_PACKAGE_LIFETIME`].
pub(crate) fn usable_until(package: &KeyPackage, now: Timestamp) -> Result<Timestamp> {
    let lifetime = package.life_time();
    let usable = (KEY_PACKAGE_MARGIN + KEY_PACKAGE_LIFETIME).as_secs();
    let until = lifetime
        .not_after()
        .min(lifetime.not_before().saturating_add(usable));
    if (lifetime.not_before()..until).contains(&seconds(now)) {
        let until = i64::try_from(until).unwrap_or(i64::MAX);
        Ok(Timestamp::from_micros(until.saturating_mul(1_000_000)))
    } else {
        Err(Error::Invalid(
            "the key package is not valid yet or older than 12 weeks: claim another".to_owned(),
        ))
    }
}

/// A leaf that enters a group must not be larger than [`MAX_LEAF_BYTES`].
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn allow_leaf(leaf: &LeafNode) -> Result<()> {
    if leaf.tls_serialized_len() > MAX_LEAF_BYTES {
        return Err(Error::Invalid(format!(
            "a device's leaf has more than {MAX_LEAF_BYTES} bytes: it cannot be in a group"
        )));
    }
    Ok(())
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_secs()).unwrap_or(0)
}

/// By value from a member: Add, Remove, and a new policy. By value from a member that rejoins:
/// `ExternalInit` and Remove. By reference: Remove from the server. Whatever else MLS offers
/// (re-initialisation, pre-shared keys) would be surface without use.
///
/// # Errors
/// [`Error::Invalid`] for any other proposal.
pub(crate) fn allow(proposal: &QueuedProposal) -> Result<()> {
    use ProposalOrRefType::{Proposal as Value, Reference};
    let by = proposal.sender();
    match (proposal.proposal_or_ref_type(), by, proposal.proposal()) {
        (
            Value,
            Sender::Member(_),
            Proposal::Add(_) | Proposal::Remove(_) | Proposal::GroupContextExtensions(_),
        )
        | (Value, Sender::NewMemberCommit, Proposal::ExternalInit(_) | Proposal::Remove(_))
        | (Reference, Sender::External(_), Proposal::Remove(_)) => Ok(()),
        (_, _, other) => Err(Error::Invalid(format!(
            "the commit contains a proposal that is not allowed: {:?}",
            other.proposal_type()
        ))),
    }
}
