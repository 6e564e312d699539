//! Changing a group: planned → staged → accepted → merged.
//!
//! A plan says who joins and who leaves. It is staged as one commit whose exact bytes are
//! stored before they are sent; an ambiguous answer sends the same bytes again. Only the
//! log decides: our commit comes back and is merged, or another's comes first, and ours is
//! dropped and staged anew in the next epoch (RFC 9750 §5.2.1).

use std::collections::BTreeSet;

use relais_mls::{Change, EpochChange};
use relais_proto::{delivery, keypackage};
use relais_types::{CaseId, DeviceId, DeviceName, Error, PractitionerName, Reason, Result};

use crate::{
    account::Account,
    event::{Call, Update},
    history,
    purpose::Purpose,
    record::{self, CASE, ClaimedKeyPackage, OUTBOX, PLAN, PlanRecord, PlannedAdd, StagedCommit},
    signed,
    trust::Newcomers,
};

impl Account {
    /// Plans a change of the group; `then` are the orders of the entries that announce it.
    ///
    /// Nothing else of the case is sent until the change is made or has failed.
    pub(crate) fn plan(
        &mut self,
        case: CaseId,
        add: &[PractitionerName],
        remove: &[PractitionerName],
        then: Vec<u64>,
    ) -> Result<()> {
        let add = add
            .iter()
            .map(|person| PlannedAdd {
                practitioner: person.to_string(),
                request_id: self.request_id(),
                claimed: Vec::new(),
            })
            .collect();
        let plan = PlanRecord {
            add,
            remove: remove.iter().map(ToString::to_string).collect(),
            then,
            ..PlanRecord::default()
        };
        self.append_plan(case, &plan)
    }

    /// Puts a plan after all others of the case.
    pub(crate) fn append_plan(&mut self, case: CaseId, plan: &PlanRecord) -> Result<()> {
        let last = self
            .state
            .scan(&record::key(PLAN, case))
            .next_back()
            .map(|(key, _)| record::number(key));
        let order = last.transpose()?.unwrap_or(0) + 1;
        record::write(&mut self.state, record::numbered(PLAN, case, order), plan);
        Ok(())
    }

    /// Plans to remove single devices, with the next change of the group if one waits.
    pub(crate) fn plan_removal(&mut self, case: CaseId, devices: &[DeviceName]) -> Result<()> {
        let devices: Vec<String> = devices.iter().map(ToString::to_string).collect();
        let waiting = self.first_plan(case)?;
        if waiting.is_none_or(|(_, plan)| plan.removes_revoked || plan.staged.is_some()) {
            let plan = PlanRecord {
                remove_devices: devices,
                ..PlanRecord::default()
            };
            return self.append_plan(case, &plan);
        }
        self.change_plan(case, |plan| plan.remove_devices.extend(devices))
    }

    /// While a ghost device is in the case, nothing is done but to remove it.
    pub(crate) fn clear_of_suspects(&mut self, case: CaseId) -> Result<()> {
        if self.is_stopped(case) && self.is_clearing(case)? {
            self.advance_plan(case)?;
        }
        Ok(())
    }

    /// True if what is planned would leave no device in the case that stops it.
    pub(crate) fn is_clearing(&self, case: CaseId) -> Result<bool> {
        let mut plans = Vec::new();
        for (_, value) in self.state.scan(&record::key(PLAN, case)) {
            plans.push(record::decode::<PlanRecord>(value)?);
        }
        let Some(first) = plans.first() else {
            return Ok(false);
        };
        let removes = first.removes_revoked || !first.remove_devices.is_empty();
        let proposed = self.mls.proposed_removals(&self.state, case);
        Ok(removes && self.clears_suspects(case, &plans, &proposed.unwrap_or_default()))
    }

