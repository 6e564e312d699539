//! What happened to a case's group and is no entry of the case: kept where it happened in the
//! log, for this device to show. A newcomer, who was not there, has none.

use relais_types::{CaseId, DeviceName, Result, Timestamp};

use crate::{
    account::Account,
    policy::CasePolicy,
    record::{self, NOTICE, NoticeRecord},
};

/// Something that happened to a case's group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A change of the group's keys could not be followed.
    Broken {
        /// Whose device has signed it; `None` if no member has.
        by: Option<DeviceName>,
    },
    /// A device that could not follow the case is back in step.
    BackInStep {
        /// The device.
        device: DeviceName,
    },
    /// Who may join, or who leads, was changed.
    PolicyChanged {
        /// The device that did it.
        by: DeviceName,
        /// What holds since.
        policy: CasePolicy,
    },
}

/// A notice and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noticed {
    /// The entry of the log that it is about.
    pub seq: u64,
    /// When the server accepted that.
    pub accepted_at: Timestamp,
    /// What happened.
    pub notice: Notice,
}

const BROKEN: u32 = 1;
const BACK_IN_STEP: u32 = 2;
const POLICY_CHANGED: u32 = 3;

impl Account {
    /// What happened to the case's group while this device was in it, in the order of the log.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn notices(&self, case: CaseId) -> Result<Vec<Noticed>> {
        self.conversation(case)?;
        let mut all = Vec::new();
        for (key, value) in self.state.scan(&record::key(NOTICE, case)) {
            let row: NoticeRecord = record::decode(value)?;
            let by: Option<DeviceName> = match row.by.as_str() {
                "" => None,
                name => Some(name.parse()?),
            };
            let notice = match (row.kind, by, row.policy) {
                (BROKEN, by, _) => Notice::Broken { by },
                (BACK_IN_STEP, Some(device), _) => Notice::BackInStep { device },
                (POLICY_CHANGED, Some(by), Some(policy)) => Notice::PolicyChanged {
                    by,
                    policy: CasePolicy::read(&policy)?,
                },
                // Of a newer version.
                _ => continue,
            };
            all.push(Noticed {
                seq: record::number(key)?,
                accepted_at: Timestamp::from_micros(row.accepted_at),
                notice,
            });
        }
        Ok(all)
    }

    pub(crate) fn note(&mut self, case: CaseId, seq: u64, accepted_at: Timestamp, notice: &Notice) {
        let (kind, by, policy) = match notice {
            Notice::Broken { by } => (BROKEN, by.as_ref(), None),
            Notice::BackInStep { device } => (BACK_IN_STEP, Some(device), None),
            Notice::PolicyChanged { by, policy } => {
                (POLICY_CHANGED, Some(by), Some(policy.record()))
            }
        };
        let row = NoticeRecord {
            accepted_at: accepted_at.as_micros(),
            by: by.map(ToString::to_string).unwrap_or_default(),
            kind,
            policy,
        };
        record::write(&mut self.state, record::numbered(NOTICE, case, seq), &row);
    }
}
