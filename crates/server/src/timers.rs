//! Waking whom opaque timers name, when they are due.

use std::time::Duration;

use relais_service::Service;

/// After how long it looks without a reason: the machine may have slept, or its clock was set.
const LONGEST: Duration = Duration::from_mins(1);
/// How soon it looks again after the database has failed.
const RETRY: Duration = Duration::from_secs(2);

/// Fires timers for ever: sleeps until the next one is due, or until one is registered that may
/// be due before. What was due while the server was down is fired first.
pub(crate) async fn fire(service: Service) {
    loop {
        let wait = match service.fire_timers().await {
            Ok(Some(due)) => due.since(service.clock().now()).min(LONGEST),
            Ok(None) => LONGEST,
            Err(error) => {
                tracing::warn!(%error, "timers that are due could not be fired, trying again");
                RETRY
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = service.timer_registered() => {}
        }
    }
}
