//! What a person does with their cases.

use std::collections::BTreeSet;

use prost::Message as _;
use relais_care::{
    CaseOpened, CaseView, Content, ConversationKind, FieldError, Language, Occupancy, Person,
    Statement, TeamChanged, compose::Draft,
};
use relais_proto::care;
use relais_types::{
    CaseId, DeviceName, EntryId, Error, GroupId, PractitionerName, Reason, Result, SeatId,
};

use crate::{
    account::{Account, Conversation},
    event::Update,
    policy::CasePolicy,
    record::{self, CASE, CaseRecord, GenesisRecord, POSITION, PositionRecord},
    signed,
    withheld::check_policy_of_change,
};

/// Largest entry that a person may post, in bytes: it must still fit into one message when it
/// is shared again, with its author's certificates, into a history or a linked case.
const MAX_POST: usize = 48 * 1024;

/// How a case begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Title, patient, seats and who holds them. Whoever holds a seat is added.
    pub content: CaseOpened,
    /// Language of the texts.
    pub language: Language,
    /// For a partner conversation: the team's case that it belongs to. The partner never
    /// learns of it; this device relays the partner's answers there.
    pub parent: Option<CaseId>,
    /// Who may join, and who leads. Whoever opens the case, and everybody who gets a seat, must be
    /// admitted.
    pub policy: CasePolicy,
}

/// A change of the team: who gets a seat joins, who holds none any more leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamChange {
    /// New seats, new holders, and why.
    pub content: TeamChanged,
    /// Language of the reason.
    pub language: Language,
}

/// A case in the list of cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseSummary {
    /// The case.
    pub id: CaseId,
    /// Its title; empty until the history has arrived.
    pub title: String,
    /// Team or partner; `None` until the history has arrived.
    pub conversation: Option<ConversationKind>,
    /// The team's case that this partner conversation belongs to, if this device bridges it.
    pub parent: Option<CaseId>,
    /// True if this device was removed.
    pub left: bool,
    /// True if nothing more is said in it, since no consent covers anybody there any more.
    pub ended: bool,
    /// Loops that are not closed.
    pub open_loops: usize,
    /// Entries that nobody has shown to the person.
    pub unread: usize,
}

/// An entry that the log has not confirmed.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingEntry {
    /// The entry.
    pub entry: care::Entry,
    /// Why the server will never take it, if so.
    pub refused: Option<String>,
}

impl Account {
    /// The account's cases.
    pub fn summaries(&self) -> Vec<CaseSummary> {
        let me = self.me.practitioner();
        self.cases
            .iter()
            .map(|(id, case)| CaseSummary {
                id: *id,
                title: case.view.title.clone(),
                conversation: case.view.conversation,
                parent: case
                    .record
                    .parent
                    .as_deref()
                    .and_then(|parent| CaseId::try_from(parent).ok()),
                left: case.record.removed,
                ended: case.view.ended.is_some(),
                open_loops: case
                    .view
                    .loops
                    .iter()
                    .filter(|asked| asked.is_open())
                    .count(),
                unread: case.view.pending_receipts(&me).read.len(),
            })
            .collect()
    }

