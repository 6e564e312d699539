//! What a member with a modified client could send: for tests, which show that the server and
//! the other members refuse it, or survive it.
//!
//! Nothing here asks whether it may. The state that it is given stays as it was.

use bytes::Bytes;
use openmls::prelude::{
    BasicCredential, Capabilities, CredentialType, CredentialWithKey, ExternalProposal, KeyPackage,
    LeafNodeParameters, MlsGroup, MlsGroupJoinConfig, MlsMessageOut, OpenMlsProvider as _,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProtocolVersion, SenderExtensionIndex,
};
use relais_types::{DeviceId, GroupId};
use sha2::{Digest as _, Sha256};
use tls_codec::{DeserializeBytes as _, Serialize as _, VLBytes};

use crate::{
    Error, GroupPolicy, Mls, Result, SigningKey, StagedCommit, State,
    commit::roster,
    device::to_bytes,
    group::load,
    group_policy::extension_type,
    policy::{self, SUITE},
    removal::REMOVER,
    storage::Provider,
    validator::Shown,
    wire::{self, invalid},
};

/// Bytes of a signature, with their length.
const SIGNATURE: usize = 2 + 64;
/// Bytes of a confirmation or membership tag, with their length.
const TAG: usize = 1 + 32;
/// Bytes of version and wire format.
const HEADER: usize = 4;
/// Bytes of an external commit before its proposals (RFC 9420 §6): version and wire format, the
/// group's id with its length, the epoch, the sender, no authenticated data, the content type.
const BEFORE_PROPOSALS: usize = HEADER + 17 + 8 + 1 + 1 + 1;
/// The proposals by value that [`Mls::burden_resync`] adds (RFC 9420 §17.4).
const ADD: u16 = 1;
const REMOVE: u16 = 3;

/// What a forged commit does.
#[derive(Clone, Debug, Default)]
pub struct Forgery {
    /// Key packages to add, checked by nobody.
    pub add: Vec<Bytes>,
    /// Devices to remove.
    pub remove: Vec<DeviceId>,
    /// A policy to set.
    pub policy: Option<GroupPolicy>,
}

/// How a proposal is framed, and who claims to make it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// By a member, in the open.
    Public,
    /// By a member, encrypted.
    Private,
    /// In the name of the server, under another key than the server's.
    External,
}

