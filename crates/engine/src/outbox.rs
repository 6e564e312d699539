//! Entries on their way out: queued as intents, encrypted when there is a settled epoch,
//! staged before they are sent, and gone from here when the log confirms them.

use bytes::Bytes;
use prost::Message as _;
use relais_proto::{care, delivery};
use relais_types::{CaseId, EntryId, Error, Reason, Result};

use crate::{
    account::Account,
    event::{Alarm, Call, Update},
    purpose::Purpose,
    record::{self, OUTBOX, OutboxRecord, PLAN, StagedMessage},
    signed,
    timers::refuses_timers,
};

/// Room between two posted entries, for what a change of the team puts in between.
pub(crate) const ORDER_STEP: u64 = 1 << 16;

impl Account {
    /// Signs an entry and queues it at the end; returns its id and order.
    ///
    /// Until the log has confirmed it, it is listed by [`Account::pending`].
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case, `NOT_ALLOWED` if this device was removed from it.
    pub(crate) fn enqueue(&mut self, case: CaseId, entry: &care::Entry) -> Result<(EntryId, u64)> {
        self.check_open(case)?;
        let id = EntryId::try_from(entry.id.as_ref())?;
        let last = self
            .state
            .scan(&record::key(OUTBOX, case))
            .next_back()
            .map(|(key, _)| record::number(key));
        let order = last.transpose()?.unwrap_or(0).next_multiple_of(ORDER_STEP) + ORDER_STEP;
        self.enqueue_at(case, order, entry);
        Ok((id, order))
    }

    pub(crate) fn enqueue_at(&mut self, case: CaseId, order: u64, entry: &care::Entry) {
        let signed_entry = signed::sign(self.mls.key(), entry);
        let row = OutboxRecord {
            signed_entry,
            ..OutboxRecord::default()
        };
        record::write(&mut self.state, record::numbered(OUTBOX, case, order), &row);
    }

    /// The case's outbox, in order.
    pub(crate) fn outbox(&self, case: CaseId) -> Result<Vec<(u64, OutboxRecord)>> {
        self.state
            .scan(&record::key(OUTBOX, case))
            .map(|(key, value)| Ok((record::number(key)?, record::decode(value)?)))
            .collect()
    }

    /// True if something of the case is not yet confirmed by the log.
    pub(crate) fn has_work(&self, case: CaseId) -> Result<bool> {
        let waiting = self
            .outbox(case)?
            .iter()
            .any(|(_, row)| row.refused.is_none());
        let planned = self.state.scan(&record::key(PLAN, case)).next().is_some();
        Ok(waiting || planned || self.conversation(case)?.record.genesis.is_some())
    }

    /// Sends the first entry that the server does not have.
    pub(crate) fn send_next(&mut self, case: CaseId) -> Result<()> {
        let next = self.outbox(case)?.into_iter().find(|(_, row)| {
            row.refused.is_none() && !row.staged.as_ref().is_some_and(|staged| staged.accepted)
        });
        let Some((order, mut row)) = next else {
            return Ok(());
        };
        let staged = if let Some(staged) = row.staged.clone() {
            staged
        } else {
            if !self.has_read_all || self.conversation(case)?.gap.is_some() {
                // What comes may show that these keys were used before.
                return Ok(());
            }
            if !self.is_caught_up() && self.parent_of(case)?.is_some() {
                // What comes may withdraw the consent that it needs.
                return Ok(());
            }
            let entry = signed::read(&row.signed_entry)?;
            if let Err(error) = self.check_consent(case, &entry) {
                return self.send_refused(case, order, error);
            }
            let plaintext = self.attested(case, &row.signed_entry)?;
            let encrypted = match self.mls.encrypt(&mut self.state, case, &plaintext) {
                Ok(encrypted) => encrypted,
                Err(error) => return self.send_refused(case, order, signed::mls(error)),
            };
            let staged = StagedMessage {
                timers: self.timers_for(case, &row.signed_entry)?,
                request_id: self.request_id(),
                epoch: encrypted.epoch,
                ciphertext: encrypted.ciphertext,
                accepted: false,
            };
            row.staged = Some(staged.clone());
            record::write(&mut self.state, record::numbered(OUTBOX, case, order), &row);
            staged
        };
        let request = delivery::SendRequest {
            request_id: staged.request_id,
            group_id: case.into(),
            epoch: staged.epoch,
            ciphertext: staged.ciphertext,
            timers: staged.timers,
        };
        self.call(Purpose::Send { case, order }, Call::Send(request));
        Ok(())
    }

