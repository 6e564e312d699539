//! The server's storage: one interface, embedded SQLite behind it.
//!
//! A use case hands a named unit of work to the store and waits:
//!
//! ```no_run
//! # async fn example(store: relais_store::Store, domain: relais_types::OrgDomain) -> relais_store::Result<()> {
//! use relais_store::{Snapshot, Transaction};
//!
//! let known = store
//!     .read("find_organisation", async move |view: &mut Snapshot| view.organisation(&domain).await)
//!     .await?;
//! # drop(known); Ok(()) }
//! ```
//!
//! - A unit of work runs to its end even if its caller is cancelled, on a thread that owns
//!   the connection (see `lane.rs` for why). It is all or nothing.
//! - [`Store::run_tx`] returns after its writes are on disk. Units of work that arrive
//!   together share one transaction and one sync, each with its own outcome.
//! - A unit of work may run more than once on a database that asks for a retry, so it must
//!   not have effects of its own.
//! - No type of the database library appears in this interface: PostgreSQL can stand
//!   behind it, and must then pass the suite in `tests/`.
//!
//! The methods of [`Snapshot`] read, those of [`Transaction`] write; each file of this
//! crate holds both for one table or aggregate.

mod account;
mod audit;
mod challenge;
mod community;
mod device;
mod error;
mod group;
mod identity_provider;
mod inbox;
mod invitation;
mod key_package;
mod lane;
mod log;
mod member;
mod message;
mod organisation;
mod organisation_authority;
mod overview;
mod partnership;
mod practitioner;
mod removal;
mod replay;
mod resync;
mod sqlite;
mod timer;
mod transaction;
mod transparency;
mod view;

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

pub use account::{Account, AccountFilter};
pub use audit::{AuditChain, AuditEvent, AuditRow};
pub use community::{CommunityService, OpeningHours, ServiceKey, ServiceSearch};
pub use device::{Device, DeviceStatus};
pub use error::{Error, Result};
pub use group::{Group, GroupState, LockedGroup, NewEpoch, NewGroup};
pub use identity_provider::{IdentityProvider, Subject};
pub use inbox::{InboxItem, Notice};
pub use invitation::Invitation;
pub use key_package::{KeyPackage, Stored};
pub use log::{EntryKind, LogEntry, NewEntry, SERVICE};
pub use member::{Membership, Position};
pub use message::Sending;
pub use organisation::Organisation;
pub use organisation_authority::{CertifiedKey, OrganisationAuthority};
pub use overview::{DeviceSummary, EntrySize, GroupSummary, Overview, TableCount};
pub use partnership::{
    AdherenceRow, Pair, Partnership, SignedTerms, TermsSignature, TermsStanding,
};
pub use practitioner::{AccessRole, PersonKey, Practitioner, PractitionerSearch};
pub use removal::{RemovalProgress, Unproposed};
pub use replay::{FirstResponse, ReplayKey};
pub use timer::{Fired, NewTimer, TimerClass};
pub use transaction::{Snapshot, Transaction};
pub use transparency::{Cosignature, FoundLeaf, NewLeaf};
pub use view::{OfficerKey, SealedView};

use lane::{ReadJob, Work, WriteJob};

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Connections that read at the same time.
    pub readers: usize,
    /// Units of work that may wait for a connection; more are refused.
    pub queue: usize,
    /// Bytes that the database may take on disk, without its log; writes that need more
    /// are answered [`Error::Unavailable`]. `None` leaves it to the disk.
    pub max_bytes: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            queue: 4096,
            max_bytes: None,
        }
    }
}

/// A handle on the database; clones share it.
#[derive(Clone)]
pub struct Store(Arc<Lanes>);

struct Lanes {
    open: Mutex<Option<Senders>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

struct Senders {
    /// Absent if the store was opened to read only.
    write: Option<mpsc::Sender<WriteJob>>,
    read: mpsc::Sender<ReadJob>,
}

impl Store {
    /// Opens the database file at `path`, creates it if needed, and brings its schema up to date.
    ///
    /// One process may have it open this way; whoever calls guards that.
    ///
    /// # Errors
    /// [`Error::Incompatible`] if the linked SQLite is older than 3.51.3 or the file was
    /// written by a newer version; [`Error::Unavailable`] if it cannot be opened.
    pub async fn open(path: impl AsRef<Path>, options: Options) -> Result<Self> {
        let writer_options = sqlite::writer_options(path.as_ref(), options.max_bytes);
        let mut writer = SqliteConnection::connect_with(&writer_options).await?;
        sqlite::check_version(&mut writer).await?;
        sqlite::migrate(&mut writer).await?;
        let (write, jobs) = mpsc::channel(options.queue.max(1));
        let thread = lane::spawn_writer(writer_options, writer, jobs)?;
        Self::with_readers(path.as_ref(), &options, Some(write), vec![thread]).await
    }