impl Mls {
    /// A proposal to remove `device` that asks nobody.
    ///
    /// # Errors
    /// What OpenMLS itself refuses.
    pub fn forge_proposal(
        &self,
        state: &State,
        group: GroupId,
        device: DeviceId,
        framing: Framing,
    ) -> Result<Bytes> {
        let mut scratch = copy(state);
        let provider = Provider::writing(&self.crypto, &mut scratch);
        let mut held = load(&provider, group)?;
        let leaf = roster(held.public_group())?
            .into_iter()
            .find(|(_, member)| member.device.device == device)
            .map(|(leaf, _)| leaf)
            .ok_or_else(|| Error::Invalid("nobody to remove".to_owned()))?;
        if framing == Framing::External {
            let proposal = ExternalProposal::new_remove::<Provider<'_>>(
                leaf,
                wire::mls_group_id(group),
                held.epoch(),
                &self.key,
                SenderExtensionIndex::new(REMOVER),
            );
            return to_bytes(&proposal.map_err(invalid)?);
        }
        if framing == Framing::Private {
            let config = MlsGroupJoinConfig::builder()
                .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
                .build();
            held.set_configuration(provider.storage(), &config)?;
        }
        let (proposal, _) = held
            .propose_remove_member(&provider, &self.key, leaf)
            .map_err(invalid)?;
        to_bytes(&proposal)
    }

    /// A resync of this device, made without a note, that adds and removes others besides. OpenMLS
    /// makes no such commit: the proposals are written into a proper one, which is signed anew.
    /// Tag and GroupInfo stay as they were, which the server looks at after the proposals.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a commit that is none of [`Mls::stage_resync`].
    pub fn burden_resync(
        &self,
        state: &State,
        group: GroupId,
        resync: &StagedCommit,
        besides: &Forgery,
    ) -> Result<StagedCommit> {
        let held = load(&Provider::reading(&self.crypto, state), group)?;
        let short = || Error::Invalid("the commit is too short".to_owned());
        let end = resync
            .commit
            .len()
            .checked_sub(SIGNATURE + TAG)
            .ok_or_else(short)?;
        let content = resync.commit.get(BEFORE_PROPOSALS..end).ok_or_else(short)?;
        let (proposals, path) = VLBytes::tls_deserialize_bytes(content).map_err(invalid)?;
        let mut proposals = proposals.as_slice().to_vec();
        let mut propose = |kind: u16, body: &[u8]| {
            // By value, and not by reference.
            proposals.push(1);
            proposals.extend(kind.to_be_bytes());
            proposals.extend(body);
        };
        for package in &besides.add {
            propose(ADD, package.get(HEADER..).ok_or_else(short)?);
        }
        for (leaf, member) in roster(held.public_group())? {
            if besides.remove.contains(&member.device.device) {
                propose(REMOVE, &leaf.u32().to_be_bytes());
            }
        }
        let proposals = VLBytes::new(proposals)
            .tls_serialize_detached()
            .map_err(invalid)?;
        let mut message = resync.commit[..BEFORE_PROPOSALS].to_vec();
        message.extend(proposals);
        message.extend(path);
        let context = held.public_group().group_context();
        let encoded = context.tls_serialize_detached().map_err(invalid)?;
        let signed = [message.as_slice(), &encoded].concat();
        message.extend(self.sign_labelled("FramedContentTBS", &signed)?);
        message.extend(&resync.commit[end + SIGNATURE..]);
        Ok(StagedCommit {
            commit: message.into(),
            ..resync.clone()
        })
    }

    /// A commit that asks nobody.
    ///
    /// # Errors
    /// What OpenMLS itself refuses.
    pub fn forge_commit(
        &self,
        state: &State,
        group: GroupId,
        forgery: &Forgery,
    ) -> Result<StagedCommit> {
        let mut scratch = copy(state);
        let provider = Provider::writing(&self.crypto, &mut scratch);
        let mut group = load(&provider, group)?;
        let epoch = group.epoch().as_u64();
        let packages = forgery
            .add
            .iter()
            .map(|bytes| {
                let package = wire::key_package(bytes)?;
                package
                    .validate(&self.crypto, ProtocolVersion::Mls10)
                    .map_err(invalid)
            })
            .collect::<Result<Vec<_>>>()?;
        let leaves = roster(group.public_group())?
            .into_iter()
            .filter(|(_, member)| forgery.remove.contains(&member.device.device))
            .map(|(leaf, _)| leaf)
            .collect::<Vec<_>>();
        let mut builder = group
            .commit_builder()
            .consume_proposal_store(false)
            .force_self_update(true)
            .propose_removals(leaves)
            .propose_adds(packages);
        if let Some(policy) = &forgery.policy {
            builder = builder
                .propose_group_context_extensions(policy.extensions()?)
                .map_err(invalid)?;
        }
        let (commit, welcome, group_info) = builder
            .load_psks(provider.storage())
            .map_err(invalid)?
            .create_group_info(true)
            .use_ratchet_tree_extension(false)
            .build(provider.rand(), provider.crypto(), &self.key, |_| true)
            .map_err(invalid)?
            .stage_commit(&provider)
            .map_err(invalid)?
            .into_messages();
        staged(epoch, &commit, welcome.as_ref(), group_info.as_ref())
    }

    /// An external commit with which this device would come into a group from outside.
    ///
    /// # Errors
    /// What OpenMLS itself refuses.
    pub fn forge_join(&self, group_info: &[u8], ratchet_tree: &[u8]) -> Result<StagedCommit> {
        let mut scratch = State::default();
        let provider = Provider::writing(&self.crypto, &mut scratch);
        let info = wire::group_info(group_info)?;
        let epoch = Shown::read(&info)?.epoch();
        let leaf = LeafNodeParameters::builder().with_capabilities(policy::capabilities());
        let (_, bundle) = MlsGroup::external_commit_builder()
            .with_ratchet_tree(wire::ratchet_tree(ratchet_tree)?)
            .with_config(policy::join_config())
            .build_group(&provider, info, self.credential())
            .map_err(invalid)?
            .leaf_node_parameters(leaf.build())
            .load_psks(provider.storage())
            .map_err(invalid)?
            .create_group_info(true)
            .build(provider.rand(), provider.crypto(), &self.key, |_| true)
            .map_err(invalid)?
            .finalize(&provider)
            .map_err(invalid)?;
        let (commit, welcome, group_info) = bundle.into_messages();
        staged(epoch, &commit, welcome.as_ref(), group_info.as_ref())
    }

    /// Makes the last path secret of this device's commit one that its recipient cannot open,
    /// and signs commit and GroupInfo anew: the server finds nothing wrong with it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a commit of another group or epoch.
    pub fn spoil_path(
        &self,
        state: &State,
        group: GroupId,
        commit: &StagedCommit,
    ) -> Result<StagedCommit> {
        let held = load(&Provider::reading(&self.crypto, state), group)?;
        let context = held.public_group().group_context();
        let encoded = context.tls_serialize_detached().map_err(invalid)?;
        let short = || Error::Invalid("the commit is too short".to_owned());

        let end = commit
            .commit
            .len()
            .checked_sub(SIGNATURE + 2 * TAG)
            .ok_or_else(short)?;
        let mut message = commit.commit.to_vec();
        let transcript = |message: &[u8]| -> Result<[u8; 32]> {
            let tag = held
                .public_group()
                .confirmation_tag()
                .tls_serialize_detached()
                .map_err(invalid)?;
            let interim = Sha256::new()
                .chain_update(context.confirmed_transcript_hash())
                .chain_update(tag)
                .finalize();
            let confirmed = Sha256::new()
                .chain_update(interim)
                .chain_update(&message[2..end + SIGNATURE])
                .finalize();
            Ok(confirmed.into())
        };
        let before = transcript(&message)?;
        // The commit ends with the ciphertext of the last path secret.
        if let Some(last) = message[..end].last_mut() {
            *last ^= 1;
        }
        let signed = [&message[..end], &encoded].concat();
        let signature = self.sign_labelled("FramedContentTBS", &signed)?;
        message[end..end + SIGNATURE].copy_from_slice(&signature);
        let after = transcript(&message)?;

        let mut info = commit.group_info.to_vec();
        let place = info
            .windows(before.len())
            .position(|window| window == before)
            .ok_or_else(|| Error::Invalid("the GroupInfo is of another commit".to_owned()))?;
        info[place..place + after.len()].copy_from_slice(&after);
        let end = info.len().checked_sub(SIGNATURE).ok_or_else(short)?;
        let signature = self.sign_labelled("GroupInfoTBS", &info[HEADER..end])?;
        info[end..].copy_from_slice(&signature);
        Ok(StagedCommit {
            commit: message.into(),
            group_info: info.into(),
            ..commit.clone()
        })
    }

    /// `SignWithLabel` (RFC 9420 §5.1.2), with the length of the signature.
    fn sign_labelled(&self, label: &str, content: &[u8]) -> Result<Vec<u8>> {
        let label = VLBytes::new(format!("MLS 1.0 {label}").into_bytes());
        let content = (label, VLBytes::new(content.to_vec()))
            .tls_serialize_detached()
            .map_err(invalid)?;
        let signature = self
            .key
            .sign_mls(&content)
            .map_err(|_| Error::BadSignature)?;
        VLBytes::new(signature)
            .tls_serialize_detached()
            .map_err(invalid)
    }
}

