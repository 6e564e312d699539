//! Who answers for a service: one person, or several who share a queue.

use relais_care::{ConversationKind, Occupancy, Person, Seat, SeatRole};
use relais_client::{Case, Client};
use relais_proto::directory as pb;
use relais_types::{CaseId, OrgDomain, OsEntropy, SeatId};

use crate::said::Said;
use crate::{Failure, command::open, resolve};

/// Somebody of the service.
pub(super) struct Answerer {
    person: Person,
    organisation_display_name: String,
    role: SeatRole,
}

/// The way into a service.
pub(super) enum Door {
    /// One person answers.
    Person(Answerer),
    /// What is asked waits in a queue, from which one of these people takes it.
    Hub {
        /// The service's name as people know it.
        name: String,
        organisation: OrgDomain,
        people: Vec<Answerer>,
    },
}

impl Door {
    /// The one who is named, or the only one who answers; else the queue of all who do.
    pub(super) fn of(
        service: &pb::Service,
        organisation: &OrgDomain,
        people: Vec<pb::Practitioner>,
        named: Option<&str>,
    ) -> Result<Self, Failure> {
        let answering = answering(service, people);
        if named.is_some() {
            return one_of(answering, named).map(Self::Person);
        }
        let mut people = answering
            .into_iter()
            .map(answerer)
            .collect::<Result<Vec<_>, _>>()?;
        match (people.len(), people.pop()) {
            (_, None) => Err(nobody()),
            (1, Some(alone)) => Ok(Self::Person(alone)),
            (_, Some(last)) => {
                people.push(last);
                Ok(Self::Hub {
                    name: service.display_name.clone(),
                    organisation: organisation.clone(),
                    people,
                })
            }
        }
    }

    /// Who will see what is shared.
    pub(super) fn who(&self) -> String {
        let named = |it: &Answerer| {
            format!(
                "{} · {}",
                it.person.display_name, it.organisation_display_name
            )
        };
        match self {
            Self::Person(alone) => named(alone),
            Self::Hub { people, .. } => people.iter().map(named).collect::<Vec<_>>().join("; "),
        }
    }

    /// The conversation of this case with them, and the seat to ask there.
    pub(super) async fn conversation(
        &self,
        client: &Client,
        parent: CaseId,
    ) -> Result<Option<(Case, SeatId)>, Failure> {
        for known in client.cases().await? {
            // An enquiry about the same case takes nothing about the patient.
            let is_partner = known.conversation == Some(ConversationKind::Partner);
            if known.parent != Some(parent) || known.left || !is_partner {
                continue;
            }
            let case = client.case(known.id).await?;
            let told = case.view().await?;
            if told.ended.is_some() {
                continue;
            }
            let seat = told.team.seats().iter().find(|seat| match self {
                Self::Person(alone) => seat.is_held_by(&alone.person.name),
                Self::Hub {
                    name, organisation, ..
                } => {
                    seat.seat.role == SeatRole::Hub
                        && seat.seat.organisation == *organisation
                        && seat.seat.organisation_display_name == *name
                }
            });
            if let Some(seat) = seat {
                return Ok(Some((case, seat.seat.id)));
            }
        }
        Ok(None)
    }

    /// The seat that is asked, all seats that a new conversation needs, and who takes them. Nobody
    /// holds a hub's seat: those of its organisation share its queue.
    pub(super) fn seats(&self) -> (SeatId, Vec<Seat>, Vec<Occupancy>) {
        let seat = |it: &Answerer| {
            let organisation = it.organisation_display_name.clone();
            open::seat(it.role, it.person.clone(), organisation)
        };
        match self {
            Self::Person(alone) => {
                let (seat, held) = seat(alone);
                (seat.id, vec![seat], vec![held])
            }
            Self::Hub {
                name,
                organisation,
                people,
            } => {
                let hub = Seat {
                    id: SeatId::random(&mut OsEntropy),
                    role: SeatRole::Hub,
                    organisation: organisation.clone(),
                    organisation_display_name: name.clone(),
                };
                let (seats, held): (Vec<Seat>, Vec<Occupancy>) = people.iter().map(seat).unzip();
                (hub.id, [hub].into_iter().chain(seats).collect(), held)
            }
        }
    }
}