    /// Moves the case's first plan on; false if there is none.
    pub(crate) fn advance_plan(&mut self, case: CaseId) -> Result<bool> {
        let Some((order, mut plan)) = self.first_plan(case)? else {
            return Ok(false);
        };
        if let Some(staged) = &plan.staged {
            if !staged.accepted {
                let staged = staged.clone();
                self.send_commit(case, staged);
            }
            return Ok(true);
        }
        if let Some(person) = plan.add.iter().find(|person| person.claimed.is_empty()) {
            let request = keypackage::ClaimKeyPackagesRequest {
                request_id: person.request_id.clone(),
                practitioner: person.practitioner.clone(),
            };
            let purpose = Purpose::Claim {
                case,
                practitioner: person.practitioner.clone(),
            };
            self.call(purpose, Call::ClaimKeyPackages(request));
            return Ok(true);
        }
        match self.newcomers(case, &mut plan)? {
            Newcomers::Proved => {}
            Newcomers::Waiting => return Ok(true),
            Newcomers::Refused => return self.advance_plan(case),
        }
        let change = match self.change(case, &plan) {
            Ok(change) => change,
            Err(error) => return self.plan_failed(case, error).map(|()| false),
        };
        let policy = self.planned_policy(case, &plan)?;
        let renews = plan.renews && !self.has_current_leaf(case);
        let commits = plan.removes_revoked || renews || policy.is_some();
        if change.add.is_empty() && change.remove.is_empty() && !commits {
            // Everybody who should be there is, and nobody else.
            if plan.ends_emergency {
                for entry in plan.then {
                    self.state.delete(&record::numbered(OUTBOX, case, entry));
                }
            }
            self.state.delete(&record::numbered(PLAN, case, order));
            return Ok(false);
        }
        let now = self.now();
        let made = match &policy {
            Some(policy) => self.mls.stage_policy(&mut self.state, case, policy, now),
            None => self.mls.stage_commit(&mut self.state, case, &change, now),
        };
        let staged = match made {
            Ok(staged) => StagedCommit {
                request_id: self.request_id(),
                epoch: staged.epoch,
                commit: staged.commit,
                welcome: staged.welcome.unwrap_or_default(),
                group_info: staged.group_info,
                accepted: false,
            },
            Err(_) if plan.removes_revoked => {
                // Somebody must make it, so it is never given up: the log will bring what is
                // missing here, or another member's commit.
                self.wait_for_log(case);
                return Ok(true);
            }
            Err(error) if plan.renews => {
                self.renewal_not_made(case, order, &signed::mls(error));
                return Ok(false);
            }
            Err(error) => return self.plan_failed(case, signed::mls(error)).map(|()| false),
        };
        plan.staged = Some(staged.clone());
        record::write(&mut self.state, record::numbered(PLAN, case, order), &plan);
        self.send_commit(case, staged);
        Ok(true)
    }

    /// What is left to change, given who is in the group now.
    fn change(&self, case: CaseId, plan: &PlanRecord) -> Result<Change> {
        let members = self.mls.members(&self.state, case).map_err(signed::mls)?;
        let present: BTreeSet<DeviceId> = members
            .iter()
            .map(|member| member.identity.device.device)
            .collect();
        let mut add = Vec::new();
        for claimed in plan.add.iter().flat_map(|person| &person.claimed) {
            let device = claimed.device_id.as_ref();
            if !device.is_empty() && !present.contains(&DeviceId::try_from(device)?) {
                add.push(claimed.key_package.clone());
            }
        }
        let remove = members
            .iter()
            .map(|member| &member.identity.device)
            .filter(|device| {
                plan.remove
                    .contains(&device.practitioner_name().to_string())
                    || plan.remove_devices.contains(&device.to_string())
            })
            .map(|device| device.device)
            .collect();
        Ok(Change { add, remove })
    }

    fn send_commit(&mut self, case: CaseId, staged: StagedCommit) {
        let request = delivery::CommitRequest {
            request_id: staged.request_id,
            group_id: case.into(),
            epoch: staged.epoch,
            commit: staged.commit,
            welcome: staged.welcome,
            group_info: staged.group_info,
        };
        self.call(Purpose::Commit { case }, Call::Commit(request));
    }

