//! What a person does not want to see for a while.
//!
//! It is theirs alone: no other member and no server learns of it, nothing about the request
//! changes, and it comes back by itself.

use relais_types::{CaseId, EntryId, Error, Result, Timestamp};

use crate::{
    account::Account,
    record::{self, SNOOZE, SnoozeRecord},
};

/// Something that a person does not want to see until a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snoozed {
    /// The case.
    pub case: CaseId,
    /// The entry.
    pub entry: EntryId,
    /// Until when.
    pub until: Timestamp,
}

impl Account {
    /// Hides an entry from this person until a time, or shows it again.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case; `MALFORMED_FIELD` if there is no such entry in it or
    /// the time is over.
    pub fn snooze(&mut self, case: CaseId, entry: EntryId, until: Option<Timestamp>) -> Result<()> {
        if self.view(case)?.item(entry).is_none() {
            return Err(Error::malformed("entry", "is not in this case"));
        }
        let key = key(case, entry);
        let Some(until) = until else {
            self.state.delete(&key);
            return Ok(());
        };
        if until <= self.now() {
            return Err(Error::malformed("until", "must be a time to come"));
        }
        let row = SnoozeRecord {
            until: until.as_micros(),
        };
        record::write(&mut self.state, key, &row);
        Ok(())
    }

    /// What is hidden now. What is over is not: it is seen again.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn snoozed(&self) -> Result<Vec<Snoozed>> {
        let now = self.now();
        let mut snoozed = Vec::new();
        for (key, row) in self.state.scan(SNOOZE) {
            let row: SnoozeRecord = record::decode(row)?;
            let damaged = || record::damaged("a snoozed entry has no id");
            let ids = key
                .get(SNOOZE.len()..)
                .and_then(|ids| ids.split_at_checked(16));
            let (case, entry) = ids.ok_or_else(damaged)?;
            let until = Timestamp::from_micros(row.until);
            if now < until {
                snoozed.push(Snoozed {
                    case: CaseId::try_from(case).map_err(|_| damaged())?,
                    entry: EntryId::try_from(entry).map_err(|_| damaged())?,
                    until,
                });
            }
        }
        Ok(snoozed)
    }
}

fn key(case: CaseId, entry: EntryId) -> Vec<u8> {
    [SNOOZE, case.as_bytes(), entry.as_bytes()].concat()
}
