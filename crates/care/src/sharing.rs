//! What the patient agreed to share, with whom, and what was shared.
//!
//! The care team's case holds the consents, so all of it is asked of the team's view. Who reads
//! along in a linked conversation is an [`Actor`] towards it: an organisation, or a person whom the
//! patient has named. Of the team and of the patient nobody asks consent.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use relais_types::{CaseId, EntryId, OrgDomain, PractitionerName, Timestamp};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{
    AccessEndedCause, CaseView, Consent, Content, ConversationKind, Excerpt, FileDigest,
    InformationClass, Language, Loop, LoopKind, LoopState, Patient, Reference, SeatRole,
    Sensitivity, TeamSeat, TimelineItem, Withheld, compose::plain_text,
};

/// Somebody outside the team who is told something: an organisation, or a person by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// A partner's people are told as their organisation.
    Organisation(OrgDomain),
    /// A caregiver is told as themselves, whatever organisation has enrolled them.
    Person(PractitionerName),
}

/// What the patient has said of sharing with somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentStanding {
    /// Nothing was recorded, or only proposed.
    NotRecorded,
    /// This consent is in force.
    InForce(EntryId),
    /// The last one was withdrawn or rejected, or its time is not now.
    NotInForce(EntryId),
}

/// Since when and why nothing more is shared in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Why.
    pub cause: AccessEndedCause,
    /// Number of the entry that says so.
    pub seq: u64,
    /// When the server accepted it.
    pub at: Timestamp,
}

/// As what an entry may be shared, and by which consents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The sorts of information that it is; at least one.
    pub classes: Vec<InformationClass>,
    /// The consents that cover them, each once; none if only the patient is told.
    pub consents: Vec<EntryId>,
}

/// Something of this case that was shared into a linked conversation.
#[derive(Clone, Debug)]
pub struct Shared<'a> {
    /// The conversation.
    pub conversation: &'a CaseView,
    /// The entry of this case.
    pub original: EntryId,
    /// The copy, with who shared it and when.
    pub copy: &'a TimelineItem,
    /// The consents that the copy names and this case holds.
    pub consents: Vec<EntryId>,
    /// Whether the copy says what the original says, or said before it was corrected.
    pub is_faithful: bool,
    /// Whether it says what the original says now.
    pub is_current: bool,
}

impl Consent {
    /// Whether it is about `actor`.
    pub fn names(&self, actor: &Actor) -> bool {
        match actor {
            Actor::Organisation(domain) => self.actors.contains(domain),
            Actor::Person(name) => self.people.iter().any(|person| person.name == *name),
        }
    }

    /// Whether its time is now.
    pub fn lasts(&self, at: Timestamp) -> bool {
        self.start <= at && self.end.is_none_or(|end| at < end)
    }

    /// Whether it lets `actor` be told what is of `class` at `at`, if it is in force.
    pub fn covers(&self, actor: &Actor, class: InformationClass, at: Timestamp) -> bool {
        self.lasts(at) && self.names(actor) && self.classes.contains(&class)
    }
}

impl Content {
    /// The sorts of information that it always is. Where the words decide, there is none, and
    /// whoever shares it says.
    pub const fn classes(&self) -> &'static [InformationClass] {
        use InformationClass::{Clinical, Medication, Results};
        match self {
            Self::Consult(_) => &[Clinical],
            Self::DischargeNotice(_) => &[Clinical, Medication, Results],
            Self::MedicationChange(_) => &[Medication],
            Self::ResultFollowUp(_) => &[Results],
            _ => &[],
        }
    }

    /// Whether it says something that can be copied: what is asked, said and answered, and not how
    /// the team works.
    pub fn is_copyable(&self) -> bool {
        match self {
            Self::Text(_)
            | Self::Consult(_)
            | Self::Referral(_)
            | Self::Task(_)
            | Self::DischargeNotice(_)
            | Self::MedicationChange(_)
            | Self::ResultFollowUp(_)
            | Self::PlanGoal(_)
            | Self::PlanAction(_)
            | Self::Appointment(_)
            | Self::Attachment(_)
            | Self::DefinedRequest(_) => true,
            Self::Transition(step) => !step.note.trim().is_empty(),
            _ => false,
        }
    }
}

