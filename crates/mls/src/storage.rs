//! OpenMLS's storage over [`State`].
//!
//! Every row of a group lies below `mls/group/{16 bytes}/`, so that forgetting a group is
//! deleting a prefix. OpenMLS writes whole structures; the state then reports only those
//! whose bytes changed.

use std::cell::RefCell;

use openmls::group::GroupId as MlsGroupId;
use openmls_rust_crypto::RustCrypto;
use openmls_traits::{
    OpenMlsProvider,
    storage::{CURRENT_VERSION as V, Key, StorageProvider, traits},
};
use relais_types::GroupId;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result, State};

/// Storage and cryptography, as OpenMLS wants them, for one operation.
pub(crate) struct Provider<'a> {
    crypto: &'a RustCrypto,
    storage: Storage<'a>,
}

impl<'a> Provider<'a> {
    /// For an operation that may write.
    pub(crate) fn writing(crypto: &'a RustCrypto, state: &'a mut State) -> Self {
        Self {
            crypto,
            storage: Storage(RefCell::new(Access::Write(state))),
        }
    }

    /// For an operation that only looks.
    pub(crate) fn reading(crypto: &'a RustCrypto, state: &'a State) -> Self {
        Self {
            crypto,
            storage: Storage(RefCell::new(Access::Read(state))),
        }
    }
}

impl<'a> OpenMlsProvider for Provider<'a> {
    type CryptoProvider = RustCrypto;
    type RandProvider = RustCrypto;
    type StorageProvider = Storage<'a>;

    fn storage(&self) -> &Self::StorageProvider {
        &self.storage
    }

    fn crypto(&self) -> &Self::CryptoProvider {
        self.crypto
    }

    fn rand(&self) -> &Self::RandProvider {
        self.crypto
    }
}

/// [`State`] behind OpenMLS's storage trait, which takes `&self` even to write.
pub(crate) struct Storage<'a>(RefCell<Access<'a>>);

enum Access<'a> {
    Read(&'a State),
    Write(&'a mut State),
}

/// Why a row could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StorageError {
    #[error("a row cannot be encoded or decoded: {0}")]
    Codec(String),
    #[error("a reading operation wanted to write")]
    ReadOnly,
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        Self::State(error.to_string())
    }
}

/// What all rows of a group begin with.
pub(crate) fn group_prefix(group: GroupId) -> Vec<u8> {
    [b"mls/group/", group.as_bytes().as_slice(), b"/"].concat()
}

/// Reads one of a group's rows without loading the group.
pub(crate) fn group_row<T: DeserializeOwned>(
    state: &State,
    group: GroupId,
    name: &str,
) -> Result<Option<T>> {
    let key = [group_prefix(group).as_slice(), name.as_bytes()].concat();
    Ok(state.get(&key).map(decode).transpose()?)
}

/// The name of the row that holds the group context.
pub(crate) const CONTEXT: &str = "context";

/// The names of a group's rows that hold no secret: what the server knows, too.
pub(crate) const PUBLIC: [&str; 5] = [
    CONTEXT,
    "tree",
    "interim_transcript_hash",
    "confirmation_tag",
    PROPOSALS,
];

/// `MessagePack`: about a third of the size of JSON, and self-describing, which some of OpenMLS's
/// types need to be read back. The same value always gives the same bytes.
fn encode(value: &(impl Serialize + ?Sized)) -> Result<Vec<u8>, StorageError> {
    rmp_serde::to_vec(value).map_err(|error| StorageError::Codec(error.to_string()))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StorageError> {
    rmp_serde::from_slice(bytes).map_err(|error| StorageError::Codec(error.to_string()))
}

fn key(kind: &str, id: &impl Key<V>) -> Result<Vec<u8>, StorageError> {
    Ok([b"mls/", kind.as_bytes(), b"/", encode(id)?.as_slice()].concat())
}

fn group_key(group: &impl traits::GroupId<V>, name: &str) -> Result<Vec<u8>, StorageError> {
    // The trait shows the id as something to serialise; the key should hold its bytes.
    let group: MlsGroupId = decode(&encode(group)?)?;
    Ok([b"mls/group/", group.as_slice(), b"/", name.as_bytes()].concat())
}

impl Storage<'_> {
    fn write<T: Serialize + ?Sized>(&self, key: Vec<u8>, value: &T) -> Result<(), StorageError> {
        match &mut *self.0.borrow_mut() {
            Access::Read(_) => Err(StorageError::ReadOnly),
            Access::Write(state) => {
                state.put(key, encode(value)?);
                Ok(())
            }
        }
    }

    fn read<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, StorageError> {
        match &*self.0.borrow() {
            Access::Read(state) => state.get(key).map(decode).transpose(),
            Access::Write(state) => state.get(key).map(decode).transpose(),
        }
    }

    fn remove(&self, key: &[u8]) -> Result<(), StorageError> {
        match &mut *self.0.borrow_mut() {
            Access::Read(_) => Err(StorageError::ReadOnly),
            Access::Write(state) => {
                state.delete(key);
                Ok(())
            }
        }
    }

    /// Changes a row that holds a list; an empty list is no row.
    fn edit<T: Serialize + DeserializeOwned>(
        &self,
        key: Vec<u8>,
        change: impl FnOnce(&mut Vec<T>),
    ) -> Result<(), StorageError> {
        let mut list = self.read(&key)?.unwrap_or_default();
        change(&mut list);
        if list.is_empty() {
            self.remove(&key)
        } else {
            self.write(key, &list)
        }
    }
}

