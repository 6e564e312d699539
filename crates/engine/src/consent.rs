//! What may be said in a conversation that is linked to a team's case: no more than the patient
//! has agreed to.
//!
//! Whoever is in both holds the consents and is held to them here, below every application: when
//! something is written, and again when it is sent, since a consent may be withdrawn in between.
//! Who is in the linked conversation alone knows of no case, and says there what they want.

use std::collections::{BTreeMap, BTreeSet};

use relais_care::{
    Actor, CaseOpened, CaseView, ConsentStanding, Content, ConversationKind, InformationClass,
    Language, LoopKind, Occupancy, Seat, SeatRole, Statement, Withheld,
};
use relais_proto::care;
use relais_types::{
    CaseId, DeviceName, Error, OrgDomain, PractitionerName, Reason, Result, SeatId,
};

use crate::{
    account::Account,
    record::{self, PLAN, PlanRecord},
    signed,
};

/// How much of what the patient agreed to something needs.
enum Need<'a> {
    /// It takes back, or sets how the conversation works: always possible.
    Nothing,
    /// It is possible until the patient has said no.
    NoRefusal,
    /// It says something about the patient: as these sorts, or as whatever the words are.
    Words(&'a [InformationClass]),
    /// The same, and says itself what the patient has agreed to.
    Agreement,
    /// It was copied from the team's case.
    Copy(&'a [InformationClass]),
}

/// The people of a conversation with the roles of their seats in it.
type Readers = BTreeMap<PractitionerName, Vec<SeatRole>>;

impl Account {
    /// The team's case that a conversation is linked to, as far as this device is in both.
    ///
    /// Whoever opened the conversation has it on record. Others find it in what was relayed into
    /// the case: the very opening that their own log begins with, by somebody of that team.
    pub(crate) fn parent_of(&self, case: CaseId) -> Result<Option<CaseId>> {
        let conversation = self.conversation(case)?;
        if let Some(parent) = conversation.record.parent.as_deref() {
            return Ok(Some(CaseId::try_from(parent)?));
        }
        let view = &conversation.view;
        let Some(opening) = view.timeline.first() else {
            return Ok(None);
        };
        if view.conversation == Some(ConversationKind::Team) {
            return Ok(None);
        }
        let holds = |team: &CaseView| {
            let linked = team.linked.get(&case);
            let relayed = linked.and_then(|linked| linked.timeline.first());
            let kind = ConversationKind::Partner;
            relayed.is_some_and(|relayed| relayed.id == opening.id)
                && team.actor(kind, &opening.author.name, &[]).is_none()
        };
        let mut teams = self.cases.iter().filter(|(_, it)| holds(&it.view));
        Ok(teams.next().map(|(parent, _)| *parent))
    }

    /// Everybody outside the team who reads a linked conversation, or is about to, and as whom.
    pub(crate) fn told(
        &self,
        case: CaseId,
        team: CaseId,
    ) -> Result<Vec<(PractitionerName, Actor)>> {
        let view = &self.conversation(case)?.view;
        let mut readers = Readers::new();
        for member in self.members(case)? {
            readers.entry(member.practitioner_name()).or_default();
        }
        for seat in view.team.seats() {
            if let Some(holder) = &seat.occupant {
                let roles = readers.entry(holder.name.clone()).or_default();
                roles.push(seat.seat.role);
            }
        }
        let mut kind = view.conversation;
        for (_, row) in self
            .outbox(case)?
            .iter()
            .filter(|(_, it)| it.refused.is_none())
        {
            match content(&signed::read(&row.signed_entry)?) {
                Content::CaseOpened(opened) => {
                    kind = kind.or(Some(opened.conversation));
                    seated(&mut readers, view, &opened.seats, &opened.occupancies);
                }
                Content::TeamChanged(changed) => {
                    seated(
                        &mut readers,
                        view,
                        &changed.seats_added,
                        &changed.occupancies,
                    );
                }
                _ => {}
            }
        }
        for (_, plan) in self.plans(case)? {
            for planned in &plan.add {
                readers.entry(planned.practitioner.parse()?).or_default();
            }
        }
        let kind = kind.unwrap_or(ConversationKind::Partner);
        self.actors(team, kind, &readers)
    }

    fn actors(
        &self,
        team: CaseId,
        kind: ConversationKind,
        readers: &Readers,
    ) -> Result<Vec<(PractitionerName, Actor)>> {
        let team = self.view(team)?;
        let told = readers.iter().filter_map(|(person, roles)| {
            let actor = team.actor(kind, person, roles)?;
            Some((person.clone(), actor))
        });
        Ok(told.collect())
    }

    pub(crate) fn plans(&self, case: CaseId) -> Result<Vec<(u64, PlanRecord)>> {
        self.state
            .scan(&record::key(PLAN, case))
            .map(|(key, value)| Ok((record::number(key)?, record::decode(value)?)))
            .collect()
    }

    /// Refuses to say in a linked conversation what the patient has not agreed to.
    pub(crate) fn check_consent(&self, case: CaseId, entry: &care::Entry) -> Result<()> {
        let Some(team) = self.parent_of(case)? else {
            return Ok(());
        };
        let content = content(entry);
        let need = need(&content);
        if matches!(need, Need::Nothing) {
            return Ok(());
        }
        if self.view(case)?.ended.is_some() {
            return Err(Error::new(
                Reason::NotAllowed,
                "the conversation has ended, since no consent to share is in force any more: what is open in it can be taken back, and with a new consent a new conversation begins",
            ));
        }
        let told = self.told(case, team)?;
        let with: Vec<Actor> = told.into_iter().map(|(_, actor)| actor).collect();
        if let Content::CaseOpened(opened) = &content {
            return self.check_opening(team, opened, &with);
        }
        let agreed = self.agreed_with(case, entry)?;
        self.check_need(team, &need, &with, &agreed)
    }

    fn check_need(
        &self,
        team: CaseId,
        need: &Need<'_>,
        with: &[Actor],
        agreed: &BTreeSet<Actor>,
    ) -> Result<()> {
        let view = self.view(team)?;
        let now = self.now();
        for actor in with {
            let standing = view.consent_standing(actor, now);
            let one = std::slice::from_ref(actor);
            let refused = match (standing, need) {
                (_, Need::Nothing) => None,
                (ConsentStanding::NotInForce(_), _) => Some(Withheld::NotInForce),
                (_, Need::NoRefusal) => None,
                (ConsentStanding::NotRecorded, Need::Words(_) | Need::Agreement)
                    if agreed.contains(actor) =>
                {
                    None
                }
                (_, Need::Agreement) => view.covering_all(one, &[], now).err(),
                (_, Need::Words(classes) | Need::Copy(classes)) => {
                    view.covering_all(one, classes, now).err()
                }
            };
            if let Some(why) = refused {
                return Err(withheld(actor, why));
            }
        }
        Ok(())
    }

    /// A conversation begins with initials, unless who it is about may be told.
    fn check_opening(&self, team: CaseId, opened: &CaseOpened, with: &[Actor]) -> Result<()> {
        let told = match &opened.patient {
            Some(patient) if !patient.is_minimal() => Need::Copy(&[InformationClass::Identity]),
            _ => Need::NoRefusal,
        };
        self.check_need(team, &told, with, &BTreeSet::new())?;
        self.check_named(team, with)
    }

    /// Caregivers are admitted by a consent that names them.
    fn check_named(&self, team: CaseId, with: &[Actor]) -> Result<()> {
        let view = self.view(team)?;
        let now = self.now();
        for actor in with.iter().filter(|it| matches!(it, Actor::Person(_))) {
            match view.consent_standing(actor, now) {
                ConsentStanding::InForce(_) => {}
                ConsentStanding::NotRecorded => return Err(withheld(actor, Withheld::NotRecorded)),
                ConsentStanding::NotInForce(_) => {
                    return Err(withheld(actor, Withheld::NotInForce));
                }
            }
        }
        Ok(())
    }

    /// Whether a conversation may begin like this, or these people may get these seats in it.
    pub(crate) fn check_opening_of(&self, team: CaseId, opened: &CaseOpened) -> Result<()> {
        let view = self.view(team)?;
        let mut readers = Readers::new();
        seated(&mut readers, view, &opened.seats, &opened.occupancies);
        let told = self.actors(team, opened.conversation, &readers)?;
        let with: Vec<Actor> = told.into_iter().map(|(_, actor)| actor).collect();
        self.check_opening(team, opened, &with)
    }

    /// Whether people may join a linked conversation, on these seats if they get some.
    pub(crate) fn check_joining(
        &self,
        case: CaseId,
        people: &BTreeSet<PractitionerName>,
        seats: (&[Seat], &[Occupancy]),
    ) -> Result<()> {
        let Some(team) = self.parent_of(case)? else {
            return Ok(());
        };
        let view = self.view(case)?;
        let mut readers = Readers::new();
        for seat in view.team.seats() {
            if let Some(holder) = seat
                .occupant
                .as_ref()
                .filter(|it| people.contains(&it.name))
            {
                let roles = readers.entry(holder.name.clone()).or_default();
                roles.push(seat.seat.role);
            }
        }
        seated(&mut readers, view, seats.0, seats.1);
        for person in people {
            readers.entry(person.clone()).or_default();
        }
        let kind = view.conversation.unwrap_or(ConversationKind::Partner);
        let told = self.actors(team, kind, &readers)?;
        let with: Vec<Actor> = told.into_iter().map(|(_, actor)| actor).collect();
        if view.ended.is_some() && !with.is_empty() {
            return Err(Error::new(
                Reason::NotAllowed,
                "the conversation has ended: with a new consent a new conversation begins",
            ));
        }
        self.check_need(team, &Need::NoRefusal, &with, &BTreeSet::new())?;
        self.check_named(team, &with)
    }

    /// The organisations towards which a referral says in words what the patient has agreed to:
    /// one that stands in the conversation, waits to be sent, or is `next`.
    fn agreed_with(&self, case: CaseId, next: &care::Entry) -> Result<BTreeSet<Actor>> {
        let team = &self.view(case)?.team;
        let mut seats: BTreeMap<SeatId, OrgDomain> = team
            .seats()
            .iter()
            .map(|seat| (seat.seat.id, seat.seat.organisation.clone()))
            .collect();
        let referrals = self.view(case)?.loops.iter();
        let referrals = referrals.filter(|asked| asked.kind == LoopKind::Referral);
        let mut owners: Vec<SeatId> = referrals.map(|asked| asked.owner).collect();
        let mut waiting = Vec::new();
        for (_, row) in self
            .outbox(case)?
            .iter()
            .filter(|(_, it)| it.refused.is_none())
        {
            waiting.push(signed::read(&row.signed_entry)?);
        }
        for entry in waiting.iter().chain([next]) {
            let Ok(statement) = Statement::parse(entry) else {
                continue;
            };
            match statement.content {
                Content::Referral(_) => owners.extend(statement.envelope.owner_seat),
                Content::CaseOpened(opened) => {
                    let new = opened.seats.into_iter();
                    seats.extend(new.map(|seat| (seat.id, seat.organisation)));
                }
                _ => {}
            }
        }
        let agreed = owners.iter().filter_map(|owner| seats.get(owner));
        Ok(agreed.cloned().map(Actor::Organisation).collect())
    }

    /// True if this person has a seat in the team's case and so acts for it.
    pub(crate) fn is_of_team(&self, team: CaseId, device: &DeviceName) -> bool {
        let person = device.practitioner_name();
        let view = self.cases.get(&team).map(|it| &it.view);
        view.is_some_and(|view| view.team.seats_of(&person).next().is_some())
    }
}

/// What an entry says; nothing that is known of one that cannot be read.
fn content(entry: &care::Entry) -> Content {
    Statement::parse(entry).map_or(Content::Malformed, |statement| statement.content)
}

/// Adds who gets a seat, with its role.
fn seated(readers: &mut Readers, view: &CaseView, seats: &[Seat], occupancies: &[Occupancy]) {
    for occupancy in occupancies {
        let Some(person) = &occupancy.person else {
            continue;
        };
        let new = seats.iter().find(|seat| seat.id == occupancy.seat);
        let known = || view.team.seat(occupancy.seat).map(|seat| &seat.seat);
        let roles = readers.entry(person.name.clone()).or_default();
        roles.extend(new.or_else(known).map(|seat| seat.role));
    }
}

fn need(content: &Content) -> Need<'_> {
    match content {
        Content::Receipt(_)
        | Content::AccessEnded(_)
        | Content::Cancellation(_)
        | Content::Retraction(_)
        | Content::TeamChanged(_)
        | Content::Delegation(_)
        | Content::Coverage(_) => Need::Nothing,
        Content::Correction(correction) if correction.replacement.is_empty() => Need::Nothing,
        Content::CaseOpened(_)
        | Content::CapacityEnquiry(_)
        | Content::Transition(_)
        | Content::DefinedStep(_)
        | Content::History
        | Content::Participation(_)
        | Content::TypeDefinition(_) => Need::NoRefusal,
        Content::Review(review) if review.note.is_empty() => Need::NoRefusal,
        Content::Referral(_) => Need::Agreement,
        Content::Excerpt(excerpt) => Need::Copy(&excerpt.classes),
        words => Need::Words(words.classes()),
    }
}

fn withheld(actor: &Actor, why: Withheld) -> Error {
    let what = match why {
        Withheld::NotRecorded => "record with `relais consent` what the patient agrees to",
        Withheld::NotCovered => "the patient would have to agree to more first",
        _ => "nothing can be shared until a new one is recorded with `relais consent`",
    };
    let refused = Error::new(
        Reason::NotAllowed,
        format!("{} ({actor}): {what}", why.label(Language::English)),
    );
    refused.with("withheld", why.code())
}
