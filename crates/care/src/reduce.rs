//! The reducer: who may say what, and what becomes of it.
//!
//! `apply` asks in this order whether the entry is new and in order, whether it is
//! well-formed, whether its author may say it, and then lets it take effect. Each effect is
//! all or nothing, and each refusal is a [`Rejection`].

mod effect;

use std::collections::{BTreeMap, BTreeSet};

use relais_proto::care as pb;
use relais_types::{CaseId, DeviceName, EntryId, PractitionerName, SeatId};

use crate::{
    AuthorView, CaseView, Content, ConversationKind, Envelope, FieldError, Logged, Receipts,
    Rejected, Rejection, SeatRole, Statement, TimelineItem, field, is_shareable,
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
    /// Who relays each linked conversation, and how far.
    bridges: BTreeMap<CaseId, Bridge>,
    /// Where each loop stands among the loops.
    loops: BTreeMap<EntryId, usize>,
    /// Number of every entry that was not shared, by id.
    withheld: BTreeMap<EntryId, u64>,
    /// What is in no view because it is too large, by number.
    left_out: BTreeMap<u64, Rejected>,
}

/// The way by which a linked conversation comes into the case.
#[derive(Clone, Debug, PartialEq)]
struct Bridge {
    /// Who relayed it first, and so alone.
    by: PractitionerName,
    /// The highest number relayed so far.
    last: u64,
}

impl Progress {
    pub(crate) fn seq_of(&self, id: EntryId) -> Option<u64> {
        self.seen.get(&id).copied()
    }

    pub(crate) fn loop_at(&self, id: EntryId) -> Option<usize> {
        self.loops.get(&id).copied()
    }

    pub(crate) fn withhold(&mut self, withheld: &BTreeMap<u64, EntryId>) {
        self.withheld = withheld.iter().map(|(seq, id)| (*id, *seq)).collect();
    }

    pub(crate) fn is_withheld(&self, id: EntryId) -> bool {
        self.withheld.contains_key(&id)
    }

    fn note_loop(&mut self, id: EntryId, at: usize) {
        self.loops.insert(id, at);
    }
}

/// Whether an entry takes effect.
type Outcome = Result<(), Rejection>;

impl CaseView {
    /// Applies the next entry of the log. An entry seen before changes nothing.
    ///
    /// The log holds one entry a number. If an untrue history gives two entries one number and
    /// one id, the first that is applied stays, while [`CaseView::reduce`] chooses by content:
    /// so the engine stores the first that it can verify and names whoever shares another.
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
        if !is_shareable(&logged.entry) {
            // Newcomers cannot be given it, so it must leave no trace that they would miss: it
            // takes no place, no id and no line of the timeline.
            let rejected = Rejection::TooLarge.into();
            self.progress.left_out.insert(logged.seq, rejected);
            return Ok(());
        }
        let id = logged.id();
        let first = self.progress.seq_of(id);
        let first = first.or_else(|| self.progress.withheld.get(&id).copied());
        if first.is_some_and(|seq| seq <= logged.seq) {
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
            Ok(mut statement) => {
                if let Content::Relayed(relayed) = &mut statement.content {
                    // Those that verified, not those that were claimed.
                    relayed.entries = logged.relayed.len();
                }
                let outcome = self
                    .admit(logged, &statement, first)
                    .and_then(|()| self.take_effect(logged, &statement));
                self.record(logged, statement, outcome);
            }
            Err(fault) => self.record_malformed(logged, fault),
        }
        Ok(())
    }

    /// Entries of this device's log that no member's view holds because they are
    /// [too large](is_shareable) to be shared again, by number. Newcomers are not given them,
    /// so they are not part of the view that all members agree on.
    pub const fn left_out(&self) -> &BTreeMap<u64, Rejected> {
        &self.progress.left_out
    }

    /// What every member would say of `entry` if it came next: nothing if it took effect.
    ///
    /// A client asks before it sends, so that nobody has to read a rejected entry. The answer
    /// may differ once the entry has its place in the log, if others were faster.
    pub fn would_reject(&self, author: &DeviceName, entry: &pb::Entry) -> Option<Rejected> {
        if !is_shareable(entry) {
            return Some(Rejection::TooLarge.into());
        }
        let (next, id) = self.after(author, entry)?;
        next.item(id).and_then(|item| item.rejected)
    }

    /// Who would hold no seat any more if `entry` came next, such as the predecessor on a seat
    /// that is handed over. Their devices leave the group in the same change.
    pub fn would_unseat(&self, author: &DeviceName, entry: &pb::Entry) -> Vec<PractitionerName> {
        let holders = |view: &Self| -> BTreeSet<PractitionerName> {
            let seats = view.team.seats().iter();
            seats
                .filter_map(|seat| seat.occupant.as_ref())
                .map(|person| person.name.clone())
                .collect()
        };
        let Some((next, _)) = self.after(author, entry) else {
            return Vec::new();
        };
        let remain = holders(&next);
        holders(self)
            .into_iter()
            .filter(|person| !remain.contains(person))
            .collect()
    }

    /// What every member would see if `entry` came next.
    #[must_use]
    pub fn with_next(&self, author: &DeviceName, entry: &pb::Entry) -> Self {
        self.after(author, entry)
            .map_or_else(|| self.clone(), |(next, _)| next)
    }

    /// The view if `entry` came next, at the time that it says itself.
    fn after(&self, author: &DeviceName, entry: &pb::Entry) -> Option<(Self, EntryId)> {
        let mut next = self.clone();
        let logged = Logged {
            seq: self
                .progress
                .last
                .map_or(1, |(seq, _)| seq.saturating_add(1)),
            // Whether a delegation is in force depends on it.
            accepted_at: Envelope::claimed_time(entry).unwrap_or_default(),
            author: author.clone(),
            entry: entry.clone(),
            relayed: Vec::new(),
        };
        next.apply(&logged).ok()?;
        Some((next, logged.id()))
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
            return if first {
                Ok(())
            } else {
                Err(Rejection::AlreadyOpened)
            };
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
        self.check_rank(statement)?;
        if self.conversation == Some(ConversationKind::Enquiry)
            && !statement.content.is_about_nobody()
        {
            return Err(Rejection::AboutAPatient);
        }
        let envelope = &statement.envelope;
        let mut named = envelope.audience.iter().chain(&envelope.owner_seat);
        if named.all(|&seat| self.team.seat(seat).is_some()) {
            Ok(())
        } else {
            Err(Rejection::UnknownSeat)
        }
    }

    /// Who is there for a few hours, the patient and caregivers do not decide who else is, and
    /// nobody who is given a part of the history decides that they are given more.
    fn check_rank(&self, statement: &Statement) -> Outcome {
        let claim = &statement.claim;
        let shares_more = matches!(statement.content, Content::HistoryShared(_));
        let changes_team = matches!(
            statement.content,
            Content::TeamChanged(_) | Content::AccessEnded(_)
        );
        if !(changes_team || shares_more) {
            return Ok(());
        }
        let role = |seat| self.team.seat(seat).map(|held| held.seat.role);
        let role = claim.seat.and_then(role);
        let told_what_they_are_told = self.conversation == Some(ConversationKind::Patient)
            && matches!(role, Some(SeatRole::Patient | SeatRole::Caregiver));
        let restricted = shares_more && self.access.contains_key(&claim.practitioner);
        if role == Some(SeatRole::Emergency) || told_what_they_are_told || restricted {
            return Err(Rejection::RoleNotAllowed);
        }
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
            superseded_by: None,
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
            superseded_by: None,
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
