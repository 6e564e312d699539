//! Finding the right service: enquiries without a patient, who has asked already, what was not to
//! be had, and how commitments are kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use proptest::{collection::vec, prelude::*};
use relais_care::{
    Commitment, CommitmentKind, ConversationKind, Counted, DeclineReason, Likeness, LoopKind,
    LoopState, Rejection, Transition, UnmetReason, Wanted, adherence, capacity_answers, unmet_need,
};
use relais_types::{OrgDomain, ServiceName, Timestamp};

use crate::{
    asking::{ask, referral},
    properties::config,
    world::{CASE, Log, PARTNER, START, occupancy, person, seat, seat_id},
};

const HOUR: Duration = Duration::from_hours(1);

fn service(last: u8) -> ServiceName {
    format!("organisations/popote.internal/services/00000000-0000-0000-0000-0000000000{last:02x}")
        .parse()
        .unwrap()
}

/// A conversation of navigator and community worker, in which nobody is named.
fn enquiry() -> Log {
    let mut log = Log::new(PARTNER);
    let opened = relais_care::CaseOpened {
        title: "Popote roulante : places à H2J".to_owned(),
        purpose: String::new(),
        patient: None,
        conversation: ConversationKind::Enquiry,
        seats: vec![seat(2), seat(3)],
        occupancies: vec![occupancy(2, Some(2)), occupancy(3, Some(3))],
    };
    let entry = log.draft(2, 2).case_opened(opened).unwrap();
    log.push(2, entry);
    log
}

fn step(log: &mut Log, by: usize, transition: Transition) {
    let entry = log.draft(by, by).transition(transition).unwrap();
    log.push(by, entry);
}

#[test]
fn an_enquiry_is_not_opened_about_a_patient() {
    let log = Log::new(PARTNER);
    let opened = relais_care::CaseOpened {
        title: "Places".to_owned(),
        purpose: String::new(),
        patient: Some(relais_care::Patient {
            display_name: "M. T.".to_owned(),
            birth_date: String::new(),
            language: String::new(),
        }),
        conversation: ConversationKind::Enquiry,
        seats: vec![seat(2)],
        occupancies: vec![occupancy(2, Some(2))],
    };
    let refused = log.draft(2, 2).case_opened(opened).unwrap_err();
    assert_eq!(refused.field, "case_opened.patient");
}

#[test]
fn nothing_about_a_patient_is_asked_in_an_enquiry() {
    let allowed = [
        LoopKind::CapacityEnquiry,
        LoopKind::AcknowledgementRequest,
        LoopKind::Escalation,
        LoopKind::Handover,
    ];
    for &kind in LoopKind::ALL {
        let mut log = enquiry();
        if kind == LoopKind::Escalation {
            ask(&mut log, 2, 2, LoopKind::CapacityEnquiry, 3);
        }
        let entry = ask(&mut log, 2, 2, kind, 3);
        let view = log.view();
        let rejected = view.item(entry).unwrap().rejected.map(|it| it.reason);
        if allowed.contains(&kind) {
            assert_ne!(rejected, Some(Rejection::AboutAPatient), "{kind}");
        } else {
            assert_eq!(rejected, Some(Rejection::AboutAPatient), "{kind}");
            assert!(view.find_loop(entry).is_none(), "{kind}");
        }
    }
}

#[test]
fn the_answer_to_an_enquiry_says_whom_it_is_for_and_reaches_the_team() {
    let mut log = enquiry();
    let asked = ask(&mut log, 2, 2, LoopKind::CapacityEnquiry, 3);
    let answer = Transition {
        eligibility: "65 ans et plus".to_owned(),
        interim_plan: "Repas congelés".to_owned(),
        expected_date: "2026-04-01".to_owned(),
        ..Transition::new(asked, LoopState::Waitlist)
    };
    step(&mut log, 3, answer);
    let mut team = Log::opened();
    team.relay(2, &log);
    let view = team.view();
    let seen = view.linked[&PARTNER].find_loop(asked).unwrap();
    assert_eq!(seen.state, LoopState::Waitlist);
    let last = seen.history.last().unwrap();
    assert_eq!(last.eligibility, "65 ans et plus");
    assert_eq!(last.interim_plan, "Repas congelés");
    assert_eq!(last.expected_date, "2026-04-01");
}

