//! Groups of a device: founding, joining, looking, forgetting.

use bytes::Bytes;
use openmls::prelude::{
    GroupContext, Member as Leaf, MlsGroup, OpenMlsProvider as _, StagedWelcome, WelcomeError,
};
use relais_types::{GroupId, Timestamp};
use tls_codec::Serialize as _;

use crate::{
    Chain, CredentialError, Error, GroupPolicy, Identity, Mls, Result, State,
    commit::distinct,
    device::to_bytes,
    policy::{self, SUITE},
    storage::{self, Provider, group_prefix, group_row},
    wire::{self, invalid},
};

/// What the server needs to know of a new group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// MLSMessage of type `mls_group_info`, epoch 0, with `external_pub`, without the tree.
    pub group_info: Bytes,
    /// The ratchet tree (RFC 9420 §12.4.3.3).
    pub ratchet_tree: Bytes,
}

/// What a device joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The group.
    pub group: GroupId,
    /// The epoch that it joined at.
    pub epoch: u64,
    /// Who committed the addition.
    pub added_by: Identity,
    /// All members, the device itself included, in the order of their leaves.
    pub members: Vec<Member>,
}

/// One leaf of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its index in the ratchet tree.
    pub leaf: u32,
    /// Whom its certificate names.
    pub identity: Identity,
    /// Its certificate chain.
    pub chain: Chain,
}

impl Mls {
    /// Founds a group with this device alone, under `policy`.
    ///
    /// # Errors
    /// [`Error::GroupExists`]; [`Error::Policy`] if the policy does not admit the founder.
    pub fn create_group(
        &self,
        state: &mut State,
        group: GroupId,
        policy: &GroupPolicy,
        now: Timestamp,
    ) -> Result<Genesis> {
        policy.admit(&self.identity)?;
        let extensions = policy.extensions()?;
        if context(state, group)?.is_some() {
            return Err(Error::GroupExists);
        }
        state.atomically(|state| {
            let provider = Provider::writing(&self.crypto, state);
            let config =
                policy::create_config(policy::lifetime(now, self.identity.not_after), extensions);
            let created = MlsGroup::new_with_group_id(
                &provider,
                &self.key,
                &config,
                wire::mls_group_id(group),
                self.credential(),
            )
            .map_err(invalid)?;
            let group_info = created
                .export_group_info(&self.crypto, &self.key, false)
                .map_err(invalid)?;
            Ok(Genesis {
                group_info: to_bytes(&group_info)?,
                ratchet_tree: ratchet_tree(&created)?,
            })
        })
    }

    /// Joins the group that `welcome` invites to, after verifying the certificate of every leaf.
    ///
    /// `at` is when the server accepted the commit, or now if that is earlier. A certificate
    /// that was valid until it expired before `at` is accepted: its device is a member for all
    /// others, too, until it renews or is removed, and one silent device must not keep
    /// everybody else from joining. No leaf enters a group with an expired certificate, as
    /// the server and the members judge each Add at its accept time. The member's
    /// [`Identity::not_after`] says how it stands. Only who invites, whose leaf is as new as
    /// the commit, and the device itself must be valid at `at`.
    ///
    /// The used key package is deleted, unless it is a last-resort one. A group that this
    /// device was removed from is replaced.
    ///
    /// # Errors
    /// [`Error::UnknownKeyPackage`], [`Error::GroupExists`], [`Error::Credential`] if a leaf's
    /// certificate does not verify, [`Error::Policy`] if the group's policy does not admit a
    /// member, [`Error::Invalid`] if tree and Welcome do not fit.
    pub fn join(
        &self,
        state: &mut State,
        welcome: &[u8],
        ratchet_tree: &[u8],
        at: Timestamp,
    ) -> Result<Joined> {
        let welcome = wire::welcome(welcome)?;
        let tree = wire::ratchet_tree(ratchet_tree)?;
        if welcome.ciphersuite() != SUITE {
            return Err(Error::Invalid(
                "the Welcome is of another cipher suite".to_owned(),
            ));
        }
        state.atomically(|state| {
            let provider = Provider::writing(&self.crypto, state);
            // Leaves that were never updated still show the lifetime of the key package they
            // came from, long after it mattered: certificates decide instead.
            let staged =
                StagedWelcome::build_from_welcome(&provider, &policy::join_config(), welcome)
                    .map_err(welcome_error)?
                    .with_ratchet_tree(tree)
                    .skip_lifetime_validation()
                    .replace_old_group()
                    .build()
                    .map_err(welcome_error)?;
            let policy = GroupPolicy::of(staged.group_context())?;
            let group = wire::group_id(staged.group_context().group_id())?;
            let members = staged
                .members()
                .map(|leaf| self.verified(&leaf, at))
                .collect::<Result<Vec<_>>>()?;
            distinct(members.iter().map(|member| &member.identity))?;
            members
                .iter()
                .try_for_each(|member| policy.admit(&member.identity))?;
            let member = |index: u32| {
                members
                    .iter()
                    .find(|member| member.leaf == index)
                    .map(|member| member.identity.clone())
                    .ok_or_else(|| Error::Invalid("a leaf is missing from the tree".to_owned()))
            };
            let added_by = member(staged.welcome_sender_index().u32())?;
            for leaf in [staged.welcome_sender_index(), staged.own_leaf_index()] {
                let entered = members.iter().find(|member| member.leaf == leaf.u32());
                entered.map_or(Ok(()), |it| self.anchors.verify(&it.chain, at).map(drop))?;
            }
            if member(staged.own_leaf_index().u32())?.device != self.identity.device {
                return Err(CredentialError::IdentityMismatch.into());
            }
            let epoch = staged.group_context().epoch().as_u64();
            if let Some(mut old) = load_from(&provider, group)? {
                if old.is_active() {
                    return Err(Error::GroupExists);
                }
                old.delete(provider.storage())?;
            }
            staged.into_group(&provider).map_err(welcome_error)?;
            Ok(Joined {
                group,
                epoch,
                added_by,
                members,
            })
        })
    }

