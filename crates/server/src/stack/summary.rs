//! A span and one summary line for each call.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use relais_service::{Caller, ProvedBy};
use relais_types::{OsEntropy, RequestId};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, body::Body};
use tracing::{Instrument as _, Span, field};

use super::{Next, Request, Response};

/// Where a response carries the id under which the log knows the call.
const REQUEST_ID: &str = "x-request-id";

/// Opens the span of a call and closes it with one line: method, caller and what proved it,
/// status, time.
pub(super) async fn summarise(drain: CancellationToken, request: Request, next: Next) -> Response {
    // Ours alone: an id that a client chooses could forge log lines.
    let id = RequestId::random(&mut OsEntropy).to_string();
    let span = tracing::info_span!(
        "grpc",
        request = %id,
        method = field::Empty,
        caller = field::Empty,
        proved_by = field::Empty
    );
    let mut line = Line {
        span: span.clone(),
        started: Instant::now(),
        drain,
        written: false,
    };
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = id.parse() {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    match code(response.headers()) {
        Some(code) => {
            line.write(code);
            response
        }
        None => response.map(|inner| Body::new(Watched { inner, line })),
    }
}

/// Adds the method to the span of the current call; only of a known one, so that nobody can
/// write into the log by inventing methods.
pub(super) fn record_method(path: &str) {
    Span::current().record("method", path);
}

/// Adds who calls to the span of the current call.
pub(super) fn record_caller(caller: &Caller) {
    let span = Span::current();
    match caller {
        Caller::Anonymous => {}
        Caller::Operator => {
            span.record("caller", "operator");
        }
        Caller::Device(principal) => {
            span.record("caller", field::display(principal.device.device));
            span.record(
                "proved_by",
                match principal.assurance.proved_by {
                    ProvedBy::Certificate => "certificate",
                    ProvedBy::Token => "token",
                },
            );
        }
    }
}

/// The summary line, written once; on drop if the client went away before the end.
struct Line {
    span: Span,
    started: Instant,
    drain: CancellationToken,
    written: bool,
}

impl Line {
    fn write(&mut self, code: Code) {
        if std::mem::replace(&mut self.written, true) {
            return;
        }
        let elapsed_ms = self.started.elapsed().as_secs_f64() * 1000.0;
        let _entered = self.span.enter();
        match code {
            // How every stream ends when the server stops.
            Code::Unavailable if self.drain.is_cancelled() => {
                tracing::info!(?code, elapsed_ms, "call");
            }
            // Somebody should look at these; all others are between the client and itself.
            Code::Internal | Code::Unknown | Code::DataLoss => {
                tracing::error!(?code, elapsed_ms, "call");
            }
            Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => {
                tracing::warn!(?code, elapsed_ms, "call");
            }
            _ => tracing::info!(?code, elapsed_ms, "call"),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.write(Code::Cancelled);
    }
}

/// A body whose trailers end the call.
struct Watched {
    inner: Body,
    line: Line,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let frame = {
            let _entered = this.line.span.enter();
            Pin::new(&mut this.inner).poll_frame(context)
        };
        match &frame {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    this.line.write(code(trailers).unwrap_or(Code::Unknown));
                }
            }
            Poll::Ready(Some(Err(status))) => this.line.write(status.code()),
            Poll::Ready(None) => this.line.write(Code::Ok),
            Poll::Pending => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The status that headers or trailers carry.
fn code(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|value| Code::from_bytes(value.as_bytes()))
}
