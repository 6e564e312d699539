//! Saying where an organisation's people sign in.

use std::net::IpAddr;

use relais_store::{AuditEvent, IdentityProvider};
use relais_types::{Error, OrgDomain, Reason, RequestId, Result};

use super::MAX_LABEL;
use crate::{
    Caller, Service,
    replay::{Fingerprint, Replay},
    text,
};

/// Longest issuer URL in characters.
const MAX_URL: usize = 300;
/// Longest client id, scope, name of a claim, group or domain in characters.
const MAX_WORD: usize = 200;
/// Most scopes.
const MAX_SCOPES: usize = 10;

/// Where an organisation's people sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetIdentityProviderParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The organisation.
    pub organisation: OrgDomain,
    /// The provider, with nothing filled in that was left empty; `None` for none.
    pub provider: Option<IdentityProvider>,
}

/// Sets the organisation's identity provider, or that it has none.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is the operator or the organisation's administrator, who
/// has stepped up (`STEP_UP_REQUIRED`), and for an administrator who names an issuer on this machine; `NOT_FOUND`, `MALFORMED_FIELD`,
/// `REQUEST_ID_REUSED`.
pub async fn set_identity_provider(
    service: &Service,
    caller: &Caller,
    params: SetIdentityProviderParams,
) -> Result<()> {
    caller.administers(&params.organisation)?;
    let fingerprint = fingerprint(&params);
    let replay = Replay::new(
        caller,
        params.request_id,
        "set_identity_provider",
        fingerprint,
    );
    let provider = params.provider.as_ref().map(checked).transpose()?;
    if let Some(provider) = &provider
        && is_local(&provider.issuer)
        && *caller != Caller::Operator
    {
        // It makes this server call another one on its own machine.
        return Err(Error::new(
            Reason::NotAllowed,
            "only the operator may name an issuer on the server's own machine",
        ));
    }
    let now = service.now();
    let (organisation, actor) = (params.organisation, caller.actor());
    service
        .store()
        .run_tx("set_identity_provider", async move |tx| {
            if replay.first::<()>(tx).await?.is_some() {
                return Ok(());
            }
            if tx.organisation(&organisation).await?.is_none() {
                return Err(Error::not_found("the organisation"));
            }
            match &provider {
                Some(provider) => {
                    tx.set_identity_provider(&organisation, provider, now)
                        .await?;
                }
                None => {
                    tx.remove_identity_provider(&organisation).await?;
                }
            }
            tx.audit(&AuditEvent {
                at: now,
                actor: actor.clone(),
                action: match provider {
                    Some(_) => "identity_provider.set",
                    None => "identity_provider.remove",
                },
                subject: organisation.resource_name(),
            })
            .await?;
            replay.keep(tx, &(), now).await
        })
        .await
}

