//! Signed notes (C2SP signed-note), the keys that sign them, and timestamped cosignatures
//! (C2SP tlog-cosignature).
//!
//! A note is a text that ends in a newline, an empty line, and one line for each signature:
//! `— <name of the key> <base64 of the key's id and the signature>`. Whoever reads one looks
//! for a signature by a key that they know; lines of other keys are skipped.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use relais_types::{Entropy, Timestamp};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{Error, Result};

/// Signature type of a note signed with Ed25519.
const ED25519: u8 = 1;
/// Signature type of a timestamped Ed25519 cosignature.
const COSIGNATURE: u8 = 4;
/// Bytes of the longest note that is looked at.
const MAX_NOTE: usize = 64 * 1024;
/// What stands before each signature.
const DASH: &str = "\u{2014} ";
/// What stands before the seed in a key file.
const PRIVATE: &str = "PRIVATE+KEY+";

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// The name of the key.
    pub name: String,
    /// The first four bytes of the key's hash.
    pub id: [u8; 4],
    /// The signature, in the format of its type.
    pub signature: Vec<u8>,
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob = [self.id.as_slice(), &self.signature].concat();
        write!(f, "{DASH}{} {}", self.name, STANDARD.encode(blob))
    }
}

impl FromStr for SignatureLine {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self> {
        let problem = Error::Malformed("a signature line", "it must be — name base64");
        let (name, blob) = line
            .strip_prefix(DASH)
            .and_then(|rest| rest.split_once(' '))
            .ok_or(problem.clone())?;
        let blob = STANDARD.decode(blob).map_err(|_| problem.clone())?;
        let (id, signature) = blob.split_first_chunk().ok_or(problem.clone())?;
        if !is_name(name) || signature.is_empty() {
            return Err(problem);
        }
        Ok(Self {
            name: name.to_owned(),
            id: *id,
            signature: signature.to_vec(),
        })
    }
}

/// The text of a note, with its final newline, and its signature lines.
///
/// # Errors
/// [`Error::Malformed`]; also for a note of more than 64 KiB.
pub fn split(note: &str) -> Result<(&str, Vec<SignatureLine>)> {
    let problem = |what| Error::Malformed("a signed note", what);
    if note.len() > MAX_NOTE {
        return Err(problem("it is too long"));
    }
    let middle = note
        .rfind("\n\n")
        .ok_or_else(|| problem("it has no signatures"))?;
    let (text, lines) = (&note[..=middle], &note[middle + 2..]);
    let lines = lines
        .strip_suffix('\n')
        .ok_or_else(|| problem("it must end in a newline"))?;
    let lines = lines.split('\n').map(str::parse).collect::<Result<_>>()?;
    Ok((text, lines))
}

/// A note with its text and these signatures.
pub fn join<'a>(text: &str, lines: impl IntoIterator<Item = &'a SignatureLine>) -> String {
    let lines: Vec<String> = lines.into_iter().map(ToString::to_string).collect();
    format!("{text}\n{}\n", lines.join("\n"))
}

/// The key of a log: its name, which is the origin of its checkpoints, and its Ed25519 key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogKey(PublicKey);

/// The key of a witness that cosigns checkpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosignerKey(PublicKey);

#[derive(Clone, Debug, PartialEq, Eq)]
struct PublicKey {
    name: String,
    key: [u8; 32],
}

impl LogKey {
    /// The log's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Checks that this key signed `text`, and returns the signature.
    ///
    /// # Errors
    /// [`Error::Unsigned`].
    pub fn verify(&self, text: &str, lines: &[SignatureLine]) -> Result<[u8; 64]> {
        let line = self.0.line(ED25519, lines)?;
        let signature = line.signature.as_slice().try_into();
        let signature: [u8; 64] = signature.map_err(|_| self.0.unsigned())?;
        self.verify_signature(text, &signature)?;
        Ok(signature)
    }

    /// Checks a signature of this key over `text`.
    ///
    /// # Errors
    /// [`Error::Unsigned`].
    pub fn verify_signature(&self, text: &str, signature: &[u8; 64]) -> Result<()> {
        self.0.verify(text.as_bytes(), signature)
    }

    /// The line that says that this key made `signature`.
    pub fn line(&self, signature: &[u8; 64]) -> SignatureLine {
        self.0.signed(ED25519, signature.to_vec())
    }
}

