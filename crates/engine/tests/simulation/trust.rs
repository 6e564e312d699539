//! A server that deceives, and what the devices make of it.

use relais_engine::{Alarm, Breach, Call, Event, Reply};
use relais_proto::{
    delivery::{self, delivery::Item},
    transparency as pb,
};
use relais_transparency::SignedCheckpoint;
use relais_types::Reason;

use crate::world::{Fate, World};

fn breaches(world: &World, node: usize) -> Vec<Breach> {
    let evidence = world.nodes[node].account.evidence();
    evidence.iter().map(|it| it.breach.clone()).collect()
}

/// Everything that was shown to the person as a breach.
fn shown(world: &World, node: usize) -> Vec<Breach> {
    let alarms = world.nodes[node].alarms.iter();
    alarms
        .filter_map(|alarm| match alarm {
            Alarm::Breach(breach) => Some((**breach).clone()),
            _ => None,
        })
        .collect()
}

fn texts(world: &World, node: usize, case: relais_types::CaseId) -> Vec<String> {
    let view = world.nodes[node].account.view(case).unwrap();
    let texts = view.timeline.iter();
    texts
        .map(|item| item.text(relais_care::Language::English).into_owned())
        .collect()
}

#[test]
fn a_device_that_is_not_in_the_log_is_not_added() {
    let mut world = World::new(1);
    let (amal, luc) = (
        world.enrol("a", "Amal", None),
        world.enrol("b", "Luc", None),
    );
    let ghost = world.enrol_in_secret("b", Some(luc));
    let case = world.open_case(amal, &[amal, luc], None);
    world.settle();
    let members = world.nodes[amal].account.members(case).unwrap();
    let ghosts_name = world.nodes[ghost].name.clone();
    assert!(!members.contains(&ghosts_name));
    assert_eq!(members.len(), 2);
    let refused = Alarm::GhostRefused {
        case,
        device: ghosts_name,
    };
    assert_eq!(world.nodes[amal].alarms, [refused]);
    world.say(amal, case, "hello").unwrap();
    world.settle();
    assert!(texts(&world, luc, case).contains(&"hello".to_owned()));
    assert!(world.nodes[ghost].account.view(case).is_err());
}

#[test]
fn a_person_with_nothing_but_a_ghost_is_left_out() {
    let mut world = World::new(2);
    let amal = world.enrol("a", "Amal", None);
    let ghost = world.enrol_in_secret("b", None);
    let case = world.open_case(amal, &[amal, ghost], None);
    world.settle();
    let refused = world.nodes[amal].updates.iter().find_map(|it| match it {
        relais_engine::Update::TeamChangeFailed { error, .. } => Some(error.clone()),
        _ => None,
    });
    assert_eq!(refused.unwrap().reason, Reason::CredentialInvalid);
    assert_eq!(world.nodes[amal].account.members(case).unwrap().len(), 1);
    world.say(amal, case, "alone").unwrap();
    world.settle();
    assert!(texts(&world, amal, case).contains(&"alone".to_owned()));
}

/// Amal, Luc and Luc's second device, which Luc's client added although the log does not have it.
fn with_ghost(seed: u64) -> (World, [usize; 3], relais_types::CaseId) {
    let mut world = World::new(seed);
    let (amal, luc) = (
        world.enrol("a", "Amal", None),
        world.enrol("b", "Luc", None),
    );
    let case = world.open_case(amal, &[amal, luc], None);
    world.settle();
    let ghost = world.enrol_in_secret("b", Some(luc));
    let name = world.nodes[luc].name.practitioner_name();
    // Luc is shown a log with the device, everybody else one without.
    let honest = std::mem::take(&mut world.server.log.hidden);
    world
        .command(luc, |account| account.add_devices(case, &name))
        .unwrap();
    world.answer_all(luc);
    world.server.log.hidden = honest;
    (world, [amal, luc, ghost], case)
}

