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
        let name = match (label.as_str(), style.language) {
            ("", _) => String::new(),
            (label, relais_care::Language::French) => format!("« {label} » "),
            (label, relais_care::Language::English) => format!("'{label}' "),
        };
        match style.language {
            relais_care::Language::French => format!(
                "! Un nouvel appareil {name}a été inscrit à votre nom à {enrolled_at}. Si ce \
                 n’était pas vous, demandez à votre administrateur de le révoquer :\n  {revoke}"
            ),
            relais_care::Language::English => format!(
                "! A new device {name}was enrolled in your name at {enrolled_at}. If this was \
                 not you, tell your administrator to revoke it:\n  {revoke}"
            ),
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
