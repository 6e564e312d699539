//! One conversation.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use relais_care::{
    Actor, CaseView, FieldError, FileDigest, HistoryShared, InformationClass, Language,
    compose::Draft,
};
use relais_engine::{
    Admission, Breach, CasePolicy, Noticed, PendingEntry, Preview, Recording, Standing, TeamChange,
    Update,
};
use relais_proto::{care, delivery};
use relais_types::{CaseId, DeviceName, EntryId, PractitionerName, SeatId, Timestamp};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::{Error, driver::Handle};

/// A handle on one case.
///
/// What is posted is durable when the call returns, and takes its place in the log as soon
/// as the server can be reached.
#[derive(Clone, Debug)]
pub struct Case {
    id: CaseId,
    handle: Handle,
}

impl Case {
    pub(crate) fn new(id: CaseId, handle: Handle) -> Self {
        Self { id, handle }
    }

    /// The case's id.
    pub fn id(&self) -> CaseId {
        self.id
    }

    /// What its members see now.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn view(&self) -> Result<CaseView, Error> {
        let id = self.id;
        self.handle
            .with(move |account| account.view(id).cloned())
            .await
    }

    /// What its members saw when its log ended with the entry numbered `seq`.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn view_at(&self, seq: u64) -> Result<CaseView, Error> {
        let id = self.id;
        self.handle
            .with(move |account| account.view_at(id, seq))
            .await
    }

    /// The devices in its group.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn members(&self) -> Result<Vec<DeviceName>, Error> {
        let id = self.id;
        self.handle.with(move |account| account.members(id)).await
    }

    /// What stops sending to this case, if anything does.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn breach(&self) -> Result<Option<Breach>, Error> {
        let id = self.id;
        self.handle
            .with(move |account| Ok(account.breach(id).cloned()))
            .await
    }

    /// Joins the case again although `by`, which adds this device, was not in it when it last was;
    /// ask the team first ([`Standing::doubted`]).
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no invitation by that device, `NOT_ALLOWED` if it is no good any
    /// more.
    pub async fn rejoin(&self, by: &DeviceName) -> Result<(), Error> {
        let (id, by) = (self.id, by.clone());
        self.handle
            .with(move |account| account.rejoin(id, &by))
            .await
    }

    /// Takes no notice of such an invitation. If this device was not removed, the case goes on.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is nothing to decide.
    pub async fn decline_rejoin(&self) -> Result<(), Error> {
        let id = self.id;
        let declined = self.handle.with(move |account| account.decline_rejoin(id));
        declined.await
    }

    /// Removes one device, such as one that nobody knows; also while a ghost device stops
    /// everything else.
    ///
    /// # Errors
    /// `NOT_FOUND`, `NOT_ALLOWED` for this very device.
    pub async fn expel(&self, device: &DeviceName) -> Result<(), Error> {
        let (id, device) = (self.id, device.clone());
        self.handle
            .with(move |account| account.expel(id, &device))
            .await
    }

    /// The numbers of those messages in a copy of this case's log that this device's keys open,
    /// such as after a revocation; what it has read already is not among them. Nothing is kept.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn opens(&self, copy: Vec<delivery::LogEntry>) -> Result<BTreeSet<u64>, Error> {
        let id = self.id;
        self.handle
            .with(move |account| Ok(account.opens(id, &copy)))
            .await
    }

    /// What was posted and is not yet confirmed by the log.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn pending(&self) -> Result<Vec<PendingEntry>, Error> {
        let id = self.id;
        self.handle.with(move |account| account.pending(id)).await
    }

    /// Posts an entry from the first of this person's seats:
    /// `case.post(Language::French, |draft| draft.text("Bonjour"))`.
    ///
    /// # Errors
    /// `MALFORMED_FIELD` names what is wrong; `NOT_ALLOWED` if no member would accept it;
    /// `PAYLOAD_TOO_LARGE`.
    pub async fn post<F>(&self, language: Language, write: F) -> Result<EntryId, Error>
    where
        F: FnOnce(Draft) -> Result<care::Entry, FieldError> + Send + 'static,
    {
        let id = self.id;
        self.handle
            .with(move |account| account.post(id, None, language, write))
            .await
    }

    /// Posts an entry from one of this person's seats.
    ///
    /// # Errors
    /// As [`Case::post`].
    pub async fn post_as<F>(
        &self,
        seat: SeatId,
        language: Language,
        write: F,
    ) -> Result<EntryId, Error>
    where
        F: FnOnce(Draft) -> Result<care::Entry, FieldError> + Send + 'static,
    {
        let id = self.id;
        self.handle
            .with(move |account| account.post(id, Some(seat), language, write))
            .await
    }

    /// What of these entries of this case could be shared now into `conversation`, which is linked
    /// to it, and why the rest could not; with each entry what sort of information it is, where
    /// its type does not say.
    ///
    /// # Errors
    /// `NOT_FOUND`; `NOT_ALLOWED` if they do not belong together, or the conversation has ended.
    pub async fn preview_sharing(
        &self,
        conversation: CaseId,
        entries: &[(EntryId, Option<InformationClass>)],
        language: Language,
    ) -> Result<Vec<Preview>, Error> {
        let (id, entries) = (self.id, entries.to_vec());
        self.handle
            .with(move |account| account.preview(id, conversation, &entries, language))
            .await
    }

    /// Shares these entries, as previewed: all of them or none.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if one of them may not be shared; as [`Case::post`].
    pub async fn share(
        &self,
        conversation: CaseId,
        entries: &[(EntryId, Option<InformationClass>)],
        language: Language,
    ) -> Result<Vec<EntryId>, Error> {
        let (id, entries) = (self.id, entries.to_vec());
        self.handle
            .with(move |account| account.share(id, conversation, &entries, language))
            .await
    }

    /// Who outside this case's team is told what is said in a conversation that is linked to it.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub async fn readers_of(&self, conversation: CaseId) -> Result<Vec<Actor>, Error> {
        let id = self.id;
        self.handle
            .with(move |account| account.readers(id, conversation))
            .await
    }

    /// Whether a copy in `conversation` was made of this very entry of the case, as its author
    /// signed it ([`Excerpt::original_digest`](relais_care::Excerpt::original_digest)).
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub async fn is_copy_of(
        &self,
        entry: EntryId,
        conversation: CaseId,
        digest: FileDigest,
    ) -> Result<bool, Error> {
        let id = self.id;
        self.handle
            .with(move |account| account.is_copy_of(id, entry, conversation, digest))
            .await
    }

    /// Notes that these entries were shown to the person. Receipts gather for a second.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn mark_read(&self, entries: &[EntryId]) -> Result<(), Error> {
        let (id, entries) = (self.id, entries.to_vec());
        self.handle
            .with(move |account| account.mark_read(id, &entries))
            .await
    }

    /// Notes that these entries of the case, or of a conversation that is linked to it, were shown
    /// to the person, for the privacy officer of the organisation that opened the case. No
    /// receipt says so: that is [`Case::mark_read`], which also does this.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn record_shown(&self, entries: &[EntryId]) -> Result<(), Error> {
        let (id, entries) = (self.id, entries.to_vec());
        self.handle
            .with(move |account| account.record_shown(id, &entries))
            .await
    }

    /// Whether what is shown of the case is recorded, as far as this device knows.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn recording(&self) -> Result<Recording, Error> {
        let id = self.id;
        self.handle.with(move |account| account.recording(id)).await
    }

    /// Hides an entry from this person until a time, or shows it again; only this device knows.
    ///
    /// # Errors
    /// `MALFORMED_FIELD` if there is no such entry, or the time is over.
    pub async fn snooze(&self, entry: EntryId, until: Option<Timestamp>) -> Result<(), Error> {
        let id = self.id;
        self.handle
            .with(move |account| account.snooze(id, entry, until))
            .await
    }

    /// Says "I have this" of an entry.
    ///
    /// # Errors
    /// `NOT_FOUND` if the case holds no such entry.
    pub async fn acknowledge(&self, entry: EntryId) -> Result<(), Error> {
        let id = self.id;
        self.handle
            .with(move |account| account.acknowledge(id, entry))
            .await
    }

    /// Changes the team: who gets a seat joins with all their devices and the history, who
    /// holds none any more leaves in the same commit.
    ///
    /// # Errors
    /// `MALFORMED_FIELD`, `NOT_ALLOWED`. What fails later comes as
    /// [`Update::TeamChangeFailed`].
    pub async fn change_team(&self, change: TeamChange) -> Result<(), Error> {
        let id = self.id;
        self.handle
            .with(move |account| account.change_team(id, &change))
            .await
    }

    /// Lets somebody in at once and for a limited time; the team is told and reviews it.
    ///
    /// # Errors
    /// `MALFORMED_FIELD`, `NOT_ALLOWED`. What fails later comes as
    /// [`Update::TeamChangeFailed`].
    pub async fn break_glass(&self, admission: Admission) -> Result<EntryId, Error> {
        let id = self.id;
        self.handle
            .with(move |account| account.break_glass(id, &admission))
            .await
    }

    /// Shares more of what was said before somebody joined, as far as this device has it.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if they hold no seat, or there is nothing more to share.
    pub async fn share_more(
        &self,
        shared: HistoryShared,
        language: Language,
    ) -> Result<EntryId, Error> {
        let id = self.id;
        self.handle
            .with(move |account| account.share_more(id, &shared, language))
            .await
    }

    /// The numbers of the entries that came as history, each with the device that shared it.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn shared_by(&self) -> Result<BTreeMap<u64, DeviceName>, Error> {
        let id = self.id;
        self.handle.with(move |account| account.shared_by(id)).await
    }

    /// Adds devices of somebody who belongs to the case, such as a new one of one's own.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn add_devices(&self, person: &PractitionerName) -> Result<(), Error> {
        let (id, person) = (self.id, person.clone());
        self.handle
            .with(move |account| account.add_devices(id, &person))
            .await
    }

    /// Who may join, and who leads.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn policy(&self) -> Result<CasePolicy, Error> {
        let id = self.id;
        self.handle.with(move |account| account.policy(id)).await
    }

    /// Sets who may join, and who leads.
    ///
    /// # Errors
    /// `NOT_ALLOWED` unless this person leads, or if the policy does not fit the team. What fails
    /// later comes as [`Update::TeamChangeFailed`].
    pub async fn set_policy(&self, policy: CasePolicy) -> Result<(), Error> {
        let id = self.id;
        self.handle
            .with(move |account| account.set_policy(id, &policy))
            .await
    }

    /// What happened to the case's group while this device was in it: who came back into step,
    /// whose change could not be followed, who set the policy.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn notices(&self) -> Result<Vec<Noticed>, Error> {
        let id = self.id;
        self.handle.with(move |account| account.notices(id)).await
    }

    /// How this device stands in the case, and which entries it could not read.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn standing(&self) -> Result<Standing, Error> {
        let id = self.id;
        self.handle.with(move |account| account.standing(id)).await
    }

    /// The view each time it changes, beginning with the present one.
    pub fn updates(&self) -> CaseUpdates {
        CaseUpdates {
            case: self.clone(),
            updates: self.handle.updates(),
            first: true,
        }
    }

    /// Waits until the view is as `wanted`, and returns it.
    ///
    /// # Errors
    /// [`Error::TimedOut`] after `patience`.
    pub async fn wait_until(
        &self,
        patience: Duration,
        mut wanted: impl FnMut(&CaseView) -> bool,
    ) -> Result<CaseView, Error> {
        let mut updates = self.updates();
        let wait = async {
            loop {
                let view = updates.next().await?;
                if wanted(&view) {
                    return Ok(view);
                }
            }
        };
        tokio::time::timeout(patience, wait)
            .await
            .unwrap_or_else(|_| {
                Err(Error::TimedOut(
                    "the case did not come to the expected state in time".to_owned(),
                ))
            })
    }
}

/// The states of a case, as they come. States that follow quickly may be skipped.
#[derive(Debug)]
pub struct CaseUpdates {
    case: Case,
    updates: broadcast::Receiver<Update>,
    first: bool,
}

impl CaseUpdates {
    /// The next state.
    ///
    /// # Errors
    /// [`Error::Closed`] once the client is closed.
    pub async fn next(&mut self) -> Result<CaseView, Error> {
        if !std::mem::take(&mut self.first) {
            loop {
                match self.updates.recv().await {
                    Ok(Update::Changed(case) | Update::Left(case)) if case == self.case.id => break,
                    Ok(_) => {}
                    // Some were missed: the present state tells them all.
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return Err(Error::Closed),
                }
            }
        }
        self.case.view().await
    }
}
