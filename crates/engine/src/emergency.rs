//! Break-glass: letting somebody in at once, and removing them when their time is over.
//!
//! Every member's device knows from the log until when somebody is let in. When that time has come,
//! the one with the lowest leaf removes them, and if it does not, the others follow in turns; whose
//! commit the log takes first decides, as always.

use std::{collections::BTreeSet, time::Duration};

use relais_care::{
    BreakGlass, BreakGlassReason, CaseView, Content, HistoryPolicy, Language, Occupancy, Person,
    Priority, Seat, SeatRole, TeamChanged,
};
use relais_types::{
    CaseId, DeviceName, EntryId, Error, PractitionerName, Reason, Result, SeatId, Timestamp,
};

use crate::{
    account::{Account, Conversation},
    event::Update,
    record::PlanRecord,
    signed,
};

/// How much longer each next member waits before it removes them.
const TURN: Duration = Duration::from_secs(2);
/// Longest wait, whatever the size of the team.
const LAST_TURN: u32 = 15;
/// How long a device that has done something about it waits before it looks again.
const REST: Duration = Duration::from_mins(1);

/// Whom to let in at once, why, and until when.
#[derive(Clone, PartialEq, Eq)]
pub struct Admission {
    /// Who is let in.
    pub person: Person,
    /// Their organisation's name as people know it.
    pub organisation_display_name: String,
    /// Why.
    pub reason: BreakGlassReason,
    /// Why, in words; never empty.
    pub explanation: String,
    /// Until when; at most 72 hours from now.
    pub until: Timestamp,
    /// What they are given of what was said before.
    pub history: HistoryPolicy,
    /// Language of the words.
    pub language: Language,
}

impl std::fmt::Debug for Admission {
    /// Never shows content.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Admission")
            .field("person", &self.person.name)
            .field("reason", &self.reason)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// Lets somebody in at once, with all their devices, or gives them more time. The team is told,
    /// and one of its seats reviews it.
    ///
    /// # Errors
    /// `MALFORMED_FIELD` if no reason is told in words; `NOT_ALLOWED` if no member would accept it
    /// (they are on the team already, the time is over or too long, this person's seat may not),
    /// or if the policy of the case does not let them join or lets only its leads add people;
    /// `NOT_FOUND` if there is no such case; `SENDING_STOPPED` while a
    /// [`Breach`](crate::Breach) stands.
    pub fn break_glass(&mut self, case: CaseId, admission: &Admission) -> Result<EntryId> {
        self.refuse_if_stopped(Some(case))?;
        let person = &admission.person;
        let by = self.first_seat(case).ok_or_else(|| {
            Error::new(
                Reason::NotAllowed,
                "only somebody who holds a seat in the case can let others in",
            )
        })?;
        let policy = self.policy(case)?.with_remover(self.removal_key);
        if !policy.admits(&person.name.organisation) {
            return Err(Error::new(
                Reason::NotAllowed,
                "the policy of the case does not let people of that organisation join: a lead \
                 changes it with `relais case policy`",
            ));
        }
        let view = self.view(case)?;
        let owner = view.break_glass_reviewer(by);
        let held = emergency_seat_of(view, &person.name);
        let seat = held.unwrap_or_else(|| Seat {
            id: SeatId::random(&mut self.entropy),
            role: SeatRole::Emergency,
            organisation: person.name.organisation.clone(),
            organisation_display_name: admission.organisation_display_name.clone(),
        });
        let admitted = BreakGlass {
            seat,
            person: person.clone(),
            reason: admission.reason,
            explanation: admission.explanation.clone(),
            until: admission.until,
            history: admission.history.clone(),
        };
        let entry = self.compose(case, Some(by), admission.language, |draft| {
            draft
                .priority(Priority::Urgent)
                .break_glass(owner, admitted)
        })?;
        self.refuse_if_rejected(case, &entry)?;
        let joins = !self.is_present(case, &person.name)?;
        if joins {
            self.check_lead(case)?;
        }
        let (id, order) = self.enqueue(case, &entry)?;
        if joins {
            self.plan(case, std::slice::from_ref(&person.name), &[], vec![order])?;
        }
        Ok(id)
    }

