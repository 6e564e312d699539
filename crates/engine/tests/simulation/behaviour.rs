//! What the engine promises, one promise a test.

use std::time::Duration;

use relais_care::{
    ConversationKind, DeclineReason, Language, LoopState, Occupancy, Referral, TeamChanged,
    Transition,
};
use relais_engine::{Alarm, Event, TeamChange, Update};
use relais_proto::delivery::{Delivery, delivery::Item};
use relais_types::{CaseId, Error, Reason};

use crate::world::{Fate, World};

/// A hospital, a clinic and a community organisation: nodes 0, 1 and 2.
fn three() -> World {
    let mut world = World::new(7);
    world.enrol("hospital", "Navigator", None);
    world.enrol("clinic", "Physician", None);
    world.enrol("community", "Worker", None);
    world
}

fn replace(
    world: &mut World,
    by: usize,
    case: CaseId,
    old: usize,
    new: Option<usize>,
) -> Result<(), Error> {
    let person = world.person(old).name;
    let view = world.nodes[by].account.view(case).unwrap();
    let seat = view.team.seats_of(&person).next().unwrap().seat.id;
    let person = new.map(|node| world.person(node));
    let content = TeamChanged {
        seats_added: Vec::new(),
        occupancies: vec![Occupancy { seat, person }],
        reason: "leave".to_owned(),
        history: relais_care::HistoryPolicy::All,
    };
    let change = TeamChange {
        content,
        language: Language::English,
    };
    world.command(by, |account| account.change_team(case, &change))
}

#[test]
fn a_burst_to_a_team_of_eight_costs_at_most_seven_receipts() {
    let mut world = World::new(1);
    let everybody: Vec<usize> = (0..8)
        .map(|n| world.enrol("clinic", &format!("Member {n}"), None))
        .collect();
    let case = world.open_case(0, &everybody, None);
    world.settle();
    for n in 0..50 {
        world.say(0, case, &format!("message {n}")).unwrap();
    }
    while world.calls(0) > 0 {
        world.resolve(0, 0, Fate::Answered);
        world.deliver(0, usize::MAX);
    }
    let before = world.server.entries(case);
    world.settle();
    let receipts = world.server.entries(case) - before;
    assert!(receipts <= 7, "{receipts} receipts");
    let view = world.nodes[0].account.view(case).unwrap();
    let last = view.timeline.last().unwrap();
    assert_eq!(
        last.receipts.counts(),
        [7, 0, 0],
        "delivered to all, read by nobody"
    );
    world.assert_converged(case);
}

#[test]
fn a_successor_sees_the_whole_case_and_the_predecessor_nothing_new() {
    let mut world = three();
    let successor = world.enrol("clinic", "Successor", None);
    let case = world.open_case(0, &[0, 1], None);
    world.settle();
    world.say(1, case, "before the handover").unwrap();
    world.settle();
    replace(&mut world, 0, case, 1, Some(successor)).unwrap();
    world.settle();
    world.say(successor, case, "after the handover").unwrap();
    world.settle();

    world.assert_no_alarm();
    world.assert_converged(case);
    let sees = |node: usize, text: &str| {
        let view = world.nodes[node].account.view(case).unwrap();
        view.timeline
            .iter()
            .any(|item| item.text(Language::English) == text)
    };
    assert!(sees(successor, "before the handover") && sees(successor, "after the handover"));
    assert!(sees(1, "before the handover") && !sees(1, "after the handover"));
    assert!(world.nodes[1].updates.contains(&Update::Left(case)));
    let refused = world.say(1, case, "may I?").unwrap_err();
    assert_eq!(refused.reason, Reason::NotAllowed);
}

