//! The view of a case: everything that its members see.

use std::{collections::BTreeMap, fmt};

use relais_types::{CaseId, EntryId, PractitionerName, SeatId};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    Access, ConversationKind, Ended, Logged, Loop, Patient, Receipts, Team, TeamSeat, TimelineItem,
    reduce::Progress,
};

/// Everything that the members of a case see; a pure function of the log.
///
/// Serialized, it is what `--json` prints and what the [digest](Self::digest) covers.
#[derive(Clone, PartialEq, Serialize)]
pub struct CaseView {
    /// The case.
    pub case: CaseId,
    /// What it is called; empty until it is opened.
    pub title: String,
    /// Why the team talks.
    pub purpose: String,
    /// Who it is about.
    pub patient: Option<Patient>,
    /// Team, partner or patient; none until it is opened.
    pub conversation: Option<ConversationKind>,
    /// Since when and why nothing more is shared in it, if that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// Seats and holders.
    pub team: Team,
    /// Every entry but receipts and history, in the order of the log.
    pub timeline: Vec<TimelineItem>,
    /// What was asked, in the order in which it was asked.
    pub loops: Vec<Loop>,
    /// What members relayed from conversations with partners: their loops and teams as far
    /// as it was shared. Receipts stay in the other conversation.
    pub linked: BTreeMap<CaseId, CaseView>,
    /// What those are given of the time before who joined under a policy other than "all".
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub access: BTreeMap<PractitionerName, Access>,
    /// Entries from before they joined that were not shared with whoever holds this log: their
    /// numbers and ids.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub withheld: BTreeMap<u64, EntryId>,
    /// How far the log is reduced, and what is needed to go on.
    #[serde(skip)]
    pub(crate) progress: Progress,
}

impl CaseView {
    /// A case of which nothing is known yet.
    pub fn new(case: CaseId) -> Self {
        Self {
            case,
            title: String::new(),
            purpose: String::new(),
            patient: None,
            conversation: None,
            ended: None,
            team: Team::default(),
            timeline: Vec::new(),
            loops: Vec::new(),
            linked: BTreeMap::new(),
            access: BTreeMap::new(),
            withheld: BTreeMap::new(),
            progress: Progress::default(),
        }
    }

    /// Reduces a log, in whatever order it is given.
    ///
    /// Entries are ordered by their number; an entry seen twice counts once.
    pub fn reduce<'a>(case: CaseId, log: impl IntoIterator<Item = &'a Logged>) -> Self {
        let mut view = Self::new(case);
        view.apply_all(log);
        view
    }

    pub(crate) fn apply_all<'a>(&mut self, log: impl IntoIterator<Item = &'a Logged>) {
        let mut log: Vec<&Logged> = log.into_iter().collect();
        log.sort_by(|a, b| a.order(b));
        for logged in log {
            let in_order = self.apply(logged);
            debug_assert!(in_order.is_ok(), "the log was sorted");
        }
    }

    /// Whether the case is opened: false for a newcomer whom the history has not reached.
    pub const fn is_opened(&self) -> bool {
        self.conversation.is_some()
    }

    /// The entry with this id, unless it is a receipt or history.
    pub fn item(&self, id: EntryId) -> Option<&TimelineItem> {
        self.position(id).and_then(|at| self.timeline.get(at))
    }

    /// The loop that this entry began.
    pub fn find_loop(&self, id: EntryId) -> Option<&Loop> {
        self.progress.loop_at(id).and_then(|at| self.loops.get(at))
    }

    /// The seat that is accountable for what an entry asks: the owner of its loop, which may
    /// have moved, or else the owner seat that it names.
    pub fn accountable(&self, id: EntryId) -> Option<SeatId> {
        self.find_loop(id)
            .map(|asked| asked.owner)
            .or_else(|| self.item(id)?.envelope.owner_seat)
    }

    /// Every loop of the case and then of its linked conversations, each with the
    /// conversation that it belongs to.
    pub fn all_loops(&self) -> impl Iterator<Item = (CaseId, &Loop)> {
        let own = self.loops.iter().map(|asked| (self.case, asked));
        let linked = self
            .linked
            .values()
            .flat_map(|view| view.loops.iter().map(|asked| (view.case, asked)));
        own.chain(linked)
    }

    /// Who has this entry.
    pub fn receipts(&self, id: EntryId) -> Option<&Receipts> {
        self.item(id).map(|item| &item.receipts)
    }

    /// The addressed seats none of whose holders has read this entry.
    ///
    /// The author's own seat has, and is not listed; a vacant seat has not. One person's read
    /// counts for the seats that they held at the time, never for the team.
    pub fn who_has_not_read(&self, id: EntryId) -> Vec<&TeamSeat> {
        let Some(item) = self.item(id).filter(|item| item.deserves_receipt()) else {
            return Vec::new();
        };
        let has_read = |seat: &TeamSeat| {
            item.receipts
                .of_seat(seat.seat.id)
                .is_some_and(|standing| standing.read.is_some())
        };
        self.team
            .seats()
            .iter()
            .filter(|seat| {
                let by_others = seat.is_vacant() && !self.team.queue_pool(seat.seat.id).is_empty();
                item.addresses(seat.seat.id)
                    // Those who share a hub's queue stand for it, each for themselves.
                    && !by_others
                    && item.author.seat != Some(seat.seat.id)
                    && !seat.is_held_by(&item.author.name)
                    && !has_read(seat)
            })
            .collect()
    }

    /// SHA-256 over everything in the view: equal for all members that hold the same log.
    ///
    /// It covers `"relais/case-view/v1"` and the view's canonical JSON: fields in the order
    /// of declaration, maps in the order of their keys, no whitespace, no floats.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the view holds no map with keys other than strings and no fallible serializer"
    )]
    pub fn digest(&self) -> [u8; 32] {
        let json = serde_json::to_vec(self).expect("a view is always valid JSON");
        Sha256::new()
            .chain_update(b"relais/case-view/v1")
            .chain_update(json)
            .finalize()
            .into()
    }

    /// The name under which the team knows `person`, or the one they gave themselves.
    pub fn display_name(&self, person: &PractitionerName) -> Option<&str> {
        self.team.display_name(person).or_else(|| {
            self.timeline
                .iter()
                .rev()
                .find(|item| item.author.name == *person)
                .map(|item| item.author.display_name.as_str())
        })
    }

    pub(crate) fn position(&self, id: EntryId) -> Option<usize> {
        let seq = self.progress.seq_of(id)?;
        let from = self.timeline.partition_point(|item| item.seq < seq);
        self.timeline[from..]
            .iter()
            .take_while(|item| item.seq == seq)
            .position(|item| item.id == id)
            .map(|offset| from + offset)
    }
}

impl fmt::Debug for CaseView {
    /// Never shows content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaseView")
            .field("case", &self.case)
            .field("timeline", &self.timeline.len())
            .field("loops", &self.loops)
            .field("linked", &self.linked.len())
            .finish_non_exhaustive()
    }
}
