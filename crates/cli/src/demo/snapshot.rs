//! What every device sees at the end, from its own store.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use relais_care::CaseView;
use relais_types::{CaseId, DeviceName};
use tokio::time::Instant;

use super::stage::Stage;
use crate::{Failure, account::settle};

/// How long the last receipts may take to reach everybody.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long one device may take to settle before all are looked at again.
const ROUND: Duration = Duration::from_secs(3);
/// Pause between two looks at views that still differ.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// One device's view of one case.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    /// Where the device stands in the cast.
    pub(crate) device: usize,
    pub(crate) case: CaseId,
    pub(crate) view: CaseView,
    /// SHA-256 of the view, in hexadecimal.
    pub(crate) digest: String,
    /// Devices in the group, as this one knows it.
    pub(crate) members: Vec<DeviceName>,
    /// True if this device was removed, or revoked and so told nothing any more.
    pub(crate) left: bool,
}

/// Everybody's views.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) sights: Vec<Sight>,
}

impl Snapshot {
    /// Waits until all receipts have reached everybody, or until it takes too long; then the
    /// checks will say what is missing.
    ///
    /// # Errors
    /// If an account fails.
    pub(crate) async fn take(stage: &Stage<'_>) -> Result<Self, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let clients = stage
                .cast
                .devices
                .iter()
                .filter(|device| !device.revoked)
                .filter_map(|device| device.client.as_ref());
            // A device that does not settle shows in its view.
            join_all(clients.map(|client| settle(client, ROUND))).await;
            let snapshot = Self::now(stage).await?;
            if snapshot.is_converged() || Instant::now() >= deadline {
                return Ok(snapshot);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn now(stage: &Stage<'_>) -> Result<Self, Failure> {
        let mut sights = Vec::new();
        for (at, device) in stage.cast.devices.iter().enumerate() {
            let Some(client) = &device.client else {
                continue;
            };
            for summary in client.cases().await? {
                let case = client.case(summary.id).await?;
                let view = case.view().await?;
                sights.push(Sight {
                    device: at,
                    case: summary.id,
                    digest: hex::encode(view.digest()),
                    view,
                    members: case.members().await?,
                    left: summary.left || device.revoked,
                });
            }
        }
        Ok(Self { sights })
    }

    /// The views of the devices that are in the case now.
    pub(crate) fn members_of(&self, case: CaseId) -> impl Iterator<Item = &Sight> {
        self.sights
            .iter()
            .filter(move |sight| sight.case == case && !sight.left)
    }

    /// One view of each case, which is that of all its members.
    pub(crate) fn cases(&self) -> impl Iterator<Item = &Sight> {
        let mut seen = BTreeSet::new();
        self.sights
            .iter()
            .filter(move |sight| !sight.left && seen.insert(sight.case))
    }

    /// Whether all members agree and no seat's holder owes a delivery receipt.
    fn is_converged(&self) -> bool {
        self.cases().all(|one| {
            let agreed = self
                .members_of(one.case)
                .all(|other| other.digest == one.digest);
            agreed && undelivered(&one.view).is_empty()
        })
    }
}

/// The seats whose holder has not said `delivered` of everything addressed to them.
pub(crate) fn undelivered(view: &CaseView) -> Vec<&str> {
    let holders = view
        .team
        .seats()
        .iter()
        .filter_map(|seat| seat.occupant.as_ref());
    holders
        .filter(|person| !view.pending_receipts(&person.name).delivered.is_empty())
        .map(|person| person.display_name.as_str())
        .collect()
}
