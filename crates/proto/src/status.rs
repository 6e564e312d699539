//! [`relais_types::Error`] as `google.rpc.Status`, and back: the only place that maps them.

use std::collections::HashMap;

use relais_types::{Error, ErrorKind, Reason};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// `ErrorInfo.domain` of every error of this API.
pub const DOMAIN: &str = "relais";

/// The gRPC code of an error kind.
pub const fn code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::InvalidArgument => Code::InvalidArgument,
        ErrorKind::FailedPrecondition => Code::FailedPrecondition,
        ErrorKind::Unauthenticated => Code::Unauthenticated,
        ErrorKind::PermissionDenied => Code::PermissionDenied,
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::AlreadyExists => Code::AlreadyExists,
        ErrorKind::Aborted => Code::Aborted,
        ErrorKind::OutOfRange => Code::OutOfRange,
        ErrorKind::ResourceExhausted => Code::ResourceExhausted,
        ErrorKind::Unavailable => Code::Unavailable,
        ErrorKind::DeadlineExceeded => Code::DeadlineExceeded,
        ErrorKind::Internal => Code::Internal,
    }
}

/// The status that tells a caller about `error`.
pub fn to_status(error: &Error) -> Status {
    let metadata: HashMap<_, _> = error.metadata.clone().into_iter().collect();
    let mut details = ErrorDetails::new();
    details.set_error_info(error.reason.as_str(), DOMAIN, metadata);
    if let Some(field) = &error.field {
        details.add_bad_request_violation(field, error.message.as_ref());
    }
    if error.retry_after.is_some() {
        details.set_retry_info(error.retry_after);
    }
    Status::with_error_details(code(error.kind()), error.message.as_ref(), details)
}

/// What a received status says; a status without our details is mapped by its code.
pub fn from_status(status: &Status) -> Error {
    let details = status.get_error_details();
    let info = details.error_info().filter(|info| info.domain == DOMAIN);
    let reason = info
        .and_then(|info| Reason::from_wire(&info.reason))
        .unwrap_or_else(|| fallback_reason(status.code()));
    Error {
        reason,
        message: status.message().to_owned().into(),
        field: details
            .bad_request()
            .and_then(|bad| bad.field_violations.first())
            .map(|violation| violation.field.clone()),
        metadata: info
            .map(|info| info.metadata.clone().into_iter().collect())
            .unwrap_or_default(),
        retry_after: details.retry_info().and_then(|info| info.retry_delay),
    }
}

/// The nearest reason for a status that some layer in between made.
const fn fallback_reason(code: Code) -> Reason {
    match code {
        Code::InvalidArgument | Code::FailedPrecondition => Reason::MalformedField,
        Code::Unauthenticated => Reason::CredentialMissing,
        Code::PermissionDenied => Reason::NotAllowed,
        Code::NotFound => Reason::NotFound,
        Code::AlreadyExists => Reason::AlreadyExists,
        Code::Aborted => Reason::StaleEpoch,
        Code::OutOfRange => Reason::CursorCompacted,
        Code::ResourceExhausted => Reason::Overloaded,
        Code::Unavailable | Code::Cancelled | Code::Unknown => Reason::StorageUnavailable,
        Code::DeadlineExceeded => Reason::DeadlineExceeded,
        Code::Ok | Code::Unimplemented | Code::Internal | Code::DataLoss => Reason::Internal,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_reason_survives_the_wire() {
        for &reason in Reason::ALL {
            let mut error = Error::new(reason, "what to do").with("epoch", "7");
            error.retry_after = Some(Duration::from_secs(2));
            assert_eq!(from_status(&to_status(&error)), error);
        }
        let malformed = Error::malformed("group_id", "must be 16 bytes");
        assert_eq!(from_status(&to_status(&malformed)), malformed);
    }

    #[test]
    fn the_published_table_and_ours_are_one() {
        use crate::error::Reason as Published;
        for &reason in Reason::ALL {
            let name = format!("REASON_{}", reason.as_str());
            assert!(
                Published::from_str_name(&name).is_some(),
                "{name} is not in reason.proto"
            );
        }
        let published = (1..1_000)
            .filter(|&n| Published::try_from(n).is_ok())
            .count();
        assert_eq!(published, Reason::ALL.len(), "reason.proto has more");
    }
}
