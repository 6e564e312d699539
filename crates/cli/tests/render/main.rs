//! What a case looks like in plain text and in the terminal client, from a fixed log.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use relais_care::{
    CaseOpened, CaseView, Consult, ConsultClass, ConversationKind, Correction, DeclineReason,
    Language, Logged, LoopState, Occupancy, Patient, Person, Priority, Receipt, Referral, Seat,
    SeatRole, Task, Transition, compose::Draft,
};
use relais_cli::render::{self, Reader, Style};
use relais_proto::care as pb;
use relais_types::{CaseId, DeviceId, DeviceName, EntryId, PractitionerId, SeatId, Timestamp};

mod access;
mod sharing;
mod tui;

/// 2026-03-02 09:00 UTC, a Monday.
const MORNING: i64 = 1_772_442_000_000_000;

/// Nobody in particular, a week later: the bloods are late.
const READER: Reader<'static> = Reader {
    me: None,
    now: Timestamp::from_micros(MORNING + 7 * 86_400_000_000),
};

/// A log in the making.
struct Script {
    case: CaseId,
    log: Vec<Logged>,
    seats: Vec<(Seat, Person)>,
}

impl Script {
    fn new() -> Self {
        let seat = |number: u8, role, organisation: &str, display_name: &str, person: &str| {
            let seat = Seat {
                id: SeatId::from_bytes([number; 16]),
                role,
                organisation: organisation.parse().unwrap(),
                organisation_display_name: display_name.to_owned(),
            };
            let name = format!(
                "organisations/{organisation}/practitioners/{}",
                PractitionerId::from_bytes([number; 16])
            );
            (
                seat,
                Person {
                    name: name.parse().unwrap(),
                    display_name: person.to_owned(),
                },
            )
        };
        let seats = vec![
            seat(
                1,
                SeatRole::Specialist,
                "sainte-luce.internal",
                "Hôpital Sainte-Luce",
                "Dre Nadia Benali",
            ),
            seat(
                2,
                SeatRole::PrimaryCarePhysician,
                "ruisseau.internal",
                "Clinique du Ruisseau",
                "Dr Priya Raman",
            ),
            seat(
                3,
                SeatRole::Navigator,
                "sainte-luce.internal",
                "Hôpital Sainte-Luce",
                "Amélie Roy",
            ),
        ];
        Self {
            case: CaseId::from_bytes([0x7f; 16]),
            log: Vec::new(),
            seats,
        }
    }

    fn seat(&self, at: usize) -> SeatId {
        self.seats[at].0.id
    }

    /// Appends what the holder of a seat writes.
    fn write<F>(
        &mut self,
        seat: Option<usize>,
        author: usize,
        language: Language,
        write: F,
    ) -> EntryId
    where
        F: FnOnce(Draft) -> Result<pb::Entry, relais_care::FieldError>,
    {
        let seq = self.log.len() as u64 + 2;
        let at = Timestamp::from_micros(MORNING).plus(Duration::from_secs(60 * seq));
        let id = EntryId::from_bytes([u8::try_from(seq).unwrap(); 16]);
        let person = &self.seats[author].1;
        let seat = seat.map(|seat| self.seat(seat));
        let entry = write(Draft::new(self.case, id, person, seat, at, language)).unwrap();
        let author = DeviceName {
            organisation: person.name.organisation.clone(),
            practitioner: person.name.practitioner,
            device: DeviceId::from_bytes([9; 16]),
        };
        self.log.push(Logged {
            seq,
            accepted_at: at,
            author,
            entry,
            relayed: Vec::new(),
        });
        id
    }

    fn open(&mut self) {
        let opened = CaseOpened {
            title: "Retour à domicile après insuffisance cardiaque".to_owned(),
            purpose: "Stabiliser les diurétiques et éviter une réhospitalisation.".to_owned(),
            patient: Some(Patient {
                display_name: "Marguerite Lavoie".to_owned(),
                birth_date: "1948-03-14".to_owned(),
                language: "fr-CA".to_owned(),
            }),
            conversation: ConversationKind::Team,
            seats: self.seats.iter().map(|(seat, _)| seat.clone()).collect(),
            occupancies: self
                .seats
                .iter()
                .map(|(seat, person)| Occupancy {
                    seat: seat.id,
                    person: Some(person.clone()),
                })
                .collect(),
        };
        self.write(None, 0, Language::French, |draft| draft.case_opened(opened));
    }