/// The provider with what was left empty filled in, if all of it can be used.
fn checked(given: &IdentityProvider) -> Result<IdentityProvider> {
    let word = |field: &str, value: &str| text::line(field, value, MAX_WORD);
    let issuer = text::required("issuer", &given.issuer, MAX_URL)?;
    check_issuer(&issuer)?;
    let client_id = text::required("client_id", &given.client_id, MAX_WORD)?;
    let scopes: Vec<&str> = given.scopes.split_whitespace().collect();
    // RFC 6749 §3.3.
    let in_a_scope = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if scopes.len() > MAX_SCOPES
        || scopes
            .iter()
            .any(|scope| scope.len() > MAX_WORD || !scope.bytes().all(in_a_scope))
    {
        return Err(Error::malformed(
            "scopes",
            format!("must be at most {MAX_SCOPES} scopes of printable ASCII"),
        ));
    }
    let or = |value: String, default: &str| {
        if value.is_empty() {
            default.to_owned()
        } else {
            value
        }
    };
    let checked = IdentityProvider {
        issuer,
        client_id,
        scopes: scopes.join(" "),
        account_claim: or(word("account_claim", &given.account_claim)?, "sub"),
        name_claim: or(word("name_claim", &given.name_claim)?, "name"),
        profession_claim: word("profession_claim", &given.profession_claim)?,
        default_profession: text::line("default_profession", &given.default_profession, MAX_LABEL)?,
        fhir_user_claim: word("fhir_user_claim", &given.fhir_user_claim)?,
        email_domain: word("email_domain", &given.email_domain)?.to_ascii_lowercase(),
        group_claim: word("group_claim", &given.group_claim)?,
        required_group: word("required_group", &given.required_group)?,
    };
    if checked.group_claim.is_empty() != checked.required_group.is_empty() {
        // One without the other would let everybody in.
        return Err(Error::malformed(
            "required_group",
            "must be set together with group_claim",
        ));
    }
    if checked.profession_claim.is_empty() && checked.default_profession.is_empty() {
        return Err(Error::malformed(
            "default_profession",
            "must be set if there is no profession_claim: everybody has a profession",
        ));
    }
    if checked.email_domain.contains('@') {
        return Err(Error::malformed(
            "email_domain",
            "must be what stands after the @, such as clinic.example",
        ));
    }
    Ok(checked)
}

/// HTTPS, or plain HTTP to this machine, without what does not belong into an issuer
/// (OpenID Connect Discovery 1.0 §3).
fn check_issuer(issuer: &str) -> Result<()> {
    let wrong = |problem: &str| Err(Error::malformed("issuer", problem));
    let secure = issuer.strip_prefix("https://");
    let Some(rest) = secure.or_else(|| issuer.strip_prefix("http://")) else {
        return wrong("must begin with https://");
    };
    if secure.is_none() && !is_local(issuer) {
        return wrong("must begin with https://, unless it is on 127.0.0.1 or [::1]");
    }
    let printable = rest.bytes().all(|byte| byte.is_ascii_graphic());
    if host(issuer).is_empty() || rest.contains(['?', '#', '@', '\\']) || !printable {
        return wrong("must be a URL without user, query and fragment");
    }
    Ok(())
}

/// Whether a URL is one of this machine.
fn is_local(url: &str) -> bool {
    let host = host(url);
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    loopback || host.eq_ignore_ascii_case("localhost")
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rfind(':') {
        // The colons of an IPv6 address stand before its bracket.
        Some(at) if !authority[at..].contains(']') => &authority[..at],
        _ => authority,
    }
}

fn fingerprint(params: &SetIdentityProviderParams) -> Fingerprint {
    let fingerprint = Fingerprint::default().field(params.organisation.as_str());
    match &params.provider {
        None => fingerprint,
        Some(provider) => [
            &provider.issuer,
            &provider.client_id,
            &provider.scopes,
            &provider.account_claim,
            &provider.name_claim,
            &provider.profession_claim,
            &provider.default_profession,
            &provider.fhir_user_claim,
            &provider.email_domain,
            &provider.group_claim,
            &provider.required_group,
        ]
        .into_iter()
        .fold(fingerprint, Fingerprint::field),
    }
}

#[cfg(test)]
mod tests {
    use relais_store::AccessRole;

    use super::*;
    use crate::{
        fixture::Backbone,
        identity::{GetIdentityProviderParams, get_identity_provider},
    };

    fn provider(issuer: &str) -> IdentityProvider {
        IdentityProvider {
            issuer: issuer.to_owned(),
            client_id: "relais".into(),
            scopes: "profile email".into(),
            default_profession: "nurse".into(),
            ..IdentityProvider::default()
        }
    }

    fn params(
        backbone: &Backbone,
        provider: Option<IdentityProvider>,
    ) -> SetIdentityProviderParams {
        SetIdentityProviderParams {
            request_id: backbone.request_id(),
            organisation: "laurier.internal".parse().unwrap(),
            provider,
        }
    }