    /// Opens an existing database to look at it, also while a server has it open.
    /// [`Store::run_tx`] answers [`Error::Unavailable`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] if there is no database at `path`.
    pub async fn open_read_only(path: impl AsRef<Path>) -> Result<Self> {
        Self::with_readers(path.as_ref(), &Options::default(), None, Vec::new()).await
    }

    async fn with_readers(
        path: &Path,
        options: &Options,
        write: Option<mpsc::Sender<WriteJob>>,
        mut threads: Vec<JoinHandle<()>>,
    ) -> Result<Self> {
        let reader_options = sqlite::reader_options(path);
        let mut readers = Vec::with_capacity(options.readers.max(1));
        for _ in 0..options.readers.max(1) {
            readers.push(SqliteConnection::connect_with(&reader_options).await?);
        }
        let (read, jobs) = mpsc::channel(options.queue.max(1));
        threads.push(lane::spawn_readers(reader_options, readers, jobs)?);
        Ok(Self(Arc::new(Lanes {
            open: Mutex::new(Some(Senders { write, read })),
            threads: Mutex::new(threads),
        })))
    }

    /// Runs `work` in a transaction and returns once its writes are on disk. An `Err` of
    /// `work` undoes what it wrote.
    ///
    /// `name` appears in traces as `db.name`. Dropping the returned future does not stop
    /// `work` once it has begun.
    ///
    /// # Errors
    /// What `work` returns; else [`Error::Overloaded`] if the queue is full (nothing was
    /// done) or [`Error::Unavailable`] if the writes did not become durable.
    pub async fn run_tx<T, E>(
        &self,
        name: &'static str,
        work: impl AsyncFn(&mut Transaction) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let lane = self.senders(|open| open.write.clone()).flatten();
        let lane = lane.ok_or_else(closed)?;
        let (reply, outcome) = oneshot::channel();
        let job: WriteJob = Box::new(Work {
            run: work,
            outcome: None,
            reply,
            span: tracing::debug_span!("db.write", name),
        });
        lane.try_send(job).map_err(|error| refused(&error))?;
        outcome.await.map_err(|_| closed())?
    }

    /// Runs `work` on one consistent view that includes everything acknowledged before.
    ///
    /// # Errors
    /// What `work` returns; else [`Error::Overloaded`] or [`Error::Unavailable`].
    pub async fn read<T, E>(
        &self,
        name: &'static str,
        work: impl AsyncFn(&mut Snapshot) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let lane = self.senders(|open| open.read.clone()).ok_or_else(closed)?;
        let (reply, outcome) = oneshot::channel();
        let job: ReadJob = Box::new(Work {
            run: work,
            outcome: None,
            reply,
            span: tracing::debug_span!("db.read", name),
        });
        lane.try_send(job).map_err(|error| refused(&error))?;
        outcome.await.map_err(|_| closed())?
    }

    /// Finishes what was accepted and closes the file. Later calls answer [`Error::Unavailable`].
    pub async fn close(&self) {
        let open = lock(&self.0.open).take();
        drop(open);
        let threads = std::mem::take(&mut *lock(&self.0.threads));
        let joined = tokio::task::spawn_blocking(move || {
            for thread in threads {
                if thread.join().is_err() {
                    tracing::error!("a storage thread panicked");
                }
            }
        });
        if joined.await.is_err() {
            tracing::error!("the storage threads could not be joined");
        }
    }

    fn senders<T>(&self, pick: impl FnOnce(&Senders) -> T) -> Option<T> {
        lock(&self.0.open).as_ref().map(pick)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("open", &self.senders(|_| ()).is_some())
            .finish_non_exhaustive()
    }
}

fn closed() -> Error {
    Error::Unavailable("the store is closed".into())
}

fn refused<T>(error: &mpsc::error::TrySendError<T>) -> Error {
    match error {
        mpsc::error::TrySendError::Full(_) => Error::Overloaded,
        mpsc::error::TrySendError::Closed(_) => closed(),
    }
}

/// The guarded values stay valid whatever panicked while they were held.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
