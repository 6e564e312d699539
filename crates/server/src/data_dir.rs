//! The data directory: who owns it, where things are, and files that appear whole or not
//! at all.
//!
//! ```text
//! relais.db          database (SQLite; with -wal and -shm beside it while running)
//! operator.token     bearer token of the operator
//! server.key         key from which the server makes tokens
//! tls/ca.pem         what clients trust for TLS (development CA)
//! tls/ca.key         its private key
//! ca/root.pem        federation root: trust anchor of every device certificate
//! ca/root.key        its private key
//! ca/<domain>.pem    certificate authority of an organisation that does not hold its own, and .key
//! address            where the server listens, while it runs
//! address.scim       where it listens for SCIM, if it does
//! lock               held by the one process that works here
//! ```

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

use crate::error::{Error, Result};

/// A data directory that this process holds the lock of.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    // Held, never read: the operating system releases the lock when the process ends, even
    // by a kill.
    _lock: File,
}

impl DataDir {
    /// Creates the directory if need be and takes its lock.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        create_private_dir(path)?;
        // Later changes of the working directory must not move it.
        let path = path
            .canonicalize()
            .map_err(Error::file("find the folder", path))?;
        let lock_path = path.join("lock");
        let lock = private_file()
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(Error::file("open", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::DataDirLocked { path }),
            Err(TryLockError::Error(source)) => {
                return Err(Error::file("lock", lock_path)(source));
            }
        }
        let dir = Self { path, _lock: lock };
        // An address left by a server that was killed would send clients to nobody.
        dir.forget_address();
        Ok(dir)
    }

    /// The database file, made empty if need be: SQLite would make it readable by everybody,
    /// and gives the files beside it the same permissions.
    pub(crate) fn database(&self) -> Result<PathBuf> {
        let path = database(&self.path);
        private_file()
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::file("open", &path))?;
        Ok(path)
    }

    pub(crate) fn operator_token(&self) -> PathBuf {
        self.path.join("operator.token")
    }

    pub(crate) fn server_key(&self) -> PathBuf {
        self.path.join("server.key")
    }

    /// The folder of the development CA, made if need be.
    pub(crate) fn tls(&self) -> Result<PathBuf> {
        let path = self.path.join("tls");
        create_private_dir(&path)?;
        Ok(path)
    }

    /// The folder of the federation's certificate authorities, made if need be.
    pub(crate) fn authorities(&self) -> Result<PathBuf> {
        let path = self.path.join("ca");
        create_private_dir(&path)?;
        Ok(path)
    }

    /// Tells other processes of this machine where the server listens.
    pub(crate) fn announce_address(&self, url: &str) -> Result<()> {
        write_whole(&self.path.join("address"), format!("{url}\n").as_bytes())
    }

    /// The same for SCIM.
    pub(crate) fn announce_scim_address(&self, url: &str) -> Result<()> {
        let path = self.path.join("address.scim");
        write_whole(&path, format!("{url}\n").as_bytes())
    }

    /// Takes the announcements back.
    pub(crate) fn forget_address(&self) {
        for name in ["address", "address.scim"] {
            let path = self.path.join(name);
            if let Err(error) = fs::remove_file(&path)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(path = %path.display(), %error, "a stale address file stays behind");
            }
        }
    }
}

/// The database file of the data directory `path`.
pub(crate) fn database(path: &Path) -> PathBuf {
    path.join("relais.db")
}

/// Writes a file that only its owner can read, so that after a crash it is there whole or
/// not at all.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let draft = PathBuf::from(name);
    let mut file = private_file()
        .create(true)
        .truncate(true)
        .open(&draft)
        .map_err(Error::file("create", &draft))?;
    file.write_all(content)
        .and_then(|()| file.sync_all())
        .map_err(Error::file("write", &draft))?;
    fs::rename(&draft, path).map_err(Error::file("replace", path))?;
    if let Some(folder) = path.parent() {
        // The rename itself must survive a power cut.
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(Error::file("sync", folder))?;
    }
    Ok(())
}

/// The content of a text file, or `None` if there is none.
pub(crate) fn read_if_present(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file("read", path)(error)),
    }
}

/// Deletes a file for good, if it is there.
pub(crate) fn remove_if_present(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::file("delete", path)(error)),
    }
    if let Some(folder) = path.parent() {
        // A power cut must not bring it back.
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(Error::file("sync", folder))?;
    }
    Ok(())
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    options.mode(0o600);
    options
}

fn create_private_dir(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder
        .create(path)
        .map_err(Error::file("create the folder", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_owner_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataDir::open(folder.path()).unwrap();
        let error = DataDir::open(folder.path()).unwrap_err();
        assert!(matches!(error, Error::DataDirLocked { .. }), "{error}");
        drop(first);
        DataDir::open(folder.path()).unwrap();
    }

    #[test]
    fn a_stale_address_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("address"), "https://127.0.0.1:1\n").unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        assert!(!folder.path().join("address").exists());
        dir.announce_address("https://127.0.0.1:2").unwrap();
        let text = fs::read_to_string(folder.path().join("address")).unwrap();
        assert_eq!(text, "https://127.0.0.1:2\n");
    }

    #[cfg(unix)]
    #[test]
    fn files_are_private_and_whole() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(read_if_present(&path).unwrap().as_deref(), Some("two"));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!folder.path().join("key.new").exists());
    }
}
