//! What was asked for and not to be had: counted by reason, service and area, never by patient.

use std::collections::{BTreeMap, BTreeSet};

use relais_types::{ServiceName, Timestamp};
use serde::Serialize;

use crate::{CaseView, Content, DeclineReason, Language, LoopKind, LoopState};

/// Why something was not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnmetReason {
    /// A referral was declined.
    Declined(DeclineReason),
    /// A referral was accepted and waits.
    OnHold,
    /// An enquiry was answered: there is no room, or only a waiting list.
    Answered(LoopState),
}

impl UnmetReason {
    /// The code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Declined(reason) => reason.code(),
            Self::OnHold => LoopState::OnHold.code(),
            Self::Answered(state) => state.code(),
        }
    }

    /// The label for people.
    pub fn label(self, language: Language) -> &'static str {
        match self {
            Self::Declined(reason) => reason.label(language),
            Self::OnHold => LoopState::OnHold.label(language),
            Self::Answered(state) => state.label(language),
        }
    }
}

impl Serialize for UnmetReason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// A need that was not met, so many times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unmet {
    /// The service, by the name that people know.
    pub service: String,
    /// The area; empty if it is not known.
    pub area: String,
    /// Why.
    pub reason: UnmetReason,
    /// How often.
    pub count: u32,
}

/// Counts what was not to be had in these cases and the conversations that are linked to them, of
/// what was asked at or after `since`. `area` tells where a service that is referred to serves;
/// enquiries name their area themselves.
pub fn unmet_need<'a>(
    views: impl IntoIterator<Item = &'a CaseView>,
    since: Timestamp,
    area: impl Fn(Option<&ServiceName>) -> String,
) -> Vec<Unmet> {
    let mut seen = BTreeSet::new();
    let mut counts: BTreeMap<(String, String, UnmetReason), u32> = BTreeMap::new();
    let views = views.into_iter();
    for view in views.flat_map(|view| std::iter::once(view).chain(view.linked.values())) {
        for asked in view.loops.iter().filter(|asked| asked.asked_at >= since) {
            let decline = asked.history.last().and_then(|step| step.decline_reason);
            let answered = asked.history.iter().map(|step| step.to).find(|to| {
                let kind = asked.kind == LoopKind::CapacityEnquiry;
                kind && matches!(to, LoopState::None | LoopState::Waitlist)
            });
            let reason = match (asked.kind, asked.state, decline, answered) {
                (LoopKind::Referral, LoopState::Declined, Some(reason), _) => {
                    UnmetReason::Declined(reason)
                }
                (LoopKind::Referral, LoopState::OnHold, ..) => UnmetReason::OnHold,
                (_, _, _, Some(state)) => UnmetReason::Answered(state),
                _ => continue,
            };
            let place = match view.item(asked.id).map(|item| &item.content) {
                Some(Content::Referral(referral)) => area(referral.service.as_ref()),
                Some(Content::CapacityEnquiry(enquiry)) => enquiry.area.clone(),
                _ => continue,
            };
            if seen.insert(asked.id) {
                *counts
                    .entry((asked.title.clone(), place, reason))
                    .or_default() += 1;
            }
        }
    }
    counts
        .into_iter()
        .map(|((service, area, reason), count)| Unmet {
            service,
            area,
            reason,
            count,
        })
        .collect()
}

/// What each service has last answered to an enquiry in these cases, and when.
pub fn capacity_answers<'a>(
    views: impl IntoIterator<Item = &'a CaseView>,
) -> BTreeMap<ServiceName, (LoopState, Timestamp)> {
    let mut answers: BTreeMap<ServiceName, (LoopState, Timestamp)> = BTreeMap::new();
    let views = views.into_iter();
    for view in views.flat_map(|view| std::iter::once(view).chain(view.linked.values())) {
        for asked in &view.loops {
            let Some(Content::CapacityEnquiry(enquiry)) =
                view.item(asked.id).map(|item| &item.content)
            else {
                continue;
            };
            let answer = asked.history.iter().find(|step| {
                matches!(
                    step.to,
                    LoopState::Capacity
                        | LoopState::None
                        | LoopState::Waitlist
                        | LoopState::AssessFirst
                )
            });
            if let (Some(service), Some(step)) = (&enquiry.service, answer) {
                let known = answers.entry(service.clone()).or_insert((step.to, step.at));
                if known.1 < step.at {
                    *known = (step.to, step.at);
                }
            }
        }
    }
    answers
}
