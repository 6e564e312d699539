//! The bridge between a linked conversation, with a partner or the patient, and the team's case it
//! belongs to.
//!
//! Neither sees the case or its team. The person who opened the conversation
//! is in both, and their device shares the partner's signed entries into the case, so that
//! the team sees the same loop in the same state, verifiable back to the partner.

use prost::Message as _;
use relais_care::Language;
use relais_proto::care::{self, entry::Body};
use relais_types::{CaseId, Result, SeatId};

use crate::{
    account::{Account, Conversation},
    record::{self, POSITION},
    signed,
};

/// Bytes of shared entries in one Relayed.
const PACKET: usize = 40 * 1024;

impl Account {
    /// Shares what came in a linked conversation into its parent case.
    pub(crate) fn relay_to_parent(&mut self, case: CaseId) -> Result<()> {
        let conversation = self.conversation(case)?;
        let Some(parent) = conversation
            .record
            .parent
            .as_deref()
            .map(CaseId::try_from)
            .transpose()?
        else {
            return Ok(());
        };
        // Without a seat there nobody would accept it: it waits until there is one again.
        let open = self.cases.get(&parent).is_some_and(Conversation::is_open);
        let Some(seat) = self.first_seat(parent).filter(|_| open) else {
            return Ok(());
        };
        let from = conversation.position.relayed;
        let mut entries = Vec::new();
        let (mut size, mut through) = (0, from);
        for (seq, row) in self
            .log_rows(case)?
            .into_iter()
            .filter(|(seq, _)| *seq > from)
        {
            let entry = signed::read(&row.signed_entry)?;
            if concerns_the_team(&entry) {
                let relayed = self.relayed_entry(seq, &row)?;
                size += relayed.encoded_len();
                if size > PACKET && !entries.is_empty() {
                    self.relay(case, parent, seat, std::mem::take(&mut entries))?;
                    size = relayed.encoded_len();
                }
                entries.push(relayed);
            }
            through = seq;
        }
        if !entries.is_empty() {
            self.relay(case, parent, seat, entries)?;
        }
        let conversation = self.conversation_mut(case)?;
        conversation.position.relayed = through;
        let position = conversation.position.clone();
        record::write(&mut self.state, record::key(POSITION, case), &position);
        Ok(())
    }

    fn relay(
        &mut self,
        case: CaseId,
        parent: CaseId,
        seat: SeatId,
        entries: Vec<care::RelayedEntry>,
    ) -> Result<()> {
        let entry = self.compose(parent, Some(seat), Language::English, |draft| {
            draft.relayed(case, entries)
        })?;
        self.enqueue(parent, &entry).map(drop)
    }
}

/// The team follows loops, who holds which seat and who acts for it; the partner's small talk
/// stays there. What this version does not know concerns the team if somebody is accountable
/// for it.
fn concerns_the_team(entry: &care::Entry) -> bool {
    match &entry.body {
        Some(
            Body::Text(_)
            | Body::Attachment(_)
            | Body::Review(_)
            | Body::MetricsReport(_)
            | Body::Receipt(_)
            | Body::History(_)
            | Body::HistoryShared(_)
            | Body::Relayed(_),
        ) => false,
        Some(_) => true,
        None => !entry.owner_seat.is_empty(),
    }
}