#[test]
fn the_team_follows_a_partner_who_sees_nothing_of_the_team() {
    let mut world = three();
    let team = world.open_case(0, &[0, 1], None);
    world.settle();
    let partner = world.open_case(0, &[0, 2], Some(team));
    world.settle();
    let owner = world.nodes[0].account.view(partner).unwrap().team.seats()[1]
        .seat
        .id;
    let referral = Referral {
        service: None,
        service_display_name: "Meals on wheels".to_owned(),
        reason: "cannot cook".to_owned(),
        needs: vec!["meals".to_owned()],
        consent: "verbal".to_owned(),
        outcome_wanted: "a meal a day".to_owned(),
    };
    let asked = world
        .command(0, |account| {
            account.post(partner, None, Language::English, |draft| {
                draft.referral(owner, referral)
            })
        })
        .unwrap();
    world.settle();
    let mut decline = Transition::new(asked, LoopState::Declined).note("full");
    decline.decline_reason = Some(DeclineReason::NoCapacity);
    decline.alternative = "the parish kitchen".to_owned();
    world
        .command(2, |account| {
            account.post(partner, None, Language::French, |draft| {
                draft.transition(decline)
            })
        })
        .unwrap();
    world.settle();

    world.assert_no_alarm();
    world.assert_converged(team);
    world.assert_converged(partner);
    let seen = &world.nodes[1].account.view(team).unwrap().linked[&partner];
    assert_eq!(seen.conversation, Some(ConversationKind::Partner));
    assert_eq!(seen.find_loop(asked).unwrap().state, LoopState::Declined);
    assert_eq!(
        seen.find_loop(asked).unwrap().history[0].alternative,
        "the parish kitchen"
    );
    assert_eq!(
        world.nodes[2].account.summaries().len(),
        1,
        "the partner knows of one conversation"
    );
    assert_eq!(world.nodes[2].account.summaries()[0].parent, None);
    assert!(
        world.nodes[1].account.view(partner).is_err(),
        "the physician is not in it"
    );
}

#[test]
fn a_withheld_entry_is_noticed_and_asked_for_again() {
    let mut world = three();
    let case = world.open_case(0, &[0, 1], None);
    world.settle();
    world.say(0, case, "one").unwrap();
    world.resolve(0, 0, Fate::Answered);
    world.deliver(0, usize::MAX);
    world.say(0, case, "two").unwrap();
    world.resolve(0, 0, Fate::Answered);

    let (mut deliveries, _) = world.server.page(world.nodes[1].name.device, usize::MAX);
    deliveries.remove(0);
    world.event(
        1,
        Event::Delivered {
            deliveries,
            caught_up: true,
        },
    );
    assert!(
        matches!(world.nodes[1].alarms[..], [Alarm::Gap { .. }]),
        "{:?}",
        world.nodes[1].alarms
    );
    world.settle();
    world.assert_converged(case);
}

#[test]
fn replayed_and_forged_entries_change_nothing() {
    let mut world = three();
    let case = world.open_case(0, &[0, 1], None);
    world.settle();
    world.say(0, case, "once").unwrap();
    world.resolve(0, 0, Fate::Answered);
    let (deliveries, _) = world.server.page(world.nodes[1].name.device, usize::MAX);
    world.event(
        1,
        Event::Delivered {
            deliveries: deliveries.clone(),
            caught_up: true,
        },
    );
    let once = world.nodes[1].account.view(case).unwrap().digest();
    // The very same entry again, and then under a new number.
    world.event(
        1,
        Event::Delivered {
            deliveries: deliveries.clone(),
            caught_up: true,
        },
    );
    assert_eq!(world.nodes[1].account.view(case).unwrap().digest(), once);
    let renumbered = deliveries
        .into_iter()
        .filter_map(|delivery| match delivery.item {
            Some(Item::Entry(mut entry)) => {
                entry.seq += 1;
                Some(Delivery {
                    item: Some(Item::Entry(entry)),
                    ..delivery
                })
            }
            _ => None,
        });
    let deliveries = renumbered.collect();
    world.event(
        1,
        Event::Delivered {
            deliveries,
            caught_up: true,
        },
    );
    assert!(
        matches!(world.nodes[1].alarms[..], [Alarm::Unreadable { .. }]),
        "{:?}",
        world.nodes[1].alarms
    );
    assert_eq!(world.nodes[1].account.view(case).unwrap().digest(), once);
}

