//! Who calls.

use bytes::{Bytes, BytesMut};
use http::{Extensions, HeaderMap, header::AUTHORIZATION};
use http_body_util::{BodyExt as _, Full};
use relais_proto::status::from_status;
use relais_service::{
    Caller, Service,
    identity::{self, PeerCertificate, Presented},
};
use relais_types::{Error, Reason, Result};
use sha2::{Digest as _, Sha256};
use tonic::{
    body::Body,
    transport::server::{TcpConnectInfo, TlsConnectInfo},
};

use crate::connections::{Certificate, Proof};

use super::{Access, Next, Request, Response, around::refuse, method::policy, summary};

/// The proof of the device key that comes with a token.
const PROOF: &str = "relais-proof";
/// What shows that the person is at the device.
const STEP_UP: &str = "relais-step-up";
/// Bytes before a message in the gRPC protocol: a flag and the length, big-endian.
const PREFIX: usize = 5;

/// Leaves the [`Caller`] in the request's extensions, or refuses the call.
pub(super) async fn authenticate(service: Service, mut request: Request, next: Next) -> Response {
    let access = policy(&request).map_or(Access::Token, |policy| policy.access);
    let caller = match access {
        Access::Anybody => Ok(Caller::Anonymous),
        Access::Token => match Shown::read(&service, &request) {
            Ok(mut shown) if shown.is_proved() => match whole(request).await {
                Ok((read, message)) => {
                    request = read;
                    shown.message = message;
                    caller(&service, shown).await
                }
                Err(error) => return refuse(&error),
            },
            Ok(shown) => caller(&service, shown).await,
            Err(error) => Err(error),
        },
    };
    match caller {
        Ok(caller) => {
            summary::record_caller(&caller);
            if caller != Caller::Anonymous
                && let Some(proof) = request.extensions().get::<Proof>()
            {
                proof.give();
            }
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => refuse(&error),
    }
}

/// What a request presents, copied out: its body is nothing that futures can share.
struct Shown {
    certificate: Option<PeerCertificate>,
    bearer: Option<String>,
    proof: Option<String>,
    step_up: Option<String>,
    method: String,
    /// SHA-256 of the message, once it was read.
    message: [u8; 32],
}

impl Shown {
    fn read(service: &Service, request: &Request) -> Result<Self> {
        Ok(Self {
            bearer: bearer(request.headers())?,
            certificate: certificate(service, request.extensions())?,
            proof: text(request.headers(), PROOF),
            step_up: text(request.headers(), STEP_UP),
            method: request.uri().path().to_owned(),
            message: [0; 32],
        })
    }

    /// Whether all that shows who calls is a proof, which is for one message.
    fn is_proved(&self) -> bool {
        self.certificate.is_none() && self.bearer.is_some() && self.proof.is_some()
    }
}

/// Reads the whole request, which the method's limit bounds, and gives it back with the SHA-256
/// of its message: what was proved is what will be decoded.
///
/// # Errors
/// `PAYLOAD_TOO_LARGE`; `MALFORMED_FIELD` unless the request is one whole message.
async fn whole(request: Request) -> Result<(Request, [u8; 32])> {
    let most = policy(&request).map_or(0, |policy| policy.max_bytes) + PREFIX;
    let (head, mut body) = request.into_parts();
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|status| from_status(&status))?;
        if let Ok(data) = frame.into_data() {
            if read.len() + data.len() > most {
                return Err(Error::new(
                    Reason::PayloadTooLarge,
                    "the request is larger than the method takes: split or shrink it",
                ));
            }
            read.extend_from_slice(&data);
        }
    }
    let read = read.freeze();
    let message = digest(&read)
        .ok_or_else(|| Error::malformed("request", "must be one whole message, not compressed"))?;
    Ok((
        Request::from_parts(head, Body::new(Full::new(read))),
        message,
    ))
}

/// SHA-256 of the one message that these bytes frame; `None` if they are anything else.
fn digest(framed: &[u8]) -> Option<[u8; 32]> {
    let (prefix, message) = framed.split_first_chunk::<PREFIX>()?;
    let [flag, length @ ..] = *prefix;
    let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
    (flag == 0 && length == message.len()).then(|| Sha256::digest(message).into())
}

async fn caller(service: &Service, shown: Shown) -> Result<Caller> {
    let presented = Presented {
        certificate: shown.certificate.as_ref(),
        bearer: shown.bearer.as_deref(),
        proof: shown.proof.as_deref(),
        step_up: shown.step_up.as_deref(),
        method: &shown.method,
        message: &shown.message,
    };
    identity::authenticate(service, presented).await
}

/// The token, if there is an `authorization` at all: one that cannot be read is no absence.
fn bearer(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| Some(token.to_owned()))
        .ok_or_else(|| {
            Error::new(
                Reason::CredentialMissing,
                "no token: call CreateToken and send it as `authorization: Bearer <token>`",
            )
        })
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

/// The device's certificate of the connection, if it has one; verified once for all its calls.
fn certificate(service: &Service, extensions: &Extensions) -> Result<Option<PeerCertificate>> {
    let shown = extensions
        .get::<TlsConnectInfo<TcpConnectInfo>>()
        .and_then(TlsConnectInfo::peer_certs);
    let (Some(shown), Some(certificate)) = (shown, extensions.get::<Certificate>()) else {
        return Ok(None);
    };
    let verify = || {
        let chain = shown.iter().map(|der| Bytes::copy_from_slice(der));
        PeerCertificate::verify(service, chain.collect())
    };
    certificate.verified(verify).cloned().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_whole_message_has_a_digest() {
        let framed = |flag: u8, length: u32, message: &[u8]| {
            [&[flag], length.to_be_bytes().as_slice(), message].concat()
        };
        let of = |message: &[u8]| Some(Sha256::digest(message).into());
        assert_eq!(digest(&framed(0, 4, b"body")), of(b"body"));
        assert_eq!(digest(&framed(0, 0, b"")), of(b""));
        let two = [framed(0, 4, b"body"), framed(0, 4, b"more")].concat();
        for other in [
            framed(1, 4, b"body"),
            // A shorter message, and what was signed as its rest.
            framed(0, 2, b"body"),
            framed(0, 5, b"body"),
            two,
            vec![0, 0, 0, 0],
            Vec::new(),
        ] {
            assert_eq!(digest(&other), None, "{other:?}");
        }
    }
}
