//! One page of what a device has not processed.

use bytes::Bytes;
use relais_store::{DeviceStatus, InboxItem, LogEntry, Notice, Position, Snapshot, TimerClass};
use relais_types::{Cursor, DeviceId, DeviceName, Error, GroupId, Result, Timestamp};

use super::Reached;
use crate::{Caller, Limits, Service, caller::device_revoked};

/// Where to begin, and how much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncParams {
    /// Where to begin in a group or in the inbox, if not at what was acknowledged. Earlier
    /// is possible in a group, whose entries are kept: a device that was restored from a
    /// backup reads on from where the backup ends. Inbox items are gone once acknowledged.
    pub cursors: Vec<Cursor>,
    /// At most this many items; 0 means the default.
    pub page_size: i32,
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncOutcome {
    /// In order: inbox first, then each group by seq.
    pub deliveries: Vec<Delivery>,
    /// Whether more is waiting.
    pub has_more: bool,
}

/// One item for the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Means "processed up to and including this item".
    pub cursor: Cursor,
    /// What is delivered.
    pub item: Item,
}

/// What is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An entry of a group's log.
    Entry(LogEntry),
    /// An invitation into a group.
    Welcome(Welcome),
    /// The stock of key packages is low.
    KeyPackagesLow {
        /// Single-use key packages that were left.
        available: u32,
    },
    /// A further device of the device's owner was enrolled.
    NewDevice {
        /// The device.
        device: DeviceName,
        /// What it was called by whoever enrolled it.
        label: String,
        /// When it was enrolled.
        enrolled_at: Timestamp,
    },
    /// A timer that names the device was due before anybody cleared it.
    WakeUp {
        /// The group.
        group: GroupId,
        /// The hash that the timer was registered with.
        token_hash: [u8; 32],
        /// How urgent it is.
        class: TimerClass,
        /// When it was due.
        due_at: Timestamp,
    },
}

/// Lets the device join a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The group.
    pub group: GroupId,
    /// Number of the commit that added the device; the log continues after it.
    pub seq: u64,
    /// The epoch that the device joins at.
    pub epoch: u64,
    /// Serialized Welcome.
    pub welcome: Bytes,
    /// Serialized ratchet tree of that epoch.
    pub ratchet_tree: Bytes,
    /// When the commit that added the device was accepted.
    pub accepted_at: Timestamp,
}

/// One page of what the calling device has not processed, as of one moment: its inbox
/// first, then the logs of its groups, each from after the commit that added the device
/// (which the Welcome stands for) to the commit that removed it.
///
/// # Errors
/// `CURSOR_INVALID` for a cursor that the device was never given, `DEVICE_REVOKED`,
/// `MALFORMED_FIELD`.
pub async fn sync(service: &Service, caller: &Caller, params: SyncParams) -> Result<SyncOutcome> {
    let device = caller.device()?.device.device;
    let limits = service.limits();
    let reached = Reached::new(&params.cursors, limits.cursors)?;
    let items = page_size(params.page_size, limits)?;
    let bytes = limits.sync_bytes;
    service
        .store()
        .read("sync", async move |view| {
            // A stream is one call for hours, so what it gives is checked anew each time.
            require_active(view, device).await?;
            let mut page = PageOfDeliveries::new(items, bytes);
            let head = view.inbox_head(device).await?;
            let positions = view.positions(device).await?;
            reached.check(head, &positions)?;
            page.read_inbox(view, device, &reached).await?;
            for position in &positions {
                page.read_group(view, position, &reached).await?;
            }
            Ok::<_, Error>(SyncOutcome {
                deliveries: page.deliveries,
                has_more: page.has_more,
            })
        })
        .await
}

async fn require_active(view: &mut Snapshot, device: DeviceId) -> Result<()> {
    let device = view.device(device).await?;
    if device.is_some_and(|device| device.status == DeviceStatus::Revoked) {
        return Err(device_revoked());
    }
    Ok(())
}

fn page_size(asked: i32, limits: &Limits) -> Result<u32> {
    match u32::try_from(asked) {
        Ok(0) => Ok(limits.sync_default_items.max(1)),
        Ok(asked) => Ok(asked.min(limits.sync_items.max(1))),
        Err(_) => Err(Error::malformed("page_size", "must not be negative")),
    }
}

/// A page that fills up.
struct PageOfDeliveries {
    deliveries: Vec<Delivery>,
    /// Items that may still be added.
    items: u32,
    /// Payload bytes that may still be added.
    bytes: usize,
    has_more: bool,
}

impl PageOfDeliveries {
    fn new(items: u32, bytes: usize) -> Self {
        Self {
            deliveries: Vec::new(),
            items,
            bytes,
            has_more: false,
        }
    }

