//! Streams have no end of their own: this gives them one when the server stops.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use relais_types::{Error, Reason};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::{Status, body::Body};

use super::{Next, Request, Response, method::policy};

/// Ends the response of a streaming method with `SHUTTING_DOWN` once `drain` is cancelled.
pub(super) async fn streams(
    drain: CancellationToken,
    retry_after: Duration,
    request: Request,
    next: Next,
) -> Response {
    let is_stream = policy(&request).is_some_and(|policy| policy.stream);
    let response = next.run(request).await;
    if !is_stream {
        return response;
    }
    response.map(|inner| {
        Body::new(Drained {
            inner,
            drain: Box::pin(drain.cancelled_owned()),
            retry_after,
            ended: false,
        })
    })
}

struct Drained {
    inner: Body,
    drain: Pin<Box<WaitForCancellationFutureOwned>>,
    retry_after: Duration,
    ended: bool,
}

impl HttpBody for Drained {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        // Frames of the encoder hold whole messages, so the end comes between two of them.
        if self.drain.as_mut().poll(context).is_ready() {
            self.ended = true;
            let error = Error::new(
                Reason::ShuttingDown,
                "the server is shutting down: reconnect, and continue from the last cursor",
            )
            .retry_after(self.retry_after);
            let mut trailers = http::HeaderMap::new();
            let added = relais_proto::status::to_status(&error).add_header(&mut trailers);
            return Poll::Ready(Some(added.map(|()| Frame::trailers(trailers))));
        }
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.inner.is_end_stream()
    }
}
