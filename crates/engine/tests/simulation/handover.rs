//! A seat is handed over: the successor takes it, and the predecessor's devices leave.

use relais_care::{Handover, HandoverScope, Language, LoopState, Transition};
use relais_engine::Update;
use relais_types::{CaseId, EntryId, SeatId};

use crate::world::World;

fn seat_of(world: &World, case: CaseId, node: usize) -> SeatId {
    let person = world.person(node).name;
    let view = world.nodes[0].account.view(case).unwrap();
    view.team.seats_of(&person).next().unwrap().seat.id
}

/// A physician (node 1) offers their seat to a colleague (node 2), who is on the case.
fn offered(seed: u64) -> (World, CaseId, EntryId, SeatId) {
    let mut world = World::new(seed);
    world.enrol("hospital", "Navigator", None);
    world.enrol("clinic", "Physician", None);
    world.enrol("clinic", "Successor", None);
    let case = world.open_case(0, &[0, 1, 2], None);
    world.settle();
    let handed = seat_of(&world, case, 1);
    let to = seat_of(&world, case, 2);
    let handover = Handover {
        scope: HandoverScope::Seat,
        summary: "stable".to_owned(),
        open_items: Vec::new(),
        contingency: "call 811".to_owned(),
    };
    let offer = world
        .command(1, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.handover(to, handover)
            })
        })
        .unwrap();
    world.settle();
    (world, case, offer, handed)
}

fn answer(world: &mut World, case: CaseId, offer: EntryId, to: LoopState) {
    let step = Transition::new(offer, to).note("thank you");
    world
        .command(2, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.transition(step)
            })
        })
        .unwrap();
    world.settle();
}

#[test]
fn the_predecessor_leaves_when_the_successor_accepts_and_sees_nothing_new() {
    let (mut world, case, offer, handed) = offered(11);
    assert!(world.nodes[0].account.members(case).unwrap().len() == 3);
    answer(&mut world, case, offer, LoopState::Accepted);
    world.say(2, case, "after the handover").unwrap();
    world.settle();

    world.assert_no_alarm();
    world.assert_converged(case);
    let successor = world.person(2).name;
    let view = world.nodes[0].account.view(case).unwrap();
    assert!(view.team.holds(&successor, handed));
    assert_eq!(view.find_loop(offer).unwrap().state, LoopState::Accepted);
    assert_eq!(world.nodes[0].account.members(case).unwrap().len(), 2);
    assert!(world.nodes[1].updates.contains(&Update::Left(case)));
    assert!(!world.sees(1, case, "after the handover"));
}

#[test]
fn nobody_leaves_when_a_handover_is_declined() {
    let (mut world, case, offer, handed) = offered(12);
    answer(&mut world, case, offer, LoopState::Declined);
    world.assert_converged(case);
    let holder = world.person(1).name;
    let view = world.nodes[0].account.view(case).unwrap();
    assert!(view.team.holds(&holder, handed));
    assert_eq!(world.nodes[0].account.members(case).unwrap().len(), 3);
}
