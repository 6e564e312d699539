//! The published API on top of the service: one file a gRPC service.
//!
//! An adapter does four things: it takes who calls, parses the message's shape, runs the
//! use case, and maps the outcome. Rules live in the service; only ids, names and cursors
//! are read here.

use relais_service::Caller;
use relais_types::Error;
use tonic::{Request, Response, Status};

pub(crate) mod audit;
mod check;
pub(crate) mod delivery;
pub(crate) mod directory;
pub(crate) mod identity;
pub(crate) mod key_package;
mod parse;
mod partnership;
pub(crate) mod signing;
pub(crate) mod subscribe;
pub(crate) mod transparency;

pub use check::check_request;

/// What a method returns.
type Answer<T> = Result<Response<T>, Status>;

/// Who calls, as authentication left it, and the message.
fn open<T>(request: Request<T>) -> (Caller, T) {
    let (_, mut extensions, message) = request.into_parts();
    // Absent only if the stack was built without authentication: then nobody is known.
    let caller = extensions.remove::<Caller>().unwrap_or(Caller::Anonymous);
    (caller, message)
}

/// The status for a failed use case.
#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn refuse(error: Error) -> Status {
    relais_proto::status::to_status(&error)
}

/// The response with `message`.
#[expect(clippy::unnecessary_wraps, reason = "the shape of every method's end")]
fn answer<T>(message: T) -> Answer<T> {
    Ok(Response::new(message))
}
