//! One of the published reasons for every failure, whoever made it.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use relais_types::{Error, Reason};
use tonic::{Code, Status};

use super::{Next, Request, Response, around::refuse};

/// Dresses the bare statuses of the layers below, and answers for a panic.
pub(super) async fn explain(request: Request, next: Next) -> Response {
    // Nothing of the request is used again after a panic.
    let Ok(response) = AssertUnwindSafe(next.run(request)).catch_unwind().await else {
        tracing::error!("a call panicked");
        return refuse(&Error::internal(
            "a defect in the server: report the request id",
        ));
    };
    match response
        .extensions()
        .get::<Status>()
        .and_then(missing_reason)
    {
        Some(error) => refuse(&error),
        None => response,
    }
}

/// The error that a status without details stands for. Our own statuses always have
/// details, so this is about what the transport refuses by itself.
fn missing_reason(status: &Status) -> Option<Error> {
    if !status.details().is_empty() {
        return None;
    }
    match status.code() {
        // The decoder's own limit.
        Code::OutOfRange => Some(Error::new(
            Reason::PayloadTooLarge,
            "the request is larger than the method takes: split or shrink it",
        )),
        // The decoder again: protobuf that is none, or a message cut short.
        Code::Internal | Code::Unknown => Some(Error::new(
            Reason::MalformedField,
            "the request is not a message of this method: compare the client's version of the API with the server's",
        )),
        // UNIMPLEMENTED has no reason in the table: there is no method to explain.
        _ => None,
    }
}
