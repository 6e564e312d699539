//! Why the server does not start or stops: one sentence each that says what to do next.

use std::{io, net::SocketAddr, path::PathBuf};

use crate::config;

/// A failure of the server as a process, as opposed to a failed call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration is not usable.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// Another process works on the data directory.
    #[error(
        "the data directory {} is in use by another relaisd: stop that one first, or choose another directory with --data-dir",
        path.display()
    )]
    DataDirLocked {
        /// The data directory.
        path: PathBuf,
    },
    /// A file or folder of the data directory cannot be used.
    #[error("cannot {what} {}: {source}; check that the user who runs relaisd owns the data directory and that its disk has room", path.display())]
    File {
        /// What was tried, such as `read`.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A key or certificate file holds something else.
    #[error("{} {problem}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do, to be read after its name.
        problem: String,
    },
    /// Another process listens on the address.
    #[error(
        "{address} is in use by another process: stop that one, or choose another address with --listen (port 0 takes any free one)"
    )]
    AddressInUse {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}; choose an address of this machine with --listen"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// A witness of the configuration has no verifier key.
    #[error(
        "transparency.witnesses: {key:?} is no verifier key of a witness: copy the line that `relais witness` prints, which looks like name+id+key"
    )]
    Witness {
        /// What stands there.
        key: String,
    },
    /// The database cannot be opened.
    #[error("cannot open the database {}: {problem}", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        problem: String,
    },
    /// Something that does not depend on the operator went wrong; a defect.
    #[error("{what}: {problem}; this is a defect, please report it")]
    Internal {
        /// What was being done.
        what: &'static str,
        /// What went wrong.
        problem: String,
    },
}

impl Error {
    /// The exit code of a process that stops for this reason: 2 for usage and
    /// configuration, 1 for everything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => 2,
            _ => 1,
        }
    }

    /// A file operation that failed.
    pub(crate) fn file(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }

    /// A key or certificate file that cannot be used.
    pub(crate) fn key(path: impl Into<PathBuf>, problem: impl Into<String>) -> Self {
        Self::Key {
            path: path.into(),
            problem: problem.into(),
        }
    }

    /// A defect.
    pub(crate) fn internal(what: &'static str, problem: &impl ToString) -> Self {
        Self::Internal {
            what,
            problem: problem.to_string(),
        }
    }
}

/// The result of starting or running the server.
pub type Result<T, E = Error> = std::result::Result<T, E>;
