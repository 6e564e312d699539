//! The reducer: what each entry changes, if it may.
//!
//! `apply` asks in this order whether the entry is new and in order, whether it is
//! well-formed, whether its author may say it, and then lets it take effect. Each effect is
//! all or nothing, and each refusal is a [`Rejection`].

use std::collections::BTreeMap;

use relais_proto::care as pb;
use relais_types::{CaseId, DeviceName, EntryId, SeatId};

use crate::{
    Amendment, AuthorView, CaseOpened, CaseView, Claim, Content, ConversationKind, Correction,
    Envelope, FieldError, Logged, Loop, LoopKind, LoopState, LoopStep, Mark, Party, Receipt,
    Receipts, Rejected, Rejection, Relayed, Requirement, Statement, TimelineItem, Transition,
    catalogue, field, loops::headline, receipts::Seen,
};

/// An entry stands before what was reduced already: reduce the whole log again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} comes before what was reduced already: reduce the log again")]
pub struct OutOfOrder {
    /// Number of the entry.
    pub seq: u64,
}

/// How far a log is reduced. Not part of what members see.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Progress {
    /// Number of every entry so far, by id.
    seen: BTreeMap<EntryId, u64>,
    /// The last one.
    last: Option<(u64, EntryId)>,
    /// What was relayed from each linked conversation, to reduce it again when more comes.
    relayed: BTreeMap<CaseId, BTreeMap<EntryId, Logged>>,
}

impl Progress {
    pub(crate) fn seq_of(&self, id: EntryId) -> Option<u64> {
        self.seen.get(&id).copied()
    }
}

type Outcome = Result<(), Rejection>;

impl CaseView {
    /// Applies the next entry of the log. An entry seen before changes nothing.
    ///
    /// # Errors
    /// [`OutOfOrder`], with nothing changed, if the entry belongs before one that was applied
    /// already, as history that arrives late does: then [`CaseView::reduce`] the whole log.
    pub fn apply(&mut self, logged: &Logged) -> Result<(), OutOfOrder> {
        if is_history(&logged.entry) {
            // It carries entries and says nothing itself. Were it shown, each newcomer would
            // have to be sent all history packets of those who came before.
            return Ok(());
        }
        let id = logged.id();
        if self.progress.seq_of(id).is_some_and(|seq| seq <= logged.seq) {
            return Ok(());
        }
        let place = (logged.seq, id);
        if self.progress.last.is_some_and(|last| place < last) {
            return Err(OutOfOrder { seq: logged.seq });
        }
        let first = self.progress.last.is_none();
        self.progress.last = Some(place);
        self.progress.seen.insert(id, logged.seq);
        match Statement::parse(&logged.entry) {
            Ok(statement) => {
                let outcome = self.judge(logged, &statement, first);
                self.record(logged, statement, outcome);
            }
            Err(fault) => self.record_malformed(logged, fault),
        }
        Ok(())
    }

    /// What every member would say of `entry` if it came next: nothing if it took effect.
    ///
    /// A client asks before it sends, so that nobody has to read a rejected entry. The answer
    /// may differ once the entry has its place in the log, if others were faster.
    pub fn would_reject(&self, author: &DeviceName, entry: &pb::Entry) -> Option<Rejected> {
        let mut next = self.clone();
        let logged = Logged {
            seq: self.progress.last.map_or(0, |(seq, _)| seq) + 1,
            accepted_at: relais_types::Timestamp::default(),
            author: author.clone(),
            entry: entry.clone(),
            relayed: Vec::new(),
        };
        next.apply(&logged).ok()?;
        next.item(logged.id()).and_then(|item| item.rejected)
    }

