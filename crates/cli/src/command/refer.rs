//! `refer`: shares as little as possible with a community service, in a conversation of its own.

use std::{collections::BTreeSet, io::IsTerminal as _};

use relais_care::{
    Actor, CaseOpened, CaseView, Consent, ConsentGiven, ConsentStanding, ConversationKind,
    InformationClass, Link as EntryLink, PartnershipStage, Patient, Person, Referral, SeatRole,
};
use relais_client::{Case, CasePolicy, Client, Opening};
use relais_proto::directory as pb;
use relais_types::{CaseId, Clock as _, PractitionerName, SeatId, ServiceName, SystemClock};

mod checks;
mod source;

pub(super) use checks::stage;

use self::source::Source;
use super::{
    case,
    confirm::{asked, confirm},
    consent, open, post,
};
use crate::{
    Failure,
    account::{Context, Link, settle},
    args::ReferArgs,
    progress::during,
    render::{Style, wrap},
    resolve,
};

/// What the partner is about to see.
struct Plan {
    /// The conversation, if there is one with this service.
    reuse: Option<(Case, SeatId)>,
    person: Person,
    organisation: String,
    title: String,
    patient: Option<Patient>,
    referral: Referral,
    /// Number of the entry that records the consent in force.
    consent: Option<u64>,
    /// What the team is told besides: what was known and did not stop it.
    notes: Vec<String>,
}

pub(super) async fn refer(context: &Context, args: ReferArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let team = resolve::case(client, &args.case).await?;
            let view = team.view().await?;
            if view.conversation != Some(ConversationKind::Team) {
                return Err(Failure::Precondition(
                    "refer from the team's case: this one is with a partner".to_owned(),
                ));
            }
            let language = post::language(context, args.entry.language.as_deref());
            let priority = args.entry.priority;
            let source = Source::find(client, &view, &args).await?;
            let plan = plan(client, &view, &args, &source, context.output.style()).await?;
            let style = context.output.style();
            let question = ("Share this? [y/N]", "Partager ceci ? [o/N]");
            confirm(context, args.yes, &preview(&plan, style), question)?;
            if plan.consent.is_none() {
                offer_to_record(context, client, &team, &view, &plan, &args).await?;
            }
            let (conversation, owner) = match plan.reuse {
                Some(found) => found,
                None => begin(context, client, &team, &view, &plan).await?,
            };
            let (referral, notes) = (plan.referral, plan.notes);
            let entry = post::post(
                context,
                client,
                &conversation,
                None,
                language,
                move |draft| draft.priority(priority).referral(owner, referral),
            )
            .await?;
            let made = EntryLink {
                case: conversation.id(),
                entry,
            };
            source.follow(context, client, &team, made).await?;
            for note in notes {
                let labels = context.globals.lang.into();
                post::post(context, client, &team, None, labels, |draft| {
                    draft.text(note)
                })
                .await?;
            }
            post::show(context, &conversation, entry).await
        })
        .await
}

async fn plan(
    client: &Client,
    view: &CaseView,
    args: &ReferArgs,
    source: &Source,
    style: Style,
) -> Result<Plan, Failure> {
    let directory = client.directory();
    let wanted = source.service(args.service.as_deref())?;
    let service = resolve::service(directory.services("", "", "").await?, &wanted)?;
    let name: ServiceName = service.name.parse().map_err(|error| {
        Failure::failed(format!("the directory sent a name that is none: {error}"))
    })?;
    if service.referrals_closed {
        return Err(Failure::Precondition(format!(
            "{} takes no referrals at the moment: enquire with `relais enquire`, or look for \
             another with `relais directory map`",
            service.display_name
        )));
    }
    let referral = source.referral(args, name.clone(), service.display_name.clone())?;
    let needed = PartnershipStage::Referral;
    let despite = args.without_partnership.as_deref();
    let without = stage(client, &name.organisation, needed, despite, style).await?;
    let needs = &referral.needs;
    let alike =
        checks::duplicates(client, view, &service, &name, needs, args.anyway, style).await?;
    let told = source.note(&service.display_name, style);
    let notes = [told, without, alike].into_iter().flatten().collect();
    let actor = Actor::Organisation(name.organisation.clone());
    let consent = recorded_consent(view, &actor)?;
    let people = directory
        .practitioners("", Some(&name.organisation))
        .await?;
    let (person, organisation) = answerer(&service, people, args.person.as_deref())?;
    let patient = view.patient.as_ref().map(|patient| {
        let minimal = patient.minimal();
        Patient {
            display_name: args.patient.clone().unwrap_or(minimal.display_name),
            ..minimal
        }
    });
    Ok(Plan {
        reuse: conversation_with(client, view.case, &person.name).await?,
        person,
        organisation,
        title: args.title.clone().unwrap_or(service.display_name),
        patient,
        consent,
        referral,
        notes,
    })
}

