//! What this device checks about the server, so that it need not be believed.
//!
//! - **Proof before sending.** Before anything is sent to a case, and before anybody is added to
//!   one, every certificate is proved to be in the transparency log (`proof`). Reading goes on.
//! - **A log that only grows.** A checkpoint is taken only with a proof that it continues the last
//!   one (`log`).
//! - **Comparison.** Each message carries what its sender holds, and is compared (`gossip`).
//! - **Nobody in secret.** The new leaves are read for devices in this person's name (`reading`),
//!   and whoever signed an entry or an officer's key is proved, too (`authors`).
//! - **No step back.** What the server shows again must be what it showed before (`memory`).
//!
//! What contradicts is a [`Breach`]: it is kept with its evidence, survives restarts, and stops
//! sending.

mod authors;
mod breach;
mod gossip;
mod log;
mod memory;
mod proof;
mod reading;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use relais_mls::State;
use relais_proto::transparency::LogTrust;
use relais_transparency::{CosignerKey, Hash, LogKey, SignedCheckpoint};
use relais_types::{CaseId, DeviceName, Error, Result, Timestamp};

pub use authors::UnprovedEntry;
pub(crate) use authors::{Authored, Doubt, InLog};
pub use breach::{Breach, Evidence};
pub(crate) use proof::Newcomers;

use self::{breach::BreachRecord, gossip::Heard, log::TrustRecord, reading::Reading};
use crate::{
    account::Account,
    event::{Alarm, Call, Update},
    purpose::Purpose,
    record,
};

/// Key of the [`TrustRecord`].
const TRUST: &[u8] = b"trust/log";
/// Prefix of [`BreachRecord`]s, by number.
const BREACH: &[u8] = b"trust/breach/";
/// Prefix of the empty rows of certificates that were proved, by SHA-256.
const PROVED: &[u8] = b"trust/proved/";
/// Prefix of what others hold and was not compared, by size and root.
const HEARD: &[u8] = b"trust/heard/";
/// Prefix of the roots of sizes that were found consistent, by size.
const ROOT: &[u8] = b"trust/root/";
/// First pause after a call that failed; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Checks in a row that the server may leave unanswered before nothing more is sent: with the
/// pauses between them about two minutes.
const MOST_TRIES: u32 = 8;

/// SHA-256 of a device certificate.
type Fingerprint = [u8; 32];

/// A certificate to be proved, and whose it claims to be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Unproved {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) device: DeviceName,
}

/// What a call about the server's honesty was for.
#[derive(Clone, Debug)]
pub(crate) enum Check {
    /// Proofs for these certificates, and the newest checkpoint.
    Proofs(Vec<Unproved>),
    /// Whether what somebody else holds continues what we hold, or the other way round.
    Consistency(Heard),
    /// Whether the server still knows what it gave.
    Positions,
}

/// How far a new connection has been checked, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Checked {
    /// Not at all.
    Nothing,
    /// The log continues what is held.
    Log,
    /// The server knows where this device is.
    Positions,
}

/// What the device holds of the log, and what it is waiting for.
pub(crate) struct Trust {
    log: LogKey,
    witnesses: Vec<CosignerKey>,
    /// How old the newest cosigned checkpoint may be.
    max_age: Duration,
    /// The newest checkpoint that was verified.
    held: Option<SignedCheckpoint>,
    /// Roots of sizes that are consistent with it.
    roots: BTreeMap<u64, Hash>,
    /// What was found out, oldest first.
    evidence: Vec<Evidence>,
    /// Certificates in each case's group that are not proved yet; absent if the roster changed.
    unproved: BTreeMap<CaseId, Vec<Unproved>>,
    /// Certificates of devices that are to be added.
    newcomers: BTreeSet<Unproved>,
    /// Certificates that the log did not have when it was asked on this connection.
    absent: BTreeSet<Fingerprint>,
    /// What others hold, to be compared.
    heard: Vec<Heard>,
    /// How far the leaves were read.
    reading: Reading,
    /// Cases whose members are to be looked at for devices in this person's name.
    pub(crate) rosters: BTreeSet<CaseId>,
    /// What has been checked on this connection.
    checked: Checked,
    /// True while a check is under way: one at a time, so that answers cannot overtake.
    asking: bool,
    /// True once people were told that no witness looks at the log.
    warned: bool,
    /// Checks without a usable answer since the last pause was chosen.
    failures: u32,
    /// Checks in a row without a usable answer, whatever connections came and went.
    unanswered: u32,
    pub(crate) paused_until: Option<Timestamp>,
}

