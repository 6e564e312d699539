//! One realistic case, from the consult to the closed referral.

use relais_care::{
    CaseView, Consult, ConsultClass, ConversationKind, Correction, DeclineReason, Language,
    LoopKind, LoopState, Party, Receipt, Referral, Rejection, Task, Transition,
};
use relais_types::EntryId;

use crate::world::{CASE, Log, PARTNER, START, device, json, person, seat_id};

const SPECIALIST: usize = 0;
const PHYSICIAN: usize = 1;
const NAVIGATOR: usize = 2;
const COMMUNITY: usize = 3;
const NEW_PHYSICIAN: usize = 5;

fn consult() -> Consult {
    Consult {
        specialty: "Néphrologie".to_owned(),
        question: "Faut-il ajuster la metformine ?".to_owned(),
        class: ConsultClass::Advice,
    }
}

fn referral() -> Referral {
    Referral {
        service: None,
        service_display_name: "Popote roulante".to_owned(),
        reason: "Vit seul, ne cuisine plus.".to_owned(),
        needs: vec!["Repas livrés".to_owned()],
        consent: "Nom, adresse et allergies".to_owned(),
        outcome_wanted: "Trois repas par semaine".to_owned(),
    }
}

fn step(log: &mut Log, by: usize, seat: usize, transition: Transition) -> EntryId {
    let entry = log.draft(by, seat).transition(transition).unwrap();
    log.push(by, entry)
}

fn acknowledge(log: &mut Log, by: usize, entries: &[EntryId]) -> EntryId {
    let receipt = Receipt {
        delivered: entries.to_vec(),
        read: entries.to_vec(),
        acknowledged: entries.to_vec(),
    };
    let entry = log.draft(by, by % 4).receipt(receipt).unwrap();
    log.push(by, entry)
}

fn rejection(view: &CaseView, id: EntryId) -> Option<Rejection> {
    view.item(id)
        .unwrap()
        .rejected
        .map(|rejected| rejected.reason)
}

#[test]
fn a_consult_stays_open_until_the_requester_closes_it() {
    let mut log = Log::opened();
    let entry = log
        .draft(PHYSICIAN, PHYSICIAN)
        .consult(seat_id(SPECIALIST), consult())
        .unwrap();
    let asked = log.push(PHYSICIAN, entry);
    let me = person(SPECIALIST).name;
    assert_eq!(log.view().open_items(&me).len(), 1);

    step(
        &mut log,
        SPECIALIST,
        SPECIALIST,
        Transition::new(asked, LoopState::InfoRequested).note("DFG récent ?"),
    );
    step(
        &mut log,
        PHYSICIAN,
        PHYSICIAN,
        Transition::new(asked, LoopState::Supplied).note("DFG 38"),
    );
    step(
        &mut log,
        SPECIALIST,
        SPECIALIST,
        Transition::new(asked, LoopState::Answered).note("Réduire de moitié."),
    );
    let view = log.view();
    let answered = view.find_loop(asked).unwrap();
    assert!(answered.is_open(), "answered is not closed");
    assert_eq!(answered.awaits, Some(Party::Requester));
    assert!(view.open_items(&me).is_empty());
    let closer = person(PHYSICIAN).name;
    let steps = view.possible_steps(asked, &closer);
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].1.to, LoopState::Closed);

    // The one who answered cannot close it; the requester can, once.
    let refused = step(
        &mut log,
        SPECIALIST,
        SPECIALIST,
        Transition::new(asked, LoopState::Closed),
    );
    let closed = step(
        &mut log,
        PHYSICIAN,
        PHYSICIAN,
        Transition::new(asked, LoopState::Closed),
    );
    let late = step(
        &mut log,
        PHYSICIAN,
        PHYSICIAN,
        Transition::new(asked, LoopState::Closed),
    );
    let view = log.view();
    assert_eq!(rejection(&view, refused), Some(Rejection::WrongParty));
    assert_eq!(rejection(&view, closed), None);
    assert_eq!(rejection(&view, late), Some(Rejection::NotInCatalogue));
    assert_eq!(view.find_loop(asked).unwrap().history.len(), 4);
}

