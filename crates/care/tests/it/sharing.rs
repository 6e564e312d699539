//! What may be shared, what was, and how it ends.

use std::time::Duration;

use proptest::{collection::vec, prelude::*};
use relais_care::{
    AccessEndedCause, Actor, CaseView, Consent, Content, ConversationKind, Correction, FileDigest,
    InformationClass, Language, LoopState, Rejection, Sensitivity, Transition, Withheld,
};
use relais_types::{EntryId, Timestamp};

use crate::{
    asking::{consent, referral},
    program::{programs, run},
    properties::config,
    world::{CASE, Log, PARTNER, START, person, seat_id},
};

const NAVIGATOR: usize = 2;
const PARTNER_WORKER: usize = 3;

fn popote() -> Actor {
    Actor::Organisation("popote.internal".parse().unwrap())
}

/// A case without the partner on the team.
fn team() -> Log {
    let mut log = Log::new(CASE);
    log.open(NAVIGATOR, ConversationKind::Team, &[0, 1, 2]);
    log
}

fn record(log: &mut Log, consent: Consent) -> EntryId {
    let entry = log
        .draft(NAVIGATOR, NAVIGATOR)
        .consent(seat_id(NAVIGATOR), consent);
    let recorded = log.push(NAVIGATOR, entry.unwrap());
    step(log, recorded, LoopState::Active);
    recorded
}

fn step(log: &mut Log, target: EntryId, to: LoopState) {
    let step = Transition::new(target, to).note("Dit la patiente.");
    let entry = log.draft(NAVIGATOR, NAVIGATOR).transition(step).unwrap();
    log.push(NAVIGATOR, entry);
}

fn share(log: &Log, partner: &mut Log, item: EntryId, at: Timestamp) -> Result<(), Withheld> {
    let view = log.view();
    let item = view.item(item).unwrap();
    let with = view.actors_in(&partner.view());
    let offer = view.offer(item, &with, Some(InformationClass::Social), at)?;
    let digest = FileDigest::from_bytes([1; 32]);
    let excerpt = view.excerpt(partner.case, item, &offer, digest, Language::French);
    let entry = partner
        .draft(NAVIGATOR, NAVIGATOR)
        .excerpt(excerpt)
        .unwrap();
    partner.push(NAVIGATOR, entry);
    Ok(())
}

#[test]
fn the_team_sees_what_was_shared_with_whom_and_by_which_consent() {
    let mut log = team();
    let mut partner = Log::new(PARTNER);
    partner.open(
        NAVIGATOR,
        ConversationKind::Partner,
        &[NAVIGATOR, PARTNER_WORKER],
    );
    let said = log.say(NAVIGATOR, "Vit seule au troisième étage.");
    let other = log.say(NAVIGATOR, "Rien à voir.");
    let recorded = record(&mut log, consent());
    let later = START.plus(Duration::from_hours(1));
    share(&log, &mut partner, said, later).unwrap();
    log.relay(NAVIGATOR, &partner);

    let view = log.view();
    let shares = view.shares();
    let [shared] = &shares[..] else {
        panic!("{} shares", shares.len())
    };
    assert_eq!(shared.original, said);
    assert_eq!(shared.consents, [recorded]);
    assert!(shared.is_faithful);
    assert_eq!(shared.conversation.case, PARTNER);
    assert!(view.shares().iter().all(|shared| shared.original != other));

    // The partner learns who said it and what for, and none of the ids by which the team knows it.
    let seen = partner.view();
    let copy = seen.timeline.last().unwrap();
    let Content::Excerpt(excerpt) = &copy.content else {
        panic!("not an excerpt")
    };
    assert_eq!(excerpt.author_display_name, person(NAVIGATOR).display_name);
    assert_eq!(excerpt.purpose, "Repas à domicile");
    let told = format!("{}{}", serde_json::to_string(copy).unwrap(), copy.fallback);
    for secret in [CASE.to_string(), said.to_string(), recorded.to_string()] {
        assert!(!told.contains(&secret), "{secret}");
    }
}

