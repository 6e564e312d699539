//! `google.rpc.Status` with details, as a client receives it from whatever answers.

use bytes::Bytes;
use relais_proto::status::{from_status, to_status};
use relais_types::{Error, Reason};
use std::time::Duration;
use tonic::{Code, Status};

use super::Seed;
use crate::edits::Input;

/// What was understood of a status is what is understood of the status made of it.
pub fn run(input: &[u8]) {
    let mut input = Input(input);
    let code = Code::from_i32(i32::from(input.byte() % 17));
    let length = usize::from(input.byte());
    let message = String::from_utf8_lossy(input.bytes(length)).into_owned();
    let details = Bytes::copy_from_slice(input.0);
    let error = from_status(&Status::with_details(code, message, details));
    let again = from_status(&to_status(&error));
    assert_eq!(again.reason, error.reason);
    assert_eq!(again.message, error.message);
    assert_eq!(again.metadata, error.metadata);
}

/// Errors as the server makes them.
pub fn seeds() -> Vec<Seed> {
    let mut limited = Error::new(Reason::RateLimited, "wait");
    limited.retry_after = Some(Duration::from_secs(2));
    let errors = [
        (
            "malformed",
            Error::malformed("group_id", "must be 16 bytes"),
        ),
        ("stale", Error::stale_epoch(7, 9)),
        ("limited", limited),
    ];
    errors
        .map(|(name, error)| {
            let status = to_status(&error);
            let code = u8::try_from(i32::from(status.code())).unwrap_or(0);
            let message = status.message().as_bytes();
            let length = u8::try_from(message.len()).unwrap_or(u8::MAX);
            let bytes = [&[code, length], &message[..length.into()], status.details()].concat();
            (name.to_owned(), bytes)
        })
        .into()
}
