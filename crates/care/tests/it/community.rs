//! Groups without a patient: what is possible in them, and notices that each seat acknowledges.

use relais_care::{
    AcknowledgementRequest, CaseOpened, CaseView, ConversationKind, LoopKind, Occupancy, Patient,
    Receipt, Rejection, catalogue,
};
use relais_types::EntryId;

use crate::{
    asking::ask,
    world::{CASE, Log, occupancy, person, seat, seat_id},
};

const SPECIALIST: usize = 0;
const PHYSICIAN: usize = 1;
const NAVIGATOR: usize = 2;
const COMMUNITY: usize = 3;

fn opening(patient: Option<Patient>) -> CaseOpened {
    CaseOpened {
        title: "Insuffisance cardiaque".to_owned(),
        purpose: String::new(),
        patient,
        conversation: ConversationKind::Community,
        seats: (0..4).map(seat).collect(),
        occupancies: (0..4)
            .map(|index| occupancy(index, Some(index)))
            .collect::<Vec<Occupancy>>(),
    }
}

fn group() -> Log {
    let mut log = Log::new(CASE);
    let entry = log
        .draft(NAVIGATOR, NAVIGATOR)
        .case_opened(opening(None))
        .unwrap();
    log.push(NAVIGATOR, entry);
    log
}

fn rejection(view: &CaseView, id: EntryId) -> Option<Rejection> {
    view.item(id)
        .unwrap()
        .rejected
        .map(|rejected| rejected.reason)
}

#[test]
fn no_patient_is_possible() {
    let patient = Patient {
        display_name: "M. T.".to_owned(),
        birth_date: String::new(),
        language: String::new(),
    };
    let mut log = Log::new(CASE);
    let draft = log.draft(NAVIGATOR, NAVIGATOR);
    let refused = draft
        .case_opened(opening(Some(patient.clone())))
        .unwrap_err();
    assert_eq!(refused.field, "case_opened.patient");
    // Nor for whoever writes past the composer.
    let mut entry = log
        .draft(NAVIGATOR, NAVIGATOR)
        .case_opened(opening(None))
        .unwrap();
    let Some(relais_proto::care::entry::Body::CaseOpened(opened)) = &mut entry.body else {
        unreachable!("an opening");
    };
    opened.patient = Some(relais_proto::care::Patient {
        display_name: patient.display_name,
        ..Default::default()
    });
    let id = log.push(NAVIGATOR, entry);
    let view = log.view();
    assert_eq!(rejection(&view, id), Some(Rejection::Malformed));
    assert!(!view.is_opened() && view.patient.is_none());
}

#[test]
fn what_is_asked_for_a_patient_is_refused_and_the_rest_is_not() {
    for &kind in LoopKind::ALL {
        // Each kind by a seat that may ask for it elsewhere.
        let allowed = (0..4).find(|&by| {
            let mut team = Log::opened();
            let id = ask(&mut team, by, by, kind, (by + 1) % 4);
            rejection(&team.view(), id).is_none()
        });
        let by = allowed.unwrap();
        let mut log = group();
        let id = ask(&mut log, by, by, kind, (by + 1) % 4);
        let expected = catalogue::needs_patient(kind).then_some(Rejection::NoPatientHere);
        assert_eq!(rejection(&log.view(), id), expected, "{kind}");
    }
}

#[test]
fn each_seat_owes_its_own_acknowledgement_of_a_notice() {
    let mut log = group();
    let notice = log.say(NAVIGATOR, "La clinique ferme à 16 h vendredi.");
    let mut asked = Vec::new();
    for seat in [SPECIALIST, PHYSICIAN, COMMUNITY] {
        let request = AcknowledgementRequest {
            what: "La clinique ferme à 16 h vendredi.".to_owned(),
        };
        let draft = log.draft(NAVIGATOR, NAVIGATOR).in_reply_to(notice);
        let entry = draft
            .acknowledgement_request(seat_id(seat), request)
            .unwrap();
        asked.push(log.push(NAVIGATOR, entry));
    }
    let receipt = Receipt {
        acknowledged: asked.clone(),
        ..Receipt::default()
    };
    let entry = log.draft(PHYSICIAN, PHYSICIAN).receipt(receipt).unwrap();
    log.push(PHYSICIAN, entry);
    let view = log.view();
    let notices = view.notices();
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].0.id, notice);
    let has: Vec<_> = notices[0]
        .1
        .iter()
        .map(|asked| (asked.owner, asked.acknowledged.is_some()))
        .collect();
    // One person's acknowledgement counts for their own seat.
    assert_eq!(
        has,
        [
            (seat_id(SPECIALIST), false),
            (seat_id(PHYSICIAN), true),
            (seat_id(COMMUNITY), false)
        ]
    );
    let mine = view.pending_receipts(&person(COMMUNITY).name).acknowledged;
    assert_eq!(mine, [asked[2]]);
}