/// The number of the consent to share with an organisation; refused once it is withdrawn.
fn recorded_consent(view: &CaseView, actor: &Actor) -> Result<Option<u64>, Failure> {
    let number = |id| view.item(id).map(|item| item.seq);
    match view.consent_standing(actor, SystemClock.now()) {
        ConsentStanding::NotRecorded => Ok(None),
        ConsentStanding::InForce(id) => Ok(number(id)),
        ConsentStanding::NotInForce(id) => Err(Failure::Precondition(format!(
            "the consent to share with {actor} (#{}) is not in force: record a new one \
             with `relais consent`",
            number(id).unwrap_or_default()
        ))),
    }
}

/// Who answers for a service: the one who is named, else its first person.
pub(super) fn answerer(
    service: &pb::Service,
    people: Vec<pb::Practitioner>,
    named: Option<&str>,
) -> Result<(Person, String), Failure> {
    let mut answering: Vec<pb::Practitioner> = people
        .into_iter()
        .filter(|person| service.practitioners.contains(&person.name))
        .collect();
    // In the service's own order.
    answering.sort_by_key(|person| {
        service
            .practitioners
            .iter()
            .position(|name| *name == person.name)
    });
    let found = match named {
        Some(text) => resolve::person(answering, text)?,
        None => answering.into_iter().next().ok_or_else(|| {
            Failure::Precondition(
                "nobody answers for this service in the directory: ask its administrator"
                    .to_owned(),
            )
        })?,
    };
    let name = resolve::practitioner_name(&found)?;
    Ok((
        Person {
            name,
            display_name: found.display_name,
        },
        found.organisation_display_name,
    ))
}

/// The conversation of this case with that person, and their seat in it.
async fn conversation_with(
    client: &Client,
    parent: CaseId,
    person: &PractitionerName,
) -> Result<Option<(Case, SeatId)>, Failure> {
    for known in client.cases().await? {
        // An enquiry about the same case takes nothing about the patient.
        let is_partner = known.conversation == Some(ConversationKind::Partner);
        if known.parent != Some(parent) || known.left || !is_partner {
            continue;
        }
        let case = client.case(known.id).await?;
        let told = case.view().await?;
        if told.ended.is_some() || told.conversation != Some(ConversationKind::Partner) {
            continue;
        }
        let seat = told.team.seats_of(person).next().map(|seat| seat.seat.id);
        if let Some(seat) = seat {
            return Ok(Some((case, seat)));
        }
    }
    Ok(None)
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
    let (seat, occupancy) = open::seat(
        SeatRole::CommunityWorker,
        plan.person.clone(),
        plan.organisation.clone(),
    );
    let owner = seat.id;
    let opening = Opening {
        content: CaseOpened {
            title: plan.title.clone(),
            purpose: String::new(),
            patient: plan.patient.clone(),
            conversation: ConversationKind::Partner,
            seats: vec![own_seat, seat],
            occupancies: vec![own_occupancy, occupancy],
        },
        language: context.globals.lang.into(),
        parent: Some(team.id()),
        // Nobody of another organisation joins, whoever adds them.
        policy: CasePolicy {
            organisations: BTreeSet::from([
                me.organisation.clone(),
                plan.person.name.organisation.clone(),
            ]),
            ..CasePolicy::default()
        },
    };
    let mut updates = client.updates();
    let conversation = client.open_case(opening).await?;
    during(
        context.output.is_json(),
        "opening the conversation",
        settle(client, post::PATIENCE),
    )
    .await?;
    case::refused(&mut updates, conversation.id())?;
    Ok((conversation, owner))
}