#[test]
fn the_team_sees_the_loops_of_a_partner_conversation_by_the_same_rules() {
    let mut partner = Log::new(PARTNER);
    partner.open(
        NAVIGATOR,
        ConversationKind::Partner,
        &[NAVIGATOR, COMMUNITY],
    );
    let entry = partner
        .draft(NAVIGATOR, NAVIGATOR)
        .referral(seat_id(COMMUNITY), referral())
        .unwrap();
    let asked = partner.push(NAVIGATOR, entry);

    let mut log = Log::opened();
    log.relay(NAVIGATOR, &partner);
    let open = log.view();
    assert_eq!(
        open.linked[&PARTNER].find_loop(asked).unwrap().state,
        LoopState::Requested
    );

    let mut decline = Transition::new(asked, LoopState::Declined).note("Complet jusqu’en mai.");
    decline.decline_reason = Some(DeclineReason::NoCapacity);
    decline.alternative = "Repas du quartier".to_owned();
    step(&mut partner, COMMUNITY, COMMUNITY, decline);
    log.relay(NAVIGATOR, &partner);
    let view = log.view();
    let declined = view.linked[&PARTNER].find_loop(asked).unwrap();
    assert_eq!(declined.kind, LoopKind::Referral);
    assert_eq!(declined.state, LoopState::Declined);
    assert_eq!(
        declined.history[0].decline_reason,
        Some(DeclineReason::NoCapacity)
    );
    assert_eq!(declined.history[0].alternative, "Repas du quartier");
    assert_eq!(
        json(&view.linked[&PARTNER]),
        json(&partner.view()),
        "what the partner sees"
    );
    assert_eq!(json(&view)["timeline"][2]["content"]["entries"], 3);
    assert_eq!(view.all_loops().count(), 1);
    assert!(view.loops.is_empty(), "the team's own loops are its own");
}

#[test]
fn what_is_relayed_counts_as_it_comes_and_only_from_partners() {
    let mut partner = Log::new(PARTNER);
    partner.open(
        NAVIGATOR,
        ConversationKind::Partner,
        &[NAVIGATOR, COMMUNITY],
    );
    partner.say(NAVIGATOR, "Bonjour");
    let mut head = partner.clone();
    head.entries.truncate(1);
    let mut log = Log::opened();
    log.relay(NAVIGATOR, &head);
    assert_eq!(log.view().linked[&PARTNER].timeline.len(), 1);
    log.relay(NAVIGATOR, &partner);
    let linked = log.view().linked[&PARTNER].clone();
    assert!(linked.is_opened());
    assert_eq!(linked.timeline.len(), 2);
    assert!(linked.timeline.iter().all(|item| item.rejected.is_none()));

    // Another team's case, this case itself, and a relay within a partner conversation.
    let mut other = Log::new(PARTNER);
    other.open(NAVIGATOR, ConversationKind::Team, &[NAVIGATOR]);
    let team_case = log.relay(NAVIGATOR, &other);
    let itself = log.relay(NAVIGATOR, &Log::opened());
    partner.relay(NAVIGATOR, &other);
    let view = log.view();
    assert_eq!(
        rejection(&view, team_case),
        Some(Rejection::NotAPartnerConversation)
    );
    assert_eq!(
        rejection(&view, itself),
        Some(Rejection::NotAPartnerConversation)
    );
    let nested = partner.view();
    assert_eq!(
        nested.timeline.last().unwrap().rejected.map(|r| r.reason),
        Some(Rejection::NotATeamCase)
    );
}

#[test]
fn obligations_stay_with_the_seat_when_people_change() {
    let mut log = Log::opened();
    let entry = log
        .draft(SPECIALIST, SPECIALIST)
        .task(
            seat_id(PHYSICIAN),
            Task {
                what: "Contrôler la tension\nDeux fois par semaine".to_owned(),
                due: Some(START),
            },
        )
        .unwrap();
    let asked = log.push(SPECIALIST, entry);
    acknowledge(&mut log, PHYSICIAN, &[asked]);
    log.seat_person(NAVIGATOR, PHYSICIAN, Some(NEW_PHYSICIAN));
    let by_the_former = step(
        &mut log,
        PHYSICIAN,
        PHYSICIAN,
        Transition::new(asked, LoopState::Accepted),
    );
    let by_the_new = step(
        &mut log,
        NEW_PHYSICIAN,
        PHYSICIAN,
        Transition::new(asked, LoopState::Accepted),
    );
    let view = log.view();
    assert_eq!(
        rejection(&view, by_the_former),
        Some(Rejection::SeatNotHeld)
    );
    assert_eq!(rejection(&view, by_the_new), None);
    let task = view.find_loop(asked).unwrap();
    assert_eq!(task.title, "Contrôler la tension");
    assert_eq!(task.state, LoopState::Accepted);
    assert_eq!(
        task.acknowledged.as_ref().map(|mark| &mark.by),
        Some(&person(PHYSICIAN).name),
        "the seat acknowledged before the handover"
    );
    let receipts = view.receipts(asked).unwrap();
    assert!(receipts.of(&person(NEW_PHYSICIAN).name).is_none());
    assert!(receipts.of_seat(seat_id(PHYSICIAN)).unwrap().read.is_some());
    let unread: Vec<_> = view
        .who_has_not_read(asked)
        .iter()
        .map(|seat| seat.seat.id)
        .collect();
    assert_eq!(unread, [seat_id(NAVIGATOR), seat_id(COMMUNITY)]);
    assert_eq!(view.team.seat(seat_id(PHYSICIAN)).unwrap().former.len(), 1);
    assert_eq!(view.overdue(START).len(), 0);
    let week = std::time::Duration::from_hours(24 * 7);
    assert_eq!(
        view.overdue(START.plus(week)).len(),
        1,
        "due, but acknowledged"
    );
}

