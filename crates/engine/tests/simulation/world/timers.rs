//! The timers of the server in memory.

use bytes::Bytes;
use relais_engine::Reply;
use relais_proto::{delivery, to_proto_time};
use relais_types::{DeviceId, Error, Reason, Result, Timestamp};
use sha2::{Digest as _, Sha256};

#[derive(Default)]
pub(crate) struct Timers {
    open: Vec<(Timestamp, Bytes, delivery::Timer)>,
    /// True while nobody looks for what is due, as between a kill and the next start.
    pub(crate) stopped: bool,
    /// Set for a server that takes no more of them.
    pub(crate) full: bool,
    /// Tokens that were revealed, each time.
    pub(crate) revealed: Vec<Bytes>,
}

impl Timers {
    pub(crate) fn register(
        &mut self,
        request: &delivery::SendRequest,
        is_member: impl Fn(&Bytes) -> bool,
        now: Timestamp,
    ) -> Result<()> {
        if self.full && !request.timers.is_empty() {
            return Err(Error::new(Reason::TooManyTimers, "too many timers"));
        }
        for timer in &request.timers {
            let delay = timer
                .delay
                .expect("a delay")
                .try_into()
                .expect("not negative");
            assert!(timer.device_ids.iter().all(&is_member), "only members");
            assert!(!timer.device_ids.is_empty() && timer.token_hash.len() == 32);
            let row = (now.plus(delay), request.group_id.clone(), timer.clone());
            self.open.push(row);
        }
        Ok(())
    }

    pub(crate) fn clear(&mut self, request: &delivery::ClearTimerRequest) -> Reply {
        self.revealed.push(request.token.clone());
        let hash = Sha256::digest(&request.token);
        self.open.retain(|(_, group, timer)| {
            *group != request.group_id || timer.token_hash.as_ref() != hash.as_slice()
        });
        Reply::ClearTimer(delivery::ClearTimerResponse {})
    }

    /// What is due, and no longer open.
    pub(crate) fn due(&mut self, now: Timestamp) -> Vec<(DeviceId, delivery::WakeUp)> {
        if self.stopped {
            return Vec::new();
        }
        let due = self.open.extract_if(.., |(due, ..)| *due <= now);
        due.flat_map(|(due, group_id, timer)| {
            let wake_up = delivery::WakeUp {
                group_id,
                token_hash: timer.token_hash,
                class: timer.class,
                due_time: Some(to_proto_time(due)),
            };
            let devices = timer.device_ids.into_iter();
            devices.map(move |device| {
                let device = DeviceId::try_from(device.as_ref()).expect("an id");
                (device, wake_up.clone())
            })
        })
        .collect()
    }

    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.open.len()
    }
}
