//! Proof before sending: every certificate of a group is in the log.

use relais_mls::{Chain, EpochChange};
use relais_proto::transparency::{
    GetInclusionProofsRequest, GetInclusionProofsResponse, InclusionProof,
};
use relais_transparency::{
    Checkpoint, Event, Happening,
    merkle::{leaf_hash, verify_inclusion},
};
use relais_types::{CaseId, DeviceName, Error, Reason, Result};

use super::{Breach, Checked, PROVED, Unproved, hex, log::hashes};
use crate::{
    account::Account,
    event::{Alarm, Update},
    record::{ClaimedKeyPackage, PlanRecord},
    signed,
};

/// How those who are to be added stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Newcomers {
    /// All are in the log.
    Proved,
    /// A proof is on its way.
    Waiting,
    /// Somebody cannot be added; the plan is another one now.
    Refused,
}

/// How one who is to be added stands.
enum Newcomer {
    Proved,
    Waiting,
    /// The key package is not used; says why.
    Refused(Error),
}

/// Most certificates in one call.
const BATCH: usize = 1_000;

impl Account {
    /// True if nothing stands against sending to the case now. A case with a ghost device can
    /// only be cleared of it.
    pub(crate) fn may_send(&mut self, case: CaseId) -> Result<bool> {
        // First, since it may end what stands against the case.
        let is_proved = self.unproved(case)?.is_empty();
        Ok(is_proved && self.trust.breach(Some(case)).is_none() && !self.trust.is_withheld())
    }

    /// True if the case waits for a person and not for the server: nothing will be sent.
    pub(crate) fn is_stopped(&self, case: CaseId) -> bool {
        self.trust.breach(Some(case)).is_some()
    }

    /// True if what is planned removes every device that stops the case, which is allowed while
    /// nothing else is. `proposed` are those whose removal the server proposes: that ends a ghost,
    /// which the server could have left out as well, and nothing that contradicts the server.
    pub(crate) fn clears_suspects(
        &self,
        case: CaseId,
        plans: &[PlanRecord],
        proposed: &[DeviceName],
    ) -> bool {
        let expelled = |device: &DeviceName| {
            let name = device.to_string();
            plans.iter().any(|plan| plan.remove_devices.contains(&name))
        };
        let standing = self.trust.evidence.iter().filter(|it| !it.resolved);
        let mut concerning =
            standing.filter(|it| it.breach.case().is_none_or(|concerned| concerned == case));
        concerning.all(|it| match &it.breach {
            Breach::Ghost { device, .. } => expelled(device) || proposed.contains(device),
            other => other.suspect().is_some_and(expelled),
        })
    }

    /// The certificates of the case's group that are not proved.
    fn unproved(&mut self, case: CaseId) -> Result<&[Unproved]> {
        if !self.trust.unproved.contains_key(&case) {
            let members = self.mls.members(&self.state, case).map_err(signed::mls)?;
            let unproved = members
                .iter()
                .filter_map(|member| {
                    let fingerprint = member.chain.fingerprint();
                    let device = member.identity.device.clone();
                    (!self.is_proved(&fingerprint)).then_some(Unproved {
                        fingerprint,
                        device,
                    })
                })
                .collect();
            self.trust.unproved.insert(case, unproved);
            self.resolve_ghosts(case)?;
        }
        Ok(self.trust.unproved.get(&case).map_or(&[], Vec::as_slice))
    }

    pub(crate) fn is_proved(&self, fingerprint: &[u8; 32]) -> bool {
        self.state.get(&[PROVED, fingerprint].concat()).is_some()
    }

    /// What is to be asked for: the unproved certificates of all open cases, and of those who are
    /// to be added; if there is room, of those for whom no case waits.
    pub(super) fn wanted_proofs(&mut self) -> Result<Vec<Unproved>> {
        let mut wanted: std::collections::BTreeSet<Unproved> = self.trust.newcomers.clone();
        let open = self.cases.iter().filter(|(_, case)| case.is_open());
        for case in open.map(|(id, _)| *id).collect::<Vec<_>>() {
            wanted.extend(self.unproved(case)?.iter().cloned());
        }
        let others = self.unproved_signers().filter(|it| !wanted.contains(*it));
        let others: std::collections::BTreeSet<Unproved> = others.cloned().collect();
        let all = wanted.into_iter().chain(others);
        let known = |it: &Unproved| self.trust.absent.contains(&it.fingerprint);
        Ok(all.filter(|it| !known(it)).take(BATCH).collect())
    }

