//! Secrets that the server makes for itself on its first start.

use std::path::Path;

use relais_service::{OperatorToken, ServerKey};
use relais_types::{Entropy as _, OsEntropy};

use crate::{
    data_dir::{DataDir, read_if_present, write_whole},
    error::{Error, Result},
};

/// The token by which the operator's commands are known, made on the first start. Deleting
/// the file and starting again makes a new one.
pub(crate) fn operator_token(dir: &DataDir) -> Result<OperatorToken> {
    Ok(OperatorToken::new(&load_or_make(&dir.operator_token())?))
}

/// The key under which the server keeps its digests of codes and tokens.
pub(crate) fn server_key(dir: &DataDir) -> Result<ServerKey> {
    let path = dir.server_key();
    let text = load_or_make(&path)?;
    let mut key = [0; 32];
    hex::decode_to_slice(&text, &mut key).map_err(|_| {
        Error::key(
            &path,
            "must hold 64 hexadecimal digits: restore it from a backup, or delete it, which ends open invitations and signs every device out",
        )
    })?;
    Ok(ServerKey::from_bytes(key))
}

/// 256 random bits in hexadecimal, kept in `path`.
fn load_or_make(path: &Path) -> Result<String> {
    if let Some(text) = read_if_present(path)? {
        let text = text.trim();
        if text.len() < 32 {
            return Err(Error::key(
                path,
                "is too short to be secret: restore it from a backup, or delete it to make a new one",
            ));
        }
        return Ok(text.to_owned());
    }
    let text = hex::encode(OsEntropy.bytes::<32>());
    write_whole(path, format!("{text}\n").as_bytes())?;
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
