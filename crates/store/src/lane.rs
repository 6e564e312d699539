//! The threads that own the connections.
//!
//! A request's future is dropped whenever its peer disconnects, and a connection whose
//! future is dropped in the middle can be left inside a transaction (sqlx issues 4385 and
//! 4393): later writers on it would lose acknowledged writes. So no request ever holds a
//! connection. It sends a [`Job`] to a lane and waits for the answer; the job runs to its
//! end whether or not anybody still waits.
//!
//! The write lane is also where *group commit* happens: jobs that wait while the disk is
//! busy share the next transaction, each inside a savepoint of its own, so that each has
//! its own outcome and all share one sync.

use std::{panic::AssertUnwindSafe, thread::JoinHandle};

use futures_util::{FutureExt as _, future::LocalBoxFuture};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::{Mutex, mpsc, oneshot};
use tracing::{Instrument as _, Span};

use crate::{
    Error, Result,
    transaction::{Snapshot, Transaction},
};

/// Most jobs that share one transaction: bounds the latency of the first of them.
const MAX_BATCH: usize = 64;

/// Work on a connection, with somebody who may be waiting for its outcome.
pub(crate) trait Job<C>: Send {
    /// Runs the work; `true` if what it wrote should be kept.
    fn run<'a>(&'a mut self, context: &'a mut C) -> LocalBoxFuture<'a, Verdict>;
    /// Tells the outcome; an `end` that failed overrides what the work returned.
    fn finish(self: Box<Self>, end: Result<()>);
    /// Nobody waits any more, so the work need not begin.
    fn is_abandoned(&self) -> bool;
}

/// What should happen to the writes of a job.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Keep,
    Undo,
    /// The work panicked: nothing is known about the connection.
    Broken,
}

/// The only implementation of [`Job`]: a closure and the channel for its outcome.
pub(crate) struct Work<F, T, E> {
    pub(crate) run: F,
    pub(crate) outcome: Option<Result<T, E>>,
    pub(crate) reply: oneshot::Sender<Result<T, E>>,
    pub(crate) span: Span,
}

impl<C, F, T, E> Job<C> for Work<F, T, E>
where
    F: AsyncFn(&mut C) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run<'a>(&'a mut self, context: &'a mut C) -> LocalBoxFuture<'a, Verdict> {
        let span = self.span.clone();
        let run = async move {
            let (outcome, verdict) =
                match AssertUnwindSafe((self.run)(context)).catch_unwind().await {
                    Ok(Ok(value)) => (Ok(value), Verdict::Keep),
                    Ok(Err(error)) => (Err(error), Verdict::Undo),
                    Err(_) => {
                        let error = Error::Defect("a transaction panicked".into());
                        (Err(error.into()), Verdict::Broken)
                    }
                };
            self.outcome = Some(outcome);
            verdict
        };
        Box::pin(run.instrument(span))
    }

    fn finish(self: Box<Self>, end: Result<()>) {
        let outcome = match (self.outcome, end) {
            // The work's own error says more than what became of its neighbours.
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (Some(outcome), Ok(())) => outcome,
            (None, Ok(())) => Err(Error::Defect("a transaction was not run".into()).into()),
        };
        // The caller may have gone; the work is done all the same.
        drop(self.reply.send(outcome));
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }
}

pub(crate) type WriteJob = Box<dyn Job<Transaction>>;
pub(crate) type ReadJob = Box<dyn Job<Snapshot>>;

/// Starts the thread that owns the one writing connection.
pub(crate) fn spawn_writer(
    options: SqliteConnectOptions,
    connection: SqliteConnection,
    jobs: mpsc::Receiver<WriteJob>,
) -> Result<JoinHandle<()>> {
    spawn("relais-store-writer", move || {
        write(options, connection, jobs)
    })
}

/// Starts the thread that drives the reading connections.
pub(crate) fn spawn_readers(
    options: SqliteConnectOptions,
    connections: Vec<SqliteConnection>,
    jobs: mpsc::Receiver<ReadJob>,
) -> Result<JoinHandle<()>> {
    spawn("relais-store-readers", move || async move {
        let jobs = Mutex::new(jobs);
        let readers = connections
            .into_iter()
            .map(|connection| read(&options, connection, &jobs));
        futures_util::future::join_all(readers).await;
    })
}

/// Runs `lane` on a thread of its own, so that it need not be `Send` and no request's
/// runtime can stop it.
fn spawn<F: Future<Output = ()>>(
    name: &'static str,
    lane: impl FnOnce() -> F + Send + 'static,
) -> Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Error::Unavailable(error.to_string()))?;
    std::thread::Builder::new()
        .name(name.into())
        .spawn(move || runtime.block_on(lane()))
        .map_err(|error| Error::Unavailable(error.to_string()))
}

