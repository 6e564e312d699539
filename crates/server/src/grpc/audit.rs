//! `relais.audit.v1.AuditService`.

use prost::Message as _;
use relais_mls::Chain;
use relais_proto::{
    audit::{self as pb, audit_service_server::AuditService},
    from_proto_time, to_proto_time,
};
use relais_service::{
    SealedView, Service,
    audit::{
        Event, ListEventsParams, ListViewsParams, PublishOfficerKeyParams, RecordViewsParams,
        list_events, list_views, officer_key, publish_officer_key, record_views, verify,
    },
};
use relais_types::{Error, OrgDomain, Result};
use tonic::Request;

use super::{Answer, answer, open, parse, refuse};

/// The adapter.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    pub(crate) service: Service,
}

#[tonic::async_trait]
impl AuditService for Audit {
    async fn verify_audit(
        &self,
        request: Request<pb::VerifyAuditRequest>,
    ) -> Answer<pb::VerifyAuditResponse> {
        let (caller, pb::VerifyAuditRequest {}) = open(request);
        let outcome = verify(&self.service, &caller).await.map_err(refuse)?;
        answer(pb::VerifyAuditResponse {
            head_number: outcome.head,
            head_hash: outcome.head_hash.to_vec().into(),
            first_broken: outcome.first_broken.unwrap_or_default(),
        })
    }

    async fn list_audit_events(
        &self,
        request: Request<pb::ListAuditEventsRequest>,
    ) -> Answer<pb::ListAuditEventsResponse> {
        let (caller, message) = open(request);
        let params = events_params(message).map_err(refuse)?;
        let page = list_events(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::ListAuditEventsResponse {
            events: page.items.into_iter().map(event).collect(),
            next_page_token: page.next_page_token,
        })
    }

    async fn publish_officer_key(
        &self,
        request: Request<pb::PublishOfficerKeyRequest>,
    ) -> Answer<pb::PublishOfficerKeyResponse> {
        let (caller, message) = open(request);
        let params = officer_key_params(message).map_err(refuse)?;
        publish_officer_key(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::PublishOfficerKeyResponse {})
    }

    async fn get_officer_key(
        &self,
        request: Request<pb::GetOfficerKeyRequest>,
    ) -> Answer<pb::GetOfficerKeyResponse> {
        let (caller, message) = open(request);
        let organisation = officer_organisation(message).map_err(refuse)?;
        let key = officer_key(&self.service, &caller, organisation)
            .await
            .map_err(refuse)?;
        answer(pb::GetOfficerKeyResponse {
            officer_key: key.map(|key| pb::OfficerKey {
                statement: key.statement,
                signature: key.signature,
                certificate_chain: key.chain.to_vec(),
            }),
        })
    }

    async fn record_views(
        &self,
        request: Request<pb::RecordViewsRequest>,
    ) -> Answer<pb::RecordViewsResponse> {
        let (caller, message) = open(request);
        let params = record_params(message).map_err(refuse)?;
        record_views(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::RecordViewsResponse {})
    }

    async fn list_views(
        &self,
        request: Request<pb::ListViewsRequest>,
    ) -> Answer<pb::ListViewsResponse> {
        let (caller, message) = open(request);
        let params = views_params(message).map_err(refuse)?;
        let page = list_views(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        let sealed = |view: SealedView| pb::SealedView {
            sealed: view.sealed,
            receive_time: Some(to_proto_time(view.received_at)),
        };
        answer(pb::ListViewsResponse {
            views: page.items.into_iter().map(sealed).collect(),
            next_page_token: page.next_page_token,
        })
    }
}

pub(super) fn officer_key_params(
    message: pb::PublishOfficerKeyRequest,
) -> Result<PublishOfficerKeyParams> {
    let request_id = parse::request_id(&message.request_id)?;
    let key = message
        .officer_key
        .ok_or_else(|| Error::malformed("officer_key", "is missing"))?;
    let statement = pb::OfficerKeyStatement::decode(key.statement.clone())
        .map_err(|_| Error::malformed("officer_key.statement", "does not decode"))?;
    // Its other fields are for those who seal to it; here they only have to be well formed.
    parse::array::<32>("officer_key.statement.public_key", &statement.public_key)?;
    Ok(PublishOfficerKeyParams {
        request_id,
        organisation: parse::organisation(&statement.organisation)
            .map_err(|error| error.within("officer_key.statement"))?,
        signature: parse::array("officer_key.signature", &key.signature)?,
        chain: Chain::new(key.certificate_chain).map_err(|error| {
            Error::malformed(
                "officer_key.certificate_chain",
                format!("is not one: {error}"),
            )
        })?,
        statement: key.statement,
    })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape of all readers of requests"
)]
pub(super) fn officer_organisation(message: pb::GetOfficerKeyRequest) -> Result<OrgDomain> {
    parse::organisation(&message.organisation)
}

pub(super) fn record_params(message: pb::RecordViewsRequest) -> Result<RecordViewsParams> {
    Ok(RecordViewsParams {
        request_id: parse::request_id(&message.request_id)?,
        organisation: parse::organisation(&message.organisation)?,
        sealed: message.sealed_views,
    })
}

pub(super) fn views_params(message: pb::ListViewsRequest) -> Result<ListViewsParams> {
    let since = message.since.as_ref();
    Ok(ListViewsParams {
        organisation: parse::organisation(&message.organisation)?,
        since: since
            .map(|since| from_proto_time("since", since))
            .transpose()?,
        page_size: message.page_size,
        page_token: message.page_token,
    })
}

pub(super) fn events_params(message: pb::ListAuditEventsRequest) -> Result<ListEventsParams> {
    let organisation = match message.organisation.as_str() {
        "" => None,
        name => Some(parse::organisation(name)?),
    };
    let resource = match message.resource.as_str() {
        "" => None,
        name => Some(name.parse()?),
    };
    let since = message
        .since
        .map(|since| from_proto_time("since", &since))
        .transpose()?;
    Ok(ListEventsParams {
        organisation,
        resource,
        since,
        chain: message.chain,
        page_size: message.page_size,
        page_token: message.page_token,
    })
}

fn event(event: Event) -> pb::AuditEvent {
    let mut told = pb::AuditEvent {
        number: event.number,
        previous_hash: event.previous_hash.to_vec().into(),
        hash: event.hash.to_vec().into(),
        withheld: event.details.is_none(),
        ..pb::AuditEvent::default()
    };
    if let Some(details) = event.details {
        told.time = Some(to_proto_time(details.at));
        told.actor = details.actor;
        told.action = details.action;
        told.subject = details.subject;
    }
    told
}
