//! What follows from what is asked: who becomes accountable, who sits where, what may be shared.

use std::time::Duration;

use relais_care::{
    Actor, Attachment, Cancellation, CaseView, ConsentStanding, DeclineReason, FileDigest,
    HandoverScope, InformationClass, Language, LoopKind, LoopState, Party, Receipt, Rejection,
    Retraction, Transition,
};
use relais_types::EntryId;

use crate::{
    asking::{ask, consent, handover, referral},
    world::{Log, START, person, seat_id},
};

const SPECIALIST: usize = 0;
const PHYSICIAN: usize = 1;
const NAVIGATOR: usize = 2;
const COMMUNITY: usize = 3;

fn step(log: &mut Log, by: usize, target: EntryId, to: LoopState) -> EntryId {
    take(log, by, Transition::new(target, to).note("Voici."))
}

fn take(log: &mut Log, by: usize, transition: Transition) -> EntryId {
    let entry = log.draft(by, by).transition(transition).unwrap();
    log.push(by, entry)
}

fn rejection(view: &CaseView, id: EntryId) -> Option<Rejection> {
    view.item(id).unwrap().rejected.map(|r| r.reason)
}

fn cancel(log: &mut Log, by: usize, target: EntryId) -> EntryId {
    let cancellation = Cancellation {
        target,
        reason: "Hospitalisé de nouveau".to_owned(),
    };
    let entry = log.draft(by, by).cancellation(cancellation).unwrap();
    log.push(by, entry)
}

#[test]
fn a_seat_that_is_handed_over_keeps_its_obligations() {
    let mut log = Log::opened();
    let task = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, SPECIALIST);
    let offer = log
        .draft(SPECIALIST, SPECIALIST)
        .handover(seat_id(NAVIGATOR), handover(HandoverScope::Seat))
        .unwrap();
    let offered = log.push(SPECIALIST, offer);
    assert!(
        log.view()
            .team
            .holds(&person(SPECIALIST).name, seat_id(SPECIALIST))
    );

    step(&mut log, NAVIGATOR, offered, LoopState::Accepted);
    let view = log.view();
    let seat = view.team.seat(seat_id(SPECIALIST)).unwrap();
    assert!(seat.is_held_by(&person(NAVIGATOR).name));
    assert_eq!(seat.former, [person(SPECIALIST)]);
    let asked = view.find_loop(task).unwrap();
    assert_eq!(asked.owner, seat_id(SPECIALIST));
    assert!(asked.moved.is_empty());
    let me = person(NAVIGATOR).name;
    assert!(
        view.open_items(&me)
            .iter()
            .any(|item| item.asked.id == task)
    );
}

#[test]
fn a_seat_is_handed_over_within_its_organisation_and_by_its_holder() {
    let mut log = Log::opened();
    let draft = log.draft(SPECIALIST, SPECIALIST);
    let entry = draft.handover(seat_id(PHYSICIAN), handover(HandoverScope::Seat));
    let elsewhere = log.push(SPECIALIST, entry.unwrap());
    let draft = log.draft(SPECIALIST, SPECIALIST);
    let entry = draft.handover(seat_id(SPECIALIST), handover(HandoverScope::Seat));
    let itself = log.push(SPECIALIST, entry.unwrap());
    let draft = log.draft(SPECIALIST, SPECIALIST);
    let entry = draft.handover(seat_id(NAVIGATOR), handover(HandoverScope::Seat));
    let offered = log.push(SPECIALIST, entry.unwrap());
    // Meanwhile a colleague has been put on the seat.
    log.seat_person(PHYSICIAN, SPECIALIST, Some(4));
    let late = step(&mut log, NAVIGATOR, offered, LoopState::Accepted);
    let view = log.view();
    assert_eq!(
        rejection(&view, elsewhere),
        Some(Rejection::WrongOrganisation)
    );
    assert_eq!(rejection(&view, itself), Some(Rejection::SameSeat));
    assert_eq!(rejection(&view, late), Some(Rejection::SeatChanged));
    assert!(view.team.holds(&person(4).name, seat_id(SPECIALIST)));
    assert!(view.find_loop(offered).unwrap().is_open());
}

