//! Devices that were enrolled in one's name: told until they were seen.

use relais_client::{Client, NewDevice};
use serde::Serialize;

use crate::{Failure, render::Style};

/// A device that its owner has to recognise.
#[derive(Serialize)]
pub(super) struct Row {
    device: String,
    label: String,
    /// RFC 3339, UTC.
    enrolled_at: String,
    /// The command that ends it.
    revoke: String,
}

impl Row {
    pub(super) fn of(new: &NewDevice) -> Self {
        let at = jiff::Timestamp::from_microsecond(new.enrolled_at.as_micros());
        Self {
            device: new.device.to_string(),
            label: new.label.clone(),
            enrolled_at: at.map_or_else(|_| String::new(), |at| format!("{at:.0}")),
            revoke: format!(
                "relais admin revoke device {} {}",
                new.device.organisation, new.device.device
            ),
        }
    }

    /// What the person is told, and what to do about it.
    pub(super) fn text(&self, style: Style) -> String {
        let Self {
            label,
            enrolled_at,
            revoke,
            ..
        } = self;
        let values = [
            ("label", label.into()),
            ("at", enrolled_at.into()),
            ("revoke", revoke.into()),
        ];
        if label.is_empty() {
            style.fill("new-devices-unnamed", &values)
        } else {
            style.fill("new-devices-named", &values)
        }
    }
}

/// Tells the account that they were seen, once they have been printed.
pub(super) async fn seen(client: &Client, devices: &[NewDevice]) -> Result<(), Failure> {
    for new in devices {
        client.saw_new_device(new.device.device).await?;
    }
    Ok(())
}
