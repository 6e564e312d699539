//! Reading the log's new leaves in the background, for devices that were certified in this
//! person's name: they are shown to them, whether or not the server tells of them.
//!
//! Leaves count as read once they make a root that the log has signed and this device has
//! verified. A few pages are read on each connection; nothing waits for them.

use prost::Message;
use relais_mls::State;
use relais_proto::transparency::GetEntriesRequest;
use relais_transparency::{Event, Frontier, Happening, Hash, merkle::leaf_hash};
use relais_types::{Error, Result};

use super::{Checked, Fingerprint};
use crate::{
    account::{Account, is_transient},
    event::{Alarm, Call, NewDevice, Reply, Update},
    purpose::Purpose,
    record,
};

/// Key of the [`ReadRecord`].
const READ: &[u8] = b"trust/read";
/// Leaves of one page.
const PAGE: u64 = 256;
/// Most pages that are read on one connection.
const MOST_PAGES: u32 = 8;

/// How far the log was read.
#[derive(Clone, PartialEq, Message)]
struct ReadRecord {
    /// Leaves of the tree that was verified.
    #[prost(uint64, tag = "1")]
    verified: u64,
    /// Its right edge, the largest part first.
    #[prost(bytes = "vec", repeated, tag = "2")]
    verified_peaks: Vec<Vec<u8>>,
    /// Leaves that were read; those after `verified` make no root yet that the log has signed.
    #[prost(uint64, tag = "3")]
    read: u64,
    /// The right edge of these.
    #[prost(bytes = "vec", repeated, tag = "4")]
    read_peaks: Vec<Vec<u8>>,
}

/// The reading, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Reading {
    verified: Frontier,
    read: Frontier,
    /// True while a page is on its way.
    asking: bool,
    /// Pages that were asked for on this connection.
    pages: u32,
    /// True if it goes on with the next connection at the earliest.
    stopped: bool,
    /// True if what came on this connection proves nothing.
    unverifiable: bool,
}

impl Reading {
    pub(super) fn open(state: &State) -> Result<Self> {
        let row: ReadRecord = record::read(state, READ)?.unwrap_or_default();
        let frontier = |size, peaks: Vec<Vec<u8>>| {
            let peaks = peaks.into_iter().map(Hash::try_from);
            let peaks = peaks.collect::<Result<Vec<_>, _>>().ok();
            peaks
                .and_then(|peaks| Frontier::new(size, peaks).ok())
                .ok_or_else(|| {
                    record::damaged("how far the transparency log was read does not fit")
                })
        };
        Ok(Self {
            verified: frontier(row.verified, row.verified_peaks)?,
            read: frontier(row.read, row.read_peaks)?,
            ..Self::default()
        })
    }

    /// A page that is on its way stays so: its answer comes.
    pub(super) fn reconnect(&mut self) {
        self.pages = 0;
        self.stopped = false;
        self.unverifiable = false;
    }

    fn record(&self) -> ReadRecord {
        let peaks = |of: &Frontier| of.peaks().iter().map(|peak| peak.to_vec()).collect();
        ReadRecord {
            verified: self.verified.size(),
            verified_peaks: peaks(&self.verified),
            read: self.read.size(),
            read_peaks: peaks(&self.read),
        }
    }
}

impl Account {
    /// True if leaves are still to be read on this connection.
    pub(crate) fn reads_on(&self) -> bool {
        let reading = &self.trust.reading;
        let held = self.trust.held.as_ref();
        let behind = held.is_some_and(|it| it.checkpoint.size > reading.read.size());
        let ends = reading.stopped || (reading.pages >= MOST_PAGES && !reading.asking);
        behind && !ends && self.trust.breach(None).is_none()
    }

    /// True if the log will tell no more than it has: it was read to its end, or is withheld.
    pub(crate) fn log_has_told(&self) -> bool {
        let held = self.trust.held.as_ref();
        let reading = &self.trust.reading;
        reading.unverifiable || held.is_some_and(|it| reading.read.size() >= it.checkpoint.size)
    }

    /// True if the log is still to say, on this connection, whether it knows a certificate and
    /// whose it is: then it comes first.
    pub(crate) fn log_may_tell(&self, fingerprint: &Fingerprint) -> bool {
        if self.is_deceived() || self.trust.failures > 0 {
            return false;
        }
        let asked = self.is_proved(fingerprint) || self.trust.absent.contains(fingerprint);
        !asked || self.trust.checked == Checked::Nothing || self.reads_on()
    }

    /// Asks for the next page, once the log was checked on this connection.
    pub(crate) fn pump_reading(&mut self) {
        let checked = self.trust.checked > Checked::Nothing;
        if !checked || self.trust.reading.asking || !self.reads_on() {
            return;
        }
        let start = self.trust.reading.read.size();
        self.trust.reading.asking = true;
        self.trust.reading.pages += 1;
        let request = GetEntriesRequest {
            start,
            page_size: 0,
        };
        self.call(Purpose::Leaves { start }, Call::GetEntries(request));
    }

    /// A page came, or none did.
    pub(crate) fn leaves_came(&mut self, start: u64, outcome: Result<Reply>) -> Result<()> {
        self.trust.reading.asking = false;
        let leaves = match outcome {
            Ok(Reply::GetEntries(response)) => response.leaves,
            Ok(_) => return Err(Error::internal("the reply does not belong to GetEntries")),
            Err(error) => {
                self.trust.reading.stopped = true;
                if !is_transient(&error) {
                    self.leaves_unverifiable(error.to_string());
                }
                return Ok(());
            }
        };
        let size = self.trust.held.as_ref().map_or(0, |it| it.checkpoint.size);
        let left = size.saturating_sub(start);
        if start != self.trust.reading.read.size() || left == 0 {
            return Ok(());
        }
        let wanted = usize::try_from(left.min(PAGE)).unwrap_or(usize::MAX);
        if leaves.len() < wanted {
            self.leaves_unverifiable("it withholds entries that it has signed".to_owned());
            return Ok(());
        }
        for leaf in leaves.iter().take(wanted) {
            self.trust.reading.read.push(leaf_hash(leaf));
            // What this version cannot read proves no certificate to it, either.
            if let Ok(event) = Event::decode(leaf) {
                self.certified_in_log(event);
            }
            let read = &self.trust.reading.read;
            match self.trust.roots.get(&read.size()) {
                Some(root) if *root == read.root() => {
                    self.trust.reading.verified = read.clone();
                }
                Some(_) => {
                    self.trust.reading.read = self.trust.reading.verified.clone();
                    self.leaves_unverifiable(
                        "its entries do not make the root that it has signed".to_owned(),
                    );
                    break;
                }
                None => {}
            }
        }
        let row = self.trust.reading.record();
        record::write(&mut self.state, READ.to_vec(), &row);
        Ok(())
    }

    fn certified_in_log(&mut self, event: Event) {
        if let Happening::DeviceCertified { device, .. } = event.what {
            let label = String::new();
            self.announce(NewDevice {
                device,
                label,
                enrolled_at: event.at,
            });
        }
    }

    /// What was read proves nothing: it is read again on the next connection. Nothing else waits
    /// for it.
    fn leaves_unverifiable(&mut self, why: String) {
        self.trust.reading.stopped = true;
        self.trust.reading.unverifiable = true;
        self.update(Update::Alarm(Alarm::LogUnverifiable { why }));
    }
}
