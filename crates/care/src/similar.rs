//! Whether somebody has referred already: looked up before the same is asked twice.

use std::collections::BTreeSet;

use relais_types::{CaseId, ServiceName};
use serde::Serialize;

use crate::{
    CaseView, Content, Loop, LoopKind, LoopState, Person, Referral, vocabulary::vocabulary,
};

vocabulary! {
    /// In what two referrals are alike.
    Likeness {
        /// They ask the same service.
        Service = "service";
        /// They ask services of the same kind.
        Kind = "kind";
        /// They name the same need.
        Need = "need";
    }
}

/// What somebody is about to ask for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The service, if it is listed.
    pub service: Option<&'a ServiceName>,
    /// The services of its kind.
    pub of_kind: &'a BTreeSet<ServiceName>,
    /// What the patient needs.
    pub needs: &'a [String],
}

/// An open referral that is alike.
#[derive(Clone, Debug, Serialize)]
pub struct Similar<'a> {
    /// The conversation that it was made in: the case itself, or a linked one.
    pub conversation: CaseId,
    /// In what they are alike.
    pub likeness: Likeness,
    /// The referral.
    #[serde(flatten)]
    pub asked: &'a Loop,
    /// Who holds the seat that has asked.
    #[serde(skip)]
    pub requester: Option<&'a Person>,
}

impl CaseView {
    /// The open referrals of this case and of its linked conversations that are like what is
    /// wanted, in the order of asking. What is done and only waits to be closed is not open.
    pub fn similar_referrals(&self, wanted: Wanted<'_>) -> Vec<Similar<'_>> {
        // What stands in a conversation that has ended is under way no more.
        let views = std::iter::once(self).chain(self.linked.values());
        let views = views.filter(|view| view.ended.is_none());
        let found = views.flat_map(|view| {
            let open = view.loops.iter().filter(|asked| is_under_way(asked));
            open.filter_map(move |asked| {
                let Some(Content::Referral(referral)) =
                    view.item(asked.id).map(|item| &item.content)
                else {
                    return None;
                };
                Some(Similar {
                    conversation: view.case,
                    likeness: alike(referral, wanted)?,
                    asked,
                    requester: view
                        .team
                        .seat(asked.requester)
                        .and_then(|seat| seat.occupant.as_ref()),
                })
            })
        });
        found.collect()
    }
}

fn is_under_way(asked: &Loop) -> bool {
    let done = matches!(asked.state, LoopState::Completed | LoopState::Failed);
    asked.kind == LoopKind::Referral && asked.is_open() && !done
}

fn alike(referral: &Referral, wanted: Wanted<'_>) -> Option<Likeness> {
    let is = |service: &ServiceName| referral.service.as_ref() == Some(service);
    if wanted.service.is_some_and(is) {
        return Some(Likeness::Service);
    }
    if wanted.of_kind.iter().any(is) {
        return Some(Likeness::Kind);
    }
    let needs: BTreeSet<String> = referral.needs.iter().map(|need| plain(need)).collect();
    let mut same = wanted.needs.iter().map(|need| plain(need));
    same.any(|need| needs.contains(&need))
        .then_some(Likeness::Need)
}

/// A need without regard to case and spaces.
fn plain(need: &str) -> String {
    let words: Vec<String> = need.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}
