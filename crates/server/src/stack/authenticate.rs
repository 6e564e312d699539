//! Who calls.

use http::{HeaderMap, header::AUTHORIZATION};
use relais_service::{Caller, Service, identity};
use relais_types::{Error, Reason, Result};

use crate::connections::Proof;

use super::{Access, Next, Request, Response, around::refuse, method::policy, summary};

/// Leaves the [`Caller`] in the request's extensions, or refuses the call.
pub(super) async fn authenticate(service: Service, mut request: Request, next: Next) -> Response {
    let access = policy(&request).map_or(Access::Token, |policy| policy.access);
    let caller = match access {
        Access::Anybody => Ok(Caller::Anonymous),
        Access::Token => caller(&service, request.headers()).await,
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

async fn caller(service: &Service, headers: &HeaderMap) -> Result<Caller> {
    let missing = || {
        Error::new(
            Reason::CredentialMissing,
            "no token: call CreateToken and send it as `authorization: Bearer <token>`",
        )
    };
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.to_owned())
        .ok_or_else(missing)?;
    identity::authenticate(service, &token).await
}