    pub(crate) fn claimed(
        &mut self,
        case: CaseId,
        practitioner: &str,
        response: keypackage::ClaimKeyPackagesResponse,
    ) -> Result<()> {
        let mut claimed: Vec<_> = response
            .key_packages
            .into_iter()
            .map(|claimed| ClaimedKeyPackage {
                device_id: claimed.device_id,
                key_package: claimed.key_package,
            })
            .collect();
        if claimed.is_empty() {
            if practitioner != self.me.practitioner().to_string() {
                let error = Error::new(
                    Reason::KeyPackagesExhausted,
                    "the person has no enrolled device: ask them to enrol first",
                );
                return self.claim_refused(case, practitioner, error);
            }
            // This person has no other device; an empty claim marks the answer.
            claimed.push(ClaimedKeyPackage::default());
        }
        self.change_plan(case, |plan| {
            if let Some(person) = plan
                .add
                .iter_mut()
                .find(|person| person.practitioner == practitioner)
            {
                person.claimed = claimed;
            }
        })
    }

    pub(crate) fn commit_accepted(&mut self, case: CaseId) -> Result<()> {
        self.change_plan(case, |plan| {
            if let Some(staged) = &mut plan.staged {
                staged.accepted = true;
            }
        })
    }

    pub(crate) fn commit_refused(&mut self, case: CaseId, error: Error) -> Result<()> {
        self.refused_at(case, &error)?;
        let first = self.first_plan(case)?;
        let Some((order, plan)) = first.filter(|(_, plan)| plan.staged.is_some()) else {
            // It was dropped meanwhile, by what the log brought.
            return Ok(());
        };
        if matches!(error.reason, Reason::StaleEpoch | Reason::CommitRequired) {
            // Another commit won, or a removal was proposed. It is on its way in the log and
            // will drop ours.
            self.wait_for_log(case);
            return Ok(());
        }
        if plan.removes_revoked {
            // It must be made, by somebody: try again with what the log has brought by then.
            self.commit_lost(case)?;
            self.wait_for_log(case);
            return Ok(());
        }
        self.discard_staged(case)?;
        if plan.renews {
            self.renewal_not_made(case, order, &error);
            return Ok(());
        }
        self.plan_failed(case, error)
    }

    /// Somebody cannot be added. A change of the team fails as a whole; a new case is opened
    /// without them, since what it says must not be lost.
    pub(crate) fn claim_refused(
        &mut self,
        case: CaseId,
        practitioner: &str,
        error: Error,
    ) -> Result<()> {
        let error = error.with("practitioner", practitioner);
        let conversation = self.conversation(case)?;
        let founding = conversation.record.joined_seq == 0 && !conversation.view.is_opened();
        if !founding {
            return self.plan_failed(case, error);
        }
        self.change_plan(case, |plan| {
            plan.add
                .retain(|person| person.practitioner != practitioner);
        })?;
        self.update(Update::TeamChangeFailed { case, error });
        Ok(())
    }

    /// Drops a staged commit that will never be merged, if MLS still holds it.
    fn discard_staged(&mut self, case: CaseId) -> Result<()> {
        use relais_mls::Error::{NothingStaged, Removed, UnknownGroup};
        match self.mls.discard_staged(&mut self.state, case) {
            Ok(()) | Err(NothingStaged | Removed | UnknownGroup) => Ok(()),
            Err(error) => Err(signed::mls(error)),
        }
    }

    /// Makes what was staged in a group that this device has joined anew be staged again.
    pub(crate) fn unstage(&mut self, case: CaseId) -> Result<()> {
        self.change_plan(case, |plan| plan.staged = None)?;
        for (order, mut row) in self.outbox(case)? {
            row.staged = None;
            record::write(&mut self.state, record::numbered(OUTBOX, case, order), &row);
        }
        Ok(())
    }

    /// True if this commit is the one that we staged.
    pub(crate) fn is_own_commit(&self, case: CaseId, payload: &[u8]) -> Result<bool> {
        let plan = self.first_plan(case)?;
        Ok(plan
            .and_then(|(_, plan)| plan.staged)
            .is_some_and(|staged| staged.commit.as_ref() == payload))
    }

