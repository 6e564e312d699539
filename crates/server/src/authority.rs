//! The federation root and the organisations' certificate authorities, as files of the data
//! directory, behind the service's [`Issuer`].
//!
//! Of an organisation that holds its own authority nothing is here: its certificate is in the
//! database, its key with the organisation.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use relais_mls::{
    Chain,
    authority::{OrganisationCa, Root},
};
use relais_service::Issuer;
use relais_types::{DeviceName, OrgDomain, Timestamp};

use crate::{
    data_dir::{read_if_present, remove_if_present, write_whole},
    error::{Error, Result},
};

/// Certificate authorities in one folder.
pub(crate) struct DiskIssuer {
    shelf: Arc<Shelf>,
}

struct Shelf {
    folder: PathBuf,
    root: Root,
    /// Read once: nobody else changes them.
    organisations: Mutex<HashMap<OrgDomain, Arc<OrganisationCa>>>,
}

impl DiskIssuer {
    /// Reads the federation root of `folder`, or makes one.
    pub(crate) fn open(folder: PathBuf) -> Result<Self> {
        let root = if let Some(pair) = read_pair(&folder, "root")? {
            Root::from_pem(&pair.certificate, &pair.key)
                .map_err(|error| Error::key(folder.join("root.pem"), damaged(&error)))?
        } else {
            let root =
                Root::generate().map_err(|error| Error::internal("federation root", &error))?;
            let (certificate, key) = root.to_pem();
            write_pair(&folder, "root", &certificate, &key)?;
            root
        };
        Ok(Self {
            shelf: Arc::new(Shelf {
                folder,
                root,
                organisations: Mutex::default(),
            }),
        })
    }

    /// Runs `work` where waiting for the disk holds up nobody else.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shelf) -> Result<T> + Send + 'static,
    ) -> relais_types::Result<T> {
        let shelf = Arc::clone(&self.shelf);
        tokio::task::spawn_blocking(move || work(&shelf))
            .await
            .map_err(|_| relais_types::Error::internal("the certificate authority stopped"))?
            .map_err(|error| {
                // The caller learns nothing of the server's files; the operator does.
                tracing::error!(%error, "certificate authority");
                relais_types::Error::internal("the certificate authority cannot be used")
            })
    }
}

impl Shelf {
    fn organisation(&self, domain: &OrgDomain) -> Result<Option<Arc<OrganisationCa>>> {
        // A poisoned map is still a map of finished authorities.
        let mut known = self
            .organisations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(authority) = known.get(domain) {
            return Ok(Some(Arc::clone(authority)));
        }
        let Some(pair) = read_pair(&self.folder, domain.as_str())? else {
            return Ok(None);
        };
        let authority =
            OrganisationCa::from_pem(&pair.certificate, &pair.key).map_err(|error| {
                Error::key(self.folder.join(format!("{domain}.pem")), damaged(&error))
            })?;
        let authority = Arc::new(authority);
        known.insert(domain.clone(), Arc::clone(&authority));
        Ok(Some(authority))
    }

    /// The authority that certifies `device`, by the profile of this version.
    fn of(&self, device: &DeviceName, now: Timestamp) -> Result<Arc<OrganisationCa>> {
        let domain = &device.organisation;
        let authority = self.organisation(domain)?.ok_or_else(|| {
            Error::key(
                self.folder.join(format!("{domain}.pem")),
                "is missing: restore the folder ca of the data directory from a backup",
            )
        })?;
        if authority.certifies_transport() {
            return Ok(authority);
        }
        let renewed = self
            .root
            .recertify(&authority, now)
            .map_err(|error| Error::internal("organisation CA", &error))?;
        let (certificate_path, _) = paths(&self.folder, domain.as_str());
        // The key stays, so that the certificate alone is written and neither is ever missing.
        write_whole(&certificate_path, renewed.to_pem().0.as_bytes())?;
        tracing::info!(%domain, "certified the organisation's authority anew, for TLS, too");
        let renewed = Arc::new(renewed);
        self.organisations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(domain.clone(), Arc::clone(&renewed));
        Ok(renewed)
    }

