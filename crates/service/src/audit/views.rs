//! Who viewed what: kept for the custodian's officer, opaque to the server.

use bytes::Bytes;
use relais_store::{AuditEvent, SealedView};
use relais_types::{Error, OrgDomain, RequestId, Result, Timestamp};

use crate::{
    Caller, Page, Service,
    limits::too_large,
    page::List,
    replay::{Fingerprint, Replay},
};

/// Most views in one call.
const MAX_VIEWS: usize = 16;
/// Largest sealed view in bytes: 700 entry ids and a certificate chain, padded.
const MAX_VIEW: usize = 24 * 1024;
/// Most views on a page.
const MAX_PAGE: i32 = 200;
/// Views on a page if the caller does not say.
const DEFAULT_PAGE: i32 = 100;

/// Sealed views of one organisation's cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordViewsParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The custodian.
    pub organisation: OrgDomain,
    /// 1 to 16 views, each of at most 24 KiB.
    pub sealed: Vec<Bytes>,
}

/// Which views.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListViewsParams {
    /// The custodian.
    pub organisation: OrgDomain,
    /// Only views received at or after this time.
    pub since: Option<Timestamp>,
    /// At most this many, up to 200; 0 means 100.
    pub page_size: i32,
    /// From the previous page; empty for the first.
    pub page_token: String,
}

/// Stores views for the custodian's officer. Who has uploaded them is not stored.
///
/// # Errors
/// `CREDENTIAL_MISSING`, `NOT_ALLOWED` for the operator; `NOT_FOUND` if the organisation has no
/// officer key, `PAYLOAD_TOO_LARGE`, `MALFORMED_FIELD`, `REQUEST_ID_REUSED`.
pub async fn record_views(
    service: &Service,
    caller: &Caller,
    params: RecordViewsParams,
) -> Result<()> {
    caller.device()?;
    if !(1..=MAX_VIEWS).contains(&params.sealed.len()) {
        let problem = format!("must be 1 to {MAX_VIEWS}");
        return Err(Error::malformed("sealed_views", problem));
    }
    for (at, sealed) in params.sealed.iter().enumerate() {
        let field = format!("sealed_views[{at}]");
        if sealed.is_empty() {
            return Err(Error::malformed(field, "is missing"));
        }
        if sealed.len() > MAX_VIEW {
            return Err(too_large(
                field,
                format!("must be at most {MAX_VIEW} bytes"),
            ));
        }
    }
    let fingerprint = Fingerprint::default()
        .field(params.organisation.as_str())
        .list(params.sealed.iter());
    let replay = Replay::new(caller, params.request_id, "record_views", fingerprint);
    let now = service.now();
    service
        .store()
        .run_tx("record_views", async move |tx| {
            if replay.first::<()>(tx).await?.is_some() {
                return Ok(());
            }
            if tx.officer_key(&params.organisation).await?.is_none() {
                return Err(Error::not_found("the organisation's officer key"));
            }
            for sealed in &params.sealed {
                tx.insert_sealed_view(&params.organisation, sealed, now)
                    .await?;
            }
            replay.keep(tx, &(), now).await
        })
        .await
}

