//! An organisation's own certificate authority: the folder that holds it, and what it signs.
//!
//! ```text
//! authority.key      the secret key, sealed under a passphrase
//! request.pem        the request that the operator certifies (PKCS #10)
//! authority.pem      the certificate that comes back
//! expected           digests of the invitations that the organisation has given out, and for whom
//! certificates.log   every certificate that was signed, chained by hashes
//! ```
//!
//! Nothing here trusts the server: [`check`] decides what is signed from what devices have
//! signed and from what this folder knows.

mod agent;
mod check;
mod journal;

use std::{
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use prost::Message;
use relais_mls::authority::{OrganisationCa, OrganisationKey, certificate_der};
use relais_types::{OrgDomain, OsEntropy, PractitionerId};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use crate::{
    Error,
    vault::{Header, Vault},
};

pub use agent::{Agent, AgentEvent};
pub use check::{Enquiry, Rules};
pub use journal::Signed;

/// Where a sealed key is stored in its file, and what it is sealed as.
const SEALED_AS: &[u8] = b"authority";

/// The file of the sealed key.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
struct KeyFile {
    /// Raised when an older version could not read it.
    #[prost(uint32, tag = "1")]
    format: u32,
    #[prost(bytes = "vec", tag = "2")]
    salt: Vec<u8>,
    #[prost(uint32, tag = "3")]
    memory_kib: u32,
    #[prost(uint32, tag = "4")]
    passes: u32,
    #[prost(uint32, tag = "5")]
    lanes: u32,
    #[prost(bytes = "vec", tag = "6")]
    wrapped_key: Vec<u8>,
    #[prost(bytes = "vec", tag = "7")]
    sealed: Vec<u8>,
    #[prost(string, tag = "8")]
    organisation: String,
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile")
            .field("organisation", &self.organisation)
            .finish_non_exhaustive()
    }
}

/// For whom an invitation was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Somebody of whom the authority has certified no device yet.
    NewPerson,
    /// A further device of this person.
    DeviceOf(PractitionerId),
}

/// The folder of an organisation's authority.
#[derive(Clone, Debug)]
pub struct AuthorityFolder(PathBuf);

impl AuthorityFolder {
    /// The folder at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Makes the organisation's key, seals it, and writes the request to certify it; returns the
    /// request's path.
    ///
    /// # Errors
    /// `ALREADY_EXISTS` if the folder holds a key, which is never overwritten; [`Error::Store`].
    pub fn init(
        &self,
        organisation: &OrgDomain,
        passphrase: &SecretString,
    ) -> Result<PathBuf, Error> {
        let path = self.file("authority.key");
        if path.exists() {
            return Err(relais_types::Error::new(
                relais_types::Reason::AlreadyExists,
                format!(
                    "{} exists already: choose another folder, or certify the request beside it",
                    path.display()
                ),
            )
            .into());
        }
        fs::create_dir_all(&self.0).map_err(unusable("make", &self.0))?;
        let key = OrganisationKey::generate().map_err(internal)?;
        let request = key.certificate_request(organisation).map_err(internal)?;
        let (header, vault) = Vault::create(passphrase, &mut OsEntropy)?;
        let sealed = vault.seal_row(SEALED_AS, SEALED_AS, &key.to_pkcs8(), &mut OsEntropy)?;
        let file = KeyFile {
            format: 1,
            salt: header.salt,
            memory_kib: header.memory_kib,
            passes: header.passes,
            lanes: header.lanes,
            wrapped_key: header.wrapped_key,
            sealed,
            organisation: organisation.to_string(),
        };
        // The request first: a key without it would be of no use, and could not be made again.
        let beside = self.file("request.pem");
        write_private(&beside, request.as_bytes())?;
        write_private(&path, &file.encode_to_vec())?;
        Ok(beside)
    }