    /// The members, in the order of their leaves. Their certificates were verified when they
    /// entered, so this looks at no dates.
    ///
    /// # Errors
    /// [`Error::UnknownGroup`].
    pub fn members(&self, state: &State, group: GroupId) -> Result<Vec<Member>> {
        load(&Provider::reading(&self.crypto, state), group)?
            .members()
            .map(|leaf| {
                let chain = Chain::from_credential(&leaf.credential)?;
                Ok(Member {
                    leaf: leaf.index.u32(),
                    identity: chain.named()?,
                    chain,
                })
            })
            .collect()
    }

    /// The group's policy.
    ///
    /// # Errors
    /// [`Error::UnknownGroup`].
    pub fn policy(&self, state: &State, group: GroupId) -> Result<GroupPolicy> {
        GroupPolicy::of(&context(state, group)?.ok_or(Error::UnknownGroup)?)
    }

    /// The current epoch.
    ///
    /// # Errors
    /// [`Error::UnknownGroup`].
    pub fn epoch(&self, state: &State, group: GroupId) -> Result<u64> {
        let context = context(state, group)?.ok_or(Error::UnknownGroup)?;
        Ok(context.epoch().as_u64())
    }

    /// The epoch authenticator (RFC 9420 §8.7): equal for two members exactly if they agree
    /// on the group's whole history.
    ///
    /// # Errors
    /// [`Error::UnknownGroup`].
    pub fn authenticator(&self, state: &State, group: GroupId) -> Result<Vec<u8>> {
        let group = load(&Provider::reading(&self.crypto, state), group)?;
        Ok(group.epoch_authenticator().as_slice().to_vec())
    }

    /// Deletes all secrets of a group; nothing if there is none.
    pub fn forget_group(&self, state: &mut State, group: GroupId) {
        let prefix = group_prefix(group);
        let keys: Vec<_> = state.scan(&prefix).map(|(key, _)| key.to_vec()).collect();
        for key in keys {
            state.delete(&key);
        }
    }

    fn verified(&self, leaf: &Leaf, at: Timestamp) -> Result<Member> {
        let identity =
            self.anchors
                .verify_standing_member(&leaf.credential, &leaf.signature_key, at)?;
        Ok(Member {
            leaf: leaf.index.u32(),
            identity,
            chain: Chain::from_credential(&leaf.credential)?,
        })
    }
}

pub(crate) fn load(provider: &Provider<'_>, group: GroupId) -> Result<MlsGroup> {
    load_from(provider, group)?.ok_or(Error::UnknownGroup)
}

/// Loads a group that this device is still in.
pub(crate) fn load_active(provider: &Provider<'_>, group: GroupId) -> Result<MlsGroup> {
    let group = load(provider, group)?;
    if group.is_active() {
        Ok(group)
    } else {
        Err(Error::Removed)
    }
}

fn load_from(provider: &Provider<'_>, group: GroupId) -> Result<Option<MlsGroup>> {
    Ok(MlsGroup::load(
        provider.storage(),
        &wire::mls_group_id(group),
    )?)
}

fn context(state: &State, group: GroupId) -> Result<Option<GroupContext>> {
    group_row(state, group, storage::CONTEXT)
}

pub(crate) fn ratchet_tree(group: &MlsGroup) -> Result<Bytes> {
    group
        .export_ratchet_tree()
        .tls_serialize_detached()
        .map(Bytes::from)
        .map_err(invalid)
}

fn welcome_error(error: WelcomeError<storage::StorageError>) -> Error {
    match error {
        WelcomeError::NoMatchingKeyPackage
        | WelcomeError::NoMatchingEncryptionKey
        | WelcomeError::PrivateInitKeyNotFound
        | WelcomeError::JoinerSecretNotFound => Error::UnknownKeyPackage,
        WelcomeError::StorageError(error) => error.into(),
        other => invalid(other),
    }
}