    fn say(&mut self, who: usize, language: Language, text: &'static str) -> EntryId {
        self.write(Some(who), who, language, |draft| draft.text(text))
    }

    fn step(&mut self, who: usize, transition: Transition) -> EntryId {
        self.write(Some(who), who, Language::English, |draft| {
            draft.transition(transition)
        })
    }

    fn receipt(&mut self, who: usize, receipt: Receipt) {
        self.write(None, who, Language::English, |draft| draft.receipt(receipt));
    }

    fn view(&self) -> CaseView {
        CaseView::reduce(self.case, &self.log)
    }
}

/// A case with something of everything.
fn story() -> CaseView {
    let mut script = Script::new();
    script.open();
    let hello = script.say(
        0,
        Language::French,
        "Bonjour à tous. Merci de garder ici tout ce qui la concerne.",
    );
    let family = script.seat(1);
    let consult = script.write(Some(0), 0, Language::French, |draft| {
        draft.priority(Priority::Urgent).consult(
            family,
            Consult {
                specialty: "Suivi de laboratoire".to_owned(),
                question: "Avez-vous une créatinine depuis le congé ?".to_owned(),
                class: ConsultClass::CoManage,
            },
        )
    });
    script.receipt(
        1,
        Receipt {
            delivered: vec![hello, consult],
            read: vec![hello, consult],
            acknowledged: vec![consult],
        },
    );
    script.step(
        1,
        Transition::new(consult, LoopState::Answered).note("Creatinine 148, potassium 5.4."),
    );
    let navigator = script.seat(2);
    script.write(Some(1), 1, Language::English, |draft| {
        draft.task(
            navigator,
            Task {
                what: "Book the bloods for Monday.".to_owned(),
                due: Some(Timestamp::from_micros(MORNING).plus(Duration::from_hours(72))),
            },
        )
    });
    let referral = script.write(Some(0), 0, Language::French, |draft| {
        draft.referral(
            navigator,
            Referral {
                service: None,
                service_display_name: "Télésurveillance".to_owned(),
                reason: "Poids instable.".to_owned(),
                needs: vec!["Balance connectée".to_owned()],
                consent: "Accord verbal.".to_owned(),
                outcome_wanted: "Trois semaines de poids.".to_owned(),
            },
        )
    });
    script.step(
        2,
        Transition {
            decline_reason: Some(DeclineReason::Waitlist),
            alternative: "Appels de l’infirmière.".to_owned(),
            ..Transition::new(referral, LoopState::Declined).note("Trois semaines d’attente.")
        },
    );
    let weight = script.say(2, Language::French, "Poids de ce matin : 46,2 kg.");
    script.write(Some(2), 2, Language::French, |draft| {
        draft.correction(Correction {
            target: weight,
            reason: "Chiffres inversés".to_owned(),
            replacement: "Poids de ce matin : 64,2 kg.".to_owned(),
        })
    });
    // The navigator is not asked: this has no effect, and says why.
    script.step(2, Transition::new(consult, LoopState::Closed));
    script.receipt(
        2,
        Receipt {
            delivered: vec![hello, consult],
            ..Receipt::default()
        },
    );
    script.view()
}

#[test]
fn a_case_in_english() {
    let style = Style {
        language: Language::English,
        width: 96,
    };
    insta::assert_snapshot!(render::case(&story(), READER, style));
}

#[test]
fn a_case_in_french_on_a_narrow_terminal() {
    let style = Style {
        language: Language::French,
        width: 64,
    };
    insta::assert_snapshot!(render::case(&story(), READER, style));
}

#[test]
fn the_receipts_of_an_entry() {
    let style = Style {
        language: Language::English,
        width: 96,
    };
    let view = story();
    let consult = view.timeline.iter().find(|item| item.seq == 4).unwrap();
    insta::assert_snapshot!(render::receipt_table(&view, consult, style));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [60, 80, 110] {
        for language in [Language::English, Language::French] {
            let text = render::case(&story(), READER, Style { language, width });
            for line in text.lines() {
                assert!(
                    unicode_width::UnicodeWidthStr::width(line) <= width,
                    "{width}: {line}"
                );
            }
        }
    }
}
