//! "Viewed" events: who was shown what, for the privacy officer of the organisation that opened
//! the case, its custodian, and for nobody else.
//!
//! What is shown is noted in the account's state, gathers for a second like receipts do, and is
//! then signed, sealed to the officer's key and staged: the exact bytes and their request id are
//! stored before they are sent, so that a crash neither loses nor doubles them. While there is
//! no officer key nothing is recorded.

mod officer;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use prost::Message as _;
use relais_care::{CaseView, Content, TimelineItem};
use relais_proto::{audit, care, to_proto_time};
use relais_types::{CaseId, EntryId, Error, OrgDomain, Reason, Result, Timestamp};

use crate::{
    account::{Account, is_transient},
    event::{Alarm, Call, Reply, Update},
    purpose::Purpose,
    record::{self, VIEWS, VIEWS_STAGED, ViewsRecord, ViewsStagedRecord},
    signed,
    trust::{InLog, Unproved},
};

pub use officer::{OfficerSecret, OpenedView, View};

/// Label of a view's signature, and what its seal is for.
const LABEL: &str = "relais/view/v1";
/// Most entries that one view names.
const MOST: usize = 700;
/// How long views wait for more to be shown.
const GATHER: Duration = Duration::from_secs(1);
/// Pause after a call that did not succeed.
const PAUSE: Duration = Duration::from_secs(10);
/// How long an officer's key is believed to be the newest, or to be missing.
const FRESH: Duration = Duration::from_hours(1);

/// Whether views of a case are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// The custodian's officer can see who viewed what.
    On(OrgDomain),
    /// The custodian has published no officer key, so nothing is recorded.
    Off(OrgDomain),
    /// It is not known, because the server has not been asked yet, or what it gave does not
    /// verify, or the case's opening has not arrived. What is shown is kept until then.
    Unknown,
}

/// What an account knows about views in this session.
#[derive(Debug, Default)]
pub(crate) struct Views {
    officers: BTreeMap<OrgDomain, (Timestamp, Officer)>,
    asking: BTreeSet<OrgDomain>,
    uploading: bool,
    /// What was noted since the account was opened: shown again, it is no other reading.
    noted: BTreeSet<(CaseId, EntryId)>,
    due: Option<Timestamp>,
    paused_until: Option<Timestamp>,
}

#[derive(Clone, Debug)]
enum Officer {
    Key([u8; 32]),
    /// Verified, but for the certificate of the device that signed it, which is to be proved.
    Unproved([u8; 32], Unproved),
    None,
    Unverified,
}