#[test]
fn accepted_obligations_move_to_the_other_seat_and_declined_ones_stay() {
    let mut log = Log::opened();
    let owned = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, SPECIALIST);
    let asked = ask(
        &mut log,
        SPECIALIST,
        SPECIALIST,
        LoopKind::Consult,
        PHYSICIAN,
    );
    let done = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, SPECIALIST);
    step(&mut log, SPECIALIST, done, LoopState::Declined);
    for (answer, owner) in [
        (LoopState::Declined, SPECIALIST),
        (LoopState::Accepted, COMMUNITY),
    ] {
        let kind = LoopKind::Handover;
        let offered = ask(&mut log, SPECIALIST, SPECIALIST, kind, COMMUNITY);
        step(&mut log, COMMUNITY, offered, answer);
        let view = log.view();
        assert_eq!(view.find_loop(owned).unwrap().owner, seat_id(owner));
        assert_eq!(view.find_loop(asked).unwrap().requester, seat_id(owner));
        assert_eq!(view.accountable(owned), Some(seat_id(owner)));
    }
    let view = log.view();
    let moved = &view.find_loop(owned).unwrap().moved;
    assert_eq!((moved.len(), moved[0].party), (1, Party::Owner));
    let settled = view.find_loop(done).unwrap();
    assert_eq!(settled.owner, seat_id(SPECIALIST), "what is settled stays");
    // The one who had it cannot act on it any more, the one who has it can.
    let by_former = step(&mut log, SPECIALIST, owned, LoopState::Accepted);
    let by_present = step(&mut log, COMMUNITY, owned, LoopState::Accepted);
    let view = log.view();
    assert_eq!(rejection(&view, by_former), Some(Rejection::WrongParty));
    assert_eq!(rejection(&view, by_present), None);
}

#[test]
fn a_result_is_reassigned_only_when_accepted() {
    let mut log = Log::opened();
    let kind = LoopKind::ResultFollowUp;
    let result = ask(&mut log, SPECIALIST, SPECIALIST, kind, PHYSICIAN);
    let offer = |log: &mut Log| {
        let mut offer = Transition::new(result, LoopState::ReassignmentOffered);
        offer.nominee = Some(seat_id(NAVIGATOR));
        take(log, PHYSICIAN, offer)
    };
    offer(&mut log);
    let view = log.view();
    let offered = view.find_loop(result).unwrap();
    assert_eq!(offered.owner, seat_id(PHYSICIAN), "still accountable");
    assert_eq!(offered.awaited_seat(), Some(seat_id(NAVIGATOR)));

    step(&mut log, NAVIGATOR, result, LoopState::Sent);
    let view = log.view();
    let refused = view.find_loop(result).unwrap();
    assert_eq!((refused.owner, refused.nominee), (seat_id(PHYSICIAN), None));

    offer(&mut log);
    step(&mut log, NAVIGATOR, result, LoopState::Acknowledged);
    let view = log.view();
    let accepted = view.find_loop(result).unwrap();
    assert_eq!(accepted.owner, seat_id(NAVIGATOR));
    assert_eq!(accepted.state, LoopState::Acknowledged);
    assert_eq!(accepted.moved.len(), 1);
}

