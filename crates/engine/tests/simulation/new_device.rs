//! A person is told of devices that were enrolled in their name, until they have seen it.

use relais_engine::{Event, NewDevice, Update};
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
