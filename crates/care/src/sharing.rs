//! What the patient agreed to share, and with whom.

use relais_types::{EntryId, OrgDomain, Timestamp};

use crate::{
    CaseView, Consent, Content, InformationClass, LoopKind, LoopState, Sensitivity, TimelineItem,
};

/// What the patient has said of sharing with an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentStanding {
    /// Nothing was recorded, or only proposed.
    NotRecorded,
    /// This consent is in force.
    InForce(EntryId),
    /// The last one was withdrawn or rejected, or its time is not now.
    NotInForce(EntryId),
}

impl Consent {
    /// Whether it lets `actor` be told what is of `class` at `at`, if it is in force.
    pub fn covers(&self, actor: &OrgDomain, class: InformationClass, at: Timestamp) -> bool {
        self.start <= at
            && self.end.is_none_or(|end| at < end)
            && self.actors.contains(actor)
            && self.classes.contains(&class)
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
        actor: &OrgDomain,
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
    pub fn consent_standing(&self, actor: &OrgDomain, at: Timestamp) -> ConsentStanding {
        let mut standing = ConsentStanding::NotRecorded;
        let about = self
            .consents()
            .filter(|(_, _, consent)| consent.actors.contains(actor));
        for (id, state, consent) in about {
            let lasts = consent.start <= at && consent.end.is_none_or(|end| at < end);
            match state {
                LoopState::Active if lasts => return ConsentStanding::InForce(id),
                LoopState::Proposed => {}
                _ => standing = ConsentStanding::NotInForce(id),
            }
        }
        standing
    }

    /// Whether an entry may be offered to `actor` as being of `class` at `at`: it took effect,
    /// its author has not restricted it or taken it back, and a consent covers it.
    pub fn may_share(
        &self,
        item: &TimelineItem,
        actor: &OrgDomain,
        class: InformationClass,
        at: Timestamp,
    ) -> bool {
        item.rejected.is_none()
            && !item.is_withdrawn()
            && item.envelope.sensitivity == Sensitivity::Normal
            && self.consent_for(actor, class, at).is_some()
    }
}
