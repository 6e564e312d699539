//! Devices that go offline and come back.

use std::collections::BTreeMap;

use relais_client::Client;

use super::{
    PASSPHRASE,
    stage::{Absence, Stage},
};
use crate::Failure;

impl Stage<'_> {
    pub(super) async fn offline(&mut self, named: &str) -> Result<(), Failure> {
        let posted = self.posted();
        let at = self.cast.position(named);
        let device = at.and_then(|at| self.cast.devices.get_mut(at));
        let (Some(at), Some(device)) = (at, device) else {
            return Err(Failure::failed(format!("there is no device `{named}`")));
        };
        if let Some(client) = device.client.take() {
            client.close().await?;
            self.absences.push(Absence {
                device: at,
                posted,
                until: None,
            });
        }
        self.narrator.line(&format!("  ⊘ {named} is offline"));
        Ok(())
    }

    pub(super) async fn online(&mut self, named: &str) -> Result<(), Failure> {
        let posted = self.posted();
        let absent = self.absences.iter_mut().rev().find(|absence| {
            let device = self.cast.devices.get(absence.device);
            absence.until.is_none()
                && device.is_some_and(|device| device.person == named || device.title() == named)
        });
        let Some(absence) = absent else {
            return Err(Failure::failed(format!("`{named}` is not offline")));
        };
        if let Some(device) = self.cast.devices.get_mut(absence.device) {
            device.client = Some(Client::open(device.store.clone(), &PASSPHRASE.into()).await?);
        }
        let missed: usize = posted
            .iter()
            .map(|(case, now)| now - absence.posted.get(case).copied().unwrap_or(0))
            .sum();
        absence.until = Some(posted);
        self.narrator.line(&format!(
            "  ⊙ {named} is back; {missed} entries were posted meanwhile"
        ));
        Ok(())
    }

    fn posted(&self) -> BTreeMap<String, usize> {
        self.cases
            .iter()
            .map(|case| (case.key.clone(), case.posted.len()))
            .collect()
    }
}
