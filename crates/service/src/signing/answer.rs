//! What an agent answers.

use relais_mls::Chain;
use relais_types::{Error, Reason, Result, SigningId};

use crate::{Caller, Service, text};

/// Longest explanation in characters.
const MAX_EXPLANATION: usize = 200;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompleteParams {
    /// Which request it answers.
    pub id: SigningId,
    /// The device's certificate and the authority's.
    pub chain: Chain,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefuseParams {
    /// Which request it answers.
    pub id: SigningId,
    /// Why, for the person who enrols; at most 200 characters.
    pub explanation: String,
}

/// Answers a request with the certificate that it asks for. One that does not verify as exactly
/// that is refused, and the request goes on waiting for another agent.
///
/// The caller does not matter: the id is known to the organisation's agents alone.
///
/// # Errors
/// `NOT_FOUND` if nobody waits for it, `CREDENTIAL_INVALID`.
pub async fn complete(service: &Service, _caller: &Caller, params: CompleteParams) -> Result<()> {
    let desk = service.desk();
    let (request, authority) = desk.waiting(params.id).ok_or_else(nobody_waits)?;
    service.fulfils(&request.order, &authority, &params.chain)?;
    if desk.answer(params.id, Ok(params.chain)) {
        Ok(())
    } else {
        Err(nobody_waits())
    }
}

/// Answers a request with no.
///
/// The caller does not matter: the id is known to the organisation's agents alone.
///
/// # Errors
/// `NOT_FOUND` if nobody waits for it, `MALFORMED_FIELD`.
pub async fn refuse(service: &Service, _caller: &Caller, params: RefuseParams) -> Result<()> {
    let desk = service.desk();
    desk.waiting(params.id).ok_or_else(nobody_waits)?;
    let why = text::required("explanation", &params.explanation, MAX_EXPLANATION)?;
    let refusal = Error::new(
        Reason::AuthorityRefused,
        format!(
            "the organisation's signing agent refused to certify this device ({why}): ask the \
             administrator"
        ),
    );
    if desk.answer(params.id, Err(refusal)) {
        Ok(())
    } else {
        Err(nobody_waits())
    }
}

fn nobody_waits() -> Error {
    Error::new(
        Reason::NotFound,
        "nobody waits for this request: it was answered, or its caller has gone",
    )
}
