//! What a newcomer is given of what was said before they joined, and what is withheld.
//!
//! What was asked is a unit: its steps, corrections and replies come with it or not at all, so
//! that a newcomer's view holds no half of anything. What holds the case together comes always.

use std::collections::{BTreeMap, BTreeSet};

use relais_types::{EntryId, PractitionerName, Timestamp};
use serde::Serialize;

use crate::{CaseView, Content, HistoryPolicy, Logged, LoopKind, Team, TimelineItem};

/// What somebody is given who joined under a policy other than "all".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Access {
    /// Number of the entry that seated them: from there on they are given everything.
    pub from: u64,
    /// What they are given of the time before: what any of these says.
    pub granted: Vec<Granted>,
}

/// One decision about what a newcomer is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Granted {
    /// The entry that says so.
    pub entry: EntryId,
    /// Who decided.
    pub by: PractitionerName,
    /// When the server accepted it.
    pub at: Timestamp,
    /// What.
    pub policy: HistoryPolicy,
}

/// What of a log somebody is given, by the numbers of its entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryShare {
    /// What they are given.
    pub given: BTreeSet<u64>,
    /// What they are not.
    pub withheld: BTreeSet<u64>,
}

/// Entries that belong together.
#[derive(Default)]
struct Thread {
    /// Whether it comes whatever the policy says.
    always: bool,
    /// What is asked in it.
    kinds: BTreeSet<LoopKind>,
    /// When something last went on in it.
    last: Timestamp,
    /// Number of the last step in it.
    last_step: u64,
}

impl Thread {
    fn is_covered(&self, policy: &HistoryPolicy, item: &TimelineItem) -> bool {
        match policy {
            HistoryPolicy::All => true,
            HistoryPolicy::Since { since } => self.last >= *since || item.accepted_at >= *since,
            HistoryPolicy::Kinds { kinds } => kinds.iter().any(|kind| self.kinds.contains(kind)),
            HistoryPolicy::Open => false,
        }
    }
}

impl CaseView {
    /// The same view for somebody to whom some entries were not shared: their numbers and ids.
    ///
    /// What later entries say of these changes nothing, and is not rejected for that.
    pub fn reduce_without<'a>(
        case: relais_types::CaseId,
        log: impl IntoIterator<Item = &'a Logged>,
        withheld: BTreeMap<u64, EntryId>,
    ) -> Self {
        let mut view = Self::new(case);
        view.progress.withhold(&withheld);
        view.withheld = withheld;
        view.apply_all(log);
        view
    }

    /// Whether anybody has said what `person` is given: true once they were seated.
    pub fn is_decided_for(&self, person: &PractitionerName) -> bool {
        self.access.contains_key(person) || self.team.display_name(person).is_some()
    }

    /// Which entries of the log that this view was reduced from `person` is given.
    ///
    /// Everybody is given everything, unless they joined under another policy. Somebody who holds
    /// no seat and never did is given only what always comes: nobody has said more.
    pub fn share_for<'a>(
        &self,
        person: &PractitionerName,
        log: impl IntoIterator<Item = &'a Logged>,
    ) -> HistoryShare {
        let policies: Vec<&HistoryPolicy>;
        let from;
        if let Some(access) = self.access.get(person) {
            policies = access.granted.iter().map(|it| &it.policy).collect();
            from = access.from;
        } else if self.team.display_name(person).is_some() {
            policies = vec![&HistoryPolicy::All];
            from = 0;
        } else {
            policies = Vec::new();
            from = u64::MAX;
        }
        let (roots, threads) = self.threads();
        let given = |logged: &Logged| {
            let Some(at) = self.position(logged.id()) else {
                // Receipts: they name entries and say nothing of them.
                return true;
            };
            let Some((item, thread)) = self
                .timeline
                .get(at)
                .zip(roots.get(at).and_then(|root| threads.get(root)))
            else {
                return true;
            };
            logged.seq >= from
                || holds_together(item)
                || thread.always
                || thread.last_step >= from
                || policies.iter().any(|it| thread.is_covered(it, item))
        };
        let mut share = HistoryShare::default();
        for logged in log {
            let side = if given(logged) {
                &mut share.given
            } else {
                &mut share.withheld
            };
            side.insert(logged.seq);
        }
        share
    }

    /// For each entry of the timeline the first one of its thread, and what each thread is.
    fn threads(&self) -> (Vec<usize>, BTreeMap<usize, Thread>) {
        let mut parent: Vec<usize> = (0..self.timeline.len()).collect();
        for (at, item) in self.timeline.iter().enumerate() {
            // What has no effect joins a thread, and joins no two.
            let most = if item.rejected.is_some() {
                1
            } else {
                usize::MAX
            };
            for target in refers_to(item).take(most) {
                let Some(to) = self.position(target) else {
                    continue;
                };
                if !self.timeline.get(to).is_some_and(holds_together) {
                    let (a, b) = (root(&mut parent, at), root(&mut parent, to));
                    if let Some(slot) = parent.get_mut(a.max(b)) {
                        *slot = a.min(b);
                    }
                }
            }
        }
        let roots: Vec<usize> = (0..parent.len()).map(|at| root(&mut parent, at)).collect();
        let mut threads: BTreeMap<usize, Thread> = BTreeMap::new();
        for (item, root) in self.timeline.iter().zip(&roots) {
            let thread = threads.entry(*root).or_default();
            if item.rejected.is_none() {
                thread.last = thread.last.max(item.accepted_at);
            }
            // A request of a later version may be an obligation.
            thread.always |= matches!(item.content, Content::Unknown)
                && item.rejected.is_none()
                && item.envelope.owner_seat.is_some();
        }
        for asked in &self.loops {
            let thread = self
                .position(asked.id)
                .and_then(|at| roots.get(at))
                .and_then(|root| threads.get_mut(root));
            let Some(thread) = thread else { continue };
            thread.kinds.insert(asked.kind);
            // They say who may see what, and who holds which seat.
            thread.always |= !asked.is_settled()
                || matches!(
                    asked.kind,
                    LoopKind::Consent | LoopKind::Handover | LoopKind::BreakGlass
                );
            if let Some(step) = asked.history.last() {
                thread.last = thread.last.max(step.at);
                thread.last_step = thread.last_step.max(step.seq);
            }
        }
        (roots, threads)
    }

    /// Notes what those are given who are on the team now and were not `before`.
    pub(crate) fn note_joined(&mut self, before: &Team, policy: &HistoryPolicy, logged: &Logged) {
        let holders = |team: &Team| -> BTreeSet<PractitionerName> {
            let people = team
                .seats()
                .iter()
                .filter_map(|seat| seat.occupant.as_ref());
            people.map(|person| person.name.clone()).collect()
        };
        let before = holders(before);
        for person in holders(&self.team) {
            if before.contains(&person) {
                continue;
            }
            // Nobody can let others have more than they were given themselves.
            let own = self.access.get(&logged.author.practitioner_name());
            let own = own.map(|access| access.granted.clone());
            let given = match own {
                Some(own) if policy.is_all() => own,
                _ => vec![granted(policy, logged)],
            };
            if given.iter().any(|it| it.policy.is_all()) {
                self.access.remove(&person);
            } else {
                let access = Access {
                    from: logged.seq,
                    granted: given,
                };
                self.access.insert(person, access);
            }
        }
    }

    /// Notes that somebody is given more.
    pub(crate) fn note_shared(
        &mut self,
        person: &PractitionerName,
        policy: &HistoryPolicy,
        logged: &Logged,
    ) {
        if let Some(access) = self.access.get_mut(person) {
            access.granted.push(granted(policy, logged));
        }
    }

    /// Whether an entry was not shared with whoever holds this log.
    pub(crate) fn is_withheld(&self, id: EntryId) -> bool {
        self.progress.is_withheld(id)
    }
}