    pub(super) fn proofs_request(&self, wanted: &[Unproved]) -> GetInclusionProofsRequest {
        let held = self.trust.held.as_ref();
        GetInclusionProofsRequest {
            certificates_sha256: wanted
                .iter()
                .map(|it| it.fingerprint.to_vec().into())
                .collect(),
            from_size: held.map_or(0, |held| held.checkpoint.size),
        }
    }

    pub(super) fn proofs_came(
        &mut self,
        asked: &[Unproved],
        response: GetInclusionProofsResponse,
    ) -> Result<()> {
        let Some(log) = self.log_came(response.log)? else {
            return Ok(());
        };
        let mut absent = Vec::new();
        for wanted in asked {
            let mut proofs = response.proofs.iter();
            let proof = proofs.find(|it| it.certificate_sha256 == wanted.fingerprint.as_slice());
            match proof {
                None => absent.push(wanted),
                Some(proof) if proves(proof, wanted, &log.checkpoint) => {
                    let key = [PROVED, wanted.fingerprint.as_slice()].concat();
                    self.state.put(key, Vec::new());
                }
                Some(_) => {
                    self.log_unverifiable(format!("its proof for {}", wanted.device));
                    return Ok(());
                }
            }
        }
        self.trust.checked = self.trust.checked.max(Checked::Log);
        self.trust.failures = 0;
        self.trust.unanswered = 0;
        for wanted in asked {
            self.trust.newcomers.remove(wanted);
        }
        self.trust.unproved.clear();
        for wanted in absent {
            self.trust.absent.insert(wanted.fingerprint);
            self.ghost_found(wanted, &log.to_string())?;
        }
        self.judge_authors()
    }

    /// A certificate is not in the log: whoever has it in a group stops there.
    fn ghost_found(&mut self, ghost: &Unproved, log: &str) -> Result<()> {
        for case in self.cases.keys().copied().collect::<Vec<_>>() {
            if !self.conversation(case)?.is_open() || !self.unproved(case)?.contains(ghost) {
                continue;
            }
            let breach = Breach::Ghost {
                case,
                device: ghost.device.clone(),
            };
            let shown = format!(
                "certificate {} of {}",
                hex(&ghost.fingerprint),
                ghost.device
            );
            self.breached(breach, log.to_owned(), shown)?;
        }
        Ok(())
    }

    /// Ghosts that are in the case no more stop nothing any more.
    fn resolve_ghosts(&mut self, case: CaseId) -> Result<()> {
        let members = self.members(case)?;
        self.resolve(case, |breach| match breach {
            Breach::Ghost { device, .. } => !members.contains(device),
            _ => false,
        });
        Ok(())
    }

    /// Whoever a member has removed, and not the server, contradicts nobody any more.
    pub(crate) fn resolve_suspicions(&mut self, case: CaseId, change: &EpochChange) {
        let removed = |device: &DeviceName| {
            change.removed.contains(device) && !change.revoked.contains(device)
        };
        self.resolve(case, |breach| breach.suspect().is_some_and(removed));
    }

    fn resolve(&mut self, case: CaseId, ended: impl Fn(&Breach) -> bool) {
        for number in 0..self.trust.evidence.len() {
            let Some(evidence) = self.trust.evidence.get_mut(number) else {
                continue;
            };
            let concerned = evidence.breach.case() == Some(case);
            if concerned && !evidence.resolved && ended(&evidence.breach) {
                evidence.resolved = true;
                let row = evidence.clone();
                self.write_evidence(number as u64, &row);
            }
        }
    }

