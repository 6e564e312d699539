//! How long it takes to reduce a case of 10,000 entries, and one more entry.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use relais_care::{
    CaseOpened, CaseView, ConversationKind, Language, Logged, LoopState, Occupancy, Person,
    Receipt, Seat, SeatRole, Task, Transition, compose::Draft,
};
use relais_proto::care as pb;
use relais_types::{
    CaseId, DeviceId, DeviceName, EntryId, GroupId, PractitionerId, SeatId, Timestamp,
};

const CASE: CaseId = GroupId::from_bytes([0xca; 16]);
const START: Timestamp = Timestamp::from_micros(1_772_442_000_000_000);
const PEOPLE: usize = 8;
const ENTRIES: usize = 10_000;

fn byte(number: usize) -> u8 {
    u8::try_from(number % 256).unwrap()
}

fn device(person: usize) -> DeviceName {
    DeviceName {
        organisation: ["hopital.internal", "clinique.internal"][person % 2]
            .parse()
            .unwrap(),
        practitioner: PractitionerId::from_bytes([byte(0x10 + person); 16]),
        device: DeviceId::from_bytes([byte(0x80 + person); 16]),
    }
}

fn seat(person: usize) -> SeatId {
    SeatId::from_bytes([byte(0x50 + person); 16])
}

fn entry_id(seq: usize) -> EntryId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&u64::try_from(seq).unwrap().to_be_bytes());
    EntryId::from_bytes(bytes)
}

fn opening() -> CaseOpened {
    let person = |number| Person {
        name: device(number).practitioner_name(),
        display_name: format!("Dre Personne {number}"),
    };
    CaseOpened {
        title: "Retour à domicile".to_owned(),
        purpose: String::new(),
        patient: None,
        conversation: ConversationKind::Team,
        seats: (0..PEOPLE)
            .map(|number| Seat {
                id: seat(number),
                role: SeatRole::NurseCaseManager,
                organisation: device(number).organisation,
                organisation_display_name: "Hôpital".to_owned(),
            })
            .collect(),
        occupancies: (0..PEOPLE)
            .map(|number| Occupancy {
                seat: seat(number),
                person: Some(person(number)),
            })
            .collect(),
    }
}

/// A busy case: every fifth entry a text, a task, its two steps, and a receipt for all four.
fn log(entries: usize) -> Vec<Logged> {
    let mut log = Vec::with_capacity(entries);
    for seq in 1..=entries {
        let by = seq / 5 % PEOPLE;
        let other = (by + 1) % PEOPLE;
        let write = |by: usize, write: &dyn Fn(Draft) -> pb::Entry| {
            let person = Person {
                name: device(by).practitioner_name(),
                display_name: format!("Dre Personne {by}"),
            };
            let draft = Draft::new(
                CASE,
                entry_id(seq),
                &person,
                Some(seat(by)),
                START,
                Language::French,
            );
            (by, write(draft))
        };
        let step = |back: usize, to| {
            move |draft: Draft| {
                let step = Transition::new(entry_id(seq - back), to).note("Voici.");
                draft.transition(step).unwrap()
            }
        };
        let (by, entry) = match (seq, seq % 5) {
            (1, _) => write(by, &|draft| draft.case_opened(opening()).unwrap()),
            (_, 2) => write(by, &|draft| {
                let task = Task {
                    what: "Appeler la pharmacie avant midi".to_owned(),
                    due: None,
                };
                draft.task(seat(other), task).unwrap()
            }),
            (_, 3) => write(other, &step(1, LoopState::Accepted)),
            (_, 4) => write(other, &step(2, LoopState::Done)),
            (_, 0) if seq > 5 => write((seq / 5 + 3) % PEOPLE, &|draft| {
                let ids: Vec<_> = (seq - 4..seq).map(entry_id).collect();
                let receipt = Receipt {
                    delivered: ids.clone(),
                    read: ids,
                    acknowledged: Vec::new(),
                };
                draft.receipt(receipt).unwrap()
            }),
            _ => write(by, &|draft| {
                draft
                    .text("Poids 64,2 kg ce matin, pas d’œdème, tension 128/74.")
                    .unwrap()
            }),
        };
        let seq = u64::try_from(seq).unwrap();
        log.push(Logged {
            seq,
            accepted_at: START.plus(std::time::Duration::from_secs(seq)),
            author: device(by),
            entry,
            relayed: Vec::new(),
        });
    }
    log
}

fn reduce(criterion: &mut Criterion) {
    let log = log(ENTRIES + 1);
    let (last, before) = log.split_last().unwrap();
    let view = CaseView::reduce(CASE, before);
    assert_eq!(
        view.timeline
            .iter()
            .filter(|i| i.rejected.is_some())
            .count(),
        0
    );
    criterion.bench_function("reduce 10,000 entries", |bencher| {
        bencher.iter_with_large_drop(|| CaseView::reduce(CASE, before));
    });
    criterion.bench_function("one more entry after 10,000", |bencher| {
        bencher.iter_batched_ref(
            || view.clone(),
            |view| view.apply(last).unwrap(),
            BatchSize::LargeInput,
        );
    });
    criterion.bench_function("ask whether one more entry would be rejected", |bencher| {
        bencher.iter(|| view.would_reject(&last.author, &last.entry));
    });
    criterion.bench_function("digest of 10,000 entries", |bencher| {
        bencher.iter(|| view.digest());
    });
}

criterion_group!(benches, reduce);
criterion_main!(benches);
