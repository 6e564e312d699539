//! Deadlines.

use std::time::Duration;

use relais_types::{Error, Reason};
use tokio::time::timeout;

use super::{Next, Request, Response, around::refuse, method::policy};

/// Ends a call at its method's deadline or at the one that the client set
/// (`grpc-timeout`), whichever is sooner. What the call had begun to write is finished or
/// undone by the service, never left half done.
pub(super) async fn limit(request: Request, next: Next) -> Response {
    let Some(policy) = policy(&request) else {
        return next.run(request).await;
    };
    let asked = request
        .headers()
        .get("grpc-timeout")
        .and_then(|value| value.to_str().ok())
        .and_then(parse);
    // For a stream, the client's deadline is for all of it, ours for its beginning; the
    // client keeps its own.
    let deadline = match asked {
        Some(asked) => asked.min(policy.deadline),
        None => policy.deadline,
    };
    match timeout(deadline, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refuse(&Error::new(
            Reason::DeadlineExceeded,
            "the call took too long: retry with the same request id",
        )),
    }
}

/// `TimeoutValue TimeoutUnit` of the gRPC protocol: at most eight digits and a unit.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_hours(value)),
        "M" => Some(Duration::from_mins(value)),
        "S" => Some(Duration::from_secs(value)),
        "m" => Some(Duration::from_millis(value)),
        "u" => Some(Duration::from_micros(value)),
        "n" => Some(Duration::from_nanos(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use relais_proto::status::from_status;
    use tonic::{Code, Status, body::Body};
    use tower::{Layer as _, Service as _, service_fn};

    use super::{
        super::{Access, Class, around, method::Policy},
        *,
    };

    #[tokio::test]
    async fn the_sooner_deadline_ends_a_call() {
        for (ours, theirs) in [
            (Duration::from_millis(5), "1H"),
            (Duration::from_hours(1), "5m"),
        ] {
            let endless = around::boxed(service_fn(async |_| std::future::pending().await));
            let mut request = Request::new(Body::empty());
            let headers = request.headers_mut();
            headers.insert("grpc-timeout", theirs.parse().unwrap());
            request.extensions_mut().insert(Policy {
                access: Access::Anybody,
                class: Class::Open,
                max_bytes: 0,
                deadline: ours,
                stream: false,
                open_ended: false,
            });
            let response = around::around(limit).layer(endless).call(request).await;
            let response = response.unwrap();
            let status = response.extensions().get::<Status>().unwrap();
            assert_eq!(status.code(), Code::DeadlineExceeded);
            assert_eq!(from_status(status).reason, Reason::DeadlineExceeded);
        }
    }

    #[test]
    fn timeouts_are_read_as_the_protocol_says() {
        assert_eq!(parse("2H"), Some(Duration::from_hours(2)));
        assert_eq!(parse("99999999n"), Some(Duration::from_nanos(99_999_999)));
        assert_eq!(parse("250m"), Some(Duration::from_millis(250)));
        for bad in ["", "S", "1", "1s", "-1S", "+1S", "123456789S", "1é", "é"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