    /// Opens the authority: its key with the passphrase, its certificate, and its log.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`]; `NOT_FOUND` if there is no key or no certificate yet;
    /// [`Error::Store`] if a file is damaged, or the certificate is another key's.
    pub fn open(&self, passphrase: &SecretString) -> Result<Authority, Error> {
        let path = self.file("authority.key");
        let file = KeyFile::decode(read(&path, "`relais org init` makes it")?.as_slice())
            .ok()
            .filter(|file| file.format == 1)
            .ok_or_else(|| broken(&path, "is damaged, or of a newer version"))?;
        let header = Header {
            salt: file.salt,
            memory_kib: file.memory_kib,
            passes: file.passes,
            lanes: file.lanes,
            wrapped_key: file.wrapped_key,
        };
        let (_, key) = Vault::open(passphrase, &header)?.open_row(SEALED_AS, &file.sealed)?;
        let key = OrganisationKey::from_pkcs8(&zeroize::Zeroizing::new(key))
            .map_err(|error| broken(&path, &error.to_string()))?;
        let path = self.file("authority.pem");
        let hint = "the operator makes it with `relais admin org certify`";
        let pem = String::from_utf8_lossy(&read(&path, hint)?).into_owned();
        let certificate =
            certificate_der(&pem).map_err(|error| broken(&path, &error.to_string()))?;
        let signer = OrganisationKey::from_pkcs8(&key.to_pkcs8())
            .and_then(|key| key.into_authority(&certificate))
            .map_err(|error| broken(&path, &error.to_string()))?;
        if signer.domain().as_str() != file.organisation {
            return Err(broken(&path, "is another organisation's"));
        }
        Ok(Authority {
            folder: self.clone(),
            key,
            signer,
        })
    }

    /// Announces an invitation that the organisation has given out, so that its agent certifies
    /// the one device that enrols with it, under the name of the one person it is `expected` for.
    /// An announcement that is made again for somebody else replaces the one before.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn expect(&self, code: &str, expected: Expected) -> Result<(), Error> {
        let code = relais_engine::canonical_code(code);
        let digest = hex::encode(Sha256::digest(code.as_bytes()));
        let line = match expected {
            Expected::NewPerson => format!("{digest}\n"),
            Expected::DeviceOf(person) => format!("{digest} {person}\n"),
        };
        let path = self.file("expected");
        private(fs::OpenOptions::new().create(true).append(true))
            .open(&path)
            .and_then(|mut file| {
                file.write_all(line.as_bytes())?;
                file.sync_all()
            })
            .map_err(unusable("write", &path))
    }

    /// Every certificate that was signed, oldest first, after the chain of the log was checked.
    ///
    /// # Errors
    /// [`Error::Store`] names the first line that was changed.
    pub fn signed(&self) -> Result<Vec<Signed>, Error> {
        journal::Journal::open(&self.file("certificates.log"))?.read()
    }

    /// For whom the invitation with this digest was announced, if it was.
    fn expects(&self, digest: &[u8; 32]) -> Result<Option<Expected>, Error> {
        let path = self.file("expected");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable("read", &path)(error)),
        };
        let digest = hex::encode(digest);
        let mut lines = text.lines().rev().map(str::split_whitespace);
        let Some(mut words) = lines.find_map(|mut words| {
            let found = words.next() == Some(&digest);
            found.then_some(words)
        }) else {
            return Ok(None);
        };
        words
            .next()
            .map_or(Ok(Some(Expected::NewPerson)), |person| {
                let person = person
                    .parse()
                    .map_err(|_| broken(&path, "names no person beside an invitation"))?;
                Ok(Some(Expected::DeviceOf(person)))
            })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// An organisation's authority, open.
pub struct Authority {
    folder: AuthorityFolder,
    key: OrganisationKey,
    signer: OrganisationCa,
}

impl Authority {
    /// The organisation.
    pub fn organisation(&self) -> &OrgDomain {
        self.signer.domain()
    }

    /// Its certificate in DER.
    pub fn certificate(&self) -> Bytes {
        self.signer.certificate_der()
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("organisation", self.organisation())
            .finish_non_exhaustive()
    }
}

fn read(path: &Path, hint: &str) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => relais_types::Error::new(
            relais_types::Reason::NotFound,
            format!("{} is missing: {hint}", path.display()),
        )
        .into(),
        _ => unusable("read", path)(error),
    })
}

/// A file that only its owner can read, whole or not at all.
fn write_private(path: &Path, content: &[u8]) -> Result<(), Error> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let draft = PathBuf::from(draft);
    private(
        fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true),
    )
    .open(&draft)
    .and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    })
    .and_then(|()| fs::rename(&draft, path))
    .map_err(unusable("write", path))
}

fn private(options: &mut fs::OpenOptions) -> &mut fs::OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn unusable<'a>(verb: &'a str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| Error::Store(format!("cannot {verb} {}: {source}", path.display()))
}

fn broken(path: &Path, problem: &str) -> Error {
    Error::Store(format!(
        "{} cannot be used ({problem}): restore the folder from a backup",
        path.display()
    ))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
fn internal(error: relais_mls::authority::IssueError) -> Error {
    Error::Store(format!("the authority cannot sign: {error}"))
}
