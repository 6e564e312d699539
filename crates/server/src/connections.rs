//! The life of a connection: HTTP/2 on it, and when it is asked to end.
//!
//! Three clocks end a connection with GOAWAY, so that a client loses no call and opens
//! another one when it needs it: nothing on it was authenticated; no call is open on it for
//! long; it is old. Old connections go so that load spreads again after a restart and a
//! changed server certificate reaches everybody. Their streams need no cutting: each ends
//! with the token or the certificate that opened it.

use std::{
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::server::conn::http2;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use relais_service::identity::PeerCertificate;
use relais_types::{Entropy as _, OsEntropy};
use tokio::time::{Instant, sleep_until};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::{Status, body::Body, transport::server::Connected};
use tower::{ServiceExt as _, service_fn};

use crate::{
    config::{Limits, seconds},
    listener::Connection,
    stack::BoxService,
};

/// In which a client that was asked to leave must have ended its calls. Longer than any
/// deadline of a method.
const LEAVE: Duration = Duration::from_secs(75);
/// The same for an old connection: longer than any token lives, and so any stream that was
/// opened with one. Those that were opened with a certificate are cut then and come back.
const LEAVE_STREAMS: Duration = Duration::from_mins(15);

/// How connections are served, and for how long.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    builder: http2::Builder<TokioExecutor>,
    unproven: Duration,
    idle: Duration,
    age: Duration,
}

impl Connections {
    /// Under `limits`.
    pub(crate) fn new(limits: &Limits) -> Self {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams_per_connection.get())
            .max_header_list_size(limits.header_bytes.get())
            .keep_alive_interval(seconds(limits.keepalive_interval_secs))
            .keep_alive_timeout(seconds(limits.keepalive_timeout_secs));
        Self {
            builder,
            unproven: seconds(limits.unauthenticated_secs),
            idle: seconds(limits.idle_secs),
            age: seconds(limits.connection_age_secs),
        }
    }

    /// Serves `connections` with `service` until there are no more, or until `stop`; then
    /// asks all of them to end, and returns when they have.
    pub(crate) async fn serve<E>(
        self,
        connections: impl Stream<Item = Result<Connection, E>>,
        service: BoxService,
        stop: CancellationToken,
    ) {
        let tasks = TaskTracker::new();
        {
            // Ends with the block, so that nobody waits in it while the others end.
            let mut connections = pin!(connections.take_until(stop.clone().cancelled_owned()));
            while let Some(connection) = connections.next().await {
                if let Ok(connection) = connection {
                    tasks.spawn(
                        self.clone()
                            .serve_one(connection, service.clone(), stop.clone()),
                    );
                }
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn serve_one(self, connection: Connection, service: BoxService, stop: CancellationToken) {
        let born = Instant::now();
        let aged = born + somewhere_below(self.age);
        let activity = Arc::new(Activity::new(born));
        let peer = connection.connect_info();
        let certificate = Certificate::default();
        let counted = {
            let activity = Arc::clone(&activity);
            service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
                let extensions = request.extensions_mut();
                extensions.insert(peer.clone());
                extensions.insert(Proof(Arc::clone(&activity)));
                extensions.insert(certificate.clone());
                let call = Call::begin(&activity);
                let answer = service.clone().oneshot(request.map(Body::new));
                async move {
                    answer.await.map(|response| {
                        response.map(|inner| Body::new(Answer { inner, _call: call }))
                    })
                }
            })
        };
        let io = TokioIo::new(connection);
        let mut http = pin!(
            self.builder
                .serve_connection(io, TowerToHyperService::new(counted))
        );
        let leave_by = loop {
            // A call can bring the moment forward as well as put it off.
            let look = activity
                .due(&self, born)
                .min(aged)
                .min(Instant::now() + self.idle);
            tokio::select! {
                ended = &mut http => return log(ended),
                // In its own time: the server has a grace for everybody.
                () = stop.cancelled() => break None,
                () = sleep_until(look) => {
                    let now = Instant::now();
                    if now >= aged {
                        break Some(now + LEAVE_STREAMS);
                    }
                    if now >= activity.due(&self, born) {
                        break Some(now + LEAVE);
                    }
                }
            }
        };
        http.as_mut().graceful_shutdown();
        let late = async {
            match leave_by {
                Some(instant) => sleep_until(instant).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ended = &mut http => log(ended),
            () = late => tracing::debug!("cut a connection that did not end when asked"),
        }
    }
}

fn log(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection failed");
    }
}

/// Between a half and the whole of `age`, so that connections that began together do not
/// end together.
fn somewhere_below(age: Duration) -> Duration {
    let part = u16::from_be_bytes(OsEntropy.bytes());
    age.mul_f64(0.5 + 0.5 * f64::from(part) / f64::from(u16::MAX))
}

/// What happens on a connection.
#[derive(Debug)]
struct Activity {
    proven: AtomicBool,
    calls: Mutex<Calls>,
}

#[derive(Debug)]
struct Calls {
    open: usize,
    last_ended: Instant,
}

impl Activity {
    fn new(born: Instant) -> Self {
        Self {
            proven: AtomicBool::new(false),
            calls: Mutex::new(Calls {
                open: 0,
                last_ended: born,
            }),
        }
    }

    /// When the connection has to go if nothing more happens on it.
    fn due(&self, connections: &Connections, born: Instant) -> Instant {
        let calls = self.calls();
        if !self.proven.load(Ordering::Relaxed) {
            born + connections.unproven
        } else if calls.open > 0 {
            // Looked at again then.
            Instant::now() + connections.idle
        } else {
            calls.last_ended + connections.idle
        }
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        // Every change is complete before the lock is released.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In the extensions of a request: the device's certificate of its connection, once somebody
/// has verified it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Certificate(Arc<OnceLock<relais_types::Result<PeerCertificate>>>);

impl Certificate {
    /// What `verify` found when the connection's first call asked.
    pub(crate) fn verified(
        &self,
        verify: impl FnOnce() -> relais_types::Result<PeerCertificate>,
    ) -> relais_types::Result<&PeerCertificate> {
        self.0.get_or_init(verify).as_ref().map_err(Clone::clone)
    }
}

/// In the extensions of a request: tells its connection that a caller was authenticated.
#[derive(Clone, Debug)]
pub(crate) struct Proof(Arc<Activity>);

impl Proof {
    /// A caller was authenticated.
    pub(crate) fn give(&self) {
        self.0.proven.store(true, Ordering::Relaxed);
    }
}

/// An open call of a connection.
struct Call(Arc<Activity>);

impl Call {
    fn begin(activity: &Arc<Activity>) -> Self {
        activity.calls().open += 1;
        Self(Arc::clone(activity))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut calls = self.0.calls();
        calls.open -= 1;
        calls.last_ended = Instant::now();
    }
}

/// A response body that ends its call.
struct Answer {
    inner: Body,
    _call: Call,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_spread_over_the_upper_half() {
        let age = Duration::from_hours(1);
        let ages: Vec<_> = (0..100).map(|_| somewhere_below(age)).collect();
        assert!(ages.iter().all(|one| (age / 2..=age).contains(one)));
        assert!(ages.iter().any(|one| *one != ages[0]));
    }
}