    async fn read_inbox(
        &mut self,
        view: &mut Snapshot,
        device: DeviceId,
        reached: &Reached,
    ) -> Result<()> {
        let after = reached.inbox.unwrap_or(0);
        // One more than fits tells whether more is waiting.
        let items = view
            .inbox(device, after, self.items + 1, self.bytes)
            .await?;
        let last = items.last().map_or(after, |item| item.position);
        for item in items {
            let size = item.notice.size();
            self.add(size, inbox_delivery(item));
        }
        // What the bytes cut off is not seen above.
        if !self.has_more {
            self.has_more = !view.inbox(device, last, 1, 0).await?.is_empty();
        }
        Ok(())
    }

    async fn read_group(
        &mut self,
        view: &mut Snapshot,
        position: &Position,
        reached: &Reached,
    ) -> Result<()> {
        let given = reached.groups.get(&position.group).copied();
        let after = given.unwrap_or(position.acked_seq).max(position.joined_seq);
        if after >= position.last_seq {
            return Ok(());
        }
        if self.has_more || self.items == 0 {
            self.has_more = true;
            return Ok(());
        }
        let entries = view
            .log(
                position.group,
                after,
                position.last_seq,
                self.items,
                self.bytes,
            )
            .await?;
        let mut last = after;
        for entry in entries {
            let (seq, size) = (entry.seq, entry.payload.len());
            let cursor = Cursor::Group {
                group: position.group,
                seq,
            };
            let item = Item::Entry(entry);
            if self.add(size, Delivery { cursor, item }) {
                last = seq;
            }
        }
        self.has_more |= last < position.last_seq;
        Ok(())
    }

    /// Adds an item if it fits; the first one always does, or nothing would ever go on.
    fn add(&mut self, size: usize, delivery: Delivery) -> bool {
        let fits = self.items > 0 && (size <= self.bytes || self.deliveries.is_empty());
        if !fits || self.has_more {
            self.has_more = true;
            return false;
        }
        self.items -= 1;
        self.bytes = self.bytes.saturating_sub(size);
        self.deliveries.push(delivery);
        true
    }
}

