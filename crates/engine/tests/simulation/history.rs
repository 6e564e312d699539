//! What newcomers are given: what was decided for them, by whoever gives it, and no more.

use std::time::Duration;

use bytes::Bytes;
use relais_care::{
    Consult, ConsultClass, HistoryPolicy, HistoryShared, Language, LoopKind, LoopState, Occupancy,
    Task, TeamChanged, Transition,
};
use relais_engine::{Alarm, Call, TeamChange};
use relais_proto::care;
use relais_types::{CaseId, Clock as _, EntryId, Error, Reason, SeatId, Timestamp};

use crate::world::World;

/// A case of three in which something was said, a consult is closed and a task is open.
struct Worked {
    world: World,
    case: CaseId,
    task: EntryId,
    /// Between the first half and the second.
    noon: Timestamp,
}

fn seat_of(world: &World, case: CaseId, node: usize) -> SeatId {
    let person = world.person(node).name;
    let view = world.nodes[0].account.view(case).unwrap();
    view.team.seats_of(&person).next().unwrap().seat.id
}

fn step(world: &mut World, node: usize, case: CaseId, target: EntryId, to: LoopState) {
    let step = Transition::new(target, to).note("here");
    world
        .command(node, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.transition(step)
            })
        })
        .unwrap();
    world.settle();
}

fn worked(seed: u64) -> Worked {
    let (mut world, case) = World::team_of_three(seed);
    world.say(0, case, "in the morning").unwrap();
    world.settle();
    let owner = seat_of(&world, case, 1);
    let consult = Consult {
        specialty: "nephrology".to_owned(),
        question: "how much".to_owned(),
        class: ConsultClass::Advice,
    };
    let consult = world
        .command(0, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.consult(owner, consult)
            })
        })
        .unwrap();
    world.settle();
    step(&mut world, 1, case, consult, LoopState::Answered);
    step(&mut world, 0, case, consult, LoopState::Closed);
    let task = Task {
        what: "call".to_owned(),
        due: None,
    };
    let task = world
        .command(0, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.task(owner, task)
            })
        })
        .unwrap();
    world.settle();
    world.advance(Duration::from_hours(3));
    let noon = world.clock.now();
    world.advance(Duration::from_hours(3));
    world.say(2, case, "in the evening").unwrap();
    world.settle();
    Worked {
        world,
        case,
        task,
        noon,
    }
}

/// Seats somebody new; returns their node.
fn newcomer(world: &mut World, name: &str) -> usize {
    world.enrol("clinic", name, None)
}

fn seats(
    world: &mut World,
    by: usize,
    case: CaseId,
    node: usize,
    history: HistoryPolicy,
) -> Result<(), Error> {
    let seat = world.seat(node);
    let occupancy = Occupancy {
        seat: seat.id,
        person: Some(world.person(node)),
    };
    let change = TeamChange {
        content: TeamChanged {
            seats_added: vec![seat],
            occupancies: vec![occupancy],
            reason: String::new(),
            history,
        },
        language: Language::English,
    };
    world.command(by, |account| account.change_team(case, &change))
}

fn digest(world: &World, node: usize, case: CaseId) -> [u8; 32] {
    world.nodes[node].account.view(case).unwrap().digest()
}

fn withheld(world: &World, node: usize, case: CaseId) -> usize {
    world.nodes[node].account.view(case).unwrap().withheld.len()
}

fn shared(world: &World, node: usize, history: HistoryPolicy) -> HistoryShared {
    HistoryShared {
        person: world.person(node),
        history,
        reason: String::new(),
    }
}

#[test]
fn those_who_join_under_one_policy_see_the_same_and_know_what_is_to_be_done() {
    for how in 0..4 {
        let Worked {
            mut world,
            case,
            task,
            noon,
        } = worked(70 + how);
        let policy = match how {
            0 => HistoryPolicy::All,
            1 => HistoryPolicy::Open,
            2 => HistoryPolicy::Since { since: noon },
            _ => HistoryPolicy::Kinds {
                kinds: vec![LoopKind::Consult],
            },
        };
        let first = newcomer(&mut world, "First");
        seats(&mut world, 0, case, first, policy.clone()).unwrap();
        world.settle();
        let second = newcomer(&mut world, "Second");
        seats(&mut world, 1, case, second, policy.clone()).unwrap();
        world.settle();
        // A further device of theirs is given what its person may have, by whoever adds it.
        let tablet = world.enrol("clinic", "Tablet", Some(first));
        let person = world.person(first).name;
        world
            .command(0, |account| account.add_devices(case, &person))
            .unwrap();
        world.settle();
        world.crash(second);
        world.settle();

        world.assert_no_alarm();
        world.assert_converged(case);
        assert_eq!(digest(&world, first, case), digest(&world, second, case));
        assert_eq!(digest(&world, first, case), digest(&world, tablet, case));
        assert_eq!(withheld(&world, first, case) == 0, policy.is_all());
        let view = world.nodes[first].account.view(case).unwrap();
        assert!(view.find_loop(task).unwrap().is_open());
        let consults = view.loops.iter().filter(|it| it.kind == LoopKind::Consult);
        assert_eq!(consults.count(), usize::from(matches!(how, 0 | 3)));
        assert_eq!(world.sees(first, case, "in the morning"), how == 0);
        assert_eq!(
            world.sees(first, case, "in the evening"),
            matches!(how, 0 | 2)
        );
        let by = world.nodes[first].account.shared_by(case).unwrap();
        assert!(by.values().all(|device| *device == world.nodes[0].name));
        assert!(!by.is_empty());
    }
}

