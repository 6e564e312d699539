//! Plays the steps, one after the other. Each waits for the states that it needs.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use relais_care::{
    AcknowledgementRequest, CaseOpened, Consult, ConsultClass, ConversationKind, Correction,
    FieldError, Language, Occupancy, Patient, Priority, Referral, Seat, Task, TeamChanged,
    Transition, compose::Draft,
};
use relais_client::{Client, Opening, TeamChange};
use relais_proto::care;
use relais_types::{Clock as _, EntryId, OsEntropy, SeatId, SystemClock, Timestamp};

use super::{
    PASSPHRASE,
    stage::{Absence, Departure, Opened, PATIENCE, Stage, changed, late},
};
use crate::{
    Failure,
    story::{self, SeatSpec, Step},
};

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

impl Stage<'_> {
    /// Plays the whole story.
    ///
    /// # Errors
    /// The first step that does not come to its end, with its number.
    pub(crate) async fn play(&mut self) -> Result<(), String> {
        let story = self.story;
        for (index, step) in story.steps.iter().enumerate() {
            self.step(step)
                .await
                .map_err(|failure| format!("step {}: {failure}", index + 1))?;
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step) -> Result<(), Failure> {
        match step {
            Step::Narrate(text) => {
                self.narrator.line(&format!("\n{text}"));
                Ok(())
            }
            Step::Open(open) => self.open(open).await,
            Step::Say(say) => self.say(say).await,
            Step::Consult(ask) => self.consult(ask).await,
            Step::Refer(ask) => self.refer(ask).await,
            Step::Task(ask) => self.task(ask).await,
            Step::AskAck(ask) => self.ask_ack(ask).await,
            Step::Respond(respond) => self.respond(respond).await,
            Step::Acknowledge(ack) => self.acknowledge(ack).await,
            Step::Read(read) => self.read(read).await,
            Step::Correct(correct) => self.correct(correct).await,
            Step::Add(add) => self.add(add).await,
            Step::Replace(replace) => self.replace(replace).await,
            Step::Offline(device) => self.offline(&device.device).await,
            Step::Online(device) => self.online(&device.device).await,
            Step::Server(step) => self.server.order(*step).await,
            Step::Expect(expect) => {
                let check = self.expect(expect).await;
                self.expected.push(check);
                Ok(())
            }
        }
    }

    async fn open(&mut self, open: &story::Open) -> Result<(), Failure> {
        let parent = open
            .parent
            .as_deref()
            .map(|key| self.opened(key).map(|case| case.id))
            .transpose()?;
        let (seats, occupancies, ids) = self.seats(&open.seats)?;
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
        };
        if let Some(parent) = &open.parent {
            // What this device is about to relay into.
            self.acting(&open.by, parent).await?;
        }
        let client = self.client(&open.by)?;
        let mut updates = client.updates();
        let case = client.open_case(opening).await?;
        let view = changed(
            client,
            &case,
            relais_care::CaseView::is_opened,
            &mut updates,
        )
        .await?;
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

    async fn say(&mut self, say: &story::Say) -> Result<(), Failure> {
        let audience: Vec<SeatId> = say
            .audience
            .iter()
            .map(|seat| self.seat(&say.case, seat))
            .collect::<Result<_, _>>()?;
        let reply_to = say
            .reply_to
            .as_deref()
            .map(|name| self.entry(name))
            .transpose()?;
        let (text, priority) = (say.text.clone(), say.priority.unwrap_or(Priority::Routine));
        let by = By {
            who: &say.by,
            language: say.language.as_deref(),
            id: say.id.as_deref(),
        };
        self.post(by, &say.case, None, move |draft| {
            let draft = draft.audience(audience).priority(priority);
            match reply_to {
                Some((_, entry)) => draft.in_reply_to(entry).text(text),
                None => draft.text(text),
            }
        })
        .await
    }

    async fn consult(&mut self, ask: &story::Consult) -> Result<(), Failure> {
        let owner = self.seat(&ask.case, &ask.to)?;
        let priority = ask.priority.unwrap_or(Priority::Routine);
        let consult = Consult {
            specialty: ask.specialty.clone(),
            question: ask.question.clone(),
            class: ask.class.unwrap_or(ConsultClass::Advice),
        };
        let by = By {
            who: &ask.by,
            language: ask.language.as_deref(),
            id: Some(&ask.id),
        };
        self.post(by, &ask.case, None, move |draft| {
            draft.priority(priority).consult(owner, consult)
        })
        .await
    }

    async fn refer(&mut self, ask: &story::Refer) -> Result<(), Failure> {
        let owner = self.seat(&ask.case, &ask.to)?;
        let priority = ask.priority.unwrap_or(Priority::Routine);
        let service = self.cast.services.get(&ask.service).cloned();
        let (name, display_name) = service.ok_or_else(|| {
            Failure::failed(format!("the service `{}` is not published", ask.service))
        })?;
        let referral = Referral {
            service: Some(name),
            service_display_name: display_name,
            reason: ask.reason.clone(),
            needs: ask.needs.clone(),
            consent: ask.consent.clone(),
            outcome_wanted: ask.outcome.clone(),
        };
        let by = By {
            who: &ask.by,
            language: ask.language.as_deref(),
            id: Some(&ask.id),
        };
        self.post(by, &ask.case, None, move |draft| {
            draft.priority(priority).referral(owner, referral)
        })
        .await
    }

    async fn task(&mut self, ask: &story::Task) -> Result<(), Failure> {
        let owner = self.seat(&ask.case, &ask.to)?;
        let priority = ask.priority.unwrap_or(Priority::Routine);
        let due = ask.due_in_days.map(|days| in_days(days));
        let task = Task {
            what: ask.what.clone(),
            due,
        };
        let by = By {
            who: &ask.by,
            language: ask.language.as_deref(),
            id: Some(&ask.id),
        };
        self.post(by, &ask.case, None, move |draft| {
            draft.priority(priority).task(owner, task)
        })
        .await
    }

    async fn ask_ack(&mut self, ask: &story::AskAck) -> Result<(), Failure> {
        let owner = self.seat(&ask.case, &ask.to)?;
        let priority = ask.priority.unwrap_or(Priority::Routine);
        let request = AcknowledgementRequest {
            what: ask.what.clone(),
        };
        let by = By {
            who: &ask.by,
            language: ask.language.as_deref(),
            id: Some(&ask.id),
        };
        self.post(by, &ask.case, None, move |draft| {
            draft
                .priority(priority)
                .acknowledgement_request(owner, request)
        })
        .await
    }

    async fn respond(&mut self, respond: &story::Respond) -> Result<(), Failure> {
        let (case, asked) = self.entry(&respond.to)?;
        let alternative_service = respond
            .alternative_service
            .as_ref()
            .and_then(|service| self.cast.services.get(service))
            .map(|(name, _)| name.clone());
        let transition = Transition {
            decline_reason: respond.reason,
            alternative: respond.alternative.clone(),
            alternative_service,
            ..Transition::new(asked, respond.state).note(respond.note.clone())
        };
        let acting = self.acting(&respond.by, &case).await?;
        let view = acting.case.view().await?;
        let steps = view.possible_steps(asked, &acting.me.name);
        let seat = steps
            .iter()
            .find(|(_, rule)| rule.to == respond.state)
            .map(|(seat, _)| *seat);
        let by = By {
            who: &respond.by,
            language: respond.language.as_deref(),
            id: respond.id.as_deref(),
        };
        self.post(by, &case, seat, move |draft| draft.transition(transition))
            .await
    }

    async fn correct(&mut self, correct: &story::Correct) -> Result<(), Failure> {
        let (case, target) = self.entry(&correct.entry)?;
        let correction = Correction {
            target,
            reason: correct.reason.clone(),
            replacement: correct.text.clone(),
        };
        let by = By {
            who: &correct.by,
            language: correct.language.as_deref(),
            id: None,
        };
        self.post(by, &case, None, move |draft| draft.correction(correction))
            .await
    }

    /// Posts and, unless the server is stopped, waits for its place in the log.
    async fn post<W>(
        &mut self,
        by: By<'_>,
        key: &str,
        seat: Option<SeatId>,
        write: W,
    ) -> Result<(), Failure>
    where
        W: FnOnce(Draft) -> Result<care::Entry, FieldError> + Send + 'static,
    {
        let language = self.language(by.who, by.language);
        let acting = self.acting(by.who, key).await?;
        let id = match seat {
            Some(seat) => acting.case.post_as(seat, language, write).await?,
            None => acting.case.post(language, write).await?,
        };
        if self.server.is_stopped() {
            self.narrator.line(&format!(
                "  · {} writes; it waits in the outbox.",
                acting.me.display_name
            ));
        } else {
            let view = acting
                .case
                .wait_until(PATIENCE, |view| view.item(id).is_some())
                .await
                .map_err(|error| late(by.who, "see their entry in the log", &error))?;
            if let Some(rejected) = view.item(id).and_then(|item| item.rejected) {
                return Err(Failure::failed(format!(
                    "it has no effect: {}",
                    rejected.text(Language::English)
                )));
            }
            self.tell(&view, id);
        }
        self.record(key, id, by.id);
        Ok(())
    }

    fn record(&mut self, key: &str, entry: EntryId, name: Option<&str>) {
        if let Some(case) = self.cases.iter_mut().find(|case| case.key == key) {
            case.posted.push(entry);
        }
        if let Some(name) = name {
            self.entries
                .insert(name.to_owned(), (key.to_owned(), entry));
        }
    }

    async fn acknowledge(&self, ack: &story::Acknowledge) -> Result<(), Failure> {
        let (case, entry) = self.entry(&ack.entry)?;
        let acting = self.acting(&ack.by, &case).await?;
        acting.case.mark_read(&[entry]).await?;
        acting.case.acknowledge(entry).await?;
        let me = &acting.me;
        let view = acting
            .case
            .wait_until(PATIENCE, |view| {
                let said = view
                    .receipts(entry)
                    .and_then(|receipts| receipts.of(&me.name));
                said.is_some_and(|said| said.acknowledged.is_some())
            })
            .await
            .map_err(|error| late(&ack.by, "see their acknowledgement in the log", &error))?;
        let seq = view.item(entry).map_or(0, |item| item.seq);
        self.narrator
            .line(&format!("  · {}: “I have this” (#{seq})", me.display_name));
        Ok(())
    }

    async fn read(&self, read: &story::Read) -> Result<(), Failure> {
        try_join_all(read.by.iter().map(|who| self.read_by(who, &read.case)))
            .await
            .map(drop)
    }

    async fn read_by(&self, who: &str, case: &str) -> Result<(), Failure> {
        let acting = self.acting(who, case).await?;
        let me = &acting.me.name;
        let unread = acting.case.view().await?.pending_receipts(me).read;
        acting.case.mark_read(&unread).await?;
        acting.client.send_receipts().await?;
        acting
            .case
            .wait_until(PATIENCE, |view| {
                let said =
                    |entry: &EntryId| view.receipts(*entry).and_then(|receipts| receipts.of(me));
                unread
                    .iter()
                    .all(|entry| said(entry).is_some_and(|said| said.read.is_some()))
            })
            .await
            .map_err(|error| late(who, "see their receipts in the log", &error))?;
        self.narrator.line(&format!(
            "  · {} reads {} entries",
            acting.me.display_name,
            unread.len()
        ));
        Ok(())
    }

    async fn add(&mut self, add: &story::Add) -> Result<(), Failure> {
        let (seats_added, occupancies, ids) = self.seats(&add.seats)?;
        let content = TeamChanged {
            seats_added,
            occupancies,
            reason: add.reason.clone(),
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

    async fn replace(&mut self, replace: &story::Replace) -> Result<(), Failure> {
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
        if let Some(predecessor) = predecessor
            && after.team.seats_of(&predecessor.name).next().is_none()
        {
            let left = self
                .cast
                .people
                .iter()
                .find(|(_, human)| human.person.name == predecessor.name);
            let key = left.map(|(key, _)| key.clone()).unwrap_or_default();
            let devices = self
                .cast
                .devices_of(&key)
                .map(|device| device.name.clone())
                .collect();
            self.departures.push(Departure {
                case: replace.case.clone(),
                person: key,
                devices,
                posted,
            });
        }
        Ok(())
    }

    async fn change_team(
        &mut self,
        by: &str,
        language: Option<&str>,
        key: &str,
        content: TeamChanged,
        done: impl Fn(&relais_care::CaseView) -> bool,
    ) -> Result<relais_care::CaseView, Failure> {
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
            .find(|item| matches!(item.content, relais_care::Content::TeamChanged(_)))
            .map(|item| item.id);
        if let Some(entry) = entry {
            self.tell(&view, entry);
            self.record(key, entry, None);
        }
        Ok(view)
    }

    async fn offline(&mut self, named: &str) -> Result<(), Failure> {
        let posted = self.posted();
        let at = self.cast.position(named);
        let device = at.and_then(|at| self.cast.devices.get_mut(at));
        let (Some(at), Some(device)) = (at, device) else {
            return Err(Failure::failed(format!("there is no device `{named}`")));
        };
        if let Some(client) = device.client.take() {
            client.close().await?;
            self.absences.push(Absence {
                device: at,
                posted,
                until: None,
            });
        }
        self.narrator.line(&format!("  ⊘ {named} is offline"));
        Ok(())
    }

    async fn online(&mut self, named: &str) -> Result<(), Failure> {
        let posted = self.posted();
        let absent = self.absences.iter_mut().rev().find(|absence| {
            let device = self.cast.devices.get(absence.device);
            absence.until.is_none()
                && device.is_some_and(|device| device.person == named || device.title() == named)
        });
        let Some(absence) = absent else {
            return Err(Failure::failed(format!("`{named}` is not offline")));
        };
        if let Some(device) = self.cast.devices.get_mut(absence.device) {
            device.client = Some(Client::open(device.store.clone(), &PASSPHRASE.into()).await?);
        }
        let missed: usize = posted
            .iter()
            .map(|(case, now)| now - absence.posted.get(case).copied().unwrap_or(0))
            .sum();
        absence.until = Some(posted);
        self.narrator.line(&format!(
            "  ⊙ {named} is back; {missed} entries were posted meanwhile"
        ));
        Ok(())
    }

    fn posted(&self) -> BTreeMap<String, usize> {
        self.cases
            .iter()
            .map(|case| (case.key.clone(), case.posted.len()))
            .collect()
    }

    fn seats(
        &self,
        specs: &[SeatSpec],
    ) -> Result<(Vec<Seat>, Vec<Occupancy>, BTreeMap<String, SeatId>), Failure> {
        let mut seats = Vec::new();
        let mut occupancies = Vec::new();
        let mut ids = BTreeMap::new();
        for spec in specs {
            let human = self.cast.people.get(&spec.person);
            let human = human
                .ok_or_else(|| Failure::failed(format!("nobody is called `{}`", spec.person)))?;
            let id = SeatId::random(&mut OsEntropy);
            seats.push(Seat {
                id,
                role: spec.role,
                organisation: human.person.name.organisation.clone(),
                organisation_display_name: human.organisation.clone(),
            });
            occupancies.push(Occupancy {
                seat: id,
                person: Some(human.person.clone()),
            });
            ids.insert(spec.seat.clone(), id);
        }
        Ok((seats, occupancies, ids))
    }

    fn language(&self, who: &str, given: Option<&str>) -> Language {
        let person = who.split('/').next().unwrap_or(who);
        match given {
            Some(tag) => Language::of(tag),
            None => self
                .cast
                .people
                .get(person)
                .map_or(Language::English, |human| human.language),
        }
    }
}

/// Who posts, in which language, and what later steps call it.
#[derive(Clone, Copy)]
struct By<'a> {
    who: &'a str,
    language: Option<&'a str>,
    id: Option<&'a str>,
}

fn in_days(days: u16) -> Timestamp {
    SystemClock.now().plus(DAY * u32::from(days))
}