#[test]
fn a_copy_that_says_something_else_is_not_faithful() {
    let mut log = team();
    let mut partner = Log::new(PARTNER);
    partner.open(
        NAVIGATOR,
        ConversationKind::Partner,
        &[NAVIGATOR, PARTNER_WORKER],
    );
    let said = log.say(NAVIGATOR, "Vit seule.");
    record(&mut log, consent());
    let view = log.view();
    let item = view.item(said).unwrap();
    let offer = view
        .offer(item, &[popote()], Some(InformationClass::Social), START)
        .unwrap();
    let digest = FileDigest::from_bytes([1; 32]);
    let mut excerpt = view.excerpt(PARTNER, item, &offer, digest, Language::French);
    excerpt.text = "Vit avec sa fille.".to_owned();
    let entry = partner
        .draft(NAVIGATOR, NAVIGATOR)
        .excerpt(excerpt)
        .unwrap();
    partner.push(NAVIGATOR, entry);
    log.relay(NAVIGATOR, &partner);
    assert!(!log.view().shares()[0].is_faithful);
}

#[test]
fn a_copy_is_taken_back_but_never_reworded_and_shows_when_its_original_was_corrected() {
    let mut log = team();
    let mut partner = Log::new(PARTNER);
    partner.open(
        NAVIGATOR,
        ConversationKind::Partner,
        &[NAVIGATOR, PARTNER_WORKER],
    );
    let said = log.say(NAVIGATOR, "Deuxième étage.");
    record(&mut log, consent());
    share(&log, &mut partner, said, START).unwrap();
    let copy = partner.entries.last().unwrap().id();
    let correct = |log: &mut Log, target, replacement: &str| {
        let correction = Correction {
            target,
            reason: "Erreur".to_owned(),
            replacement: replacement.to_owned(),
        };
        let entry = log.draft(NAVIGATOR, NAVIGATOR).correction(correction);
        log.push(NAVIGATOR, entry.unwrap())
    };
    correct(&mut log, said, "Troisième étage.");
    let reworded = correct(&mut partner, copy, "Troisième étage.");
    let why = partner.view().item(reworded).unwrap().rejected.unwrap();
    assert_eq!(why.reason, Rejection::NotCorrectable);
    let mut before = log.clone();
    before.relay(NAVIGATOR, &partner);
    let view = before.view();
    let shared = &view.shares()[0];
    assert!(shared.is_faithful && !shared.is_current);

    correct(&mut partner, copy, "");
    log.relay(NAVIGATOR, &partner);
    assert!(log.view().shares()[0].copy.is_withdrawn());
}

#[test]
fn what_may_not_be_shared_says_why() {
    let mut log = team();
    let text = log.say(NAVIGATOR, "Vit seule.");
    let draft = log.draft(NAVIGATOR, NAVIGATOR);
    let entry = draft
        .sensitivity(Sensitivity::Restricted)
        .text("Entre nous.")
        .unwrap();
    let restricted = log.push(NAVIGATOR, entry);
    let opening = log.entries[0].id();
    let social = Some(InformationClass::Social);
    let why = |log: &Log, entry, class| {
        let view = log.view();
        view.offer(view.item(entry).unwrap(), &[popote()], class, START)
            .unwrap_err()
    };
    assert_eq!(why(&log, text, social), Withheld::NotRecorded);
    let recorded = record(&mut log, consent());
    assert_eq!(why(&log, text, None), Withheld::NoClass);
    assert_eq!(
        why(&log, text, Some(InformationClass::Clinical)),
        Withheld::NotCovered
    );
    assert_eq!(why(&log, restricted, social), Withheld::Restricted);
    assert_eq!(why(&log, opening, social), Withheld::NothingToShare);
    assert_eq!(
        why(&log, recorded, social),
        Withheld::NothingToShare,
        "a consent itself"
    );
    step(&mut log, recorded, LoopState::Withdrawn);
    assert_eq!(why(&log, text, social), Withheld::NotInForce);
}

#[test]
fn a_type_that_is_always_of_a_sort_cannot_be_passed_for_another() {
    let mut log = team();
    let change = relais_care::MedicationChange {
        drug: "Furosémide".to_owned(),
        old_regimen: "40 mg".to_owned(),
        new_regimen: "80 mg".to_owned(),
        reason: "Œdème".to_owned(),
        informed: false,
    };
    let entry = log
        .draft(0, 0)
        .medication_change(seat_id(1), change)
        .unwrap();
    let asked = log.push(0, entry);
    record(&mut log, consent());
    let view = log.view();
    let item = view.item(asked).unwrap();
    let social = Some(InformationClass::Social);
    let offered = view.offer(item, &[popote()], social, START);
    assert_eq!(offered, Err(Withheld::NotCovered));
}

