//! Receipts are few, however much is said and read.

use std::time::Duration;

use proptest::prelude::*;
use relais_proto::delivery::delivery::Item;
use relais_types::{CaseId, EntryId};

use crate::world::World;

/// A team of one clinic, in as many cases as wanted.
fn team(seed: u64, size: usize, cases: usize) -> (World, Vec<CaseId>) {
    let mut world = World::new(seed);
    let everybody: Vec<usize> = (0..size)
        .map(|n| world.enrol("clinic", &format!("Member {n}"), None))
        .collect();
    let cases = (0..cases)
        .map(|_| world.open_case(0, &everybody, None))
        .collect();
    world.settle();
    (world, cases)
}

/// Entries of the case's log after `before` that the device of `node` has sent.
fn sent_by(world: &World, node: usize, case: CaseId, before: usize) -> usize {
    let device = world.nodes[node].name.device;
    let log = world.server.log(case);
    let new = log.iter().skip(before).filter(|delivery| {
        matches!(&delivery.item, Some(Item::Entry(entry))
            if entry.sender_device_id.as_ref() == device.as_bytes())
    });
    new.count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn reading_an_inbox_of_fifty_sends_one_receipt_a_case(
        seed in any::<u64>(),
        of in proptest::collection::vec(0..4_usize, 50),
        chunk in 1..8_usize,
        gathered in any::<bool>(),
    ) {
        let (mut world, cases) = team(seed, 2, 4);
        let entries: Vec<(CaseId, EntryId)> = of
            .iter()
            .enumerate()
            .map(|(n, case)| {
                let case = cases[*case];
                (case, world.say(0, case, &format!("message {n}")).unwrap())
            })
            .collect();
        world.answer_all(0);
        if gathered {
            // What was delivered is said already.
            world.settle();
        } else {
            while !cases.iter().all(|case| world.server.entries(*case) > 0)
                || world.nodes[0].account.is_settled() != Ok(true)
            {
                world.answer_all(0);
                world.deliver(0, usize::MAX);
            }
            world.deliver(1, usize::MAX);
        }
        let before: Vec<usize> = cases.iter().map(|case| world.server.entries(*case)).collect();
        for read in entries.chunks(chunk) {
            for (case, entry) in read {
                world.command(1, |account| account.mark_read(*case, &[*entry])).unwrap();
            }
            world.advance(Duration::from_millis(10));
        }
        world.settle();
        for (case, before) in cases.iter().zip(before) {
            let receipts = sent_by(&world, 1, *case, before);
            prop_assert!(receipts <= 1, "{receipts} receipts");
            let view = world.nodes[0].account.view(*case).unwrap();
            let reader = world.person(1).name;
            let read = entries.iter().filter(|(of, _)| of == case).all(|(_, entry)| {
                let receipts = view.receipts(*entry).unwrap();
                receipts.of(&reader).is_some_and(|it| it.read.is_some())
            });
            prop_assert!(read, "and it covers all of them");
        }
        world.assert_no_alarm();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn a_burst_of_fifty_to_a_team_of_eight_costs_at_most_seven_receipts(
        seed in any::<u64>(),
        pages in proptest::collection::vec((1..8_usize, 1..20_usize), 0..30),
    ) {
        let (mut world, cases) = team(seed, 8, 1);
        let case = cases[0];
        let before = world.server.entries(case);
        for n in 0..50 {
            world.say(0, case, &format!("message {n}")).unwrap();
        }
        while world.calls(0) > 0 {
            world.answer_all(0);
            world.deliver(0, usize::MAX);
        }
        prop_assert_eq!(world.server.entries(case), before + 50);
        // In whatever pieces it comes to whom.
        for (node, limit) in pages {
            world.deliver(node, limit);
        }
        world.settle();
        let receipts = world.server.entries(case) - before - 50;
        prop_assert!(receipts <= 7, "{receipts} receipts");
        for node in 1..8 {
            prop_assert!(sent_by(&world, node, case, before) <= 1);
        }
        let view = world.nodes[0].account.view(case).unwrap();
        let last = view.timeline.last().unwrap();
        prop_assert_eq!(last.receipts.counts(), [7, 0, 0]);
    }
}
