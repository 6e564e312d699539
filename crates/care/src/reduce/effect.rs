//! What each kind of entry changes.

mod defined;
mod receipts;
mod records;
mod relays;
mod sharing;
mod steps;

use relais_types::EntryId;

use super::Outcome;
use crate::{
    Amendment, CaseOpened, CaseView, Claim, Content, ConversationKind, Handover, HandoverScope,
    Logged, Loop, LoopKind, Mark, Rejection, Statement, catalogue,
    loops::{due, headline, initial},
};

/// What stands instead of an earlier entry, and why.
struct Words<'a> {
    target: EntryId,
    reason: &'a str,
    /// Empty withdraws.
    replacement: &'a str,
}

impl CaseView {
    /// Changes the view as an admitted entry says, wholly or not at all.
    pub(super) fn take_effect(&mut self, logged: &Logged, statement: &Statement) -> Outcome {
        self.check_superseded(statement)?;
        let seat = || statement.claim.seat.ok_or(Rejection::SeatMissing);
        match &statement.content {
            Content::CaseOpened(opened) => self.open(logged, opened, &statement.claim)?,
            Content::TeamChanged(changed) => {
                let (seats, occupancies) = (&changed.seats_added, &changed.occupancies);
                let team = self.team.changed(seats, occupancies, logged.accepted_at)?;
                let before = std::mem::replace(&mut self.team, team);
                self.note_joined(&before, &changed.history, logged);
            }
            Content::HistoryShared(shared) => {
                let person = &shared.person.name;
                self.team
                    .seats_of(person)
                    .next()
                    .ok_or(Rejection::UnknownTarget)?;
                self.note_shared(person, &shared.history, logged);
            }
            Content::Transition(step) => self.advance(logged, statement, step)?,
            Content::DefinedStep(step) => self.advance_defined(logged, statement, step)?,
            Content::Cancellation(taken_back) => self.cancel(logged, statement, taken_back)?,
            Content::Receipt(receipt) => self.receive(logged, receipt),
            Content::Correction(correction) => {
                let words = Words {
                    target: correction.target,
                    reason: &correction.reason,
                    replacement: &correction.replacement,
                };
                self.amend(logged, &words)?;
            }
            Content::Retraction(retraction) => {
                let words = Words {
                    target: retraction.target,
                    reason: &retraction.reason,
                    replacement: "",
                };
                self.amend(logged, &words)?;
            }
            Content::Excerpt(_) => self.check_shared()?,
            Content::AccessEnded(ended) => self.end_access(logged, statement, ended)?,
            Content::Relayed(relayed) => self.relay(logged, relayed)?,
            Content::Participation(how) => self.team.participate(seat()?, how)?,
            Content::Delegation(delegation) => self.team.delegate(delegation, seat()?)?,
            Content::PlanSignOff(sign_off) => self.check_plan(sign_off.target)?,
            Content::Coverage(coverage) => self.team.cover(coverage, seat()?)?,
            Content::Decision(decision) => self.check_decision(decision)?,
            Content::Nudge(nudge) => self.nudge(logged, statement, nudge)?,
            content if content.asks().is_some() => self.ask(logged, statement)?,
            _ => {}
        }
        self.supersede(statement);
        self.note_review(logged, statement);
        Ok(())
    }

    fn open(&mut self, logged: &Logged, opened: &CaseOpened, claim: &Claim) -> Outcome {
        let team = self
            .team
            .changed(&opened.seats, &opened.occupancies, logged.accepted_at)?;
        if claim
            .seat
            .is_some_and(|seat| !team.holds(&claim.practitioner, seat))
        {
            return Err(Rejection::SeatNotHeld);
        }
        self.team = team;
        self.title.clone_from(&opened.title);
        self.purpose.clone_from(&opened.purpose);
        self.patient.clone_from(&opened.patient);
        self.conversation = Some(opened.conversation);
        Ok(())
    }

