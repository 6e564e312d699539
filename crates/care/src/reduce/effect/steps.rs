//! Steps of loops, and what follows from them for seats.

use relais_types::{EntryId, PractitionerName, SeatId};

use super::Outcome;
use crate::{
    Cancellation, CaseView, Content, HandoverScope, Logged, Loop, LoopKind, LoopState, LoopStep,
    Occupancy, Party, Rejection, Requirement, Statement, Team, Transition,
    catalogue::{self, Rule},
};

impl CaseView {
    pub(super) fn advance(
        &mut self,
        logged: &Logged,
        statement: &Statement,
        transition: &Transition,
    ) -> Outcome {
        let seat = statement.claim.seat.ok_or(Rejection::SeatMissing)?;
        let Some(at) = self.progress.loop_at(transition.target) else {
            return self.check_loop(transition.target);
        };
        let asked = &self.loops[at];
        if catalogue::rules_to(asked.kind, asked.state, transition.to)
            .next()
            .is_none()
        {
            return Err(Rejection::NotInCatalogue);
        }
        let rules = || catalogue::rules_to(asked.kind, asked.state, transition.to);
        let rule = *rules()
            .find(|rule| self.team.may_take(asked, rule.who, seat))
            .or_else(|| rules().find(|&&rule| self.acts(logged, asked, rule, seat)))
            .ok_or(Rejection::WrongParty)?;
        let replaced = |it: &crate::TimelineItem| it.superseded_by.is_some();
        if rule.reopens() && self.item(asked.id).is_some_and(replaced) {
            // Something else was asked in its place.
            return Err(Rejection::NotInCatalogue);
        }
        self.check_reviewer(asked, &statement.claim.practitioner)?;
        self.check_requirement(asked, rule, transition)?;
        let step = LoopStep {
            note: transition.note.clone(),
            decline_reason: transition.decline_reason,
            alternative: transition.alternative.clone(),
            alternative_service: transition.alternative_service.clone(),
            eligibility: transition.eligibility.clone(),
            interim_plan: transition.interim_plan.clone(),
            expected_date: transition.expected_date.clone(),
            link: transition.link,
            usefulness: transition.usefulness,
            ..step(logged, statement, asked, rule, seat)
        };
        let team = self.after_handover(asked, &step)?;
        let moves = accepts_obligations(self, asked, &step);
        let asked = &mut self.loops[at];
        if rule.takes_over() {
            asked.hand_to(step.seat, Party::Owner, &step);
        }
        if rule.requires == Requirement::Nominee {
            asked.nominee = transition.nominee;
        }
        let (from, to) = (asked.requester, asked.owner);
        asked.take(step.clone());
        if rule.reopens() {
            asked.begin_anew(step.at);
        }
        if let Some(team) = team {
            self.team = team;
        }
        if moves {
            self.move_obligations(from, to, &step);
        }
        Ok(())
    }

    pub(super) fn cancel(
        &mut self,
        logged: &Logged,
        statement: &Statement,
        cancellation: &Cancellation,
    ) -> Outcome {
        let seat = statement.claim.seat.ok_or(Rejection::SeatMissing)?;
        let Some(at) = self.progress.loop_at(cancellation.target) else {
            return self.check_loop(cancellation.target);
        };
        let asked = &self.loops[at];
        let rule =
            *catalogue::cancellation(asked.kind, asked.state).ok_or(Rejection::NotInCatalogue)?;
        if asked.requester != seat && !self.acts(logged, asked, rule, seat) {
            return Err(Rejection::WrongParty);
        }
        let step = LoopStep {
            note: cancellation.reason.clone(),
            ..step(logged, statement, asked, rule, seat)
        };
        self.loops[at].take(step);
        Ok(())
    }

    /// A referral by the owner of a suggestion, in reply to it, is what was suggested.
    pub(super) fn follow_suggestion(&mut self, logged: &Logged, statement: &Statement) {
        let suggestion = statement
            .envelope
            .in_reply_to
            .and_then(|target| self.progress.loop_at(target));
        let (Some(at), Some(seat)) = (suggestion, statement.claim.seat) else {
            return;
        };
        let asked = &mut self.loops[at];
        let rule = catalogue::rule(asked.kind, asked.state, LoopState::Referred, Party::Owner);
        if let Some(&rule) = rule.filter(|_| asked.owner == seat) {
            let step = step(logged, statement, asked, rule, seat);
            asked.take(step);
        }
    }

    /// Whether `seat` may take the step of another for it.
    fn acts(&self, logged: &Logged, asked: &Loop, rule: Rule, seat: SeatId) -> bool {
        if rule.who == Party::Pool {
            // Whoever acts for a seat of the pool would take it over for somebody who may not
            // be there to have it.
            return false;
        }
        let party = asked.seat_of(rule.who);
        self.team
            .acts_for(seat, party, Some(asked.kind), logged.accepted_at)
    }