    /// What the members of the case see.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn view(&self, case: CaseId) -> Result<&CaseView> {
        Ok(&self.conversation(case)?.view)
    }

    /// What the members saw, or would have seen, when the log ended with the entry numbered
    /// `seq`, such as the services plan as it was then.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn view_at(&self, case: CaseId, seq: u64) -> Result<CaseView> {
        let conversation = self.conversation(case)?;
        let log = conversation.log.range(..=seq).map(|(_, logged)| logged);
        Ok(CaseView::reduce_without(
            case,
            log,
            conversation.view.withheld.clone(),
        ))
    }

    /// The devices in the case's group.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn members(&self, case: CaseId) -> Result<Vec<DeviceName>> {
        if self.conversation(case)?.record.stuck {
            // As everybody else has it by now, whether this device can read it or not.
            return self
                .mls
                .followed_members(&self.state, case)
                .map_err(signed::mls);
        }
        let members = self.mls.members(&self.state, case).map_err(signed::mls)?;
        Ok(members
            .into_iter()
            .map(|member| member.identity.device)
            .collect())
    }

    /// Entries of the case that the log has not confirmed, in the order of sending.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn pending(&self, case: CaseId) -> Result<Vec<PendingEntry>> {
        self.conversation(case)?;
        let rows = self.outbox(case)?.into_iter();
        rows.map(|(_, row)| {
            Ok(PendingEntry {
                entry: signed::read(&row.signed_entry)?,
                refused: row.refused,
            })
        })
        .collect()
    }

    /// Opens a case and plans to add everybody who holds a seat, with all their devices.
    ///
    /// # Errors
    /// `MALFORMED_FIELD` if the opening is not complete; `NOT_FOUND` if the parent case is
    /// not one of this account; `NOT_ALLOWED` if it would tell somebody more of the patient than
    /// a consent in the parent case covers; `SENDING_STOPPED` while a [`Breach`](crate::Breach) stands.
    pub fn open_case(&mut self, opening: &Opening) -> Result<CaseId> {
        self.refuse_if_stopped(None)?;
        if let Some(parent) = opening.parent {
            self.conversation(parent)?;
            self.check_opening_of(parent, &opening.content)?;
        }
        let case = GroupId::random(&mut self.entropy);
        let opened = opening.content.clone();
        let entry = self.compose(case, None, opening.language, |draft| {
            draft.case_opened(opened)
        })?;
        self.refuse_identifiers(case, &entry)?;
        let people = holders(&opening.content.occupancies);
        let now = self.now();
        let policy = opening.policy.with_remover(self.removal_key);
        if !policy.leads.is_empty() && !policy.leads.contains(&self.me.practitioner()) {
            return Err(Error::new(
                Reason::NotAllowed,
                "whoever opens a case must be one of its leads, to add the team: name yourself, too, and hand over afterwards",
            ));
        }
        let outside = people
            .iter()
            .find(|person| !policy.admits(&person.organisation));
        if let Some(person) = outside {
            let organisation = &person.organisation;
            return Err(Error::new(
                Reason::NotAllowed,
                format!(
                    "the policy of the case does not let people of {organisation} join: name their organisation, too"
                ),
            ));
        }
        let genesis = self
            .mls
            .create_group(&mut self.state, case, &policy, now)
            .map_err(signed::mls)?;
        let row = CaseRecord {
            parent: opening.parent.map(Into::into),
            genesis: Some(GenesisRecord {
                request_id: self.request_id(),
                group_info: genesis.group_info,
                ratchet_tree: genesis.ratchet_tree,
            }),
            ..CaseRecord::default()
        };
        let position = PositionRecord::default();
        record::write(&mut self.state, record::key(CASE, case), &row);
        record::write(&mut self.state, record::key(POSITION, case), &position);
        self.cases
            .insert(case, Conversation::new(case, row, position));
        let (_, order) = self.enqueue(case, &entry)?;
        // Whoever opens the case is there with all their devices, seat or not.
        let people: Vec<_> = people
            .into_iter()
            .chain([self.me.practitioner()])
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        self.plan(case, &people, &[], vec![order])?;
        self.update(Update::Joined(case));
        Ok(case)
    }

    /// Posts what a person wrote, from the given seat or the first of their own.
    ///
    /// If it accepts a seat whose holder then holds none, their devices leave the group, and the
    /// entry follows first in the new epoch, as with [`Account::change_team`].
    ///
    /// # Errors
    /// `MALFORMED_FIELD` names what is wrong with it; `NOT_ALLOWED` if no member would
    /// accept it (not this person's seat, or not a step of the catalogue), the device was removed,
    /// or the patient has not agreed to it in the case that the conversation is linked to; `PAYLOAD_TOO_LARGE` beyond 48 KiB; `NOT_FOUND` if there is no such case;
    /// accept it (not this person's seat, or not a step of the catalogue), the device was
    /// removed, or it tells a group without a patient who one is; `PAYLOAD_TOO_LARGE` beyond 48 KiB; `NOT_FOUND` if there is no such case;
    /// `SENDING_STOPPED` while a [`Breach`](crate::Breach) stands.
    pub fn post(
        &mut self,
        case: CaseId,
        seat: Option<SeatId>,
        language: Language,
        write: impl FnOnce(Draft) -> Result<care::Entry, FieldError>,
    ) -> Result<EntryId> {
        self.refuse_if_stopped(Some(case))?;
        let seat = seat.or_else(|| self.first_seat(case));
        let entry = self.compose(case, seat, language, write)?;
        if entry.encoded_len() > MAX_POST {
            return Err(Error::new(
                Reason::PayloadTooLarge,
                format!(
                    "the entry is larger than {} KiB: shorten it or send it in parts",
                    MAX_POST / 1024
                ),
            ));
        }
        self.check_consent(case, &entry)?;
        self.refuse_identifiers(case, &entry)?;
        // What is still on its way may be what makes this entry valid: the log will tell.
        if self.outbox(case)?.is_empty() {
            self.refuse_if_rejected(case, &entry)?;
        }
        let leaving = self.unseated(case, &entry)?;
        if !leaving.is_empty() {
            self.check_lead(case)?;
        }
        let (id, order) = self.enqueue(case, &entry)?;
        if !leaving.is_empty() {
            self.plan(case, &[], &leaving, vec![order])?;
        }
        Ok(id)
    }

    /// Who holds no seat any more once a step has taken effect, because it takes over theirs.
    fn unseated(&self, case: CaseId, entry: &care::Entry) -> Result<Vec<PractitionerName>> {
        let steps = matches!(entry.body, Some(care::entry::Body::Transition(_)));
        let mut leaving = if steps {
            self.view(case)?.would_unseat(&self.me.device, entry)
        } else {
            Vec::new()
        };
        leaving.retain(|person| *person != self.me.practitioner());
        Ok(leaving)
    }

    /// Plans a change of the team: one commit adds and removes devices, and the entry that
    /// announces it follows first in the new epoch.
    ///
    /// # Errors
    /// `MALFORMED_FIELD`, `NOT_ALLOWED` as for [`Account::post`].
    pub fn change_team(&mut self, case: CaseId, change: &TeamChange) -> Result<()> {
        self.refuse_if_stopped(Some(case))?;
        let view = self.view(case)?;
        let joining = holders(&change.content.occupancies);
        let touched: BTreeSet<SeatId> = change
            .content
            .occupancies
            .iter()
            .map(|occupancy| occupancy.seat)
            .collect();
        let seats = view.team.seats();
        let leaving: Vec<PractitionerName> = seats
            .iter()
            .filter(|seat| touched.contains(&seat.seat.id))
            .filter_map(|seat| seat.occupant.as_ref())
            .map(|occupant| occupant.name.clone())
            .filter(|person| {
                let keeps = seats
                    .iter()
                    .any(|seat| seat.is_held_by(person) && !touched.contains(&seat.seat.id));
                !keeps && !joining.contains(person)
            })
            .collect();
        if leaving.contains(&self.me.practitioner()) {
            return Err(Error::new(
                Reason::NotAllowed,
                "nobody can remove themselves: ask another member to give your seat to somebody else",
            ));
        }
        let me = self.me.practitioner();
        let present: BTreeSet<_> = self
            .members(case)?
            .iter()
            .map(DeviceName::practitioner_name)
            .collect();
        let joins = |person: &PractitionerName| *person != me && !present.contains(person);
        let somebody_joins = joining.iter().any(joins);
        if !leaving.is_empty() || somebody_joins {
            self.check_lead(case)?;
        }
        check_policy_of_change(&change.content.history, somebody_joins)?;
        let changed = change.content.clone();
        let seats = (&changed.seats_added[..], &changed.occupancies[..]);
        self.check_joining(case, &joining, seats)?;
        let entry = self.compose(case, self.first_seat(case), change.language, |draft| {
            draft.team_changed(changed)
        })?;
        self.refuse_if_rejected(case, &entry)?;
        let (_, order) = self.enqueue(case, &entry)?;
        self.plan(
            case,
            &joining.into_iter().collect::<Vec<_>>(),
            &leaving,
            vec![order],
        )
    }

    /// Adds the devices of people who belong to the case already, such as a new device of
    /// one's own.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn add_devices(&mut self, case: CaseId, person: &PractitionerName) -> Result<()> {
        self.conversation(case)?;
        self.refuse_if_stopped(Some(case))?;
        if *person != self.me.practitioner() {
            self.check_lead(case)?;
        }
        self.check_joining(case, &BTreeSet::from([person.clone()]), (&[], &[]))?;
        self.plan(case, std::slice::from_ref(person), &[], Vec::new())
    }

    /// # Errors
    /// `NOT_FOUND` if there is no such case; `NOT_ALLOWED` if nothing can be sent to it, with what
    /// to do.
    pub(crate) fn check_open(&self, case: CaseId) -> Result<()> {
        let conversation = self.conversation(case)?;
        if conversation.is_open() {
            return Ok(());
        }
        let why = if conversation.record.doubt.is_some() {
            "somebody who was not in this case when you last were wants to add you again: ask the \
             team by telephone, then run `relais case rejoin`"
        } else {
            "this device is not, or no longer, in this case: ask a member to add it again"
        };
        Err(Error::new(Reason::NotAllowed, why))
    }

    /// Plans to remove one device from the case, such as one that nobody knows. Whose it is keeps
    /// their seat, and their other devices.
    ///
    /// Also possible while a device stops everything else, such as a ghost: the case goes on once
    /// all of them are gone.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case or device; `NOT_ALLOWED` for this very device.
    pub fn expel(&mut self, case: CaseId, device: &DeviceName) -> Result<()> {
        if !self.members(case)?.contains(device) {
            return Err(Error::not_found("the device"));
        }
        if *device == self.me.device {
            return Err(Error::new(
                Reason::NotAllowed,
                "a device cannot remove itself: ask another member",
            ));
        }
        self.plan_removal(case, std::slice::from_ref(device))
    }

    /// The first seat that this person holds, or will hold once the log has the opening that
    /// this device wrote.
    pub(crate) fn first_seat(&self, case: CaseId) -> Option<SeatId> {
        let me = self.me.practitioner();
        let view = &self.cases.get(&case)?.view;
        let held = view.team.seats_of(&me).map(|seat| seat.seat.id).next();
        held.or_else(|| {
            let opening = self.outbox(case).ok()?.into_iter().find_map(|(_, row)| {
                let content = Statement::parse(&signed::read(&row.signed_entry).ok()?)
                    .ok()?
                    .content;
                match content {
                    Content::CaseOpened(opened) => Some(opened),
                    _ => None,
                }
            })?;
            let mine =
                |held: &&Occupancy| held.person.as_ref().is_some_and(|person| person.name == me);
            opening.occupancies.iter().find(mine).map(|held| held.seat)
        })
    }

    /// A complete entry by this person.
    pub(crate) fn compose(
        &mut self,
        case: CaseId,
        seat: Option<SeatId>,
        language: Language,
        write: impl FnOnce(Draft) -> Result<care::Entry, FieldError>,
    ) -> Result<care::Entry> {
        let now = self.now();
        let id = EntryId::at(now, &mut self.entropy);
        let author = Person {
            name: self.me.practitioner(),
            display_name: self.me.display_name.clone(),
        };
        let draft = Draft::new(case, id, &author, seat, now, language);
        write(draft).map_err(|error| {
            let mut refused = Error::new(Reason::MalformedField, error.to_string());
            refused.field = Some(error.field.to_owned());
            refused
        })
    }

    pub(crate) fn refuse_if_rejected(&self, case: CaseId, entry: &care::Entry) -> Result<()> {
        match self.view(case)?.would_reject(&self.me.device, entry) {
            None => Ok(()),
            Some(rejected) => {
                let refused = Error::new(Reason::NotAllowed, rejected.text(Language::English));
                Err(refused.with("rejection", rejected.reason.code()))
            }
        }
    }
}

fn holders(occupancies: &[Occupancy]) -> BTreeSet<PractitionerName> {
    occupancies
        .iter()
        .filter_map(|occupancy| occupancy.person.as_ref())
        .map(|person| person.name.clone())
        .collect()
}
