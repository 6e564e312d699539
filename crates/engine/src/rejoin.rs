//! Being added again by somebody whom this device does not know from the case.
//!
//! The server's word must not exchange a case for another group with its id. Whoever adds a
//! device that was in the case before has to be one of those it last saw there. If it is anybody
//! else, such as a colleague who came later, a person decides. Until then nothing of the new
//! group is read; and what this device had before is not shared with it by itself, ever.

use prost::Message as _;
use relais_proto::delivery;
use relais_types::{CaseId, Cursor, DeviceName, Error, Reason, Result};

use crate::{
    account::Account,
    event::{Alarm, Effect, Update},
    receive::NotJoined,
    record::{self, DoubtRecord, PLAN, POSITION},
};

impl Account {
    /// Keeps an invitation until a person has decided. Nothing is sent to the case meanwhile.
    pub(crate) fn doubt_invitation(
        &mut self,
        case: CaseId,
        welcome: &delivery::Welcome,
        by: DeviceName,
    ) -> Result<()> {
        let doubt = Some(DoubtRecord {
            welcome: welcome.encode_to_vec(),
            by: by.to_string(),
            seq: welcome.seq,
        });
        if self.conversation(case)?.record.doubt != doubt {
            self.change_record(case, |record| record.doubt = doubt)?;
            self.update(Update::Alarm(Alarm::RejoinDoubted { case, by }));
        }
        Ok(())
    }

    /// Takes no notice of the invitation. If this device was not removed, the case goes on as it
    /// was.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case or nothing to decide.
    pub fn decline_rejoin(&mut self, case: CaseId) -> Result<()> {
        let doubt = self.take_doubt(case)?;
        self.change_record(case, |record| record.declined = doubt.seq)
    }

    /// Joins a case again although `by`, which adds this device, was not in it when it last was.
    ///
    /// What this device has of the case stays readable, and is not shared with the group by
    /// itself. What waited to be sent was meant for those who were there then: it is refused,
    /// and can be said again.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case or no invitation by that device; `NOT_ALLOWED` if it
    /// is no good any more, with what to do.
    pub fn rejoin(&mut self, case: CaseId, by: &DeviceName) -> Result<()> {
        let doubt = self.conversation(case)?.record.doubt.as_ref();
        if doubt.is_none_or(|doubt| doubt.by != by.to_string()) {
            return Err(Error::not_found("an invitation by this device"));
        }
        let doubt = self.take_doubt(case)?;
        let welcome = delivery::Welcome::decode(doubt.welcome.as_slice())
            .map_err(|_| record::damaged("an invitation does not read"))?;
        let no_good = |why: &str| {
            Error::new(
                Reason::NotAllowed,
                format!("{why}: ask the team to remove this device and to add it again"),
            )
        };
        if self.is_behind(case, &welcome) {
            return Err(no_good("the case has gone on without the invitation"));
        }
        let joined = self.join(case, &welcome, true).map_err(|why| match why {
            NotJoined::Refused(why) => no_good(&why),
            NotJoined::Stranger(by) => no_good(&format!("{by} is not in the case")),
        })?;
        self.keep_log(case)?;
        let prefix = record::key(PLAN, case);
        let plans = self.state.scan(&prefix).map(|(key, _)| key.to_vec());
        let plans: Vec<Vec<u8>> = plans.collect();
        for plan in plans {
            self.state.delete(&plan);
        }
        let error = Error::new(
            Reason::NotAllowed,
            "you have joined the case anew since it was written: say it again if it is meant for \
             those who are in it now",
        );
        self.refuse_waiting(case, &error)?;
        self.joined(case, &welcome, &joined)?;
        // Its entries have come before, and were not read.
        let cursor = Cursor::Group {
            group: case,
            seq: welcome.seq,
        };
        let conversation = self.conversation_mut(case)?;
        conversation.position.cursor = cursor.encode().into();
        let position = conversation.position.clone();
        record::write(&mut self.state, record::key(POSITION, case), &position);
        self.effect(Effect::Resubscribe(vec![position.cursor]));
        Ok(())
    }

    fn take_doubt(&mut self, case: CaseId) -> Result<DoubtRecord> {
        let mut doubt = None;
        self.change_record(case, |record| doubt = record.doubt.take())?;
        doubt.ok_or_else(|| Error::not_found("an invitation that waits for you"))
    }
}
