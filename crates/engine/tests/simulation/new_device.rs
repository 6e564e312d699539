//! A person is told of devices that were enrolled in their name, until they have seen it.

use relais_engine::{Alarm, Call, Event, NewDevice, Update};
use relais_proto::{
    delivery::{self, delivery::Item},
    to_proto_time,
};
use relais_types::{Clock as _, Cursor, DeviceId, DeviceName, PractitionerId};

use crate::world::World;

fn notice(world: &World, device: &DeviceName, label: &str) -> Event {
    let item = Item::NewDevice(delivery::NewDevice {
        device: device.to_string(),
        label: label.to_owned(),
        enrol_time: Some(to_proto_time(world.clock.now())),
    });
    let delivery = delivery::Delivery {
        cursor: Cursor::Inbox { position: 0 }.encode().into(),
        item: Some(item),
    };
    Event::Delivered {
        deliveries: vec![delivery],
        caught_up: true,
    }
}

fn known(world: &World) -> Vec<NewDevice> {
    world.nodes[0].account.new_devices().unwrap()
}

#[test]
fn a_new_device_is_told_once_and_kept_until_it_was_seen() {
    let mut world = World::new(7);
    world.enrol("hospital", "Specialist", None);
    let mut other = world.nodes[0].name.clone();
    other.device = DeviceId::from_bytes([7; 16]);
    let told = notice(&world, &other, "ward\u{7} laptop");
    world.event(0, told);
    let expected = NewDevice {
        device: other.clone(),
        label: "ward laptop".to_owned(),
        enrolled_at: world.clock.now(),
    };
    assert!(
        world.nodes[0]
            .updates
            .contains(&Update::NewDevice(expected.clone()))
    );
    // Not acknowledged in time, so it comes again; and the process dies.
    let again = notice(&world, &other, "ward laptop");
    world.event(0, again);
    world.crash(0);
    assert_eq!(known(&world), [expected]);
    world
        .command(0, |account| {
            account.saw_new_device(other.device);
            Ok(())
        })
        .unwrap();
    world.crash(0);
    assert_eq!(known(&world), []);
}

#[test]
fn a_notice_about_this_device_or_of_somebody_else_is_no_news() {
    let mut world = World::new(8);
    world.enrol("hospital", "Specialist", None);
    let own = world.nodes[0].name.clone();
    let mut stranger = own.clone();
    stranger.practitioner = PractitionerId::from_bytes([7; 16]);
    for device in [&own, &stranger] {
        let event = notice(&world, device, "x");
        world.event(0, event);
    }
    assert_eq!(known(&world), []);
}