impl CosignerKey {
    /// The witness's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Checks that this witness cosigned `text`, and tells when.
    ///
    /// # Errors
    /// [`Error::Unsigned`].
    pub fn verify(&self, text: &str, lines: &[SignatureLine]) -> Result<Timestamp> {
        let line = self.0.line(COSIGNATURE, lines)?;
        let unsigned = || self.0.unsigned();
        let (time, signature) = line
            .signature
            .split_first_chunk::<8>()
            .ok_or_else(unsigned)?;
        let signature = signature.try_into().map_err(|_| unsigned())?;
        let seconds = u64::from_be_bytes(*time);
        self.0.verify(&cosigned(seconds, text), &signature)?;
        let seconds = i64::try_from(seconds).map_err(|_| unsigned())?;
        let micros = seconds.checked_mul(1_000_000).ok_or_else(unsigned)?;
        Ok(Timestamp::from_micros(micros))
    }

    /// This witness's line, if there is one; nothing is checked.
    pub fn find<'a>(&self, lines: &'a [SignatureLine]) -> Option<&'a SignatureLine> {
        self.0.line(COSIGNATURE, lines).ok()
    }
}

impl PublicKey {
    /// The first bytes of `SHA-256(name || "\n" || type || key)`.
    fn id(&self, kind: u8) -> [u8; 4] {
        let hash: [u8; 32] = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', kind])
            .chain_update(self.key)
            .finalize()
            .into();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    fn line<'a>(&self, kind: u8, lines: &'a [SignatureLine]) -> Result<&'a SignatureLine> {
        let id = self.id(kind);
        lines
            .iter()
            .find(|line| line.name == self.name && line.id == id)
            .ok_or_else(|| self.unsigned())
    }

    fn signed(&self, kind: u8, signature: Vec<u8>) -> SignatureLine {
        SignatureLine {
            name: self.name.clone(),
            id: self.id(kind),
            signature,
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<()> {
        let key = VerifyingKey::from_bytes(&self.key).map_err(|_| self.unsigned())?;
        key.verify_strict(message, &Signature::from_bytes(signature))
            .map_err(|_| self.unsigned())
    }

    fn unsigned(&self) -> Error {
        Error::Unsigned(self.name.clone())
    }

    fn write(&self, kind: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[kind], self.key.as_slice()].concat();
        let (id, key) = (hex::encode(self.id(kind)), STANDARD.encode(key));
        write!(f, "{}+{id}+{key}", self.name)
    }

    fn read(kind: u8, text: &str) -> Result<Self> {
        let problem = |what| Error::Malformed("a verifier key", what);
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(problem("it must be name+id+key"));
        };
        let key = STANDARD.decode(key).ok();
        let Some((found, key)) = key.as_deref().and_then(|key| key.split_first()) else {
            return Err(problem("its key is not base64"));
        };
        if *found != kind {
            return Err(problem("it is a key of another kind"));
        }
        let key = key
            .try_into()
            .map_err(|_| problem("its key must have 32 bytes"))?;
        if VerifyingKey::from_bytes(&key).is_err() || !is_name(name) {
            return Err(problem("its name or its key cannot be used"));
        }
        let name = name.to_owned();
        let read = Self { name, key };
        if hex::encode(read.id(kind)) == id {
            Ok(read)
        } else {
            Err(problem("its id does not fit to its name and key"))
        }
    }
}

/// The verifier key `name+id+key`, as it stands in configurations.
impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(ED25519, f)
    }
}

impl FromStr for LogKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        PublicKey::read(ED25519, text).map(Self)
    }
}

/// The verifier key `name+id+key`, as it stands in configurations.
impl fmt::Display for CosignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(COSIGNATURE, f)
    }
}

impl FromStr for CosignerKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        PublicKey::read(COSIGNATURE, text).map(Self)
    }
}

/// A key that signs notes, with its name. Wiped from memory when dropped.
pub struct Signer {
    name: String,
    key: ed25519_dalek::SigningKey,
}

impl Signer {
    /// A new key called `name`.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it cannot be a name: empty, or with a space or a `+`.
    pub fn generate(name: &str, entropy: &mut impl Entropy) -> Result<Self> {
        if !is_name(name) {
            return Err(Error::Malformed("a name", "it must have no space and no +"));
        }
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(&mut *seed);
        Ok(Self {
            name: name.to_owned(),
            key: ed25519_dalek::SigningKey::from_bytes(&seed),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key as a text to keep secret: `PRIVATE+KEY+name+id+key`.
    pub fn secret(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new(self.key.to_bytes());
        let key = Zeroizing::new([&[ED25519], seed.as_slice()].concat());
        let (id, key) = (
            hex::encode(self.public().id(ED25519)),
            STANDARD.encode(&*key),
        );
        Zeroizing::new(format!("{PRIVATE}{}+{id}+{key}", self.name))
    }

    /// Reads what [`Signer::secret`] wrote.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn from_secret(text: &str) -> Result<Self> {
        let problem = || Error::Malformed("a signing key", "it must be PRIVATE+KEY+name+id+key");
        let mut parts = text
            .strip_prefix(PRIVATE)
            .ok_or_else(problem)?
            .splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(problem());
        };
        let key = Zeroizing::new(STANDARD.decode(key).map_err(|_| problem())?);
        let seed = key.strip_prefix(&[ED25519]).ok_or_else(problem)?;
        let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).map_err(|_| problem())?);
        let read = Self {
            name: name.to_owned(),
            key: ed25519_dalek::SigningKey::from_bytes(&seed),
        };
        if is_name(name) && hex::encode(read.public().id(ED25519)) == id {
            Ok(read)
        } else {
            Err(problem())
        }
    }

    /// What others verify this log's checkpoints with.
    pub fn log_key(&self) -> LogKey {
        LogKey(self.public())
    }

    /// Signs `text`, which must end in a newline.
    pub fn sign(&self, text: &str) -> SignatureLine {
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        self.public().signed(ED25519, signature.to_vec())
    }

    fn public(&self) -> PublicKey {
        PublicKey {
            name: self.name.clone(),
            key: self.key.verifying_key().to_bytes(),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.name)
    }
}