#[test]
fn access_that_ends_leaves_the_seat_vacant_and_nothing_more_is_asked_or_copied() {
    let mut log = team();
    let mut partner = Log::new(PARTNER);
    partner.open(
        NAVIGATOR,
        ConversationKind::Partner,
        &[NAVIGATOR, PARTNER_WORKER],
    );
    let entry = partner
        .draft(NAVIGATOR, NAVIGATOR)
        .referral(seat_id(PARTNER_WORKER), referral())
        .unwrap();
    let asked = partner.push(NAVIGATOR, entry);
    let ended = relais_care::AccessEnded {
        seats: vec![seat_id(PARTNER_WORKER)],
        cause: AccessEndedCause::ConsentWithdrawn,
        conversation_ends: true,
    };
    let entry = partner
        .draft(NAVIGATOR, NAVIGATOR)
        .access_ended(ended.clone())
        .unwrap();
    partner.push(NAVIGATOR, entry);
    let entry = partner
        .draft(NAVIGATOR, NAVIGATOR)
        .referral(seat_id(PARTNER_WORKER), referral())
        .unwrap();
    let late = partner.push(NAVIGATOR, entry);
    let seen = partner.view();
    assert_eq!(
        seen.item(late).unwrap().rejected.unwrap().reason,
        Rejection::ConversationEnded
    );
    assert!(seen.team.seat(seat_id(PARTNER_WORKER)).unwrap().is_vacant());
    log.relay(NAVIGATOR, &partner);
    let view = log.view();
    let interrupted: Vec<_> = view.interrupted().map(|(_, asked)| asked.id).collect();
    assert_eq!(interrupted, [asked]);

    // In the team's own case nobody's access ends like this.
    let entry = log.draft(NAVIGATOR, NAVIGATOR).access_ended(ended).unwrap();
    let misplaced = log.push(NAVIGATOR, entry);
    let reason = log.view().item(misplaced).unwrap().rejected.unwrap().reason;
    assert_eq!(reason, Rejection::NotALinkedConversation);
}

#[test]
fn a_caregiver_is_told_by_name_and_the_patient_needs_nobody() {
    let view = team().view();
    let kind = ConversationKind::Patient;
    let caregiver = person(5).name;
    let as_whom = |roles: &[relais_care::SeatRole]| view.actor(kind, &caregiver, roles);
    assert_eq!(as_whom(&[relais_care::SeatRole::Patient]), None);
    let named = Actor::Person(caregiver.clone());
    assert_eq!(
        as_whom(&[relais_care::SeatRole::Caregiver]),
        Some(named.clone())
    );
    assert!(consent().names(&named));
    let colleague = Actor::Person(person(1).name);
    assert!(!consent().names(&colleague), "their clinic is not enough");
    assert_eq!(view.actor(kind, &person(0).name, &[]), None, "of the team");
}

/// What happens to consents, and what is shared.
#[derive(Clone, Debug)]
enum Move {
    Record {
        classes: Vec<usize>,
        from: i8,
        until: Option<i8>,
    },
    Settle(usize, bool),
    Say(bool),
    Share(usize, usize),
    Pass(u8),
    Relay,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        2 => (vec(0..InformationClass::ALL.len(), 1..4), -20..20_i8, proptest::option::of(1..40_i8))
            .prop_map(|(classes, from, length)| Move::Record {
                classes,
                from,
                until: length.map(|length| from.saturating_add(length)),
            }),
        3 => (0..16_usize, any::<bool>()).prop_map(|(which, ends)| Move::Settle(which, ends)),
        2 => any::<bool>().prop_map(Move::Say),
        5 => (0..64_usize, 0..InformationClass::ALL.len()).prop_map(|(entry, class)| Move::Share(entry, class)),
        2 => (1..20_u8).prop_map(Move::Pass),
        1 => Just(Move::Relay),
    ];
    vec(one, 1..40)
}

fn at(offset: i8) -> Timestamp {
    Timestamp::from_micros(START.as_micros() + i64::from(offset) * 3_600_000_000)
}

/// Told without the code under test: some consent that stands covers it.
fn is_covered(view: &CaseView, class: InformationClass, now: Timestamp) -> bool {
    view.loops.iter().any(|asked| {
        let Some(Content::Consent(consent)) = view.item(asked.id).map(|item| &item.content) else {
            return false;
        };
        asked.state == LoopState::Active
            && consent
                .actors
                .iter()
                .any(|actor| actor.as_str() == "popote.internal")
            && consent.classes.contains(&class)
            && consent.start <= now
            && consent.end.is_none_or(|end| now < end)
    })
}

