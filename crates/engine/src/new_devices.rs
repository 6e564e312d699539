//! Devices that were enrolled in this person's name: shown until they have been seen.
//!
//! The server tells of them, the transparency log does, and the members of a case do. Whichever
//! comes first is told to the person, and the others then are no news.

use relais_proto::delivery;
use relais_types::{DeviceId, DeviceName, Result, Timestamp};

use crate::{
    account::{Account, Conversation},
    event::{Alarm, NewDevice, Update},
    receive::time_of,
    record::{self, NEW_DEVICE, NewDeviceRecord, TOLD_DEVICE},
};

/// Longest label that is kept, in characters; servers take no longer ones.
const MAX_LABEL: usize = 60;

impl Account {
    /// The devices that were enrolled in this person's name and that they have not seen yet,
    /// oldest first.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn new_devices(&self) -> Result<Vec<NewDevice>> {
        let mut devices: Vec<NewDevice> = self
            .state
            .scan(NEW_DEVICE)
            .map(|(_, value)| {
                let row: NewDeviceRecord = record::decode(value)?;
                Ok(NewDevice {
                    device: row.device.parse()?,
                    label: row.label,
                    enrolled_at: Timestamp::from_micros(row.enrolled_at),
                })
            })
            .collect::<Result<_>>()?;
        devices.sort_by_key(|new| (new.enrolled_at, new.device.device));
        Ok(devices)
    }

    /// The person has seen that the device was enrolled.
    pub fn saw_new_device(&mut self, device: DeviceId) {
        self.state.delete(&key(device));
    }

    /// Keeps the notice. One about a device of somebody else, which no honest server sends, or
    /// about this device is passed over.
    pub(crate) fn receive_new_device(&mut self, notice: &delivery::NewDevice) {
        let Ok(device) = notice.device.parse::<DeviceName>() else {
            return;
        };
        // It stands in a sentence on a screen.
        let label = notice.label.chars().filter(|c| !c.is_control());
        self.announce(NewDevice {
            device,
            label: label.take(MAX_LABEL).collect(),
            enrolled_at: time_of(notice.enrol_time),
        });
    }

    /// Tells the person of a device in their name, once, from wherever this device knows of it.
    pub(crate) fn announce(&mut self, new: NewDevice) {
        let concerns_them = new.device.practitioner_name() == self.me.practitioner();
        if concerns_them && new.device != self.me.device && !self.keep(&new) {
            self.update(Update::NewDevice(new));
        }
    }

    /// Keeps a device in the person's name until they have seen it; true if they were told of it
    /// before. Then only the name that it was given is new, if it was not known.
    fn keep(&mut self, new: &NewDevice) -> bool {
        let (told, key) = (told(new.device.device), key(new.device.device));
        let was_told = self.state.get(&told).is_some();
        let mut row = NewDeviceRecord {
            device: new.device.to_string(),
            label: new.label.clone(),
            enrolled_at: new.enrolled_at.as_micros(),
        };
        if was_told {
            match record::read::<NewDeviceRecord>(&self.state, &key) {
                Ok(Some(kept)) if kept.label.is_empty() => row.enrolled_at = kept.enrolled_at,
                _ => return true,
            }
        }
        self.state.put(told, Vec::new());
        record::write(&mut self.state, key, &row);
        was_told
    }

    /// Looks through the cases whose members have changed for devices in the person's name of
    /// which nobody told this one: neither the server nor, as far as it was read, the log.
    pub(crate) fn look_for_own_devices(&mut self) {
        if !self.is_connected() {
            return;
        }
        for case in std::mem::take(&mut self.trust.rosters) {
            let open = self.cases.get(&case).is_some_and(Conversation::is_open);
            let members = self.mls.members(&self.state, case);
            let Some(members) = members.ok().filter(|_| open) else {
                continue;
            };
            let own = members.iter().filter(|member| {
                let device = &member.identity.device;
                device.practitioner_name() == self.me.practitioner()
                    && *device != self.me.device
                    && self.state.get(&told(device.device)).is_none()
            });
            let own: Vec<_> = own.collect();
            if own
                .iter()
                .any(|it| self.log_may_tell(&it.chain.fingerprint()))
            {
                self.trust.rosters.insert(case);
                continue;
            }
            let own: Vec<_> = own.iter().map(|it| it.identity.device.clone()).collect();
            let log_has_told = self.log_has_told();
            for device in own {
                let new = NewDevice {
                    device: device.clone(),
                    label: String::new(),
                    enrolled_at: self.now(),
                };
                if !log_has_told {
                    // It may stand in a part of the log that was not read yet.
                    self.announce(new);
                } else if !self.keep(&new) {
                    self.update(Update::Alarm(Alarm::OwnDevice { case, device }));
                }
            }
        }
    }
}

fn key(device: DeviceId) -> Vec<u8> {
    [NEW_DEVICE, device.as_bytes()].concat()
}

fn told(device: DeviceId) -> Vec<u8> {
    [TOLD_DEVICE, device.as_bytes()].concat()
}