#[test]
fn only_the_owner_seat_acknowledges_for_a_seat() {
    let mut log = Log::opened();
    let entry = log
        .draft(SPECIALIST, SPECIALIST)
        .acknowledgement_request(
            seat_id(PHYSICIAN),
            relais_care::AcknowledgementRequest {
                what: "Allergie à la pénicilline".to_owned(),
            },
        )
        .unwrap();
    let asked = log.push(SPECIALIST, entry);
    let me = person(PHYSICIAN).name;
    assert_eq!(log.view().pending_receipts(&me).acknowledged, [asked]);
    acknowledge(&mut log, NAVIGATOR, &[asked]);
    let view = log.view();
    assert_eq!(view.find_loop(asked).unwrap().state, LoopState::Pending);
    let receipts = view.receipts(asked).unwrap();
    assert!(
        receipts
            .of(&person(NAVIGATOR).name)
            .unwrap()
            .acknowledged
            .is_some()
    );
    assert!(
        receipts
            .of_seat(seat_id(NAVIGATOR))
            .unwrap()
            .acknowledged
            .is_none()
    );

    acknowledge(&mut log, PHYSICIAN, &[asked]);
    let view = log.view();
    let request = view.find_loop(asked).unwrap();
    assert_eq!(request.state, LoopState::Acknowledged);
    assert_eq!(request.history[0].seat, seat_id(PHYSICIAN));
    assert!(view.pending_receipts(&me).acknowledged.is_empty());
    assert_eq!(view.receipts(asked).unwrap().counts(), [2, 2, 2]);
}

#[test]
fn authors_owe_no_receipt_for_their_own_words_and_nobody_for_a_receipt() {
    let mut log = Log::opened();
    let said = log.say(NAVIGATOR, "Bonjour");
    let receipt = acknowledge(&mut log, NAVIGATOR, &[said]);
    let view = log.view();
    assert!(view.receipts(said).unwrap().is_empty());
    assert!(
        view.item(receipt).is_none(),
        "receipts are not in the timeline"
    );
    for reader in [SPECIALIST, PHYSICIAN, COMMUNITY] {
        let pending = view.pending_receipts(&person(reader).name);
        assert_eq!(pending.delivered, [said]);
        assert_eq!(pending.read, [said]);
        assert!(pending.acknowledged.is_empty());
    }
    let own = view.pending_receipts(&person(NAVIGATOR).name);
    assert!(own.delivered.is_empty() && own.read.is_empty());
}

#[test]
fn a_correction_leaves_a_tombstone_and_only_its_author_makes_it() {
    let mut log = Log::opened();
    let said = log.say(PHYSICIAN, "Metformine 850 mg");
    let correct = |log: &mut Log, by: usize, target, replacement: &str| {
        let correction = Correction {
            target,
            reason: "Mauvais patient".to_owned(),
            replacement: replacement.to_owned(),
        };
        let entry = log.draft(by, by % 4).correction(correction).unwrap();
        log.push(by, entry)
    };
    let foreign = correct(&mut log, NAVIGATOR, said, "");
    let reworded = correct(&mut log, PHYSICIAN, said, "Metformine 500 mg");
    let view = log.view();
    assert_eq!(rejection(&view, foreign), Some(Rejection::NotTheAuthor));
    assert_eq!(rejection(&view, reworded), None);
    let item = view.item(said).unwrap();
    assert_eq!(item.text(Language::English), "Metformine 500 mg");
    assert!(!item.is_withdrawn());

    correct(&mut log, PHYSICIAN, said, "");
    assert!(log.view().item(said).unwrap().is_withdrawn());

    let entry = log
        .draft(PHYSICIAN, PHYSICIAN)
        .consult(seat_id(SPECIALIST), consult())
        .unwrap();
    let asked = log.push(PHYSICIAN, entry);
    let withdrawn = correct(&mut log, PHYSICIAN, asked, "");
    let reworded = correct(&mut log, PHYSICIAN, asked, "Et la dose du soir ?");
    let view = log.view();
    assert_eq!(
        rejection(&view, withdrawn),
        Some(Rejection::MustBeTakenBack)
    );
    assert_eq!(rejection(&view, reworded), None);
    assert_eq!(
        view.find_loop(asked).unwrap().summary,
        "Et la dose du soir ?"
    );
}

