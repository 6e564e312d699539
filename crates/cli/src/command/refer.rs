//! `refer`, and `consult --service`: shares as little as possible with a service of the directory,
//! in a conversation of its own. One person answers for it, or it is the one door of a programme:
//! then its people share a queue.

mod agreement;
mod checks;
mod door;
mod preview;
mod source;

use std::collections::BTreeSet;

use relais_care::{
    Actor, CaseOpened, CaseView, ConsentStanding, Consult, ConversationKind, Link as EntryLink,
    PartnershipStage, Patient, Referral, SeatRole, compose::Draft,
};
use relais_client::{Case, CasePolicy, Client, Opening};
use relais_proto::directory as pb;
use relais_types::{Clock as _, EntryId, SeatId, ServiceName, SystemClock, Timestamp};

use self::{agreement::Agreement, door::Door, source::Source};
pub(super) use self::{checks::stage, door::one_person};
use super::{ask, confirm::confirm, open, post};
use crate::{
    Failure,
    account::{Context, Link, text_or_stdin},
    args::{ConsultArgs, EntryArgs, ReferArgs},
    resolve,
    said::Said,
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

/// What was typed, as far as both commands have it, and whom it is for.
struct Wanted<'a> {
    service: pb::Service,
    name: ServiceName,
    person: Option<&'a str>,
    /// How the patient is named towards the service.
    patient: Option<&'a str>,
    title: Option<&'a str>,
    acknowledge_by: Option<Timestamp>,
    without_partnership: Option<&'a str>,
    agreement: Agreement<'a>,
    yes: bool,
    entry: &'a EntryArgs,
}

/// The case that it is asked from.
struct Team {
    case: Case,
    view: CaseView,
}

pub(super) async fn refer(context: &Context, args: ReferArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let team = team(client, &args.case).await?;
            let style = context.output.style();
            let source = Source::find(client, &team.view, &args).await?;
            let named = source.service(args.service.as_deref())?;
            let (service, name) = resolve::listed_service(client, &named).await?;
            if service.referrals_closed {
                return Err(Failure::Precondition(
                    Said::of("failure-takes-no-referrals").with("service", &service.display_name),
                ));
            }
            let referral = source.referral(&args, name.clone(), service.display_name.clone())?;
            let needs = &referral.needs;
            let view = &team.view;
            let alike =
                checks::duplicates(client, view, &service, &name, needs, args.anyway, style)
                    .await?;
            let told = source.note(&service.display_name, style);
            let wanted = Wanted {
                service,
                name,
                person: args.person.as_deref(),
                patient: args.patient.as_deref(),
                title: args.title.as_deref(),
                acknowledge_by: None,
                without_partnership: args.without_partnership.as_deref(),
                agreement: Agreement {
                    record: args.record,
                    classes: &args.classes,
                    decided_by: args.decided_by.as_deref(),
                },
                yes: args.yes,
                entry: &args.entry,
            };
            let asked = Asked::Referral(referral);
            let (conversation, entry) = share(context, client, &team, &wanted, asked).await?;
            let made = EntryLink {
                case: conversation.id(),
                entry,
            };
            source.follow(context, client, &team.case, made).await?;
            for note in told.into_iter().chain(alike) {
                tell(context, client, &team, note).await?;
            }
            post::show(context, &conversation, entry).await
        })
        .await
}

/// A consult of a service instead of a seat of the team.
pub(super) async fn consult(
    context: &Context,
    args: &ConsultArgs,
    named: &str,
) -> Result<(), Failure> {
    let question = text_or_stdin(&args.question)?;
    context
        .with_account(Link::Required, async |client| {
            let team = team(client, &args.case).await?;
            let (service, name) = resolve::listed_service(client, named).await?;
            let wanted = Wanted {
                service,
                name,
                person: None,
                patient: None,
                title: None,
                acknowledge_by: ask::deadline(&args.deadline)?,
                without_partnership: None,
                agreement: Agreement::default(),
                yes: args.yes,
                entry: &args.entry,
            };
            let asked = Asked::Consult(Consult {
                specialty: args.specialty.clone(),
                question,
                class: args.class,
            });
            let (conversation, entry) = share(context, client, &team, &wanted, asked).await?;
            post::show(context, &conversation, entry).await
        })
        .await
}

