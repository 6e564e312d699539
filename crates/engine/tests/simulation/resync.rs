//! Devices that cannot follow a case any more get back into step, and lose nothing.

use std::time::Duration;

use relais_care::Language;
use relais_engine::{Alarm, Call, Notice, Standing, Update};
use relais_types::{CaseId, Reason};

use crate::world::{Fate, World};

/// Four people in a case.
fn four() -> (World, CaseId) {
    let mut world = World::new(23);
    for (organisation, name) in [
        ("hospital", "Specialist"),
        ("clinic", "Physician"),
        ("community", "Worker"),
        ("hospital", "Nurse"),
    ] {
        world.enrol(organisation, name, None);
    }
    let case = world.open_case(0, &[0, 1, 2, 3], None);
    world.settle();
    (world, case)
}

fn texts(world: &World, node: usize, case: CaseId) -> Vec<String> {
    let view = world.nodes[node].account.view(case).unwrap();
    let texts = view.timeline.iter();
    texts
        .map(|item| item.text(Language::English).into_owned())
        .filter(|text| text.starts_with("say"))
        .collect()
}

/// Makes a device commit, and its commit arrive with a tag that only members find wrong.
fn spoil(world: &mut World, node: usize, case: CaseId) {
    // A device of somebody who is there already changes nothing for the others.
    let person = world.nodes[node].name.practitioner_name();
    let organisation = world.nodes[node].name.organisation.to_string();
    let organisation = organisation.trim_end_matches(".internal").to_owned();
    let display_name = world.nodes[node].display_name.clone();
    world.enrol(&organisation, &display_name, Some(node));
    world
        .command(node, |account| account.add_devices(case, &person))
        .unwrap();
    world.answer_until(node, is_commit);
    world.resolve(node, 0, Fate::Spoilt);
}

fn is_commit(call: &Call) -> bool {
    matches!(call, Call::Commit(_))
}

fn is_in_step(world: &World, node: usize, case: CaseId) -> bool {
    world.nodes[node].account.standing(case).unwrap() == Standing::default()
}

#[test]
fn a_commit_that_nobody_can_follow_is_survived_and_its_author_named() {
    let (mut world, case) = four();
    world.say(1, case, "say before").unwrap();
    world.settle();
    spoil(&mut world, 1, case);
    // Written by somebody who does not know yet.
    world.say(2, case, "say meanwhile").unwrap();
    world.settle();
    world.say(0, case, "say after").unwrap();
    world.settle();

    world.assert_converged(case);
    let culprit = world.nodes[1].name.clone();
    for node in 0..4 {
        assert_eq!(
            texts(&world, node, case),
            ["say before", "say meanwhile", "say after"]
        );
        assert!(is_in_step(&world, node, case), "{node}");
        let back = |other: usize| Update::BackInStep {
            case,
            device: world.nodes[other].name.clone(),
        };
        let told = (0..4).filter(|other| world.nodes[node].updates.contains(&back(*other)));
        assert!(told.count() >= 1, "{node} was not told of anybody");
    }
    for node in [0, 2, 3] {
        let named = world.nodes[node]
            .alarms
            .iter()
            .any(|alarm| matches!(alarm, Alarm::OutOfStep { by: Some(by), .. } if *by == culprit));
        assert!(named, "{:?}", world.nodes[node].alarms);
        let notices = world.nodes[node].account.notices(case).unwrap();
        let broken = Notice::Broken {
            by: Some(culprit.clone()),
        };
        assert!(notices.iter().any(|noticed| noticed.notice == broken));
    }
}

#[test]
fn what_was_said_while_a_device_was_out_of_step_is_shared_with_it() {
    let (mut world, case) = four();
    spoil(&mut world, 1, case);
    // The others get back and talk, the worker's device hears nothing yet.
    for _ in 0..6 {
        for node in [0, 3] {
            world.deliver(node, usize::MAX);
            while world.calls(node) > 0 {
                world.resolve(node, 0, Fate::Answered);
            }
        }
        world.advance(Duration::from_secs(31));
    }
    for text in ["say one", "say two"] {
        world.say(0, case, text).unwrap();
        while world.calls(0) > 0 {
            world.resolve(0, 0, Fate::Answered);
        }
        world.deliver(0, usize::MAX);
    }
    // It reads the bad commit, and comes back before anybody can share anything.
    for _ in 0..3 {
        world.deliver(2, usize::MAX);
        while world.calls(2) > 0 {
            world.resolve(2, 0, Fate::Answered);
        }
        world.advance(Duration::from_secs(3));
    }
    world.deliver(2, usize::MAX);
    let standing = world.nodes[2].account.standing(case).unwrap();
    assert!(!standing.out_of_step);
    assert!(standing.missing.len() >= 2, "{standing:?}");
    world.settle();
    assert_eq!(texts(&world, 2, case), ["say one", "say two"]);
    assert!(is_in_step(&world, 2, case));
    world.assert_converged(case);
}

