//! Admitting an organisation.

use relais_store::{AuditEvent, OrganisationAuthority};
use relais_types::{Error, OrgDomain, Reason, RequestId, Result};

use super::Organisation;
use crate::{
    Caller, Service,
    identity::MAX_NAME,
    replay::{Fingerprint, Replay},
    text,
};

/// The organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateOrganisationParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The domain that names it.
    pub domain: OrgDomain,
    /// Its name as people know it, at most 120 characters.
    pub display_name: String,
    /// It brings its own authority: none is made here.
    pub own_authority: bool,
}

/// Admits an organisation and has its name-constrained certificate authority made.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is the operator, `ALREADY_EXISTS`, `MALFORMED_FIELD`,
/// `REQUEST_ID_REUSED`.
pub async fn create_organisation(
    service: &Service,
    caller: &Caller,
    params: CreateOrganisationParams,
) -> Result<Organisation> {
    caller.operator()?;
    let organisation = Organisation {
        display_name: text::required("display_name", &params.display_name, MAX_NAME)?,
        domain: params.domain,
    };
    let fingerprint = Fingerprint::default()
        .field(organisation.domain.as_str())
        .field(&params.display_name)
        .number(params.own_authority.into());
    let replay = Replay::new(
        caller,
        params.request_id,
        "create_organisation",
        fingerprint,
    );
    let (read, domain) = (replay.clone(), organisation.domain.clone());
    let first = service
        .store()
        .read("find_organisation", async move |view| {
            if let Some(first) = read.first::<Organisation>(view).await? {
                return Ok(Some(first));
            }
            match view.organisation(&domain).await? {
                Some(_) => Err(taken()),
                None => Ok(None),
            }
        })
        .await?;
    if let Some(first) = first {
        return Ok(first);
    }

    let now = service.now();
    // Made first: an authority without an organisation harms nobody and is found again by
    // a retry, an organisation without an authority could not enrol anybody.
    let issuer = service.issuer();
    let own = params.own_authority.then(|| OrganisationAuthority {
        organisation: organisation.domain.clone(),
        certified: None,
    });
    if own.is_some() {
        // An attempt without it may have been broken off.
        issuer.forget_organisation(&organisation.domain).await?;
    } else {
        issuer
            .create_organisation(&organisation.domain, now)
            .await?;
    }
    let row = relais_store::Organisation {
        domain: organisation.domain.clone(),
        display_name: organisation.display_name.clone(),
        created_at: now,
    };
    let event = AuditEvent {
        at: now,
        actor: caller.actor(),
        action: "organisation.create",
        subject: organisation.domain.resource_name(),
    };
    service
        .store()
        .run_tx("create_organisation", async move |tx| {
            if let Some(first) = replay.first(tx).await? {
                return Ok(first);
            }
            if !tx.insert_organisation(&row).await? {
                return Err(taken());
            }
            if let Some(own) = &own {
                tx.put_organisation_authority(own).await?;
            }
            tx.audit(&event).await?;
            replay.keep(tx, &organisation, now).await?;
            Ok(organisation.clone())
        })
        .await
}

fn taken() -> Error {
    Error::new(
        Reason::AlreadyExists,
        "an organisation has this domain already",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Backbone;

    #[tokio::test]
    async fn the_operator_admits_each_domain_once() {
        let backbone = Backbone::new().await;
        let params = CreateOrganisationParams {
            request_id: backbone.request_id(),
            domain: "laurier.internal".parse().unwrap(),
            display_name: " Hôpital Laurier ".into(),
            own_authority: false,
        };
        let create = async |caller: &Caller, params| {
            create_organisation(&backbone.service, caller, params).await
        };
        let first = create(&Caller::Operator, params.clone()).await.unwrap();
        assert_eq!(first.display_name, "Hôpital Laurier");
        let again = create(&Caller::Operator, params.clone()).await;
        assert_eq!(again, Ok(first));
        let taken = CreateOrganisationParams {
            request_id: backbone.request_id(),
            ..params.clone()
        };
        let refused = create(&Caller::Operator, taken.clone()).await.unwrap_err();
        assert_eq!(refused.reason, Reason::AlreadyExists);
        let ana = backbone.device("laurier.internal", "Ana").await;
        let refused = create(&ana.caller, taken).await.unwrap_err();
        assert_eq!(refused.reason, Reason::NotAllowed);
        let audited = backbone.audited().await;
        assert_eq!(
            audited[0],
            ("operator".into(), "organisation.create".into())
        );
    }
}
