//! `case policy`: who may join a case, and who leads it.

use std::collections::BTreeSet;

use relais_care::Seat;
use relais_client::{Case, CasePolicy, Client};
use relais_types::{OrgDomain, PractitionerName};
use serde::Serialize;

use super::{case, open, post};
use crate::{
    Failure,
    account::{Context, Link, settle},
    args::PolicyArgs,
    progress::during,
    render, resolve,
};

/// A policy as `case policy --json` prints it.
#[derive(Serialize)]
struct Shown<'a> {
    organisations: &'a BTreeSet<OrgDomain>,
    leads: &'a BTreeSet<PractitionerName>,
}

pub(super) async fn policy(context: &Context, args: PolicyArgs) -> Result<(), Failure> {
    let changes = !args.leads.is_empty()
        || !args.organisations.is_empty()
        || args.any_lead
        || args.any_organisation;
    let link = if changes {
        Link::Required
    } else {
        Link::Preferred
    };
    context
        .with_account(link, async |client| {
            let case = resolve::case(client, &args.case).await?;
            if changes {
                set(context, client, &case, &args).await?;
            }
            let policy = case.policy().await?;
            let shown = Shown {
                organisations: &policy.organisations,
                leads: &policy.leads,
            };
            let view = case.view().await?;
            context.output.result("policy", &shown, |style| {
                render::policy(&view, &policy, style)
            })
        })
        .await
}

/// What is not named stays as it is.
async fn set(
    context: &Context,
    client: &Client,
    case: &Case,
    args: &PolicyArgs,
) -> Result<(), Failure> {
    let current = case.policy().await?;
    let leads = match (args.any_lead, args.leads.is_empty()) {
        (true, _) => BTreeSet::new(),
        (false, true) => current.leads,
        (false, false) => people(client, &args.leads).await?,
    };
    let organisations = match (args.any_organisation, args.organisations.is_empty()) {
        (true, _) => BTreeSet::new(),
        (false, true) => current.organisations,
        (false, false) => args.organisations.iter().cloned().collect(),
    };
    let mut updates = client.updates();
    case.set_policy(CasePolicy {
        organisations,
        leads,
    })
    .await?;
    during(
        context.output.is_json(),
        "setting the policy",
        settle(client, post::PATIENCE),
    )
    .await?;
    case::refused(&mut updates, case.id())
}

/// The policy of a new case: whoever opens it leads if anybody does, and the team may join.
pub(super) async fn for_opening(
    client: &Client,
    (leads, alone, organisations): (&[String], bool, Vec<OrgDomain>),
    team: &[Seat],
) -> Result<CasePolicy, Failure> {
    let mut policy = CasePolicy {
        leads: people(client, leads).await?,
        organisations: organisations.into_iter().collect(),
    };
    let me = client.me();
    if alone || !policy.leads.is_empty() {
        policy.leads.insert(me.practitioner());
    }
    if !policy.organisations.is_empty() {
        policy.organisations.insert(me.device.organisation.clone());
        let of_team = team.iter().map(|seat| seat.organisation.clone());
        policy.organisations.extend(of_team);
    }
    Ok(policy)
}

async fn people(client: &Client, texts: &[String]) -> Result<BTreeSet<PractitionerName>, Failure> {
    let mut people = BTreeSet::new();
    for text in texts {
        people.insert(open::person(client, text).await?.0.name);
    }
    Ok(people)
}
