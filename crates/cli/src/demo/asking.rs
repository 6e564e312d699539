//! What people say, ask and answer in a story.

use relais_care::{
    AcknowledgementRequest, CaseView, Consult, ConsultClass, Content, Correction, HandoverScope,
    LoopState, Person, Priority, Referral, Task, Transition,
};
use relais_types::{DeviceName, EntryId, SeatId};

use super::{
    catalogue::after,
    play::By,
    stage::{PATIENCE, Stage, late},
};
use crate::{Failure, story};

impl Stage<'_> {
    pub(super) async fn say(&mut self, say: &story::Say) -> Result<(), Failure> {
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

    pub(super) async fn consult(&mut self, ask: &story::Consult) -> Result<(), Failure> {
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

    pub(super) async fn refer(&mut self, ask: &story::Refer) -> Result<(), Failure> {
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

    pub(super) async fn task(&mut self, ask: &story::Task) -> Result<(), Failure> {
        let owner = self.seat(&ask.case, &ask.to)?;
        let priority = ask.priority.unwrap_or(Priority::Routine);
        let due = ask.due_in_days.map(after);
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

    pub(super) async fn ask_ack(&mut self, ask: &story::AskAck) -> Result<(), Failure> {
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

    pub(super) async fn respond(&mut self, respond: &story::Respond) -> Result<(), Failure> {
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
            usefulness: respond.useful,
            nominee: respond
                .offer_to
                .as_ref()
                .map(|seat| self.seat(&case, seat))
                .transpose()?,
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
        let successor = acting.me.clone();
        let handed_over = Handed::over(&view, asked, respond.state);
        self.post(by, &case, seat, move |draft| draft.transition(transition))
            .await?;
        match handed_over {
            Some(handed) => {
                self.taken_over(&case, &handed, &respond.by, &successor)
                    .await
            }
            None => Ok(()),
        }
    }

    /// Waits until whoever handed over a seat is out of the group, and remembers that they left.
    async fn taken_over(
        &mut self,
        case: &str,
        handed: &Handed,
        by: &str,
        successor: &Person,
    ) -> Result<(), Failure> {
        let posted = self.opened(case)?.posted.len();
        let acting = self.acting(by, case).await?;
        let seat = handed.seat;
        let after = acting
            .case
            .wait_until(PATIENCE, |view| {
                view.team
                    .seat(seat)
                    .is_some_and(|seat| seat.is_held_by(&successor.name))
            })
            .await
            .map_err(|error| late(by, "take the seat", &error))?;
        let gone = after.team.seats_of(&handed.by.name).next().is_none();
        let members = acting.case.members().await?;
        let remains = |device: &DeviceName| device.practitioner_name() == handed.by.name;
        if gone && members.iter().any(remains) {
            return Err(Failure::failed(
                "the predecessor’s devices are in the group after the handover",
            ));
        }
        self.left(case, &handed.by, &after, posted);
        Ok(())
    }

    pub(super) async fn correct(&mut self, correct: &story::Correct) -> Result<(), Failure> {
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
}

/// A seat that is about to change hands.
struct Handed {
    seat: SeatId,
    by: Person,
}

impl Handed {
    /// What an answer hands over, if it accepts a seat.
    fn over(view: &CaseView, asked: EntryId, to: LoopState) -> Option<Self> {
        let Content::Handover(handover) = &view.item(asked)?.content else {
            return None;
        };
        if (handover.scope, to) != (HandoverScope::Seat, LoopState::Accepted) {
            return None;
        }
        let seat = view.find_loop(asked)?.requester;
        let by = view.team.seat(seat)?.occupant.clone()?;
        Some(Self { seat, by })
    }
}