    /// True while this device knows what the server knows.
    pub(crate) fn is_up_to_date(&self) -> bool {
        self.is_connected() && self.caught_up
    }

    /// The log says that somebody was let in: the person is told.
    pub(crate) fn somebody_was_let_in(&mut self, case: CaseId, entry: EntryId) -> Result<()> {
        let view = self.view(case)?;
        let Some(item) = view.item(entry) else {
            return Ok(());
        };
        let mine = item.author.name == self.me.practitioner();
        if item.rejected.is_none() {
            if !mine {
                self.update(Update::BreakGlass { case, entry });
            }
            return Ok(());
        }
        Ok(())
    }

    /// Those who were let in, hold no seat any more or never did, and are in the group still:
    /// their seat was left without the change of the group that belongs to it, or the entry that
    /// let them in had no effect.
    fn overstaying(&self, case: CaseId) -> Result<Vec<PractitionerName>> {
        let view = self.view(case)?;
        let left = view
            .team
            .seats()
            .iter()
            .filter(|seat| seat.seat.role == SeatRole::Emergency)
            .flat_map(|seat| seat.former.iter().map(|person| person.name.clone()));
        let refused = view.timeline.iter().filter_map(|item| match &item.content {
            Content::BreakGlass(admitted) if item.rejected.is_some() => {
                Some(admitted.person.name.clone())
            }
            _ => None,
        });
        let mut found = Vec::new();
        for person in left.chain(refused).collect::<BTreeSet<_>>() {
            let seated = view.team.seats_of(&person).next().is_some();
            if !seated && self.is_present(case, &person)? {
                found.push(person);
            }
        }
        Ok(found)
    }

    /// Sets when this device has to look whether an emergency access is over.
    pub(crate) fn schedule_emergencies(&mut self, case: CaseId) -> Result<()> {
        let conversation = self.conversation(case)?;
        let mut first = conversation.view.emergencies().map(|it| it.until).min();
        if !self.overstaying(case)?.is_empty() {
            first = Some(self.now());
        }
        let conversation = self.conversation(case)?;
        let due = match first.filter(|_| conversation.is_open()) {
            Some(until) => self
                .turn_to_end(case)?
                .map(|turn| until.plus(TURN * turn.min(LAST_TURN))),
            None => None,
        };
        self.conversation_mut(case)?.emergency_due = due;
        Ok(())
    }

    /// Removes those whose time is over, where it is this device's turn.
    pub(crate) fn end_emergencies(&mut self) -> Result<()> {
        if !self.is_up_to_date() {
            return Ok(());
        }
        let now = self.now();
        let is_due = |case: &Conversation| case.emergency_due.is_some_and(|due| due <= now);
        let cases = self.cases.iter().filter(|(_, case)| is_due(case));
        let cases: Vec<CaseId> = cases.map(|(id, _)| *id).collect();
        for case in cases {
            self.end_emergencies_of(case, now)?;
            // If nothing comes of it, such as when whoever was faster is gone, it looks again.
            self.conversation_mut(case)?.emergency_due = Some(now.plus(REST));
        }
        Ok(())
    }

