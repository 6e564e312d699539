//! Who calls.

use bytes::Bytes;
use http::{Extensions, HeaderMap, header::AUTHORIZATION};
use relais_service::{
    Caller, Service,
    identity::{self, PeerCertificate, Presented},
};
use relais_types::{Error, Reason, Result};
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};

use crate::connections::{Certificate, Proof};

use super::{Access, Next, Request, Response, around::refuse, method::policy, summary};

/// The proof of the device key that comes with a token.
const PROOF: &str = "relais-proof";
/// What shows that the person is at the device.
const STEP_UP: &str = "relais-step-up";

/// Leaves the [`Caller`] in the request's extensions, or refuses the call.
pub(super) async fn authenticate(service: Service, mut request: Request, next: Next) -> Response {
    let access = policy(&request).map_or(Access::Token, |policy| policy.access);
    let caller = match access {
        Access::Anybody => Ok(Caller::Anonymous),
        Access::Token => match Shown::read(&service, &request) {
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
}

impl Shown {
    fn read(service: &Service, request: &Request) -> Result<Self> {
        Ok(Self {
            bearer: bearer(request.headers())?,
            certificate: certificate(service, request.extensions())?,
            proof: text(request.headers(), PROOF),
            step_up: text(request.headers(), STEP_UP),
            method: request.uri().path().to_owned(),
        })
    }
}

async fn caller(service: &Service, shown: Shown) -> Result<Caller> {
    let presented = Presented {
        certificate: shown.certificate.as_ref(),
        bearer: shown.bearer.as_deref(),
        proof: shown.proof.as_deref(),
        step_up: shown.step_up.as_deref(),
        method: &shown.method,
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
