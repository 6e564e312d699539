//! Seats: who acts for whom, who is asked next, who has not looked.

use std::time::Duration;

use relais_care::{
    Availability, Coverage, CoverageRung, Delegation, Duty, DutyClass, Escalation, FollowLevel,
    LoopKind, LoopState, Participation, Priority, Receipt, Rejection, Significance, Stance, Task,
    Transition, compose::acknowledge_by, ladder,
};
use relais_types::{EntryId, Timestamp};

use crate::{
    asking::ask,
    world::{Log, START, person, seat_id},
};

const SPECIALIST: usize = 0;
const PHYSICIAN: usize = 1;
const NAVIGATOR: usize = 2;
const COMMUNITY: usize = 3;

fn after(seconds: u64) -> Timestamp {
    START.plus(Duration::from_secs(seconds))
}

fn delegation(seat: usize, delegate: usize) -> Delegation {
    Delegation {
        seat: seat_id(seat),
        delegate: seat_id(delegate),
        kinds: Vec::new(),
        start: START,
        end: after(3_600),
        out_of_office: false,
        reason: String::new(),
    }
}

fn delegate(log: &mut Log, by: usize, delegation: Delegation) -> EntryId {
    let entry = log.draft(by, by).delegation(delegation).unwrap();
    log.push(by, entry)
}

fn rejection(log: &Log, id: EntryId) -> Option<Rejection> {
    log.view().item(id).unwrap().rejected.map(|r| r.reason)
}

fn step(log: &mut Log, by: usize, target: EntryId, to: LoopState) -> EntryId {
    let transition = Transition::new(target, to).note("Voici.");
    let entry = log.draft(by, by).transition(transition).unwrap();
    log.push(by, entry)
}

#[test]
fn a_delegate_acts_for_the_seat_within_scope_and_dates() {
    let mut log = Log::opened();
    let task = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, SPECIALIST);
    let consult = ask(
        &mut log,
        PHYSICIAN,
        PHYSICIAN,
        LoopKind::Consult,
        SPECIALIST,
    );
    let before = step(&mut log, NAVIGATOR, task, LoopState::Accepted);
    let mut scoped = delegation(SPECIALIST, NAVIGATOR);
    scoped.kinds = vec![LoopKind::Task];
    delegate(&mut log, SPECIALIST, scoped.clone());
    let within = step(&mut log, NAVIGATOR, task, LoopState::Accepted);
    let beyond = step(&mut log, NAVIGATOR, consult, LoopState::Answered);
    // Its end is moved to before now.
    scoped.end = after(1);
    delegate(&mut log, SPECIALIST, scoped);
    let late = step(&mut log, NAVIGATOR, task, LoopState::InProgress);
    assert_eq!(rejection(&log, before), Some(Rejection::WrongParty));
    assert_eq!(rejection(&log, within), None);
    assert_eq!(rejection(&log, beyond), Some(Rejection::WrongParty));
    assert_eq!(rejection(&log, late), Some(Rejection::WrongParty));
    let view = log.view();
    let taken = &view.find_loop(task).unwrap().history[0];
    assert_eq!(
        taken.seat,
        seat_id(SPECIALIST),
        "the obligation is the seat's"
    );
    assert_eq!(taken.delegate, Some(seat_id(NAVIGATOR)));
    assert_eq!(
        taken.author,
        person(NAVIGATOR).name,
        "the signature the person's"
    );
    let seats = view.team.seats();
    assert_eq!(
        seats[SPECIALIST].delegations.len(),
        1,
        "replaced, not added"
    );
}

#[test]
fn a_delegate_acknowledges_for_the_seat_and_takes_over_no_handover() {
    let mut log = Log::opened();
    delegate(&mut log, SPECIALIST, delegation(SPECIALIST, NAVIGATOR));
    delegate(&mut log, NAVIGATOR, delegation(NAVIGATOR, COMMUNITY));
    let kind = LoopKind::AcknowledgementRequest;
    let asked = ask(&mut log, PHYSICIAN, PHYSICIAN, kind, SPECIALIST);
    let offered = ask(
        &mut log,
        PHYSICIAN,
        PHYSICIAN,
        LoopKind::Handover,
        SPECIALIST,
    );
    let me = person(COMMUNITY).name;
    let steps = log.view().possible_steps_at(asked, &me, START);
    assert!(steps.iter().all(|(seat, _)| *seat == seat_id(COMMUNITY)));
    assert_eq!(steps.len(), 2, "as the delegate of a delegate");
    let receipt = Receipt {
        acknowledged: vec![asked],
        ..Receipt::default()
    };
    let entry = log.draft(COMMUNITY, COMMUNITY).receipt(receipt).unwrap();
    log.push(COMMUNITY, entry);
    let taken = step(&mut log, NAVIGATOR, offered, LoopState::Accepted);
    assert_eq!(rejection(&log, taken), Some(Rejection::WrongParty));
    let view = log.view();
    assert_eq!(
        view.find_loop(asked).unwrap().state,
        LoopState::Acknowledged
    );
}