    fn judge(&mut self, logged: &Logged, statement: &Statement, first: bool) -> Outcome {
        self.admit(logged, statement, first)?;
        match &statement.content {
            Content::CaseOpened(opened) => self.open(opened, &statement.claim),
            Content::TeamChanged(changed) => {
                self.team = self
                    .team
                    .changed(&changed.seats_added, &changed.occupancies)?;
                Ok(())
            }
            Content::Consult(_)
            | Content::Referral(_)
            | Content::Task(_)
            | Content::AcknowledgementRequest(_) => self.ask(logged, statement),
            Content::Transition(transition) => self.advance(logged, statement, transition),
            Content::Receipt(receipt) => {
                self.receive(logged, receipt);
                Ok(())
            }
            Content::Correction(correction) => self.correct(logged, correction),
            Content::Relayed(relayed) => self.relay(logged, relayed),
            Content::Text(_) | Content::Unknown | Content::History | Content::Malformed => Ok(()),
        }
    }

    /// May this author say anything of this sort, here and now?
    fn admit(&self, logged: &Logged, statement: &Statement, first: bool) -> Outcome {
        let claim = &statement.claim;
        if statement.case != self.case {
            return Err(Rejection::WrongCase);
        }
        if claim.practitioner != logged.author.practitioner_name() {
            return Err(Rejection::AuthorMismatch);
        }
        if let Content::CaseOpened(_) = statement.content {
            // The seat, if one is claimed, is among those that the opening brings.
            return if first { Ok(()) } else { Err(Rejection::AlreadyOpened) };
        }
        if !self.is_opened() {
            return Err(Rejection::NotOpened);
        }
        match claim.seat {
            Some(seat) if !self.team.holds(&claim.practitioner, seat) => {
                return Err(Rejection::SeatNotHeld);
            }
            None if !matches!(statement.content, Content::Receipt(_)) => {
                return Err(Rejection::SeatMissing);
            }
            _ => {}
        }
        let envelope = &statement.envelope;
        let named = envelope.audience.iter().chain(&envelope.owner_seat);
        self.all_seats_exist(named)
    }

