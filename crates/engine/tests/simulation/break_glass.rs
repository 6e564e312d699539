//! Break-glass: somebody is let in at once, everybody is told, and they are removed when their
//! time is over, by whoever is there.

use std::time::Duration;

use relais_care::{
    BreakGlassReason, HistoryPolicy, Language, LoopState, Occupancy, SeatRole, TeamChanged,
    Transition,
};
use relais_engine::{Admission, Event, Update};
use relais_types::{CaseId, Clock as _, EntryId, Error, Reason};

use crate::world::World;

const FOUR_HOURS: Duration = Duration::from_hours(4);

/// A team of three, and somebody of the clinic who is not on it.
fn team(seed: u64) -> (World, CaseId, usize) {
    let (mut world, case) = World::team_of_three(seed);
    world.say(0, case, "before").unwrap();
    world.settle();
    let outsider = world.enrol("clinic", "Outsider", None);
    world.settle();
    (world, case, outsider)
}

fn admission(world: &World, node: usize, lasts: Duration) -> Admission {
    Admission {
        person: world.person(node),
        organisation_display_name: "clinic".to_owned(),
        reason: BreakGlassReason::EmergencyTreatment,
        explanation: "unconscious in the emergency department".to_owned(),
        until: world.clock.now().plus(lasts),
        history: HistoryPolicy::All,
        language: Language::English,
    }
}

fn let_in(
    world: &mut World,
    by: usize,
    case: CaseId,
    node: usize,
    lasts: Duration,
) -> Result<EntryId, Error> {
    let admission = admission(world, node, lasts);
    world.command(by, |account| account.break_glass(case, &admission))
}

fn is_in(world: &World, case: CaseId, node: usize) -> bool {
    let members = world.server.members(case);
    members.contains(&world.nodes[node].name.device)
}

/// Lets everybody but `away` work for `seconds`.
fn work(world: &mut World, away: usize, seconds: u64) {
    for _ in 0..seconds {
        for node in (0..world.nodes.len()).filter(|node| *node != away) {
            world.answer_all(node);
            world.deliver(node, usize::MAX);
        }
        world.advance(Duration::from_secs(1));
    }
}

#[test]
fn somebody_reads_until_their_time_is_over_and_the_review_stays() {
    let (mut world, case, outsider) = team(80);
    let entry = let_in(&mut world, 1, case, outsider, FOUR_HOURS).unwrap();
    world.settle();
    world.assert_converged(case);
    assert!(world.sees(outsider, case, "before"));
    world.say(outsider, case, "he is awake").unwrap();
    world.settle();
    assert!(world.sees(0, case, "he is awake"));
    for node in [0, 2] {
        let told = Update::BreakGlass { case, entry };
        assert!(world.nodes[node].updates.contains(&told), "{node}");
    }

    world.advance(Duration::from_mins(230));
    world.settle();
    assert!(is_in(&world, case, outsider), "it is not over yet");
    world.advance(Duration::from_mins(10));
    world.settle();
    assert!(!is_in(&world, case, outsider));
    assert!(world.nodes[outsider].updates.contains(&Update::Left(case)));
    world.say(0, case, "among us").unwrap();
    world.settle();
    world.assert_no_alarm();
    world.assert_converged(case);
    assert!(!world.sees(outsider, case, "among us"));
    let copy = world.server.log(case).into_iter();
    let copy = copy.filter_map(|it| match it.item {
        Some(relais_proto::delivery::delivery::Item::Entry(entry)) => Some(entry),
        _ => None,
    });
    let (left_at, copy): (Option<u64>, Vec<_>) = {
        let view = world.nodes[0].account.view(case).unwrap();
        let over = view
            .timeline
            .iter()
            .rev()
            .find(|it| it.content.code() == "team_changed");
        (over.map(|it| it.seq), copy.collect())
    };
    let opened = world.nodes[outsider].account.opens(case, &copy);
    assert!(
        opened.iter().all(|seq| Some(*seq) < left_at),
        "{opened:?} {left_at:?}"
    );

    // Reviewed by whoever leads, who did not let them in; not before they say what they found.
    let view = world.nodes[0].account.view(case).unwrap();
    let asked = view.find_loop(entry).unwrap();
    let reviewer = world.person(0).name;
    assert!(view.team.holds(&reviewer, asked.owner));
    assert!(asked.is_open());
    world.advance(Duration::from_hours(24 * 30));
    world.settle();
    let view = world.nodes[2].account.view(case).unwrap();
    assert!(view.find_loop(entry).unwrap().is_open());
    let finding = Transition::new(entry, LoopState::Justified).note("he was in danger");
    world
        .command(0, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.transition(finding)
            })
        })
        .unwrap();
    world.settle();
    let view = world.nodes[2].account.view(case).unwrap();
    assert!(!view.find_loop(entry).unwrap().is_open());
    // One entry says that it is over, whoever was ready to.
    let ended = view
        .timeline
        .iter()
        .filter(|it| it.content.code() == "team_changed");
    assert_eq!(ended.count(), 1);
}