#[test]
fn a_link_has_both_halves_and_an_expected_date_is_one() {
    let mut log = Log::opened();
    let asked = ask(&mut log, 2, 2, LoopKind::ResourceSuggestion, 1);
    let mut wrong = Transition::new(asked, LoopState::Accepted);
    wrong.expected_date = "soon".to_owned();
    let refused = log.draft(1, 1).transition(wrong).unwrap_err();
    assert_eq!(refused.field, "transition.expected_date");
    step(&mut log, 1, Transition::new(asked, LoopState::Accepted));
    let link = relais_care::Link {
        case: PARTNER,
        entry: asked,
    };
    let referred = Transition {
        link: Some(link),
        ..Transition::new(asked, LoopState::Referred)
    };
    let mut entry = log.draft(1, 1).transition(referred).unwrap();
    let whole = entry.clone();
    if let Some(relais_proto::care::entry::Body::Transition(body)) = &mut entry.body {
        body.linked_entry = bytes::Bytes::new();
    }
    let half = relais_care::Statement::parse(&entry).unwrap_err();
    assert_eq!(half.field, "transition.linked_entry");
    log.push(1, whole);
    let view = log.view();
    let seen = view.find_loop(asked).unwrap();
    assert_eq!(seen.state, LoopState::Referred);
    assert_eq!(seen.history.last().unwrap().link, Some(link));
}

#[test]
fn whoever_accepts_onto_a_waiting_list_says_what_helps_meanwhile() {
    let mut log = Log::opened();
    let asked = ask(&mut log, 2, 2, LoopKind::Referral, 3);
    step(&mut log, 3, Transition::new(asked, LoopState::Accepted));
    let wait = Transition {
        interim_plan: "Repas congelés".to_owned(),
        expected_date: "2026-05-01".to_owned(),
        ..Transition::new(asked, LoopState::OnHold).note("Liste d’attente.")
    };
    step(&mut log, 3, wait);
    step(&mut log, 3, Transition::new(asked, LoopState::InProgress));
    let view = log.view();
    let states: Vec<_> = view
        .find_loop(asked)
        .unwrap()
        .history
        .iter()
        .map(|it| it.to)
        .collect();
    let wanted = [
        LoopState::Accepted,
        LoopState::OnHold,
        LoopState::InProgress,
    ];
    assert_eq!(states, wanted);
}

