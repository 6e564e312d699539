//! The local store's encryption: a passphrase opens the key that seals every row.
//!
//! The passphrase is stretched with Argon2id; the result only unwraps a random master key,
//! so that a passphrase can be changed without sealing every row again. Rows are sealed
//! with XChaCha20-Poly1305; a row's key is sealed with its value and stored under a keyed
//! hash, so that the file does not even tell which cases it holds.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use relais_types::Entropy;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Error;

const NONCE: usize = 24;

/// How the passphrase is stretched, and the wrapped master key; stored in the clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Random, 16 bytes.
    pub(crate) salt: Vec<u8>,
    /// Argon2id memory in KiB.
    pub(crate) memory_kib: u32,
    /// Argon2id passes.
    pub(crate) passes: u32,
    /// Argon2id lanes.
    pub(crate) lanes: u32,
    /// The sealed master key.
    pub(crate) wrapped_key: Vec<u8>,
}

/// The keys of an open store.
pub(crate) struct Vault {
    seal: XChaCha20Poly1305,
    index: Zeroizing<[u8; 32]>,
}

impl Vault {
    /// A new store's header and keys. Argon2id with 64 MiB and 3 passes (RFC 9106 §4,
    /// second recommended option, with one lane).
    pub(crate) fn create(
        passphrase: &SecretString,
        entropy: &mut impl Entropy,
    ) -> Result<(Header, Self), Error> {
        let mut header = Header {
            salt: entropy.bytes::<16>().to_vec(),
            memory_kib: 64 * 1024,
            passes: 3,
            lanes: 1,
            wrapped_key: Vec::new(),
        };
        let master = Zeroizing::new(entropy.bytes::<32>());
        let wrapping = cipher(&*stretch(passphrase, &header)?);
        header.wrapped_key = seal(&wrapping, &header.salt, master.as_slice(), entropy)?;
        Ok((header, Self::from_master(&master)?))
    }

    /// The keys that the passphrase opens.
    pub(crate) fn open(passphrase: &SecretString, header: &Header) -> Result<Self, Error> {
        let wrapping = cipher(&*stretch(passphrase, header)?);
        let master =
            open(&wrapping, &header.salt, &header.wrapped_key).ok_or(Error::WrongPassphrase)?;
        let master: &[u8; 32] = master
            .as_slice()
            .try_into()
            .map_err(|_| damaged("its key has the wrong length"))?;
        Self::from_master(&Zeroizing::new(*master))
    }

    /// Passes if the passphrase is the one that opens the store. Takes a tenth of a second, on
    /// purpose, on a thread of its own.
    pub(crate) async fn check(passphrase: &SecretString, header: &Header) -> Result<(), Error> {
        let (passphrase, header) = (passphrase.clone(), header.clone());
        tokio::task::spawn_blocking(move || Self::open(&passphrase, &header).map(drop))
            .await
            .map_err(|_| Error::Closed)?
    }

    fn from_master(master: &[u8; 32]) -> Result<Self, Error> {
        Ok(Self {
            seal: cipher(&*keyed(master, b"seal")?),
            index: keyed(master, b"index")?,
        })
    }

    /// Where a row is stored.
    pub(crate) fn row_id(&self, key: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(keyed(&self.index, key)?.to_vec())
    }

    /// A row as it is stored under `id`.
    pub(crate) fn seal_row(
        &self,
        id: &[u8],
        key: &[u8],
        value: &[u8],
        entropy: &mut impl Entropy,
    ) -> Result<Vec<u8>, Error> {
        let length = u32::try_from(key.len()).map_err(|_| damaged("a key is too long"))?;
        let plain = Zeroizing::new([&length.to_be_bytes(), key, value].concat());
        seal(&self.seal, id, &plain, entropy)
    }

    /// The key and value of a stored row.
    pub(crate) fn open_row(&self, id: &[u8], sealed: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let plain = open(&self.seal, id, sealed).ok_or_else(|| damaged("a row was changed"))?;
        let split = plain.split_first_chunk().and_then(|(length, rest)| {
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            rest.split_at_checked(length)
        });
        let (key, value) = split.ok_or_else(|| damaged("a row is too short"))?;
        Ok((key.to_vec(), value.to_vec()))
    }
}

/// The store does not hold what was written.
pub(crate) fn damaged(what: &str) -> Error {
    Error::Store(format!(
        "the store is damaged ({what}): restore it from a backup or enrol again"
    ))
}

fn stretch(passphrase: &SecretString, header: &Header) -> Result<Zeroizing<[u8; 32]>, Error> {
    let params = Params::new(header.memory_kib, header.passes, header.lanes, Some(32))
        .map_err(|_| damaged("its Argon2 parameters are out of range"))?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(
            passphrase.expose_secret().as_bytes(),
            &header.salt,
            key.as_mut_slice(),
        )
        .map_err(|_| damaged("its salt is too short"))?;
    Ok(key)
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(Key::from_slice(key))
}

fn keyed(key: &[u8; 32], message: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key).map_err(|_| damaged("its key has the wrong length"))?;
    mac.update(message);
    Ok(Zeroizing::new(mac.finalize().into_bytes().into()))
}

fn seal(
    cipher: &XChaCha20Poly1305,
    aad: &[u8],
    plain: &[u8],
    entropy: &mut impl Entropy,
) -> Result<Vec<u8>, Error> {
    let nonce = entropy.bytes::<NONCE>();
    let sealed = cipher
        .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad })
        .map_err(|_| damaged("a row is too large to seal"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(cipher: &XChaCha20Poly1305, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, msg) = sealed.split_at_checked(NONCE)?;
    cipher
        .decrypt(XNonce::from_slice(nonce), Payload { msg, aad })
        .ok()
        .map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use relais_types::SeededEntropy;

    use super::*;

    #[test]
    fn only_the_passphrase_opens_it() {
        let mut entropy = SeededEntropy::new(1);
        let (header, vault) = Vault::create(&"correct horse".into(), &mut entropy).unwrap();
        let id = vault.row_id(b"case/1").unwrap();
        let sealed = vault
            .seal_row(&id, b"case/1", b"title", &mut entropy)
            .unwrap();

        let again = Vault::open(&"correct horse".into(), &header).unwrap();
        assert_eq!(
            again.open_row(&id, &sealed).unwrap(),
            (b"case/1".to_vec(), b"title".to_vec())
        );
        assert!(matches!(
            Vault::open(&"wrong horse".into(), &header),
            Err(Error::WrongPassphrase)
        ));
    }

    #[test]
    fn a_changed_or_moved_row_is_noticed() {
        let mut entropy = SeededEntropy::new(2);
        let (_, vault) = Vault::create(&"p".into(), &mut entropy).unwrap();
        let id = vault.row_id(b"a").unwrap();
        let mut sealed = vault.seal_row(&id, b"a", b"1", &mut entropy).unwrap();
        assert!(
            vault
                .open_row(&vault.row_id(b"b").unwrap(), &sealed)
                .is_err()
        );
        sealed[30] ^= 1;
        assert!(vault.open_row(&id, &sealed).is_err());
        assert!(vault.open_row(&id, &sealed[..10]).is_err());
    }
}