    /// Whether everybody who is to be added is who was asked for, and proved to be in the log.
    /// Whoever is not is left out of the plan, and people are told.
    ///
    /// It is looked at whenever they are about to be used, so that nothing which could not be
    /// judged before, such as what was not valid yet, gets by.
    pub(crate) fn newcomers(&mut self, case: CaseId, plan: &mut PlanRecord) -> Result<Newcomers> {
        let mut waiting = false;
        let mut refused = Vec::new();
        for person in &mut plan.add {
            let mut why = None;
            for claimed in std::mem::take(&mut person.claimed) {
                match self.newcomer(case, &person.practitioner, &claimed)? {
                    Newcomer::Proved => {}
                    Newcomer::Waiting => waiting = true,
                    Newcomer::Refused(error) => {
                        why = Some(error);
                        continue;
                    }
                }
                person.claimed.push(claimed);
            }
            if let Some(error) = why
                && person.claimed.is_empty()
            {
                // So that the person is not asked for again meanwhile.
                person.claimed.push(ClaimedKeyPackage::default());
                refused.push((person.practitioner.clone(), error));
            }
        }
        self.change_plan(case, |stored| stored.clone_from(plan))?;
        let any_refused = !refused.is_empty();
        for (practitioner, error) in refused {
            self.claim_refused(case, &practitioner, error)?;
        }
        Ok(if any_refused {
            Newcomers::Refused
        } else if waiting {
            Newcomers::Waiting
        } else {
            Newcomers::Proved
        })
    }

    /// Judges one claimed key package: the server alone must not choose who reads a case.
    fn newcomer(
        &mut self,
        case: CaseId,
        practitioner: &str,
        claimed: &ClaimedKeyPackage,
    ) -> Result<Newcomer> {
        if claimed.key_package.is_empty() {
            // The mark of a person without a device to add.
            return Ok(Newcomer::Proved);
        }
        let opened = self.mls.open_key_package(&claimed.key_package, self.now());
        let (identity, chain) = match opened {
            Ok(opened) => opened,
            Err(error) => return Ok(Newcomer::Refused(signed::mls(error))),
        };
        let device = identity.device;
        if device.practitioner_name().to_string() != practitioner
            || device.device.as_bytes().as_slice() != claimed.device_id.as_ref()
        {
            let person = practitioner.parse()?;
            self.update(Update::Alarm(Alarm::StrangerRefused {
                case,
                person,
                device,
            }));
            return Ok(Newcomer::Refused(Error::new(
                Reason::CredentialInvalid,
                "the server gave a device of somebody else in their place, so nobody was added: \
                 tell the operator of the server and your privacy officer",
            )));
        }
        let wanted = unproved_of(&chain, device);
        if self.is_proved(&wanted.fingerprint) {
            return Ok(Newcomer::Proved);
        }
        if self.trust.absent.contains(&wanted.fingerprint) {
            let device = wanted.device;
            self.update(Update::Alarm(Alarm::GhostRefused { case, device }));
            return Ok(Newcomer::Refused(Error::new(
                Reason::CredentialInvalid,
                "their device is not in the transparency log, so it was not added: ask them and \
                 your privacy officer whether it is theirs",
            )));
        }
        self.trust.newcomers.insert(wanted);
        Ok(Newcomer::Waiting)
    }
}

fn unproved_of(chain: &Chain, device: DeviceName) -> Unproved {
    Unproved {
        fingerprint: chain.fingerprint(),
        device,
    }
}

/// True if `proof` leads from a leaf that says what is wanted to the checkpoint's root.
fn proves(proof: &InclusionProof, wanted: &Unproved, log: &Checkpoint) -> bool {
    let says = match Event::decode(&proof.leaf).map(|event| event.what) {
        Ok(Happening::DeviceCertified {
            device,
            fingerprint,
        }) => device == wanted.device && fingerprint == wanted.fingerprint,
        _ => false,
    };
    let leaf = leaf_hash(&proof.leaf);
    says && hashes(&proof.hashes).is_some_and(|hashes| {
        verify_inclusion(&leaf, proof.leaf_index, log.size, &hashes, &log.root).is_ok()
    })
}