    fn ask(&mut self, logged: &Logged, statement: &Statement) -> Outcome {
        if self.ended.is_some() {
            return Err(Rejection::ConversationEnded);
        }
        let envelope = &statement.envelope;
        let kind = statement.content.asks().ok_or(Rejection::Malformed)?;
        if self.conversation == Some(ConversationKind::Community) && catalogue::needs_patient(kind)
        {
            return Err(Rejection::NoPatientHere);
        }
        let requester = statement.claim.seat.ok_or(Rejection::SeatMissing)?;
        let owner = envelope.owner_seat.ok_or(Rejection::Malformed)?;
        let senders = catalogue::senders(kind);
        let role = self.team.seat(requester).map(|seat| seat.seat.role);
        if !senders.is_empty() && role.is_none_or(|role| !senders.contains(&role)) {
            return Err(Rejection::RoleNotAllowed);
        }
        let mut admitted = None;
        match &statement.content {
            Content::BreakGlass(glass) => {
                let team = self.let_in(glass, logged.accepted_at, requester, owner)?;
                admitted = Some((team, &glass.history));
            }
            Content::Handover(handover) => self.check_offer(handover, requester, owner)?,
            Content::Escalation(escalation) => self.check_loop(escalation.target)?,
            Content::PlanAction(action) => {
                action.goal.map_or(Ok(()), |goal| self.check_goal(goal))?;
            }
            _ => {}
        }
        let defined = match &statement.content {
            Content::DefinedRequest(request) => Some(self.begin_defined(request)?),
            _ => None,
        };
        let (title, summary) = headline(&statement.content);
        let (state, awaits) = if let Some(standing) = &defined {
            (standing.nearest, standing.awaits)
        } else {
            let state = initial(kind, &statement.content);
            (state, catalogue::awaits(kind, state))
        };
        self.progress.note_loop(statement.id, self.loops.len());
        self.loops.push(Loop {
            id: statement.id,
            kind,
            state,
            awaits,
            requester,
            owner,
            nominee: None,
            title,
            summary,
            priority: envelope.priority,
            asked_seq: logged.seq,
            asked_at: logged.accepted_at,
            acknowledge_by: envelope.acknowledge_by,
            due: due(&statement.content),
            acknowledged: None,
            nudged: None,
            history: Vec::new(),
            moved: Vec::new(),
            defined,
        });
        if let Some((team, history)) = admitted {
            let before = std::mem::replace(&mut self.team, team);
            self.note_joined(&before, history, logged);
        }
        if let Content::Referral(_) = statement.content {
            self.follow_suggestion(logged, statement);
        }
        Ok(())
    }

    /// A seat is handed over to another, and within one organisation only.
    fn check_offer(
        &self,
        handover: &Handover,
        from: relais_types::SeatId,
        to: relais_types::SeatId,
    ) -> Outcome {
        if from == to {
            return Err(Rejection::SameSeat);
        }
        let organisation = |seat| self.team.seat(seat).map(|seat| &seat.seat.organisation);
        if handover.scope == HandoverScope::Seat && organisation(from) != organisation(to) {
            return Err(Rejection::WrongOrganisation);
        }
        Ok(())
    }

    /// What it refers to was asked in this case, or may have been: by a type that a later
    /// version knows.
    fn check_loop(&self, target: EntryId) -> Outcome {
        let unknown = self.item(target).is_some_and(|item| {
            item.rejected.is_none() && matches!(item.content, Content::Unknown)
        });
        if unknown || self.is_withheld(target) || self.find_loop(target).is_some() {
            Ok(())
        } else {
            Err(Rejection::UnknownTarget)
        }
    }

    /// An action serves a goal, and nothing else that was asked.
    fn check_goal(&self, goal: EntryId) -> Outcome {
        self.check_loop(goal)?;
        match self.find_loop(goal) {
            Some(asked) if asked.kind != LoopKind::PlanGoal => Err(Rejection::UnknownTarget),
            _ => Ok(()),
        }
    }