async fn write(
    options: SqliteConnectOptions,
    connection: SqliteConnection,
    mut jobs: mpsc::Receiver<WriteJob>,
) {
    let mut open = Some(Transaction::new(connection));
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while jobs.recv_many(&mut batch, MAX_BATCH).await > 0 {
        batch.retain(|job| !job.is_abandoned());
        if batch.is_empty() {
            continue;
        }
        let mut transaction = match open.take() {
            Some(transaction) => transaction,
            None => match SqliteConnection::connect_with(&options).await {
                Ok(connection) => Transaction::new(connection),
                Err(error) => {
                    fail(&mut batch, &error.into());
                    continue;
                }
            },
        };
        let ended = run_batch(&mut transaction, &mut batch).await;
        match ended {
            Ok(()) => {
                batch.drain(..).for_each(|job| job.finish(Ok(())));
                open = Some(transaction);
            }
            Err(error) => {
                tracing::warn!(%error, jobs = batch.len(), "a write transaction failed");
                // Nothing is known about the connection's state: its end undoes the
                // transaction, and the next batch gets a new one.
                drop(transaction.into_connection().close_hard().await);
                fail(&mut batch, &error);
            }
        }
    }
    if let Some(mut transaction) = open {
        // The last connection to close would do this, but that may be one that only reads.
        // A reader that is still busy keeps part of the log, which loses nothing.
        drop(transaction.execute("PRAGMA wal_checkpoint(TRUNCATE)").await);
        drop(transaction.into_connection().close().await);
    }
}

/// Runs every job of the batch and makes what they keep durable.
///
/// Every statement is a round trip to the thread that sqlx gives each connection, so what
/// separates two jobs is one statement string. `COMMIT` releases an open savepoint.
async fn run_batch(transaction: &mut Transaction, batch: &mut [WriteJob]) -> Result<()> {
    if let [alone] = batch {
        transaction.execute("BEGIN IMMEDIATE").await?;
        return match alone.run(transaction).await {
            Verdict::Keep => transaction.execute("COMMIT").await,
            Verdict::Undo => transaction.execute("ROLLBACK").await,
            Verdict::Broken => Err(broken()),
        };
    }
    transaction
        .execute("BEGIN IMMEDIATE; SAVEPOINT job")
        .await?;
    let mut jobs = batch.iter_mut().peekable();
    while let Some(job) = jobs.next() {
        let verdict = job.run(transaction).await;
        // Both fail if SQLite has already rolled back everything (full disk, I/O error):
        // then the neighbours' writes are gone and must not be acknowledged.
        match verdict {
            Verdict::Keep if jobs.peek().is_none() => {}
            Verdict::Keep => transaction.execute("RELEASE job; SAVEPOINT job").await?,
            // The savepoint stays open for the next job.
            Verdict::Undo => transaction.execute("ROLLBACK TO job").await?,
            Verdict::Broken => return Err(broken()),
        }
    }
    transaction.execute("COMMIT").await
}

fn broken() -> Error {
    Error::Unavailable("a unit of the same batch panicked".into())
}

fn fail(batch: &mut Vec<WriteJob>, error: &Error) {
    for job in batch.drain(..) {
        job.finish(Err(Error::Unavailable(error.to_string())));
    }
}

async fn read(
    options: &SqliteConnectOptions,
    connection: SqliteConnection,
    jobs: &Mutex<mpsc::Receiver<ReadJob>>,
) {
    let mut open = Some(Snapshot::new(connection));
    loop {
        let next = jobs.lock().await.recv().await;
        let Some(mut job) = next else { break };
        if job.is_abandoned() {
            continue;
        }
        let mut snapshot = match open.take() {
            Some(snapshot) => snapshot,
            None => match SqliteConnection::connect_with(options).await {
                Ok(connection) => Snapshot::new(connection),
                Err(error) => {
                    job.finish(Err(error.into()));
                    continue;
                }
            },
        };
        let ended = run_read(&mut snapshot, &mut job).await;
        if ended.is_ok() {
            open = Some(snapshot);
        } else {
            drop(snapshot.into_connection().close_hard().await);
        }
        job.finish(ended);
    }
    if let Some(snapshot) = open {
        drop(snapshot.into_connection().close().await);
    }
}

/// Runs one job on one consistent view of the database.
async fn run_read(snapshot: &mut Snapshot, job: &mut ReadJob) -> Result<()> {
    snapshot.execute("BEGIN DEFERRED").await?;
    if job.run(snapshot).await == Verdict::Broken {
        return Err(Error::Unavailable("a read panicked".into()));
    }
    snapshot.execute("COMMIT").await
}