impl Account {
    /// Notes that these entries were shown to the person, of the case itself or of a conversation
    /// that is linked to it. Their own are left out.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn record_shown(&mut self, case: CaseId, entries: &[EntryId]) -> Result<()> {
        let me = self.me.practitioner();
        let view = &self.conversation(case)?.view;
        let foreign = |id: &&EntryId| item(view, **id).is_some_and(|item| item.author.name != me);
        let shown: Vec<EntryId> = entries.iter().filter(foreign).copied().collect();
        let key = record::key(VIEWS, case);
        let mut row: ViewsRecord = record::read(&self.state, &key)?.unwrap_or_default();
        let before = row.entries.len();
        for entry in shown {
            if self.views.noted.insert((case, entry)) {
                row.entries.push(entry.as_bytes().to_vec());
            }
        }
        if row.entries.len() == before {
            return Ok(());
        }
        let now = self.now();
        if row.first_at == 0 {
            row.first_at = now.as_micros();
        }
        record::write(&mut self.state, key, &row);
        self.views.due.get_or_insert(now.plus(GATHER));
        Ok(())
    }

    /// Seals and sends what was noted now, instead of waiting for more to be shown.
    pub fn send_views(&mut self) {
        if self.views.due.is_some() {
            self.views.due = Some(self.now());
        }
    }

    /// Whether views of the case are recorded, as far as this device knows.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn recording(&self, case: CaseId) -> Result<Recording> {
        let Some(custodian) = custodian(&self.conversation(case)?.view) else {
            return Ok(Recording::Unknown);
        };
        Ok(match self.views.officers.get(&custodian) {
            Some((_, Officer::Key(_))) => Recording::On(custodian),
            Some((_, Officer::None)) => Recording::Off(custodian),
            Some((_, Officer::Unproved(..) | Officer::Unverified)) | None => Recording::Unknown,
        })
    }

    /// What an earlier session has left is sent, too.
    pub(crate) fn load_views(&mut self) {
        let left = self.state.scan(VIEWS).next().is_some();
        if left || self.state.get(VIEWS_STAGED).is_some() {
            self.views.due = Some(self.now());
        }
    }

    /// When something is to be done about views, if nothing else happens before.
    pub(crate) fn views_due(&self) -> Option<Timestamp> {
        let busy = self.views.uploading || !self.views.asking.is_empty();
        // A proof that is waited for wakes up by itself.
        let waits = self.is_deceived() || self.unproved_officers().next().is_some();
        let due = self.views.due.filter(|_| !busy && !waits)?;
        Some(due.max(self.views.paused_until.unwrap_or(due)))
    }

    /// Asks for keys, stages and sends, as far as the connection allows. Keys are asked for at
    /// once, so that where there is none nobody waits for it.
    ///
    /// A server that was found to deceive gets nothing.
    pub(crate) fn pump_views(&mut self) -> Result<()> {
        if self.is_deceived() {
            return Ok(());
        }
        self.prove_officers();
        let (now, views) = (self.now(), &self.views);
        let busy = views.uploading || !views.asking.is_empty();
        let paused = views.paused_until.is_some_and(|until| until > now);
        let Some(due) = views.due.filter(|_| !busy && !paused) else {
            return Ok(());
        };
        if let Some(staged) = record::read::<ViewsStagedRecord>(&self.state, VIEWS_STAGED)? {
            self.upload(staged);
            return Ok(());
        }
        let mut waits = false;
        for (case, row) in self.noted()? {
            let Some(custodian) = custodian(&self.conversation(case)?.view) else {
                continue;
            };
            match self.views.officers.get(&custodian).cloned() {
                Some((at, officer)) if now.since(at) < FRESH => match officer {
                    Officer::Key(key) if due <= now => {
                        let staged = self.stage_views(case, &row, &custodian, &key)?;
                        self.upload(staged);
                        return Ok(());
                    }
                    Officer::Key(_) | Officer::Unproved(..) => waits = true,
                    Officer::None => self.state.delete(&record::key(VIEWS, case)),
                    Officer::Unverified => {}
                },
                _ => {
                    waits = true;
                    self.ask_for_officer(custodian);
                }
            }
        }
        if !waits {
            // What is left cannot be sealed now: it is looked at again in the next session, or
            // with the next entry that is shown.
            self.views.due = None;
        }
        Ok(())
    }

    /// True if views are on their way or soon will be.
    pub(crate) fn has_views_to_send(&self) -> bool {
        (self.views.due.is_some() && !self.is_deceived()) || self.views.uploading
    }

    pub(crate) fn officer_replied(
        &mut self,
        organisation: OrgDomain,
        outcome: Result<Reply>,
    ) -> Result<()> {
        self.views.asking.remove(&organisation);
        let response = match outcome {
            Ok(Reply::GetOfficerKey(response)) => response,
            Ok(_) => {
                return Err(Error::internal(
                    "the reply does not belong to GetOfficerKey",
                ));
            }
            Err(error) => {
                self.views_failed(&error);
                return Ok(());
            }
        };
        let officer = match response.officer_key {
            None => Officer::None,
            Some(key) => match self.verify_officer_key(&key, &organisation) {
                Ok((key, signer)) => Officer::Unproved(key, signer),
                Err(why) => self.officer_refused(&organisation, why),
            },
        };
        let now = self.now();
        self.views.officers.insert(organisation, (now, officer));
        Ok(())
    }

    /// Who signed an officer's key, where the log has not said yet whether it knows them.
    pub(crate) fn unproved_officers(&self) -> impl Iterator<Item = &Unproved> {
        let officers = self.views.officers.values();
        officers.filter_map(|(_, officer)| match officer {
            Officer::Unproved(_, signer) => Some(signer),
            _ => None,
        })
    }

    /// Uses the keys whose signers were proved, and refuses those of signers that the log does
    /// not know: the server could have certified them itself.
    fn prove_officers(&mut self) {
        let waiting = self.views.officers.iter();
        let waiting = waiting.filter_map(|(organisation, (_, officer))| match officer {
            Officer::Unproved(key, signer) => Some((organisation.clone(), *key, signer.clone())),
            _ => None,
        });
        for (organisation, key, signer) in waiting.collect::<Vec<_>>() {
            let officer = match self.in_log(&signer) {
                InLog::Yes => Officer::Key(key),
                InLog::No => {
                    let why = format!(
                        "the device {} that has signed it is not in the transparency log, and \
                         somebody may have made it to learn who reads what",
                        signer.device
                    );
                    self.officer_refused(&organisation, why)
                }
                InLog::Unknown => continue,
            };
            if let Some((_, held)) = self.views.officers.get_mut(&organisation) {
                *held = officer;
            }
        }
    }

    fn officer_refused(&mut self, organisation: &OrgDomain, why: String) -> Officer {
        let organisation = organisation.clone();
        self.update(Update::Alarm(Alarm::OfficerKey { organisation, why }));
        Officer::Unverified
    }

    pub(crate) fn views_replied(&mut self, outcome: Result<Reply>) -> Result<()> {
        self.views.uploading = false;
        match outcome {
            Ok(Reply::RecordViews(_)) => {
                self.state.delete(VIEWS_STAGED);
                Ok(())
            }
            Ok(_) => Err(Error::internal("the reply does not belong to RecordViews")),
            Err(error) if is_transient(&error) || error.reason == Reason::DeviceRevoked => {
                self.views_failed(&error);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(
                    reason = error.reason.as_str(),
                    "the server refused our views"
                );
                self.state.delete(VIEWS_STAGED);
                Ok(())
            }
        }
    }

    fn views_failed(&mut self, error: &Error) {
        if error.reason == Reason::DeviceRevoked {
            self.views.due = None;
            self.revoked();
            return;
        }
        let pause = error.retry_after.unwrap_or_default() + PAUSE;
        self.views.paused_until = Some(self.now().plus(pause));
    }

    /// What was noted, by case.
    fn noted(&self) -> Result<Vec<(CaseId, ViewsRecord)>> {
        self.state
            .scan(VIEWS)
            .map(|(key, value)| {
                let case = CaseId::try_from(&key[VIEWS.len()..])?;
                Ok((case, record::decode(value)?))
            })
            .collect()
    }

    fn ask_for_officer(&mut self, organisation: OrgDomain) {
        if !self.views.asking.insert(organisation.clone()) {
            return;
        }
        let request = audit::GetOfficerKeyRequest {
            organisation: organisation.resource_name(),
        };
        self.call(
            Purpose::OfficerKey { organisation },
            Call::GetOfficerKey(request),
        );
    }

    /// Signs and seals what was noted of a case: from here on only these bytes exist.
    fn stage_views(
        &mut self,
        case: CaseId,
        row: &ViewsRecord,
        custodian: &OrgDomain,
        officer: &[u8; 32],
    ) -> Result<ViewsStagedRecord> {
        let at = Timestamp::from_micros(row.first_at);
        let sealed = row.entries.chunks(MOST).map(|entries| {
            let view = care::View {
                case_id: case.into(),
                entry_ids: entries.iter().cloned().map(Bytes::from).collect(),
                view_time: Some(to_proto_time(at)),
                custodian: custodian.resource_name(),
            };
            let view = Bytes::from(view.encode_to_vec());
            let signed = care::SignedView {
                signature: Bytes::copy_from_slice(&self.mls.key().sign(LABEL, &view)),
                certificate_chain: self.mls.chain().certificates().to_vec(),
                view,
            };
            let sealed = relais_mls::seal(officer, &purpose(custodian), &signed.encode_to_vec());
            sealed.map(Bytes::from).map_err(signed::mls)
        });
        let sealed = sealed.collect::<Result<_>>()?;
        let staged = ViewsStagedRecord {
            request_id: self.request_id(),
            organisation: custodian.to_string(),
            sealed,
        };
        record::write(&mut self.state, VIEWS_STAGED.to_vec(), &staged);
        self.state.delete(&record::key(VIEWS, case));
        Ok(staged)
    }

    fn upload(&mut self, staged: ViewsStagedRecord) {
        self.views.uploading = true;
        let request = audit::RecordViewsRequest {
            request_id: staged.request_id,
            organisation: format!("organisations/{}", staged.organisation),
            sealed_views: staged.sealed,
        };
        self.call(Purpose::RecordViews, Call::RecordViews(request));
    }
}

/// The organisation whose member opened the case.
fn custodian(view: &CaseView) -> Option<OrgDomain> {
    let opening = view
        .timeline
        .iter()
        .find(|item| item.rejected.is_none() && matches!(item.content, Content::CaseOpened(_)));
    opening.map(|item| item.author.name.organisation.clone())
}

/// An entry of the case, or of a conversation that is linked to it.
fn item(view: &CaseView, id: EntryId) -> Option<&TimelineItem> {
    let linked = || view.linked.values().find_map(|linked| linked.item(id));
    view.item(id).or_else(linked)
}

/// What the seal is for: a view of one organisation's cases, and nothing about which.
fn purpose(custodian: &OrgDomain) -> Vec<u8> {
    [LABEL.as_bytes(), custodian.as_str().as_bytes()].concat()
}