    /// A part of the plan, and nothing else that was asked.
    fn check_plan(&self, target: EntryId) -> Outcome {
        self.check_loop(target)?;
        match self.find_loop(target) {
            Some(asked) if !asked.kind.is_plan() => Err(Rejection::UnknownTarget),
            _ => Ok(()),
        }
    }

    fn amend(&mut self, logged: &Logged, words: &Words<'_>) -> Outcome {
        if self.is_withheld(words.target) {
            return Ok(());
        }
        let at = self
            .position(words.target)
            .ok_or(Rejection::UnknownTarget)?;
        let item = &mut self.timeline[at];
        if item.author.name != logged.author.practitioner_name() {
            return Err(Rejection::NotTheAuthor);
        }
        let had_effect = item.rejected.is_none();
        let moved = item.content.asks().is_some() || item.content.moves();
        // A copy keeps its words, or is taken back.
        let takes_back = words.replacement.is_empty();
        let copied = matches!(item.content, Content::Excerpt(_)) && takes_back;
        if !item.content.is_correctable() && !copied {
            return Err(Rejection::NotCorrectable);
        }
        if moved && had_effect && words.replacement.is_empty() {
            return Err(Rejection::MustBeTakenBack);
        }
        item.amendment = Some(Amendment {
            entry: logged.id(),
            seq: logged.seq,
            reason: words.reason.to_owned(),
            replacement: words.replacement.to_owned(),
        });
        if had_effect {
            self.reword(at, words);
        }
        Ok(())
    }

    /// Carries corrected words to where loops repeat them.
    fn reword(&mut self, at: usize, words: &Words<'_>) {
        let moved = match &self.timeline[at].content {
            Content::Transition(step) => step.target,
            Content::Cancellation(taken_back) => taken_back.target,
            Content::DefinedStep(step) => step.target,
            _ => words.target,
        };
        let Some(at) = self.progress.loop_at(moved) else {
            return;
        };
        let asked = &mut self.loops[at];
        if asked.id == words.target {
            asked.reword(words.replacement);
        }
        for step in &mut asked.history {
            if step.entry == words.target {
                words.replacement.clone_into(&mut step.note);
            }
        }
    }

    /// What is replaced is the author's or their seat's, took effect, and is not still open.
    fn check_superseded(&self, statement: &Statement) -> Outcome {
        let Some(target) = statement.envelope.supersedes else {
            return Ok(());
        };
        if self.is_withheld(target) {
            return Ok(());
        }
        let claim = &statement.claim;
        let item = self
            .item(target)
            .filter(|item| item.rejected.is_none())
            .ok_or(Rejection::UnknownTarget)?;
        let own = item.author.name == claim.practitioner
            || (item.author.seat.is_some() && item.author.seat == claim.seat);
        if !own {
            return Err(Rejection::NotTheAuthor);
        }
        if self
            .find_loop(target)
            .is_some_and(|asked| !asked.is_settled())
        {
            return Err(Rejection::MustBeTakenBack);
        }
        Ok(())
    }

    fn supersede(&mut self, statement: &Statement) {
        let target = statement.envelope.supersedes;
        if let Some(at) = target.and_then(|target| self.position(target)) {
            self.timeline[at].superseded_by = Some(statement.id);
        }
    }

    /// Whoever writes from a seat, or says that they were shown something, has looked.
    fn note_review(&mut self, logged: &Logged, statement: &Statement) {
        let claim = &statement.claim;
        let mark = || Mark {
            by: claim.practitioner.clone(),
            seq: logged.seq,
            at: logged.accepted_at,
        };
        match (&statement.content, claim.seat) {
            (Content::Receipt(receipt), _) if receipt.read.is_empty() => {}
            (Content::Receipt(_), _) => {
                let seats: Vec<_> = self
                    .team
                    .seats_of(&claim.practitioner)
                    .map(|seat| seat.seat.id)
                    .collect();
                for seat in seats {
                    self.team.reviewed(seat, mark());
                }
            }
            (_, Some(seat)) => self.team.reviewed(seat, mark()),
            _ => {}
        }
    }
}