#[test]
fn an_open_referral_that_is_alike_is_found_wherever_the_team_sees_it() {
    let mut partner = Log::new(PARTNER);
    partner.open(2, ConversationKind::Partner, &[2, 3]);
    let mut sent = referral();
    sent.service = Some(service(1));
    let entry = partner.draft(2, 2).referral(seat_id(3), sent).unwrap();
    let asked = partner.push(2, entry);
    let mut team = Log::opened();
    team.relay(2, &partner);
    let none = BTreeSet::new();
    let find = |log: &Log, service: Option<&ServiceName>, of_kind: &BTreeSet<_>, needs: &[&str]| {
        let needs: Vec<String> = needs.iter().map(ToString::to_string).collect();
        let view = log.view();
        let found = view.similar_referrals(Wanted {
            service,
            of_kind,
            needs: &needs,
        });
        let mut all = found
            .into_iter()
            .map(|it| (it.conversation, it.asked.id, it.likeness));
        let first = all.next();
        assert!(all.next().is_none());
        first
    };
    let at = |likeness| Some((PARTNER, asked, likeness));
    let (same, other) = (service(1), service(2));
    assert_eq!(find(&team, Some(&same), &none, &[]), at(Likeness::Service));
    assert_eq!(find(&team, Some(&other), &none, &["Transport"]), None);
    let kind = BTreeSet::from([service(1), service(2)]);
    assert_eq!(find(&team, Some(&other), &kind, &[]), at(Likeness::Kind));
    assert_eq!(find(&team, None, &none, &[" REPAS "]), at(Likeness::Need));

    // What is declined is open no more.
    let declined = Transition {
        decline_reason: Some(DeclineReason::NoCapacity),
        alternative_service: Some(service(2)),
        ..Transition::new(asked, LoopState::Declined)
    };
    step(&mut partner, 3, declined);
    let mut team = Log::opened();
    team.relay(2, &partner);
    assert_eq!(find(&team, Some(&same), &kind, &["Repas"]), None);
    let views = [team.view(), partner.view()];
    let unmet = unmet_need(&views, START, |service| {
        service.map_or_else(String::new, |_| "H2J".to_owned())
    });
    assert_eq!(unmet.len(), 1, "seen twice, counted once");
    assert_eq!((unmet[0].count, &*unmet[0].area), (1, "H2J"));
    let reason = UnmetReason::Declined(DeclineReason::NoCapacity);
    assert_eq!(unmet[0].reason, reason);
    let later = START.plus(HOUR);
    assert_eq!(unmet_need(&views, later, |_| String::new()), []);
}

#[test]
fn the_last_answer_of_a_service_is_known() {
    let mut log = enquiry();
    let mut answers = Vec::new();
    for state in [LoopState::Capacity, LoopState::None] {
        let enquiry = relais_care::CapacityEnquiry {
            service: Some(service(1)),
            service_display_name: "Popote".to_owned(),
            area: "H2J".to_owned(),
        };
        let entry = log.draft(2, 2).capacity_enquiry(seat_id(3), enquiry);
        let asked = log.push(2, entry.unwrap());
        step(&mut log, 3, Transition::new(asked, state));
        answers.push(log.entries.last().unwrap().accepted_at);
    }
    let view = log.view();
    let known = capacity_answers([&view]);
    assert_eq!(
        known,
        BTreeMap::from([(service(1), (LoopState::None, answers[1]))])
    );
    let unmet = unmet_need([&view], START, |_| String::new());
    assert_eq!(unmet[0].reason, UnmetReason::Answered(LoopState::None));
}

/// What becomes of one referral: asked so many hours after the first Monday, and answered, or
/// taken back, so many hours later.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Waits,
    Received,
    Answered(u64),
    TakenBack(u64),
}

fn fates() -> impl Strategy<Value = Vec<(u64, Fate)>> {
    let fate = prop_oneof![
        Just(Fate::Waits),
        Just(Fate::Received),
        (0_u64..400).prop_map(Fate::Answered),
        (0_u64..400).prop_map(Fate::TakenBack),
    ];
    vec((0_u64..400, fate), 0..12)
}

/// Hours of business time from one moment to another, counted hour by hour.
fn business_hours(from: u64, until: u64) -> u64 {
    // `START` is a Monday, nine o'clock.
    let works = |hour: &u64| ((hour + 9) / 24) % 7 < 5;
    (from..until).filter(works).count() as u64
}

fn hours(at: u64) -> Timestamp {
    START.plus(HOUR * u32::try_from(at).unwrap())
}