/// A row of each group: how it is written, read and deleted, its type and its name.
macro_rules! group_rows {
    ($($write:ident, $read:ident, $delete:ident: $value:ident = $name:expr;)*) => {$(
        fn $write<G: traits::GroupId<V>, T: traits::$value<V>>(
            &self,
            group: &G,
            value: &T,
        ) -> Result<(), StorageError> {
            self.write(group_key(group, $name)?, value)
        }

        fn $read<G: traits::GroupId<V>, T: traits::$value<V>>(
            &self,
            group: &G,
        ) -> Result<Option<T>, StorageError> {
            self.read(&group_key(group, $name)?)
        }

        fn $delete<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), StorageError> {
            self.remove(&group_key(group, $name)?)
        }
    )*};
}

/// A row of the device: how it is written and deleted, the types of key and value, its name.
/// Reading is below, because the trait has its type parameters in varying order.
macro_rules! device_rows {
    ($($write:ident, $delete:ident: $id:ident => $value:ident = $name:literal;)*) => {$(
        fn $write<K: traits::$id<V>, T: traits::$value<V>>(
            &self,
            id: &K,
            value: &T,
        ) -> Result<(), StorageError> {
            self.write(key($name, id)?, value)
        }

        fn $delete<K: traits::$id<V>>(&self, id: &K) -> Result<(), StorageError> {
            self.remove(&key($name, id)?)
        }
    )*};
}

const STATE: &str = "state";
const LEAVES: &str = "own_leaf_nodes";
const PROPOSALS: &str = "proposals";

