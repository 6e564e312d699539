//! Who viewed what reaches the custodian's officer once, whatever fails on the way.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use relais_engine::{Alarm, Call, Event, Recording, View};
use relais_proto::audit;
use relais_types::{CaseId, Clock as _, EntryId};

use crate::world::{Fate, World};

const HOSPITAL: &str = "organisations/hospital.internal";

/// An officer and a navigator of a hospital, and a physician of a clinic: nodes 0, 1 and 2, with
/// a case that the navigator opened.
fn team(seed: u64) -> (World, CaseId) {
    let mut world = World::new(seed);
    world.enrol("hospital", "Officer", None);
    world.enrol("hospital", "Navigator", None);
    world.enrol("clinic", "Physician", None);
    let case = world.open_case(1, &[1, 2], None);
    world.settle();
    (world, case)
}

fn publish(world: &mut World, by: usize) -> audit::OfficerKey {
    let request = world
        .command(by, relais_engine::Account::create_officer_key)
        .unwrap();
    let key = request.officer_key.unwrap();
    world
        .server
        .officers
        .insert(HOSPITAL.to_owned(), key.clone());
    key
}

fn shown(world: &mut World, node: usize, case: CaseId, entries: &[EntryId]) {
    world
        .command(node, |account| account.record_shown(case, entries))
        .unwrap();
}

/// Every view that the server holds, as `node` opens it.
fn opened(world: &World, node: usize) -> Vec<Result<View, String>> {
    let open = |sealed| world.nodes[node].account.open_view(sealed).unwrap().view;
    world.server.views.iter().map(open).collect()
}

#[test]
fn what_is_shown_reaches_the_officer_once_through_faults_and_crashes() {
    for seed in 0..40 {
        let (mut world, case) = team(seed);
        publish(&mut world, 0);
        let entries: Vec<EntryId> = (0..6)
            .map(|n| world.say(1, case, &format!("entry {n}")).unwrap())
            .collect();
        world.settle();
        let mut expected: BTreeMap<EntryId, usize> = BTreeMap::new();
        let mut session = BTreeSet::new();
        for _ in 0..40 {
            match world.below(6) {
                0 | 1 => {
                    let entry = entries[world.below(entries.len())];
                    shown(&mut world, 2, case, &[entry]);
                    if session.insert(entry) {
                        *expected.entry(entry).or_default() += 1;
                    }
                }
                2 => world.advance(Duration::from_secs(2)),
                3 => {
                    world.crash(2);
                    session.clear();
                }
                4 => {
                    world.event(2, Event::Disconnected);
                    world.event(2, Event::Connected);
                }
                _ => {
                    let fates = [Fate::Answered, Fate::LostBefore, Fate::LostAfter];
                    while world.calls(2) > 0 {
                        let fate = fates[world.below(3)];
                        world.resolve(2, 0, fate);
                    }
                }
            }
        }
        world.settle();
        let mut counted: BTreeMap<EntryId, usize> = BTreeMap::new();
        for view in opened(&world, 0) {
            let view = view.unwrap();
            assert_eq!(view.case, case);
            assert_eq!(view.device, world.nodes[2].name);
            for entry in view.entries {
                *counted.entry(entry).or_default() += 1;
            }
        }
        assert_eq!(counted, expected, "seed {seed}");
    }
}

#[test]
fn a_reading_session_is_one_upload_and_ones_own_entries_are_none() {
    let (mut world, case) = team(1);
    publish(&mut world, 0);
    let entries: Vec<EntryId> = (0..5)
        .map(|n| world.say(1, case, &format!("entry {n}")).unwrap())
        .collect();
    world.settle();
    for entry in &entries {
        shown(&mut world, 1, case, &[*entry]);
        shown(&mut world, 2, case, &[*entry]);
        shown(&mut world, 2, case, &[*entry]);
    }
    world.settle();
    let views = opened(&world, 0);
    assert_eq!(views.len(), 1);
    assert_eq!(views[0].as_ref().unwrap().entries, entries);
    assert_eq!(
        world.nodes[2].account.recording(case),
        Ok(Recording::On("hospital.internal".parse().unwrap()))
    );
}

#[test]
fn without_an_officer_nothing_is_recorded() {
    let (mut world, case) = team(2);
    let entry = world.say(1, case, "hello").unwrap();
    world.settle();
    shown(&mut world, 2, case, &[entry]);
    world.settle();
    assert!(world.server.views.is_empty());
    assert_eq!(
        world.nodes[2].account.recording(case),
        Ok(Recording::Off("hospital.internal".parse().unwrap()))
    );
}

