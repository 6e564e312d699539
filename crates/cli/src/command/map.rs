//! `directory map` and `unmet`: which services serve an area and how one stands with them, and
//! what was not to be had.

use std::collections::BTreeMap;

use relais_care::{LoopState, PartnershipStage, Unmet, capacity_answers, unmet_need};
use relais_proto::directory as pb;
use relais_types::{OrgDomain, ServiceName, Timestamp};
use serde::Serialize;

use super::partnership::{since, views};
use crate::{
    Failure,
    account::{Context, Link},
    args::{ServiceFilter, UnmetArgs},
    hours,
    render::{self, Style, day},
};

/// A service on the map.
#[derive(Serialize)]
struct Place {
    name: String,
    display_name: String,
    kind: String,
    organisation: Option<OrgDomain>,
    areas: Vec<String>,
    stage: PartnershipStage,
    referrals_closed: bool,
    hours: String,
    capacity: Option<LoopState>,
    answered_at: Option<Timestamp>,
}

pub(super) async fn map(context: &Context, filter: ServiceFilter) -> Result<(), Failure> {
    let wanted = wanted(filter)?;
    context
        .with_account(Link::Required, async |client| {
            let services = client.directory().find_services(wanted).await?;
            let own = client.me().device.organisation.clone();
            let partners = client.partners().list().await?;
            let stages: BTreeMap<OrgDomain, PartnershipStage> = partners
                .into_iter()
                .map(|partner| (partner.organisation, partner.stage))
                .chain([(own, PartnershipStage::Case)])
                .collect();
            let views = views(client).await?;
            let answers = capacity_answers(&views);
            let mut places: Vec<Place> = services
                .into_iter()
                .map(|service| place(service, &stages, &answers))
                .collect();
            places.sort_by(|a, b| (&a.kind, &a.display_name).cmp(&(&b.kind, &b.display_name)));
            context
                .output
                .result("map", &places, |style| table(&places, style))
        })
        .await
}

/// What is searched for, as typed.
pub(super) fn wanted(filter: ServiceFilter) -> Result<pb::SearchServicesRequest, Failure> {
    let open_at = filter.open_at.as_deref().map(hours::moment).transpose();
    Ok(pb::SearchServicesRequest {
        query: filter.query,
        language: filter.speaks,
        area: filter.area,
        kind: filter.kind,
        eligibility: filter.eligible,
        accepts_referrals: filter.accepting,
        open_at: open_at.map_err(|problem| Failure::Usage(problem.into()))?,
        ..pb::SearchServicesRequest::default()
    })
}

fn place(
    service: pb::Service,
    stages: &BTreeMap<OrgDomain, PartnershipStage>,
    answers: &BTreeMap<ServiceName, (LoopState, Timestamp)>,
) -> Place {
    let name: Option<ServiceName> = service.name.parse().ok();
    let organisation = name.as_ref().map(|name| name.organisation.clone());
    let stage = organisation.as_ref().and_then(|it| stages.get(it));
    let answer = name.as_ref().and_then(|name| answers.get(name));
    Place {
        hours: hours::text(&service.hours),
        stage: stage.copied().unwrap_or(PartnershipStage::Listed),
        capacity: answer.map(|(state, _)| *state),
        answered_at: answer.map(|(_, at)| *at),
        name: service.name,
        display_name: service.display_name,
        kind: service.kind,
        organisation,
        areas: service.areas,
        referrals_closed: service.referrals_closed,
    }
}

fn table(places: &[Place], style: Style) -> String {
    if places.is_empty() {
        return style.text("map-no-service-was-found").to_owned();
    }
    let mut table = render::table(style.width);
    table.set_header([
        style.text("map-kind"),
        style.text("map-service"),
        style.text("map-organisation"),
        style.text("map-areas"),
        style.text("map-hours"),
        style.text("map-stage"),
        style.text("map-capacity"),
    ]);
    for place in places {
        let areas = if place.areas.is_empty() {
            style.text("map-everywhere").to_owned()
        } else {
            place.areas.join(", ")
        };
        let capacity = match (place.capacity, place.answered_at) {
            _ if place.referrals_closed => style.text("map-takes-no-referrals").to_owned(),
            (Some(state), Some(at)) => {
                format!("{} ({})", state.label(style.language), day(at, style))
            }
            _ => "?".to_owned(),
        };
        let organisation = place.organisation.as_ref().map_or("?", OrgDomain::as_str);
        table.add_row([
            &place.kind,
            &place.display_name,
            organisation,
            &areas,
            &place.hours,
            place.stage.label(style.language),
            &capacity,
        ]);
    }
    table.to_string()
}

pub(super) async fn unmet(context: &Context, args: UnmetArgs) -> Result<(), Failure> {
    let since = since(args.since.as_deref())?;
    context
        .with_account(Link::Required, async |client| {
            let services = client.directory().services("", "", "").await?;
            let areas: BTreeMap<String, String> = services
                .into_iter()
                .map(|service| (service.name, service.areas.join(", ")))
                .collect();
            let views = views(client).await?;
            let rows = unmet_need(&views, since, |service| {
                let area = service.and_then(|service| areas.get(&service.to_string()));
                area.cloned().unwrap_or_default()
            });
            context
                .output
                .result("unmet", &rows, |style| unmet_table(&rows, style))
        })
        .await
}

fn unmet_table(rows: &[Unmet], style: Style) -> String {
    if rows.is_empty() {
        return style.text("map-everything-was-asked-for-was").to_owned();
    }
    let mut table = render::table(style.width);
    table.set_header([
        style.text("map-service"),
        style.text("map-area"),
        style.text("map-why"),
        style.text("map-times"),
    ]);
    for row in rows {
        table.add_row([
            &*row.service,
            &*row.area,
            row.reason.label(style.language),
            &row.count.to_string(),
        ]);
    }
    table.to_string()
}
