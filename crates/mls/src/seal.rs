//! Sealing to somebody who is not in a group: HPKE (RFC 9180) in base mode with the algorithms of
//! our cipher suite, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM.

use std::fmt;

use openmls::prelude::OpenMlsCrypto as _;
use openmls_rust_crypto::RustCrypto;
use openmls_traits::types::{HpkeCiphertext, HpkeKeyPair};
use relais_types::Entropy;
use zeroize::Zeroizing;

use crate::{
    Error, Result,
    framing::{frame, unframe},
    policy::SUITE,
};

/// Length of an encapsulated X25519 key (RFC 9180 §7.1).
const ENCAPSULATED: usize = 32;

/// A secret key that opens what is sealed to its public half.
pub struct OpeningKey {
    seed: Zeroizing<[u8; 32]>,
    pair: HpkeKeyPair,
}

impl OpeningKey {
    /// A new key.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn generate(entropy: &mut impl Entropy) -> Result<Self> {
        Self::from_seed(&entropy.bytes())
    }

    /// The key that `seed` determines (`DeriveKeyPair`, RFC 9180 §7.1.3).
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self> {
        let pair = RustCrypto::default()
            .derive_hpke_keypair(SUITE.hpke_config(), seed)
            .map_err(failed)?;
        Ok(Self {
            seed: Zeroizing::new(*seed),
            pair,
        })
    }

    /// The secret from which the key can be made again.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        self.seed.clone()
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        let mut public = [0; 32];
        // An X25519 key has 32 bytes (RFC 7748 §5).
        public.copy_from_slice(&self.pair.public);
        public
    }

    /// Opens what was sealed to this key under the same `info`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it was sealed to another key or for another purpose, or was changed.
    pub fn open(&self, info: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let (encapsulated, ciphertext) = sealed
            .split_at_checked(ENCAPSULATED)
            .ok_or_else(|| Error::Invalid("it is too short to be sealed".to_owned()))?;
        let input = HpkeCiphertext {
            kem_output: encapsulated.to_vec().into(),
            ciphertext: ciphertext.to_vec().into(),
        };
        let framed = RustCrypto::default()
            .hpke_open(SUITE.hpke_config(), &input, &self.pair.private, info, &[])
            .map_err(|_| Error::Invalid("it was not sealed to this key".to_owned()))?;
        Ok(unframe(&framed)?.to_vec())
    }
}

impl fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpeningKey(…)")
    }
}

/// Seals `plaintext`, padded to a size class, to `public` for the purpose that `info` names.
///
/// # Errors
/// [`Error::Invalid`] if `public` is no key.
pub fn seal(public: &[u8; 32], info: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
    let sealed = RustCrypto::default()
        .hpke_seal(SUITE.hpke_config(), public, info, &[], &frame(plaintext)?)
        .map_err(failed)?;
    Ok([sealed.kem_output.as_slice(), sealed.ciphertext.as_slice()].concat())
}

fn failed(error: openmls_traits::types::CryptoError) -> Error {
    Error::Invalid(format!("sealing failed: {error}"))
}

#[cfg(test)]
mod tests {
    use relais_types::SeededEntropy;

    use super::*;

    #[test]
    fn only_the_key_for_the_purpose_opens_it() {
        let mut entropy = SeededEntropy::new(1);
        let key = OpeningKey::generate(&mut entropy).unwrap();
        let other = OpeningKey::generate(&mut entropy).unwrap();
        let sealed = seal(&key.public(), b"purpose", b"who saw what").unwrap();
        assert_eq!(key.open(b"purpose", &sealed).unwrap(), b"who saw what");
        let again = OpeningKey::from_seed(&key.seed()).unwrap();
        assert_eq!(again.open(b"purpose", &sealed).unwrap(), b"who saw what");
        assert!(other.open(b"purpose", &sealed).is_err());
        assert!(key.open(b"another", &sealed).is_err());
        for at in [0, 31, 32, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(b"purpose", &changed).is_err(), "{at}");
        }
        assert!(key.open(b"purpose", &sealed[..20]).is_err());
        // Sizes tell little, and no two seals are alike.
        let longer = seal(&key.public(), b"purpose", &[7; 200]).unwrap();
        assert_eq!(sealed.len(), longer.len());
        assert_ne!(
            sealed,
            seal(&key.public(), b"purpose", b"who saw what").unwrap()
        );
        assert_eq!(format!("{key:?}"), "OpeningKey(…)");
    }
}