/// One person who answers for a service, and their organisation as people know it: the one who is
/// named, else its first.
pub(in crate::command) fn one_person(
    service: &pb::Service,
    people: Vec<pb::Practitioner>,
    named: Option<&str>,
) -> Result<(Person, String), Failure> {
    let found = one_of(answering(service, people), named)?;
    Ok((found.person, found.organisation_display_name))
}

/// Who answers for a service, in its own order.
fn answering(service: &pb::Service, people: Vec<pb::Practitioner>) -> Vec<pb::Practitioner> {
    let place = |person: &pb::Practitioner| {
        let mut names = service.practitioners.iter();
        names.position(|name| *name == person.name)
    };
    let mut answering: Vec<pb::Practitioner> = people
        .into_iter()
        .filter(|person| place(person).is_some())
        .collect();
    answering.sort_by_key(place);
    answering
}

fn one_of(answering: Vec<pb::Practitioner>, named: Option<&str>) -> Result<Answerer, Failure> {
    answerer(match named {
        Some(text) => resolve::person(answering, text)?,
        None => answering.into_iter().next().ok_or_else(nobody)?,
    })
}

fn nobody() -> Failure {
    Failure::Precondition(Said::of("failure-nobody-answers"))
}

fn answerer(found: pb::Practitioner) -> Result<Answerer, Failure> {
    let name = resolve::practitioner_name(&found)?;
    Ok(Answerer {
        role: role(&found.profession),
        person: Person {
            name,
            display_name: found.display_name,
        },
        organisation_display_name: found.organisation_display_name,
    })
}

/// The role of somebody of a service, by their profession in the directory.
fn role(profession: &str) -> SeatRole {
    match profession.to_lowercase().as_str() {
        "physician" | "internist" => SeatRole::Specialist,
        "nurse" => SeatRole::NurseCaseManager,
        code => SeatRole::from_code(code)
            .filter(|role| *role != SeatRole::Hub)
            .unwrap_or(SeatRole::CommunityWorker),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn practitioner(n: u8, profession: &str) -> pb::Practitioner {
        pb::Practitioner {
            name: format!(
                "organisations/scope.internal/practitioners/00000000-0000-0000-0000-00000000000{n}"
            ),
            display_name: format!("Person {n}"),
            profession: profession.to_owned(),
            organisation_display_name: "SCOPE".to_owned(),
        }
    }

    fn door(answering: &[u8], named: Option<&str>) -> Result<Door, Failure> {
        let people = vec![
            practitioner(1, "navigator"),
            practitioner(2, "physician"),
            practitioner(3, "gardener"),
        ];
        let names = answering.iter().map(|n| practitioner(*n, "").name);
        let service = pb::Service {
            display_name: "SCOPE hub".to_owned(),
            practitioners: names.collect(),
            ..pb::Service::default()
        };
        Door::of(&service, &"scope.internal".parse().unwrap(), people, named)
    }

    #[test]
    fn several_who_answer_share_a_queue_and_one_is_asked_alone() {
        assert!(door(&[], None).is_err());
        assert!(matches!(door(&[2], None).unwrap(), Door::Person(_)));
        assert!(matches!(
            door(&[2, 1], Some("Person 1")).unwrap(),
            Door::Person(_)
        ));
        let hub = door(&[2, 1, 3], None).unwrap();
        let (owner, seats, held) = hub.seats();
        let roles: Vec<SeatRole> = seats.iter().map(|seat| seat.role).collect();
        assert_eq!(
            roles,
            [
                SeatRole::Hub,
                SeatRole::Specialist,
                SeatRole::Navigator,
                SeatRole::CommunityWorker
            ]
        );
        assert_eq!((owner, held.len()), (seats[0].id, 3));
    }
}
