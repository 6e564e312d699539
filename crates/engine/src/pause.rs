//! When a case's next call may be made.

use std::time::Duration;

use relais_types::{CaseId, Entropy as _};

use crate::{account::Account, purpose::Purpose};

/// First pause after a call that may be repeated.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Longest pause between repeated calls.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl Account {
    /// Waits before the case's next call, longer each time (full jitter, as AWS describes it).
    pub(crate) fn pause(&mut self, purpose: &Purpose, at_least: Option<Duration>) {
        let now = self.now();
        let spread = u32::from_be_bytes(self.entropy.bytes());
        let Some(conversation) = purpose.case().and_then(|case| self.cases.get_mut(&case)) else {
            return;
        };
        conversation.failures = (conversation.failures + 1).min(16);
        let ceiling = LONGEST_PAUSE.min(FIRST_PAUSE * (1 << conversation.failures.min(8)));
        let jitter = ceiling.mul_f64(f64::from(spread) / f64::from(u32::MAX));
        conversation.paused_until = Some(now.plus(at_least.unwrap_or_default() + jitter));
    }

    /// Makes the case wait for the log before it tries again.
    pub(crate) fn wait_for_log(&mut self, case: CaseId) {
        self.pause(&Purpose::CreateGroup { case }, None);
    }

    /// Makes the case wait for its turn, somewhere within `spread` from then on.
    pub(crate) fn pause_until_turn(&mut self, case: CaseId, turn: Duration, spread: Duration) {
        let share = f64::from(u32::from_be_bytes(self.entropy.bytes())) / f64::from(u32::MAX);
        let until = self.now().plus(turn + spread.mul_f64(share));
        if let Some(conversation) = self.cases.get_mut(&case) {
            conversation.paused_until = Some(until);
        }
    }

    /// Lets the case try again at once.
    pub(crate) fn resume(&mut self, case: CaseId) {
        if let Some(conversation) = self.cases.get_mut(&case) {
            conversation.paused_until = None;
        }
    }
}
