//! A care team of three organisations, and a log to write into.

use bytes::Bytes;
use relais_care::{
    CaseOpened, CaseView, ConversationKind, Language, Logged, Occupancy, Patient, Person, Seat,
    SeatRole, TeamChanged, compose::Draft,
};
use relais_proto::care as pb;
use relais_types::{CaseId, DeviceId, DeviceName, EntryId, GroupId, SeatId, Timestamp};

pub(crate) const CASE: CaseId = GroupId::from_bytes([0xca; 16]);
pub(crate) const PARTNER: CaseId = GroupId::from_bytes([0xcb; 16]);
/// 2026-03-02T09:00:00Z, a Monday.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_772_442_000_000_000);

/// People of the world: 0 specialist, 1 physician, 2 navigator, 3 social worker, and
/// 4 to 7 colleagues of theirs who hold no seat at first.
pub(crate) const PEOPLE: [(&str, &str); 8] = [
    ("hopital.internal", "Dre Isabelle Gagnon"),
    ("clinique.internal", "Dr. Sam Okafor"),
    ("hopital.internal", "Amélie Roy"),
    ("popote.internal", "Luc Tremblay"),
    ("hopital.internal", "Dr. Wei Chen"),
    ("clinique.internal", "Dre Marie Côté"),
    ("hopital.internal", "Jo Lavoie"),
    ("popote.internal", "Nadia Benali"),
];

/// Seats of the world, one for each of the first four people.
pub(crate) const SEATS: [(&str, SeatRole); 4] = [
    ("hopital.internal", SeatRole::Specialist),
    ("clinique.internal", SeatRole::PrimaryCarePhysician),
    ("hopital.internal", SeatRole::Navigator),
    ("popote.internal", SeatRole::CommunityWorker),
];

pub(crate) fn device(person: usize) -> DeviceName {
    let id = u8::try_from(person).unwrap();
    DeviceName {
        organisation: PEOPLE[person].0.parse().unwrap(),
        practitioner: relais_types::PractitionerId::from_bytes([0x10 + id; 16]),
        device: DeviceId::from_bytes([0x80 + id; 16]),
    }
}

pub(crate) fn person(index: usize) -> Person {
    Person {
        name: device(index).practitioner_name(),
        display_name: PEOPLE[index].1.to_owned(),
    }
}

pub(crate) fn seat_id(index: usize) -> SeatId {
    SeatId::from_bytes([0x50 + u8::try_from(index).unwrap(); 16])
}

pub(crate) fn seat(index: usize) -> Seat {
    let (organisation, role) = SEATS[index];
    Seat {
        id: seat_id(index),
        role,
        organisation: organisation.parse().unwrap(),
        organisation_display_name: organisation.to_owned(),
    }
}

pub(crate) fn occupancy(seat: usize, holder: Option<usize>) -> Occupancy {
    Occupancy {
        seat: seat_id(seat),
        person: holder.map(person),
    }
}

/// The seat that each of the people has by default: the colleagues share their colleague's.
pub(crate) fn usual_seat(person: usize) -> usize {
    person % 4
}

/// A conversation's log as the server orders it.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) case: CaseId,
    pub(crate) entries: Vec<Logged>,
    next_seq: u64,
}

impl Log {
    pub(crate) fn new(case: CaseId) -> Self {
        Self {
            case,
            entries: Vec::new(),
            next_seq: 1,
        }
    }

    /// A log whose first entry opens the team's case with everybody seated.
    pub(crate) fn opened() -> Self {
        let mut log = Self::new(CASE);
        log.open(2, ConversationKind::Team, &[0, 1, 2, 3]);
        log
    }

    pub(crate) fn open(
        &mut self,
        by: usize,
        conversation: ConversationKind,
        seats: &[usize],
    ) -> EntryId {
        let opened = CaseOpened {
            title: "Retour à domicile".to_owned(),
            purpose: "Support at home after a stay in hospital".to_owned(),
            patient: Some(Patient {
                display_name: "M. T.".to_owned(),
                birth_date: "1948-02-29".to_owned(),
                language: "fr-CA".to_owned(),
            }),
            conversation,
            seats: seats.iter().map(|&index| seat(index)).collect(),
            occupancies: seats
                .iter()
                .map(|&index| occupancy(index, Some(index)))
                .collect(),
        };
        let entry = self.draft(by, usual_seat(by)).case_opened(opened).unwrap();
        self.push(by, entry)
    }

    /// Id of the next entry; deterministic, and sorted unlike the log.
    pub(crate) fn next_id(&self) -> EntryId {
        let mut bytes = [self.case.as_bytes()[0]; 16];
        bytes[..8].copy_from_slice(
            &self
                .next_seq
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .to_be_bytes(),
        );
        EntryId::from_bytes(bytes)
    }

    pub(crate) fn draft(&self, by: usize, seat: usize) -> Draft {
        Draft::new(
            self.case,
            self.next_id(),
            &person(by),
            Some(seat_id(seat)),
            START,
            Language::French,
        )
    }

    pub(crate) fn push(&mut self, by: usize, entry: pb::Entry) -> EntryId {
        self.push_with(by, entry, Vec::new())
    }

    pub(crate) fn push_with(
        &mut self,
        by: usize,
        entry: pb::Entry,
        relayed: Vec<Logged>,
    ) -> EntryId {
        let seconds = std::time::Duration::from_secs(self.next_seq);
        let logged = Logged {
            seq: self.next_seq,
            accepted_at: START.plus(seconds),
            author: device(by),
            entry,
            relayed,
        };
        let id = logged.id();
        self.entries.push(logged);
        // Commits take numbers, too.
        self.next_seq += 1 + self.next_seq % 2;
        id
    }

    pub(crate) fn say(&mut self, by: usize, text: &str) -> EntryId {
        let entry = self.draft(by, usual_seat(by)).text(text).unwrap();
        self.push(by, entry)
    }

    pub(crate) fn seat_person(&mut self, by: usize, seat: usize, holder: Option<usize>) -> EntryId {
        let changed = TeamChanged {
            seats_added: Vec::new(),
            occupancies: vec![occupancy(seat, holder)],
            reason: "Changement de quart".to_owned(),
            history: relais_care::HistoryPolicy::All,
        };
        let entry = self
            .draft(by, usual_seat(by))
            .team_changed(changed)
            .unwrap();
        self.push(by, entry)
    }

    /// Relays everything of a partner conversation into this case.
    pub(crate) fn relay(&mut self, by: usize, conversation: &Self) -> EntryId {
        let carried = conversation
            .entries
            .iter()
            .map(|logged| pb::RelayedEntry {
                seq: logged.seq,
                accept_time: Some(relais_proto::to_proto_time(logged.accepted_at)),
                entry: Some(pb::SignedEntry {
                    entry: Bytes::from(prost::Message::encode_to_vec(&logged.entry)),
                    ..pb::SignedEntry::default()
                }),
            })
            .collect();
        let entry = self
            .draft(by, usual_seat(by))
            .relayed(conversation.case, carried)
            .unwrap();
        self.push_with(by, entry, conversation.entries.clone())
    }

    pub(crate) fn view(&self) -> CaseView {
        CaseView::reduce(self.case, &self.entries)
    }
}

/// The view as it is printed.
pub(crate) fn json(view: &CaseView) -> serde_json::Value {
    serde_json::to_value(view).unwrap()
}
