//! How many key packages a device has left.

use relais_types::Result;

use crate::{Caller, Service};

/// A device's stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountOutcome {
    /// Single-use key packages left.
    pub available: u32,
    /// Below this number the device should publish more.
    pub low_water: u32,
}

/// How many single-use key packages of the calling device are left.
///
/// # Errors
/// `NOT_ALLOWED` for the operator.
pub async fn count(service: &Service, caller: &Caller) -> Result<CountOutcome> {
    let device = caller.device()?.device.device;
    let now = service.now();
    let available = service
        .store()
        .read("count_key_packages", async move |view| {
            view.key_packages_left(device, now).await
        })
        .await?;
    Ok(CountOutcome {
        available,
        low_water: service.limits().key_packages_low_water,
    })
}