#[test]
fn who_covers_a_seat_is_said_by_its_holder_its_supervisor_or_colleagues_of_a_vacant_one() {
    let mut log = Log::opened();
    let foreign = delegate(&mut log, PHYSICIAN, delegation(SPECIALIST, PHYSICIAN));
    let itself = delegate(&mut log, SPECIALIST, delegation(SPECIALIST, SPECIALIST));
    let colleague = delegate(&mut log, NAVIGATOR, delegation(SPECIALIST, NAVIGATOR));
    log.seat_person(PHYSICIAN, SPECIALIST, None);
    let vacant = delegate(&mut log, NAVIGATOR, delegation(SPECIALIST, NAVIGATOR));
    assert_eq!(rejection(&log, foreign), Some(Rejection::WrongParty));
    assert_eq!(rejection(&log, itself), Some(Rejection::SameSeat));
    assert_eq!(rejection(&log, colleague), Some(Rejection::WrongParty));
    assert_eq!(rejection(&log, vacant), None);
    let view = log.view();
    let seat = view.team.seat(seat_id(SPECIALIST)).unwrap();
    assert!(seat.vacant_since() > Some(START));
}

#[test]
fn the_chain_goes_from_the_seat_to_delegates_pool_and_supervisor_and_never_in_circles() {
    let mut log = Log::opened();
    let mut away = delegation(SPECIALIST, NAVIGATOR);
    away.out_of_office = true;
    delegate(&mut log, SPECIALIST, away);
    delegate(&mut log, NAVIGATOR, delegation(NAVIGATOR, SPECIALIST));
    let cover = |log: &mut Log, seat: usize, pool: usize, supervisor: usize| {
        let coverage = Coverage {
            seat: seat_id(seat),
            pool: vec![seat_id(pool)],
            supervisor: Some(seat_id(supervisor)),
        };
        let entry = log.draft(seat, seat).coverage(coverage).unwrap();
        log.push(seat, entry)
    };
    cover(&mut log, SPECIALIST, COMMUNITY, PHYSICIAN);
    cover(&mut log, PHYSICIAN, SPECIALIST, SPECIALIST);
    log.seat_person(PHYSICIAN, NAVIGATOR, None);
    let team = log.view().team;
    let chain = team.coverage(seat_id(SPECIALIST), Some(LoopKind::Task), START);
    let told: Vec<_> = chain
        .iter()
        .map(|cover| (cover.seat, cover.rung, cover.availability))
        .collect();
    assert_eq!(
        told,
        [
            (seat_id(SPECIALIST), CoverageRung::Seat, Availability::Away),
            (
                seat_id(NAVIGATOR),
                CoverageRung::Delegate,
                Availability::Vacant
            ),
            (seat_id(COMMUNITY), CoverageRung::Pool, Availability::Held),
            (
                seat_id(PHYSICIAN),
                CoverageRung::Supervisor,
                Availability::Held
            ),
        ]
    );
    let by = acknowledge_by(Priority::Stat, START);
    let (owner, asker) = (seat_id(SPECIALIST), seat_id(PHYSICIAN));
    let woken = ladder(&team, owner, asker, Priority::Stat, START, by);
    let woken: Vec<_> = woken.iter().map(|rung| rung.seat).collect();
    assert_eq!(
        woken,
        [seat_id(COMMUNITY), seat_id(PHYSICIAN)],
        "who is there"
    );
    let first = team.covering(seat_id(SPECIALIST), None, START).unwrap();
    assert_eq!(first.seat, seat_id(COMMUNITY));
    let over = team
        .covering(seat_id(SPECIALIST), None, after(3_600))
        .unwrap();
    assert_eq!(over.seat, seat_id(SPECIALIST), "back in the office");
}

#[test]
fn what_is_late_is_raised_along_the_chain_until_somebody_has_it() {
    let mut log = Log::opened();
    let coverage = Coverage {
        seat: seat_id(SPECIALIST),
        pool: vec![seat_id(NAVIGATOR)],
        supervisor: Some(seat_id(PHYSICIAN)),
    };
    let entry = log.draft(SPECIALIST, SPECIALIST).coverage(coverage);
    log.push(SPECIALIST, entry.unwrap());
    let task = Task {
        what: "Rappeler".to_owned(),
        due: None,
    };
    let draft = log.draft(COMMUNITY, COMMUNITY).priority(Priority::Stat);
    let entry = draft.task(seat_id(SPECIALIST), task).unwrap();
    let asked = log.push(COMMUNITY, entry);
    assert!(log.view().escalations_due(after(120)).is_empty());
    let view = log.view();
    let [due] = view.escalations_due(after(600))[..] else {
        unreachable!("one is due")
    };
    assert_eq!(
        (due.seat, due.rung),
        (seat_id(NAVIGATOR), CoverageRung::Pool)
    );
    let raise = Escalation {
        target: asked,
        rung: due.rung,
        reason: "Sans réponse depuis 5 minutes".to_owned(),
    };
    let draft = log.draft(COMMUNITY, COMMUNITY).priority(Priority::Stat);
    let raised = log.push(COMMUNITY, draft.escalation(due.seat, raise).unwrap());
    let view = log.view();
    let [next] = view.escalations_due(after(2_000))[..] else {
        unreachable!("the next is due")
    };
    assert_eq!(next.rung, CoverageRung::Supervisor);
    step(&mut log, NAVIGATOR, raised, LoopState::Taken);
    assert!(log.view().escalations_due(after(2_000)).is_empty());
    let owner = log.view().find_loop(asked).unwrap().owner;
    assert_eq!(
        owner,
        seat_id(SPECIALIST),
        "whoever helps is not accountable"
    );
}

