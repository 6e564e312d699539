//! Ids, resource names, cursors and times, as text and as bytes.

use std::{fmt::Display, str::FromStr};

use prost_types::Timestamp;
use relais_proto::{from_proto_time, to_proto_time};
use relais_types::{
    Cursor, DeviceId, DeviceName, Error, GroupId, OrgDomain, PractitionerName, ServiceName,
};

use super::Seed;
use crate::edits::Input;

/// What is read says of itself what was read.
pub fn run(input: &[u8]) {
    if let Ok(cursor) = Cursor::decode(input) {
        assert_eq!(cursor.encode(), input, "a cursor has one encoding");
    }
    if let Ok(id) = GroupId::try_from(input) {
        assert_eq!(id.as_bytes(), input);
    }
    let mut numbers = Input(input);
    let seconds = numbers.bytes(8).try_into().map_or(0, i64::from_be_bytes);
    let nanos = numbers.bytes(4).try_into().map_or(0, i32::from_be_bytes);
    let time = Timestamp { seconds, nanos };
    if let Ok(read) = from_proto_time("time", &time) {
        let again = to_proto_time(read);
        assert_eq!(again.seconds, seconds);
        assert_eq!(again.nanos, nanos / 1_000 * 1_000, "to the microsecond");
    }
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(domain) = text.parse::<OrgDomain>() {
        assert_eq!(domain.as_str(), text, "a domain has one spelling");
        let name = domain.resource_name();
        assert_eq!(OrgDomain::from_resource_name(&name), Ok(domain));
    }
    reads_back::<DeviceId>(text);
    reads_back::<PractitionerName>(text);
    reads_back::<DeviceName>(text);
    reads_back::<ServiceName>(text);
}

fn reads_back<T: FromStr<Err = Error> + Display + PartialEq>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        assert!(read.to_string().parse() == Ok(read), "{text:?}");
    }
}

/// Good ones of every kind.
pub fn seeds() -> Vec<Seed> {
    let group = GroupId::from_bytes([7; 16]);
    let id = "00000000-0000-0000-0000-000000000001";
    let person = format!("organisations/laurier.internal/practitioners/{id}");
    [
        ("cursor", Cursor::Group { group, seq: 9 }.encode()),
        ("inbox", Cursor::Inbox { position: 9 }.encode()),
        ("id", id.into()),
        ("domain", "st-luke.laurier.internal".into()),
        ("organisation", "organisations/laurier.internal".into()),
        ("practitioner", person.clone().into()),
        ("device", format!("{person}/devices/{id}").into()),
        (
            "service",
            format!("organisations/laurier.internal/services/{id}").into(),
        ),
        (
            "time",
            [&[0, 0, 0, 0, 0x65, 0, 0, 0][..], &[0x3b, 0x9a, 0xc9, 0xff]].concat(),
        ),
    ]
    .map(|(name, bytes): (&str, Vec<u8>)| (name.to_owned(), bytes))
    .into()
}