impl Patient {
    /// As little of it as a partner needs to talk about the same person: initials and language.
    #[must_use]
    pub fn minimal(&self) -> Self {
        let word = |word: &str| {
            let part = |part: &str| {
                part.chars()
                    .next()
                    .map(|c| format!("{}.", c.to_uppercase()))
            };
            word.split('-')
                .filter_map(part)
                .collect::<Vec<_>>()
                .join("-")
        };
        let words = self.display_name.split_whitespace().map(word);
        Self {
            display_name: words.collect::<Vec<_>>().join(" "),
            birth_date: String::new(),
            language: self.language.clone(),
        }
    }

    /// Whether it tells no more than that.
    pub fn is_minimal(&self) -> bool {
        *self == self.minimal()
    }
}

impl CaseView {
    /// Every consent that was recorded, with where it stands, in the order of recording.
    pub fn consents(&self) -> impl Iterator<Item = (EntryId, LoopState, &Consent)> {
        self.loops
            .iter()
            .filter(|asked| asked.kind == LoopKind::Consent)
            .filter_map(
                |asked| match self.item(asked.id).map(|item| &item.content) {
                    Some(Content::Consent(consent)) => Some((asked.id, asked.state, consent)),
                    _ => None,
                },
            )
    }

    /// The consent in force at `at` that lets `actor` be told what is of `class`.
    pub fn consent_for(
        &self,
        actor: &Actor,
        class: InformationClass,
        at: Timestamp,
    ) -> Option<EntryId> {
        self.consents()
            .find(|(_, state, consent)| {
                *state == LoopState::Active && consent.covers(actor, class, at)
            })
            .map(|(id, ..)| id)
    }

    /// What the patient has said of sharing anything with `actor`, as it stands at `at`.
    pub fn consent_standing(&self, actor: &Actor, at: Timestamp) -> ConsentStanding {
        let mut standing = ConsentStanding::NotRecorded;
        for (id, state, consent) in self.consents().filter(|(.., it)| it.names(actor)) {
            match state {
                LoopState::Active if consent.lasts(at) => return ConsentStanding::InForce(id),
                LoopState::Proposed => {}
                _ => standing = ConsentStanding::NotInForce(id),
            }
        }
        standing
    }

    /// Why `actor` may be told nothing any more; none while a consent is in force, and none if
    /// there never was one or its time is still to come.
    pub fn consent_ended(&self, actor: &Actor, at: Timestamp) -> Option<AccessEndedCause> {
        let ConsentStanding::NotInForce(_) = self.consent_standing(actor, at) else {
            return None;
        };
        let about = self.consents().filter(|(.., it)| it.names(actor));
        about
            .filter_map(|(_, state, consent)| match state {
                LoopState::Withdrawn | LoopState::Rejected => {
                    Some(AccessEndedCause::ConsentWithdrawn)
                }
                LoopState::Active if consent.end.is_some_and(|end| end <= at) => {
                    Some(AccessEndedCause::ConsentExpired)
                }
                _ => None,
            })
            .last()
    }

    /// When the period of a consent that is in force at `at` ends next.
    pub fn next_consent_end(&self, at: Timestamp) -> Option<Timestamp> {
        self.consents()
            .filter(|(_, state, consent)| *state == LoopState::Active && consent.lasts(at))
            .filter_map(|(.., consent)| consent.end)
            .min()
    }

    /// As whom somebody is told what is said in a linked conversation of `kind`, in which they
    /// have seats of these `roles`; none if no consent is asked: of whoever has or had a seat in
    /// this case, and of the patient.
    pub fn actor(
        &self,
        kind: ConversationKind,
        person: &PractitionerName,
        roles: &[SeatRole],
    ) -> Option<Actor> {
        // Neither whoever was let in for a few hours, nor somebody whose organisation has left.
        let lasting = |seat: &&TeamSeat| seat.seat.role != SeatRole::Emergency;
        let still_here = self.team.seats().iter().filter(lasting).any(|seat| {
            let holder = seat
                .occupant
                .as_ref()
                .map(|holder| &holder.name.organisation);
            holder == Some(&person.organisation)
        });
        let of_the_team = self.team.seats().iter().filter(lasting).any(|seat| {
            let was_here = seat.former.iter().any(|known| known.name == *person);
            seat.is_held_by(person) || (was_here && still_here)
        });
        match kind {
            _ if of_the_team => None,
            ConversationKind::Patient if roles.contains(&SeatRole::Patient) => None,
            ConversationKind::Patient => Some(Actor::Person(person.clone())),
            _ => Some(Actor::Organisation(person.organisation.clone())),
        }
    }