fn inbox_delivery(item: InboxItem) -> Delivery {
    Delivery {
        cursor: Cursor::Inbox {
            position: item.position,
        },
        item: match item.notice {
            Notice::Welcome {
                group,
                seq,
                epoch,
                welcome,
                ratchet_tree,
                accepted_at,
            } => Item::Welcome(Welcome {
                group,
                seq,
                epoch,
                welcome,
                ratchet_tree,
                accepted_at,
            }),
            Notice::KeyPackagesLow { available } => Item::KeyPackagesLow { available },
            Notice::NewDevice {
                device,
                label,
                enrolled_at,
            } => Item::NewDevice {
                device,
                label,
                enrolled_at,
            },
            Notice::WakeUp {
                group,
                token_hash,
                class,
                due_at,
            } => Item::WakeUp {
                group,
                token_hash,
                class,
                due_at,
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use relais_types::Reason;

    use super::*;
    use crate::{delivery::EntryKind, fixture::Backbone};

    #[tokio::test]
    async fn pages_follow_each_other_without_gap_or_overlap() {
        let backbone = Backbone::new().await;
        let (mut ana, mut bo, first) = backbone.pair().await;
        let second = backbone.group_of(&mut ana, &mut bo).await;
        for group in [first, second, first, second, first] {
            backbone.say(&mut ana, group, b"x").await;
        }
        let whole = backbone.sync(&bo).await;
        assert!(!whole.has_more);
        assert_eq!(whole.deliveries.len(), 7, "two Welcomes and five messages");
        assert!(matches!(whole.deliveries[0].item, Item::Welcome(_)));
        assert!(matches!(whole.deliveries[1].item, Item::Welcome(_)));
        for page_size in 1..8_u8 {
            let (mut cursors, mut seen) = (Vec::new(), Vec::new());
            loop {
                let params = SyncParams {
                    cursors: cursors.clone(),
                    page_size: page_size.into(),
                };
                let page = sync(&backbone.service, &bo.caller, params).await.unwrap();
                assert!(!page.deliveries.is_empty());
                assert!(page.deliveries.len() <= usize::from(page_size));
                cursors.extend(page.deliveries.iter().map(|delivery| delivery.cursor));
                seen.extend(page.deliveries);
                if !page.has_more {
                    break;
                }
            }
            assert_eq!(seen, whole.deliveries, "pages of {page_size}");
        }
    }

    #[tokio::test]
    async fn a_page_ends_at_its_bytes_but_never_stands_still() {
        let backbone = Backbone::with_limits(crate::Limits {
            sync_bytes: 1_000,
            ..crate::Limits::default()
        })
        .await;
        let (mut ana, bo, group) = backbone.pair().await;
        for size in [100, 5_000, 100, 100] {
            backbone.say(&mut ana, group, &vec![7; size]).await;
        }
        let (mut pages, mut seen) = (Vec::new(), 0);
        loop {
            let page = backbone.sync(&bo).await;
            pages.push(page.deliveries.len());
            seen += page.deliveries.len();
            backbone.ack_all(&bo).await;
            if !page.has_more {
                break;
            }
        }
        assert_eq!(seen, 5);
        assert!(pages.iter().all(|count| *count > 0), "{pages:?}");
        assert!(pages.len() >= 4, "{pages:?}");
    }

    #[tokio::test]
    async fn a_removed_device_reads_to_its_removal_and_may_come_back() {
        let backbone = Backbone::new().await;
        let (mut ana, mut bo, group) = backbone.pair().await;
        backbone.say(&mut ana, group, b"before").await;
        backbone.remove(&mut ana, &bo, group).await;
        backbone.say(&mut ana, group, b"after").await;
        let page = backbone.sync(&bo).await;
        let seen: Vec<_> = page
            .deliveries
            .iter()
            .filter_map(|delivery| match &delivery.item {
                Item::Entry(entry) => Some((entry.seq, entry.kind)),
                _ => None,
            })
            .collect();
        assert_eq!(seen, [(2, EntryKind::Application), (3, EntryKind::Commit)]);
        let refused = {
            let message = bo.message(&backbone, group, b"still here");
            crate::delivery::send(&backbone.service, &bo.caller, message).await
        };
        assert_eq!(refused.unwrap_err().reason, Reason::NotFound);
        backbone.ack_all(&bo).await;
        assert_eq!(backbone.sync(&bo).await.deliveries, []);

        bo.forget(group);
        backbone.add(&mut ana, &mut bo, group).await;
        backbone.say(&mut ana, group, b"again").await;
        let page = backbone.sync(&bo).await;
        let [welcome, entry] = &page.deliveries[..] else {
            unreachable!("{page:?}")
        };
        assert!(matches!(&welcome.item, Item::Welcome(welcome) if welcome.seq == 5));
        assert!(matches!(&entry.item, Item::Entry(entry) if entry.seq == 6));
    }

    #[tokio::test]
    async fn a_cursor_before_what_was_acknowledged_brings_the_entries_back() {
        let backbone = Backbone::new().await;
        let (mut ana, bo, group) = backbone.pair().await;
        backbone.say(&mut ana, group, b"2").await;
        backbone.say(&mut ana, group, b"3").await;
        backbone.ack_all(&bo).await;
        assert_eq!(backbone.sync(&bo).await.deliveries, []);
        let after = async |seq| {
            let params = SyncParams {
                cursors: vec![Cursor::Group { group, seq }, Cursor::Inbox { position: 0 }],
                page_size: 0,
            };
            let page = sync(&backbone.service, &bo.caller, params).await.unwrap();
            let seqs = page.deliveries.iter().map(|delivery| match &delivery.item {
                Item::Entry(entry) => entry.seq,
                other => unreachable!("{other:?}"),
            });
            seqs.collect::<Vec<_>>()
        };
        assert_eq!(after(2).await, [3]);
        // Nothing from before the commit that added the device; and no Welcome.
        assert_eq!(after(0).await, [2, 3]);
    }

    #[tokio::test]
    async fn foreign_and_impossible_cursors_are_refused() {
        let backbone = Backbone::new().await;
        let (_, bo, group) = backbone.pair().await;
        let cy = backbone.device("parc.internal", "Cy").await;
        let try_sync = async |caller: &Caller, cursor, page_size| {
            let params = SyncParams {
                cursors: vec![cursor],
                page_size,
            };
            sync(&backbone.service, caller, params)
                .await
                .map(drop)
                .map_err(|error| error.reason)
        };
        let at = |seq| Cursor::Group { group, seq };
        assert_eq!(try_sync(&bo.caller, at(1), 0).await, Ok(()));
        let invalid = Err(Reason::CursorInvalid);
        assert_eq!(try_sync(&bo.caller, at(2), 0).await, invalid);
        assert_eq!(try_sync(&cy.caller, at(0), 0).await, invalid);
        let inbox = Cursor::Inbox { position: 1 };
        assert_eq!(try_sync(&cy.caller, inbox, 0).await, invalid);
        assert_eq!(
            try_sync(&bo.caller, at(1), -1).await,
            Err(Reason::MalformedField)
        );
    }
}
