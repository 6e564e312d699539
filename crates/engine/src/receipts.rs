//! Receipts: one entry covers all that this person's device stored, and the person read or
//! acknowledged, since the last one.

use std::time::Duration;

use relais_care::{Language, Receipt};
use relais_proto::care;
use relais_types::{CaseId, EntryId, Error, Result};

use crate::{
    account::Account,
    record::{self, MARKS, MarksRecord},
    signed,
};

/// Most entries of each kind that one receipt names: three times as many 16-byte ids stay
/// below the 48 KiB of an entry.
const MOST: usize = 700;
/// How long a receipt waits for more to cover.
const GATHER: Duration = Duration::from_secs(1);

impl Account {
    /// Notes that these entries were shown to the person; the next receipt will say so, and
    /// so will the record for the custodian's officer.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn mark_read(&mut self, case: CaseId, entries: &[EntryId]) -> Result<()> {
        self.record_shown(case, entries)?;
        let mut marks = self.marks(case)?;
        let owed = self
            .conversation(case)?
            .view
            .pending_receipts(&self.me.practitioner());
        let unread = entries.iter().filter(|entry| owed.read.contains(entry));
        marks
            .read
            .extend(unread.map(|entry| entry.as_bytes().to_vec()));
        self.write_marks(case, marks);
        self.schedule_receipt(case)
    }

    /// Notes that the person says "I have this", and tells the case at once.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case, or no such entry in it.
    pub fn acknowledge(&mut self, case: CaseId, entry: EntryId) -> Result<()> {
        if self.conversation(case)?.view.item(entry).is_none() {
            return Err(Error::not_found("the entry"));
        }
        let mut marks = self.marks(case)?;
        marks.acknowledged.push(entry.as_bytes().to_vec());
        self.write_marks(case, marks);
        self.send_receipt(case)
    }

    /// Sends what is owed now, instead of waiting for more to cover.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn send_receipt(&mut self, case: CaseId) -> Result<()> {
        self.conversation_mut(case)?.receipt_due = None;
        if !self.conversation(case)?.is_open() {
            return Ok(());
        }
        if self.receipt_is_on_its_way(case)? {
            // What it covers is still owed in the view; wait until the log confirms it.
            return self.schedule_receipt(case);
        }
        let receipt = self.owed(case)?;
        if receipt == Receipt::default() {
            return Ok(());
        }
        let told = receipt.clone();
        let entry = self.compose(case, None, Language::English, |draft| {
            draft.receipt(receipt)
        })?;
        self.enqueue(case, &entry)?;
        let mut marks = self.marks(case)?;
        let untold = |told: &[EntryId], mark: &Vec<u8>| {
            !told.iter().any(|id| id.as_bytes() == mark.as_slice())
        };
        marks.read.retain(|mark| untold(&told.read, mark));
        marks
            .acknowledged
            .retain(|mark| untold(&told.acknowledged, mark));
        self.write_marks(case, marks);
        // If that was not all, the rest is due once the log has confirmed this one.
        self.schedule_receipt(case)
    }

    /// Lets the next receipt gather what comes soon after.
    pub(crate) fn schedule_receipt(&mut self, case: CaseId) -> Result<()> {
        let owes = self.owed(case)? != Receipt::default();
        let due = self.now().plus(GATHER);
        let conversation = self.conversation_mut(case)?;
        conversation.receipt_due = match (owes && conversation.is_open(), conversation.receipt_due)
        {
            (false, _) => None,
            (true, earlier) => Some(earlier.unwrap_or(due)),
        };
        Ok(())
    }

    pub(crate) fn send_due_receipts(&mut self) -> Result<()> {
        let now = self.now();
        let due =
            |case: &crate::account::Conversation| case.receipt_due.is_some_and(|due| due <= now);
        let cases: Vec<CaseId> = self
            .cases
            .iter()
            .filter(|(_, case)| due(case))
            .map(|(id, _)| *id)
            .collect();
        cases
            .into_iter()
            .try_for_each(|case| self.send_receipt(case))
    }

    /// What the view says this person owes, and what they did since; as much of each as one
    /// receipt holds.
    fn owed(&self, case: CaseId) -> Result<Receipt> {
        let owed = self
            .conversation(case)?
            .view
            .pending_receipts(&self.me.practitioner());
        let marks = self.marks(case)?;
        let ids = |ids: Vec<Vec<u8>>| {
            ids.iter()
                .take(MOST)
                .map(|id| EntryId::try_from(id.as_slice()))
                .collect::<Result<_>>()
        };
        Ok(Receipt {
            delivered: owed.delivered.into_iter().take(MOST).collect(),
            read: ids(marks.read)?,
            acknowledged: ids(marks.acknowledged)?,
        })
    }

    fn receipt_is_on_its_way(&self, case: CaseId) -> Result<bool> {
        for (_, row) in self.outbox(case)? {
            let entry = signed::read(&row.signed_entry)?;
            if row.refused.is_none() && matches!(entry.body, Some(care::entry::Body::Receipt(_))) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn marks(&self, case: CaseId) -> Result<MarksRecord> {
        Ok(record::read(&self.state, &record::key(MARKS, case))?.unwrap_or_default())
    }

    fn write_marks(&mut self, case: CaseId, mut marks: MarksRecord) {
        for list in [&mut marks.read, &mut marks.acknowledged] {
            list.sort_unstable();
            list.dedup();
        }
        record::write(&mut self.state, record::key(MARKS, case), &marks);
    }
}
