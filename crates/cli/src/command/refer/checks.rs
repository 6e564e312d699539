//! What is looked at before anybody is asked: how the organisations stand, and whether somebody
//! has asked already.

use std::collections::{BTreeMap, BTreeSet};

use relais_care::{CaseView, ConversationKind, PartnershipStage, Similar, Wanted};
use relais_client::Client;
use relais_proto::directory as pb;
use relais_types::{CaseId, EntryId, OrgDomain, ServiceName};

use crate::{
    Failure,
    render::{Style, day},
    said::Said,
};

/// Refuses what needs a later stage than this person's organisation has reached with another, and
/// says what to do; with a reason it goes on, and the reason is returned for the team to see.
///
/// An organisation that has never signed anything with anybody has no stages yet, and nothing is
/// refused. The one check for all commands: nobody else enforces a stage.
pub(in crate::command) async fn stage(
    client: &Client,
    organisation: &OrgDomain,
    needed: PartnershipStage,
    despite: Option<&str>,
    style: Style,
) -> Result<Option<String>, Failure> {
    if client.me().device.organisation == *organisation {
        return Ok(None);
    }
    let partners = client.partners().list().await?;
    if partners.iter().all(|partner| partner.since.is_none()) {
        return Ok(None);
    }
    let found = partners
        .iter()
        .find(|partner| partner.organisation == *organisation);
    let stage = found.map_or(PartnershipStage::Listed, |partner| partner.stage);
    if stage >= needed {
        return Ok(None);
    }
    let (stands, wanted) = (stage.label(style.language), needed.label(style.language));
    let Some(reason) = despite else {
        let next = if stage == PartnershipStage::Listed {
            PartnershipStage::Referral
        } else {
            PartnershipStage::Case
        };
        let problem = found.and_then(|partner| partner.problem.as_ref());
        let said = problem.map_or(Said::of("failure-stage"), |problem| {
            Said::of("failure-stage-noted").with("problem", problem)
        });
        return Err(Failure::Precondition(
            said.with("stage", &stage)
                .with("organisation", organisation)
                .with("needed", &needed)
                .with("next", &next),
        ));
    };
    let values = [
        ("organisation", organisation.as_str().into()),
        ("wanted", wanted.into()),
        ("stands", stands.into()),
        ("reason", reason.into()),
    ];
    Ok(Some(
        style.fill("refer-checks-without-partnership", &values),
    ))
}

/// Refuses what somebody has asked for already; with `anyway` it goes on, and what was found is
/// returned for the team to see.
pub(super) async fn duplicates(
    client: &Client,
    team: &CaseView,
    service: &pb::Service,
    name: &ServiceName,
    needs: &[String],
    anyway: bool,
    style: Style,
) -> Result<Option<String>, Failure> {
    let of_kind = of_kind(client, service).await?;
    let wanted = Wanted {
        service: Some(name),
        of_kind: &of_kind,
        needs,
    };
    // What this device bridges may be ahead of what the team's case was told of it.
    let own = conversations(client, team.case).await?;
    let mut lines: BTreeMap<EntryId, String> = BTreeMap::new();
    for view in own.iter().chain([team]) {
        for similar in view.similar_referrals(wanted) {
            lines.insert(similar.asked.id, told(&similar, style));
        }
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let lines: Vec<String> = lines.into_values().collect();
    let lines = lines.join("\n");
    if anyway {
        let head = style.text("refer-checks-referred-although-open-already");
        return Ok(Some(format!("{head}\n{lines}")));
    }
    Err(Failure::Precondition(
        Said::of("failure-asked-already").with("lines", &lines),
    ))
}

/// The services of the same kind, if it is of one.
async fn of_kind(client: &Client, service: &pb::Service) -> Result<BTreeSet<ServiceName>, Failure> {
    if service.kind.is_empty() {
        return Ok(BTreeSet::new());
    }
    let wanted = pb::SearchServicesRequest {
        kind: service.kind.clone(),
        ..pb::SearchServicesRequest::default()
    };
    let found = client.directory().find_services(wanted).await?;
    Ok(found
        .iter()
        .filter_map(|service| service.name.parse().ok())
        .collect())
}

/// The conversations with partners about a team's case that this device bridges.
pub(super) async fn conversations(client: &Client, team: CaseId) -> Result<Vec<CaseView>, Failure> {
    let mut views = Vec::new();
    for known in client.cases().await? {
        if known.parent == Some(team) && known.conversation == Some(ConversationKind::Partner) {
            views.push(client.case(known.id).await?.view().await?);
        }
    }
    Ok(views)
}

/// `Popote roulante (accepted) by Amélie Roy on 3 Mar: the same service`.
fn told(similar: &Similar<'_>, style: Style) -> String {
    let title = &similar.asked.title;
    let state = similar.asked.state.label(style.language);
    let by = similar
        .requester
        .map_or("?", |person| person.display_name.as_str());
    let on = day(similar.asked.asked_at, style);
    let why = similar.likeness.label(style.language);
    let values = [
        ("title", title.into()),
        ("state", state.into()),
        ("by", by.into()),
        ("on", on.into()),
        ("why", why.into()),
    ];
    format!("  {}", style.fill("refer-checks-similar", &values))
}