impl Trust {
    /// What `state` holds.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub(crate) fn open(state: &State) -> Result<Self> {
        let row: TrustRecord = record::read(state, TRUST)?
            .ok_or_else(|| record::damaged("it does not hold the transparency log's key"))?;
        let damaged = |_| record::damaged("a key of the transparency log does not read");
        let log: LogKey = row.log_key.parse().map_err(damaged)?;
        let held = match row.checkpoint.as_str() {
            "" => None,
            note => Some(SignedCheckpoint::read(note, &log).map_err(damaged)?),
        };
        let witnesses = row.witness_keys.iter().map(|key| key.parse());
        let evidence = state
            .scan(BREACH)
            .map(|(_, value)| record::decode::<BreachRecord>(value)?.read())
            .collect::<Result<_>>()?;
        let mut roots = BTreeMap::new();
        for (key, value) in state.scan(ROOT) {
            let root = Hash::try_from(value).map_err(|_| record::damaged("a root is too short"))?;
            roots.insert(record::number(key)?, root);
        }
        Ok(Self {
            heard: Heard::all(state, &log)?,
            witnesses: witnesses.collect::<Result<_, _>>().map_err(damaged)?,
            max_age: Duration::from_secs(row.max_age_seconds.into()),
            log,
            held,
            roots,
            evidence,
            unproved: BTreeMap::new(),
            newcomers: BTreeSet::new(),
            absent: BTreeSet::new(),
            reading: Reading::open(state)?,
            rosters: BTreeSet::new(),
            checked: Checked::Nothing,
            asking: false,
            warned: false,
            failures: 0,
            unanswered: 0,
            paused_until: None,
        })
    }

    /// The devices of a case's group that may have changed.
    pub(crate) fn roster_changed(&mut self, case: CaseId) {
        self.unproved.remove(&case);
        self.rosters.insert(case);
    }

    /// A connection begins or ends: what was asked is asked again.
    ///
    /// A check that is under way stays so: its answer comes, and must not be overtaken.
    fn reconnect(&mut self) {
        self.checked = Checked::Nothing;
        self.absent.clear();
        self.reading.reconnect();
        self.failures = 0;
        self.paused_until = None;
    }

    /// True while the server leaves unanswered what has to be known before anything is sent.
    fn is_withheld(&self) -> bool {
        self.unanswered >= MOST_TRIES || self.heard.iter().any(|it| it.tries >= MOST_TRIES)
    }

    /// What stops sending to `case`; the server as a whole comes first.
    fn breach(&self, case: Option<CaseId>) -> Option<&Breach> {
        let standing = || self.evidence.iter().filter(|it| !it.resolved);
        standing()
            .find(|it| it.breach.case().is_none())
            .or_else(|| standing().find(|it| case.is_some() && it.breach.case() == case))
            .map(|it| &it.breach)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whom the log is trusted by, as it was told at the enrolment.
///
/// # Errors
/// `MALFORMED_FIELD` if the service names no log, or a key cannot be used.
pub(crate) fn told(trust: Option<LogTrust>) -> Result<TrustRecord> {
    let trust = trust.ok_or_else(|| Error::malformed("transparency_log", "is missing"))?;
    let malformed = |field: &'static str| {
        move |error: relais_transparency::Error| {
            Error::malformed(format!("transparency_log.{field}"), error.to_string())
        }
    };
    let _: LogKey = trust.log_key.parse().map_err(malformed("log_key"))?;
    for key in &trust.witness_keys {
        let _: CosignerKey = key.parse().map_err(malformed("witness_keys"))?;
    }
    Ok(TrustRecord {
        log_key: trust.log_key,
        witness_keys: trust.witness_keys,
        max_age_seconds: trust.max_cosignature_age_seconds,
        checkpoint: String::new(),
    })
}

/// Stores whom the log is trusted by.
pub(crate) fn begin(state: &mut State, trust: &TrustRecord) {
    record::write(state, TRUST.to_vec(), trust);
}

impl Account {
    /// What was found out against the server or members, oldest first.
    pub fn evidence(&self) -> &[Evidence] {
        &self.trust.evidence
    }

    /// The key that the transparency log is trusted by.
    pub fn log_key(&self) -> &LogKey {
        &self.trust.log
    }

    /// What stops sending to `case`, or to all cases if it concerns the server as a whole.
    pub fn breach(&self, case: CaseId) -> Option<&Breach> {
        self.trust.breach(Some(case))
    }

    /// # Errors
    /// `SENDING_STOPPED` if this device has evidence that concerns `case`, or any case.
    pub(crate) fn refuse_if_stopped(&self, case: Option<CaseId>) -> Result<()> {
        self.trust
            .breach(case)
            .map_or(Ok(()), |it| Err(it.refusal()))
    }

    /// True if the server as a whole deceives: it is told nothing more.
    pub(crate) fn is_deceived(&self) -> bool {
        self.trust.breach(None).is_some()
    }

    pub(crate) fn trust_connected(&mut self) {
        if self.trust.is_withheld() {
            self.update(Update::Alarm(Alarm::LogWithheld));
        }
        self.trust.reconnect();
        self.trust.rosters.extend(self.cases.keys());
    }