    /// Deletes the authority, its key first.
    fn forget(&self, domain: &OrgDomain) -> Result<()> {
        self.organisations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(domain);
        let (certificate, key) = paths(&self.folder, domain.as_str());
        remove_if_present(&key)?;
        remove_if_present(&certificate)
    }

    fn create(&self, domain: &OrgDomain, now: Timestamp) -> Result<()> {
        if self.organisation(domain)?.is_some() {
            return Ok(());
        }
        let authority = self
            .root
            .organisation(domain, now)
            .map_err(|error| Error::internal("organisation CA", &error))?;
        let (certificate, key) = authority.to_pem();
        write_pair(&self.folder, domain.as_str(), &certificate, &key)
    }
}

#[tonic::async_trait]
impl Issuer for DiskIssuer {
    async fn create_organisation(
        &self,
        domain: &OrgDomain,
        now: Timestamp,
    ) -> relais_types::Result<()> {
        let domain = domain.clone();
        self.on_disk(move |shelf| shelf.create(&domain, now)).await
    }

    async fn certify_organisation(
        &self,
        domain: &OrgDomain,
        public_key: &[u8; 32],
        now: Timestamp,
    ) -> relais_types::Result<Bytes> {
        let (domain, key) = (domain.clone(), *public_key);
        self.on_disk(move |shelf| {
            shelf
                .root
                .certify_key(&domain, &key, now)
                .map_err(|error| Error::internal("organisation certificate", &error))
        })
        .await
    }

    async fn forget_organisation(&self, domain: &OrgDomain) -> relais_types::Result<()> {
        let domain = domain.clone();
        self.on_disk(move |shelf| shelf.forget(&domain)).await
    }

    async fn issue(
        &self,
        device: &DeviceName,
        signature_key: &[u8; 32],
        now: Timestamp,
    ) -> relais_types::Result<Chain> {
        let (device, key) = (device.clone(), *signature_key);
        self.on_disk(move |shelf| {
            shelf
                .of(&device, now)?
                .issue(&device, &key, now)
                .map_err(|error| Error::internal("device certificate", &error))
        })
        .await
    }

    async fn transport(
        &self,
        device: &DeviceName,
        device_key: &[u8; 32],
        now: Timestamp,
    ) -> relais_types::Result<Chain> {
        let (device, key) = (device.clone(), *device_key);
        self.on_disk(move |shelf| {
            shelf
                .of(&device, now)?
                .issue_transport(&device, &key, now)
                .map_err(|error| Error::internal("transport certificate", &error))
        })
        .await
    }

    fn trust_anchors(&self) -> Vec<Bytes> {
        vec![self.shelf.root.certificate_der()]
    }
}

impl fmt::Debug for DiskIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskIssuer")
            .field("folder", &self.shelf.folder)
            .finish_non_exhaustive()
    }
}

struct Pair {
    certificate: String,
    key: String,
}

fn read_pair(folder: &Path, name: &str) -> Result<Option<Pair>> {
    let (certificate_path, key_path) = paths(folder, name);
    match (
        read_if_present(&certificate_path)?,
        read_if_present(&key_path)?,
    ) {
        (Some(certificate), Some(key)) => Ok(Some(Pair { certificate, key })),
        // The key is written first: alone it is a draft that nobody has seen.
        (None, _) => Ok(None),
        (Some(_), None) => Err(Error::key(
            key_path,
            "is missing beside its certificate: restore the folder ca of the data directory from a backup",
        )),
    }
}

fn write_pair(folder: &Path, name: &str, certificate: &str, key: &str) -> Result<()> {
    let (certificate_path, key_path) = paths(folder, name);
    write_whole(&key_path, key.as_bytes())?;
    write_whole(&certificate_path, certificate.as_bytes())
}

fn paths(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    (
        folder.join(format!("{name}.pem")),
        folder.join(format!("{name}.key")),
    )
}

fn damaged(error: &impl fmt::Display) -> String {
    format!(
        "or its key is damaged: {error}; restore the folder ca of the data directory from a backup"
    )
}