/// A page of an organisation's views, oldest first. That somebody asks is itself in the audit
/// trail, with the first page.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is a device that administers the organisation;
/// `MALFORMED_FIELD`, `CURSOR_INVALID`.
pub async fn list_views(
    service: &Service,
    caller: &Caller,
    params: ListViewsParams,
) -> Result<Page<SealedView>> {
    // Not the operator, who has no reason to: only the officer can open them.
    caller.device()?;
    caller.administers(&params.organisation)?;
    let asked = match params.page_size {
        0 => DEFAULT_PAGE,
        size => size.min(MAX_PAGE),
    };
    let size =
        u32::try_from(asked).map_err(|_| Error::malformed("page_size", "must not be negative"))?;
    let since = params.since.map(|at| at.as_micros().to_string());
    let filters = [
        params.organisation.as_str(),
        since.as_deref().unwrap_or_default(),
    ];
    let list = List::new("views", &filters);
    let after = list.open_number(&params.page_token)?;
    if after == 0 {
        let event = AuditEvent {
            at: service.now(),
            actor: caller.actor(),
            action: "views.list",
            subject: params.organisation.resource_name(),
        };
        service
            .store()
            .run_tx("audit_views", async move |tx| tx.audit(&event).await)
            .await?;
    }
    let found = service
        .store()
        .read("list_views", async move |view| {
            let (organisation, since) = (&params.organisation, params.since);
            view.sealed_views(organisation, since, after, size + 1)
                .await
        })
        .await?;
    Ok(list.page(found, size, |view| view.id.to_be_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use relais_store::AccessRole;
    use relais_types::Reason;

    use super::*;
    use crate::{
        audit::{PublishOfficerKeyParams, officer_key, publish_officer_key},
        fixture::{Backbone, TestDevice},
    };

    const DOMAIN: &str = "laurier.internal";

    fn domain() -> OrgDomain {
        DOMAIN.parse().unwrap()
    }

    fn statement(backbone: &Backbone, by: &TestDevice) -> PublishOfficerKeyParams {
        let statement = Bytes::from_static(b"the officer's key");
        PublishOfficerKeyParams {
            request_id: backbone.request_id(),
            organisation: domain(),
            signature: by.sign("relais/officer-key/v1", &statement),
            chain: by.chain(),
            statement,
        }
    }

    async fn publish(
        backbone: &Backbone,
        by: &TestDevice,
        params: PublishOfficerKeyParams,
    ) -> Result<(), Reason> {
        let published = publish_officer_key(&backbone.service, &by.caller, params).await;
        published.map_err(|error| error.reason)
    }

    fn views(backbone: &Backbone, sealed: &[&'static str]) -> RecordViewsParams {
        RecordViewsParams {
            request_id: backbone.request_id(),
            organisation: domain(),
            sealed: sealed
                .iter()
                .map(|sealed| Bytes::from_static(sealed.as_bytes()))
                .collect(),
        }
    }

    async fn listed(backbone: &Backbone, caller: &Caller) -> Result<Vec<Bytes>, Reason> {
        let mut token = String::new();
        let mut all = Vec::new();
        loop {
            let params = ListViewsParams {
                organisation: domain(),
                since: None,
                page_size: 2,
                page_token: token,
            };
            let page = list_views(&backbone.service, caller, params).await;
            let page = page.map_err(|error| error.reason)?;
            all.extend(page.items.into_iter().map(|view| view.sealed));
            if page.next_page_token.is_empty() {
                return Ok(all);
            }
            token = page.next_page_token;
        }
    }

    #[tokio::test]
    async fn an_administrators_device_publishes_what_it_has_signed() {
        let backbone = Backbone::new().await;
        let zoe = backbone
            .device_with_role(DOMAIN, "Zoé", AccessRole::Administrator)
            .await;
        let ana = backbone.device(DOMAIN, "Ana").await;
        let other = backbone
            .device_with_role("parc.internal", "Bo", AccessRole::Administrator)
            .await;
        for refused in [&ana, &other] {
            let params = statement(&backbone, refused);
            let answer = publish(&backbone, refused, params).await;
            assert_eq!(answer, Err(Reason::NotAllowed));
        }
        let by_ana = statement(&backbone, &ana);
        assert_eq!(
            publish(&backbone, &zoe, by_ana).await,
            Err(Reason::CredentialInvalid)
        );
        let mut changed = statement(&backbone, &zoe);
        changed.statement = Bytes::from_static(b"another key");
        assert_eq!(
            publish(&backbone, &zoe, changed).await,
            Err(Reason::ProofInvalid)
        );
        let key = async |organisation: &str| {
            let organisation = organisation.parse().unwrap();
            let key = officer_key(&backbone.service, &ana.caller, organisation).await;
            key.unwrap().map(|key| key.statement)
        };
        assert_eq!(key(DOMAIN).await, None);
        let params = statement(&backbone, &zoe);
        publish(&backbone, &zoe, params.clone()).await.unwrap();
        publish(&backbone, &zoe, params.clone()).await.unwrap();
        assert_eq!(key(DOMAIN).await, Some(params.statement));
        assert_eq!(key("nowhere.internal").await, None);
        let published = backbone.audited().await;
        let published = published
            .iter()
            .filter(|(_, it)| it == "officer_key.publish");
        assert_eq!(published.count(), 1, "a replay changes nothing");
    }

    #[tokio::test]
    async fn views_are_kept_once_for_the_organisations_administrators() {
        let backbone = Backbone::new().await;
        let zoe = backbone
            .device_with_role(DOMAIN, "Zoé", AccessRole::Administrator)
            .await;
        let bo = backbone.device("parc.internal", "Bo").await;
        let record = async |caller: &Caller, params| {
            let recorded = record_views(&backbone.service, caller, params).await;
            recorded.map_err(|error| error.reason)
        };
        let early = views(&backbone, &["one"]);
        assert_eq!(record(&bo.caller, early).await, Err(Reason::NotFound));
        let params = statement(&backbone, &zoe);
        publish(&backbone, &zoe, params).await.unwrap();
        let first = views(&backbone, &["one", "two"]);
        record(&bo.caller, first.clone()).await.unwrap();
        record(&bo.caller, first.clone()).await.unwrap();
        let other = RecordViewsParams {
            sealed: vec![Bytes::from_static(b"other")],
            ..first
        };
        assert_eq!(
            record(&bo.caller, other).await,
            Err(Reason::RequestIdReused)
        );
        record(&zoe.caller, views(&backbone, &["three"]))
            .await
            .unwrap();
        assert_eq!(
            record(&Caller::Operator, views(&backbone, &["four"])).await,
            Err(Reason::NotAllowed)
        );
        for bad in [
            vec![],
            vec![Bytes::new()],
            vec![Bytes::from_static(b"x"); 17],
        ] {
            let params = RecordViewsParams {
                sealed: bad,
                ..views(&backbone, &[])
            };
            assert_eq!(
                record(&bo.caller, params).await,
                Err(Reason::MalformedField)
            );
        }
        let params = RecordViewsParams {
            sealed: vec![vec![0; MAX_VIEW + 1].into()],
            ..views(&backbone, &[])
        };
        assert_eq!(
            record(&bo.caller, params).await,
            Err(Reason::PayloadTooLarge)
        );

        let seen = listed(&backbone, &zoe.caller).await.unwrap();
        assert_eq!(
            seen,
            ["one", "two", "three"].map(|sealed| Bytes::from_static(sealed.as_bytes()))
        );
        for refused in [&bo.caller, &Caller::Operator] {
            assert_eq!(listed(&backbone, refused).await, Err(Reason::NotAllowed));
        }
        let audited = backbone.audited().await;
        let listed = audited.iter().filter(|(_, it)| it == "views.list");
        assert_eq!(listed.count(), 1, "once for all pages");
    }
}