#[test]
fn a_ghost_in_the_group_stops_sending_until_it_is_removed() {
    let (mut world, [amal, luc, ghost], case) = with_ghost(3);
    let ghosts_name = world.nodes[ghost].name.clone();
    world.say(amal, case, "before").unwrap();
    world.settle();
    let expected = Breach::Ghost {
        case,
        device: ghosts_name.clone(),
    };
    assert_eq!(breaches(&world, amal), std::slice::from_ref(&expected));
    assert_eq!(shown(&world, amal), std::slice::from_ref(&expected));
    let refused = world.say(amal, case, "again").unwrap_err();
    assert_eq!(refused.reason, Reason::SendingStopped);
    assert!(refused.message.contains("relais case expel"), "{refused}");

    // Restarted, it still stands; what was posted waits.
    world.crash(amal);
    world.settle();
    assert_eq!(breaches(&world, amal), [expected]);
    let waiting = world.nodes[amal].account.pending(case).unwrap().len();
    assert_eq!(waiting, 1, "the entry is not lost");

    world
        .command(amal, |account| account.expel(case, &ghosts_name))
        .unwrap();
    world.settle();
    assert!(world.nodes[amal].account.breach(case).is_none());
    assert!(world.nodes[amal].account.evidence()[0].resolved);
    assert!(texts(&world, luc, case).contains(&"before".to_owned()));
    assert!(!texts(&world, ghost, case).contains(&"before".to_owned()));
    world.say(amal, case, "after").unwrap();
    world.settle();
    assert!(texts(&world, luc, case).contains(&"after".to_owned()));
}

#[test]
fn a_log_that_becomes_shorter_stops_everything() {
    let mut world = World::new(4);
    let (amal, luc) = (
        world.enrol("a", "Amal", None),
        world.enrol("b", "Luc", None),
    );
    let case = world.open_case(amal, &[amal, luc], None);
    world.settle();
    let (held, old) = (world.server.log.tree.size(), world.server.log.snapshot());
    world.enrol("c", "Rose", None);
    world.event(amal, Event::Disconnected);
    world.event(amal, Event::Connected);
    world.settle();
    world.server.log = old;
    world.event(amal, Event::Disconnected);
    world.event(amal, Event::Connected);
    world.settle();
    let expected = Breach::Rollback {
        held: held + 1,
        shown: held,
    };
    assert_eq!(shown(&world, amal), std::slice::from_ref(&expected));
    let evidence = world.nodes[amal].account.evidence()[0].clone();
    let key = world.server.log.signer.log_key();
    for (note, size) in [(evidence.held, held + 1), (evidence.shown, held)] {
        let signed = SignedCheckpoint::read(&note, &key).unwrap();
        assert_eq!(signed.checkpoint.size, size);
    }
    let refused = world.say(amal, case, "anything").unwrap_err();
    assert_eq!(refused.reason, Reason::SendingStopped);
}

#[test]
fn two_logs_of_one_size_are_found_out_with_the_next_message() {
    let mut world = World::new(5);
    let (amal, luc) = (
        world.enrol("a", "Amal", None),
        world.enrol("b", "Luc", None),
    );
    let case = world.open_case(amal, &[amal, luc], None);
    world.settle();
    let common = world.server.log.snapshot();
    world.enrol("c", "Rose", None);
    world.event(amal, Event::Disconnected);
    world.event(amal, Event::Connected);
    world.settle();
    // Luc is shown another history after the common part, from now on.
    world.server.log = common;
    world.enrol("c", "Iris", None);
    world.reconnect(luc);
    for node in [amal, luc] {
        assert_eq!(breaches(&world, node), []);
    }
    world.say(amal, case, "one message").unwrap();
    world.answer_all(amal);
    world.deliver(luc, usize::MAX);
    let size = world.server.log.tree.size();
    let expected = Breach::SplitView {
        held: size,
        shown: size,
    };
    assert_eq!(shown(&world, luc), [expected]);
    assert!(texts(&world, luc, case).contains(&"one message".to_owned()));
}

