//! Ending devices, and with them a person's access.

use relais_store::{AuditEvent, Device, Transaction};
use relais_types::{DeviceName, Error, PractitionerName, RequestId, Result};

use crate::{
    Caller, Service, provisioning,
    replay::{Fingerprint, Replay},
};

/// Which device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeDeviceParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The device.
    pub device: DeviceName,
}

/// Whose devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokePractitionerParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The person.
    pub practitioner: PractitionerName,
}

/// What was ended, and what is left for others to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokeOutcome {
    /// The devices, all revoked now.
    pub devices: u32,
    /// Groups that one of them is still in, counted for each device, until a member commits.
    pub pending_removals: u32,
}

/// Whom a revocation concerns.
#[derive(Clone)]
enum Target {
    Device(DeviceName),
    Practitioner(PractitionerName),
}

/// Ends a device for good: its calls, its streams and its key packages at once, its place in
/// every group with the next commit there. To revoke a revoked device changes nothing.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is the operator or administers the device's organisation;
/// `NOT_FOUND`, `REQUEST_ID_REUSED`.
pub async fn revoke_device(
    service: &Service,
    caller: &Caller,
    params: RevokeDeviceParams,
) -> Result<RevokeOutcome> {
    caller.administers(&params.device.organisation)?;
    let fingerprint = Fingerprint::default().field(params.device.to_string());
    let replay = Replay::new(caller, params.request_id, "revoke_device", fingerprint);
    let target = Target::Device(params.device);
    revoke(service, caller.actor(), replay, target).await
}

/// Ends all devices of a person, as [`revoke_device`] does, the open invitations to enrol
/// further ones, and enrolment through the identity provider.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is the operator or administers the person's organisation;
/// `NOT_FOUND`, `REQUEST_ID_REUSED`.
pub async fn revoke_practitioner(
    service: &Service,
    caller: &Caller,
    params: RevokePractitionerParams,
) -> Result<RevokeOutcome> {
    caller.administers(&params.practitioner.organisation)?;
    let fingerprint = Fingerprint::default().field(params.practitioner.to_string());
    let replay = Replay::new(
        caller,
        params.request_id,
        "revoke_practitioner",
        fingerprint,
    );
    let target = Target::Practitioner(params.practitioner);
    revoke(service, caller.actor(), replay, target).await
}

/// Ends all devices of a person on the word of `actor`, their organisation's directory, as
/// [`revoke_practitioner`] does.
///
/// # Errors
/// `NOT_FOUND`.
pub(crate) async fn revoke_departed(
    service: &Service,
    actor: String,
    person: PractitionerName,
) -> Result<RevokeOutcome> {
    // A directory names no requests: each is one of its own.
    let id = service.random(|entropy| RequestId::at(service.now(), entropy));
    let whose = [&[5], actor.as_bytes()].concat();
    let replay = Replay::of(whose, id, "revoke_departed", Fingerprint::default());
    revoke(service, actor, replay, Target::Practitioner(person)).await
}

async fn revoke(
    service: &Service,
    actor: String,
    replay: Replay,
    target: Target,
) -> Result<RevokeOutcome> {
    let working = service.clone();
    service
        .detached(async move {
            let (wanted, now) = (target.clone(), working.now());
            let devices = working
                .store()
                .run_tx("revoke", async move |tx| {
                    let devices = wanted.devices(tx).await?;
                    if replay.first::<()>(tx).await?.is_some() {
                        return Ok(devices);
                    }
                    if let Target::Practitioner(person) = &wanted {
                        tx.end_invitations(person.practitioner, now).await?;
                        provisioning::set_active(tx, person, false, now).await?;
                    }
                    for device in &devices {
                        if tx.revoke_device(device.name.device, now).await? {
                            tx.audit(&AuditEvent {
                                at: now,
                                actor: actor.clone(),
                                action: "device.revoke",
                                subject: device.name.to_string(),
                            })
                            .await?;
                        }
                    }
                    replay.keep(tx, &(), now).await?;
                    Ok::<_, Error>(devices)
                })
                .await?;
            let ids: Vec<_> = devices.iter().map(|device| device.name.device).collect();
            // Their streams look up, and find that they may not.
            working.wakeups().wake(ids.iter().copied());
            working.remove_revoked().await?;
            working
                .store()
                .read("removal_progress", async move |view| {
                    let mut outcome = RevokeOutcome {
                        devices: u32::try_from(ids.len()).unwrap_or(u32::MAX),
                        pending_removals: 0,
                    };
                    for device in &ids {
                        outcome.pending_removals += view.removal_progress(*device).await?.pending;
                    }
                    Ok(outcome)
                })
                .await
        })
        .await
}

impl Target {
    /// # Errors
    /// `NOT_FOUND` if there is no such device or person.
    async fn devices(&self, tx: &mut Transaction) -> Result<Vec<Device>> {
        match self {
            Self::Device(name) => tx
                .device(name.device)
                .await?
                .filter(|device| device.name == *name)
                .map(|device| vec![device])
                .ok_or_else(|| Error::not_found("the device")),
            Self::Practitioner(name) => {
                tx.practitioner(name)
                    .await?
                    .ok_or_else(|| Error::not_found("the practitioner"))?;
                Ok(tx.devices_of(name.practitioner).await?)
            }
        }
    }
}

#[cfg(test)]
mod tests;