    /// Makes the next check that is due, if none is under way.
    pub(crate) fn pump_trust(&mut self) -> Result<()> {
        let now = self.now();
        if self.trust.breach(None).is_some() {
            // Whatever a server says that was found out changes nothing any more.
            return Ok(());
        }
        if self.trust.asking || self.trust.paused_until.is_some_and(|until| until > now) {
            return Ok(());
        }
        self.trust.paused_until = None;
        let wanted = self.wanted_proofs()?;
        let (check, call) = if self.trust.checked == Checked::Nothing
            || !wanted.is_empty()
            || self.trust.unanswered > 0
        {
            let call = Call::GetInclusionProofs(self.proofs_request(&wanted));
            (Check::Proofs(wanted), call)
        } else if let Some((heard, request)) = self.next_comparison() {
            let call = Call::GetConsistencyProof(request);
            (Check::Consistency(heard), call)
        } else if self.trust.checked < Checked::Positions {
            let request = self.positions_request();
            if request.cursors.is_empty() {
                self.trust.checked = Checked::Positions;
                return Ok(());
            }
            (Check::Positions, Call::Sync(request))
        } else {
            return Ok(());
        };
        self.trust.asking = true;
        self.call(Purpose::Check(check), call);
        Ok(())
    }

    /// The answer to a check.
    pub(crate) fn checked(
        &mut self,
        check: Check,
        outcome: Result<crate::event::Reply, Error>,
    ) -> Result<()> {
        use crate::event::Reply;
        self.trust.asking = false;
        match (check, outcome) {
            (Check::Proofs(asked), Ok(Reply::GetInclusionProofs(response))) => {
                self.proofs_came(&asked, response)
            }
            (Check::Consistency(heard), Ok(Reply::GetConsistencyProof(response))) => {
                self.comparison_came(&heard, &response)
            }
            (Check::Positions, Ok(Reply::Sync(_))) => {
                self.trust.checked = Checked::Positions;
                Ok(())
            }
            (check, Err(error)) if crate::account::is_transient(&error) => {
                self.pause_checks(error.retry_after);
                match check {
                    Check::Consistency(heard) => self.comparison_unanswered(&heard),
                    Check::Proofs(_) => self.unanswered(),
                    Check::Positions => {}
                }
                Ok(())
            }
            (Check::Consistency(heard), Err(_)) => self.comparison_refused(&heard),
            (Check::Positions, Err(error)) => {
                self.trust.checked = Checked::Positions;
                self.positions_refused(&error)
            }
            (Check::Proofs(_), Err(error)) => {
                self.log_unverifiable(error.to_string());
                Ok(())
            }
            (check, Ok(_)) => Err(Error::internal(format!(
                "the reply does not belong to {check:?}"
            ))),
        }
    }

    /// Keeps what was found out, once, and tells people.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "whoever finds something out ends with it, in the middle of what can fail"
    )]
    fn breached(&mut self, breach: Breach, held: String, shown: String) -> Result<()> {
        let known = |it: &Evidence| !it.resolved && it.breach == breach;
        if self.trust.evidence.iter().any(known) {
            return Ok(());
        }
        let evidence = Evidence {
            breach: breach.clone(),
            at: self.now(),
            held,
            shown,
            resolved: false,
        };
        let number = self.trust.evidence.len() as u64;
        self.write_evidence(number, &evidence);
        self.trust.evidence.push(evidence);
        self.update(Update::Alarm(Alarm::Breach(Box::new(breach))));
        Ok(())
    }

    fn write_evidence(&mut self, number: u64, evidence: &Evidence) {
        let key = [BREACH, &number.to_be_bytes()].concat();
        record::write(&mut self.state, key, &BreachRecord::from(evidence));
    }

    /// The log's answer proves nothing, neither for nor against the server: what needed the proof
    /// waits, and it is asked again.
    fn log_unverifiable(&mut self, why: String) {
        if self.trust.failures == 0 {
            self.update(Update::Alarm(Alarm::LogUnverifiable { why }));
        }
        self.pause_checks(None);
        self.unanswered();
    }

    /// A check came to nothing; the next one may.
    fn unanswered(&mut self) {
        self.trust.unanswered = self.trust.unanswered.saturating_add(1);
        self.warn_if_withheld(self.trust.unanswered);
    }

    fn warn_if_withheld(&mut self, tries: u32) {
        if tries == MOST_TRIES {
            self.update(Update::Alarm(Alarm::LogWithheld));
        }
    }

    fn pause_checks(&mut self, at_least: Option<Duration>) {
        let pause = LONGEST_PAUSE.min(FIRST_PAUSE * (1 << self.trust.failures.min(10)));
        self.trust.failures += 1;
        self.trust.paused_until = Some(self.now().plus(at_least.unwrap_or_default().max(pause)));
    }
}