    /// Who outside the team has a seat in a linked conversation now, each once.
    pub fn actors_in(&self, conversation: &Self) -> Vec<Actor> {
        let kind = conversation
            .conversation
            .unwrap_or(ConversationKind::Partner);
        let holders = conversation.team.seats().iter().filter_map(|seat| {
            let holder = &seat.occupant.as_ref()?.name;
            let roles: Vec<_> = conversation
                .team
                .seats_of(holder)
                .map(|seat| seat.seat.role)
                .collect();
            self.actor(kind, holder, &roles)
        });
        let mut actors: Vec<_> = holders.collect();
        actors.sort();
        actors.dedup();
        actors
    }

    /// The linked conversations in which somebody has a seat whom no consent covers any more at
    /// `at`, with who that is: their devices leave as soon as a device of somebody who is in both
    /// is there.
    pub fn access_due(&self, at: Timestamp) -> Vec<(&Self, Actor)> {
        let linked = self.linked.values().filter(|linked| linked.ended.is_none());
        linked
            .flat_map(|linked| {
                let actors = self.actors_in(linked).into_iter();
                let over = actors.filter(|actor| self.consent_ended(actor, at).is_some());
                over.map(move |actor| (linked, actor))
            })
            .collect()
    }

    /// As what an entry may be shared with all of `with` at `at`.
    ///
    /// It has to have taken effect and not to be taken back, replaced or restricted by its author;
    /// and for everybody there has to be a consent in force that covers all that it is: what its
    /// type says ([`Content::classes`]), and what whoever shares it says that it is (`named`).
    ///
    /// # Errors
    /// Why it may not.
    pub fn offer(
        &self,
        item: &TimelineItem,
        with: &[Actor],
        named: Option<InformationClass>,
        at: Timestamp,
    ) -> Result<Offer, Withheld> {
        if item.rejected.is_some() {
            return Err(Withheld::Rejected);
        }
        if item.is_withdrawn() {
            return Err(Withheld::TakenBack);
        }
        if item.superseded_by.is_some() {
            return Err(Withheld::Replaced);
        }
        if item.envelope.sensitivity != Sensitivity::Normal {
            return Err(Withheld::Restricted);
        }
        if !item.content.is_copyable() || item.text(Language::English).trim().is_empty() {
            return Err(Withheld::NothingToShare);
        }
        let mut classes = item.content.classes().to_vec();
        classes.extend(named.filter(|class| !item.content.classes().contains(class)));
        if classes.is_empty() {
            return Err(Withheld::NoClass);
        }
        let consents = self.covering_all(with, &classes, at)?;
        Ok(Offer { classes, consents })
    }

    /// The consents that let everybody of `with` be told what is of all of `classes` at `at`.
    ///
    /// # Errors
    /// Why somebody may not be told.
    pub fn covering_all(
        &self,
        with: &[Actor],
        classes: &[InformationClass],
        at: Timestamp,
    ) -> Result<Vec<EntryId>, Withheld> {
        let mut consents = Vec::new();
        for actor in with {
            match self.consent_standing(actor, at) {
                ConsentStanding::NotRecorded => return Err(Withheld::NotRecorded),
                ConsentStanding::NotInForce(_) => return Err(Withheld::NotInForce),
                ConsentStanding::InForce(_) => {}
            }
            for &class in classes {
                let consent = self.consent_for(actor, class, at);
                let consent = consent.ok_or(Withheld::NotCovered)?;
                if !consents.contains(&consent) {
                    consents.push(consent);
                }
            }
        }
        Ok(consents)
    }

    /// The copy of an entry for `conversation`, as it was offered; `original_digest` is
    /// [that](original_digest) of what its author signed.
    pub fn excerpt(
        &self,
        conversation: CaseId,
        item: &TimelineItem,
        offer: &Offer,
        original_digest: FileDigest,
        language: Language,
    ) -> Excerpt {
        let author = &item.author;
        let organisation = author.name.organisation.clone();
        let purposes = offer.consents.iter().filter_map(|id| {
            let Content::Consent(consent) = &self.item(*id)?.content else {
                return None;
            };
            Some(consent.purpose.as_str())
        });
        Excerpt {
            text: item.text(language).into_owned(),
            classes: offer.classes.clone(),
            author_display_name: author.display_name.clone(),
            organisation_display_name: match author.organisation_display_name.as_str() {
                "" => organisation.to_string(),
                known => known.to_owned(),
            },
            organisation,
            said_at: item.accepted_at,
            purpose: purposes.collect::<Vec<_>>().join("; "),
            original: reference(conversation, item.id),
            original_digest,
            consents: offer
                .consents
                .iter()
                .map(|&consent| reference(conversation, consent))
                .collect(),
        }
    }