    fn end_emergencies_of(&mut self, case: CaseId, now: Timestamp) -> Result<()> {
        let on_their_way = self.vacated_soon(case)?;
        let view = self.view(case)?;
        let over = view.emergencies().filter(|it| it.until <= now);
        let over: Vec<(SeatId, PractitionerName)> = over
            .filter(|it| !on_their_way.contains(&it.seat))
            .map(|it| (it.seat, it.person.name.clone()))
            .collect();
        let stays = |person: &PractitionerName| {
            let mut held = view.team.seats_of(person);
            held.any(|held| !over.iter().any(|(seat, _)| *seat == held.seat.id))
        };
        let mut leaving = Vec::new();
        for (_, person) in &over {
            if !stays(person) && self.is_present(case, person)? {
                leaving.push(person.to_string());
            }
        }
        if over.is_empty() {
            let overstaying = self.overstaying(case)?;
            if overstaying.is_empty() {
                return Ok(());
            }
            return self.plan(case, &[], &overstaying, Vec::new());
        }
        let changed = TeamChanged {
            seats_added: Vec::new(),
            occupancies: over
                .iter()
                .map(|(seat, _)| Occupancy {
                    seat: *seat,
                    person: None,
                })
                .collect(),
            reason: "The emergency access is over / L’accès d’urgence a pris fin".to_owned(),
            history: HistoryPolicy::All,
        };
        let own = self.lasting_seat(case);
        let entry = self.compose(case, own, Language::English, |draft| {
            draft.team_changed(changed)
        })?;
        let (_, order) = self.enqueue(case, &entry)?;
        if leaving.is_empty() {
            return Ok(());
        }
        let plan = PlanRecord {
            remove: leaving,
            then: vec![order],
            ends_emergency: true,
            ..PlanRecord::default()
        };
        self.append_plan(case, &plan)
    }

    /// How many devices come before this one in ending an emergency access; none if it may not.
    fn turn_to_end(&self, case: CaseId) -> Result<Option<u32>> {
        let leads = self.policy(case)?.leads;
        let view = self.view(case)?;
        let may = |device: &DeviceName| {
            let person = device.practitioner_name();
            let lasting = |seat: &relais_care::TeamSeat| seat.seat.role != SeatRole::Emergency;
            view.team.seats_of(&person).any(lasting)
                && (leads.is_empty() || leads.contains(&person))
        };
        let place = self
            .members(case)?
            .iter()
            .filter(|device| may(device))
            .position(|device| *device == self.me.device);
        Ok(place.map(|place| u32::try_from(place).unwrap_or(u32::MAX)))
    }

    /// The first seat of this person that is no emergency seat.
    fn lasting_seat(&self, case: CaseId) -> Option<SeatId> {
        let me = self.me.practitioner();
        let team = &self.cases.get(&case)?.view.team;
        let mut held = team.seats_of(&me);
        held.find(|seat| seat.seat.role != SeatRole::Emergency)
            .map(|seat| seat.seat.id)
    }

    /// The seats that this device has said are vacant, and the log has not confirmed.
    fn vacated_soon(&self, case: CaseId) -> Result<BTreeSet<SeatId>> {
        let mut seats = BTreeSet::new();
        for (_, row) in self.outbox(case)? {
            let entry = signed::read(&row.signed_entry)?;
            let statement = relais_care::Statement::parse(&entry);
            if let Ok(Content::TeamChanged(changed)) = statement.map(|it| it.content) {
                let vacated = changed.occupancies.iter();
                let vacated = vacated.filter(|occupancy| occupancy.person.is_none());
                seats.extend(vacated.map(|occupancy| occupancy.seat));
            }
        }
        Ok(seats)
    }

    /// True if a device of this person is in the case's group.
    fn is_present(&self, case: CaseId, person: &PractitionerName) -> Result<bool> {
        let members = self.members(case)?;
        Ok(members
            .iter()
            .any(|device| device.practitioner_name() == *person))
    }
}

/// The emergency seat that this person holds, or held last.
fn emergency_seat_of(view: &CaseView, person: &PractitionerName) -> Option<Seat> {
    let seats = view.team.seats().iter();
    let mut seats = seats.filter(|seat| seat.seat.role == SeatRole::Emergency);
    let is_theirs = |seat: &&relais_care::TeamSeat| {
        let holder = seat.occupant.as_ref().or(seat.former.last());
        holder.is_some_and(|holder| holder.name == *person)
    };
    seats.find(is_theirs).map(|seat| seat.seat.clone())
}