#[test]
fn another_member_ends_it_if_the_first_is_away() {
    let (mut world, case, outsider) = team(81);
    let_in(&mut world, 1, case, outsider, FOUR_HOURS).unwrap();
    world.settle();
    world.event(0, Event::Disconnected);
    world.advance(FOUR_HOURS);
    work(&mut world, 0, 90);
    assert!(!is_in(&world, case, outsider));
    world.event(0, Event::Connected);
    world.settle();
    world.assert_no_alarm();
    world.assert_converged(case);
    let view = world.nodes[0].account.view(case).unwrap();
    assert_eq!(view.emergencies().count(), 0);
}

#[test]
fn more_time_takes_another_decision() {
    let (mut world, case, outsider) = team(82);
    let_in(&mut world, 1, case, outsider, FOUR_HOURS).unwrap();
    world.settle();
    world.advance(Duration::from_hours(3));
    let_in(&mut world, 2, case, outsider, FOUR_HOURS).unwrap();
    world.settle();
    world.advance(Duration::from_hours(2));
    world.settle();
    assert!(is_in(&world, case, outsider));
    let view = world.nodes[0].account.view(case).unwrap();
    assert_eq!(view.loops.len(), 2, "both are reviewed");
    world.advance(Duration::from_hours(3));
    world.settle();
    assert!(!is_in(&world, case, outsider));
    // They can be let in again, on the seat that they had.
    let_in(&mut world, 0, case, outsider, FOUR_HOURS).unwrap();
    world.settle();
    assert!(is_in(&world, case, outsider));
    world.assert_converged(case);
}

#[test]
fn they_are_given_what_was_decided() {
    let (mut world, case, outsider) = team(83);
    let admission = Admission {
        history: HistoryPolicy::Open,
        ..admission(&world, outsider, FOUR_HOURS)
    };
    world
        .command(1, |account| account.break_glass(case, &admission))
        .unwrap();
    world.settle();
    world.assert_converged(case);
    assert!(!world.sees(outsider, case, "before"));
    let view = world.nodes[outsider].account.view(case).unwrap();
    assert_eq!(view.withheld.len(), 1);
}

#[test]
fn nobody_is_let_in_without_words_for_too_long_or_twice() {
    let (mut world, case, outsider) = team(84);
    let silent = Admission {
        explanation: String::new(),
        ..admission(&world, outsider, FOUR_HOURS)
    };
    let refused = world.command(1, |account| account.break_glass(case, &silent));
    assert_eq!(refused.unwrap_err().reason, Reason::MalformedField);
    let refused = let_in(&mut world, 1, case, outsider, Duration::from_hours(73));
    assert_eq!(refused.unwrap_err().reason, Reason::NotAllowed);
    let refused = let_in(&mut world, 1, case, 2, FOUR_HOURS);
    assert_eq!(refused.unwrap_err().reason, Reason::NotAllowed);
    world.settle();
    assert!(!is_in(&world, case, outsider));
}

#[test]
fn whoever_is_let_in_too_late_does_not_stay() {
    let (mut world, case, outsider) = team(85);
    world.event(1, Event::Disconnected);
    let_in(&mut world, 1, case, outsider, FOUR_HOURS).unwrap();
    world.advance(Duration::from_hours(5));
    world.event(1, Event::Connected);
    world.settle();
    assert!(!is_in(&world, case, outsider));
    world.assert_converged(case);
    let view = world.nodes[0].account.view(case).unwrap();
    assert_eq!(view.emergencies().count(), 0);
}

#[test]
fn whoever_is_unseated_without_the_change_of_the_group_is_removed_all_the_same() {
    let (mut world, case, outsider) = team(87);
    let_in(&mut world, 1, case, outsider, FOUR_HOURS).unwrap();
    world.settle();
    let team = &world.nodes[0].account.view(case).unwrap().team;
    let emergency = team
        .seats()
        .iter()
        .find(|seat| seat.seat.role == SeatRole::Emergency)
        .map(|seat| seat.seat.id)
        .unwrap();
    // A member's software says it, and leaves their device in the group.
    let vacated = TeamChanged {
        seats_added: Vec::new(),
        occupancies: vec![Occupancy {
            seat: emergency,
            person: None,
        }],
        reason: String::new(),
        history: HistoryPolicy::All,
    };
    world
        .command(2, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.team_changed(vacated)
            })
        })
        .unwrap();
    world.settle();
    world.advance(Duration::from_mins(1));
    world.settle();
    assert!(!is_in(&world, case, outsider), "nobody overstays");
    world.assert_converged(case);
}