#[test]
fn a_stance_is_the_physicians_and_a_charter_anybodys() {
    let mut log = Log::opened();
    let say = |log: &mut Log, by, participation| {
        let entry = log.draft(by, by).participation(participation).unwrap();
        log.push(by, entry)
    };
    let stance = Participation {
        stance: Some(Stance::CoManage),
        ..Participation::default()
    };
    let charter = Participation {
        charter: vec![Duty {
            class: DutyClass::Coordination,
            what: "Organise les rencontres".to_owned(),
        }],
        ..Participation::default()
    };
    let refused = say(&mut log, NAVIGATOR, stance.clone());
    say(&mut log, PHYSICIAN, stance);
    say(&mut log, NAVIGATOR, charter);
    assert_eq!(rejection(&log, refused), Some(Rejection::RoleNotAllowed));
    let team = log.view().team;
    assert_eq!(team.seats()[PHYSICIAN].stance, Some(Stance::CoManage));
    assert_eq!(team.seats()[NAVIGATOR].charter.len(), 1);
}

#[test]
fn a_seat_is_told_of_what_it_follows_and_always_of_what_it_is_asked() {
    let mut log = Log::opened();
    for (by, follow) in [
        (PHYSICIAN, FollowLevel::Milestones),
        (NAVIGATOR, FollowLevel::Exceptions),
    ] {
        let participation = Participation {
            follow: Some(follow),
            ..Participation::default()
        };
        let entry = log.draft(by, by).participation(participation).unwrap();
        log.push(by, entry);
    }
    let said = log.say(SPECIALIST, "Bonjour");
    let asked = ask(
        &mut log,
        SPECIALIST,
        SPECIALIST,
        LoopKind::Consult,
        NAVIGATOR,
    );
    let failed = ask(&mut log, SPECIALIST, SPECIALIST, LoopKind::Task, COMMUNITY);
    let failed = step(&mut log, COMMUNITY, failed, LoopState::Declined);
    let view = log.view();
    let told = |seat: usize, id| view.interrupts(seat_id(seat), view.item(id).unwrap());
    assert_eq!(
        view.item(failed).unwrap().significance(),
        Significance::Exception
    );
    for (seat, expected) in [
        (COMMUNITY, [true, true, false]),
        (PHYSICIAN, [false, true, true]),
        (NAVIGATOR, [false, true, true]),
    ] {
        let is = [said, asked, failed].map(|id| told(seat, id));
        assert_eq!(is, expected, "{seat}");
    }
}

#[test]
fn whoever_is_offered_a_result_is_told_and_its_owner_stays_late() {
    let mut log = Log::opened();
    let exceptions = Participation {
        follow: Some(FollowLevel::Exceptions),
        ..Participation::default()
    };
    let entry = log.draft(COMMUNITY, COMMUNITY).participation(exceptions);
    log.push(COMMUNITY, entry.unwrap());
    let kind = LoopKind::ResultFollowUp;
    let result = ask(&mut log, SPECIALIST, SPECIALIST, kind, PHYSICIAN);
    let mut offer = Transition::new(result, LoopState::ReassignmentOffered);
    offer.nominee = Some(seat_id(COMMUNITY));
    let entry = log.draft(PHYSICIAN, PHYSICIAN).transition(offer).unwrap();
    let offered = log.push(PHYSICIAN, entry);
    let view = log.view();
    assert!(view.interrupts(seat_id(COMMUNITY), view.item(offered).unwrap()));
    assert!(!view.interrupts(seat_id(PHYSICIAN), view.item(offered).unwrap()));
    assert_eq!(view.overdue(after(60)).len(), 1);
}

#[test]
fn a_seat_that_nobody_has_looked_from_is_named_after_so_many_days() {
    let mut log = Log::opened();
    let said = log.say(SPECIALIST, "Bonjour");
    let receipt = Receipt {
        read: vec![said],
        ..Receipt::default()
    };
    let entry = log.draft(PHYSICIAN, PHYSICIAN).receipt(receipt).unwrap();
    log.push(PHYSICIAN, entry);
    let view = log.view();
    let day = 86_400;
    let names = |days, at| -> Vec<_> {
        view.not_reviewed_for(days, at)
            .iter()
            .map(|seat| seat.seat.id)
            .collect()
    };
    assert!(names(7, after(6 * day)).is_empty());
    // The others looked some seconds later than the case was opened.
    assert_eq!(
        names(7, after(7 * day + 1)),
        [seat_id(NAVIGATOR), seat_id(COMMUNITY)]
    );
    assert_eq!(names(7, after(8 * day)).len(), 4);
}