    #[tokio::test]
    async fn a_provider_is_set_told_to_anybody_and_removed() {
        let backbone = Backbone::new().await;
        backbone.organisation("laurier.internal").await;
        let set = async |provider| {
            let params = params(&backbone, provider);
            set_identity_provider(&backbone.service, &Caller::Operator, params).await
        };
        let get = async |domain: &str| {
            let params = GetIdentityProviderParams {
                organisation: domain.parse().unwrap(),
            };
            get_identity_provider(&backbone.service, &Caller::Anonymous, params).await
        };
        let none = get("laurier.internal").await.unwrap_err();
        assert_eq!(none.reason, Reason::NotFound);
        assert_eq!(get("nowhere.internal").await, Err(none), "tells nothing");
        let issuer = "https://login.example/tenant";
        assert_eq!(set(Some(provider(issuer))).await, Ok(()));
        let told = get("laurier.internal").await.unwrap();
        assert_eq!(
            (told.issuer.as_str(), told.client_id.as_str()),
            (issuer, "relais")
        );
        assert_eq!(told.scopes, ["profile", "email"]);
        assert_eq!(set(None).await, Ok(()));
        assert!(get("laurier.internal").await.is_err());
        let actions: Vec<_> = backbone
            .audited()
            .await
            .into_iter()
            .map(|row| row.1)
            .collect();
        let of_providers = actions
            .iter()
            .filter(|it| it.starts_with("identity_provider"));
        assert_eq!(of_providers.count(), 2);
    }

    #[tokio::test]
    async fn only_the_operator_names_an_issuer_on_the_servers_machine() {
        let backbone = Backbone::new().await;
        let role = AccessRole::Administrator;
        let admin = backbone
            .device_with_role("laurier.internal", "Zoé", role)
            .await;
        let member = backbone.device("laurier.internal", "Ana").await;
        let set = async |caller: &Caller, issuer: &str| {
            let params = params(&backbone, Some(provider(issuer)));
            let done = set_identity_provider(&backbone.service, caller, params).await;
            done.map_err(|error| error.reason)
        };
        let (local, public) = ("http://127.0.0.1:4000", "https://login.example");
        assert_eq!(set(&Caller::Operator, local).await, Ok(()));
        assert_eq!(set(&admin.caller, public).await, Ok(()));
        for local in [local, "https://localhost/x", "https://[::1]:9"] {
            assert_eq!(
                set(&admin.caller, local).await,
                Err(Reason::NotAllowed),
                "{local}"
            );
        }
        assert_eq!(set(&member.caller, public).await, Err(Reason::NotAllowed));
    }

    #[test]
    fn what_cannot_be_an_issuer_is_refused() {
        for good in [
            "https://login.example",
            "https://a.example:8443/t/1",
            "http://[::1]:80/x",
        ] {
            assert_eq!(check_issuer(good), Ok(()), "{good}");
        }
        for bad in [
            "login.example",
            "http://login.example",
            "http://127.0.0.1.evil.example",
            "http://127.0.0.1@evil.example",
            "https://user@login.example",
            "https://login.example/?x=1",
            "https://login.example/#x",
            "https:///x",
            "https://login.example/a b",
            "file:///etc/passwd",
        ] {
            assert!(check_issuer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn half_a_rule_is_refused() {
        let whole = provider("https://login.example");
        assert!(checked(&whole).is_ok());
        for broken in [
            IdentityProvider {
                required_group: "clinicians".into(),
                ..whole.clone()
            },
            IdentityProvider {
                group_claim: "groups".into(),
                ..whole.clone()
            },
            IdentityProvider {
                default_profession: String::new(),
                ..whole.clone()
            },
            IdentityProvider {
                email_domain: "@clinic.example".into(),
                ..whole.clone()
            },
            IdentityProvider {
                scopes: "a \u{e9}".into(),
                ..whole
            },
        ] {
            assert!(checked(&broken).is_err());
        }
    }
}