#[test]
fn unknown_and_malformed_entries_are_shown_and_harmless() {
    let mut log = Log::opened();
    let mut newer = log.draft(PHYSICIAN, PHYSICIAN).text("x").unwrap();
    newer.r#type = "relais.care.v2.Poll".to_owned();
    newer.body = None;
    newer.fallback = "Sondage : jeudi ou vendredi ?\u{1b}[2J".to_owned();
    let unknown = log.push(PHYSICIAN, newer);
    let mut later = log.draft(PHYSICIAN, PHYSICIAN).text("x").unwrap();
    later.type_version = 2;
    let later = log.push(PHYSICIAN, later);
    let mut broken = log.draft(PHYSICIAN, PHYSICIAN).text("x").unwrap();
    broken.id = vec![1, 2, 3].into();
    let broken = log.push(PHYSICIAN, broken);
    let view = log.view();

    let item = view.item(unknown).unwrap();
    assert_eq!(item.rejected, None);
    assert_eq!(
        item.text(Language::French),
        "Sondage : jeudi ou vendredi ?[2J"
    );
    assert_eq!(view.item(later).unwrap().content.code(), "unknown");
    let item = view.item(broken).unwrap();
    let rejected = item.rejected.unwrap();
    assert_eq!(
        (rejected.reason, rejected.field),
        (Rejection::Malformed, Some("id"))
    );
    assert_eq!(item.text(Language::French), "x");
    assert_eq!(
        view.pending_receipts(&person(SPECIALIST).name).delivered,
        [unknown, later]
    );
}

#[test]
fn nobody_passes_for_a_colleague() {
    let mut log = Log::opened();
    let mut entry = log.draft(PHYSICIAN, PHYSICIAN).text("Bonjour").unwrap();
    if let Some(author) = &mut entry.author {
        author.display_name = "Dre Isabelle Gagnon".to_owned();
    }
    let renamed = log.push(PHYSICIAN, entry);
    let entry = log.draft(SPECIALIST, SPECIALIST).text("Bonjour").unwrap();
    let forged = log.push(COMMUNITY, entry);
    let view = log.view();
    assert_eq!(
        view.item(renamed).unwrap().author.display_name,
        "Dr. Sam Okafor"
    );
    let forged = view.item(forged).unwrap();
    assert_eq!(
        forged.rejected.map(|r| r.reason),
        Some(Rejection::AuthorMismatch)
    );
    assert_eq!(forged.author.display_name, "Luc Tremblay");
    assert_eq!(forged.author.seat, None);
}

#[test]
fn a_client_can_ask_before_it_sends() {
    let log = Log::opened();
    let view = log.view();
    let before = view.digest();
    let good = log.draft(PHYSICIAN, PHYSICIAN).text("Bonjour").unwrap();
    assert_eq!(view.would_reject(&device(PHYSICIAN), &good), None);
    let reason = view
        .would_reject(&device(NEW_PHYSICIAN), &good)
        .map(|rejected| rejected.reason);
    assert_eq!(reason, Some(Rejection::AuthorMismatch));
    assert_eq!(view.digest(), before);
}

#[test]
fn the_printed_view_holds_readable_ids_and_codes() {
    let mut log = Log::opened();
    let said = log.say(NAVIGATOR, "Bonjour");
    let receipt = Receipt {
        delivered: vec![said],
        ..Receipt::default()
    };
    let entry = log.draft(PHYSICIAN, PHYSICIAN).receipt(receipt).unwrap();
    log.push(PHYSICIAN, entry);
    let printed = json(&log.view());
    assert_eq!(printed["case"], CASE.to_string());
    assert_eq!(printed["conversation"], "team");
    let item = &printed["timeline"][1];
    assert_eq!(item["id"], said.to_string());
    assert_eq!(item["type"], "relais.care.v1.Text");
    assert_eq!(item["content"]["kind"], "text");
    assert_eq!(item["content"]["text"], "Bonjour");
    assert_eq!(item["author"]["role"], "navigator");
    assert!(
        item["receipts"]["persons"][person(PHYSICIAN).name.to_string()]["delivered"].is_object()
    );
    assert_eq!(printed["team"][0]["role"], "specialist");
    assert!(!format!("{:?} {:?}", log.view(), log.entries).contains("Bonjour"));
}