#[test]
fn logs_of_different_sizes_need_a_proof_that_they_fit_together() {
    let mut world = World::new(6);
    let (amal, luc) = (
        world.enrol("a", "Amal", None),
        world.enrol("b", "Luc", None),
    );
    let case = world.open_case(amal, &[amal, luc], None);
    world.settle();
    // An honest log that one has seen more of than the other.
    world.enrol("c", "Rose", None);
    world.event(amal, Event::Disconnected);
    world.event(amal, Event::Connected);
    world.settle();
    world.say(amal, case, "longer").unwrap();
    world.settle();
    world.say(luc, case, "caught up").unwrap();
    world.settle();
    world.assert_no_alarm();

    // One that goes on differently for each of them, and is longer for Amal.
    let common = world.server.log.snapshot();
    for name in ["Iris", "Ivan"] {
        world.enrol("c", name, None);
    }
    world.reconnect(amal);
    world.server.log = common;
    world.enrol("c", "Rosa", None);
    world.reconnect(luc);
    let size = world.server.log.tree.size();
    world.say(amal, case, "from elsewhere").unwrap();
    world.answer_all(amal);
    world.deliver(luc, usize::MAX);
    assert_eq!(shown(&world, luc), [], "the server might have a proof");
    world.answer_all(luc);
    let expected = Breach::SplitView {
        held: size,
        shown: size + 1,
    };
    assert_eq!(shown(&world, luc), [expected]);
}

#[test]
fn an_entry_in_the_place_of_another_is_noticed() {
    let mut world = World::new(7);
    let (amal, luc) = (
        world.enrol("a", "Amal", None),
        world.enrol("b", "Luc", None),
    );
    let case = world.open_case(amal, &[amal, luc], None);
    world.say(amal, case, "first").unwrap();
    world.settle();
    let log = world.server.log(case);
    // What came before comes again, as after a lost acknowledgement.
    let again = |deliveries| Event::Delivered {
        deliveries,
        caught_up: true,
    };
    world.event(luc, again(log.clone()));
    world.assert_no_alarm();
    let mut replaced = log;
    let last = replaced.len() - 1;
    let payload = entry(&replaced[last - 1]).payload.clone();
    if let Some(Item::Entry(entry)) = &mut replaced[last].item {
        entry.payload = payload;
    }
    let seq = entry(&replaced[last]).seq;
    world.event(luc, again(replaced));
    assert_eq!(shown(&world, luc), [Breach::Rewritten { case, seq }]);
    assert!(texts(&world, luc, case).contains(&"first".to_owned()));
}

