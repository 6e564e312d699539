//! `enquire`: asks a service whether it has room, without a word about a patient.

use relais_care::{
    CapacityEnquiry, CaseOpened, ConversationKind, Language, Person, SeatRole, compose::Draft,
};
use relais_client::{Case, CasePolicy, Client, Opening};
use relais_types::{CaseId, PractitionerName, SeatId};

use super::{open, post, refer};
use crate::{
    Failure,
    account::{Context, Link},
    args::EnquireArgs,
    resolve,
};

pub(super) async fn enquire(context: &Context, args: EnquireArgs) -> Result<(), Failure> {
    match (&args.case, &args.to) {
        (Some(case), Some(to)) => {
            let enquiry = CapacityEnquiry {
                service: None,
                service_display_name: args.service.clone(),
                area: args.area.clone(),
            };
            post::in_case(context, case, &args.entry, |view| {
                let owner = resolve::seat(view, to, context.globals.lang.into())?;
                Ok(move |draft: Draft| draft.capacity_enquiry(owner, enquiry))
            })
            .await
        }
        _ => outside(context, args).await,
    }
}

/// Asks in a conversation with the service that names nobody.
async fn outside(context: &Context, args: EnquireArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let parent = match &args.case {
                Some(text) => Some(resolve::case(client, text).await?.id()),
                None => None,
            };
            let (service, name) = resolve::listed_service(client, &args.service).await?;
            let people = client
                .directory()
                .practitioners("", Some(&name.organisation))
                .await?;
            let (person, organisation) =
                refer::one_person(&service, people, args.person.as_deref())?;
            let labels = context.globals.lang.into();
            let known = found(client, parent, &person.name).await?;
            let (conversation, owner) = if let Some(known) = known {
                known
            } else {
                let title = title(&service.display_name, &args.area, labels);
                begin(context, client, (title, parent), person, organisation).await?
            };
            let enquiry = CapacityEnquiry {
                service: Some(name),
                service_display_name: service.display_name,
                area: args.area,
            };
            let language = post::language(context, args.entry.language.as_deref());
            let priority = args.entry.priority;
            let entry = post::post(
                context,
                client,
                &conversation,
                None,
                language,
                move |draft| draft.priority(priority).capacity_enquiry(owner, enquiry),
            )
            .await?;
            post::show(context, &conversation, entry).await
        })
        .await
}

/// Made here, so that nobody writes a name into it.
fn title(service: &str, area: &str, language: Language) -> String {
    let separator = crate::texts::TEXTS.text(language, "enquire-room");
    let title = format!("{service}{separator} {area}");
    title.chars().take(120).collect()
}

/// The enquiry that is open with that person already, for the same case or for none, and their
/// seat in it.
async fn found(
    client: &Client,
    parent: Option<CaseId>,
    person: &PractitionerName,
) -> Result<Option<(Case, SeatId)>, Failure> {
    for known in client.cases().await? {
        let is_enquiry = known.conversation == Some(ConversationKind::Enquiry);
        if known.left || !is_enquiry || known.parent != parent {
            continue;
        }
        let case = client.case(known.id).await?;
        let view = case.view().await?;
        let seat = view.team.seats_of(person).next().map(|seat| seat.seat.id);
        if let Some(seat) = seat {
            return Ok(Some((case, seat)));
        }
    }
    Ok(None)
}

async fn begin(
    context: &Context,
    client: &Client,
    (title, parent): (String, Option<CaseId>),
    person: Person,
    organisation: String,
) -> Result<(Case, SeatId), Failure> {
    let (own_seat, own_occupancy) = open::own_seat(client, SeatRole::Navigator);
    let (seat, occupancy) = open::seat(SeatRole::CommunityWorker, person, organisation);
    let owner = seat.id;
    let opening = Opening {
        content: CaseOpened {
            title,
            purpose: String::new(),
            patient: None,
            conversation: ConversationKind::Enquiry,
            seats: vec![own_seat, seat],
            occupancies: vec![own_occupancy, occupancy],
        },
        language: context.globals.lang.into(),
        parent,
        policy: CasePolicy::default(),
    };
    let conversation = open::begin(context, client, opening).await?;
    Ok((conversation, owner))
}
