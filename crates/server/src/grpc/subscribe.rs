//! Streams of deliveries.
//!
//! A stream is pulled: it reads the next page only when the connection has room for it, so
//! a slow reader costs no memory and simply finds more in the log when it comes back. A
//! wake-up carries no data; it says "look", and looking is the same page that `Sync` reads.
//!
//! A stream lives as long as the certificate or the token that opened it, and at every tick the device's
//! status is looked at again, so that a revoked device hears no more within seconds.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt as _, stream, stream::BoxStream};
use relais_proto::delivery as pb;
use relais_service::{
    Caller, Listener, Service,
    delivery::{Delivery, SyncParams, sync},
    identity::reauthenticate,
};
use relais_types::{Cursor, DeviceId, Error, GroupId, Reason, Result};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{delivery::delivery, refuse};

/// When the client of a displaced stream may open another one.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The open streams of every device.
#[derive(Clone, Debug)]
pub(crate) struct Subscriptions {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    per_device: usize,
    reconcile: Duration,
    page_size: i32,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    opened: u64,
    /// Oldest first.
    streams: HashMap<DeviceId, VecDeque<(u64, CancellationToken)>>,
}

impl Subscriptions {
    /// At most `per_device` streams each, which look into the log by themselves every
    /// `reconcile` and send at most `page_size` deliveries at a time.
    pub(crate) fn new(per_device: usize, reconcile: Duration, page_size: i32) -> Self {
        Self {
            shared: Arc::new(Shared {
                per_device,
                reconcile,
                page_size,
                open: Mutex::default(),
            }),
        }
    }

    /// Registers one more stream of `device`; the oldest ends if there are too many.
    fn lease(&self, device: DeviceId) -> Lease {
        let displaced = CancellationToken::new();
        let mut open = self.shared.open();
        open.opened += 1;
        let number = open.opened;
        let streams = open.streams.entry(device).or_default();
        streams.push_back((number, displaced.clone()));
        while streams.len() > self.shared.per_device {
            if let Some((_, oldest)) = streams.pop_front() {
                oldest.cancel();
            }
        }
        drop(open);
        Lease {
            shared: Arc::clone(&self.shared),
            device,
            number,
            displaced,
        }
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        // Every change is complete before the lock is released.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream's place among those of its device.
#[derive(Debug)]
struct Lease {
    shared: Arc<Shared>,
    device: DeviceId,
    number: u64,
    displaced: CancellationToken,
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut open = self.shared.open();
        if let Some(streams) = open.streams.get_mut(&self.device) {
            streams.retain(|(number, _)| *number != self.number);
            if streams.is_empty() {
                open.streams.remove(&self.device);
            }
        }
    }
}

/// Opens a stream that begins at `cursors`, or where the device has acknowledged.
pub(super) async fn subscribe(
    service: &Service,
    subscriptions: &Subscriptions,
    caller: Caller,
    cursors: Vec<Cursor>,
) -> Result<BoxStream<'static, Result<pb::SubscribeResponse, Status>>> {
    let Caller::Device(principal) = &caller else {
        return Err(Error::new(
            Reason::NotAllowed,
            "only a device has deliveries: call as a device",
        ));
    };
    let device = principal.device.device;
    let left = principal.expires_at.since(service.clock().now());
    let lease = subscriptions.lease(device);
    // Before the first look: what comes in between wakes the stream again.
    let listener = service.wakeups().listen(device);
    let mut reader = Reader {
        service: service.clone(),
        caller,
        positions: Positions::new(cursors, service.limits().cursors),
        listener,
        lease,
        expires: Instant::now() + left,
        checked: Instant::now(),
    };
    // The first page is read before the stream begins, so that bad cursors refuse the call.
    let first = reader.page().await?;
    let following = stream::unfold(State::reading(reader, &first), State::next);
    Ok(stream::once(async move { Ok(first) })
        .chain(following)
        .boxed())
}

struct Reader {
    service: Service,
    caller: Caller,
    positions: Positions,
    listener: Listener,
    lease: Lease,
    /// When the certificate or the token ends that the stream was opened with.
    expires: Instant,
    /// When the caller was last known to be active.
    checked: Instant,
}

enum State {
    /// There was more when the log was last read.
    Behind(Reader),
    /// There was nothing more.
    CaughtUp(Reader),
    /// An error was sent, which ends a gRPC stream.
    Ended,
}

impl State {
    fn reading(reader: Reader, sent: &pb::SubscribeResponse) -> Self {
        if sent.caught_up {
            Self::CaughtUp(reader)
        } else {
            Self::Behind(reader)
        }
    }

    async fn next(self) -> Option<(Result<pb::SubscribeResponse, Status>, Self)> {
        let (mut reader, wait) = match self {
            Self::Behind(reader) => (reader, false),
            Self::CaughtUp(reader) => (reader, true),
            Self::Ended => return None,
        };
        match reader.deliveries(wait).await {
            Ok(response) => {
                let state = Self::reading(reader, &response);
                Some((Ok(response), state))
            }
            Err(error) => Some((Err(refuse(error)), Self::Ended)),
        }
    }
}

