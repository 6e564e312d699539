//! What somebody who holds a seat, and means harm, cannot do with relays and with size.

use prost::Message as _;
use relais_care::{
    CaseView, ConversationKind, Language, Logged, LoopState, Referral, Rejection, Transition,
    compose::MAX_ENTRY_BYTES, is_shareable, max_bytes,
};
use relais_proto::care as pb;
use relais_types::EntryId;

use crate::world::{CASE, Log, PARTNER, device, json, seat_id, usual_seat};

const PHYSICIAN: usize = 1;
const NAVIGATOR: usize = 2;
const COMMUNITY: usize = 3;
const SUCCESSOR: usize = 6;

/// A partner conversation in which the navigator asked for something.
fn partner() -> (Log, EntryId) {
    let mut partner = Log::new(PARTNER);
    partner.open(
        NAVIGATOR,
        ConversationKind::Partner,
        &[NAVIGATOR, COMMUNITY],
    );
    let referral = Referral {
        service: None,
        service_display_name: "Popote roulante".to_owned(),
        reason: "Repas".to_owned(),
        needs: vec!["Repas chauds".to_owned()],
        consent: "Verbal".to_owned(),
        outcome_wanted: "Repas livrés".to_owned(),
    };
    let entry = partner
        .draft(NAVIGATOR, NAVIGATOR)
        .referral(seat_id(COMMUNITY), referral)
        .unwrap();
    let asked = partner.push(NAVIGATOR, entry);
    (partner, asked)
}

fn answer(partner: &mut Log, asked: EntryId, to: LoopState) {
    let entry = partner
        .draft(COMMUNITY, COMMUNITY)
        .transition(Transition::new(asked, to).note("Dès lundi."))
        .unwrap();
    partner.push(COMMUNITY, entry);
}

fn reason(view: &CaseView, id: EntryId) -> Option<Rejection> {
    let item = view.item(id).unwrap();
    item.rejected.map(|rejected| rejected.reason)
}

/// An opening that the physician signs, for a conversation they are not in.
fn forged(seq: u64) -> Log {
    let mut forged = Log::new(PARTNER);
    forged.open(PHYSICIAN, ConversationKind::Partner, &[PHYSICIAN]);
    forged.entries[0].seq = seq;
    forged
}

#[test]
fn a_linked_conversation_belongs_to_whoever_relayed_it_first() {
    let (mut partner, asked) = partner();
    let mut log = Log::opened();
    log.relay(NAVIGATOR, &partner);
    let theirs = log.relay(PHYSICIAN, &forged(0));
    answer(&mut partner, asked, LoopState::Accepted);
    let true_but_theirs = log.relay(PHYSICIAN, &partner);
    log.relay(NAVIGATOR, &partner);

    let view = log.view();
    for refused in [theirs, true_but_theirs] {
        assert_eq!(reason(&view, refused), Some(Rejection::RelayedByAnother));
    }
    let linked = &view.linked[&PARTNER];
    assert_eq!(json(linked), json(&partner.view()));
    assert_eq!(
        linked.find_loop(asked).unwrap().state,
        LoopState::Accepted,
        "the partner's step counts"
    );
    let text = Rejection::RelayedByAnother;
    assert!(text.label(Language::English).contains("Another person"));
    assert!(text.label(Language::French).contains("autre personne"));

    // Nor does a successor on the same seat take it over.
    log.seat_person(NAVIGATOR, NAVIGATOR, Some(SUCCESSOR));
    let entry = log
        .draft(SUCCESSOR, NAVIGATOR)
        .relayed(PARTNER, Vec::new())
        .unwrap();
    let id = log.push(SUCCESSOR, entry);
    assert_eq!(reason(&log.view(), id), Some(Rejection::RelayedByAnother));
}