/// A verbal agreement is a consent, too: it is recorded in the team's case, if whoever refers says
/// how it was given. Otherwise the referral's own words are all there is.
async fn offer_to_record(
    context: &Context,
    client: &Client,
    team: &Case,
    view: &CaseView,
    plan: &Plan,
    args: &ReferArgs,
) -> Result<(), Failure> {
    let style = context.output.style();
    let question = (
        "No consent to share with them is recorded. Record in the case that the patient agreed to it by word of mouth? [y/N]",
        "Aucun consentement à ce partage n’est consigné. Consigner au dossier que la personne y a consenti verbalement ? [o/N]",
    );
    let may_ask = !args.yes && std::io::stdin().is_terminal();
    let given = match args.record {
        None if may_ask && asked(context, question) => Some(ConsentGiven::Verbal),
        chosen => chosen,
    };
    let Some(given) = given else {
        context.output.note(style.say(
            "No consent is recorded in the case: the words of the referral stand for it, and nothing can be copied from the case.",
            "Aucun consentement n’est consigné au dossier : les mots de la demande en tiennent lieu, et rien ne peut être copié du dossier.",
        ));
        return Ok(());
    };
    let owner = consent::own_seat(client, view)
        .ok_or_else(|| Failure::Precondition("you hold no seat in the case".to_owned()))?;
    let patient = view.patient.as_ref().map(|patient| &patient.display_name);
    let decided_by =
        args.decided_by.as_ref().or(patient).ok_or_else(|| {
            Failure::Usage("say with --decided-by who has agreed to it".to_owned())
        })?;
    let classes = if args.classes.is_empty() {
        vec![InformationClass::Contact, InformationClass::Social]
    } else {
        args.classes.clone()
    };
    let agreed = Consent {
        actors: vec![plan.person.name.organisation.clone()],
        people: Vec::new(),
        classes,
        purpose: plan.referral.consent.clone(),
        start: SystemClock.now(),
        end: None,
        decision_maker: decided_by.clone(),
        given: Some(given),
    };
    let language = post::language(context, args.entry.language.as_deref());
    consent::record(context, client, team, (None, owner), language, agreed).await?;
    Ok(())
}

fn preview(plan: &Plan, style: Style) -> String {
    let referral = &plan.referral;
    let patient = plan
        .patient
        .as_ref()
        .map_or("–", |patient| patient.display_name.as_str());
    let rows = [
        (
            style.say("Who will see it", "Qui le verra"),
            format!("{} · {}", plan.person.display_name, plan.organisation),
        ),
        (
            style.say("Service", "Service"),
            referral.service_display_name.clone(),
        ),
        (style.say("Title", "Titre"), plan.title.clone()),
        (style.say("Patient", "Patient"), patient.to_owned()),
        (style.say("Reason", "Motif"), referral.reason.clone()),
        (style.say("Needs", "Besoins"), referral.needs.join("; ")),
        (
            style.say("Consent", "Consentement"),
            match plan.consent {
                Some(number) => format!("{} (#{number})", referral.consent),
                None => referral.consent.clone(),
            },
        ),
        (
            style.say("Outcome wanted", "Résultat souhaité"),
            referral.outcome_wanted.clone(),
        ),
    ];
    let mut lines = vec![
        style
            .say(
                "Exactly this is shared:",
                "Voici exactement ce qui est partagé :",
            )
            .to_owned(),
    ];
    for (label, text) in rows {
        let mut words = wrap(&text, style.width.saturating_sub(22)).into_iter();
        lines.push(format!(
            "  {} {}",
            crate::render::pad(label, 18),
            words.next().unwrap_or_default()
        ));
        lines.extend(words.map(|line| format!("  {} {line}", " ".repeat(18))));
    }
    let last = match &plan.reuse {
        Some((case, _)) => {
            let id: String = case.id().to_string().chars().take(8).collect();
            format!(
                "{} {id}.",
                style.say(
                    "In the conversation that exists:",
                    "Dans la conversation existante :"
                )
            )
        }
        None => style
            .say("In a new conversation.", "Dans une nouvelle conversation.")
            .to_owned(),
    };
    lines.push(format!(
        "{last} {}",
        style.say(
            "Neither the case nor its team is shown.",
            "Ni le dossier ni son équipe ne sont montrés."
        )
    ));
    lines.join("\n")
}
