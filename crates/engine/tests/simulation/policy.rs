//! Who may join a case, and who leads it.

use std::collections::BTreeSet;

use relais_care::{Language, Occupancy, TeamChanged};
use relais_engine::{CasePolicy, Notice, TeamChange, Update};
use relais_types::{CaseId, Error, Reason};

use crate::world::World;

/// A hospital's lead, a clinic's physician, and a worker who is in no case yet.
fn people() -> World {
    let mut world = World::new(5);
    for (organisation, name) in [
        ("hospital", "Lead"),
        ("clinic", "Physician"),
        ("community", "Worker"),
    ] {
        world.enrol(organisation, name, None);
    }
    world
}

fn led_by(world: &World, leads: &[usize], organisations: &[&str]) -> CasePolicy {
    CasePolicy {
        organisations: organisations
            .iter()
            .map(|name| format!("{name}.internal").parse().unwrap())
            .collect(),
        leads: leads.iter().map(|node| world.person(*node).name).collect(),
    }
}

fn give_a_seat(world: &mut World, by: usize, to: usize, case: CaseId) -> Result<(), Error> {
    let seat = world.seat(to);
    let content = TeamChanged {
        occupancies: vec![Occupancy {
            seat: seat.id,
            person: Some(world.person(to)),
        }],
        seats_added: vec![seat],
        reason: "help".to_owned(),
        history: relais_care::HistoryPolicy::All,
    };
    let change = TeamChange {
        content,
        language: Language::English,
    };
    world.command(by, |account| account.change_team(case, &change))
}

fn set(world: &mut World, by: usize, case: CaseId, policy: &CasePolicy) -> Result<(), Error> {
    world.command(by, |account| account.set_policy(case, policy))
}

#[test]
fn only_a_lead_changes_the_team_and_others_are_told_whom_to_ask() {
    let mut world = people();
    let policy = led_by(&world, &[0], &[]);
    let case = world.open_case_under(&policy, 0, &[0, 1], None);
    world.settle();
    assert_eq!(world.nodes[1].account.policy(case).unwrap(), policy);
    let refused = give_a_seat(&mut world, 1, 2, case).unwrap_err();
    assert_eq!(refused.reason, Reason::NotAllowed);
    assert!(refused.message.contains("ask Lead"), "{}", refused.message);
    let person = world.person(2).name;
    let refused = world.command(1, |account| account.add_devices(case, &person));
    assert_eq!(refused.unwrap_err().reason, Reason::NotAllowed);

    give_a_seat(&mut world, 0, 2, case).unwrap();
    world.settle();
    assert_eq!(world.server.members(case).len(), 3);
    world.assert_converged(case);
    world.assert_no_alarm();
}

#[test]
fn anybody_adds_a_further_device_of_their_own() {
    let mut world = people();
    let policy = led_by(&world, &[0], &[]);
    let case = world.open_case_under(&policy, 0, &[0, 1], None);
    world.settle();
    let second = world.enrol("clinic", "Physician", Some(1));
    let person = world.person(1).name;
    world
        .command(1, |account| account.add_devices(case, &person))
        .unwrap();
    world.settle();
    let members = world.server.members(case);
    assert!(members.contains(&world.nodes[second].name.device));
    world.assert_converged(case);
}

#[test]
fn a_lead_changes_the_policy_and_everybody_is_told() {
    let mut world = people();
    let policy = led_by(&world, &[0], &["hospital", "clinic"]);
    let case = world.open_case_under(&policy, 0, &[0, 1], None);
    world.settle();
    let refused = give_a_seat(&mut world, 0, 2, case);
    world.settle();
    assert!(refused.is_ok(), "it is planned");
    let failed = world.nodes[0].updates.iter().any(|update| {
        matches!(update, Update::TeamChangeFailed { error, .. }
            if error.reason == Reason::NotAllowed && error.message.contains("may not join"))
    });
    assert!(failed, "and refused by the device itself");

    let wider = led_by(&world, &[0, 1], &["hospital", "clinic", "community"]);
    let by_another = set(&mut world, 1, case, &wider).unwrap_err();
    assert_eq!(by_another.reason, Reason::NotAllowed);
    set(&mut world, 0, case, &wider).unwrap();
    world.settle();
    let by = world.nodes[0].name.clone();
    for node in [0, 1] {
        assert_eq!(world.nodes[node].account.policy(case).unwrap(), wider);
        let told = Update::PolicyChanged {
            case,
            by: by.clone(),
        };
        assert!(world.nodes[node].updates.contains(&told));
        let notices = world.nodes[node].account.notices(case).unwrap();
        let expected = Notice::PolicyChanged {
            by: by.clone(),
            policy: wider.clone(),
        };
        assert_eq!(notices.last().unwrap().notice, expected);
    }
    give_a_seat(&mut world, 1, 2, case).unwrap();
    world.settle();
    assert_eq!(world.server.members(case).len(), 3);
    world.assert_no_alarm();
}

#[test]
fn a_policy_that_shuts_out_a_member_or_names_nobody_who_is_there_is_refused() {
    let mut world = people();
    let case = world.open_case(0, &[0, 1], None);
    world.settle();
    let shut = led_by(&world, &[0], &["hospital"]);
    let absent = led_by(&world, &[2], &[]);
    for policy in [shut, absent] {
        let refused = set(&mut world, 0, case, &policy).unwrap_err();
        assert_eq!(refused.reason, Reason::NotAllowed);
    }
    assert_eq!(
        world.nodes[0].account.policy(case).unwrap(),
        CasePolicy::default()
    );
}

#[test]
fn when_the_last_lead_is_revoked_somebody_else_can_be_named() {
    let mut world = people();
    let policy = led_by(&world, &[0], &[]);
    let case = world.open_case_under(&policy, 0, &[0, 1], None);
    world.settle();
    let own = led_by(&world, &[1], &[]);
    let early = set(&mut world, 1, case, &own).unwrap_err();
    assert_eq!(early.reason, Reason::NotAllowed, "while the lead is there");
    world.revoke(0);
    world.settle();
    let refused = give_a_seat(&mut world, 1, 2, case).unwrap_err();
    assert!(refused.message.contains("name a lead first"));
    let narrower = led_by(&world, &[1], &["clinic"]);
    let refused = set(&mut world, 1, case, &narrower).unwrap_err();
    assert_eq!(refused.reason, Reason::NotAllowed);
    set(&mut world, 1, case, &own).unwrap();
    world.settle();
    give_a_seat(&mut world, 1, 2, case).unwrap();
    world.settle();
    assert_eq!(world.server.members(case).len(), 2);
    let leads: BTreeSet<_> = world.nodes[2].account.policy(case).unwrap().leads;
    assert_eq!(leads, own.leads);
    world.assert_converged(case);
}

#[test]
fn whoever_opens_a_case_leads_it_and_admits_the_team() {
    let mut world = people();
    let not_me = led_by(&world, &[1], &[]);
    let not_them = led_by(&world, &[0], &["hospital"]);
    for policy in [not_me, not_them] {
        let opened = world.try_open_case(&policy, 0, &[0, 1]);
        assert_eq!(opened.unwrap_err().reason, Reason::NotAllowed);
    }
}