fn entry(delivery: &delivery::Delivery) -> &delivery::LogEntry {
    match &delivery.item {
        Some(Item::Entry(entry)) => entry,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_that_is_behind_its_own_past_is_noticed() {
    let mut world = World::new(8);
    let (amal, luc) = (
        world.enrol("a", "Amal", None),
        world.enrol("b", "Luc", None),
    );
    let case = world.open_case(amal, &[amal, luc], None);
    world.settle();
    world.say(amal, case, "first").unwrap();
    while world.calls(amal) > 0 {
        let call = world.take_call(amal);
        let reply = match &call.1 {
            // It takes the message in the place of one that Amal has read.
            Call::Send(_) => Ok(Reply::Send(delivery::SendResponse { seq: 1 })),
            other => panic!("{other:?}"),
        };
        world.event(amal, Event::Replied(call.0, reply));
    }
    assert_eq!(shown(&world, amal), [Breach::Forgotten { case }]);
    // One that denies where it said that Luc was.
    world.event(luc, Event::Disconnected);
    world.event(luc, Event::Connected);
    let mut denied = false;
    while world.calls(luc) > 0 {
        let (id, call) = world.take_call(luc);
        if matches!(call, Call::Sync(_)) {
            denied = true;
            let error = relais_types::Error::cursor_invalid();
            world.event(luc, Event::Replied(id, Err(error)));
        } else {
            world.answer(luc, id, &call);
        }
    }
    assert!(denied, "the positions are checked on every connection");
    assert_eq!(shown(&world, luc), [Breach::CursorsDenied]);
}

#[test]
fn a_lost_check_is_made_again_and_nothing_is_sent_before() {
    let mut world = World::new(9);
    let (amal, luc) = (
        world.enrol("a", "Amal", None),
        world.enrol("b", "Luc", None),
    );
    let case = world.open_case(amal, &[amal, luc], None);
    world.settle();
    let second = world.enrol("b", "Luc", Some(luc));
    let name = world.nodes[luc].name.practitioner_name();
    world
        .command(luc, |account| account.add_devices(case, &name))
        .unwrap();
    world.answer_all(luc);
    // Amal learns of the new device, and the log does not answer.
    world.deliver(amal, usize::MAX);
    world.say(amal, case, "waits for the proof").unwrap();
    let entries = world.server.entries(case);
    for _ in 0..5 {
        while world.calls(amal) > 0 {
            let sends = world.sends(amal);
            assert!(!sends, "nothing is sent before the proof");
            world.resolve(amal, 0, Fate::LostAfter);
        }
        world.advance(std::time::Duration::from_mins(2));
    }
    assert_eq!(world.server.entries(case), entries);
    world.settle();
    assert!(texts(&world, second, case).contains(&"waits for the proof".to_owned()));
    world.assert_no_alarm();
}

#[test]
fn an_answer_that_the_log_has_overtaken_is_no_step_back() {
    let mut world = World::new(11);
    let (amal, luc) = (
        world.enrol("a", "Amal", None),
        world.enrol("b", "Luc", None),
    );
    let case = world.open_case(amal, &[amal, luc], None);
    world.settle();
    let second = world.enrol("b", "Luc", Some(luc));
    let (person, device) = {
        let name = &world.nodes[second].name;
        (name.practitioner_name(), name.clone())
    };
    world.say(amal, case, "late").unwrap();
    let (id, call) = world.take_call(amal);
    // Two commits of Luc's come before the server's answer to the message, which is stale by one.
    world
        .command(luc, |account| account.add_devices(case, &person))
        .unwrap();
    world.answer_all(luc);
    world.deliver(luc, usize::MAX);
    world.answer_all(luc);
    world
        .command(luc, |account| account.expel(case, &device))
        .unwrap();
    world.answer_all(luc);
    world.deliver(amal, usize::MAX);
    assert!(matches!(call, Call::Send(_)));
    let stale = relais_types::Error::stale_epoch(2, 3);
    world.event(amal, Event::Replied(id, Err(stale)));
    world.settle();
    assert_eq!(shown(&world, amal), []);
    assert!(texts(&world, luc, case).contains(&"late".to_owned()));

    // One that has forgotten the epoch that it brought Amal into.
    world.say(amal, case, "next").unwrap();
    let (id, _) = world.take_call(amal);
    let future = relais_types::Error::new(Reason::FutureEpoch, "what epoch?").with("epoch", "1");
    world.event(amal, Event::Replied(id, Err(future)));
    assert_eq!(shown(&world, amal), [Breach::Forgotten { case }]);
}

/// Answers a device's calls, with each proof of inclusion changed.
fn with_spoilt_proofs(
    world: &mut World,
    node: usize,
    spoil: impl Fn(&World, pb::InclusionProof) -> pb::InclusionProof,
) {
    for _ in 0..3 {
        while world.calls(node) > 0 {
            let (id, call) = world.take_call(node);
            match &call {
                Call::GetInclusionProofs(request) => {
                    let mut answer = world.server.log.inclusion(request);
                    let proofs = std::mem::take(&mut answer.proofs).into_iter();
                    answer.proofs = proofs.map(|proof| spoil(world, proof)).collect();
                    let reply = Ok(Reply::GetInclusionProofs(answer));
                    world.event(node, Event::Replied(id, reply));
                }
                Call::CreateGroup(_) | Call::Commit(_) | Call::Send(_) => {
                    panic!("nothing is sent before a proof: {call:?}")
                }
                _ => world.answer(node, id, &call),
            }
        }
        world.advance(std::time::Duration::from_mins(2));
    }
}

#[test]
fn what_does_not_lead_from_the_certificate_to_the_root_proves_nothing() {
    let spoils: [fn(&World, pb::InclusionProof) -> pb::InclusionProof; 3] = [
        |_, mut proof| {
            proof.hashes[0] = vec![7; 32].into();
            proof
        },
        |_, mut proof| {
            proof.leaf_index ^= 1;
            proof
        },
        // The true proof of somebody else's certificate.
        |world, proof| {
            let wanted = proof.certificate_sha256;
            let mut all = world.server.log.certificates().into_iter();
            let other = all.find(|it| *it != wanted.as_ref()).unwrap();
            let request = pb::GetInclusionProofsRequest {
                certificates_sha256: vec![other.into()],
                from_size: 0,
            };
            let mut theirs = world.server.log.inclusion(&request).proofs.remove(0);
            theirs.certificate_sha256 = wanted;
            theirs
        },
    ];
    for (number, spoil) in spoils.into_iter().enumerate() {
        let mut world = World::new(12);
        let (amal, luc) = (
            world.enrol("a", "Amal", None),
            world.enrol("b", "Luc", None),
        );
        let case = world.open_case(amal, &[amal, luc], None);
        with_spoilt_proofs(&mut world, amal, spoil);
        let alarms = std::mem::take(&mut world.nodes[amal].alarms);
        let told = |it: &Alarm| matches!(it, Alarm::LogUnverifiable { .. });
        assert!(alarms.iter().any(told), "spoilt {number}: {alarms:?}");
        assert_eq!(breaches(&world, amal), [], "it is no proof against anybody");
        world.settle();
        assert!(world.nodes[luc].account.view(case).is_ok());
    }
}

/// Amal, whose log went on otherwise than she had seen it, and Luc; and the sizes of both logs.
fn with_split_log(seed: u64) -> (World, [usize; 2], relais_types::CaseId, [u64; 2]) {
    let mut world = World::new(seed);
    let (amal, luc) = (
        world.enrol("a", "Amal", None),
        world.enrol("b", "Luc", None),
    );
    let case = world.open_case(amal, &[amal, luc], None);
    world.settle();
    let common = world.server.log.snapshot();
    world.enrol("c", "Rose", None);
    world.reconnect(amal);
    let held = world.server.log.tree.size();
    world.server.log = common;
    for name in ["Iris", "Ivan"] {
        world.enrol("c", name, None);
    }
    let shown = world.server.log.tree.size();
    assert_eq!(breaches(&world, amal), []);
    (world, [amal, luc], case, [held, shown])
}

#[test]
fn a_longer_log_that_does_not_continue_the_one_held_is_no_continuation() {
    let (mut world, [amal, _], case, [held, shown]) = with_split_log(13);
    world.reconnect(amal);
    let expected = Breach::SplitView { held, shown };
    assert_eq!(breaches(&world, amal), std::slice::from_ref(&expected));
    // It stands in the store, before anything is asked again.
    let reopened = world.reopened(amal);
    assert_eq!(reopened.breach(case), Some(&expected));
    assert_eq!(reopened.evidence(), world.nodes[amal].account.evidence());
}

#[test]
fn what_was_on_its_way_when_a_breach_was_found_is_not_sent_again() {
    let (mut world, [amal, luc], case, _) = with_split_log(14);
    world.say(amal, case, "unlucky").unwrap();
    world.resolve(amal, 0, Fate::LostBefore);
    let entries = world.server.entries(case);
    world.event(amal, Event::Disconnected);
    world.event(amal, Event::Connected);
    while world.calls(amal) > 0 {
        assert!(!world.sends(amal), "it is not its turn yet");
        world.resolve(amal, 0, Fate::Answered);
    }
    assert_eq!(breaches(&world, amal).len(), 1);
    for _ in 0..5 {
        world.advance(std::time::Duration::from_mins(2));
        assert_eq!(world.calls(amal), 0);
    }
    assert_eq!(world.server.entries(case), entries);
    let waiting = world.nodes[amal].account.pending(case).unwrap().len();
    assert_eq!(waiting, 1, "the entry is not lost");
    let refused = world.say(amal, case, "again").unwrap_err();
    assert_eq!(refused.reason, Reason::SendingStopped);
    // Luc's device was shown one log only.
    world.say(luc, case, "still here").unwrap();
    world.settle();
    assert!(texts(&world, amal, case).contains(&"still here".to_owned()));
}
