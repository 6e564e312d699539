//! Load shedding.
//!
//! What nobody has to prove anything for must not take the room of those who did. A call of
//! a method that anybody may call therefore gets a place only when its message has arrived,
//! and then among calls of its kind: opening calls and sending nothing holds no place.

use std::{future::poll_fn, num::NonZeroUsize, pin::Pin, sync::Arc, task, time::Duration};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use relais_types::{Error, Reason};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tonic::{Status, body::Body};

use super::{
    Access, Next, Request, Response,
    around::refuse,
    method::{Policy, policy},
};

/// When a refused client should try again; long enough for the calls in progress to end.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// In which the message of an open method must have arrived.
const ARRIVAL: Duration = Duration::from_secs(2);
/// Bytes of such messages that wait for their rest, on the whole node.
const WAITING_BYTES: usize = 64 * 1024 * 1024;
/// Flag and length before a message in the gRPC protocol.
const PREFIX: usize = 5;

/// The room on the node.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    /// Calls of methods that need a token.
    calls: Arc<Semaphore>,
    /// Calls of methods that anybody may call.
    open_calls: Arc<Semaphore>,
    /// Bytes of messages that have not arrived as a whole.
    waiting: Arc<Semaphore>,
}

impl Room {
    /// Room for so many calls at a time.
    pub(crate) fn new(calls: NonZeroUsize, open_calls: NonZeroUsize) -> Self {
        Self {
            calls: Arc::new(Semaphore::new(calls.get())),
            open_calls: Arc::new(Semaphore::new(open_calls.get())),
            waiting: Arc::new(Semaphore::new(WAITING_BYTES)),
        }
    }
}

/// Refuses a call that the node has no room for. A stream gives its room back when it has
/// begun: open streams are bounded per device and per connection instead.
pub(super) async fn admit(room: Room, request: Request, next: Next) -> Response {
    let found = policy(&request);
    let Some(policy) = found.filter(|policy| policy.access == Access::Anybody) else {
        let Ok(_place) = room.calls.try_acquire() else {
            return overloaded();
        };
        return next.run(request).await;
    };
    let (request, _bytes) = if policy.open_ended {
        (request, None)
    } else {
        let (head, body) = request.into_parts();
        match timeout(ARRIVAL, arrive(body, policy, &room.waiting)).await {
            Ok(Ok((body, bytes))) => (Request::from_parts(head, body), bytes),
            Ok(Err(refusal)) => return refusal,
            Err(_) => {
                return refuse(&Error::new(
                    Reason::DeadlineExceeded,
                    "the request did not arrive in time: send it as a whole",
                ));
            }
        }
    };
    let Ok(_place) = room.open_calls.try_acquire() else {
        return overloaded();
    };
    next.run(request).await
}

/// The whole body, with the bytes that it keeps from the others.
async fn arrive(
    mut body: Body,
    policy: Policy,
    waiting: &Arc<Semaphore>,
) -> Result<(Body, Option<OwnedSemaphorePermit>), Response> {
    let mut message = BytesMut::new();
    let mut held: Option<OwnedSemaphorePermit> = None;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(Status::into_http)?.into_data() else {
            continue;
        };
        if message.len() + data.len() > policy.max_bytes + PREFIX {
            return Err(refuse(&Error::new(
                Reason::PayloadTooLarge,
                format!("the method takes {} bytes: shrink it", policy.max_bytes),
            )));
        }
        let bytes = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let taken = Arc::clone(waiting)
            .try_acquire_many_owned(bytes)
            .map_err(|_| overloaded())?;
        match &mut held {
            Some(held) => held.merge(taken),
            None => held = Some(taken),
        }
        message.extend_from_slice(&data);
    }
    let arrived = Arrived(Some(message.freeze()).filter(|message| !message.is_empty()));
    Ok((Body::new(arrived), held))
}

fn overloaded() -> Response {
    refuse(
        &Error::new(
            Reason::Overloaded,
            "the server is at its limit: try again with the same request id",
        )
        .retry_after(RETRY_AFTER),
    )
}

/// A body that is there already.
struct Arrived(Option<Bytes>);

impl HttpBody for Arrived {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
    ) -> task::Poll<Option<Result<Frame<Bytes>, Status>>> {
        task::Poll::Ready(self.0.take().map(|message| Ok(Frame::data(message))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |message| message.len() as u64))
    }
}