proptest! {
    #![proptest_config(config())]

    /// Whatever is recorded, withdrawn and shared in whatever order: nothing is offered that no
    /// consent in force covers, what was shared is found again, and everybody sees the same.
    #[test]
    fn nothing_outside_consent_is_offered(moves in moves()) {
        let mut log = team();
        let mut partner = Log::new(PARTNER);
        partner.open(NAVIGATOR, ConversationKind::Partner, &[NAVIGATOR, PARTNER_WORKER]);
        let (mut hour, mut shared, mut relayed) = (0_i8, 0, 0);
        for next in moves {
            match next {
                Move::Record { classes, from, until } => {
                    let entry = log.draft(NAVIGATOR, NAVIGATOR).consent(seat_id(NAVIGATOR), Consent {
                        classes: classes.iter().map(|&class| InformationClass::ALL[class]).collect(),
                        start: at(from),
                        end: until.map(at),
                        ..consent()
                    });
                    if let Ok(entry) = entry {
                        log.push(NAVIGATOR, entry);
                    }
                }
                Move::Settle(which, ends) => {
                    let view = log.view();
                    let all: Vec<_> = view.consents().map(|(id, state, _)| (id, state)).collect();
                    if let Some((id, state)) = all.get(which % all.len().max(1)) {
                        let to = match (state, ends) {
                            (LoopState::Proposed, true) => LoopState::Rejected,
                            (LoopState::Proposed, false) => LoopState::Active,
                            _ => LoopState::Withdrawn,
                        };
                        step(&mut log, *id, to);
                    }
                }
                Move::Say(restricted) => {
                    let sensitivity = if restricted { Sensitivity::Restricted } else { Sensitivity::Normal };
                    let entry = log.draft(0, 0).sensitivity(sensitivity).text("Bonjour").unwrap();
                    log.push(0, entry);
                }
                Move::Share(entry, class) => {
                    let view = log.view();
                    let item = &view.timeline[entry % view.timeline.len()];
                    let class = InformationClass::ALL[class];
                    let now = at(hour);
                    if let Ok(offer) = view.offer(item, &[popote()], Some(class), now) {
                        prop_assert_eq!(item.rejected, None);
                        prop_assert_eq!(item.envelope.sensitivity, Sensitivity::Normal);
                        prop_assert!(!offer.classes.is_empty() && offer.classes.contains(&class));
                        for &class in &offer.classes {
                            prop_assert!(is_covered(&view, class, now));
                        }
                        let digest = FileDigest::from_bytes([1; 32]);
                        let excerpt = view.excerpt(PARTNER, item, &offer, digest, Language::French);
                        let entry = partner.draft(NAVIGATOR, NAVIGATOR).excerpt(excerpt).unwrap();
                        partner.push(NAVIGATOR, entry);
                        shared += 1;
                    }
                }
                Move::Pass(hours) => hour = hour.saturating_add(i8::try_from(hours).unwrap()),
                Move::Relay => {
                    log.relay(NAVIGATOR, &partner);
                    relayed = shared;
                }
            }
            let view = log.view();
            let ended = view.consent_ended(&popote(), at(hour));
            let any = InformationClass::ALL.iter().any(|&class| is_covered(&view, class, at(hour)));
            prop_assert!(!(any && ended.is_some()));
        }
        let view = log.view();
        prop_assert_eq!(view.shares().len(), relayed);
        prop_assert!(view.shares().iter().all(|shared| shared.is_faithful));
        let reversed = CaseView::reduce(CASE, log.entries.iter().rev());
        prop_assert_eq!(reversed.digest(), view.digest());
    }

    /// Whatever else happens in a case: a copy is only ever traced to an entry of it that can be
    /// copied, and where a conversation has ended everything open in it is interrupted.
    #[test]
    fn what_was_shared_is_traced_and_what_ended_is_interrupted(program in programs()) {
        let view = run(&program).view();
        for shared in view.shares() {
            prop_assert!(view.item(shared.original).is_some());
            prop_assert!(shared.copy.rejected.is_none());
            prop_assert!(view.linked.contains_key(&shared.conversation.case));
        }
        let interrupted = view.interrupted().count();
        let open = view.linked.values().filter(|linked| linked.ended.is_some());
        let open = open.flat_map(|linked| &linked.loops).filter(|asked| asked.is_open());
        prop_assert_eq!(interrupted, open.count());
        prop_assert_eq!(&view.ended, &None);
    }
}
