//! Load shedding.

use std::{sync::Arc, time::Duration};

use relais_types::{Error, Reason};
use tokio::sync::Semaphore;

use super::{Next, Request, Response, around::refuse};

/// When a refused client should try again; long enough for the calls in progress to end.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Refuses a call that the node has no room for. A stream gives its room back when it has
/// begun: open streams are bounded per device and per connection instead.
pub(super) async fn admit(calls: Arc<Semaphore>, request: Request, next: Next) -> Response {
    let Ok(_room) = calls.try_acquire() else {
        return refuse(
            &Error::new(
                Reason::Overloaded,
                "the server is at its limit: try again with the same request id",
            )
            .retry_after(RETRY_AFTER),
        );
    };
    next.run(request).await
}
