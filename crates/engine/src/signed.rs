//! Signed entries: making them, and verifying those of others.

use bytes::Bytes;
use prost::Message as _;
use relais_care::Logged;
use relais_mls::{Chain, CredentialError, Identity, SigningKey};
use relais_proto::{care, from_proto_time};
use relais_types::{CaseId, Error, Reason, Result, Timestamp};

use crate::{account::Account, record, trust::Authored};

const LABEL: &str = "relais/entry/v1";

/// An entry of a linked conversation or of history, verified back to its author's device.
pub(crate) struct Verified {
    pub(crate) logged: Logged,
    pub(crate) chain: Chain,
    /// The serialized `SignedEntry` without its chain.
    pub(crate) signed_entry: Bytes,
    /// Whose word it is, and that of what it relays.
    pub(crate) authored: Vec<Authored>,
}

/// Signs an entry, as the plaintext of an application message.
pub(crate) fn sign(key: &SigningKey, entry: &care::Entry) -> Bytes {
    let entry = Bytes::from(entry.encode_to_vec());
    let signature = Bytes::copy_from_slice(&key.sign(LABEL, &entry));
    care::SignedEntry {
        entry,
        signature,
        ..care::SignedEntry::default()
    }
    .encode_to_vec()
    .into()
}

/// Reads the entry of a `SignedEntry` that this device wrote or verified earlier.
pub(crate) fn read(signed_entry: &[u8]) -> Result<care::Entry> {
    let signed = care::SignedEntry::decode(signed_entry)
        .map_err(|_| record::damaged("an entry does not decode"))?;
    care::Entry::decode(signed.entry).map_err(|_| record::damaged("an entry does not decode"))
}

/// Verifies what `author` wrote for `case`; says in words what is wrong.
pub(crate) fn verify(
    signed: &care::SignedEntry,
    author: &Identity,
    case: CaseId,
) -> Result<care::Entry, String> {
    relais_mls::verify(&author.public_key, LABEL, &signed.entry, &signed.signature)
        .map_err(|_| "its signature does not verify".to_owned())?;
    let entry =
        care::Entry::decode(signed.entry.clone()).map_err(|_| "it is not an entry".to_owned())?;
    if entry.case_id.as_ref() != case.as_bytes() {
        return Err("it was written for another case".to_owned());
    }
    if signed.entry.len() > relais_care::max_bytes(&entry) {
        // Nobody takes it, so that whatever is in a log can be shared with a newcomer.
        return Err("it is larger than an entry may be".to_owned());
    }
    Ok(entry)
}

impl Account {
    /// Verifies an entry that somebody shared again, back to its author's device.
    ///
    /// The chain is verified at the time the entry was accepted, which travels with it, so
    /// that every member comes to the same answer whenever they look.
    pub(crate) fn verify_relayed(
        &self,
        relayed: &care::RelayedEntry,
        case: CaseId,
    ) -> Result<Verified, String> {
        let signed = relayed.entry.as_ref().ok_or("it holds no entry")?;
        let accepted_at = relayed.accept_time.as_ref().ok_or("it has no time")?;
        let accepted_at =
            from_proto_time("accept_time", accepted_at).map_err(|error| error.to_string())?;
        let chain =
            Chain::new(signed.certificate_chain.clone()).map_err(|error| error.to_string())?;
        let author = self
            .mls
            .anchors()
            .verify(&chain, accepted_at)
            .map_err(|error| error.to_string())?;
        let entry = verify(signed, &author, case)?;
        let bare = care::SignedEntry {
            entry: signed.entry.clone(),
            signature: signed.signature.clone(),
            ..care::SignedEntry::default()
        };
        let own = Authored::new(&entry.id, &chain, &author.device);
        let (logged, mut authored) = self.logged(relayed.seq, accepted_at, author.device, entry);
        authored.extend(own);
        Ok(Verified {
            logged,
            authored,
            chain,
            signed_entry: bare.encode_to_vec().into(),
        })
    }

    /// An entry as the reducer takes it, with what it relays verified, and whose word that is.
    ///
    /// A relayed entry that does not verify is left out; all members leave out the same.
    pub(crate) fn logged(
        &self,
        seq: u64,
        accepted_at: Timestamp,
        author: relais_types::DeviceName,
        mut entry: care::Entry,
    ) -> (Logged, Vec<Authored>) {
        let mut authored = Vec::new();
        let relayed = match &mut entry.body {
            Some(care::entry::Body::Relayed(relayed)) => {
                let opened = self.open_relayed(relayed).into_iter();
                opened
                    .map(|verified| {
                        authored.extend(verified.authored);
                        verified.logged
                    })
                    .collect()
            }
            // The contents of a history are entries of this log and stored as such.
            Some(care::entry::Body::History(history)) => {
                for entry in &mut history.entries {
                    entry.entry = None;
                }
                Vec::new()
            }
            _ => Vec::new(),
        };
        let logged = Logged {
            seq,
            accepted_at,
            author,
            entry,
            relayed,
        };
        (logged, authored)
    }

    fn open_relayed(&self, relayed: &mut care::Relayed) -> Vec<Verified> {
        let Ok(conversation) = CaseId::try_from(relayed.conversation_id.as_ref()) else {
            return Vec::new();
        };
        std::mem::take(&mut relayed.entries)
            .iter()
            .filter(|inner| !nests(inner))
            .filter_map(|inner| self.verify_relayed(inner, conversation).ok())
            .collect()
    }
}

/// True for an entry that itself shares entries: those are never shared on.
fn nests(relayed: &care::RelayedEntry) -> bool {
    let body = relayed
        .entry
        .as_ref()
        .and_then(|signed| care::Entry::decode(signed.entry.clone()).ok());
    matches!(
        body.and_then(|entry| entry.body),
        Some(care::entry::Body::Relayed(_) | care::entry::Body::History(_))
    )
}

/// The key that a stored seed makes.
pub(crate) fn key(seed: &[u8]) -> Result<SigningKey> {
    let seed = seed
        .try_into()
        .map_err(|_| record::damaged("a key has the wrong length"))?;
    Ok(SigningKey::from_seed(seed))
}

/// A public key as it was received or stored.
pub(crate) fn public_key(key: &[u8]) -> Result<[u8; 32]> {
    key.try_into()
        .map_err(|_| Error::malformed("removal_key", "must have 32 bytes"))
}

/// A certificate that does not verify.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
pub(crate) fn credential(error: CredentialError) -> Error {
    Error::new(Reason::CredentialInvalid, error.to_string())
}

/// Something that MLS refuses.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
pub(crate) fn mls(error: relais_mls::Error) -> Error {
    let reason = match &error {
        relais_mls::Error::Credential(_) => Reason::CredentialInvalid,
        relais_mls::Error::UnknownGroup => Reason::NotFound,
        relais_mls::Error::Policy(_) => Reason::NotAllowed,
        _ => Reason::HandshakeInvalid,
    };
    Error::new(reason, error.to_string())
}
