//! The opaque timers of what asks for an acknowledgement: registered with the message, cleared
//! by whoever acknowledges.
//!
//! The token is derived from the author's signature, which every member holds and which travels
//! with the entry wherever it is shared again, and which the server never sees.

use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use relais_care::{Priority, Statement, compose::acknowledge_by, ladder};
use relais_proto::{care, delivery};
use relais_types::{CaseId, EntryId, Error, Reason, Result, SeatId, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::{
    account::{Account, is_transient},
    event::{Call, Reply},
    overdue::is_awaited,
    purpose::Purpose,
    record::{self, CLEAR, ClearRecord, LOG, LogRecord},
};

const LABEL: &[u8] = b"relais/timer/v1";
/// Servers take no timer that is due sooner than at once, nor later than this.
const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_hours(90 * 24);
/// Most devices that one timer names.
const MOST_DEVICES: usize = 64;
/// Pause after a call that did not succeed.
const PAUSE: Duration = Duration::from_secs(10);

/// What an account knows about clearing in this session.
#[derive(Debug, Default)]
pub(crate) struct Clearing {
    in_flight: bool,
    pub(crate) paused_until: Option<Timestamp>,
}

/// The token of an entry's timers: `SHA-256("relais/timer/v1" || signature)`.
pub(crate) fn token(signed_entry: &[u8]) -> Result<[u8; 32]> {
    let signed = care::SignedEntry::decode(signed_entry)
        .map_err(|_| record::damaged("an entry does not decode"))?;
    Ok(Sha256::new()
        .chain_update(LABEL)
        .chain_update(&signed.signature)
        .finalize()
        .into())
}

/// What the server knows a token by.
pub(crate) fn hash(token: &[u8; 32]) -> [u8; 32] {
    Sha256::digest(token).into()
}

impl Account {
    /// The timers that go with an entry which is sent now: one for each seat whose turn it will
    /// be, for those of its holder's devices that are in the group.
    pub(crate) fn timers_for(
        &self,
        case: CaseId,
        signed_entry: &[u8],
    ) -> Result<Vec<delivery::Timer>> {
        let entry = crate::signed::read(signed_entry)?;
        let Ok(statement) = Statement::parse(&entry) else {
            return Ok(Vec::new());
        };
        let envelope = &statement.envelope;
        let asked = (envelope.owner_seat, envelope.acknowledge_by);
        let (Some(owner), Some(by)) = asked else {
            return Ok(Vec::new());
        };
        let asker = statement.claim.seat.unwrap_or(owner);
        let (now, priority) = (self.now(), envelope.priority);
        let by = counted_from(now, envelope.authored_at.unwrap_or(now), by, priority);
        let team = &self.conversation(case)?.view.team;
        let token_hash = Bytes::copy_from_slice(&hash(&token(signed_entry)?));
        let members = self
            .mls
            .members(&self.state, case)
            .map_err(crate::signed::mls)?;
        let holders_devices = |seat: SeatId| {
            let mine = members.iter().map(|member| &member.identity.device);
            mine.filter(|device| team.holds(&device.practitioner_name(), seat))
                .map(|device| device.device.into())
                .take(MOST_DEVICES)
                .collect::<Vec<Bytes>>()
        };
        let rungs = ladder(team, owner, asker, priority, now, by);
        let timers = rungs.into_iter().map(|rung| delivery::Timer {
            token_hash: token_hash.clone(),
            delay: rung.at.since(now).clamp(SOONEST, LATEST).try_into().ok(),
            class: class(priority).into(),
            device_ids: holders_devices(rung.seat),
        });
        Ok(timers.filter(|it| !it.device_ids.is_empty()).collect())
    }

    /// Forgets the timers of those of `entries` that wait for nobody any more, now that what this
    /// device said of them stands in the log.
    pub(crate) fn clear_timers_of(&mut self, case: CaseId, entries: &[EntryId]) -> Result<()> {
        for &entry in entries {
            let view = &self.conversation(case)?.view;
            let Some(item) = view.item(entry) else {
                continue;
            };
            let asked =
                item.envelope.owner_seat.is_some() && item.envelope.acknowledge_by.is_some();
            if !asked || is_awaited(view, entry) {
                continue;
            }
            let key = record::numbered(LOG, case, item.seq);
            let Some(row) = record::read::<LogRecord>(&self.state, &key)? else {
                continue;
            };
            let token = token(&row.signed_entry)?;
            let key = [record::key(CLEAR, case), hash(&token).to_vec()].concat();
            let row = ClearRecord {
                token: Bytes::copy_from_slice(&token),
            };
            record::write(&mut self.state, key, &row);
        }
        Ok(())
    }

    /// True if the server has not confirmed all that is to be cleared; not while it does not
    /// answer, since nobody has to wait for this.
    pub(crate) fn is_clearing_timers(&self) -> bool {
        self.clearing.paused_until.is_none() && self.state.scan(CLEAR).next().is_some()
    }

    /// Reveals the next token.
    pub(crate) fn clear_next_timer(&mut self) -> Result<()> {
        let now = self.now();
        let paused = self.clearing.paused_until.is_some_and(|until| until > now);
        if self.clearing.in_flight || paused {
            return Ok(());
        }
        self.clearing.paused_until = None;
        let Some((key, value)) = self.state.scan(CLEAR).next() else {
            return Ok(());
        };
        let row: ClearRecord = record::decode(value)?;
        let case = key.get(CLEAR.len()..CLEAR.len() + 16).unwrap_or_default();
        let request = delivery::ClearTimerRequest {
            group_id: Bytes::copy_from_slice(case),
            token: row.token,
        };
        let row = key.to_vec();
        self.clearing.in_flight = true;
        self.call(Purpose::ClearTimer { row }, Call::ClearTimer(request));
        Ok(())
    }

    pub(crate) fn timer_cleared(&mut self, row: &[u8], outcome: Result<Reply>) {
        self.clearing.in_flight = false;
        match outcome {
            Err(error) if is_transient(&error) => {
                let pause = error.retry_after.unwrap_or_default() + PAUSE;
                self.clearing.paused_until = Some(self.now().plus(pause));
            }
            Err(error) if error.reason == Reason::DeviceRevoked => self.revoked(),
            // Cleared; or this device is in the group no more, or the server knows no timers.
            _ => self.state.delete(row),
        }
    }
}

/// True if the server takes the message, but not its timers.
pub(crate) fn refuses_timers(error: &Error) -> bool {
    let about_timers = || {
        error
            .field
            .as_ref()
            .is_some_and(|field| field.starts_with("timers"))
    };
    error.reason == Reason::TooManyTimers
        || (error.reason == Reason::MalformedField && about_timers())
}

/// By when it should be acknowledged, for an entry that waited in the outbox since `authored_at`:
/// whoever owns it gets the time that they would have had.
fn counted_from(
    now: Timestamp,
    authored_at: Timestamp,
    by: Timestamp,
    priority: Priority,
) -> Timestamp {
    if by == acknowledge_by(priority, authored_at) {
        return acknowledge_by(priority, now);
    }
    now.plus(by.since(authored_at))
}

const fn class(priority: Priority) -> delivery::TimerClass {
    match priority {
        Priority::Routine => delivery::TimerClass::Routine,
        Priority::Urgent => delivery::TimerClass::Urgent,
        Priority::Asap => delivery::TimerClass::Asap,
        Priority::Stat => delivery::TimerClass::Stat,
    }
}