/// What the person was told, and how often.
fn told(world: &World, node: usize) -> Vec<DeviceName> {
    let updates = world.nodes[node].updates.iter();
    updates
        .filter_map(|update| match update {
            Update::NewDevice(new) => Some(new.device.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_device_that_only_the_log_tells_of_is_shown_once() {
    let mut world = World::new(9);
    world.enrol("hospital", "Specialist", None);
    let second = world.enrol("hospital", "Specialist", Some(0));
    world.enrol("hospital", "Somebody else", None);
    let name = world.nodes[second].name.clone();
    assert_eq!(told(&world, 0), [], "the log was not looked at since");
    world.reconnect(0);
    assert_eq!(told(&world, 0), std::slice::from_ref(&name));
    let new = known(&world);
    assert_eq!(
        (new[0].device.clone(), new[0].label.as_str()),
        (name.clone(), "")
    );
    // The server's notice comes late: it only adds what the device was called.
    let late = notice(&world, &name, "phone");
    world.event(0, late);
    world.crash(0);
    world.settle();
    assert_eq!(told(&world, 0), std::slice::from_ref(&name));
    assert_eq!(known(&world)[0].label, "phone");
    world
        .command(0, |account| {
            account.saw_new_device(name.device);
            Ok(())
        })
        .unwrap();
    let again = notice(&world, &name, "phone");
    world.event(0, again);
    world.crash(0);
    world.settle();
    assert_eq!(known(&world), []);
    // The other way round, too: a device learns which ones were there before it.
    assert_eq!(told(&world, second), [world.nodes[0].name.clone()]);
}

#[test]
fn leaves_that_make_no_signed_root_are_told_and_read_again() {
    let mut world = World::new(10);
    world.enrol("hospital", "Specialist", None);
    let second = world.enrol("hospital", "Specialist", Some(0));
    let withheld: [fn(Vec<bytes::Bytes>) -> Vec<bytes::Bytes>; 2] = [
        |_| Vec::new(),
        |mut leaves| {
            // Something else in the place of the device.
            let last = leaves.len() - 1;
            leaves[last] = bytes::Bytes::from_static(b"nothing of yours");
            leaves
        },
    ];
    for retold in withheld {
        world.server.log.retold = Some(retold);
        world.reconnect(0);
        let alarm = world.nodes[0].alarms.pop();
        assert!(
            matches!(alarm, Some(Alarm::LogUnverifiable { .. })),
            "{alarm:?}"
        );
        assert_eq!(told(&world, 0), []);
        assert!(world.nodes[0].account.is_settled().is_ok());
        world.crash(0);
        world.answer_all(0);
        world.nodes[0].alarms.clear();
    }
    world.server.log.retold = None;
    world.reconnect(0);
    assert_eq!(told(&world, 0), [world.nodes[second].name.clone()]);
    assert_eq!(world.nodes[0].alarms, []);
}

#[test]
fn an_unknown_device_of_ones_own_in_a_case_is_an_alarm_until_it_was_told() {
    let mut world = World::new(11);
    world.enrol("hospital", "Specialist", None);
    world.enrol("clinic", "Navigator", None);
    let case = world.open_case(1, &[0, 1], None);
    world.settle();
    let ghost = world.enrol("hospital", "Specialist", Some(0));
    let name = world.nodes[ghost].name.clone();
    // It is in the log, so that everybody proves it; the leaves are withheld from its owner.
    world.server.log.retold = Some(|_| Vec::new());
    let person = name.practitioner_name();
    world
        .command(1, |account| account.add_devices(case, &person))
        .unwrap();
    world.settle();
    let expected = Alarm::OwnDevice {
        case,
        device: name.clone(),
    };
    let alarms = world.nodes[0].alarms.clone();
    assert!(alarms.contains(&expected), "{alarms:?}");
    let text = expected.to_string();
    for said in [
        "relais case expel",
        "relais admin revoke device",
        "privacy officer",
    ] {
        assert!(text.contains(said), "{text}");
    }
    assert_eq!(known(&world)[0].device, name);
    // The log says it in the end, and a restart does not begin anew.
    world.server.log.retold = None;
    world.crash(0);
    world.settle();
    let alarms = world.nodes[0].alarms.iter();
    assert_eq!(alarms.filter(|it| **it == expected).count(), 1);
    assert_eq!(told(&world, 0), []);
    world.say(0, case, "goes on").unwrap();
    world.settle();
    assert!(world.sees(1, case, "goes on"));
}

#[test]
fn a_long_log_is_read_in_parts_and_nothing_waits_for_it() {
    let mut world = World::new(12);
    world.enrol("hospital", "Specialist", None);
    world.enrol("clinic", "Navigator", None);
    let case = world.open_case(0, &[0, 1], None);
    world.settle();
    let now = world.clock.now();
    for _ in 0..5_000 {
        world.server.log.grow(now);
    }
    let second = world.enrol("hospital", "Specialist", Some(0));
    let read = |world: &mut World| {
        let mut pages = 0;
        while world.calls(0) > 0 {
            let (id, call) = world.take_call(0);
            pages += usize::from(matches!(call, Call::GetEntries(_)));
            world.answer(0, id, &call);
        }
        pages
    };
    world.event(0, Event::Disconnected);
    world.event(0, Event::Connected);
    world.answer_until(0, |call| matches!(call, Call::GetEntries(_)));
    // While a page is on its way, messages go out.
    let page = world.take_call(0);
    world.say(0, case, "does not wait").unwrap();
    assert!(world.sends(0));
    world.answer(0, page.0, &page.1);
    let mut parts = vec![1 + read(&mut world)];
    while told(&world, 0).is_empty() {
        world.crash(0);
        parts.push(read(&mut world));
    }
    assert_eq!(parts, [8, 8, 4]);
    assert_eq!(told(&world, 0), [world.nodes[second].name.clone()]);
    world.settle();
    assert!(world.sees(1, case, "does not wait"));
}
