//! Who may join a case, and who leads it: set when it is opened, changed by a lead.
//!
//! The policy stands in the group itself: the server and every member's device refuse what it
//! does not allow.

use std::collections::BTreeSet;

use relais_mls::{EpochChange, GroupPolicy};
use relais_proto::delivery;
use relais_types::{CaseId, Error, OrgDomain, PractitionerName, Reason, Result};

use crate::{
    account::Account,
    event::Update,
    notice::Notice,
    receive::accepted_at,
    record::{PlanRecord, PolicyRecord},
    signed,
};

/// Who may join a case, and who leads it. The default is the open one: everybody of the
/// federation may join, and every member may change the team.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CasePolicy {
    /// Whose people may join; empty means everybody of the federation.
    pub organisations: BTreeSet<OrgDomain>,
    /// Who may add and remove others and change this; empty means every member. Anybody may add
    /// further devices of their own, and a revoked device is removed whoever leads.
    pub leads: BTreeSet<PractitionerName>,
}

impl CasePolicy {
    pub(crate) fn of(policy: &GroupPolicy) -> Self {
        Self {
            organisations: policy.organisations.clone(),
            leads: policy.leads.clone(),
        }
    }

    pub(crate) fn with_remover(&self, remover: [u8; 32]) -> GroupPolicy {
        GroupPolicy {
            remover,
            organisations: self.organisations.clone(),
            leads: self.leads.clone(),
        }
    }

    pub(crate) fn record(&self) -> PolicyRecord {
        PolicyRecord {
            organisations: self.organisations.iter().map(ToString::to_string).collect(),
            leads: self.leads.iter().map(ToString::to_string).collect(),
        }
    }

    pub(crate) fn read(row: &PolicyRecord) -> Result<Self> {
        Ok(Self {
            organisations: row
                .organisations
                .iter()
                .map(|name| name.parse())
                .collect::<Result<_>>()?,
            leads: row
                .leads
                .iter()
                .map(|name| name.parse())
                .collect::<Result<_>>()?,
        })
    }
}

impl Account {
    /// Who may join the case, and who leads it.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn policy(&self, case: CaseId) -> Result<CasePolicy> {
        self.conversation(case)?;
        let policy = self.mls.policy(&self.state, case).map_err(signed::mls)?;
        Ok(CasePolicy::of(&policy))
    }

    /// Plans to set the case's policy; it holds once the log has the commit.
    ///
    /// # Errors
    /// `NOT_ALLOWED` unless this person leads the case (or nobody who is there does, and this
    /// names somebody), if a member would not be admitted any more, or if no lead would be
    /// there; `NOT_FOUND` if there is no such case.
    pub fn set_policy(&mut self, case: CaseId, policy: &CasePolicy) -> Result<()> {
        self.check_open(case)?;
        let remover = self
            .mls
            .policy(&self.state, case)
            .map_err(signed::mls)?
            .remover;
        self.mls
            .check_policy(&self.state, case, &policy.with_remover(remover))
            .map_err(signed::mls)?;
        let plan = PlanRecord {
            policy: Some(policy.record()),
            ..PlanRecord::default()
        };
        self.append_plan(case, &plan)
    }

    /// Refuses a change of the team before it is planned, in words that say whom to ask.
    pub(crate) fn check_lead(&self, case: CaseId) -> Result<()> {
        let policy = self.policy(case)?;
        let me = self.me.practitioner();
        if policy.leads.is_empty() || policy.leads.contains(&me) {
            return Ok(());
        }
        let present: BTreeSet<_> = self
            .members(case)?
            .iter()
            .map(relais_types::DeviceName::practitioner_name)
            .collect();
        let leads: Vec<_> = policy.leads.intersection(&present).collect();
        if leads.is_empty() {
            return Err(Error::new(
                Reason::NotAllowed,
                "nobody who may change this team is in the case any more: name a lead first (relais case policy), then change the team",
            ));
        }
        let seats = self.view(case)?.team.seats();
        let names: BTreeSet<String> = leads
            .iter()
            .map(|lead| {
                let holder = seats.iter().find_map(|seat| {
                    let occupant = seat.occupant.as_ref()?;
                    (occupant.name == **lead).then(|| occupant.display_name.clone())
                });
                holder.unwrap_or_else(|| lead.to_string())
            })
            .collect();
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        Err(Error::new(
            Reason::NotAllowed,
            format!("only a lead may change this team: ask {names}"),
        ))
    }

    /// The policy that a plan sets, if it is another than the group's; `None` if there is
    /// nothing left to set.
    pub(crate) fn planned_policy(
        &self,
        case: CaseId,
        plan: &PlanRecord,
    ) -> Result<Option<GroupPolicy>> {
        let Some(planned) = &plan.policy else {
            return Ok(None);
        };
        let current = self.mls.policy(&self.state, case).map_err(signed::mls)?;
        let planned = CasePolicy::read(planned)?.with_remover(current.remover);
        Ok((planned != current).then_some(planned))
    }

    /// After a commit that set the policy.
    pub(crate) fn policy_changed(
        &mut self,
        case: CaseId,
        entry: &delivery::LogEntry,
        change: &EpochChange,
    ) {
        if let Some(policy) = &change.policy {
            let by = change.by.clone();
            let notice = Notice::PolicyChanged {
                by: by.clone(),
                policy: CasePolicy::of(policy),
            };
            self.note(case, entry.seq, accepted_at(entry), &notice);
            self.update(Update::PolicyChanged { case, by });
        }
    }
}
