//! Random programs of user actions and faults: every member ends with the same case view,
//! nothing that was posted is lost, and nothing appears twice.
//!
//! A failing seed is printed; run it alone with `RELAIS_SEED=<seed>`.

use std::{collections::BTreeSet, time::Duration};

use relais_care::Language;
use relais_care::{LoopState, Occupancy, Task, TeamChanged, Transition};
use relais_engine::{Alarm, TeamChange, Update};
use relais_types::{CaseId, Entropy as _, EntryId};

use crate::world::{Fate, World};

/// Seeds that every run tries.
const SEEDS: u64 = 24;
/// Steps of each program.
const STEPS: usize = 120;

#[test]
fn a_case_converges_whatever_happens() {
    let seeds = match std::env::var("RELAIS_SEED") {
        Ok(seed) => vec![seed.parse().expect("RELAIS_SEED is a number")],
        Err(_) => (0..seeds()).collect(),
    };
    for seed in seeds {
        let outcome = std::panic::catch_unwind(|| run(seed, false));
        assert!(
            outcome.is_ok(),
            "seed {seed} failed: repeat it with RELAIS_SEED={seed}"
        );
    }
}

/// The same with bad commits by members, and devices that go on from an old copy.
#[test]
fn a_case_converges_after_bad_commits_and_old_copies() {
    let seeds = match std::env::var("RELAIS_SEED") {
        Ok(seed) => vec![seed.parse().expect("RELAIS_SEED is a number")],
        Err(_) => (0..seeds()).collect(),
    };
    for seed in seeds {
        let outcome = std::panic::catch_unwind(|| run(seed, true));
        assert!(
            outcome.is_ok(),
            "seed {seed} failed: repeat it with RELAIS_SEED={seed}"
        );
    }
}

/// How many seeds to try: `RELAIS_SEEDS`, or as many as every run does.
fn seeds() -> u64 {
    let asked = std::env::var("RELAIS_SEEDS").ok();
    asked.map_or(SEEDS, |seeds| {
        seeds.parse().expect("RELAIS_SEEDS is a number")
    })
}

fn run(seed: u64, hostile: bool) {
    let mut world = World::new(seed);
    for (organisation, name) in [
        ("hospital", "Specialist"),
        ("hospital", "Nurse"),
        ("clinic", "Physician"),
        ("clinic", "Successor"),
    ] {
        world.enrol(organisation, name, None);
    }
    // The specialist has two devices.
    world.enrol("hospital", "Specialist", Some(0));
    let case = world.open_case(0, &[0, 1, 2], None);
    world.settle();

    // Of devices that nobody removes and adds again: a copy from before that lacks the case.
    let copies = [world.copy(0), world.copy(1), world.copy(4)];
    let mut posted = BTreeSet::new();
    for step in 0..STEPS {
        let node = world.below(world.nodes.len());
        match world.entropy.bytes::<1>()[0] % 16 {
            0..=3 => posted.extend(world.say(node, case, &format!("step {step}"))),
            4 => posted.extend(ask(&mut world, node, case)),
            5 => posted.extend(answer(&mut world, node, case)),
            6 => read_all(&mut world, node, case),
            7 => swap(&mut world, node, case),
            8 => world.crash(node),
            9..=11 if world.calls(node) > 0 => {
                let index = world.below(world.calls(node));
                let fates = [Fate::Answered, Fate::LostBefore, Fate::LostAfter];
                let mut fate = fates[world.below(3)];
                if hostile && world.below(4) == 0 {
                    fate = Fate::Spoilt;
                }
                world.resolve(node, index, fate);
            }
            12 => world.advance(Duration::from_millis(700)),
            13 if step > STEPS / 3 => revoke(&mut world, node),
            14 if hostile && world.below(6) == 0 => {
                let index = world.below(3);
                let node = [0, 1, 4][index];
                if !world.nodes[node].revoked {
                    // What was not sent is not in the copy.
                    for pending in world.nodes[node].account.pending(case).unwrap() {
                        posted.remove(&EntryId::try_from(pending.entry.id.as_ref()).unwrap());
                    }
                    world.restore(node, copies[index].clone());
                }
            }
            _ => {
                let limit = 1 + world.below(6);
                world.deliver(node, limit);
            }
        }
    }
    world.settle();

    if hostile {
        assert_only_named_faults(&world, case);
    } else {
        world.assert_no_alarm();
    }
    world.assert_converged(case);
    let members = world.server.members(case);
    for node in world.nodes.iter().filter(|node| node.revoked) {
        assert!(
            !members.contains(&node.name.device),
            "{} is still in",
            node.display_name
        );
    }
    assert_everything_is_there_once(&world, case, &posted);
}