impl SigningKey {
    fn sign_mls(
        &self,
        content: &[u8],
    ) -> std::result::Result<Vec<u8>, openmls_traits::signatures::SignerError> {
        openmls_traits::signatures::Signer::sign(self, content)
    }
}

/// A key package that bears a name and no certificate.
///
/// # Errors
/// What OpenMLS itself refuses.
pub fn uncertified_key_package(key: &SigningKey, name: &str) -> Result<Bytes> {
    let crypto = openmls_rust_crypto::RustCrypto::default();
    let mut scratch = State::default();
    let provider = Provider::writing(&crypto, &mut scratch);
    let credential = CredentialWithKey {
        credential: BasicCredential::new(name.as_bytes().to_vec()).into(),
        signature_key: key.public().as_slice().into(),
    };
    let capabilities = Capabilities::new(
        None,
        Some(&[SUITE]),
        Some(&[extension_type()]),
        None,
        Some(&[CredentialType::Basic, CredentialType::X509]),
    );
    let bundle = KeyPackage::builder()
        .leaf_node_capabilities(capabilities)
        .build(SUITE, &provider, key, credential)
        .map_err(invalid)?;
    to_bytes(&MlsMessageOut::from(bundle.into_key_package()))
}

fn copy(state: &State) -> State {
    let rows = state.scan(b"");
    State::from_rows(rows.map(|(key, value)| (key.to_vec(), value.to_vec())))
}

fn staged(
    epoch: u64,
    commit: &MlsMessageOut,
    welcome: Option<&MlsMessageOut>,
    group_info: Option<&MlsMessageOut>,
) -> Result<StagedCommit> {
    let group_info =
        group_info.ok_or_else(|| Error::Invalid("there is no GroupInfo".to_owned()))?;
    Ok(StagedCommit {
        epoch,
        commit: to_bytes(commit)?,
        welcome: welcome.map(to_bytes).transpose()?,
        group_info: to_bytes(group_info)?,
    })
}
