//! The transparency log as a witness or a monitor reads it: every entry, and what it all adds up
//! to.

use relais_proto::transparency as pb;
use relais_transparency::{
    Checkpoint, CosignerKey, Error as LogError, Event, Frontier, LogKey, SignedCheckpoint,
    merkle::leaf_hash, note::SignatureLine,
};
use relais_types::{Error as Refused, Reason};

use crate::{Error, transport::Transport};

/// A log to watch.
#[derive(Clone, Debug)]
pub struct TransparencyLog {
    transport: Transport,
    key: LogKey,
}

/// What a log showed, as far as it holds together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// The log continues what was known of it.
    Grown {
        /// Its newest checkpoint.
        checkpoint: Box<SignedCheckpoint>,
        /// Its right edge, to begin from the next time.
        frontier: Frontier,
        /// What is new, in order.
        events: Vec<Event>,
    },
    /// The witness that watches has cosigned more than it knows of.
    Ahead {
        /// How many entries its own cosignature covers.
        size: u64,
        /// The checkpoint that it has cosigned.
        cosigned: Box<SignedCheckpoint>,
    },
    /// The log contradicts what was known of it.
    Broken {
        /// What is wrong with it, to be read after "the log".
        why: String,
        /// The checkpoint that shows it.
        checkpoint: Box<SignedCheckpoint>,
    },
}

impl TransparencyLog {
    pub(crate) fn new(transport: Transport, key: LogKey) -> Self {
        Self { transport, key }
    }

    /// The key that its checkpoints are signed with, as this device trusts it.
    pub fn key(&self) -> &LogKey {
        &self.key
    }

    /// Reads everything that is new since `known`, and computes anew what the log signs.
    ///
    /// Nothing is taken on trust: the new entries, appended to what is known, must make the root
    /// of the newest checkpoint, and each must be an event that this version understands. If the
    /// server has a cosignature of `witness` over more than is known, nothing is read.
    ///
    /// # Errors
    /// [`Error::Unreachable`]; `INTERNAL` if the log's signature does not verify or it withholds
    /// entries, which proves nothing and may be tried again.
    pub async fn watch(&self, known: &Frontier, witness: &CosignerKey) -> Result<Watched, Error> {
        let request = pb::GetCheckpointRequest {
            from_size: known.size(),
        };
        let request = self.transport.unary(request).await?;
        let answer = self.transport.transparency().get_checkpoint(request).await;
        let answer = answer.map_err(|status| self.transport.refused(&status))?;
        let log = answer.into_inner().log.unwrap_or_default();
        let note = log.checkpoint;
        // Whatever does not verify is the server's word, and proves nothing.
        let cosigned = SignedCheckpoint::read(&log.cosigned_checkpoint, &self.key)
            .ok()
            .filter(|cosigned| cosigned.cosigned_by(witness).is_ok());
        if let Some(cosigned) = cosigned {
            let Checkpoint { size, root, .. } = cosigned.checkpoint;
            let checkpoint = Box::new(cosigned);
            if size > known.size() {
                let cosigned = checkpoint;
                return Ok(Watched::Ahead { size, cosigned });
            }
            if size == known.size() && root != known.root() {
                let why = format!(
                    "has a cosignature of this witness over another tree of {size} entries"
                );
                return Ok(Watched::Broken { why, checkpoint });
            }
        }
        let checkpoint = SignedCheckpoint::read(&note, &self.key).map_err(unverifiable)?;
        let Checkpoint { size, root, .. } = checkpoint.checkpoint;
        let broken = |why: String| {
            let checkpoint = Box::new(checkpoint.clone());
            Ok(Watched::Broken { why, checkpoint })
        };
        if size < known.size() {
            let had = known.size();
            return broken(format!("became shorter: it had {had} entries, now {size}"));
        }
        let (mut frontier, mut events) = (known.clone(), Vec::new());
        while frontier.size() < size {
            let leaves = self.leaves(frontier.size()).await?;
            if leaves.is_empty() {
                return Err(unverifiable(LogError::Malformed(
                    "the log",
                    "it withholds entries that it has signed",
                )));
            }
            let wanted = usize::try_from(size - frontier.size()).unwrap_or(usize::MAX);
            for leaf in leaves.iter().take(wanted) {
                let number = frontier.size();
                match Event::decode(leaf) {
                    Ok(event) => events.push(event),
                    Err(error) => return broken(format!("holds an entry {number}: {error}")),
                }
                frontier.push(leaf_hash(leaf));
            }
        }
        if frontier.root() != root {
            return broken(format!(
                "does not continue what it was: its {size} entries do not make the root that it signs"
            ));
        }
        Ok(Watched::Grown {
            checkpoint: Box::new(checkpoint),
            frontier,
            events,
        })
    }

    /// Gives a witness's cosignature to the server; true if it is kept there under `witness`.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if the operator has not configured the witness; `PROOF_INVALID`;
    /// [`Error::Unreachable`].
    pub async fn cosigned(
        &self,
        checkpoint: &SignedCheckpoint,
        line: &SignatureLine,
        witness: &CosignerKey,
    ) -> Result<(), Error> {
        let text = checkpoint.checkpoint.to_string();
        witness
            .verify(&text, std::slice::from_ref(line))
            .map_err(unverifiable)?;
        let request = pb::AddCosignatureRequest {
            size: checkpoint.checkpoint.size,
            cosignature: line.to_string(),
        };
        let request = self.transport.unary(request).await?;
        let added = self.transport.transparency().add_cosignature(request).await;
        added
            .map(drop)
            .map_err(|status| self.transport.refused(&status))
    }

    async fn leaves(&self, start: u64) -> Result<Vec<bytes::Bytes>, Error> {
        let request = pb::GetEntriesRequest {
            start,
            page_size: 0,
        };
        let request = self.transport.unary(request).await?;
        let page = self.transport.transparency().get_entries(request).await;
        let page = page.map_err(|status| self.transport.refused(&status))?;
        Ok(page.into_inner().leaves)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
fn unverifiable(error: LogError) -> Error {
    let message = format!("the transparency log cannot be verified: {error}; try again");
    Error::Refused(Refused::new(Reason::Internal, message))
}