#[test]
fn a_device_that_was_restored_from_a_copy_comes_back_with_what_it_had_said() {
    let (mut world, case) = four();
    let copy = world.copy(2);
    for text in ["say one", "say two"] {
        world.say(2, case, text).unwrap();
        world.say(0, case, "say between").unwrap();
        world.settle();
    }
    world.restore(2, copy);
    world.say(2, case, "say from the old copy").unwrap();
    assert!(
        !world.sends(2),
        "it encrypts nothing before it has read all"
    );
    world.settle();
    world.say(3, case, "say after").unwrap();
    world.settle();
    for node in 0..4 {
        let texts = texts(&world, node, case);
        assert_eq!(texts.len(), 6, "{node}: {texts:?}");
    }
    world.assert_converged(case);
    assert!(is_in_step(&world, 2, case));
    assert_eq!(world.nodes[2].alarms, [Alarm::RolledBack { case }]);
    for node in [0, 1, 3] {
        assert_eq!(world.nodes[node].alarms, []);
    }
}

#[test]
fn a_copy_from_before_an_own_commit_comes_back_too() {
    let (mut world, case) = four();
    let copy = world.copy(0);
    let newcomer = world.enrol("clinic", "Newcomer", None);
    let person = world.nodes[newcomer].name.practitioner_name();
    world
        .command(0, |account| account.add_devices(case, &person))
        .unwrap();
    world.settle();
    world.say(1, case, "say hello").unwrap();
    world.settle();
    world.restore(0, copy);
    world.settle();
    assert_eq!(texts(&world, 0, case), ["say hello"]);
    assert_eq!(world.nodes[0].alarms, [Alarm::RolledBack { case }]);
    world.assert_converged(case);
    assert!(is_in_step(&world, 0, case));
}

#[test]
fn lost_answers_and_crashes_on_the_way_back_change_nothing() {
    for (fate, crash) in [
        (Fate::LostBefore, false),
        (Fate::LostAfter, false),
        (Fate::LostBefore, true),
        (Fate::LostAfter, true),
    ] {
        let (mut world, case) = four();
        spoil(&mut world, 1, case);
        for _ in 0..2 {
            world.deliver(2, usize::MAX);
        }
        world.advance(Duration::from_secs(3));
        world.answer_until(2, is_commit);
        world.resolve(2, 0, fate);
        if crash {
            world.crash(2);
        }
        world.settle();
        world.say(2, case, "say back").unwrap();
        world.settle();
        for node in 0..4 {
            assert_eq!(texts(&world, node, case), ["say back"], "{fate:?} {crash}");
        }
        world.assert_converged(case);
        let resyncs = world.nodes[0].account.notices(case).unwrap();
        let name = world.nodes[2].name.clone();
        let of_two = resyncs.iter().filter(
            |noticed| matches!(&noticed.notice, Notice::BackInStep { device } if *device == name),
        );
        assert!(of_two.count() <= 1, "once was enough");
    }
}

#[test]
fn a_removal_that_is_pending_outlives_a_resync() {
    let (mut world, case) = four();
    spoil(&mut world, 1, case);
    // Nobody can follow, and now somebody must be removed.
    world.revoke(3);
    world.say(0, case, "say it").unwrap();
    world.settle();
    let members = world.server.members(case);
    assert!(!members.contains(&world.nodes[3].name.device));
    for node in 0..3 {
        assert_eq!(texts(&world, node, case), ["say it"], "{node}");
        assert!(is_in_step(&world, node, case));
    }
    assert_eq!(texts(&world, 3, case), Vec::<String>::new());
    world.assert_converged(case);
}

#[test]
fn a_device_that_cannot_come_back_says_whom_to_ask_and_keeps_what_it_has() {
    let (mut world, case) = four();
    world.say(0, case, "say before").unwrap();
    world.settle();
    spoil(&mut world, 1, case);
    world.server.break_group_info(case);
    for _ in 0..40 {
        world.deliver(2, usize::MAX);
        while world.calls(2) > 0 {
            world.resolve(2, 0, Fate::Answered);
        }
        world.advance(Duration::from_secs(31));
    }
    let standing = world.nodes[2].account.standing(case).unwrap();
    assert!(standing.out_of_step && standing.needs_readding);
    let asked = world.nodes[2]
        .alarms
        .iter()
        .filter(|alarm| matches!(alarm, Alarm::NeedsReadding { .. }));
    assert_eq!(asked.count(), 1);
    assert_eq!(texts(&world, 2, case), ["say before"]);
    let refused = world.say(2, case, "say more").unwrap_err();
    assert_eq!(refused.reason, Reason::NotAllowed);
    // A day later it tries again by itself.
    world.server.mend_group_info(case);
    world.advance(Duration::from_hours(25));
    world.settle();
    assert!(is_in_step(&world, 2, case));
    world.assert_converged(case);
}