impl Reader {
    /// The next deliveries; with `wait`, not before there is a reason to look.
    async fn deliveries(&mut self, mut wait: bool) -> Result<pb::SubscribeResponse> {
        let displaced = self.lease.displaced.clone();
        let expired = tokio::time::sleep_until(self.expires);
        let reading = async {
            loop {
                // Told by the clock and not by the last look: a busy stream ticks, too.
                let tick = self.checked + self.lease.shared.reconcile;
                if wait {
                    tokio::select! {
                        () = self.listener.woken() => {}
                        // A lost wake-up costs latency, never a message.
                        () = tokio::time::sleep_until(tick) => {}
                    }
                }
                if Instant::now() >= tick {
                    reauthenticate(&self.service, &self.caller).await?;
                    self.checked = Instant::now();
                }
                let response = self.page().await?;
                if !(response.deliveries.is_empty() && response.caught_up) {
                    return Ok(response);
                }
                wait = true;
            }
        };
        tokio::select! {
            biased;
            () = displaced.cancelled() => Err(Error::new(
                Reason::Overloaded,
                "the device has opened another stream: close one of them before opening more",
            )
            .retry_after(RETRY_AFTER)),
            // Whoever may not call any more does not listen any longer either.
            () = expired => Err(self.caller.device()?.expired()),
            response = reading => response,
        }
    }

    /// One page of the log after what was sent.
    async fn page(&mut self) -> Result<pb::SubscribeResponse> {
        let params = SyncParams {
            cursors: self.positions.cursors(),
            page_size: self.lease.shared.page_size,
        };
        let outcome = sync(&self.service, &self.caller, params).await?;
        self.positions.advance(&outcome.deliveries);
        Ok(pb::SubscribeResponse {
            deliveries: outcome.deliveries.into_iter().map(delivery).collect(),
            caught_up: !outcome.has_more,
        })
    }
}

/// How far the stream has sent, in each group and in the inbox.
#[derive(Debug, Default)]
struct Positions {
    /// With the page in which the position last moved.
    sent: BTreeMap<Option<GroupId>, (u64, Cursor)>,
    page: u64,
    max: usize,
}

impl Positions {
    fn new(cursors: Vec<Cursor>, max: usize) -> Self {
        let mut positions = Self {
            max,
            ..Self::default()
        };
        for cursor in cursors {
            positions.set(cursor);
        }
        positions
    }

    fn set(&mut self, cursor: Cursor) {
        let key = match cursor {
            Cursor::Group { group, .. } => Some(group),
            Cursor::Inbox { .. } => None,
        };
        let page = self.page;
        let position = self.sent.entry(key).or_insert((page, cursor));
        *position = (page, cursor.max(position.1));
    }

    fn advance(&mut self, sent: &[Delivery]) {
        self.page += 1;
        for delivery in sent {
            self.set(delivery.cursor);
        }
        // Beyond what one call takes, the positions that have rested longest are left to
        // what the device has acknowledged; at worst it sees an entry again.
        while self.sent.len() > self.max {
            let oldest = self.sent.iter().min_by_key(|(_, (page, _))| *page);
            let Some(key) = oldest.map(|(key, _)| *key) else {
                return;
            };
            self.sent.remove(&key);
        }
    }

    fn cursors(&self) -> Vec<Cursor> {
        self.sent.values().map(|(_, cursor)| *cursor).collect()
    }
}

#[cfg(test)]
mod tests {
    use relais_service::delivery::Item;

    use super::*;

    fn device(number: u8) -> DeviceId {
        DeviceId::from_bytes([number; 16])
    }

    fn at(group: u8, seq: u64) -> Delivery {
        let group = GroupId::from_bytes([group; 16]);
        Delivery {
            cursor: Cursor::Group { group, seq },
            item: Item::KeyPackagesLow { available: 0 },
        }
    }

    #[test]
    fn the_oldest_stream_makes_room() {
        let subscriptions = Subscriptions::new(2, Duration::from_secs(1), 10);
        let first = subscriptions.lease(device(1));
        let second = subscriptions.lease(device(1));
        let other = subscriptions.lease(device(2));
        assert!(!first.displaced.is_cancelled());
        let third = subscriptions.lease(device(1));
        assert!(first.displaced.is_cancelled());
        for kept in [&second, &third, &other] {
            assert!(!kept.displaced.is_cancelled());
        }
        // A stream that ends by itself makes room, too.
        drop(first);
        drop(second);
        let fourth = subscriptions.lease(device(1));
        assert!(!third.displaced.is_cancelled());
        drop((third, fourth, other));
        assert!(subscriptions.shared.open().streams.is_empty());
    }

    #[test]
    fn positions_only_grow_and_stay_bounded() {
        let mut positions = Positions::new(vec![at(1, 7).cursor], 2);
        positions.advance(&[at(1, 5), at(2, 3)]);
        assert_eq!(positions.cursors(), [at(1, 7).cursor, at(2, 3).cursor]);
        positions.advance(&[at(2, 4)]);
        positions.advance(&[at(3, 1)]);
        assert_eq!(positions.cursors(), [at(2, 4).cursor, at(3, 1).cursor]);
    }
}
