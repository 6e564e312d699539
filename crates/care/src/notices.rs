//! Notices that each seat acknowledges for itself.
//!
//! A notice is a text, and one acknowledgement request for each seat in reply to it: so that each
//! request has exactly one accountable seat, its own state, time and escalation, as any other.

use relais_types::EntryId;

use crate::{CaseView, Loop, LoopKind, TimelineItem};

impl CaseView {
    /// Texts with acknowledgement requests in reply to them, each with those requests, in the
    /// order of the log.
    pub fn notices(&self) -> Vec<(&TimelineItem, Vec<&Loop>)> {
        let asked: Vec<(EntryId, &Loop)> = self
            .loops
            .iter()
            .filter(|asked| asked.kind == LoopKind::AcknowledgementRequest)
            .filter_map(|asked| Some((self.item(asked.id)?.envelope.in_reply_to?, asked)))
            .collect();
        let of = |item: &TimelineItem| -> Vec<&Loop> {
            let same = asked.iter().filter(|(notice, _)| *notice == item.id);
            same.map(|(_, asked)| *asked).collect()
        };
        self.timeline
            .iter()
            .map(|item| (item, of(item)))
            .filter(|(item, asked)| item.rejected.is_none() && !asked.is_empty())
            .collect()
    }
}