async fn team(client: &Client, case: &str) -> Result<Team, Failure> {
    let case = resolve::case(client, case).await?;
    let view = case.view().await?;
    if view.conversation == Some(ConversationKind::Team) {
        Ok(Team { case, view })
    } else {
        Err(Failure::Precondition(Said::of("failure-ask-from-team")))
    }
}

/// Shows what is shared, asks, and asks the service.
async fn share(
    context: &Context,
    client: &Client,
    team: &Team,
    wanted: &Wanted<'_>,
    asked: Asked,
) -> Result<(Case, EntryId), Failure> {
    let style = context.output.style();
    let organisation = &wanted.name.organisation;
    let (needed, despite) = (PartnershipStage::Referral, wanted.without_partnership);
    let without = stage(client, organisation, needed, despite, style).await?;
    let plan = plan(client, &team.view, wanted, asked).await?;
    let question = "confirm-share-this";
    confirm(
        context,
        wanted.yes,
        &preview::preview(&plan, style),
        question,
    )?;
    if plan.consent.is_none() {
        agreement::offer_to_record(context, client, team, wanted, &plan.asked).await?;
    }
    let (conversation, owner) = match plan.reuse {
        Some(found) => found,
        None => begin(context, client, team, wanted, &plan).await?,
    };
    let language = post::language(context, wanted.entry.language.as_deref());
    let (priority, by) = (wanted.entry.priority, wanted.acknowledge_by);
    let asked = plan.asked;
    let write = move |draft: Draft| {
        let draft = ask::until(draft, by).priority(priority);
        match asked {
            Asked::Referral(referral) => draft.referral(owner, referral),
            Asked::Consult(consult) => draft.consult(owner, consult),
        }
    };
    let entry = post::post(context, client, &conversation, None, language, write).await?;
    if let Some(note) = without {
        tell(context, client, team, note).await?;
    }
    Ok((conversation, entry))
}

/// Tells the team what was known and did not stop it.
async fn tell(
    context: &Context,
    client: &Client,
    team: &Team,
    note: String,
) -> Result<(), Failure> {
    let labels = context.globals.lang.into();
    post::post(context, client, &team.case, None, labels, |draft| {
        draft.text(note)
    })
    .await
    .map(drop)
}

async fn plan(
    client: &Client,
    view: &CaseView,
    wanted: &Wanted<'_>,
    asked: Asked,
) -> Result<Plan, Failure> {
    let organisation = &wanted.name.organisation;
    let consent = recorded_consent(view, &Actor::Organisation(organisation.clone()))?;
    let people = client
        .directory()
        .practitioners("", Some(organisation))
        .await?;
    let door = Door::of(&wanted.service, organisation, people, wanted.person)?;
    let patient = view.patient.as_ref().map(|patient| {
        let minimal = patient.minimal();
        let named = wanted.patient.map(str::to_owned);
        Patient {
            display_name: named.unwrap_or(minimal.display_name),
            ..minimal
        }
    });
    let title = wanted.title.unwrap_or(&wanted.service.display_name);
    Ok(Plan {
        reuse: door.conversation(client, view.case).await?,
        door,
        title: title.to_owned(),
        patient,
        consent,
        asked,
    })
}

/// The number of the consent to share with an organisation; refused once it is withdrawn.
fn recorded_consent(view: &CaseView, actor: &Actor) -> Result<Option<u64>, Failure> {
    let number = |id| view.item(id).map(|item| item.seq);
    match view.consent_standing(actor, SystemClock.now()) {
        ConsentStanding::NotRecorded => Ok(None),
        ConsentStanding::InForce(id) => Ok(number(id)),
        ConsentStanding::NotInForce(id) => Err(Failure::Precondition(
            Said::of("failure-consent-not-in-force")
                .with("number", &number(id).unwrap_or_default())
                .with("actor", &actor),
        )),
    }
}

async fn begin(
    context: &Context,
    client: &Client,
    team: &Team,
    wanted: &Wanted<'_>,
    plan: &Plan,
) -> Result<(Case, SeatId), Failure> {
    let me = client.me().practitioner();
    let role = team
        .view
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
        parent: Some(team.case.id()),
        // Nobody of another organisation joins, whoever adds them.
        policy: CasePolicy {
            organisations: BTreeSet::from([
                me.organisation.clone(),
                wanted.name.organisation.clone(),
            ]),
            // Else the partner could keep others from ending its access.
            leads: BTreeSet::from([me]),
        },
    };
    let conversation = open::begin(context, client, opening).await?;
    Ok((conversation, owner))
}
