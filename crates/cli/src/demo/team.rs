//! Who opens a case, who joins and who leaves.

use std::collections::BTreeMap;

use relais_care::{
    CaseOpened, CaseView, Content, ConversationKind, Occupancy, Patient, Person, Seat, TeamChanged,
};
use relais_client::{Opening, TeamChange};
use relais_types::{OsEntropy, SeatId};

use super::stage::{Departure, Opened, Stage, changed};
use crate::{
    Failure,
    story::{self, SeatSpec},
};

/// New seats, who holds them, and their ids by the story's short names.
#[derive(Default)]
struct Seated {
    seats: Vec<Seat>,
    occupancies: Vec<Occupancy>,
    ids: BTreeMap<String, SeatId>,
}

impl Stage<'_> {
    pub(super) async fn open(&mut self, open: &story::Open) -> Result<(), Failure> {
        let parent = open
            .parent
            .as_deref()
            .map(|key| self.opened(key).map(|case| case.id))
            .transpose()?;
        let Seated {
            seats,
            occupancies,
            ids,
        } = self.seats(&open.seats)?;
        let patient = open.patient.as_ref().map(|patient| Patient {
            display_name: patient.name.clone(),
            birth_date: patient.birth_date.clone(),
            language: patient.language.clone(),
        });
        let opening = Opening {
            content: CaseOpened {
                title: open.title.clone(),
                purpose: open.purpose.clone(),
                patient,
                conversation: if parent.is_some() {
                    ConversationKind::Partner
                } else {
                    ConversationKind::Team
                },
                seats,
                occupancies,
            },
            language: self.language(&open.by, open.language.as_deref()),
            parent,
            policy: relais_client::CasePolicy::default(),
        };
        if let Some(parent) = &open.parent {
            // What this device is about to relay into.
            self.acting(&open.by, parent).await?;
        }
        let client = self.client(&open.by)?;
        let mut updates = client.updates();
        let case = client.open_case(opening).await?;
        let view = changed(client, &case, CaseView::is_opened, &mut updates).await?;
        let first = view.timeline.first().map(|item| item.id);
        if let Some(first) = first {
            self.tell(&view, first);
        }
        self.cases.push(Opened {
            key: open.case.clone(),
            id: view.case,
            parent: open.parent.clone(),
            seats: ids,
            posted: first.into_iter().collect(),
        });
        Ok(())
    }

    pub(super) async fn add(&mut self, add: &story::Add) -> Result<(), Failure> {
        let Seated {
            seats: seats_added,
            occupancies,
            ids,
        } = self.seats(&add.seats)?;
        let content = TeamChanged {
            seats_added,
            occupancies,
            reason: add.reason.clone(),
            history: relais_care::HistoryPolicy::All,
        };
        let new: Vec<SeatId> = ids.values().copied().collect();
        self.change_team(
            &add.by,
            add.language.as_deref(),
            &add.case,
            content,
            move |view| new.iter().all(|seat| view.team.seat(*seat).is_some()),
        )
        .await?;
        if let Some(case) = self.cases.iter_mut().find(|case| case.key == add.case) {
            case.seats.extend(ids);
        }
        Ok(())
    }

    pub(super) async fn replace(&mut self, replace: &story::Replace) -> Result<(), Failure> {
        let seat = self.seat(&replace.case, &replace.seat)?;
        let person = replace
            .with
            .as_ref()
            .and_then(|key| self.cast.people.get(key))
            .map(|human| human.person.clone());
        let before = self
            .acting(&replace.by, &replace.case)
            .await?
            .case
            .view()
            .await?;
        let predecessor = before
            .team
            .seat(seat)
            .and_then(|seat| seat.occupant.clone());
        let content = TeamChanged {
            seats_added: Vec::new(),
            occupancies: vec![Occupancy {
                seat,
                person: person.clone(),
            }],
            reason: replace.reason.clone(),
            history: relais_care::HistoryPolicy::All,
        };
        let posted = self.opened(&replace.case)?.posted.len();
        let after = self
            .change_team(
                &replace.by,
                replace.language.as_deref(),
                &replace.case,
                content,
                move |view| {
                    view.team
                        .seat(seat)
                        .is_some_and(|seat| seat.occupant == person)
                },
            )
            .await?;
        if replace.with.is_some() {
            self.filled(&replace.case, seat);
        }
        if let Some(predecessor) = predecessor {
            self.left(&replace.case, &predecessor, &after, posted);
        }
        Ok(())
    }

    /// Remembers who holds no seat any more: nothing that comes after is for their devices.
    pub(super) fn left(&mut self, case: &str, person: &Person, after: &CaseView, posted: usize) {
        if after.team.seats_of(&person.name).next().is_some() {
            return;
        }
        let mut people = self.cast.people.iter();
        let left = people.find(|(_, human)| human.person.name == person.name);
        let key = left.map(|(key, _)| key.clone()).unwrap_or_default();
        let devices = self.cast.devices_of(&key);
        let devices = devices.map(|device| device.name.clone()).collect();
        self.departures.push(Departure {
            case: case.to_owned(),
            person: key,
            devices,
            posted,
        });
    }

    async fn change_team(
        &mut self,
        by: &str,
        language: Option<&str>,
        key: &str,
        content: TeamChanged,
        done: impl Fn(&CaseView) -> bool,
    ) -> Result<CaseView, Failure> {
        let language = self.language(by, language);
        let acting = self.acting(by, key).await?;
        let mut updates = acting.client.updates();
        acting
            .case
            .change_team(TeamChange { content, language })
            .await?;
        let view = changed(acting.client, &acting.case, done, &mut updates).await?;
        let entry = view
            .timeline
            .iter()
            .rev()
            .find(|item| matches!(item.content, Content::TeamChanged(_)))
            .map(|item| item.id);
        if let Some(entry) = entry {
            self.tell(&view, entry);
            self.record(key, entry, None);
        }
        Ok(view)
    }

    fn seats(&self, specs: &[SeatSpec]) -> Result<Seated, Failure> {
        let mut seated = Seated::default();
        for spec in specs {
            let id = SeatId::random(&mut OsEntropy);
            let human = spec.person.as_ref();
            let human = human.and_then(|person| self.cast.people.get(person));
            let organisation = spec.organisation.as_ref();
            let organisation = organisation.and_then(|key| self.story.organisations.get(key));
            let (domain, display_name) = match (human, organisation) {
                (Some(human), _) => {
                    let domain = human.person.name.organisation.clone();
                    (Some(domain), human.organisation.clone())
                }
                (None, Some(it)) => (it.domain.parse().ok(), it.name.clone()),
                (None, None) => (None, String::new()),
            };
            let domain = domain.ok_or_else(|| {
                Failure::failed(format!("the seat `{}` is of no organisation", spec.seat))
            })?;
            seated.seats.push(Seat {
                id,
                role: spec.role,
                organisation: domain,
                organisation_display_name: display_name,
            });
            if let Some(human) = human {
                seated.occupancies.push(Occupancy {
                    seat: id,
                    person: Some(human.person.clone()),
                });
            }
            seated.ids.insert(spec.seat.clone(), id);
        }
        Ok(seated)
    }
}