/// Whoever is in the case is in step, and was told of nothing but what happened.
fn assert_only_named_faults(world: &World, case: CaseId) {
    let members = world.server.members(case);
    for node in &world.nodes {
        if !members.contains(&node.name.device) {
            continue;
        }
        let standing = node.account.standing(case).unwrap();
        assert!(
            !standing.out_of_step,
            "{} is out of step: {:?}",
            node.display_name, node.alarms
        );
        let named =
            |alarm: &Alarm| matches!(alarm, Alarm::OutOfStep { .. } | Alarm::RolledBack { .. });
        assert!(node.alarms.iter().all(named), "{:?}", node.alarms);
    }
}

/// Revokes a device; the specialist's first one stays, so that somebody is left.
fn revoke(world: &mut World, node: usize) {
    if node > 0 && world.below(3) == 0 {
        world.revoke(node);
    }
}

/// Asks another seat for something.
fn ask(world: &mut World, node: usize, case: CaseId) -> Option<EntryId> {
    let seats = world.nodes[node]
        .account
        .view(case)
        .ok()?
        .team
        .seats()
        .to_vec();
    let owner = seats.get(world.below(seats.len().max(1)))?.seat.id;
    let task = Task {
        what: "Call the patient".to_owned(),
        due: None,
    };
    world
        .command(node, |account| {
            account.post(case, None, Language::French, |draft| {
                draft.task(owner, task)
            })
        })
        .ok()
}

/// Moves any loop to any state, allowed or not.
fn answer(world: &mut World, node: usize, case: CaseId) -> Option<EntryId> {
    let loops: Vec<EntryId> = world.nodes[node]
        .account
        .view(case)
        .ok()?
        .loops
        .iter()
        .map(|asked| asked.id)
        .collect();
    let target = *loops.get(world.below(loops.len().max(1)))?;
    let to = LoopState::ALL[world.below(LoopState::ALL.len())];
    let step = Transition::new(target, to).note("done");
    world
        .command(node, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.transition(step)
            })
        })
        .ok()
}

fn read_all(world: &mut World, node: usize, case: CaseId) {
    let me = world.nodes[node].account.me().practitioner();
    let Ok(view) = world.nodes[node].account.view(case) else {
        return;
    };
    let unread = view.pending_receipts(&me).read;
    world
        .command(node, |account| account.mark_read(case, &unread))
        .unwrap();
}

/// Gives the clinic's seat to the other physician; concurrent swaps race for the epoch.
fn swap(world: &mut World, node: usize, case: CaseId) {
    let Ok(view) = world.nodes[node].account.view(case) else {
        return;
    };
    let clinic =
        |seat: &&relais_care::TeamSeat| seat.seat.organisation.as_str() == "clinic.internal";
    let Some(seat) = view.team.seats().iter().find(clinic) else {
        return;
    };
    let holds = seat.is_held_by(&world.person(2).name);
    let successor = world.person(if holds { 3 } else { 2 });
    let content = TeamChanged {
        seats_added: Vec::new(),
        occupancies: vec![Occupancy {
            seat: seat.seat.id,
            person: Some(successor),
        }],
        reason: "leave".to_owned(),
        history: relais_care::HistoryPolicy::All,
    };
    let change = TeamChange {
        content,
        language: Language::English,
    };
    let _ = world.command(node, |account| account.change_team(case, &change));
}

fn assert_everything_is_there_once(world: &World, case: CaseId, posted: &BTreeSet<EntryId>) {
    let members = world.server.members(case);
    let node = world
        .nodes
        .iter()
        .find(|node| members.contains(&node.name.device))
        .expect("a member");
    let view = node.account.view(case).unwrap();
    let ids: Vec<EntryId> = view.timeline.iter().map(|item| item.id).collect();
    assert_eq!(
        ids.len(),
        ids.iter().collect::<BTreeSet<_>>().len(),
        "an entry appears twice"
    );
    let shown: BTreeSet<EntryId> = ids.into_iter().collect();
    // What the server refused for good, since its author had been removed, was reported.
    let refused: BTreeSet<EntryId> = world
        .nodes
        .iter()
        .flat_map(|node| &node.updates)
        .filter_map(|update| match update {
            Update::Refused { entry, .. } => Some(*entry),
            _ => None,
        })
        .collect();
    let stranded: BTreeSet<EntryId> = world
        .nodes
        .iter()
        .flat_map(|node| node.account.pending(case).unwrap_or_default())
        .filter_map(|pending| EntryId::try_from(pending.entry.id.as_ref()).ok())
        .collect();
    for entry in posted {
        let accounted =
            shown.contains(entry) || refused.contains(entry) || stranded.contains(entry);
        assert!(accounted, "entry {entry} was lost");
    }
}
