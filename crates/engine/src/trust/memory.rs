//! What the server has shown, it must show again: entries are compared with what stood in their
//! place, and the server's idea of how far a case has come with ours.

use relais_proto::delivery::{self, SyncRequest};
use relais_types::{CaseId, Error, Reason, Result};
use sha2::{Digest as _, Sha256};

use super::{Breach, hex};
use crate::{account::Account, record, signed};

/// Prefix of the digests of entries, by case and seq.
const SEEN: &[u8] = b"seen/";
/// Bytes of a digest: enough that nobody finds another entry with the same one.
const DIGEST: usize = 16;
/// Cursors that one call takes.
const MAX_CURSORS: usize = 1_000;

impl Account {
    /// Remembers what stood in the place of an entry.
    pub(crate) fn remember(&mut self, case: CaseId, entry: &delivery::LogEntry) {
        let key = record::numbered(SEEN, case, entry.seq);
        self.state.put(key, digest(entry).to_vec());
    }

    /// An entry comes again: it must be what it was.
    pub(crate) fn came_again(&mut self, case: CaseId, entry: &delivery::LogEntry) -> Result<()> {
        let seq = entry.seq;
        let seen = self.state.get(&record::numbered(SEEN, case, seq));
        let Some(seen) = seen.filter(|seen| *seen != digest(entry)).map(hex) else {
            return Ok(());
        };
        let held = format!("entry {seq} of case {case}: SHA-256 begins {seen}");
        let shown = format!("entry {seq} now: SHA-256 begins {}", hex(&digest(entry)));
        self.breached(Breach::Rewritten { case, seq }, held, shown)
    }

    /// The server took a message as entry `seq`: if this device has processed that place already,
    /// and the message is not what stood there, the server has forgotten what did.
    pub(crate) fn taken_as(&mut self, case: CaseId, seq: u64) -> Result<()> {
        let reached = self.conversation(case)?.position.seq;
        if seq > reached {
            return Ok(());
        }
        let held = format!("case {case} up to entry {reached}");
        let shown = format!("the server took a new message as entry {seq}");
        self.breached(Breach::Forgotten { case }, held, shown)
    }

    /// A refusal of an epoch that the server itself has brought this device into: it has
    /// forgotten the commit. A stale epoch is none, since the log may have overtaken the answer.
    pub(crate) fn refused_at(&mut self, case: CaseId, error: &Error) -> Result<()> {
        if error.reason != Reason::FutureEpoch {
            return Ok(());
        }
        let told = error
            .metadata
            .get("epoch")
            .map_or("an earlier one", String::as_str);
        let epoch = self.mls.epoch(&self.state, case).map_err(signed::mls)?;
        let held = format!("case {case} in epoch {epoch}");
        let shown = format!("the server has it in epoch {told}");
        self.breached(Breach::Forgotten { case }, held, shown)
    }

    /// Where this device is, in as many cases as one call takes.
    pub(super) fn positions_request(&self) -> SyncRequest {
        let open = self.cases.values().filter(|case| case.is_open());
        let cursors = open
            .map(|case| case.position.cursor.clone())
            .filter(|cursor| !cursor.is_empty());
        SyncRequest {
            cursors: cursors.take(MAX_CURSORS).collect(),
            page_size: 1,
        }
    }

    pub(super) fn positions_refused(&mut self, error: &Error) -> Result<()> {
        if error.reason != Reason::CursorInvalid {
            return Ok(());
        }
        let held = "the positions that the server gave to this device".to_owned();
        self.breached(Breach::CursorsDenied, held, error.to_string())
    }
}

fn digest(entry: &delivery::LogEntry) -> [u8; DIGEST] {
    let mut digest = [0; DIGEST];
    digest.copy_from_slice(&Sha256::digest(&entry.payload)[..DIGEST]);
    digest
}
