//! Telling a new device where its owner signs in.

use relais_types::{Error, OrgDomain, Result};

use crate::{Caller, Service};

/// Whose provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetIdentityProviderParams {
    /// The organisation.
    pub organisation: OrgDomain,
}

/// What a new device needs to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetIdentityProviderOutcome {
    /// The issuer's URL.
    pub issuer: String,
    /// As whom to sign in.
    pub client_id: String,
    /// Scopes to ask for besides `openid`.
    pub scopes: Vec<String>,
}

/// Tells anybody where the people of an organisation sign in; every browser that is sent
/// there shows as much.
///
/// # Errors
/// `NOT_FOUND` if there is no such organisation or it has no provider, which look the same.
pub async fn get_identity_provider(
    service: &Service,
    _caller: &Caller,
    params: GetIdentityProviderParams,
) -> Result<GetIdentityProviderOutcome> {
    let provider = service
        .store()
        .read("get_identity_provider", async move |view| {
            view.identity_provider(&params.organisation).await
        })
        .await?
        .ok_or_else(no_provider)?;
    Ok(GetIdentityProviderOutcome {
        issuer: provider.issuer,
        client_id: provider.client_id,
        scopes: provider.scopes.split(' ').map(str::to_owned).collect(),
    })
}

pub(super) fn no_provider() -> Error {
    Error::new(
        relais_types::Reason::NotFound,
        "this organisation has no identity provider here: check its domain, or enrol with an \
         invitation code from its administrator",
    )
}