    /// Our commit won: the plan is done, and the newcomers are given the history.
    pub(crate) fn commit_won(
        &mut self,
        case: CaseId,
        seq: u64,
        change: &EpochChange,
    ) -> Result<()> {
        let Some((order, plan)) = self.first_plan(case)? else {
            return Ok(());
        };
        self.state.delete(&record::numbered(PLAN, case, order));
        self.forget_removals(case);
        self.resume(case);
        self.vacate_seats(case, change)?;
        if !change.added.is_empty() {
            let after = plan.then.last().copied().unwrap_or(0);
            let devices: Vec<DeviceName> =
                change.added.iter().map(|it| it.device.clone()).collect();
            let newcomers = history::Newcomers {
                devices: &devices,
                announced: &plan.then,
                again: false,
            };
            self.share_history(case, seq, after, newcomers)?;
        }
        Ok(())
    }

    /// Another's commit won: ours is dropped, and planned again.
    pub(crate) fn commit_lost(&mut self, case: CaseId) -> Result<()> {
        let staged = self
            .first_plan(case)?
            .is_some_and(|(_, plan)| plan.staged.is_some());
        if staged {
            self.discard_staged(case)?;
            self.change_plan(case, |plan| plan.staged = None)?;
        }
        self.resume(case);
        Ok(())
    }

    /// The plan cannot be made: what was to announce it is not sent.
    pub(crate) fn plan_failed(&mut self, case: CaseId, error: Error) -> Result<()> {
        if let Some((order, plan)) = self.first_change(case)? {
            for entry in plan.then {
                self.state.delete(&record::numbered(OUTBOX, case, entry));
            }
            self.state.delete(&record::numbered(PLAN, case, order));
        }
        self.update(Update::TeamChangeFailed { case, error });
        Ok(())
    }

    pub(crate) fn create_group(&mut self, case: CaseId) -> Result<()> {
        let Some(genesis) = self.conversation(case)?.record.genesis.clone() else {
            return Ok(());
        };
        let request = delivery::CreateGroupRequest {
            request_id: genesis.request_id,
            group_id: case.into(),
            group_info: genesis.group_info,
            ratchet_tree: genesis.ratchet_tree,
        };
        self.call(Purpose::CreateGroup { case }, Call::CreateGroup(request));
        Ok(())
    }

    pub(crate) fn group_created(&mut self, case: CaseId) -> Result<()> {
        let conversation = self.conversation_mut(case)?;
        conversation.record.genesis = None;
        let row = conversation.record.clone();
        record::write(&mut self.state, record::key(CASE, case), &row);
        Ok(())
    }

    /// The server will never take this group: the case cannot be worked.
    pub(crate) fn group_refused(&mut self, case: CaseId, error: Error) -> Result<()> {
        self.group_created(case)?;
        self.leave(case)?;
        self.update(Update::TeamChangeFailed { case, error });
        Ok(())
    }

    pub(crate) fn first_plan(&self, case: CaseId) -> Result<Option<(u64, PlanRecord)>> {
        let prefix = record::key(PLAN, case);
        let first = self.state.scan(&prefix).next();
        first
            .map(|(key, value)| Ok((record::number(key)?, record::decode(value)?)))
            .transpose()
    }

    /// The first plan of a person, not of a revocation or a renewal.
    fn first_change(&self, case: CaseId) -> Result<Option<(u64, PlanRecord)>> {
        let prefix = record::key(PLAN, case);
        for (key, value) in self.state.scan(&prefix) {
            let plan: PlanRecord = record::decode(value)?;
            if !plan.removes_revoked && !plan.renews {
                return Ok(Some((record::number(key)?, plan)));
            }
        }
        Ok(None)
    }

    pub(crate) fn change_plan(
        &mut self,
        case: CaseId,
        change: impl FnOnce(&mut PlanRecord),
    ) -> Result<()> {
        if let Some((order, mut plan)) = self.first_plan(case)? {
            change(&mut plan);
            record::write(&mut self.state, record::numbered(PLAN, case, order), &plan);
        }
        Ok(())
    }
}