fn granted(policy: &HistoryPolicy, logged: &Logged) -> Granted {
    Granted {
        entry: logged.id(),
        by: logged.author.practitioner_name(),
        at: logged.accepted_at,
        policy: policy.clone(),
    }
}

/// Without these the rest could not be understood, or would be rejected.
const fn holds_together(item: &TimelineItem) -> bool {
    item.rejected.is_none()
        && matches!(
            item.content,
            Content::CaseOpened(_)
                | Content::TeamChanged(_)
                | Content::Participation(_)
                | Content::Delegation(_)
                | Content::Coverage(_)
                | Content::TypeDefinition(_)
                | Content::HistoryShared(_)
                | Content::AccessEnded(_)
                | Content::Relayed(_)
        )
}

/// The entries that one entry is about, answers or replaces.
fn refers_to(item: &TimelineItem) -> impl Iterator<Item = EntryId> {
    let target = match &item.content {
        Content::Transition(step) => Some(step.target),
        Content::DefinedStep(step) => Some(step.target),
        Content::Cancellation(taken_back) => Some(taken_back.target),
        Content::Correction(correction) => Some(correction.target),
        Content::Retraction(retraction) => Some(retraction.target),
        Content::Escalation(escalation) => Some(escalation.target),
        Content::PlanGoal(goal) => goal.section,
        Content::PlanAction(action) => action.goal,
        Content::PlanSignOff(sign_off) => Some(sign_off.target),
        Content::Nudge(nudge) => Some(nudge.target),
        _ => None,
    };
    let envelope = &item.envelope;
    [target, envelope.in_reply_to, envelope.supersedes]
        .into_iter()
        .flatten()
}

fn root(parent: &mut [usize], at: usize) -> usize {
    let mut top = at;
    while let Some(&above) = parent.get(top)
        && above != top
    {
        top = above;
    }
    // The way is short the next time.
    let mut at = at;
    while let Some(slot) = parent.get_mut(at)
        && *slot != top
    {
        at = std::mem::replace(slot, top);
    }
    top
}
