//! Entries of a case as any member may write them, reduced to a case view.

use prost::Message as _;
use relais_care::{
    CaseOpened, CaseView, ConversationKind, Language, Logged, Occupancy, Patient, Person, Seat,
    SeatRole, Statement, Task, compose::Draft,
};
use relais_proto::{care, from_proto_time};
use relais_types::{
    CaseId, DeviceId, DeviceName, EntryId, GroupId, PractitionerId, SeatId, Timestamp,
};

use super::Seed;

const CASE: CaseId = GroupId::from_bytes([0x63; 16]);
const START: Timestamp = Timestamp::from_micros(1_795_300_000_000_000);

/// One of three people.
fn person(number: u64) -> (Person, DeviceName) {
    let number = u8::try_from(number % 3).unwrap_or(0);
    let organisation = ["hospital.internal", "clinic.internal", "community.internal"];
    let device = DeviceName {
        organisation: organisation[usize::from(number)].parse().expect("a domain"),
        practitioner: PractitionerId::from_bytes([0x10 + number; 16]),
        device: DeviceId::from_bytes([0x80 + number; 16]),
    };
    let display_name = ["Ana", "Bo", "Cy"][usize::from(number)].to_owned();
    (
        Person {
            name: device.practitioner_name(),
            display_name,
        },
        device,
    )
}

fn seat(number: u8) -> SeatId {
    SeatId::from_bytes([0x50 + number; 16])
}

/// A log as a `History` on the wire: entries with their places, whose signatures have been
/// verified by then. Who signed each is told by its number.
fn log(input: &[u8]) -> Vec<Logged> {
    let Ok(history) = care::History::decode(input) else {
        return Vec::new();
    };
    history
        .entries
        .into_iter()
        .take(64)
        .filter_map(|it| logged(it, 0))
        .collect()
}

fn logged(relayed: care::RelayedEntry, depth: u8) -> Option<Logged> {
    let entry = care::Entry::decode(relayed.entry?.entry).ok()?;
    let accepted_at = relayed.accept_time.as_ref();
    let accepted_at = accepted_at.and_then(|time| from_proto_time("time", time).ok());
    let within = match &entry.body {
        Some(care::entry::Body::Relayed(body)) if depth == 0 => {
            let inner = body.entries.iter().take(16).cloned();
            inner.filter_map(|it| logged(it, 1)).collect()
        }
        _ => Vec::new(),
    };
    Some(Logged {
        seq: relayed.seq,
        accepted_at: accepted_at.unwrap_or(START),
        author: person(relayed.seq).1,
        entry,
        relayed: within,
    })
}

/// The same log gives the same view, however it arrives, and everything of it can be shown.
pub fn run(input: &[u8]) {
    let log = log(input);
    let view = CaseView::reduce(CASE, &log);
    assert_eq!(view.digest(), CaseView::reduce(CASE, &log).digest());
    assert_eq!(
        view.digest(),
        CaseView::reduce(CASE, log.iter().rev()).digest(),
        "the order tells"
    );

    let mut grown = CaseView::reduce(CASE, []);
    // A store holds one entry a number, so that is all that is ever applied one by one.
    let numbered = log.windows(2).all(|pair| pair[0].seq < pair[1].seq);
    let in_order = log.iter().all(|logged| {
        drop(Statement::parse(&logged.entry));
        grown.apply(logged).is_ok()
    });
    if in_order && numbered {
        assert_eq!(
            view.digest(),
            grown.digest(),
            "one by one is not all at once"
        );
    }

    for item in &view.timeline {
        for language in [Language::English, Language::French] {
            assert!(item.text(language).len() <= 256 * 1024);
        }
    }
    let json = serde_json::to_string(&view).expect("a view is JSON");
    assert!(
        json.len() <= 64 * (input.len() + 1_024),
        "{} bytes",
        json.len()
    );
    let (me, _) = person(0);
    for asked in &view.loops {
        let _ = view.possible_steps(asked.id, &me.name);
    }
    drop(view.pending_receipts(&me.name));
    drop(view.open_items(&me.name));
}

fn entry(seq: u64, write: impl FnOnce(Draft) -> care::Entry) -> care::RelayedEntry {
    let (author, _) = person(seq);
    let number = u8::try_from(seq).unwrap_or(0);
    let seat = seat(u8::try_from(seq % 3).unwrap_or(0));
    let id = EntryId::from_bytes([number; 16]);
    let entry = write(Draft::new(
        CASE,
        id,
        &author,
        Some(seat),
        START,
        Language::English,
    ));
    care::RelayedEntry {
        seq,
        accept_time: None,
        entry: Some(care::SignedEntry {
            entry: entry.encode_to_vec().into(),
            ..care::SignedEntry::default()
        }),
    }
}

pub(super) fn opening() -> CaseOpened {
    let seats = |number: u8| {
        let (person, device) = person(u64::from(number));
        let seat = Seat {
            id: seat(number),
            role: SeatRole::PrimaryCarePhysician,
            organisation: device.organisation,
            organisation_display_name: "Somewhere".to_owned(),
        };
        let occupancy = Occupancy {
            seat: seat.id,
            person: Some(person),
        };
        (seat, occupancy)
    };
    let (seats, occupancies) = (0..3).map(seats).unzip();
    CaseOpened {
        title: "A case".to_owned(),
        purpose: String::new(),
        patient: Some(Patient {
            display_name: "P.".to_owned(),
            birth_date: "1948-02-29".to_owned(),
            language: "fr".to_owned(),
        }),
        conversation: ConversationKind::Team,
        seats,
        occupancies,
    }
}

/// A whole little case, and parts of it.
pub fn seeds() -> Vec<Seed> {
    let task = Task {
        what: "Call her".to_owned(),
        due: None,
    };
    let first = entry(3, |draft| draft.case_opened(opening()).expect("an opening"));
    let text = entry(4, |draft| draft.text("Bonjour").expect("a text"));
    let asked = entry(6, |draft| draft.task(seat(1), task).expect("a task"));
    let step = entry(7, |draft| {
        let done = relais_care::Transition::new(
            EntryId::from_bytes([6; 16]),
            relais_care::LoopState::Accepted,
        );
        draft.transition(done).expect("a step")
    });
    let all = [first, text, asked, step];
    (1..=all.len())
        .map(|length| {
            let entries = all[..length].to_vec();
            let history = care::History {
                entries,
                remaining: 0,
                ..care::History::default()
            };
            (format!("first-{length}"), history.encode_to_vec())
        })
        .collect()
}