impl StorageProvider<V> for Storage<'_> {
    type Error = StorageError;

    group_rows! {
        write_mls_join_config, mls_group_join_config, delete_group_config: MlsGroupJoinConfig = "config";
        write_tree, tree, delete_tree: TreeSync = "tree";
        write_interim_transcript_hash, interim_transcript_hash, delete_interim_transcript_hash: InterimTranscriptHash = "interim_transcript_hash";
        write_context, group_context, delete_context: GroupContext = CONTEXT;
        write_confirmation_tag, confirmation_tag, delete_confirmation_tag: ConfirmationTag = "confirmation_tag";
        write_message_secrets, message_secrets, delete_message_secrets: MessageSecrets = "message_secrets";
        write_resumption_psk_store, resumption_psk_store, delete_all_resumption_psk_secrets: ResumptionPskStore = "resumption_psks";
        write_own_leaf_index, own_leaf_index, delete_own_leaf_index: LeafNodeIndex = "own_leaf_index";
        write_group_epoch_secrets, group_epoch_secrets, delete_group_epoch_secrets: GroupEpochSecrets = "epoch_secrets";
    }

    device_rows! {
        write_signature_key_pair, delete_signature_key_pair: SignaturePublicKey => SignatureKeyPair = "signature_key";
        write_encryption_key_pair, delete_encryption_key_pair: EncryptionKey => HpkeKeyPair = "encryption_key";
        write_key_package, delete_key_package: HashReference => KeyPackage = "key_package";
        write_psk, delete_psk: PskId => PskBundle = "psk";
    }

    fn signature_key_pair<K: traits::SignaturePublicKey<V>, T: traits::SignatureKeyPair<V>>(
        &self,
        id: &K,
    ) -> Result<Option<T>, StorageError> {
        self.read(&key("signature_key", id)?)
    }

    fn encryption_key_pair<T: traits::HpkeKeyPair<V>, K: traits::EncryptionKey<V>>(
        &self,
        id: &K,
    ) -> Result<Option<T>, StorageError> {
        self.read(&key("encryption_key", id)?)
    }

    fn key_package<K: traits::HashReference<V>, T: traits::KeyPackage<V>>(
        &self,
        id: &K,
    ) -> Result<Option<T>, StorageError> {
        self.read(&key("key_package", id)?)
    }

    fn psk<T: traits::PskBundle<V>, K: traits::PskId<V>>(
        &self,
        id: &K,
    ) -> Result<Option<T>, StorageError> {
        self.read(&key("psk", id)?)
    }

    fn write_group_state<T: traits::GroupState<V>, G: traits::GroupId<V>>(
        &self,
        group: &G,
        value: &T,
    ) -> Result<(), StorageError> {
        self.write(group_key(group, STATE)?, value)
    }

    fn group_state<T: traits::GroupState<V>, G: traits::GroupId<V>>(
        &self,
        group: &G,
    ) -> Result<Option<T>, StorageError> {
        self.read(&group_key(group, STATE)?)
    }

    fn delete_group_state<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), StorageError> {
        self.remove(&group_key(group, STATE)?)
    }

    fn append_own_leaf_node<G: traits::GroupId<V>, T: traits::LeafNode<V>>(
        &self,
        group: &G,
        leaf: &T,
    ) -> Result<(), StorageError> {
        let leaf: T = decode(&encode(leaf)?)?;
        self.edit(group_key(group, LEAVES)?, |list| list.push(leaf))
    }

    fn own_leaf_nodes<G: traits::GroupId<V>, T: traits::LeafNode<V>>(
        &self,
        group: &G,
    ) -> Result<Vec<T>, StorageError> {
        Ok(self.read(&group_key(group, LEAVES)?)?.unwrap_or_default())
    }

    fn delete_own_leaf_nodes<G: traits::GroupId<V>>(&self, group: &G) -> Result<(), StorageError> {
        self.remove(&group_key(group, LEAVES)?)
    }

    fn queue_proposal<
        G: traits::GroupId<V>,
        R: traits::ProposalRef<V>,
        P: traits::QueuedProposal<V>,
    >(
        &self,
        group: &G,
        reference: &R,
        proposal: &P,
    ) -> Result<(), StorageError> {
        let entry = (encode(reference)?, encode(proposal)?);
        self.edit(group_key(group, PROPOSALS)?, |list| list.push(entry))
    }

    fn queued_proposals<
        G: traits::GroupId<V>,
        R: traits::ProposalRef<V>,
        P: traits::QueuedProposal<V>,
    >(
        &self,
        group: &G,
    ) -> Result<Vec<(R, P)>, StorageError> {
        self.proposals(group)?
            .iter()
            .map(|(reference, proposal)| Ok((decode(reference)?, decode(proposal)?)))
            .collect()
    }

    fn queued_proposal_refs<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        group: &G,
    ) -> Result<Vec<R>, StorageError> {
        self.proposals(group)?
            .iter()
            .map(|(reference, _)| decode(reference))
            .collect()
    }

    fn remove_proposal<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        group: &G,
        reference: &R,
    ) -> Result<(), StorageError> {
        let removed = encode(reference)?;
        self.edit::<Queued>(group_key(group, PROPOSALS)?, |list| {
            list.retain(|(reference, _)| *reference != removed);
        })
    }

    fn clear_proposal_queue<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        group: &G,
    ) -> Result<(), StorageError> {
        self.remove(&group_key(group, PROPOSALS)?)
    }

    fn write_encryption_epoch_key_pairs<
        G: traits::GroupId<V>,
        E: traits::EpochKey<V>,
        T: traits::HpkeKeyPair<V>,
    >(
        &self,
        group: &G,
        epoch: &E,
        leaf: u32,
        pairs: &[T],
    ) -> Result<(), StorageError> {
        self.write(epoch_keys(group, epoch, leaf)?, pairs)
    }

    fn encryption_epoch_key_pairs<
        G: traits::GroupId<V>,
        E: traits::EpochKey<V>,
        T: traits::HpkeKeyPair<V>,
    >(
        &self,
        group: &G,
        epoch: &E,
        leaf: u32,
    ) -> Result<Vec<T>, StorageError> {
        Ok(self
            .read(&epoch_keys(group, epoch, leaf)?)?
            .unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<G: traits::GroupId<V>, E: traits::EpochKey<V>>(
        &self,
        group: &G,
        epoch: &E,
        leaf: u32,
    ) -> Result<(), StorageError> {
        self.remove(&epoch_keys(group, epoch, leaf)?)
    }
}

/// A proposal's reference and the proposal, both encoded.
type Queued = (Vec<u8>, Vec<u8>);

impl Storage<'_> {
    fn proposals(&self, group: &impl traits::GroupId<V>) -> Result<Vec<Queued>, StorageError> {
        Ok(self
            .read(&group_key(group, PROPOSALS)?)?
            .unwrap_or_default())
    }
}

fn epoch_keys(
    group: &impl traits::GroupId<V>,
    epoch: &impl traits::EpochKey<V>,
    leaf: u32,
) -> Result<Vec<u8>, StorageError> {
    let mut key = group_key(group, "epoch_keys/")?;
    key.extend(encode(epoch)?);
    key.extend(format!("/{leaf}").bytes());
    Ok(key)
}
