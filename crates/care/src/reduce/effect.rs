//! What each kind of entry changes.

use relais_types::EntryId;

use super::{Bridge, Outcome};
use crate::{
    Amendment, CaseOpened, CaseView, Claim, Content, ConversationKind, Correction, Logged, Loop,
    LoopKind, LoopState, LoopStep, Mark, Party, Receipt, Rejection, Relayed, Requirement,
    Statement, Transition, catalogue, loops::headline, receipts::Seen,
};

impl CaseView {
    /// Changes the view as an admitted entry says, wholly or not at all.
    pub(super) fn take_effect(&mut self, logged: &Logged, statement: &Statement) -> Outcome {
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
                item.receipts
                    .seats
                    .entry(seat)
                    .or_default()
                    .set(what, &mark);
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
    /// The numbers of the other log are only what the relayer says, and so is the choice of
    /// what to relay. So a conversation belongs to the person who relays it first: nobody else
    /// can put an opening of their own before the partner's, or take its place. And what was
    /// relayed stands: entries are reduced in the order in which they come, and one whose
    /// number is 0 or not above all before it is passed over. A relayer's second device, which
    /// relays the same again, thus changes nothing.
    ///
    /// Nobody can take the bridge over yet, not even a successor on the same seat: until there
    /// is an entry by which the partner confirms the hand-over, they begin a new conversation.
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
        let by = logged.author.practitioner_name();
        let bridge = self
            .progress
            .bridges
            .entry(relayed.conversation)
            .or_insert_with(|| Bridge {
                by: by.clone(),
                last: 0,
            });
        if bridge.by != by {
            return Err(Rejection::RelayedByAnother);
        }
        let view = self
            .linked
            .entry(relayed.conversation)
            .or_insert_with(|| Self::new(relayed.conversation));
        for item in &logged.relayed {
            if item.seq > bridge.last {
                bridge.last = item.seq;
                let in_order = view.apply(item);
                debug_assert!(in_order.is_ok(), "the numbers ascend");
            }
        }
        Ok(())
    }
}
