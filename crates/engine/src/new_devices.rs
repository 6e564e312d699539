//! Devices that were enrolled in this person's name: shown until they have been seen.

use relais_proto::delivery;
use relais_types::{DeviceId, DeviceName, Result, Timestamp};

use crate::{
    account::Account,
    event::{NewDevice, Update},
    receive::time_of,
    record::{self, NEW_DEVICE, NewDeviceRecord},
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
        let concerns_them = device.practitioner_name() == self.me.practitioner();
        if !concerns_them || device == self.me.device {
            return;
        }
        let new = NewDevice {
            device,
            // It stands in a sentence on a screen.
            label: notice
                .label
                .chars()
                .filter(|c| !c.is_control())
                .take(MAX_LABEL)
                .collect(),
            enrolled_at: time_of(notice.enrol_time),
        };
        let row = NewDeviceRecord {
            device: new.device.to_string(),
            label: new.label.clone(),
            enrolled_at: new.enrolled_at.as_micros(),
        };
        record::write(&mut self.state, key(new.device.device), &row);
        self.update(Update::NewDevice(new));
    }
}

fn key(device: DeviceId) -> Vec<u8> {
    [NEW_DEVICE, device.as_bytes()].concat()
}
