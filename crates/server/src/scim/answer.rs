//! Responses, and refusals in SCIM's own form (RFC 7644 §3.12).

use std::borrow::Cow;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use relais_types::{Error, Reason};
use serde_json::{Value, json};

/// What a handler returns.
pub(super) type Answer = Result<Response, Refusal>;

/// Why a request was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    scim_type: Option<&'static str>,
    detail: Cow<'static, str>,
    retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            scim_type: None,
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// With one of the words of RFC 7644, table 9.
    pub(super) fn of_type(self, scim_type: &'static str) -> Self {
        Self {
            scim_type: Some(scim_type),
            ..self
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let (status, scim_type) = match error.reason {
            Reason::MalformedField | Reason::PayloadTooLarge => {
                (StatusCode::BAD_REQUEST, Some("invalidValue"))
            }
            Reason::CredentialMissing => (StatusCode::UNAUTHORIZED, None),
            Reason::NotAllowed => (StatusCode::FORBIDDEN, None),
            Reason::NotFound => (StatusCode::NOT_FOUND, None),
            Reason::AlreadyExists => (StatusCode::CONFLICT, Some("uniqueness")),
            Reason::RateLimited | Reason::Overloaded => (StatusCode::TOO_MANY_REQUESTS, None),
            Reason::StorageUnavailable | Reason::ShuttingDown | Reason::DeadlineExceeded => {
                (StatusCode::SERVICE_UNAVAILABLE, None)
            }
            _ => (StatusCode::INTERNAL_SERVER_ERROR, None),
        };
        Self {
            status,
            scim_type,
            retry_after: error
                .retry_after
                .map(|delay| delay.as_secs().saturating_add(1)),
            detail: error.message,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_str(),
            "detail": self.detail,
        });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = json!(scim_type);
        }
        let mut response = json(self.status, &body);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A response with a JSON body.
pub(super) fn json(status: StatusCode, body: &Value) -> Response {
    let content_type = [(header::CONTENT_TYPE, "application/scim+json")];
    (status, content_type, Body::from(body.to_string())).into_response()
}

/// Adds where the new resource is.
pub(super) fn with_location(mut response: Response, resource: &Value) -> Response {
    let location = resource["meta"]["location"].as_str().unwrap_or_default();
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
