//! Telling streams that something may be there to read.
//!
//! A wake-up carries no data: whoever is woken reads the database. So wake-ups may be
//! merged, and a lost one costs latency only.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use relais_types::DeviceId;
use tokio::sync::watch;

type Registry = Mutex<HashMap<DeviceId, watch::Sender<()>>>;

/// The streams of this process that wait for something new.
#[derive(Clone, Debug, Default)]
pub struct WakeUps(Arc<Registry>);

/// Waits for what concerns one device. Leaves the registry when it is dropped.
#[derive(Debug)]
pub struct Listener {
    device: DeviceId,
    wakes: watch::Receiver<()>,
    registry: Arc<Registry>,
}

impl WakeUps {
    /// Begins to listen. Listen first and read then, so that nothing falls between.
    pub fn listen(&self, device: DeviceId) -> Listener {
        let wakes = lock(&self.0)
            .entry(device)
            .or_insert_with(|| watch::Sender::new(()))
            .subscribe();
        Listener {
            device,
            wakes,
            registry: Arc::clone(&self.0),
        }
    }

    /// Wakes the listeners of these devices.
    pub fn wake(&self, devices: impl IntoIterator<Item = DeviceId>) {
        let listening = lock(&self.0);
        for device in devices {
            if let Some(wakes) = listening.get(&device) {
                wakes.send_replace(());
            }
        }
    }
}

impl Listener {
    /// Returns once something happened since the last return, at once if it did already.
    /// Dropping the future loses nothing.
    pub async fn woken(&mut self) {
        if self.wakes.changed().await.is_err() {
            // The sender lives in the registry for as long as a listener of the device does.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut listening = lock(&self.registry);
        let last = listening
            .get(&self.device)
            .is_some_and(|wakes| wakes.receiver_count() <= 1);
        if last {
            listening.remove(&self.device);
        }
    }
}

/// The map stays valid whatever panicked while it was held.
fn lock(registry: &Registry) -> MutexGuard<'_, HashMap<DeviceId, watch::Sender<()>>> {
    registry.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn wake_ups_are_kept_merged_and_apart() {
        let wakeups = WakeUps::default();
        let (one, other) = (DeviceId::from_bytes([1; 16]), DeviceId::from_bytes([2; 16]));
        let mut listener = wakeups.listen(one);
        let mut second = wakeups.listen(one);
        let mut elsewhere = wakeups.listen(other);
        assert!(listener.woken().now_or_never().is_none());
        wakeups.wake([one]);
        wakeups.wake([one]);
        assert!(listener.woken().now_or_never().is_some());
        assert!(listener.woken().now_or_never().is_none(), "merged");
        assert!(second.woken().now_or_never().is_some());
        assert!(elsewhere.woken().now_or_never().is_none());
    }

    #[test]
    fn the_registry_forgets_who_left() {
        let wakeups = WakeUps::default();
        let device = DeviceId::from_bytes([1; 16]);
        let (first, second) = (wakeups.listen(device), wakeups.listen(device));
        drop(first);
        assert_eq!(lock(&wakeups.0).len(), 1);
        drop(second);
        assert!(lock(&wakeups.0).is_empty());
    }
}
