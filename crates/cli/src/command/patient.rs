//! `case patient`: a conversation with the patient, and with caregivers whom they have named.

use std::collections::BTreeSet;

use relais_care::{CaseOpened, ConversationKind, Language, SeatRole, compose::disclosure};
use relais_client::{CasePolicy, Opening};

use super::{case, confirm::confirm, open};
use crate::{
    Failure,
    account::{Context, Link},
    args::PatientArgs,
    resolve,
    said::Said,
};

pub(super) async fn patient(context: &Context, args: PatientArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let team = resolve::case(client, &args.case).await?;
            let view = team.view().await?;
            if view.conversation != Some(ConversationKind::Team) {
                return Err(Failure::Precondition(Said::of("failure-open-from-team")));
            }
            let me = client.me().practitioner();
            let own = view.team.seats_of(&me).next();
            let role = own.map_or(SeatRole::Navigator, |seat| seat.seat.role);
            let (own_seat, own_occupancy) = open::own_seat(client, role);
            let mut seats = vec![own_seat];
            let mut occupancies = vec![own_occupancy];
            let mut told = Vec::new();
            let people = [(SeatRole::Patient, &args.person)].into_iter();
            let caregivers = args
                .caregivers
                .iter()
                .map(|text| (SeatRole::Caregiver, text));
            for (role, text) in people.chain(caregivers) {
                let (person, organisation) = open::person(client, text).await?;
                let labels: Language = context.globals.lang.into();
                told.push(format!(
                    "  {} · {}",
                    person.display_name,
                    role.label(labels)
                ));
                let (seat, occupancy) = open::seat(role, person, organisation);
                seats.push(seat);
                occupancies.push(occupancy);
            }
            let style = context.output.style();
            let title = args.title.clone().unwrap_or_else(|| {
                let ours = style.text("patient-talking-with-care-team");
                ours.to_owned()
            });
            let head = style.text("patient-conversation-with");
            let preview = format!(
                "{title}\n{head}{}\n{}\n{}",
                style.colon(),
                told.join("\n"),
                disclosure(style.language)
            );
            let question = "confirm-patient-conversation";
            confirm(context, args.yes, &preview, question)?;
            let opening = Opening {
                content: CaseOpened {
                    title,
                    purpose: String::new(),
                    // Who is there is the patient.
                    patient: None,
                    conversation: ConversationKind::Patient,
                    seats,
                    occupancies,
                },
                language: context.globals.lang.into(),
                parent: Some(team.id()),
                // Nobody else is admitted but as the patient says, whom the opener asks.
                policy: CasePolicy {
                    leads: BTreeSet::from([me]),
                    ..CasePolicy::default()
                },
            };
            let opened = open::begin(context, client, opening).await?;
            case::print(context, client, &opened, true).await
        })
        .await
}
