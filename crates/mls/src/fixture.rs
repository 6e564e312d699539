//! What the tests of this crate share: a federation with people and devices.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use relais_types::{DeviceId, DeviceName, OrgDomain, PractitionerId, SeededEntropy, Timestamp};

use crate::SigningKey;

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_300_000_000_000);
pub(crate) const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

pub(crate) fn domain(name: &str) -> OrgDomain {
    name.parse().unwrap()
}

pub(crate) fn device_of(organisation: &str, number: u8) -> DeviceName {
    DeviceName {
        organisation: domain(organisation),
        practitioner: PractitionerId::from_bytes([number; 16]),
        device: DeviceId::from_bytes([number ^ 0x80; 16]),
    }
}

pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::generate(&mut SeededEntropy::new(number.into()))
}
