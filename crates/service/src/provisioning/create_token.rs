//! The token of an organisation's directory.

use std::fmt;

use relais_store::AuditEvent;
use relais_types::{Error, OrgDomain, RequestId, Result};

use crate::{
    Caller, Service,
    replay::{Fingerprint, Replay},
    secret::digest,
};

/// Whose token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateScimTokenParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The organisation.
    pub organisation: OrgDomain,
}

/// The only copy of a token.
#[derive(Clone, PartialEq, Eq)]
pub struct CreateScimTokenOutcome {
    /// The bearer token.
    pub token: String,
}

impl fmt::Debug for CreateScimTokenOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CreateScimTokenOutcome(…)")
    }
}

/// Makes the token with which an organisation's directory proves itself; the one before ends.
/// Stores its digest alone.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is the operator or the organisation's administrator, who
/// has stepped up (`STEP_UP_REQUIRED`);
/// `NOT_FOUND`, `REQUEST_ID_REUSED`.
pub async fn create_scim_token(
    service: &Service,
    caller: &Caller,
    params: CreateScimTokenParams,
) -> Result<CreateScimTokenOutcome> {
    let organisation = params.organisation;
    caller.administers(&organisation)?;
    let fingerprint = Fingerprint::default().field(organisation.as_str());
    let replay = Replay::new(caller, params.request_id, "create_scim_token", fingerprint);
    let token = service
        .key()
        .scim_token(&caller.replay_name(), params.request_id);
    let stored = digest("scim_token", token.as_bytes());
    let (now, actor) = (service.now(), caller.actor());
    service
        .store()
        .run_tx("create_scim_token", async move |tx| {
            if replay.first::<()>(tx).await?.is_some() {
                return Ok(());
            }
            if tx.organisation(&organisation).await?.is_none() {
                return Err(Error::not_found("the organisation"));
            }
            tx.set_scim_token(&organisation, &stored, now).await?;
            tx.audit(&AuditEvent {
                at: now,
                actor: actor.clone(),
                action: "scim_token.create",
                subject: organisation.resource_name(),
            })
            .await?;
            replay.keep(tx, &(), now).await
        })
        .await?;
    Ok(CreateScimTokenOutcome { token })
}
