//! Secrets that the server makes for itself on its first start.

use std::path::Path;

use relais_service::{OperatorToken, ServerKey};
use relais_transparency::Signer;
use relais_types::{Entropy as _, OsEntropy};
use zeroize::Zeroizing;

use crate::{
    data_dir::{DataDir, read_if_present, write_whole},
    error::{Error, Result},
};

/// The token by which the operator's commands are known, made on the first start. Deleting
/// the file and starting again makes a new one.
pub(crate) fn operator_token(dir: &DataDir) -> Result<OperatorToken> {
    Ok(OperatorToken::new(&load_or_make(&dir.operator_token())?))
}

/// The key from which the server makes tokens, challenges and invitation codes.
pub(crate) fn server_key(dir: &DataDir) -> Result<ServerKey> {
    let path = dir.server_key();
    let text = load_or_make(&path)?;
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.as_str(), key.as_mut_slice()).map_err(|_| {
        Error::key(
            &path,
            "must hold 64 hexadecimal digits: restore it from a backup, or delete it, which makes every device sign in again",
        )
    })?;
    Ok(ServerKey::from_bytes(*key))
}

/// The key that signs the transparency log, made on the first start with a name of its own.
///
/// Every device keeps its public half: with another key they would all refuse the log and send
/// nothing, so the file belongs into the backup.
pub(crate) fn transparency_key(dir: &DataDir) -> Result<Signer> {
    let path = dir.transparency_key();
    if let Some(text) = read_if_present(&path)?.map(Zeroizing::new) {
        return Signer::from_secret(text.trim()).map_err(|_| {
            Error::key(
                &path,
                "is damaged: restore it from a backup; no device accepts a log that is signed by another key",
            )
        });
    }
    let name = format!("relais-{}", hex::encode(OsEntropy.bytes::<4>()));
    let signer = Signer::generate(&name, &mut OsEntropy)
        .map_err(|error| Error::internal("the transparency log's key", &error))?;
    let secret = signer.secret();
    let line = Zeroizing::new(format!("{}\n", *secret));
    write_whole(&path, line.as_bytes())?;
    Ok(signer)
}

/// 256 random bits in hexadecimal, kept in `path`.
fn load_or_make(path: &Path) -> Result<Zeroizing<String>> {
    if let Some(text) = read_if_present(path)?.map(Zeroizing::new) {
        let text = text.trim();
        if text.len() < 32 {
            return Err(Error::key(
                path,
                "is too short to be secret: restore it from a backup, or delete it to make a new one",
            ));
        }
        return Ok(Zeroizing::new(text.to_owned()));
    }
    let text = Zeroizing::new(hex::encode(OsEntropy.bytes::<32>()));
    let line = Zeroizing::new(format!("{}\n", *text));
    write_whole(path, line.as_bytes())?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("operator.token");
        let first = load_or_make(&path).unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(load_or_make(&path).unwrap(), first);
    }

    #[test]
    fn debug_shows_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let shown = format!(
            "{:?} {:?}",
            operator_token(&dir).unwrap(),
            server_key(&dir).unwrap()
        );
        for path in [dir.operator_token(), dir.server_key()] {
            let secret = std::fs::read_to_string(path).unwrap();
            let bytes = hex::decode(secret.trim()).unwrap();
            assert!(!shown.contains(secret.trim()), "{shown}");
            assert!(!shown.contains(&format!("{bytes:?}")), "{shown}");
        }
    }

    #[test]
    fn the_log_keeps_its_key_and_a_damaged_one_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let made = transparency_key(&dir).unwrap().log_key();
        assert_eq!(transparency_key(&dir).unwrap().log_key(), made);
        std::fs::write(dir.transparency_key(), "PRIVATE+KEY+nonsense\n").unwrap();
        let error = transparency_key(&dir).unwrap_err();
        assert!(error.to_string().contains("backup"), "{error}");
    }

    #[test]
    fn damaged_secrets_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        std::fs::write(dir.operator_token(), "short\n").unwrap();
        std::fs::write(dir.server_key(), "z".repeat(64)).unwrap();
        for error in [
            operator_token(&dir).err().unwrap(),
            server_key(&dir).err().unwrap(),
        ] {
            assert!(error.to_string().contains("delete it"), "{error}");
        }
    }
}
