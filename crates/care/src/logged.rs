//! An entry with its place in the log.

use std::{cmp::Ordering, fmt};

use prost::Message as _;
use relais_proto::care as pb;
use relais_types::{DeviceName, EntryId, Timestamp};
use sha2::{Digest as _, Sha256};

/// A verified entry and where it stands in its conversation's log.
///
/// Whoever makes one has checked the author's signature over the received bytes, the
/// author's certificate chain at `accepted_at`, and that the received bytes are at most
/// [`max_bytes`](crate::max_bytes). Everything else is checked by the reducer.
#[derive(Clone, PartialEq)]
pub struct Logged {
    /// Its number in the log.
    pub seq: u64,
    /// When the server accepted it.
    pub accepted_at: Timestamp,
    /// The device whose signature verified.
    pub author: DeviceName,
    /// What was signed.
    pub entry: pb::Entry,
    /// If the entry is a `Relayed`: its verified content in the order in which it was relayed,
    /// with the places of the other log, as the relayer states them.
    pub relayed: Vec<Logged>,
}

impl Logged {
    /// The entry's id.
    ///
    /// An entry without a well-formed id is named by the first 16 bytes of its SHA-256, so
    /// that it too can be shown, once, and the same for every member.
    pub fn id(&self) -> EntryId {
        EntryId::try_from(&self.entry.id[..]).unwrap_or_else(|_| {
            let digest: [u8; 32] = Sha256::digest(self.entry.encode_to_vec()).into();
            let (head, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
            EntryId::from_bytes(*head)
        })
    }

    /// The order of reduction: by number; where an untrue history gives two entries one
    /// number, by id and then by content, so that every member decides alike.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.seq.cmp(&other.seq).then_with(|| {
            let rest = |logged: &Self| {
                (
                    logged.id(),
                    logged.author.clone(),
                    logged.accepted_at,
                    logged.entry.encode_to_vec(),
                )
            };
            rest(self).cmp(&rest(other))
        })
    }
}

impl fmt::Debug for Logged {
    /// Never shows content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logged")
            .field("seq", &self.seq)
            .field("id", &self.id())
            .field("author", &self.author.to_string())
            .finish_non_exhaustive()
    }
}