#[test]
fn what_was_relayed_stands_and_numbers_ascend() {
    let (mut partner, asked) = partner();
    let mut log = Log::opened();
    log.relay(NAVIGATOR, &forged(0));
    let empty = log.view().linked[&PARTNER].clone();
    assert!(!empty.is_opened() && empty.timeline.is_empty(), "no seq 0");

    log.relay(NAVIGATOR, &partner);
    let before = log.view().linked[&PARTNER].clone();
    // Late, equal and descending numbers, also within one packet.
    let last = partner.entries.last().unwrap().seq;
    answer(&mut partner, asked, LoopState::Accepted);
    let step = partner.entries.pop().unwrap();
    for seq in [0, 1, last] {
        let mut late = partner.clone();
        late.entries = vec![Logged {
            seq,
            ..step.clone()
        }];
        log.relay(NAVIGATOR, &late);
    }
    assert_eq!(json(&log.view().linked[&PARTNER]), json(&before));

    let mut mixed = partner.clone();
    let high = Logged {
        seq: last + 7,
        ..step.clone()
    };
    let mut low = partner.draft(COMMUNITY, COMMUNITY).text("avant").unwrap();
    low.id = EntryId::from_bytes([0x77; 16]).into();
    mixed.push(COMMUNITY, low);
    let low = mixed.entries.pop().unwrap();
    mixed.entries = vec![
        high,
        Logged {
            seq: last + 6,
            ..low
        },
    ];
    log.relay(NAVIGATOR, &mixed);
    let view = log.view();
    let linked = &view.linked[&PARTNER];
    assert_eq!(linked.find_loop(asked).unwrap().state, LoopState::Accepted);
    assert_eq!(linked.timeline.len(), before.timeline.len() + 1);

    let mut live = CaseView::new(CASE);
    for logged in &log.entries {
        live.apply(logged).unwrap();
    }
    assert_eq!(live.digest(), view.digest(), "entry by entry or at once");
}

/// A text whose serialized entry has exactly this many bytes.
fn sized(log: &Log, by: usize, bytes: usize) -> pb::Entry {
    let mut entry = log.draft(by, usual_seat(by)).text("x").unwrap();
    entry.fallback = String::new();
    entry.fallback = "x".repeat(bytes - entry.encoded_len() - 4);
    assert_eq!(entry.encoded_len(), bytes);
    entry
}

#[test]
fn what_cannot_be_shared_again_takes_no_effect_and_no_place() {
    let mut log = Log::opened();
    let largest = sized(&log, NAVIGATOR, MAX_ENTRY_BYTES);
    assert!(is_shareable(&largest) && max_bytes(&largest) == MAX_ENTRY_BYTES);
    let shown = log.push(NAVIGATOR, largest);
    let newcomers = log.clone();

    let too_large = sized(&log, NAVIGATOR, MAX_ENTRY_BYTES + 1);
    assert!(!is_shareable(&too_large));
    let refused = log
        .view()
        .would_reject(&device(NAVIGATOR), &too_large)
        .unwrap();
    assert_eq!(refused.reason, Rejection::TooLarge);
    assert!(refused.text(Language::French).contains("volumineuse"));
    let hidden = log.push(NAVIGATOR, too_large);

    let view = log.view();
    assert_eq!(reason(&view, shown), None);
    assert!(view.item(hidden).is_none());
    let seq = log.entries.last().unwrap().seq;
    assert_eq!(view.left_out()[&seq].reason, Rejection::TooLarge);
    assert_eq!(
        view.digest(),
        newcomers.view().digest(),
        "newcomers are not given it"
    );
}

#[test]
fn what_is_too_large_takes_neither_the_first_place_nor_an_id() {
    let mut log = Log::new(CASE);
    let too_large = sized(&log, NAVIGATOR, MAX_ENTRY_BYTES + 1);
    let id = too_large.id.clone();
    log.push(NAVIGATOR, too_large);
    log.open(NAVIGATOR, ConversationKind::Team, &[NAVIGATOR, PHYSICIAN]);
    let mut small = log.draft(NAVIGATOR, NAVIGATOR).text("petit").unwrap();
    small.id = id;
    let small = log.push(NAVIGATOR, small);
    let view = log.view();
    assert!(view.is_opened());
    assert_eq!(reason(&view, small), None);

    // The same within what is relayed.
    let (mut partner, _) = partner();
    let too_large = sized(&partner, COMMUNITY, MAX_ENTRY_BYTES + 1);
    let through = partner.clone();
    partner.push(COMMUNITY, too_large);
    let carrier = log.draft(NAVIGATOR, NAVIGATOR).relayed(PARTNER, Vec::new());
    log.push_with(NAVIGATOR, carrier.unwrap(), partner.entries.clone());
    assert_eq!(
        json(&log.view().linked[&PARTNER]),
        json(&through.view()),
        "it is left out there, too"
    );
}
