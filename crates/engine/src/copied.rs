//! What this device's keys open of a copy of a case's log.
//!
//! A revoked device is given nothing any more, and that is the server's word. This is the
//! other half of the promise: even with every ciphertext in hand, its keys open nothing that
//! was said after its removal.

use std::collections::BTreeSet;

use relais_mls::Processed;
use relais_proto::delivery;
use relais_types::CaseId;

use crate::{account::Account, receive::accepted_at};

impl Account {
    /// The numbers of those messages in `copy` that this device's keys open.
    ///
    /// Each is tried twice: after the commits and proposals that stand before it in the copy,
    /// and without them. What this device wrote itself, or has read already, is not among
    /// them: its keys are gone. Nothing is kept: the account is afterwards as it was before.
    pub fn opens(&mut self, case: CaseId, copy: &[delivery::LogEntry]) -> BTreeSet<u64> {
        let mut opened = self.try_copy(case, copy);
        for entry in copy {
            opened.append(&mut self.try_copy(case, std::slice::from_ref(entry)));
        }
        opened
    }

    fn try_copy(&mut self, case: CaseId, copy: &[delivery::LogEntry]) -> BTreeSet<u64> {
        let mls = &self.mls;
        let tried: Result<(), _> = self.state.atomically(|state| {
            let mut opened = BTreeSet::new();
            for entry in copy {
                let at = accepted_at(entry);
                if let Ok(Processed::Application { .. }) =
                    mls.process(state, case, &entry.payload, at)
                {
                    opened.insert(entry.seq);
                }
            }
            // Failing is what undoes it.
            Err(opened)
        });
        tried.err().unwrap_or_default()
    }
}
