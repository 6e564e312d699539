//! `refer`, and `consult --service`: shares as little as possible with a service of the directory,
//! in a conversation of its own. One person answers for it, or it is the one door of a programme:
//! then its people share a queue.

mod door;
mod preview;

use relais_care::{
    CaseOpened, CaseView, ConsentStanding, Consult, ConversationKind, Patient, Referral, SeatRole,
};
use relais_client::{Case, CasePolicy, Client, Opening};
use relais_types::{Clock as _, OrgDomain, SeatId, ServiceName, SystemClock, Timestamp};

use self::door::Door;
use super::{ask, open, post};
use crate::{
    Failure,
    account::{Context, Link, text_or_stdin},
    args::{ConsultArgs, EntryArgs, ReferArgs},
    resolve,
};

/// What is asked of a service.
enum Asked {
    Referral(Referral),
    Consult(Consult),
}

/// What the partner is about to see.
struct Plan {
    /// The conversation, if there is one with this service.
    reuse: Option<(Case, SeatId)>,
    door: Door,
    title: String,
    patient: Option<Patient>,
    asked: Asked,
    /// Number of the entry that records the consent in force.
    consent: Option<u64>,
}

/// What was typed, as far as both commands have it.
struct Wanted<'a> {
    case: &'a str,
    service: &'a str,
    person: Option<&'a str>,
    /// How the patient is named towards the service.
    patient: Option<&'a str>,
    title: Option<&'a str>,
    acknowledge_by: Option<Timestamp>,
    yes: bool,
    entry: &'a EntryArgs,
}

pub(super) async fn refer(context: &Context, args: ReferArgs) -> Result<(), Failure> {
    let wanted = Wanted {
        case: &args.case,
        service: &args.service,
        person: args.person.as_deref(),
        patient: args.patient.as_deref(),
        title: args.title.as_deref(),
        acknowledge_by: None,
        yes: args.yes,
        entry: &args.entry,
    };
    share(context, &wanted, |service, service_display_name| {
        Asked::Referral(Referral {
            service: Some(service),
            service_display_name,
            reason: args.reason.clone(),
            needs: args.needs.clone(),
            consent: args.consent.clone(),
            outcome_wanted: args.outcome.clone(),
        })
    })
    .await
}

/// A consult of a service instead of a seat of the team.
pub(super) async fn consult(
    context: &Context,
    args: &ConsultArgs,
    service: &str,
) -> Result<(), Failure> {
    let question = text_or_stdin(&args.question)?;
    let wanted = Wanted {
        case: &args.case,
        service,
        person: None,
        patient: None,
        title: None,
        acknowledge_by: ask::deadline(&args.deadline)?,
        yes: args.yes,
        entry: &args.entry,
    };
    share(context, &wanted, |_, _| {
        Asked::Consult(Consult {
            specialty: args.specialty.clone(),
            question,
            class: args.class,
        })
    })
    .await
}

async fn share(
    context: &Context,
    wanted: &Wanted<'_>,
    asked: impl FnOnce(ServiceName, String) -> Asked,
) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let team = resolve::case(client, wanted.case).await?;
            let view = team.view().await?;
            if view.conversation != Some(ConversationKind::Team) {
                return Err(Failure::Precondition(
                    "ask a service from the team's case: this one is no team's".to_owned(),
                ));
            }
            let language = post::language(context, wanted.entry.language.as_deref());
            let (priority, by) = (wanted.entry.priority, wanted.acknowledge_by);
            let plan = plan(client, &view, wanted, asked).await?;
            preview::confirm(context, &plan, wanted.yes)?;
            let (conversation, owner) = match plan.reuse {
                Some(found) => found,
                None => begin(context, client, &team, &view, &plan).await?,
            };
            let asked = plan.asked;
            let write = move |draft: relais_care::compose::Draft| {
                let draft = ask::until(draft, by).priority(priority);
                match asked {
                    Asked::Referral(referral) => draft.referral(owner, referral),
                    Asked::Consult(consult) => draft.consult(owner, consult),
                }
            };
            let entry = post::post(context, client, &conversation, None, language, write).await?;
            post::show(context, &conversation, entry).await
        })
        .await
}

async fn plan(
    client: &Client,
    view: &CaseView,
    wanted: &Wanted<'_>,
    asked: impl FnOnce(ServiceName, String) -> Asked,
) -> Result<Plan, Failure> {
    let directory = client.directory();
    let service = resolve::service(directory.services("", "", "").await?, wanted.service)?;
    let name: ServiceName = service.name.parse().map_err(|error| {
        Failure::failed(format!("the directory sent a name that is none: {error}"))
    })?;
    let consent = recorded_consent(view, &name.organisation)?;
    let people = directory
        .practitioners("", Some(&name.organisation))
        .await?;
    let door = Door::of(&service, &name.organisation, people, wanted.person)?;
    let patient = view.patient.as_ref().map(|patient| Patient {
        display_name: wanted
            .patient
            .map_or_else(|| initials(&patient.display_name), str::to_owned),
        birth_date: String::new(),
        language: patient.language.clone(),
    });
    let title = wanted.title.unwrap_or(&service.display_name).to_owned();
    Ok(Plan {
        reuse: door.conversation(client, view.case).await?,
        door,
        title,
        patient,
        consent,
        asked: asked(name, service.display_name),
    })
}

/// The number of the consent to share with an organisation; refused once it is withdrawn.
fn recorded_consent(view: &CaseView, organisation: &OrgDomain) -> Result<Option<u64>, Failure> {
    let number = |id| view.item(id).map(|item| item.seq);
    match view.consent_standing(organisation, SystemClock.now()) {
        ConsentStanding::NotRecorded => Ok(None),
        ConsentStanding::InForce(id) => Ok(number(id)),
        ConsentStanding::NotInForce(id) => Err(Failure::Precondition(format!(
            "the consent to share with {organisation} (#{}) is not in force: record a new one \
             with `relais consent`",
            number(id).unwrap_or_default()
        ))),
    }
}

async fn begin(
    context: &Context,
    client: &Client,
    team: &Case,
    view: &CaseView,
    plan: &Plan,
) -> Result<(Case, SeatId), Failure> {
    let me = client.me().practitioner();
    let role = view
        .team
        .seats_of(&me)
        .next()
        .map_or(SeatRole::Navigator, |seat| seat.seat.role);
    let (own_seat, own_occupancy) = open::own_seat(client, role);
    let (owner, theirs, held) = plan.door.seats();
    let opening = Opening {
        content: CaseOpened {
            title: plan.title.clone(),
            purpose: String::new(),
            patient: plan.patient.clone(),
            conversation: ConversationKind::Partner,
            seats: [own_seat].into_iter().chain(theirs).collect(),
            occupancies: [own_occupancy].into_iter().chain(held).collect(),
        },
        language: context.globals.lang.into(),
        parent: Some(team.id()),
        policy: CasePolicy::default(),
    };
    let conversation = open::begin(context, client, opening).await?;
    Ok((conversation, owner))
}

/// `M. L.` for `Marguerite Lavoie`, `H.-P. C.` for `Henri-Paul Caron`.
fn initials(name: &str) -> String {
    let word = |word: &str| {
        let part = |part: &str| {
            part.chars()
                .next()
                .map(|first| format!("{}.", first.to_uppercase()))
        };
        word.split('-')
            .filter_map(part)
            .collect::<Vec<_>>()
            .join("-")
    };
    name.split_whitespace()
        .map(word)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_is_given_initials() {
        assert_eq!(initials("Marguerite Lavoie"), "M. L.");
        assert_eq!(initials("Henri-Paul Caron"), "H.-P. C.");
    }
}
