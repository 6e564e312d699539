//! Adding key packages to a device's stock.

use bytes::Bytes;
use relais_mls::{KeyPackageInfo, validate_key_package};
use relais_store::{KeyPackage, Stored};
use relais_types::{DeviceId, Error, Reason, RequestId, Result};
use serde::{Deserialize, Serialize};

use crate::{
    Caller, Service,
    handshake::refusal,
    limits::too_large,
    replay::{Fingerprint, Replay},
};

/// Key packages of the calling device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// Single-use key packages, each a serialized MLSMessage.
    pub key_packages: Vec<Bytes>,
    /// A key package with the `last_resort` extension (RFC 9420 §16.8).
    pub last_resort: Option<Bytes>,
}

/// The device's stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishOutcome {
    /// Single-use key packages now stored.
    pub available: u32,
}

/// Adds key packages of the calling device; each is verified. All are stored or none.
///
/// # Errors
/// `KEY_PACKAGE_INVALID` or `CREDENTIAL_INVALID` with the metadata `index` (the last-resort
/// one counts after the others); `PAYLOAD_TOO_LARGE` for too many or too large ones;
/// `MALFORMED_FIELD` for none; `REQUEST_ID_REUSED`.
pub async fn publish(
    service: &Service,
    caller: &Caller,
    params: PublishParams,
) -> Result<PublishOutcome> {
    let owner = caller.device()?.device.clone();
    let limits = service.limits().clone();
    bounded(
        &params,
        limits.key_packages_per_call,
        limits.key_package_bytes,
    )?;
    let replay = Replay::new(
        caller,
        params.request_id,
        "publish_key_packages",
        fingerprint(&params),
    );
    let read = replay.clone();
    let first = service
        .store()
        .read("replay_publish", async move |view| {
            read.first::<PublishOutcome>(view).await
        })
        .await?;
    if let Some(first) = first {
        return Ok(first);
    }

    let now = service.now();
    let anchors = service.anchors();
    let device = owner.device;
    let singles = params.key_packages.len();
    let all: Vec<Bytes> = params
        .key_packages
        .into_iter()
        .chain(params.last_resort)
        .collect();
    let checking = service.validations().run_many(move || {
        all.into_iter()
            .enumerate()
            .map(|(index, bytes)| {
                let last_resort = index >= singles;
                validate_key_package(&bytes, &owner, &anchors, now)
                    .map_err(|error| refusal(Reason::KeyPackageInvalid, &error))
                    .and_then(|info| package(info, bytes, device, last_resort))
                    .map_err(|error| error.with("index", index.to_string()))
            })
            .collect::<Result<Vec<_>>>()
    });
    let packages = checking.await?;

    service
        .store()
        .run_tx("publish_key_packages", async move |tx| {
            if let Some(first) = replay.first(tx).await? {
                return Ok(first);
            }
            for (index, package) in packages.iter().enumerate() {
                if tx.store_key_package(package, now).await? == Stored::Spent {
                    let error = Error::new(
                        Reason::KeyPackageInvalid,
                        "a key package was handed out before: make a new one",
                    );
                    return Err(error.with("index", index.to_string()));
                }
            }
            let available = tx.key_packages_left(device, now).await?;
            if available > limits.key_packages_stored {
                return Err(Error::new(
                    Reason::PayloadTooLarge,
                    format!(
                        "at most {} key packages are stored for a device: publish fewer",
                        limits.key_packages_stored
                    ),
                ));
            }
            let outcome = PublishOutcome { available };
            replay.keep(tx, &outcome, now).await?;
            Ok::<_, Error>(outcome)
        })
        .await
}

fn bounded(params: &PublishParams, count: usize, bytes: usize) -> Result<()> {
    if params.key_packages.is_empty() && params.last_resort.is_none() {
        return Err(Error::malformed("key_packages", "must not be empty"));
    }
    if params.key_packages.len() > count {
        return Err(too_large(
            "key_packages",
            format!("must be at most {count}"),
        ));
    }
    for (index, package) in params.key_packages.iter().enumerate() {
        if package.len() > bytes {
            let field = format!("key_packages[{index}]");
            return Err(too_large(field, format!("must be at most {bytes} bytes")));
        }
    }
    match &params.last_resort {
        Some(package) if package.len() > bytes => Err(too_large(
            "last_resort",
            format!("must be at most {bytes} bytes"),
        )),
        _ => Ok(()),
    }
}