#[test]
fn a_key_that_the_server_made_up_gets_nothing_and_is_told() {
    let (mut world, case) = team(3);
    let good = publish(&mut world, 0);
    // Another organisation's device has signed it, or nobody has.
    let other = world
        .command(2, relais_engine::Account::create_officer_key)
        .unwrap()
        .officer_key
        .unwrap();
    let mut changed = good.clone();
    let mut statement = changed.statement.to_vec();
    *statement.last_mut().unwrap() ^= 1;
    changed.statement = statement.into();
    let mixed = audit::OfficerKey {
        certificate_chain: good.certificate_chain.clone(),
        ..other.clone()
    };
    // A device of another organisation says that it is this one's officer.
    let signature = world
        .signature_key(2)
        .sign("relais/officer-key/v1", &good.statement);
    let posing = audit::OfficerKey {
        signature: Bytes::copy_from_slice(&signature),
        statement: good.statement.clone(),
        ..other.clone()
    };
    let bad = [other, changed, mixed, posing];
    let entries: Vec<EntryId> = (0..bad.len())
        .map(|n| world.say(1, case, &format!("entry {n}")).unwrap())
        .collect();
    world.settle();
    for (bad, entry) in bad.into_iter().zip(&entries) {
        world.server.officers.insert(HOSPITAL.to_owned(), bad);
        // What was learnt of the key is old by then.
        world.advance(Duration::from_hours(2));
        shown(&mut world, 2, case, &[*entry]);
        world.settle();
        assert!(world.server.views.is_empty());
        let alarm = world.nodes[2].alarms.pop();
        assert!(matches!(alarm, Some(Alarm::OfficerKey { .. })), "{alarm:?}");
        world.nodes[2].alarms.clear();
    }
    // Nothing is lost by it: with the true key it is sent.
    world.server.officers.insert(HOSPITAL.to_owned(), good);
    world.crash(2);
    world.advance(Duration::from_secs(2));
    world.settle();
    let views = opened(&world, 0);
    assert_eq!(views[0].as_ref().unwrap().entries, entries);
}

#[test]
fn only_the_officers_key_opens_a_view_and_a_forged_one_shows() {
    let (mut world, case) = team(4);
    publish(&mut world, 0);
    let entry = world.say(1, case, "hello").unwrap();
    world.settle();
    shown(&mut world, 2, case, &[entry]);
    world.settle();
    // The clinic's officer has a key of the clinic.
    world
        .command(2, relais_engine::Account::create_officer_key)
        .unwrap();
    assert!(opened(&world, 2)[0].is_err());
    // Somebody of the hospital who was given the key can.
    let secrets = world.nodes[0].account.officer_secrets().unwrap();
    assert!(
        world.nodes[1]
            .account
            .open_view(&world.server.views[0])
            .is_err()
    );
    world
        .command(1, |account| account.keep_officer_key(&secrets[0]))
        .unwrap();
    assert!(opened(&world, 1)[0].is_ok());
    // What anybody can seal to the key is not believed.
    let key = relais_mls::OpeningKey::from_seed(&secrets[0]).unwrap();
    let info = [&b"relais/view/v1"[..], b"hospital.internal"].concat();
    let forged = relais_mls::seal(&key.public(), &info, b"no view at all").unwrap();
    let view = audit::SealedView {
        sealed: Bytes::from(forged),
        receive_time: world.server.views[0].receive_time,
    };
    assert!(
        world.nodes[0]
            .account
            .open_view(&view)
            .unwrap()
            .view
            .is_err()
    );
}

#[test]
fn a_key_of_a_device_that_is_not_in_the_log_gets_nothing() {
    let (mut world, case) = team(5);
    let ghost = world.enrol_in_secret("hospital", None);
    publish(&mut world, ghost);
    let entry = world.say(1, case, "hello").unwrap();
    world.settle();
    shown(&mut world, 2, case, &[entry]);
    world.settle();
    assert!(world.server.views.is_empty());
    assert_eq!(
        world.nodes[2].account.recording(case),
        Ok(Recording::Unknown)
    );
    let alarms = &world.nodes[2].alarms;
    let [alarm @ Alarm::OfficerKey { .. }] = alarms.as_slice() else {
        panic!("{alarms:?}");
    };
    let text = alarm.to_string();
    for said in ["transparency log", "privacy officer", "telephone"] {
        assert!(text.contains(said), "{text}");
    }
    // What was noted is not lost: with the true key it is sent.
    publish(&mut world, 0);
    world.crash(2);
    world.advance(Duration::from_secs(2));
    world.settle();
    assert_eq!(opened(&world, 0)[0].as_ref().unwrap().entries, [entry]);
}

#[test]
fn nothing_is_sealed_before_the_signer_was_proved() {
    let (mut world, case) = team(6);
    publish(&mut world, 0);
    let entry = world.say(1, case, "hello").unwrap();
    world.settle();
    shown(&mut world, 2, case, &[entry]);
    world.advance(Duration::from_secs(2));
    let asked = |call: &Call| matches!(call, Call::GetInclusionProofs(_));
    world.answer_until(2, asked);
    // The log does not answer.
    for _ in 0..5 {
        while world.calls(2) > 0 {
            world.resolve(2, 0, Fate::LostBefore);
        }
        world.advance(Duration::from_mins(2));
        assert!(world.server.views.is_empty());
    }
    world.settle();
    assert_eq!(world.server.views.len(), 1);
    world.assert_no_alarm();
}

#[test]
fn a_server_that_deceives_is_told_nothing_more() {
    let (mut world, case) = team(7);
    publish(&mut world, 0);
    let entry = world.say(1, case, "hello").unwrap();
    world.settle();
    let older = world.server.log.snapshot();
    let now = world.clock.now();
    world.server.log.grow(now);
    world.reconnect(2);
    world.server.log = older;
    world.reconnect(2);
    assert_eq!(world.nodes[2].account.evidence().len(), 1);
    shown(&mut world, 2, case, &[entry]);
    world.advance(Duration::from_secs(2));
    assert_eq!(world.calls(2), 0);
    world.settle();
    assert!(world.server.views.is_empty());
}
