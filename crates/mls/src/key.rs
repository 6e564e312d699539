//! The device's signature key.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use openmls_traits::{
    signatures::{Signer, SignerError},
    types::SignatureScheme,
};
use relais_types::Entropy;
use zeroize::Zeroizing;

use crate::{Error, Result, pem::pem};

/// What stands before the 32 bytes of an Ed25519 secret in PKCS #8, version 1 (RFC 8410 §7).
const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// A device's Ed25519 key (RFC 8032): it signs MLS messages and, under labels of our own,
/// anything else the device must prove. Wiped from memory when dropped.
///
/// MLS signs `SignContent` structs, which begin with the length of a label shorter than 64
/// bytes (RFC 9420 §5.1.2), so with a byte below `0x40`. Our labels begin with a letter,
/// which is above it: no signature of one kind can pass for one of the other.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// A new key.
    pub fn generate(entropy: &mut impl Entropy) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(&mut *seed);
        Self::from_seed(&seed)
    }

    /// The key that `seed` determines (RFC 8032 §5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The secret from which the key can be made again.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The secret as PKCS #8 (RFC 8410 §7) in PEM, for TLS.
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        let der = Zeroizing::new([PKCS8.as_slice(), &*self.seed()].concat());
        Zeroizing::new(pem("PRIVATE KEY", &der))
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Signs `label || message`.
    ///
    /// A label is fixed text that begins with a letter, and no label in use may be the
    /// beginning of another.
    pub fn sign(&self, label: &str, message: &[u8]) -> [u8; 64] {
        self.0.sign(&labelled(label, message)).to_bytes()
    }
}

/// Checks that `signature` was made by [`SigningKey::sign`] over the same label and message.
///
/// Strict (no small-order keys, no malleable encodings), so that all members agree.
///
/// # Errors
/// [`Error::BadSignature`].
pub fn verify(public: &[u8; 32], label: &str, message: &[u8], signature: &[u8]) -> Result<()> {
    verify_raw(public, &labelled(label, message), signature).ok_or(Error::BadSignature)
}

/// Strict Ed25519 over exactly `message`.
pub(crate) fn verify_raw(public: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = VerifyingKey::from_bytes(public.try_into().ok()?).ok()?;
    let signature = Signature::from_slice(signature).ok()?;
    key.verify_strict(message, &signature).ok()
}

fn labelled(label: &str, message: &[u8]) -> Vec<u8> {
    debug_assert!(
        label.starts_with(|c: char| c.is_ascii_alphabetic()),
        "a label begins with a letter"
    );
    [label.as_bytes(), message].concat()
}

impl Signer for SigningKey {
    fn sign(&self, payload: &[u8]) -> std::result::Result<Vec<u8>, SignerError> {
        Ok(self.0.sign(payload).to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use relais_types::SeededEntropy;

    use super::*;

    #[test]
    fn a_signature_holds_for_its_label_message_and_key_only() {
        let key = SigningKey::generate(&mut SeededEntropy::new(1));
        let other = SigningKey::generate(&mut SeededEntropy::new(2));
        let signature = key.sign("relais/a/v1", b"hello");
        verify(&key.public(), "relais/a/v1", b"hello", &signature).unwrap();
        for (public, label, message) in [
            (other.public(), "relais/a/v1", &b"hello"[..]),
            (key.public(), "relais/b/v1", b"hello"),
            (key.public(), "relais/a/v1", b"hallo"),
        ] {
            assert_eq!(
                verify(&public, label, message, &signature),
                Err(Error::BadSignature)
            );
        }
        for malformed in [
            &signature[..63],
            &[signature.as_slice(), &[0]].concat(),
            &[],
        ] {
            assert!(verify(&key.public(), "relais/a/v1", b"hello", malformed).is_err());
        }
    }

    #[test]
    fn the_seed_makes_the_same_key_and_debug_hides_it() {
        let key = SigningKey::generate(&mut SeededEntropy::new(1));
        assert_eq!(SigningKey::from_seed(&key.seed()).public(), key.public());
        assert_eq!(format!("{key:?}"), "SigningKey(…)");
    }

    #[test]
    fn another_library_reads_the_same_key_from_pem() {
        let key = SigningKey::generate(&mut SeededEntropy::new(1));
        let read = rcgen::KeyPair::from_pem(&key.to_pkcs8_pem()).unwrap();
        assert_eq!(read.public_key_raw(), key.public());
    }

    #[test]
    fn a_small_order_key_never_verifies() {
        // The identity point: with lax verification it accepts forged signatures.
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut forged = [0; 64];
        forged[0] = 1;
        assert!(verify(&identity, "relais/a/v1", b"anything", &forged).is_err());
    }
}