    /// Nobody reviews an emergency access that they gave or were given, whichever seat they act
    /// from; unless nobody else was there to be asked.
    fn check_reviewer(&self, asked: &Loop, person: &PractitionerName) -> Outcome {
        let Some(item) = self.item(asked.id) else {
            return Ok(());
        };
        let Content::BreakGlass(admitted) = &item.content else {
            return Ok(());
        };
        let alone = asked.owner == asked.requester && item.author.name == *person;
        let involved = item.author.name == *person || admitted.person.name == *person;
        if involved && !alone {
            return Err(Rejection::WrongParty);
        }
        Ok(())
    }

    fn check_requirement(&self, asked: &Loop, rule: Rule, transition: &Transition) -> Outcome {
        let elsewhere = transition.decline_reason == Some(crate::DeclineReason::ReferredElsewhere);
        let somewhere =
            !transition.alternative.trim().is_empty() || transition.alternative_service.is_some();
        match rule.requires {
            Requirement::Note if transition.note.trim().is_empty() => Err(Rejection::NoteRequired),
            Requirement::DeclineReason if transition.decline_reason.is_none() => {
                Err(Rejection::DeclineReasonRequired)
            }
            Requirement::DeclineReason if elsewhere && !somewhere => {
                Err(Rejection::AlternativeRequired)
            }
            Requirement::Nominee => {
                let nominee = transition.nominee.ok_or(Rejection::NomineeRequired)?;
                if nominee == asked.owner {
                    return Err(Rejection::SameSeat);
                }
                let known = self.team.seat(nominee);
                known.map(|_| ()).ok_or(Rejection::UnknownSeat)
            }
            _ => Ok(()),
        }
    }

    /// The team once a seat is taken over; none if this step takes over no seat.
    fn after_handover(&self, asked: &Loop, step: &LoopStep) -> Result<Option<Team>, Rejection> {
        if self.accepted_handover(asked, step) != Some(HandoverScope::Seat) {
            return Ok(None);
        }
        let offered_by = self.item(asked.id).map(|item| &item.author.name);
        let holder = self
            .team
            .seat(asked.requester)
            .and_then(|seat| seat.occupant.as_ref());
        if holder.is_some_and(|holder| Some(&holder.name) != offered_by) {
            return Err(Rejection::SeatChanged);
        }
        let successor = self
            .team
            .seat(asked.owner)
            .and_then(|seat| seat.occupant.clone());
        let occupancy = Occupancy {
            seat: asked.requester,
            person: successor,
        };
        self.team.changed(&[], &[occupancy], step.at).map(Some)
    }

    fn accepted_handover(&self, asked: &Loop, step: &LoopStep) -> Option<HandoverScope> {
        if (asked.kind, step.to) != (LoopKind::Handover, LoopState::Accepted) {
            return None;
        }
        match self.item(asked.id).map(|item| &item.content) {
            Some(Content::Handover(handover)) => Some(handover.scope),
            _ => None,
        }
    }

    /// Everything that is not settled moves from one seat to another. A handover itself stays
    /// between the two seats between which it was offered.
    fn move_obligations(&mut self, from: SeatId, to: SeatId, step: &LoopStep) {
        let unsettled = self
            .loops
            .iter_mut()
            .filter(|asked| asked.kind != LoopKind::Handover && !asked.is_settled());
        for asked in unsettled {
            for party in [Party::Owner, Party::Requester] {
                if asked.seat_of(party) == from {
                    asked.hand_to(to, party, step);
                }
            }
            if asked.nominee == Some(from) {
                asked.nominee = Some(to);
            }
        }
    }
}

/// Whether this step takes over the obligations of a seat.
fn accepts_obligations(view: &CaseView, asked: &Loop, step: &LoopStep) -> bool {
    view.accepted_handover(asked, step) == Some(HandoverScope::Obligations)
}

/// A step by `seat`, with nothing said yet.
fn step(
    logged: &Logged,
    statement: &Statement,
    asked: &Loop,
    rule: Rule,
    seat: SeatId,
) -> LoopStep {
    if rule.who == Party::Pool {
        return taken_by(logged, statement.id, seat, None, (rule.from, rule.to));
    }
    taken(logged, statement.id, asked, rule, Some(seat))
}

/// A step that an entry takes; by the seat itself if nobody acts for it.
pub(super) fn taken(
    logged: &Logged,
    entry: EntryId,
    asked: &Loop,
    rule: Rule,
    acting: Option<SeatId>,
) -> LoopStep {
    taken_by(
        logged,
        entry,
        asked.seat_of(rule.who),
        acting,
        (rule.from, rule.to),
    )
}

/// A step of the seat `party` from one state to another; by the seat itself if nobody acts for
/// it.
pub(super) fn taken_by(
    logged: &Logged,
    entry: EntryId,
    party: SeatId,
    acting: Option<SeatId>,
    (from, to): (LoopState, LoopState),
) -> LoopStep {
    LoopStep {
        seq: logged.seq,
        entry,
        at: logged.accepted_at,
        author: logged.author.practitioner_name(),
        seat: party,
        delegate: acting.filter(|&seat| seat != party),
        from,
        to,
        note: String::new(),
        decline_reason: None,
        alternative: String::new(),
        alternative_service: None,
        eligibility: String::new(),
        interim_plan: String::new(),
        expected_date: String::new(),
        link: None,
        usefulness: None,
    }
}