fn package(
    info: KeyPackageInfo,
    bytes: Bytes,
    device: DeviceId,
    last_resort: bool,
) -> Result<KeyPackage> {
    if info.last_resort != last_resort {
        return Err(Error::new(
            Reason::KeyPackageInvalid,
            "only the last-resort key package carries the last_resort extension, and it must",
        ));
    }
    Ok(KeyPackage {
        reference: info.reference,
        device,
        last_resort,
        bytes,
        not_after: info.not_after,
    })
}

fn fingerprint(params: &PublishParams) -> Fingerprint {
    Fingerprint::default()
        .list(params.key_packages.iter())
        .optional(params.last_resort.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Limits,
        fixture::{Backbone, TestDevice},
        key_package::count,
    };

    async fn try_publish(
        backbone: &Backbone,
        device: &TestDevice,
        key_packages: Vec<Bytes>,
        last_resort: Option<Bytes>,
    ) -> Result<PublishOutcome> {
        let params = PublishParams {
            request_id: backbone.request_id(),
            key_packages,
            last_resort,
        };
        publish(&backbone.service, &device.caller, params).await
    }

    #[tokio::test]
    async fn a_replay_adds_nothing() {
        let backbone = Backbone::new().await;
        let mut ana = backbone.device("laurier.internal", "Ana").await;
        let params = PublishParams {
            request_id: backbone.request_id(),
            key_packages: ana.key_packages(3),
            last_resort: Some(ana.last_resort()),
        };
        let first = publish(&backbone.service, &ana.caller, params.clone()).await;
        assert_eq!(first, Ok(PublishOutcome { available: 3 }));
        let again = publish(&backbone.service, &ana.caller, params.clone()).await;
        assert_eq!(again, first);
        let other = PublishParams {
            key_packages: ana.key_packages(1),
            ..params
        };
        let refused = publish(&backbone.service, &ana.caller, other).await;
        assert_eq!(refused.unwrap_err().reason, Reason::RequestIdReused);
        let count = count(&backbone.service, &ana.caller).await.unwrap();
        assert_eq!((count.available, count.low_water), (3, 20));
    }

    #[tokio::test]
    async fn what_is_not_the_callers_or_is_broken_is_refused_as_a_whole() {
        let backbone = Backbone::new().await;
        let mut ana = backbone.device("laurier.internal", "Ana").await;
        let mut bo = backbone.device("laurier.internal", "Bo").await;
        let own = ana.key_packages(2);
        let foreign = bo.key_packages(1);
        let mixed = [own.clone(), foreign].concat();
        let refused = try_publish(&backbone, &ana, mixed, None).await.unwrap_err();
        assert_eq!(refused.metadata.get("index").map(String::as_str), Some("2"));
        let broken = vec![own[0].slice(..own[0].len() - 1)];
        let refused = try_publish(&backbone, &ana, broken, None)
            .await
            .unwrap_err();
        assert_eq!(refused.reason, Reason::KeyPackageInvalid);
        let last_resort = ana.last_resort();
        for (singles, last_resort) in [
            (vec![last_resort.clone()], None),
            (vec![], Some(own[0].clone())),
        ] {
            let refused = try_publish(&backbone, &ana, singles, last_resort).await;
            assert_eq!(refused.unwrap_err().reason, Reason::KeyPackageInvalid);
        }
        let count = count(&backbone.service, &ana.caller).await.unwrap();
        assert_eq!(count.available, 0);
    }

    #[tokio::test]
    async fn numbers_and_sizes_are_bounded() {
        let backbone = Backbone::with_limits(Limits {
            key_packages_per_call: 3,
            key_packages_stored: 4,
            ..Limits::default()
        })
        .await;
        let mut ana = backbone.device("laurier.internal", "Ana").await;
        let mut publish = async |count| {
            let packages = ana.key_packages(count);
            try_publish(&backbone, &ana, packages, None)
                .await
                .map_err(|error| error.reason)
        };
        assert_eq!(publish(0).await, Err(Reason::MalformedField));
        assert_eq!(publish(4).await, Err(Reason::PayloadTooLarge));
        assert_eq!(publish(3).await, Ok(PublishOutcome { available: 3 }));
        assert_eq!(publish(2).await, Err(Reason::PayloadTooLarge));
        assert_eq!(publish(1).await, Ok(PublishOutcome { available: 4 }));
        let huge = vec![Bytes::from(vec![0; 9 * 1024])];
        let refused = try_publish(&backbone, &ana, huge, None).await.unwrap_err();
        assert_eq!(refused.reason, Reason::PayloadTooLarge);
        assert_eq!(refused.field.as_deref(), Some("key_packages[0]"));
    }
}
