//! The bridge between a partner conversation and the team's case it belongs to.
//!
//! The partner sees neither the case nor its team. The person who opened the conversation
//! is in both, and their device shares the partner's signed entries into the case, so that
//! the team sees the same loop in the same state, verifiable back to the partner.

use prost::Message as _;
use relais_care::Language;
use relais_proto::care::{self, entry::Body};
use relais_types::{CaseId, Result};

use crate::{
    account::Account,
    record::{self, POSITION},
    signed,
};

/// Bytes of shared entries in one Relayed.
const PACKET: usize = 40 * 1024;

impl Account {
    /// Shares what came in a partner conversation into its parent case.
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
        if self
            .cases
            .get(&parent)
            .is_none_or(|parent| parent.record.removed)
        {
            return Ok(());
        }
        let from = conversation.position.relayed;
        let mut entries = Vec::new();
        let (mut size, mut through) = (0, from);
        for (seq, row) in self
            .log_rows(case)?
            .into_iter()
            .filter(|(seq, _)| *seq > from)
        {
            if concerns_the_team(&signed::read(&row.signed_entry)?) {
                let relayed = self.relayed_entry(seq, &row)?;
                size += relayed.encoded_len();
                if size > PACKET && !entries.is_empty() {
                    self.relay(case, parent, std::mem::take(&mut entries))?;
                    size = relayed.encoded_len();
                }
                entries.push(relayed);
            }
            through = seq;
        }
        if !entries.is_empty() {
            self.relay(case, parent, entries)?;
        }
        let conversation = self.conversation_mut(case)?;
        conversation.position.relayed = through;
        let position = conversation.position;
        record::write(&mut self.state, record::key(POSITION, case), &position);
        Ok(())
    }

    fn relay(
        &mut self,
        case: CaseId,
        parent: CaseId,
        entries: Vec<care::RelayedEntry>,
    ) -> Result<()> {
        let seat = self.first_seat(parent);
        let entry = self.compose(parent, seat, Language::English, |draft| {
            draft.relayed(case, entries)
        })?;
        self.enqueue(parent, &entry).map(drop)
    }
}

/// The team follows loops and who holds which seat; the partner's small talk stays there.
fn concerns_the_team(entry: &care::Entry) -> bool {
    match &entry.body {
        Some(
            Body::CaseOpened(_)
            | Body::TeamChanged(_)
            | Body::Consult(_)
            | Body::Referral(_)
            | Body::Task(_)
            | Body::AcknowledgementRequest(_)
            | Body::Transition(_)
            | Body::Correction(_),
        ) => true,
        Some(Body::Text(_) | Body::Receipt(_) | Body::History(_) | Body::Relayed(_)) | None => {
            false
        }
    }
}
