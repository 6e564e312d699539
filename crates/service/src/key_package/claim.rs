//! Taking a key package of each device of a person.

use bytes::Bytes;
use relais_store::{DeviceStatus, Transaction};
use relais_types::{
    DeviceId, DeviceName, Error, PractitionerName, Reason, RequestId, Result, Timestamp,
};

use crate::{
    Caller, Service,
    replay::{Fingerprint, Replay},
};

/// Whom to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The person.
    pub practitioner: PractitionerName,
}

/// One key package for each active device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimOutcome {
    /// In the order in which the devices were enrolled; never the caller's own device.
    pub key_packages: Vec<ClaimedKeyPackage>,
}

/// A device's key package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedKeyPackage {
    /// The device.
    pub device: DeviceId,
    /// The serialized MLSMessage.
    pub key_package: Bytes,
}

/// What is kept for replays.
type Kept = Vec<(DeviceId, Vec<u8>)>;

/// What a claim comes to, also when it must leave a notice behind and fail.
enum Claim {
    Taken(Kept),
    Exhausted,
}

/// Takes one key package for each active device of a person, or none at all. A claimed one
/// is never handed out again, except the last-resort one; a device that runs low receives
/// a notice.
///
/// # Errors
/// `NOT_FOUND` if there is no such person, or somebody else has no active device;
/// `KEY_PACKAGES_EXHAUSTED` if a device has none left, which has then been asked for more;
/// `REQUEST_ID_REUSED`.
pub async fn claim(
    service: &Service,
    caller: &Caller,
    params: ClaimParams,
) -> Result<ClaimOutcome> {
    let own = caller.device()?.device.clone();
    let replay = Replay::new(
        caller,
        params.request_id,
        "claim_key_packages",
        Fingerprint::default().field(params.practitioner.to_string()),
    );
    let (store, wakeups) = (service.store().clone(), service.wakeups().clone());
    let low_water = service.limits().key_packages_low_water;
    let now = service.now();
    service
        .detached(async move {
            let (claim, notified) = store
                .run_tx("claim_key_packages", async move |tx| {
                    if let Some(first) = replay.first::<Kept>(tx).await? {
                        return Ok((Claim::Taken(first), Vec::new()));
                    }
                    let devices = active_devices(tx, &params.practitioner, &own).await?;
                    let exhausted = exhausted(tx, &devices, now).await?;
                    if !exhausted.is_empty() {
                        // Kept although the claim fails: the devices are asked for more.
                        return Ok((Claim::Exhausted, exhausted));
                    }
                    let (taken, notified) = take(tx, &devices, low_water, now).await?;
                    replay.keep(tx, &taken, now).await?;
                    Ok::<_, Error>((Claim::Taken(taken), notified))
                })
                .await?;
            wakeups.wake(notified);
            match claim {
                Claim::Taken(taken) => Ok(outcome(taken)),
                Claim::Exhausted => Err(Error::new(
                    Reason::KeyPackagesExhausted,
                    "a device of the practitioner has no key package left: \
                     it has been asked for more, retry when it was online",
                )),
            }
        })
        .await
}

async fn active_devices(
    tx: &mut Transaction,
    practitioner: &PractitionerName,
    own: &DeviceName,
) -> Result<Vec<DeviceId>> {
    let not_found = || Error::not_found("the practitioner, or an active device of theirs,");
    tx.practitioner(practitioner).await?.ok_or_else(not_found)?;
    let devices: Vec<_> = tx
        .devices_of(practitioner.practitioner)
        .await?
        .into_iter()
        .filter(|device| device.status == DeviceStatus::Active)
        .map(|device| device.name.device)
        .filter(|device| *device != own.device)
        .collect();
    // Whoever has a single device claims nothing for themselves, and that is no error.
    if devices.is_empty() && own.practitioner_name() != *practitioner {
        return Err(not_found());
    }
    Ok(devices)
}

