//! Publishing a community service.

use std::collections::HashSet;

use relais_store::AuditEvent;
use relais_types::{Error, OrgDomain, RequestId, Result, ServiceId, ServiceName};

use super::{CommunityService, ServiceDetails};
use crate::{
    Caller, Service,
    identity::{MAX_LABEL, MAX_NAME},
    replay::{Fingerprint, Replay},
    text,
};

/// Longest description or access criteria in characters.
const MAX_TEXT: usize = 1_000;
/// Longest code of a kind in characters.
pub(super) const MAX_KIND: usize = 40;
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Most languages, areas, practitioners or opening hours of one service.
const MAX_LIST: usize = 50;

/// The service, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateServiceParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The organisation that offers it.
    pub organisation: OrgDomain,
    /// What it says of itself.
    pub service: ServiceDetails,
}

/// Publishes a community service.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is the operator or the organisation's administrator;
/// `NOT_FOUND` for the organisation or a practitioner of it; `MALFORMED_FIELD`,
/// `REQUEST_ID_REUSED`.
pub async fn create_service(
    service: &Service,
    caller: &Caller,
    params: CreateServiceParams,
) -> Result<CommunityService> {
    caller.administers(&params.organisation)?;
    let fingerprint = fingerprint(&params);
    let replay = Replay::new(caller, params.request_id, "create_service", fingerprint);
    let details = checked(&params.service).map_err(|error| error.within("service"))?;
    let now = service.now();
    let name = ServiceName {
        organisation: params.organisation,
        service: service.random(ServiceId::random),
    };
    let row = relais_store::CommunityService {
        search_key: text::fold(&format!(
            "{} {} {}",
            details.display_name, details.description, details.access_criteria
        )),
        criteria_key: text::fold(&details.access_criteria),
        sort_key: text::fold(&details.display_name),
        kind: text::fold(&details.kind),
        referrals_closed: details.referrals_closed,
        hours: details
            .hours
            .iter()
            .map(|hours| relais_store::OpeningHours {
                weekday: hours.weekday,
                from: hours.from,
                until: hours.until,
            })
            .collect(),
        name: name.clone(),
        display_name: details.display_name.clone(),
        description: details.description.clone(),
        access_criteria: details.access_criteria.clone(),
        languages: folded(&details.languages),
        areas: folded(&details.areas),
        practitioners: details.practitioners.clone(),
        created_at: now,
    };
    let event = AuditEvent {
        at: now,
        actor: caller.actor(),
        action: "service.create",
        subject: name.to_string(),
    };
    let published = CommunityService { name, details };
    service
        .store()
        .run_tx("create_service", async move |tx| {
            if let Some(first) = replay.first(tx).await? {
                return Ok(first);
            }
            let organisation = &row.name.organisation;
            if tx.organisation(organisation).await?.is_none() {
                return Err(Error::not_found("the organisation"));
            }
            for person in &row.practitioners {
                let own = person.organisation == *organisation;
                if !own || tx.practitioner(person).await?.is_none() {
                    return Err(Error::not_found("a practitioner of the organisation"));
                }
            }
            tx.insert_service(&row).await?;
            tx.audit(&event).await?;
            replay.keep(tx, &published, now).await?;
            Ok(published.clone())
        })
        .await
}

