//! Opaque timers: registered with a message, cleared by whoever reveals their token, and else
//! turned into wake-ups.

use std::{collections::BTreeSet, time::Duration};

use relais_store::{LockedGroup, NewTimer, TimerClass, Transaction};
use relais_types::{DeviceId, Error, GroupId, Reason, Result, Timestamp};
use sha2::{Digest as _, Sha256};

use super::require_member;
use crate::{Caller, Limits, Service, replay::Fingerprint};

/// Timers that one transaction turns into wake-ups.
const BATCH: u32 = 100;

/// A timer as its sender asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimerParams {
    /// SHA-256 of the token that clears it.
    pub token_hash: [u8; 32],
    /// How long after the message was accepted it is due.
    pub delay: Duration,
    /// How urgent it is.
    pub class: TimerClass,
    /// Whom to wake.
    pub devices: Vec<DeviceId>,
}

/// A revealed token.
#[derive(Clone, PartialEq, Eq)]
pub struct ClearTimerParams {
    /// The group.
    pub group: GroupId,
    /// The token.
    pub token: [u8; 32],
}

impl std::fmt::Debug for ClearTimerParams {
    /// Never shows the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClearTimerParams")
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

/// Deletes the timers that were registered with the token's hash, and their wake-ups that no
/// device has acknowledged. A token that is no timer's, or no longer, clears nothing and is
/// answered alike.
///
/// # Errors
/// `NOT_FOUND` unless the caller is in the group.
pub async fn clear_timer(
    service: &Service,
    caller: &Caller,
    params: ClearTimerParams,
) -> Result<()> {
    let device = caller.device()?.device.device;
    let token_hash: [u8; 32] = Sha256::digest(params.token).into();
    let group = params.group;
    // What holds nothing, as after every repetition, never comes to the writer.
    let held = service
        .store()
        .read("find_timer", async move |view| {
            require_member(view, group, device).await?;
            Ok::<_, Error>(view.holds_timer(group, &token_hash).await?)
        })
        .await?;
    if !held {
        return Ok(());
    }
    service
        .store()
        .run_tx("clear_timer", async move |tx| {
            require_member(tx, group, device).await?;
            Ok::<_, Error>(tx.clear_timers(group, &token_hash).await?)
        })
        .await
}

/// # Errors
/// `MALFORMED_FIELD` for timers that could be registered in no group.
pub(super) fn check_timers(timers: &[TimerParams], limits: &Limits) -> Result<()> {
    let most = limits.timers_per_message;
    if timers.len() > most {
        return Err(Error::malformed(
            "timers",
            format!("must be at most {most}: split the escalation into fewer steps"),
        ));
    }
    for (index, timer) in timers.iter().enumerate() {
        check_timer(timer, limits).map_err(|error| error.within(&format!("timers[{index}]")))?;
    }
    Ok(())
}

fn check_timer(timer: &TimerParams, limits: &Limits) -> Result<()> {
    let latest = limits.timer_max_delay();
    if timer.delay.is_zero() || timer.delay > latest {
        let days = latest.as_secs() / (24 * 60 * 60);
        return Err(Error::malformed(
            "delay",
            format!("must be more than 0 and at most {days} days"),
        ));
    }
    let most = limits.timer_devices;
    let different: BTreeSet<_> = timer.devices.iter().collect();
    if timer.devices.is_empty() || timer.devices.len() > most {
        return Err(Error::malformed(
            "device_ids",
            format!("must name 1 to {most} devices"),
        ));
    }
    if different.len() < timer.devices.len() {
        return Err(Error::malformed("device_ids", "must name each device once"));
    }
    Ok(())
}

/// Registers the timers of a message that is accepted at `now`, in its transaction.
///
/// # Errors
/// `MALFORMED_FIELD` for a device that is not in the group, `TOO_MANY_TIMERS`.
pub(super) async fn register(
    tx: &mut Transaction,
    group: &LockedGroup,
    timers: &[TimerParams],
    now: Timestamp,
    per_group: u32,
) -> Result<()> {
    if timers.is_empty() {
        return Ok(());
    }
    let id = group.get().id;
    let members: BTreeSet<DeviceId> = tx.members(id).await?.into_iter().collect();
    let open = tx.count_timers(id, per_group).await?;
    if open + timers.len() as u64 > u64::from(per_group) {
        return Err(Error::new(
            Reason::TooManyTimers,
            "too many timers of the group are open: clear those whose entries are acknowledged, or send without timers",
        )
        .with("limit", per_group.to_string()));
    }
    for (index, timer) in timers.iter().enumerate() {
        let stranger = timer.devices.iter().position(|it| !members.contains(it));
        if let Some(at) = stranger {
            return Err(Error::malformed(
                format!("timers[{index}].device_ids[{at}]"),
                "is not in the group: name devices of its current members",
            ));
        }
        let new = NewTimer {
            token_hash: timer.token_hash,
            class: timer.class,
            due_at: now.plus(timer.delay),
            devices: timer.devices.clone(),
        };
        tx.insert_timer(group, &new).await?;
    }
    Ok(())
}

/// What a request asks, for its digest. Nothing without timers, so that what was sent to a
/// version without them is still the same request.
pub(super) fn fingerprint(fingerprint: Fingerprint, timers: &[TimerParams]) -> Fingerprint {
    timers.iter().fold(fingerprint, |all, timer| {
        all.field(timer.token_hash)
            .number(u64::try_from(timer.delay.as_micros()).unwrap_or(u64::MAX))
            .number(timer.class as u64)
            .list(timer.devices.iter().map(DeviceId::as_bytes))
    })
}

impl Service {
    /// Turns every timer that is due into wake-ups and says when the next one is. A timer is gone
    /// and its wake-ups are there in one transaction, so none is lost and none comes twice.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`, `OVERLOADED`; what is due stays and is found by the next call.
    pub async fn fire_timers(&self) -> Result<Option<Timestamp>> {
        loop {
            let now = self.now();
            let next = self
                .store()
                .read("next_timer", async |view| view.next_timer().await)
                .await?;
            if next.is_none_or(|due| due > now) {
                return Ok(next);
            }
            let (store, wakeups) = (self.store().clone(), self.wakeups().clone());
            self.detached(async move {
                let fired = store
                    .run_tx("fire_timers", async move |tx| {
                        tx.fire_timers(now, BATCH).await
                    })
                    .await?;
                tracing::debug!(
                    timers = fired.timers,
                    woken = fired.woken.len(),
                    "timers were due"
                );
                wakeups.wake(fired.woken);
                Ok(())
            })
            .await?;
        }
    }

    /// Returns once a timer was registered since the last return, at once if one was already.
    pub async fn timer_registered(&self) {
        self.timers().notified().await;
    }
}

#[cfg(test)]
mod tests;