/// The devices that have nothing left, each with a notice.
async fn exhausted(
    tx: &mut Transaction,
    devices: &[DeviceId],
    now: Timestamp,
) -> Result<Vec<DeviceId>> {
    let mut exhausted = Vec::new();
    for &device in devices {
        if !tx.has_key_package(device, now).await? {
            tx.notify_key_packages_low(device, 0, now).await?;
            exhausted.push(device);
        }
    }
    Ok(exhausted)
}

/// Takes one for each; also says which devices were told that they run low.
async fn take(
    tx: &mut Transaction,
    devices: &[DeviceId],
    low_water: u32,
    now: Timestamp,
) -> Result<(Kept, Vec<DeviceId>)> {
    let (mut taken, mut notified) = (Vec::with_capacity(devices.len()), Vec::new());
    for &device in devices {
        let bytes = tx
            .take_key_package(device, now)
            .await?
            .ok_or_else(|| Error::internal("a key package vanished inside a transaction"))?;
        taken.push((device, bytes.to_vec()));
        let left = tx.key_packages_left(device, now).await?;
        if left < low_water && tx.notify_key_packages_low(device, left, now).await? {
            notified.push(device);
        }
    }
    Ok((taken, notified))
}

fn outcome(taken: Kept) -> ClaimOutcome {
    let key_packages = taken
        .into_iter()
        .map(|(device, bytes)| ClaimedKeyPackage {
            device,
            key_package: bytes.into(),
        })
        .collect();
    ClaimOutcome { key_packages }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, time::Duration};

    use futures_util::FutureExt as _;
    use relais_types::PractitionerId;

    use super::*;
    use crate::{
        Limits,
        delivery::Item,
        fixture::{Backbone, TestDevice},
        key_package::count,
    };

    fn params(backbone: &Backbone, whom: &TestDevice) -> ClaimParams {
        ClaimParams {
            request_id: backbone.request_id(),
            practitioner: whom.name.practitioner_name(),
        }
    }

    #[tokio::test]
    async fn each_is_handed_out_once_then_the_last_resort_again_and_again() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let mut bo = backbone.device("parc.internal", "Bo").await;
        let last_resort = bo.publish(&backbone, 3).await;
        let mut seen = HashSet::new();
        for _ in 0..3 {
            let params = params(&backbone, &bo);
            let first = claim(&backbone.service, &ana.caller, params.clone()).await;
            let again = claim(&backbone.service, &ana.caller, params).await;
            assert_eq!(first, again, "a replay takes nothing");
            let [claimed] = &first.unwrap().key_packages[..] else {
                unreachable!("one device, one key package")
            };
            assert_eq!(claimed.device, bo.name.device);
            assert!(seen.insert(claimed.key_package.clone()), "handed out twice");
        }
        for _ in 0..2 {
            let outcome = claim(&backbone.service, &ana.caller, params(&backbone, &bo))
                .await
                .unwrap();
            assert_eq!(outcome.key_packages[0].key_package, last_resort);
        }
        assert!(!seen.contains(&last_resort));
    }

    #[tokio::test]
    async fn many_claims_at_once_share_no_key_package() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let mut bo = backbone.device("parc.internal", "Bo").await;
        bo.publish(&backbone, 20).await;
        let claims: Vec<_> = (0..20)
            .map(|_| {
                let (service, caller) = (backbone.service.clone(), ana.caller.clone());
                let params = params(&backbone, &bo);
                tokio::spawn(async move { claim(&service, &caller, params).await })
            })
            .collect();
        let mut seen = HashSet::new();
        for claim in claims {
            let outcome = claim.await.unwrap().unwrap();
            assert!(seen.insert(outcome.key_packages[0].key_package.clone()));
        }
    }

    #[tokio::test]
    async fn a_device_is_told_once_that_it_runs_low() {
        let backbone = Backbone::with_limits(Limits {
            key_packages_low_water: 3,
            ..Limits::default()
        })
        .await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let mut bo = backbone.device("parc.internal", "Bo").await;
        bo.publish(&backbone, 4).await;
        let mut listener = backbone.service.wakeups().listen(bo.name.device);
        let notices = async || -> Vec<_> {
            let page = backbone.sync(&bo).await;
            page.deliveries
                .into_iter()
                .map(|delivery| delivery.item)
                .collect()
        };
        let take = async || {
            claim(&backbone.service, &ana.caller, params(&backbone, &bo))
                .await
                .unwrap()
        };
        take().await;
        assert_eq!(notices().await, []);
        assert!(listener.woken().now_or_never().is_none());
        take().await;
        assert_eq!(notices().await, [Item::KeyPackagesLow { available: 2 }]);
        assert!(listener.woken().now_or_never().is_some());
        take().await;
        assert_eq!(notices().await, [Item::KeyPackagesLow { available: 2 }]);
        backbone.ack_all(&bo).await;
        take().await;
        assert_eq!(notices().await, [Item::KeyPackagesLow { available: 0 }]);
    }

    #[tokio::test]
    async fn without_a_key_package_nothing_is_taken_and_the_device_is_asked() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let mut bo = backbone.device("parc.internal", "Bo").await;
        bo.publish_single_use(&backbone, 1).await;
        let second = backbone.further_device(&bo).await;
        let mut listener = backbone.service.wakeups().listen(second.name.device);
        let params = params(&backbone, &bo);
        let refused = claim(&backbone.service, &ana.caller, params.clone()).await;
        assert_eq!(refused.unwrap_err().reason, Reason::KeyPackagesExhausted);
        let left = count(&backbone.service, &bo.caller).await.unwrap();
        assert_eq!(left.available, 1, "the other device's was not taken");
        assert!(listener.woken().now_or_never().is_some());
        let asked = backbone.sync(&second).await;
        assert_eq!(
            asked.deliveries[0].item,
            Item::KeyPackagesLow { available: 0 }
        );

        let mut second = second;
        second.publish(&backbone, 1).await;
        let retried = claim(&backbone.service, &ana.caller, params).await.unwrap();
        assert_eq!(retried.key_packages.len(), 2, "the same id may be retried");
    }

    #[tokio::test]
    async fn expired_revoked_own_and_unknown_are_left_out() {
        let backbone = Backbone::new().await;
        let mut ana = backbone.device("laurier.internal", "Ana").await;
        let mut bo = backbone.device("parc.internal", "Bo").await;
        ana.publish(&backbone, 1).await;
        let reason = async |params| {
            let refused = claim(&backbone.service, &ana.caller, params).await;
            refused.unwrap_err().reason
        };
        let own = claim(&backbone.service, &ana.caller, params(&backbone, &ana)).await;
        assert_eq!(own.unwrap().key_packages, [], "nothing for oneself");
        let mut unknown = params(&backbone, &bo);
        unknown.practitioner.practitioner = PractitionerId::from_bytes([9; 16]);
        assert_eq!(reason(unknown).await, Reason::NotFound);

        bo.publish(&backbone, 1).await;
        backbone.clock.advance(Duration::from_hours(13 * 7 * 24));
        let expired = reason(params(&backbone, &bo)).await;
        assert_eq!(expired, Reason::KeyPackagesExhausted);
        backbone.revoke(&bo).await;
        assert_eq!(reason(params(&backbone, &bo)).await, Reason::NotFound);
    }

    #[tokio::test]
    async fn what_was_handed_out_is_not_taken_back() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let mut bo = backbone.device("parc.internal", "Bo").await;
        bo.publish_single_use(&backbone, 1).await;
        let outcome = claim(&backbone.service, &ana.caller, params(&backbone, &bo))
            .await
            .unwrap();
        let again = crate::key_package::PublishParams {
            request_id: backbone.request_id(),
            key_packages: vec![outcome.key_packages[0].key_package.clone()],
            last_resort: None,
        };
        let refused = crate::key_package::publish(&backbone.service, &bo.caller, again).await;
        assert_eq!(refused.unwrap_err().reason, Reason::KeyPackageInvalid);
    }
}
