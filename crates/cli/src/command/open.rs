//! `case open`: a new case with its team.

use std::collections::BTreeSet;

use relais_care::{
    CaseOpened, ConversationKind, Occupancy, PartnershipStage, Patient, Person, Seat, SeatRole,
};
use relais_client::{Case, Client, Opening};
use relais_types::{OsEntropy, SeatId};

use super::{case, policy, post, refer, template::Filled};
use crate::{
    Failure,
    account::{Context, Link, settle},
    args::{OpenArgs, word},
    progress::during,
    render::Style,
    resolve,
    said::Said,
    template::Library,
};

pub(super) async fn open(context: &Context, args: OpenArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let template = match &args.template {
                Some(name) => {
                    let library = Library::new(args.templates.folder);
                    let language = context.globals.lang.into();
                    Some(Filled::new(&library, name, &args.set, language)?)
                }
                None => None,
            };
            let (own_seat, own_occupancy) = own_seat(client, args.own_role);
            let (others, held) = seats(client, &args.seats).await?;
            let despite = args.without_partnership.as_deref();
            let told = may_join(client, &others, despite, context.output.style()).await?;
            let rules = (&args.leads[..], args.lead_alone, args.organisations.clone());
            let policy = policy::for_opening(client, rules, &others).await?;
            let roles: Vec<SeatRole> = others
                .iter()
                .chain([&own_seat])
                .map(|seat| seat.role)
                .collect();
            let filled = template.as_ref();
            filled.map_or(Ok(()), |filled| filled.check_team(&roles))?;
            let purpose = match filled {
                Some(filled) if args.purpose.is_empty() => filled.purpose(),
                _ => args.purpose,
            };
            let patient = args.patient.or_else(|| filled.and_then(Filled::patient));
            if patient.is_none() && !(args.born.is_empty() && args.patient_language.is_empty()) {
                return Err(Failure::Usage(Said::of("failure-about-a-patient")));
            }
            let title = args.title.or_else(|| filled.map(Filled::title));
            let opening = Opening {
                content: CaseOpened {
                    title: title.unwrap_or_default(),
                    purpose,
                    patient: patient.map(|display_name| Patient {
                        display_name,
                        birth_date: args.born,
                        language: args.patient_language,
                    }),
                    conversation: ConversationKind::Team,
                    seats: [own_seat].into_iter().chain(others).collect(),
                    occupancies: [own_occupancy].into_iter().chain(held).collect(),
                },
                language: context.globals.lang.into(),
                parent: None,
                policy,
            };
            let opened = begin(context, client, opening).await?;
            if let Some(filled) = filled {
                filled.ask(context, client, &opened).await?;
            }
            for note in told {
                let labels = context.globals.lang.into();
                post::post(context, client, &opened, None, labels, |draft| {
                    draft.text(note)
                })
                .await?;
            }
            case::print(context, client, &opened, true).await
        })
        .await
}

/// Refuses seats of organisations that have not come to shared cases with this one, or tells what
/// the team is to see of it.
pub(super) async fn may_join(
    client: &Client,
    seats: &[Seat],
    despite: Option<&str>,
    style: Style,
) -> Result<Vec<String>, Failure> {
    let organisations: BTreeSet<_> = seats.iter().map(|seat| &seat.organisation).collect();
    let mut told = Vec::new();
    for organisation in organisations {
        let needed = PartnershipStage::Case;
        told.extend(refer::stage(client, organisation, needed, despite, style).await?);
    }
    Ok(told)
}

/// Opens a case and waits until everybody is in it.
pub(super) async fn begin(
    context: &Context,
    client: &Client,
    opening: Opening,
) -> Result<Case, Failure> {
    let mut updates = client.updates();
    let opened = client.open_case(opening).await?;
    during(
        context.output.is_json(),
        "opening the case",
        settle(client, post::PATIENCE),
    )
    .await?;
    case::refused(&mut updates, opened.id())?;
    Ok(opened)
}

/// A seat of one's own, and oneself on it.
pub(super) fn own_seat(client: &Client, role: SeatRole) -> (Seat, Occupancy) {
    let me = client.me();
    let person = Person {
        name: me.practitioner(),
        display_name: me.display_name.clone(),
    };
    let seat = Seat {
        id: SeatId::random(&mut OsEntropy),
        role,
        organisation: me.device.organisation.clone(),
        organisation_display_name: me.organisation_display_name.clone(),
    };
    let occupancy = Occupancy {
        seat: seat.id,
        person: Some(person),
    };
    (seat, occupancy)
}

/// Seats and who takes them, from `ROLE=PERSON`.
pub(super) async fn seats(
    client: &Client,
    specs: &[String],
) -> Result<(Vec<Seat>, Vec<Occupancy>), Failure> {
    let mut seats = Vec::new();
    let mut occupancies = Vec::new();
    for spec in specs {
        let (role, who) = spec.split_once('=').ok_or_else(|| {
            Failure::Usage(Said::of("failure-not-role-person").with("spec", &spec))
        })?;
        let role: SeatRole = word(role.trim())
            .map_err(|problem| Failure::Usage(format!("`{role}`: {problem}").into()))?;
        let (person, organisation) = person(client, who).await?;
        let (seat, occupancy) = seat(role, person, organisation);
        seats.push(seat);
        occupancies.push(occupancy);
    }
    Ok((seats, occupancies))
}

/// A new seat with its first holder.
pub(super) fn seat(
    role: SeatRole,
    person: Person,
    organisation_display_name: String,
) -> (Seat, Occupancy) {
    let seat = Seat {
        id: SeatId::random(&mut OsEntropy),
        role,
        organisation: person.name.organisation.clone(),
        organisation_display_name,
    };
    let occupancy = Occupancy {
        seat: seat.id,
        person: Some(person),
    };
    (seat, occupancy)
}

/// A person of the directory, and their organisation's name.
pub(super) async fn person(client: &Client, text: &str) -> Result<(Person, String), Failure> {
    let found = resolve::person(
        client.directory().practitioners("", None).await?,
        text.trim(),
    )?;
    let name = resolve::practitioner_name(&found)?;
    Ok((
        Person {
            name,
            display_name: found.display_name,
        },
        found.organisation_display_name,
    ))
}
