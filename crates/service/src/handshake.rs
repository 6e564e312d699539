//! Validating handshakes: on how many cores, and what a refusal means to the caller.

use std::{sync::Arc, thread::available_parallelism, time::Duration};

use relais_types::{Error, Reason, Result};
use tokio::sync::Semaphore;

/// Validations that wait for each core. Each takes milliseconds, so that the last one waits
/// less than the deadline of its call.
const QUEUE_PER_CORE: usize = 32;
/// When a refused client should try again; long enough for much of the queue to be done.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Where CPU-heavy validations run, so that they block no other request: as many at a time
/// as there are cores, with a queue of bounded length.
#[derive(Debug)]
pub(crate) struct Validations {
    cores: Arc<Semaphore>,
    /// Both those that run and those that wait.
    places: Arc<Semaphore>,
}

impl Default for Validations {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self::new(cores, cores * QUEUE_PER_CORE)
    }
}

impl Validations {
    fn new(cores: usize, queue: usize) -> Self {
        Self {
            cores: Arc::new(Semaphore::new(cores)),
            places: Arc::new(Semaphore::new(cores + queue)),
        }
    }

    /// Runs one validation.
    ///
    /// # Errors
    /// `HANDSHAKE_INVALID`, or `CREDENTIAL_INVALID` for a certificate chain; `OVERLOADED` if
    /// too many wait already.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        check: impl FnOnce() -> relais_mls::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.run_many(move || check().map_err(|error| refusal(Reason::HandshakeInvalid, &error)))
            .await
    }

    /// Runs the validations of one call.
    ///
    /// # Errors
    /// What `check` answers; `OVERLOADED` if too many wait already.
    pub(crate) async fn run_many<T: Send + 'static>(
        &self,
        check: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| overloaded())?;
        let core = Arc::clone(&self.cores)
            .acquire_owned()
            .await
            .map_err(|_| overloaded())?;
        // A caller that leaves gives nothing back before its validation has ended.
        let checked = tokio::task::spawn_blocking(move || {
            let outcome = check();
            drop((core, place));
            outcome
        });
        checked
            .await
            .map_err(|_| Error::internal("a validation did not end: report the request id"))?
    }
}

fn overloaded() -> Error {
    Error::new(
        Reason::Overloaded,
        "too many handshakes wait to be checked: try again with the same request id",
    )
    .retry_after(RETRY_AFTER)
}

/// The published error for a refusal of the validator.
pub(crate) fn refusal(invalid: Reason, error: &relais_mls::Error) -> Error {
    match error {
        relais_mls::Error::Credential(_) => {
            Error::new(Reason::CredentialInvalid, error.to_string())
        }
        // Our own stored state, which the caller cannot have caused.
        relais_mls::Error::State(_) => Error::internal(error.to_string()),
        _ => Error::new(invalid, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn only_so_many_run_and_only_so_many_wait() {
        let validations = Validations::new(1, 1);
        let (finish, finished) = mpsc::channel::<()>();
        let (started, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let first = validations.run_many(move || {
            started.send(()).unwrap();
            finished.recv().unwrap();
            Ok(1)
        });
        // Whoever leaves does not free the core.
        let mut first = Box::pin(first);
        tokio::select! {
            outcome = &mut first => unreachable!("{outcome:?}"),
            _ = begun.recv() => {}
        }
        drop(first);
        let mut second = Box::pin(validations.run_many(|| Ok(2)));
        assert_eq!(second.as_mut().now_or_never(), None);
        let refused = validations.run_many(|| Ok(3)).await.unwrap_err();
        assert_eq!(refused.reason, Reason::Overloaded);
        assert_eq!(refused.retry_after, Some(RETRY_AFTER));
        finish.send(()).unwrap();
        assert_eq!(second.await, Ok(2));
        assert_eq!(validations.run_many(|| Ok(4)).await, Ok(4));
    }
}