fn checked(details: &ServiceDetails) -> Result<ServiceDetails> {
    let lists = [
        ("languages", details.languages.len()),
        ("areas", details.areas.len()),
        ("practitioners", details.practitioners.len()),
        ("hours", details.hours.len()),
    ];
    for (field, length) in lists {
        if length > MAX_LIST {
            let problem = format!("must be at most {MAX_LIST}");
            return Err(Error::malformed(field, problem));
        }
    }
    for (at, hours) in details.hours.iter().enumerate() {
        if !(1..=7).contains(&hours.weekday) || hours.from >= hours.until || hours.until > DAY {
            return Err(Error::malformed(
                format!("hours[{at}]"),
                "must be a weekday, 1 to 7, and minutes of that day that end after they begin",
            ));
        }
    }
    let mut people = HashSet::new();
    for (at, person) in details.practitioners.iter().enumerate() {
        if !people.insert(person) {
            return Err(Error::malformed(
                format!("practitioners[{at}]"),
                "must not be named twice",
            ));
        }
    }
    Ok(ServiceDetails {
        display_name: text::required("display_name", &details.display_name, MAX_NAME)?,
        description: text::paragraphs("description", &details.description, MAX_TEXT)?,
        languages: each("languages", &details.languages, text::language)?,
        areas: each("areas", &details.areas, |field, area| {
            text::required(field, area, MAX_LABEL)
        })?,
        access_criteria: text::paragraphs("access_criteria", &details.access_criteria, MAX_TEXT)?,
        practitioners: details.practitioners.clone(),
        kind: text::line("kind", &details.kind, MAX_KIND)?,
        referrals_closed: details.referrals_closed,
        hours: details.hours.clone(),
    })
}

fn each(
    field: &str,
    texts: &[String],
    check: impl Fn(&str, &str) -> Result<String>,
) -> Result<Vec<String>> {
    texts
        .iter()
        .enumerate()
        .map(|(at, text)| check(&format!("{field}[{at}]"), text))
        .collect()
}

fn folded(texts: &[String]) -> Vec<(String, String)> {
    texts
        .iter()
        .map(|text| (text.clone(), text::fold(text)))
        .collect()
}

fn fingerprint(params: &CreateServiceParams) -> Fingerprint {
    let details = &params.service;
    Fingerprint::default()
        .field(params.organisation.as_str())
        .field(&details.display_name)
        .field(&details.description)
        .list(details.languages.iter())
        .list(details.areas.iter())
        .field(&details.access_criteria)
        .list(details.practitioners.iter().map(ToString::to_string))
        .field(&details.kind)
        .field([u8::from(details.referrals_closed)])
        .list(details.hours.iter().map(|hours| {
            let [from, until] = [hours.from, hours.until].map(u16::to_be_bytes);
            [&[hours.weekday][..], &from, &until].concat()
        }))
}

#[cfg(test)]
mod tests {
    use relais_types::Reason;

    use super::*;
    use crate::fixture::Backbone;

    #[tokio::test]
    async fn a_replay_publishes_nothing_and_faults_are_named() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("parc.internal", "Ana").await;
        let elsewhere = backbone.device("laurier.internal", "Bo").await;
        let params = CreateServiceParams {
            request_id: backbone.request_id(),
            organisation: "parc.internal".parse().unwrap(),
            service: ServiceDetails {
                display_name: "Repas à domicile".into(),
                languages: vec!["fr".into(), "en-CA".into()],
                areas: vec!["H2X".into()],
                practitioners: vec![ana.name.practitioner_name()],
                ..ServiceDetails::default()
            },
        };
        let create =
            async |params| create_service(&backbone.service, &Caller::Operator, params).await;
        let first = create(params.clone()).await.unwrap();
        assert_eq!(first.details, params.service);
        assert_eq!(create(params.clone()).await, Ok(first));

        let with = |change: &dyn Fn(&mut ServiceDetails)| {
            let mut changed = CreateServiceParams {
                request_id: backbone.request_id(),
                ..params.clone()
            };
            change(&mut changed.service);
            changed
        };
        let fault = async |params| create(params).await.unwrap_err();
        let nameless = fault(with(&|service| service.display_name.clear())).await;
        assert_eq!(nameless.field.as_deref(), Some("service.display_name"));
        let tongue = fault(with(&|service| service.languages[1] = "en_CA".into())).await;
        assert_eq!(tongue.field.as_deref(), Some("service.languages[1]"));
        let foreign = elsewhere.name.practitioner_name();
        let stranger = fault(with(&|service| service.practitioners.push(foreign.clone()))).await;
        assert_eq!(stranger.reason, Reason::NotFound);
        let refused = create_service(&backbone.service, &ana.caller, with(&|_| ())).await;
        assert_eq!(refused.unwrap_err().reason, Reason::NotAllowed);
    }
}