    fn all_seats_exist<'a>(&self, seats: impl IntoIterator<Item = &'a SeatId>) -> Outcome {
        let known = |seat: &SeatId| self.team.seat(*seat).is_some();
        if seats.into_iter().all(known) {
            Ok(())
        } else {
            Err(Rejection::UnknownSeat)
        }
    }

    fn open(&mut self, opened: &CaseOpened, claim: &Claim) -> Outcome {
        let team = self.team.changed(&opened.seats, &opened.occupancies)?;
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
        let envelope = &statement.envelope;
        let kind = statement.content.asks().ok_or(Rejection::Malformed)?;
        let requester = statement.claim.seat.ok_or(Rejection::SeatMissing)?;
        let owner = envelope.owner_seat.ok_or(Rejection::Malformed)?;
        let (title, summary) = headline(&statement.content);
        let state = catalogue::initial(kind);
        self.loops.push(Loop {
            id: statement.id,
            kind,
            state,
            awaits: catalogue::awaits(kind, state),
            requester,
            owner,
            title,
            summary,
            priority: envelope.priority,
            asked_seq: logged.seq,
            asked_at: logged.accepted_at,
            acknowledge_by: envelope.acknowledge_by,
            due: match &statement.content {
                Content::Task(task) => task.due,
                _ => None,
            },
            acknowledged: None,
            history: Vec::new(),
        });
        Ok(())
    }

    fn advance(
        &mut self,
        logged: &Logged,
        statement: &Statement,
        transition: &Transition,
    ) -> Outcome {
        let seat = statement.claim.seat.ok_or(Rejection::SeatMissing)?;
        let asked = self
            .loops
            .iter_mut()
            .find(|asked| asked.id == transition.target)
            .ok_or(Rejection::UnknownTarget)?;
        let rule = catalogue::rule(asked.kind, asked.state, transition.to)
            .ok_or(Rejection::NotInCatalogue)?;
        if seat != asked.seat_of(rule.who) {
            return Err(Rejection::WrongParty);
        }
        match rule.requires {
            Requirement::Note if transition.note.trim().is_empty() => {
                return Err(Rejection::NoteRequired);
            }
            Requirement::DeclineReason if transition.decline_reason.is_none() => {
                return Err(Rejection::DeclineReasonRequired);
            }
            _ => {}
        }
        asked.take(LoopStep {
            seq: logged.seq,
            entry: statement.id,
            at: logged.accepted_at,
            author: statement.claim.practitioner.clone(),
            seat,
            from: rule.from,
            to: rule.to,
            note: transition.note.clone(),
            decline_reason: transition.decline_reason,
            alternative: transition.alternative.clone(),
            alternative_service: transition.alternative_service.clone(),
        });
        Ok(())
    }

    /// Marks what the receipt says. What it names but the case does not hold is passed over:
    /// a receipt cannot speak of entries still to come.
    fn receive(&mut self, logged: &Logged, receipt: &Receipt) {
        for (what, entries) in [
            (Seen::Delivered, &receipt.delivered),
            (Seen::Read, &receipt.read),
            (Seen::Acknowledged, &receipt.acknowledged),
        ] {
            for &entry in entries {
                self.mark(logged, entry, what);
            }
        }
    }

    fn mark(&mut self, logged: &Logged, entry: EntryId, what: Seen) {
        let person = logged.author.practitioner_name();
        let Some(at) = self.position(entry) else {
            return;
        };
        let item = &mut self.timeline[at];
        if !item.deserves_receipt() || item.author.name == person {
            return;
        }
        let mark = Mark {
            by: person.clone(),
            seq: logged.seq,
            at: logged.accepted_at,
        };
        let owner = item.envelope.owner_seat;
        for seat in self.team.seats_of(&person).map(|seat| seat.seat.id) {
            // Only the accountable seat's acknowledgement is an acknowledgement of a seat.
            if what != Seen::Acknowledged || owner == Some(seat) {
                item.receipts.seats.entry(seat).or_default().set(what, &mark);
            }
        }
        let standing = item.receipts.persons.entry(person.clone()).or_default();
        standing.set(what, &mark);
        let owner_acknowledges = what == Seen::Acknowledged
            && owner.is_some_and(|owner| self.team.holds(&person, owner));
        if owner_acknowledges {
            self.acknowledge(logged, entry, &mark);
        }
    }

    /// The owner seat has it: of an acknowledgement request, that is all that was asked.
    fn acknowledge(&mut self, logged: &Logged, entry: EntryId, mark: &Mark) {
        let Some(asked) = self.loops.iter_mut().find(|asked| asked.id == entry) else {
            return;
        };
        let rule = catalogue::rule(asked.kind, asked.state, LoopState::Acknowledged);
        if asked.kind == LoopKind::AcknowledgementRequest
            && let Some(rule) = rule
        {
            asked.take(LoopStep {
                seq: logged.seq,
                entry: logged.id(),
                at: logged.accepted_at,
                author: mark.by.clone(),
                seat: asked.seat_of(Party::Owner),
                from: rule.from,
                to: rule.to,
                note: String::new(),
                decline_reason: None,
                alternative: String::new(),
                alternative_service: None,
            });
        } else {
            asked.acknowledged.get_or_insert_with(|| mark.clone());
        }
    }

    fn correct(&mut self, logged: &Logged, correction: &Correction) -> Outcome {
        let at = self
            .position(correction.target)
            .ok_or(Rejection::UnknownTarget)?;
        let item = &mut self.timeline[at];
        if item.author.name != logged.author.practitioner_name() {
            return Err(Rejection::NotTheAuthor);
        }
        let had_effect = item.rejected.is_none();
        let replacement = &correction.replacement;
        match &item.content {
            Content::CaseOpened(_)
            | Content::TeamChanged(_)
            | Content::Correction(_)
            | Content::Receipt(_)
            | Content::History
            | Content::Relayed(_) => return Err(Rejection::NotCorrectable),
            Content::Transition(_) if had_effect && replacement.is_empty() => {
                return Err(Rejection::MustBeTakenBack);
            }
            content if content.asks().is_some() && had_effect && replacement.is_empty() => {
                return Err(Rejection::MustBeTakenBack);
            }
            _ => {}
        }
        item.amendment = Some(Amendment {
            entry: logged.id(),
            seq: logged.seq,
            reason: correction.reason.clone(),
            replacement: replacement.clone(),
        });
        if had_effect {
            self.reword(correction.target, replacement);
        }
        Ok(())
    }

    /// Carries corrected words to where loops repeat them.
    fn reword(&mut self, entry: EntryId, words: &str) {
        for asked in &mut self.loops {
            if asked.id == entry {
                words.clone_into(&mut asked.summary);
            }
            for step in &mut asked.history {
                if step.entry == entry {
                    words.clone_into(&mut step.note);
                }
            }
        }
    }

    /// Reduces what was shared of a conversation with a partner, by the same rules.
    ///
    /// Each entry counts once, where it was first relayed; they are ordered by their numbers
    /// in the other log, so it does not matter in which order they were shared.
    fn relay(&mut self, logged: &Logged, relayed: &Relayed) -> Outcome {
        if self.conversation != Some(ConversationKind::Team) {
            return Err(Rejection::NotATeamCase);
        }
        let foreign = |item: &Logged| {
            matches!(
                Statement::parse(&item.entry).map(|statement| statement.content),
                Ok(Content::CaseOpened(opened)) if opened.conversation == ConversationKind::Team
            )
        };
        if relayed.conversation == self.case || logged.relayed.iter().any(foreign) {
            return Err(Rejection::NotAPartnerConversation);
        }
        let log = self.progress.relayed.entry(relayed.conversation).or_default();
        for item in &logged.relayed {
            log.entry(item.id()).or_insert_with(|| item.clone());
        }
        let view = Self::reduce(relayed.conversation, log.values());
        self.linked.insert(relayed.conversation, view);
        Ok(())
    }

    fn record(&mut self, logged: &Logged, statement: Statement, outcome: Outcome) {
        let rejected = outcome.err().map(Rejected::from);
        if matches!(statement.content, Content::Receipt(_)) && rejected.is_none() {
            return;
        }
        let claim = &statement.claim;
        let (seat, name) = match rejected.map(|rejected| rejected.reason) {
            // Neither a name nor a seat that may be another's is shown.
            Some(Rejection::AuthorMismatch) => (None, ""),
            Some(Rejection::SeatNotHeld | Rejection::WrongCase) => (None, &*claim.display_name),
            _ => (claim.seat, &*claim.display_name),
        };
        let author = self.author_view(logged, seat, name);
        self.timeline.push(TimelineItem {
            id: logged.id(),
            seq: logged.seq,
            accepted_at: logged.accepted_at,
            author,
            envelope: statement.envelope,
            content: statement.content,
            fallback: field::salvage_prose(&logged.entry.fallback),
            rejected,
            amendment: None,
            receipts: Receipts::default(),
        });
    }

    fn record_malformed(&mut self, logged: &Logged, fault: FieldError) {
        let claimed_name = logged
            .entry
            .author
            .as_ref()
            .and_then(|author| field::line("author.display_name", &author.display_name).ok())
            .unwrap_or_default();
        let author = self.author_view(logged, None, &claimed_name);
        self.timeline.push(TimelineItem {
            id: logged.id(),
            seq: logged.seq,
            accepted_at: logged.accepted_at,
            author,
            envelope: Envelope::salvage(&logged.entry),
            content: Content::Malformed,
            fallback: field::salvage_prose(&logged.entry.fallback),
            rejected: Some(fault.into()),
            amendment: None,
            receipts: Receipts::default(),
        });
    }

    /// Who speaks, by the names that the team gave. What an author calls themselves counts
    /// only if the team does not know them, so that nobody can pass for a colleague.
    fn author_view(&self, logged: &Logged, seat: Option<SeatId>, claimed_name: &str) -> AuthorView {
        let name = logged.author.practitioner_name();
        let held = seat.and_then(|seat| self.team.seat(seat));
        AuthorView {
            display_name: self
                .team
                .display_name(&name)
                .unwrap_or(claimed_name)
                .to_owned(),
            name,
            seat,
            role: held.map(|held| held.seat.role),
            organisation_display_name: held
                .map(|held| held.seat.organisation_display_name.clone())
                .unwrap_or_default(),
        }
    }
}

fn is_history(entry: &pb::Entry) -> bool {
    matches!(entry.body, Some(pb::entry::Body::History(_)))
}
