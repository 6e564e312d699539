//! `refer`: shares as little as possible with a community service, in a conversation of its own.

use std::io::{BufRead as _, IsTerminal as _};

use relais_care::{
    CaseOpened, CaseView, ConsentStanding, ConversationKind, Patient, Person, Referral, SeatRole,
};
use relais_client::{Case, CasePolicy, Client, Opening};
use relais_proto::directory as pb;
use relais_types::{
    CaseId, Clock as _, OrgDomain, PractitionerName, SeatId, ServiceName, SystemClock,
};

use super::{case, open, post};
use crate::{
    Failure,
    account::{Context, Link, settle},
    args::ReferArgs,
    output::complain,
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
            let plan = plan(client, &view, &args).await?;
            confirm(context, &plan, args.yes)?;
            let (conversation, owner) = match plan.reuse {
                Some(found) => found,
                None => begin(context, client, &team, &view, &plan).await?,
            };
            let referral = plan.referral;
            let entry = post::post(
                context,
                client,
                &conversation,
                None,
                language,
                move |draft| draft.priority(priority).referral(owner, referral),
            )
            .await?;
            post::show(context, &conversation, entry).await
        })
        .await
}

async fn plan(client: &Client, view: &CaseView, args: &ReferArgs) -> Result<Plan, Failure> {
    let directory = client.directory();
    let service = resolve::service(directory.services("", "", "").await?, &args.service)?;
    let name: ServiceName = service.name.parse().map_err(|error| {
        Failure::failed(format!("the directory sent a name that is none: {error}"))
    })?;
    let consent = recorded_consent(view, &name.organisation)?;
    let people = directory
        .practitioners("", Some(&name.organisation))
        .await?;
    let (person, organisation) = answerer(&service, people, args.person.as_deref())?;
    let patient = view.patient.as_ref().map(|patient| Patient {
        display_name: args
            .patient
            .clone()
            .unwrap_or_else(|| initials(&patient.display_name)),
        birth_date: String::new(),
        language: patient.language.clone(),
    });
    Ok(Plan {
        reuse: conversation_with(client, view.case, &person.name).await?,
        person,
        organisation,
        title: args
            .title
            .clone()
            .unwrap_or_else(|| service.display_name.clone()),
        patient,
        consent,
        referral: Referral {
            service: Some(name),
            service_display_name: service.display_name,
            reason: args.reason.clone(),
            needs: args.needs.clone(),
            consent: args.consent.clone(),
            outcome_wanted: args.outcome.clone(),
        },
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

/// Who answers for a service: the one who is named, else its first person.
fn answerer(
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
        if known.parent != Some(parent) || known.left {
            continue;
        }
        let case = client.case(known.id).await?;
        let seat = case
            .view()
            .await?
            .team
            .seats_of(person)
            .next()
            .map(|seat| seat.seat.id);
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
        policy: CasePolicy::default(),
    };
    let conversation = open::begin(context, client, opening).await?;
    Ok((conversation, owner))
}

/// Shows exactly what is shared, and asks.
fn confirm(context: &Context, plan: &Plan, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "nobody can be asked before sharing: read the preview on a terminal, or give --yes"
                .to_owned(),
        ));
    }
    let style = context.output.style();
    complain(&preview(plan, style));
    complain(style.say("Share this? [y/N]", "Partager ceci ? [o/N]"));
    let mut answer = String::new();
    drop(std::io::stdin().lock().read_line(&mut answer));
    if matches!(
        answer.trim().to_lowercase().as_str(),
        "y" | "yes" | "o" | "oui"
    ) {
        Ok(())
    } else {
        Err(Failure::Precondition(
            style
                .say("nothing was shared", "rien n’a été partagé")
                .to_owned(),
        ))
    }
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
