//! The transparency log, without I/O: what may be certified must be seen.
//!
//! Every certificate that an organisation issues is a leaf of one append-only Merkle tree
//! ([`merkle`], RFC 9162 §2.1). The server signs the tree's size and root as a [`Checkpoint`]
//! in the format of C2SP tlog-checkpoint, a witness at another organisation cosigns it, and
//! every device asks for the proof that a certificate is in the tree before it sends anything
//! to whoever holds it. A server that shows different people different trees has to sign
//! both: two signatures that nobody can explain away.
//!
//! - [`merkle`]: leaf and node hashes, inclusion and consistency proofs: which stored hashes
//!   make one ([`merkle::inclusion`], [`merkle::consistency`]) and whether one is right.
//! - [`tile`]: the tree cut into tiles of height 8 (C2SP tlog-tiles), for witnesses and
//!   monitors.
//! - [`note`]: signed notes and their keys (C2SP signed-note), and timestamped cosignatures
//!   (C2SP tlog-cosignature).
//! - [`Checkpoint`]: the body of such a note.
//! - [`Event`]: what a leaf says.
//! - [`Tree`]: a whole tree in memory, for mirrors of small logs and for tests.
//!
//! Nothing here reads a clock, a file or a socket: it runs in the server, in a browser and
//! under a simulated clock.

mod checkpoint;
mod event;
pub mod merkle;
pub mod note;
pub mod tile;
mod tree;

pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use event::{Event, Happening};
pub use merkle::{Frontier, Hash};
pub use note::{CosignerKey, LogKey, SignatureLine, Signer, WitnessSigner};
pub use tree::Tree;

/// What is wrong with something of a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not in the format that it should be in.
    #[error("{0} is malformed: {1}")]
    Malformed(&'static str, &'static str),
    /// No signature by this key, or none that verifies.
    #[error("it carries no valid signature by {0}")]
    Unsigned(String),
    /// The checkpoint is another log's.
    #[error("it is the checkpoint of another log")]
    OtherLog,
    /// A proof does not lead to the root that it should.
    #[error("the proof does not lead to the signed root")]
    WrongProof,
}

/// Results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