/// A witness's key: a [`Signer`] that cosigns.
#[derive(Debug)]
pub struct WitnessSigner(pub Signer);

impl WitnessSigner {
    /// What others verify this witness's cosignatures with.
    pub fn key(&self) -> CosignerKey {
        CosignerKey(self.0.public())
    }

    /// Cosigns the checkpoint `text` at the time `now`, in whole seconds.
    pub fn cosign(&self, text: &str, now: Timestamp) -> SignatureLine {
        let seconds = u64::try_from(now.as_secs()).unwrap_or(0);
        let signature = self.0.key.sign(&cosigned(seconds, text)).to_bytes();
        let signature = [seconds.to_be_bytes().as_slice(), &signature].concat();
        self.0.public().signed(COSIGNATURE, signature)
    }
}

/// What a cosignature covers: the time and the whole text.
fn cosigned(seconds: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes()
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && !name
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

#[cfg(test)]
mod tests {
    use relais_types::SeededEntropy;

    use super::*;

    fn signer(name: &str, seed: u64) -> Signer {
        Signer::generate(name, &mut SeededEntropy::new(seed)).unwrap()
    }

    #[test]
    fn the_published_example_verifies() {
        // From the documentation of signed notes, written by another implementation.
        let key: LogKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
            .parse()
            .unwrap();
        let note = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\n\
                    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let (text, lines) = split(note).unwrap();
        key.verify(text, &lines).unwrap();
        assert!(key.verify("another text\n", &lines).is_err());
        assert_eq!(join(text, &lines), note);
    }

    #[test]
    fn a_note_is_what_its_key_signed_and_nothing_else() {
        let (log, other) = (signer("relais/log", 1), signer("relais/log", 2));
        let text = "relais/log\n4\nroot\n";
        let lines = [log.sign(text)];
        let note = join(text, &lines);
        let (read, found) = split(&note).unwrap();
        assert_eq!((read, found.as_slice()), (text, lines.as_slice()));
        log.log_key().verify(read, &found).unwrap();
        assert!(
            log.log_key()
                .verify("relais/log\n5\nroot\n", &found)
                .is_err()
        );
        assert!(other.log_key().verify(read, &found).is_err());
        for bad in [
            "",
            "\n\n",
            "text\n",
            "text\n\n",
            "text\n\n\u{2014} a b\n",
            "text\n\n- a AAAAAAAA\n",
            "text\n\n\u{2014} a AAAAAAAA",
        ] {
            assert!(split(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn keys_survive_being_written_down() {
        let log = signer("relais/log", 1);
        let read = Signer::from_secret(&log.secret()).unwrap();
        assert_eq!(read.log_key(), log.log_key());
        assert_eq!(log.log_key().to_string().parse(), Ok(log.log_key()));
        let witness = WitnessSigner(read);
        let key = witness.key();
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        // A key for logs is none for witnesses.
        assert!(key.to_string().parse::<LogKey>().is_err());
        assert!(log.log_key().to_string().parse::<CosignerKey>().is_err());
        assert!("a+00000000+AAAA".parse::<LogKey>().is_err());
        assert!(Signer::generate("two words", &mut SeededEntropy::new(1)).is_err());
        assert_eq!(format!("{log:?}"), "Signer(relais/log)");
    }

    #[test]
    fn a_cosignature_covers_its_time() {
        let witness = WitnessSigner(signer("witness.example", 3));
        let now = Timestamp::from_micros(1_790_000_000_123_456);
        let text = "relais/log\n4\nroot\n";
        let mut line = witness.cosign(text, now);
        let at = witness.key().verify(text, std::slice::from_ref(&line));
        assert_eq!(at, Ok(Timestamp::from_micros(1_790_000_000_000_000)));
        line.signature[7] ^= 1;
        assert!(witness.key().verify(text, &[line]).is_err());
    }
}