    pub(crate) fn send_accepted(&mut self, case: CaseId, order: u64, seq: u64) -> Result<()> {
        let row = self.outbox_row(case, order)?;
        if row.is_some_and(|row| row.staged.is_some_and(|staged| !staged.accepted)) {
            // The log has not brought these bytes yet, so it is not past them.
            self.taken_as(case, seq)?;
        }
        self.change_outbox(case, order, |row| {
            if let Some(staged) = &mut row.staged {
                staged.accepted = true;
            }
        })
    }

    pub(crate) fn send_refused(&mut self, case: CaseId, order: u64, error: Error) -> Result<()> {
        self.refused_at(case, &error)?;
        if matches!(error.reason, Reason::StaleEpoch | Reason::CommitRequired) {
            // These bytes are not in the log and never will be: encrypt again once the
            // commit that overtook them, or that removes a revoked device, has been applied.
            self.change_outbox(case, order, |row| row.staged = None)?;
            self.wait_for_log(case);
            return Ok(());
        }
        if refuses_timers(&error) && self.send_without_timers(case, order, &error)? {
            return Ok(());
        }
        // What was staged stays: should the log bring it all the same, the log is right.
        self.change_outbox(case, order, |row| {
            row.refused = Some(error.message.to_string());
        })?;
        if let Some(row) = self.outbox_row(case, order)? {
            let entry = EntryId::try_from(signed::read(&row.signed_entry)?.id.as_ref())?;
            self.update(Update::Refused { case, entry, error });
        }
        Ok(())
    }

    /// Refuses everything that waits to be sent.
    pub(crate) fn refuse_waiting(&mut self, case: CaseId, error: &Error) -> Result<()> {
        for (order, row) in self.outbox(case)? {
            if row.refused.is_none() {
                self.change_outbox(case, order, |row| row.staged = None)?;
                self.send_refused(case, order, error.clone())?;
            }
        }
        Ok(())
    }

    /// The message matters more than that somebody is woken about it: the same bytes go again,
    /// alone, and the person is told. False if they went alone already.
    fn send_without_timers(&mut self, case: CaseId, order: u64, error: &Error) -> Result<bool> {
        let Some(mut row) = self.outbox_row(case, order)? else {
            return Ok(false);
        };
        let timers = row.staged.as_mut().map(|it| std::mem::take(&mut it.timers));
        if timers.is_none_or(|timers| timers.is_empty()) {
            return Ok(false);
        }
        record::write(&mut self.state, record::numbered(OUTBOX, case, order), &row);
        let entry = EntryId::try_from(signed::read(&row.signed_entry)?.id.as_ref())?;
        let why = error.message.to_string();
        self.update(Update::Alarm(Alarm::NobodyIsWoken { case, entry, why }));
        Ok(true)
    }

    /// Forgets an outbox entry that the log has brought by another way.
    pub(crate) fn drop_sent(&mut self, case: CaseId, id: &[u8]) -> Result<()> {
        for (order, row) in self.outbox(case)? {
            if signed::read(&row.signed_entry)?.id.as_ref() == id {
                self.state.delete(&record::numbered(OUTBOX, case, order));
            }
        }
        Ok(())
    }

    /// Takes the outbox entry that was sent as these bytes, if it is ours.
    pub(crate) fn take_sent(&mut self, case: CaseId, payload: &[u8]) -> Result<Option<Bytes>> {
        let sent = self.outbox(case)?.into_iter().find(|(_, row)| {
            row.staged
                .as_ref()
                .is_some_and(|staged| staged.ciphertext.as_ref() == payload)
        });
        let Some((order, row)) = sent else {
            return Ok(None);
        };
        self.state.delete(&record::numbered(OUTBOX, case, order));
        Ok(Some(row.signed_entry))
    }

    fn outbox_row(&self, case: CaseId, order: u64) -> Result<Option<OutboxRecord>> {
        record::read(&self.state, &record::numbered(OUTBOX, case, order))
    }

    fn change_outbox(
        &mut self,
        case: CaseId,
        order: u64,
        change: impl FnOnce(&mut OutboxRecord),
    ) -> Result<()> {
        // The log may have confirmed the entry before the reply came.
        if let Some(mut row) = self.outbox_row(case, order)? {
            change(&mut row);
            self.state
                .put(record::numbered(OUTBOX, case, order), row.encode_to_vec());
        }
        Ok(())
    }
}