#[test]
fn what_is_not_under_way_is_cancelled_at_once_and_the_rest_on_request() {
    let mut log = Log::opened();
    let early = ask(
        &mut log,
        NAVIGATOR,
        NAVIGATOR,
        LoopKind::Referral,
        COMMUNITY,
    );
    cancel(&mut log, NAVIGATOR, early);
    let late = ask(
        &mut log,
        NAVIGATOR,
        NAVIGATOR,
        LoopKind::Referral,
        COMMUNITY,
    );
    step(&mut log, COMMUNITY, late, LoopState::Accepted);
    step(&mut log, COMMUNITY, late, LoopState::InProgress);
    let foreign = cancel(&mut log, COMMUNITY, late);
    cancel(&mut log, NAVIGATOR, late);
    let view = log.view();
    assert_eq!(rejection(&view, foreign), Some(Rejection::WrongParty));
    assert_eq!(view.find_loop(early).unwrap().state, LoopState::Cancelled);
    let asked = view.find_loop(late).unwrap();
    assert_eq!(asked.state, LoopState::AbortRequested);
    assert_eq!(asked.history.last().unwrap().note, "Hospitalisé de nouveau");

    // Refused once, then accepted.
    step(&mut log, COMMUNITY, late, LoopState::InProgress);
    assert_eq!(
        log.view().find_loop(late).unwrap().state,
        LoopState::InProgress
    );
    cancel(&mut log, NAVIGATOR, late);
    step(&mut log, COMMUNITY, late, LoopState::Cancelled);
    let again = cancel(&mut log, NAVIGATOR, late);
    let view = log.view();
    assert!(view.find_loop(late).unwrap().is_settled());
    assert_eq!(rejection(&view, again), Some(Rejection::NotInCatalogue));
}

#[test]
fn whoever_is_referred_elsewhere_is_referred_somewhere() {
    let mut log = Log::opened();
    let asked = ask(
        &mut log,
        NAVIGATOR,
        NAVIGATOR,
        LoopKind::Referral,
        COMMUNITY,
    );
    let mut decline = Transition::new(asked, LoopState::Declined);
    decline.decline_reason = Some(DeclineReason::ReferredElsewhere);
    let nowhere = take(&mut log, COMMUNITY, decline.clone());
    decline.alternative = "Repas du quartier".to_owned();
    let somewhere = take(&mut log, COMMUNITY, decline);
    let view = log.view();
    assert_eq!(
        rejection(&view, nowhere),
        Some(Rejection::AlternativeRequired)
    );
    assert_eq!(rejection(&view, somewhere), None);
}

#[test]
fn a_suggestion_leads_to_a_referral_and_stays_open_until_the_suggester_closes() {
    let mut log = Log::opened();
    let kind = LoopKind::ResourceSuggestion;
    let suggested = ask(&mut log, COMMUNITY, COMMUNITY, kind, NAVIGATOR);
    step(&mut log, NAVIGATOR, suggested, LoopState::Accepted);
    let draft = log.draft(NAVIGATOR, NAVIGATOR).in_reply_to(suggested);
    let entry = draft.referral(seat_id(COMMUNITY), referral()).unwrap();
    let referred = log.push(NAVIGATOR, entry);
    let view = log.view();
    let suggestion = view.find_loop(suggested).unwrap();
    assert_eq!(suggestion.state, LoopState::Referred);
    assert_eq!(suggestion.history.last().unwrap().entry, referred);
    assert_eq!(suggestion.awaits, Some(Party::Requester));
}

#[test]
fn an_acknowledgement_is_a_step_where_the_catalogue_has_one() {
    let mut log = Log::opened();
    for kind in [LoopKind::DischargeNotice, LoopKind::MedicationChange] {
        let asked = ask(&mut log, SPECIALIST, SPECIALIST, kind, PHYSICIAN);
        let receipt = Receipt {
            acknowledged: vec![asked],
            ..Receipt::default()
        };
        let entry = log.draft(PHYSICIAN, PHYSICIAN).receipt(receipt).unwrap();
        log.push(PHYSICIAN, entry);
        let view = log.view();
        let asked = view.find_loop(asked).unwrap();
        assert_eq!(asked.state, LoopState::Acknowledged, "{kind}");
        assert!(asked.is_open(), "acknowledged is not acted on");
    }
}