#[test]
fn what_is_said_offline_is_sent_later_and_in_order() {
    let mut world = three();
    let case = world.open_case(0, &[0, 1], None);
    world.settle();
    world.event(1, Event::Disconnected);
    for text in ["first", "second", "third"] {
        world.say(1, case, text).unwrap();
    }
    assert_eq!(world.calls(1), 0);
    assert_eq!(world.nodes[1].account.pending(case).unwrap().len(), 3);
    world.crash(1);
    world.settle();
    let view = world.nodes[0].account.view(case).unwrap();
    let said: Vec<String> = view
        .timeline
        .iter()
        .rev()
        .take(3)
        .map(|item| item.text(Language::English).into_owned())
        .collect();
    assert_eq!(said, ["third", "second", "first"]);
    world.assert_converged(case);
}

#[test]
fn one_may_speak_before_the_opening_has_arrived() {
    let mut world = three();
    let case = world.open_case(0, &[0, 1], None);
    world.say(0, case, "at once").unwrap();
    world.settle();
    world.assert_converged(case);
    let view = world.nodes[1].account.view(case).unwrap();
    let last = view.timeline.last().unwrap();
    assert_eq!(
        (last.text(Language::English).as_ref(), last.rejected),
        ("at once", None)
    );
}

#[test]
fn nobody_removes_themselves_and_an_impossible_step_is_refused_at_once() {
    let mut world = three();
    let case = world.open_case(0, &[0, 1], None);
    world.settle();
    let alone = replace(&mut world, 0, case, 0, None).unwrap_err();
    assert_eq!(alone.reason, Reason::NotAllowed);
    let nothing = relais_types::EntryId::from_bytes([9; 16]);
    let step = Transition::new(nothing, LoopState::Closed);
    let refused = world
        .command(0, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.transition(step)
            })
        })
        .unwrap_err();
    assert_eq!(
        refused.metadata.get("rejection").map(String::as_str),
        Some("unknown_target")
    );
    let long = "x".repeat(60 * 1024);
    assert!(world.say(0, case, &long).is_err());
    world.advance(Duration::from_secs(5));
    world.settle();
    world.assert_converged(case);
}

#[test]
fn nobody_rewrites_the_past_of_a_newcomer() {
    let mut world = three();
    let case = world.open_case(0, &[0, 1, 2], None);
    world.settle();
    world.say(1, case, "said late").unwrap();
    world.settle();
    // Seq 1 is the founding commit: no invitee has an entry there. The physician shares a
    // genuine entry of their own as if it had stood before everything else.
    let last = world.server.entries(case) as u64;
    let genuine = (1..=last).rev().find(|seq| {
        let entry = world.try_relayed(1, case, *seq);
        entry.is_some_and(|entry| World::is_text(&entry))
    });
    let mut forged = world.relayed(1, case, genuine.unwrap());
    for seq in [0, 1] {
        forged.seq = seq;
        let entries = vec![forged.clone()];
        world
            .command(1, |account| {
                account.post(case, None, Language::English, |draft| {
                    draft.history(entries, 0)
                })
            })
            .unwrap();
        world.settle();
    }
    world.assert_converged(case);
    let view = world.nodes[2].account.view(case).unwrap();
    assert!(view.timeline.iter().all(|item| item.seq > 1));
}

#[test]
fn a_removed_founder_leaves_no_gap_for_others_to_fill() {
    let mut world = three();
    let case = world.open_case(0, &[0, 1], None);
    // A second commit stands before the opening: whoever joins with it misses only the first.
    let worker = world.person(2).name;
    world
        .command(0, |account| account.add_devices(case, &worker))
        .unwrap();
    world.settle();
    world.say(1, case, "said late").unwrap();
    world.settle();
    world.revoke(0);
    world.settle();
    let last = world.server.entries(case) as u64;
    let text = (1..=last).find(|seq| {
        let entry = world.try_relayed(1, case, *seq);
        entry.is_some_and(|entry| World::is_text(&entry))
    });
    let mut forged = world.relayed(1, case, text.unwrap());
    forged.seq = 1;
    world
        .command(1, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.history(vec![forged], 0)
            })
        })
        .unwrap();
    world.settle();
    world.assert_converged(case);
    let view = world.nodes[2].account.view(case).unwrap();
    assert!(view.timeline.iter().all(|item| item.seq > 1));
}

