//! Checkpoints (C2SP tlog-checkpoint): what a log commits to.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use relais_types::Timestamp;

use crate::{
    CosignerKey, Error, Hash, LogKey, Result, Signer,
    merkle::empty_root,
    note::{self, SignatureLine},
};

/// The size of a log and the root over all its leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// The text that is signed: origin, size, root in base64, a line each.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = STANDARD.encode(self.root);
        write!(f, "{}\n{}\n{root}\n", self.origin, self.size)
    }
}

impl FromStr for Checkpoint {
    type Err = Error;

    /// Reads a text without extension lines: this log makes none.
    fn from_str(text: &str) -> Result<Self> {
        let problem = || Error::Malformed("a checkpoint", "it must be origin, size and root");
        let mut lines = text.strip_suffix('\n').ok_or_else(problem)?.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(problem());
        };
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| problem())?,
            root: STANDARD
                .decode(root)
                .ok()
                .and_then(|root| root.try_into().ok())
                .ok_or_else(problem)?,
        };
        // Other spellings of the same numbers would be other texts.
        let same = checkpoint.to_string() == text;
        let empty = checkpoint.size == 0 && checkpoint.root != empty_root();
        if same && !empty {
            Ok(checkpoint)
        } else {
            Err(problem())
        }
    }
}

/// A checkpoint with the log's signature, verified, and whatever others have added to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// The log's signature over the checkpoint's text.
    pub signature: [u8; 64],
    lines: Vec<SignatureLine>,
}

impl SignedCheckpoint {
    /// Signs a checkpoint as its log.
    pub fn sign(signer: &Signer, size: u64, root: Hash) -> Self {
        let checkpoint = Checkpoint {
            origin: signer.name().to_owned(),
            size,
            root,
        };
        let line = signer.sign(&checkpoint.to_string());
        let mut signature = [0; 64];
        signature.copy_from_slice(&line.signature);
        Self {
            checkpoint,
            signature,
            lines: vec![line],
        }
    }

    /// Reads a note and checks the log's signature.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::OtherLog`], [`Error::Unsigned`].
    pub fn read(note: &str, log: &LogKey) -> Result<Self> {
        let (text, lines) = note::split(note)?;
        let checkpoint: Checkpoint = text.parse()?;
        if checkpoint.origin != log.name() {
            return Err(Error::OtherLog);
        }
        Ok(Self {
            signature: log.verify(text, &lines)?,
            checkpoint,
            lines,
        })
    }

    /// Puts a checkpoint together again of what it says and the log's signature.
    ///
    /// # Errors
    /// [`Error::Unsigned`].
    pub fn restore(log: &LogKey, size: u64, root: Hash, signature: [u8; 64]) -> Result<Self> {
        let checkpoint = Checkpoint {
            origin: log.name().to_owned(),
            size,
            root,
        };
        log.verify_signature(&checkpoint.to_string(), &signature)?;
        Ok(Self {
            checkpoint,
            lines: vec![log.line(&signature)],
            signature,
        })
    }

    /// Adds a signature line of somebody else.
    pub fn add(&mut self, line: SignatureLine) {
        self.lines.push(line);
    }

    /// When the witness has cosigned it, if they have.
    ///
    /// # Errors
    /// [`Error::Unsigned`].
    pub fn cosigned_by(&self, witness: &CosignerKey) -> Result<Timestamp> {
        witness.verify(&self.checkpoint.to_string(), &self.lines)
    }
}

/// The whole note.
impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&note::join(&self.checkpoint.to_string(), &self.lines))
    }
}

#[cfg(test)]
mod tests {
    use relais_types::SeededEntropy;

    use super::*;
    use crate::WitnessSigner;

    fn signer(name: &str, seed: u64) -> Signer {
        Signer::generate(name, &mut SeededEntropy::new(seed)).unwrap()
    }

    #[test]
    fn a_checkpoint_is_its_logs_and_complete() {
        let log = signer("relais/log", 1);
        let signed = SignedCheckpoint::sign(&log, 20_852_163, [7; 32]);
        let note = signed.to_string();
        let read = SignedCheckpoint::read(&note, &log.log_key()).unwrap();
        assert_eq!(read, signed);
        let restored =
            SignedCheckpoint::restore(&log.log_key(), 20_852_163, [7; 32], signed.signature);
        assert_eq!(restored.unwrap().to_string(), note);
        let wrong = SignedCheckpoint::restore(&log.log_key(), 1, [7; 32], signed.signature);
        assert!(wrong.is_err());
        let other = signer("relais/other", 1).log_key();
        assert_eq!(SignedCheckpoint::read(&note, &other), Err(Error::OtherLog));
        let text = signed.checkpoint.to_string();
        for bad in [
            text.replace("20852163", "020852163"),
            text.replace("20852163", "+20852163"),
            text.replace("20852163", "-1"),
            text.replace("20852163", "0"),
            text.replace("=\n", "\n"),
            format!("{text}extension\n"),
            text.trim_end().to_owned(),
            String::new(),
        ] {
            assert!(bad.parse::<Checkpoint>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_cosignature_travels_with_the_checkpoint() {
        let (log, witness) = (signer("log", 1), WitnessSigner(signer("witness", 2)));
        let mut signed = SignedCheckpoint::sign(&log, 3, [1; 32]);
        assert!(signed.cosigned_by(&witness.key()).is_err());
        let now = Timestamp::from_micros(5_000_000);
        signed.add(witness.cosign(&signed.checkpoint.to_string(), now));
        let read = SignedCheckpoint::read(&signed.to_string(), &log.log_key()).unwrap();
        assert_eq!(read.cosigned_by(&witness.key()), Ok(now));
    }
}
