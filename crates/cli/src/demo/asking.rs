//! What people say, ask and answer in a story.

use std::time::Duration;

use relais_care::{
    AcknowledgementRequest, Consult, ConsultClass, Correction, Priority, Referral, Task, Transition,
};
use relais_types::{Clock as _, SeatId, SystemClock, Timestamp};

use super::{play::By, stage::Stage};
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
        let due = ask.due_in_days.map(in_days);
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

fn in_days(days: u16) -> Timestamp {
    SystemClock
        .now()
        .plus(Duration::from_hours(24) * u32::from(days))
}