#[test]
fn an_altered_history_names_who_shared_it() {
    let mut world = three();
    let case = world.open_case(0, &[0, 1, 2], None);
    world.settle();
    world.say(0, case, "as it was").unwrap();
    world.settle();
    let last = world.server.entries(case) as u64;
    let text = (1..=last).find(|seq| {
        world
            .try_relayed(1, case, *seq)
            .is_some_and(|entry| World::is_text(&entry))
    });
    let mut altered = world.relayed(1, case, text.unwrap());
    altered.accept_time.as_mut().unwrap().seconds -= 86_400;
    world
        .command(1, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.history(vec![altered], 0)
            })
        })
        .unwrap();
    world.settle();
    let culprit = world.person(1).name;
    let named = |alarm: &Alarm| matches!(alarm, Alarm::HistoryDiffers { by, .. } if *by == culprit);
    assert!(
        world.nodes[2].alarms.iter().any(named),
        "{:?}",
        world.nodes[2].alarms
    );
    world.assert_converged(case);
}

#[test]
fn a_server_cannot_lead_a_member_back_to_an_old_epoch() {
    let mut world = three();
    // The secret of a last-resort key package stays, so its Welcome opens again.
    world.server.drain(world.nodes[1].name.device);
    let case = world.open_case(0, &[0, 1], None);
    while world.server.members(case).len() < 2 {
        world.resolve(0, 0, Fate::Answered);
        world.deliver(0, usize::MAX);
    }
    let (invitation, _) = world.server.page(world.nodes[1].name.device, 1);
    world.settle();
    let [
        Delivery {
            cursor,
            item: Some(Item::Welcome(welcome)),
        },
    ] = &invitation[..]
    else {
        panic!("a Welcome was waiting")
    };
    let mut again = welcome.clone();
    again.seq = 1_000;
    let deliveries = vec![Delivery {
        cursor: cursor.clone(),
        item: Some(Item::Welcome(again)),
    }];
    world.event(
        1,
        Event::Delivered {
            deliveries,
            caught_up: true,
        },
    );
    assert!(
        matches!(world.nodes[1].alarms[..], [Alarm::JoinRefused { .. }]),
        "{:?}",
        world.nodes[1].alarms
    );
    world.say(1, case, "still here").unwrap();
    world.settle();
    world.assert_converged(case);
}

#[test]
fn what_the_bytes_are_counts_and_not_what_the_server_calls_them() {
    let mut world = three();
    let successor = world.enrol("clinic", "Successor", None);
    let case = world.open_case(0, &[0, 1], None);
    world.settle();
    world.say(0, case, "a message").unwrap();
    replace(&mut world, 0, case, 1, Some(successor)).unwrap();
    for _ in 0..8 {
        while world.calls(0) > 0 {
            world.resolve(0, 0, Fate::Answered);
        }
        world.deliver(0, usize::MAX);
    }
    let (deliveries, _) = world.server.page(world.nodes[1].name.device, usize::MAX);
    let mislabelled = deliveries.into_iter().map(|mut delivery| {
        if let Some(Item::Entry(entry)) = &mut delivery.item {
            entry.kind = 3 - entry.kind;
        }
        delivery
    });
    let deliveries = mislabelled.collect();
    world.event(
        1,
        Event::Delivered {
            deliveries,
            caught_up: true,
        },
    );
    assert_eq!(world.nodes[1].alarms, []);
    assert!(world.nodes[1].updates.contains(&Update::Left(case)));
    world.settle();
    world.assert_converged(case);
}

#[test]
fn a_case_is_opened_without_the_one_who_cannot_be_added() {
    let mut world = three();
    world.server.forget_key_packages(world.nodes[2].name.device);
    let case = world.open_case(0, &[0, 1, 2], None);
    world.settle();
    assert!(world.nodes[0].updates.iter().any(|update| matches!(
        update,
        Update::TeamChangeFailed { error, .. } if error.reason == Reason::KeyPackagesExhausted
    )));
    assert!(world.nodes[1].account.view(case).unwrap().is_opened());
    assert!(world.nodes[2].account.view(case).is_err());
    world.assert_converged(case);
}
