//! `relais.audit.v1.AuditService`.

use relais_proto::{
    audit::{self as pb, audit_service_server::AuditService},
    from_proto_time, to_proto_time,
};
use relais_service::{
    Service,
    audit::{Event, ListEventsParams, list_events, verify},
};
use relais_types::Result;
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
