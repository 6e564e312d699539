//! The subscription: one server stream that is opened again, with jitter, when it ends.

use std::time::Duration;

use relais_proto::delivery;
use relais_types::{Entropy as _, OsEntropy, Reason};
use tokio::sync::{mpsc, watch};
use tonic::Code;

use crate::{Error, transport::Transport};

/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// What the subscription tells the driver.
pub(crate) enum Signal {
    /// The stream stands; true if the certificate was refused before.
    Connected { certificate_refused: bool },
    /// Items have come.
    Delivered(delivery::SubscribeResponse),
    /// The stream has ended.
    Disconnected,
    /// The server has refused this device for good; there will be no further attempt.
    Revoked,
}

/// How the connection stands.
#[derive(Clone, Debug, Default)]
pub(crate) enum Link {
    /// Not tried yet.
    #[default]
    Connecting,
    /// The stream stands.
    Up,
    /// The last attempt failed; another follows, unless the device was revoked.
    Down(Error),
}

/// Keeps the stream open until the driver drops `signals`.
pub(crate) async fn run(
    transport: Transport,
    mut request: delivery::SubscribeRequest,
    signals: mpsc::Sender<Signal>,
    link: watch::Sender<Link>,
) {
    let mut failures = 0_u32;
    loop {
        let outcome = stream(&transport, &request, &signals, &link).await;
        let Some((was_up, error)) = outcome else {
            return;
        };
        let hint = match &error {
            Error::Refused(error) => error.retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        tracing::debug!(%error, "the subscription ended");
        if matches!(&error, Error::Refused(error) if is_about_cursors(error.reason)) {
            // The server's log is not what this store has seen: begin where the server would.
            request.cursors.clear();
        }
        let revoked =
            matches!(&error, Error::Refused(error) if error.reason == Reason::DeviceRevoked);
        link.send_replace(Link::Down(error));
        if revoked {
            // Nobody listens if the driver is gone.
            let _ = signals.send(Signal::Revoked).await;
            return;
        }
        if was_up {
            transport.line().ended();
            failures = 0;
            // They said where to begin this once.
            request.cursors.clear();
            if signals.send(Signal::Disconnected).await.is_err() {
                return;
            }
        }
        failures += 1;
        tokio::select! {
            () = tokio::time::sleep(hint + jitter(failures)) => {}
            () = signals.closed() => return,
        }
    }
}

/// One stream; `None` if the driver is gone, else whether it stood and why it ended.
async fn stream(
    transport: &Transport,
    request: &delivery::SubscribeRequest,
    signals: &mpsc::Sender<Signal>,
    link: &watch::Sender<Link>,
) -> Option<(bool, Error)> {
    let (_, certified) = transport.line().current();
    // Whatever came of it counts for the connection that it was tried on.
    let failed = |error: Error| {
        let line = matches!(&error, Error::Unreachable { .. })
            || error.reason() == Some(Reason::CertificateInvalid);
        if line {
            transport.line().failed(certified);
        } else if certified && error.reason() == Some(Reason::CredentialMissing) {
            transport.line().taken_off();
        }
        Some((false, error))
    };
    let request = match transport.stream(request.clone()).await {
        Ok(request) => request,
        Err(error) => return failed(error),
    };
    let mut stream = match transport.delivery().subscribe(request).await {
        Ok(response) => response.into_inner(),
        Err(status) => {
            if status.code() == Code::Unauthenticated {
                transport.forget_token().await;
            }
            return failed(transport.refused(&status));
        }
    };
    let certificate_refused = transport.line().stood(certified);
    let connected = Signal::Connected {
        certificate_refused,
    };
    signals.send(connected).await.ok()?;
    link.send_replace(Link::Up);
    loop {
        let message = tokio::select! {
            message = stream.message() => message,
            () = signals.closed() => return None,
        };
        match message {
            Ok(Some(response)) => signals.send(Signal::Delivered(response)).await.ok()?,
            Ok(None) => {
                let why = "the server closed the stream".to_owned();
                return Some((
                    true,
                    Error::Refused(relais_types::Error::new(Reason::ShuttingDown, why)),
                ));
            }
            Err(status) => {
                if status.code() == Code::Unauthenticated {
                    transport.forget_token().await;
                }
                return Some((true, transport.refused(&status)));
            }
        }
    }
}

fn is_about_cursors(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::CursorInvalid | Reason::CursorCompacted | Reason::MalformedField
    )
}

/// Full jitter: anywhere between nothing and the exponential ceiling.
fn jitter(failures: u32) -> Duration {
    let ceiling = LONGEST_PAUSE.min(FIRST_PAUSE * (1 << failures.min(10)));
    let share = f64::from(u32::from_be_bytes(OsEntropy.bytes())) / f64::from(u32::MAX);
    ceiling.mul_f64(share)
}