    /// What was shared of this case into linked conversations, in the order of sharing for each
    /// of them.
    pub fn shares(&self) -> Vec<Shared<'_>> {
        let mut shares = Vec::new();
        for conversation in self.linked.values() {
            let copies = conversation.timeline.iter().filter_map(|copy| {
                let taken = copy.rejected.is_none();
                match &copy.content {
                    Content::Excerpt(excerpt) if taken => Some((copy, excerpt)),
                    _ => None,
                }
            });
            let mut known = BTreeMap::new();
            for (copy, excerpt) in copies {
                if known.is_empty() {
                    let all = self.timeline.iter();
                    known.extend(all.map(|item| (reference(conversation.case, item.id), item)));
                }
                let Some(item) = known.get(&excerpt.original) else {
                    continue;
                };
                let consents = excerpt.consents.iter().filter_map(|it| known.get(it));
                shares.push(Shared {
                    conversation,
                    original: item.id,
                    copy,
                    consents: consents.map(|consent| consent.id).collect(),
                    is_faithful: says(item, copy, excerpt),
                    is_current: item.text(language(copy)) == excerpt.text,
                });
            }
        }
        shares
    }

    /// What is open in conversations that have ended, this one and those linked to it: it was
    /// interrupted, and only whoever asked can settle it.
    pub fn interrupted(&self) -> impl Iterator<Item = (&Self, &Loop)> {
        std::iter::once(self)
            .chain(self.linked.values())
            .filter(|view| view.ended.is_some())
            .flat_map(|view| {
                let open = view.loops.iter().filter(|asked| asked.is_open());
                open.map(move |asked| (view, asked))
            })
    }
}

/// Whether a copy holds the words of its original, in the language of the copy.
fn says(original: &TimelineItem, copy: &TimelineItem, excerpt: &Excerpt) -> bool {
    let language = language(copy);
    let before = Cow::Owned(plain_text(&original.content, language));
    [original.text(language), before].contains(&Cow::Borrowed(&excerpt.text))
}

/// The language of the labels in a copy.
fn language(copy: &TimelineItem) -> Language {
    Language::of(&copy.envelope.language)
}

/// The name of an entry towards those who do not hold it: others in each conversation, so that it
/// cannot be followed from one to the other, and the id, which is random, cannot be guessed.
fn reference(conversation: CaseId, entry: EntryId) -> Reference {
    digest(b"relais/excerpt/entry/v1", conversation, entry.as_bytes())
}

/// The digest of what an author signed, bound to the conversation that it is copied into. The
/// random ids in it keep its text from being guessed.
pub fn original_digest(conversation: CaseId, signed_entry: &[u8]) -> FileDigest {
    digest(b"relais/excerpt/digest/v1", conversation, signed_entry)
}

fn digest(label: &[u8], conversation: CaseId, bytes: &[u8]) -> FileDigest {
    let digest = Sha256::new()
        .chain_update(label)
        .chain_update(conversation.as_bytes())
        .chain_update(bytes)
        .finalize();
    FileDigest::from_bytes(digest.into())
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organisation(domain) => domain.fmt(f),
            Self::Person(name) => name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_is_given_initials() {
        let patient = |name: &str| Patient {
            display_name: name.to_owned(),
            birth_date: "1948-02-29".to_owned(),
            language: "fr-CA".to_owned(),
        };
        let minimal = patient("Marguerite Lavoie").minimal();
        assert_eq!(minimal.display_name, "M. L.");
        assert!(minimal.is_minimal() && minimal.birth_date.is_empty());
        assert_eq!(
            patient("Henri-Paul Caron").minimal().display_name,
            "H.-P. C."
        );
        assert!(!patient("H.-P. C.").is_minimal(), "a date of birth is more");
    }
}
