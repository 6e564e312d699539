//! How much of everything.

use std::time::Duration;

use relais_types::{Error, Reason};
use serde::{Deserialize, Serialize};

/// Limits of the service. Every value has a default, and belongs into the operator's hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Seconds that an invitation code works.
    pub invitation_ttl_secs: u64,
    /// Seconds that a challenge may be answered; at most 120.
    pub challenge_ttl_secs: u64,
    /// Seconds that a token is accepted; at most 600.
    pub token_ttl_secs: u64,
    /// Seconds that an enrolment waits for the answer of an organisation's own authority; at
    /// most 30.
    pub authority_timeout_secs: u64,
    /// Seconds of them that it waits while no agent of the organisation is connected.
    pub authority_grace_secs: u64,
    /// Seconds that a step-up of an administrator is accepted; at most 300.
    pub step_up_ttl_secs: u64,
    /// Most proofs of calls remembered against replays; beyond that calls with a token wait.
    pub proofs_remembered: usize,
    /// Most of them of one device.
    pub proofs_per_device: usize,
    /// Seconds that the first response to a request id is kept for replays.
    pub replay_ttl_secs: u64,
    /// Largest application message in bytes.
    pub message_bytes: usize,
    /// Largest commit, Welcome or GroupInfo in bytes, each.
    pub handshake_bytes: usize,
    /// Largest ratchet tree in bytes.
    pub tree_bytes: usize,
    /// Largest key package in bytes.
    pub key_package_bytes: usize,
    /// Most key packages in one call.
    pub key_packages_per_call: usize,
    /// Most single-use key packages stored for a device.
    pub key_packages_stored: u32,
    /// Below this number of single-use key packages a device is asked for more.
    pub key_packages_low_water: u32,
    /// Most items on a page of deliveries.
    pub sync_items: u32,
    /// Items on a page of deliveries if the caller does not say.
    pub sync_default_items: u32,
    /// Payload bytes after which a page of deliveries ends.
    pub sync_bytes: usize,
    /// Most cursors in one call.
    pub cursors: usize,
    /// Most groups that a device is or was in.
    pub groups_per_device: u32,
    /// Most times within 24 hours that a device may rejoin one group, which it does by itself
    /// when it cannot follow it any more.
    pub resyncs_per_day: u32,
    /// Most timers of one group that are open at a time.
    pub timers_per_group: u32,
    /// Most timers that one message registers.
    pub timers_per_message: usize,
    /// Most devices that one timer wakes.
    pub timer_devices: usize,
    /// Most seconds after its message that a timer is due; at most 90 days.
    pub timer_max_delay_secs: u64,
    /// Most results on a page of the directory.
    pub page_size: u32,
    /// Results on a page of the directory if the caller does not say.
    pub default_page_size: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            invitation_ttl_secs: 7 * 24 * 60 * 60,
            challenge_ttl_secs: 120,
            token_ttl_secs: 600,
            authority_timeout_secs: 30,
            authority_grace_secs: 2,
            step_up_ttl_secs: 300,
            proofs_remembered: 500_000,
            proofs_per_device: 20_000,
            replay_ttl_secs: 30 * 24 * 60 * 60,
            message_bytes: 64 * 1024,
            handshake_bytes: 256 * 1024,
            tree_bytes: 2 * 1024 * 1024,
            key_package_bytes: 8 * 1024,
            key_packages_per_call: 100,
            key_packages_stored: 200,
            key_packages_low_water: 20,
            sync_items: 1_000,
            sync_default_items: 200,
            sync_bytes: 1024 * 1024,
            cursors: 1_000,
            groups_per_device: 10_000,
            resyncs_per_day: 10,
            timers_per_group: 1_000,
            timers_per_message: 8,
            timer_devices: 64,
            timer_max_delay_secs: 90 * 24 * 60 * 60,
            page_size: 100,
            default_page_size: 20,
        }
    }
}

/// Longest that the published contract lets a challenge live.
const MAX_CHALLENGE_TTL: Duration = Duration::from_mins(2);
/// Longest that a call may wait for an organisation's authority.
const MAX_AUTHORITY_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest that the published contract lets a token live.
const MAX_TOKEN_TTL: Duration = Duration::from_mins(10);
/// Longest that the published contract lets a timer run.
const MAX_TIMER_DELAY: Duration = Duration::from_hours(90 * 24);
/// Longest that the published contract lets a step-up count.
const MAX_STEP_UP_TTL: Duration = Duration::from_mins(5);

impl Limits {
    pub(crate) fn invitation_ttl(&self) -> Duration {
        Duration::from_secs(self.invitation_ttl_secs)
    }

    pub(crate) fn challenge_ttl(&self) -> Duration {
        Duration::from_secs(self.challenge_ttl_secs).min(MAX_CHALLENGE_TTL)
    }

    pub(crate) fn token_ttl(&self) -> Duration {
        Duration::from_secs(self.token_ttl_secs).min(MAX_TOKEN_TTL)
    }

    /// How long a call waits for an organisation's own authority.
    pub fn authority_timeout(&self) -> Duration {
        Duration::from_secs(self.authority_timeout_secs).min(MAX_AUTHORITY_TIMEOUT)
    }

    pub(crate) fn authority_grace(&self) -> Duration {
        Duration::from_secs(self.authority_grace_secs).min(self.authority_timeout())
    }

    pub(crate) fn step_up_ttl(&self) -> Duration {
        Duration::from_secs(self.step_up_ttl_secs).min(MAX_STEP_UP_TTL)
    }

    pub(crate) fn timer_max_delay(&self) -> Duration {
        Duration::from_secs(self.timer_max_delay_secs).min(MAX_TIMER_DELAY)
    }

    pub(crate) fn replay_ttl(&self) -> Duration {
        Duration::from_secs(self.replay_ttl_secs)
    }
}

/// A payload beyond its limit; `problem` completes "`field` …".
pub(crate) fn too_large(field: impl Into<String>, problem: String) -> Error {
    let mut error = Error::malformed(field, problem);
    error.reason = Reason::PayloadTooLarge;
    error
}