#[test]
fn consent_scopes_what_may_be_shared_until_it_is_withdrawn() {
    let mut log = Log::opened();
    let said = log.say(NAVIGATOR, "Vit seul");
    let entry = log
        .draft(NAVIGATOR, NAVIGATOR)
        .consent(seat_id(NAVIGATOR), consent())
        .unwrap();
    let recorded = log.push(NAVIGATOR, entry);
    let popote = Actor::Organisation("popote.internal".parse().unwrap());
    let clinic = Actor::Organisation("clinique.internal".parse().unwrap());
    let later = START.plus(Duration::from_hours(1));
    let may = |log: &Log, actor: &Actor, class, at| {
        let view = log.view();
        let item = view.item(said).unwrap();
        let with = std::slice::from_ref(actor);
        view.offer(item, with, Some(class), at).is_ok()
    };
    let social = InformationClass::Social;
    assert!(!may(&log, &popote, social, later), "only proposed");
    step(&mut log, NAVIGATOR, recorded, LoopState::Active);
    assert!(may(&log, &popote, social, later));
    assert!(!may(&log, &clinic, social, later));
    assert!(!may(&log, &popote, InformationClass::Clinical, later));
    let before = relais_types::Timestamp::from_micros(START.as_micros() - 1);
    assert!(!may(&log, &popote, social, before));
    let view = log.view();
    let in_force = view.find_loop(recorded).unwrap();
    assert!(!in_force.is_open() && !in_force.is_settled());
    let standing = |log: &Log| log.view().consent_standing(&popote, later);
    assert_eq!(standing(&log), ConsentStanding::InForce(recorded));
    step(&mut log, NAVIGATOR, recorded, LoopState::Withdrawn);
    assert!(!may(&log, &popote, social, later));
    assert_eq!(standing(&log), ConsentStanding::NotInForce(recorded));
    let elsewhere = log.view().consent_standing(&clinic, later);
    assert_eq!(elsewhere, ConsentStanding::NotRecorded);
}

#[test]
fn a_retraction_leaves_a_tombstone_and_what_took_effect_is_taken_back_instead() {
    let mut log = Log::opened();
    let retract = |log: &mut Log, target| {
        let retraction = Retraction {
            target,
            reason: "Mauvais patient".to_owned(),
        };
        let entry = log.draft(PHYSICIAN, PHYSICIAN).retraction(retraction);
        log.push(PHYSICIAN, entry.unwrap())
    };
    let attachment = Attachment {
        media_type: "application/pdf".to_owned(),
        size: 12_345,
        digest: FileDigest::from_bytes([0xab; 32]),
        file_name: "bilan.pdf".to_owned(),
        caption: String::new(),
    };
    let entry = log.draft(PHYSICIAN, PHYSICIAN).attachment(attachment);
    let file = log.push(PHYSICIAN, entry.unwrap());
    assert!(
        log.view()
            .item(file)
            .unwrap()
            .text(Language::English)
            .contains("12345 bytes")
    );
    retract(&mut log, file);
    let task = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, SPECIALIST);
    let refused = retract(&mut log, task);
    let view = log.view();
    assert!(view.item(file).unwrap().is_withdrawn());
    assert_eq!(rejection(&view, refused), Some(Rejection::MustBeTakenBack));
}

#[test]
fn what_is_replaced_is_ones_own_and_not_open() {
    let mut log = Log::opened();
    let said = log.say(PHYSICIAN, "Mardi");
    let task = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, SPECIALIST);
    let replace = |log: &mut Log, by, target| {
        let entry = log.draft(by, by).supersedes(target).text("Mercredi");
        log.push(by, entry.unwrap())
    };
    let foreign = replace(&mut log, SPECIALIST, said);
    let open = replace(&mut log, PHYSICIAN, task);
    let own = replace(&mut log, PHYSICIAN, said);
    let view = log.view();
    assert_eq!(rejection(&view, foreign), Some(Rejection::NotTheAuthor));
    assert_eq!(rejection(&view, open), Some(Rejection::MustBeTakenBack));
    assert_eq!(view.item(said).unwrap().superseded_by, Some(own));
}