#[test]
fn what_was_withheld_is_shared_later_and_told_to_everybody() {
    let Worked {
        mut world, case, ..
    } = worked(75);
    let node = newcomer(&mut world, "Newcomer");
    seats(&mut world, 0, case, node, HistoryPolicy::Open).unwrap();
    world.settle();
    let other = newcomer(&mut world, "Other");
    seats(&mut world, 0, case, other, HistoryPolicy::Open).unwrap();
    world.settle();
    assert!(withheld(&world, node, case) > 0);

    let more = shared(&world, node, HistoryPolicy::All);
    // Whoever was not given it cannot share it.
    let refused = world
        .command(other, |account| {
            account.share_more(case, &more, Language::English)
        })
        .unwrap_err();
    assert_eq!(refused.reason, Reason::NotAllowed);
    let decided = world
        .command(2, |account| {
            account.share_more(case, &more, Language::English)
        })
        .unwrap();
    world.settle();
    world.assert_no_alarm();
    assert_eq!(withheld(&world, node, case), 0);
    assert_eq!(digest(&world, node, case), digest(&world, 0, case));
    assert!(world.sees(node, case, "in the morning"));
    let by = world.nodes[node].account.shared_by(case).unwrap();
    assert!(by.values().any(|device| *device == world.nodes[2].name));
    // The others are told, and given nothing.
    assert!(
        world.nodes[other]
            .account
            .view(case)
            .unwrap()
            .item(decided)
            .is_some()
    );
    assert!(!world.sees(other, case, "in the morning"));
    world.crash(node);
    world.settle();
    assert_eq!(digest(&world, node, case), digest(&world, 0, case));
    let again = world.command(2, |account| {
        account.share_more(case, &more, Language::English)
    });
    assert_eq!(again.unwrap_err().reason, Reason::NotAllowed);
}

#[test]
fn whoever_shares_something_else_than_what_was_withheld_is_named() {
    let Worked {
        mut world, case, ..
    } = worked(76);
    let node = newcomer(&mut world, "Newcomer");
    seats(&mut world, 0, case, node, HistoryPolicy::Open).unwrap();
    world.settle();
    let view = world.nodes[node].account.view(case).unwrap();
    let is_text = |seq: &u64| World::is_text(&world.relayed(1, case, *seq));
    let seq = view
        .withheld
        .keys()
        .copied()
        .find(|seq| is_text(seq))
        .unwrap();
    // The author's words, verifiably theirs, moved to another time.
    let mut altered = world.relayed(1, case, seq);
    altered.accept_time.as_mut().unwrap().seconds += 60;
    let to = [world.person(node).name];
    world
        .command(1, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.history_for(&to, vec![altered], Vec::new(), 1)
            })
        })
        .unwrap();
    world.settle();
    let by = world.person(1).name;
    assert!(
        world.nodes[node]
            .alarms
            .contains(&Alarm::HistoryDiffers { case, by, seq })
    );
    assert!(!world.sees(node, case, "in the morning"));
    // As it is, it is taken, whoever shares it.
    let more = shared(&world, node, HistoryPolicy::All);
    world
        .command(2, |account| {
            account.share_more(case, &more, Language::English)
        })
        .unwrap();
    world.settle();
    assert!(world.sees(node, case, "in the morning"));
}

#[test]
fn whoever_withholds_an_entry_under_a_false_digest_is_named_by_those_who_have_it() {
    let Worked {
        mut world, case, ..
    } = worked(77);
    let node = newcomer(&mut world, "Newcomer");
    let (seq, id) = {
        let view = world.nodes[0].account.view(case).unwrap();
        let item = view.timeline.last().unwrap();
        (item.seq, item.id)
    };
    let named = care::WithheldEntry {
        seq,
        entry_id: id.into(),
        digest: Bytes::from_static(&[7; 32]),
    };
    let to = [world.person(node).name];
    world
        .command(1, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.history_for(&to, Vec::new(), vec![named], 0)
            })
        })
        .unwrap();
    world.settle();
    let by = world.person(1).name;
    for node in [0, 2] {
        let differs = Alarm::HistoryDiffers {
            case,
            by: by.clone(),
            seq,
        };
        assert!(world.nodes[node].alarms.contains(&differs));
    }
}

#[test]
fn an_heir_gives_what_was_decided() {
    let Worked {
        mut world, case, ..
    } = worked(78);
    let node = newcomer(&mut world, "Newcomer");
    seats(&mut world, 0, case, node, HistoryPolicy::Open).unwrap();
    // The change and who is seated reach the log; the history does not.
    let mut sent = 0;
    loop {
        let (id, call) = world.take_call(0);
        sent += usize::from(matches!(call, Call::Send(_)));
        if sent == 2 {
            break;
        }
        world.answer(0, id, &call);
        world.deliver(0, usize::MAX);
    }
    world.revoke(0);
    world.settle();
    world.assert_converged(case);
    let view = world.nodes[node].account.view(case).unwrap();
    assert!(view.is_opened());
    assert!(withheld(&world, node, case) > 0);
    assert!(!world.sees(node, case, "in the morning"));
    let by = world.nodes[node].account.shared_by(case).unwrap();
    assert!(!by.is_empty() && by.values().all(|device| *device != world.nodes[0].name));
}

#[test]
fn a_policy_is_for_those_who_join() {
    let Worked {
        mut world, case, ..
    } = worked(79);
    let refused = seats(&mut world, 0, case, 1, HistoryPolicy::Open).unwrap_err();
    assert_eq!(refused.reason, Reason::NotAllowed);
}