proptest! {
    #![proptest_config(config())]

    /// The counts are those that a person would make with a calendar; however often a referral is
    /// seen, it counts once; and more time is never kept less often.
    #[test]
    fn commitments_are_counted_as_with_a_calendar(
        fates in fates(),
        days in 1_u32..8,
        now in 400_u64..1_200,
    ) {
        let mut log = Log::new(PARTNER);
        log.open(2, ConversationKind::Partner, &[2, 3]);
        let mut fixed = Vec::new();
        let (mut due, mut kept, mut waiting, mut times) = (0, 0, 0, Vec::new());
        let limit = u64::from(days) * 24;
        for &(asked_at, fate) in &fates {
            let asked = ask(&mut log, 2, 2, LoopKind::Referral, 3);
            fixed.push((log.entries.len() - 1, hours(asked_at)));
            let spent = |until| business_hours(asked_at, until);
            let (step, at) = match fate {
                Fate::Waits | Fate::Received if spent(now) <= limit => { waiting += 1; (None, 0) }
                Fate::Waits | Fate::Received => { due += 1; (None, 0) }
                Fate::Answered(after) => {
                    let at = asked_at + after;
                    due += 1;
                    kept += u32::from(spent(at) <= limit);
                    times.push(spent(at));
                    (Some((3, LoopState::Accepted)), at)
                }
                Fate::TakenBack(after) => {
                    let at = asked_at + after;
                    due += u32::from(spent(at) > limit);
                    (Some((2, LoopState::Cancelled)), at)
                }
            };
            let received = matches!(fate, Fate::Received);
            let step = step.or(received.then_some((3, LoopState::Received)));
            if let Some((by, to)) = step {
                let taken = Transition::new(asked, to).note("Voici.");
                let entry = log.draft(by, by).transition(taken).unwrap();
                log.push(by, entry);
                fixed.push((log.entries.len() - 1, hours(if received { asked_at } else { at })));
            }
        }
        for (at, time) in fixed {
            log.entries[at].accepted_at = time;
        }
        let mut team = Log::new(CASE);
        team.open(2, ConversationKind::Team, &[0, 1, 2, 3]);
        team.relay(2, &log);
        let views = [log.view(), team.view()];
        let (hospital, popote): (OrgDomain, OrgDomain) =
            ("hopital.internal".parse().unwrap(), "popote.internal".parse().unwrap());
        let commitment = |business_days| Commitment {
            organisation: popote.clone(),
            kind: CommitmentKind::AnswerReferral,
            business_days,
            hours: String::new(),
        };
        let counted = Counted {
            asked_by: &hospital,
            person: None,
            since: START,
            now: hours(now),
        };
        let found = adherence(&commitment(days), &views, counted).unwrap();
        prop_assert_eq!((found.due, found.kept, found.waiting), (due, kept, waiting));
        times.sort_unstable();
        let median = times.get(times.len().saturating_sub(1) / 2).map(|hours| hours * 3_600);
        prop_assert_eq!(found.median_seconds, median);
        let longer = adherence(&commitment(days + 1), &views, counted).unwrap();
        prop_assert!(longer.kept >= found.kept);

        // The navigator's own count is the whole; who was not asked and asked nothing counts none;
        // and nobody's promise is measured by what others owe.
        let navigator = person(2).name;
        let own = Counted { person: Some(&navigator), ..counted };
        prop_assert_eq!(adherence(&commitment(days), &views, own), Some(found.clone()));
        let nurse = person(0).name;
        let other = Counted { person: Some(&nurse), ..counted };
        let none = adherence(&commitment(days), &views, other).unwrap();
        prop_assert_eq!((none.due, none.waiting), (0, 0));
        let turned = Counted { asked_by: &popote, ..counted };
        let none = adherence(&commitment(days), &views, turned).unwrap();
        prop_assert_eq!((none.due, none.waiting), (0, 0));
    }
}

#[test]
fn coverage_hours_are_stated_and_not_measured() {
    let hospital: OrgDomain = "hopital.internal".parse().unwrap();
    let commitment = Commitment {
        organisation: "popote.internal".parse().unwrap(),
        kind: CommitmentKind::CoverageHours,
        business_days: 0,
        hours: "9–17 h".to_owned(),
    };
    let counted = Counted {
        asked_by: &hospital,
        person: None,
        since: START,
        now: START,
    };
    assert_eq!(adherence(&commitment, &[], counted), None);
}
