//! Partnerships of this person's organisation: what the directory says, as far as it is proved.
//!
//! The server cannot raise a stage: that takes a signature of each organisation, by a device whose
//! certificate is in the transparency log. It could keep a later lowering to itself, so the last
//! terms that were verified are kept, and nothing older is believed again.

use bytes::Bytes;
use prost::Message;
use relais_care::{CommitmentKind, PartnershipStage, Terms};
use relais_mls::Chain;
use relais_proto::{directory, from_proto_time, to_proto_time};
use relais_types::{DeviceName, Error, OrgDomain, PractitionerName, Result, Timestamp};

use crate::{
    account::Account,
    record,
    trust::{InLog, Unproved},
};

/// Prefix of [`PartnerRecord`]s, by domain.
const PARTNER: &[u8] = b"partner/";
/// Label of a signature under terms.
const TERMS: &str = "relais/partnership/v1";
/// Label of a signature under what was counted.
const ADHERENCE: &str = "relais/adherence/v1";

/// How this person's organisation stands to another, as far as it is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// The other organisation.
    pub organisation: OrgDomain,
    /// The stage that holds.
    pub stage: PartnershipStage,
    /// The last terms that both have signed, if they still hold as to the commitments.
    pub agreed: Option<Terms>,
    /// When what holds was signed, by the last signer's clock.
    pub since: Option<Timestamp>,
    /// What waits for the other signature.
    pub proposed: Option<Proposal>,
    /// The last revision that either has signed; the next one is one more.
    pub revision: u32,
    /// What of it cannot be believed, and why; it counts for nothing.
    pub problem: Option<String>,
    /// The last revision that was verified to hold; 0 if there is none.
    in_force: u32,
}

/// Terms that one of two organisations has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The terms.
    pub terms: Terms,
    /// Who has signed.
    pub by: OrgDomain,
    /// The bytes that were signed, for the other signature.
    signed: Bytes,
}

/// What somebody has told of how commitments were kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who has counted.
    pub publisher: PractitionerName,
    /// From when on it was asked.
    pub since: Timestamp,
    /// When it was counted, by their clock.
    pub counted_at: Timestamp,
    /// What was counted.
    pub adherence: Vec<ToldAdherence>,
}

/// How one commitment was kept, as told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldAdherence {
    /// Who has committed.
    pub organisation: OrgDomain,
    /// To what.
    pub kind: CommitmentKind,
    /// Within so many business days.
    pub business_days: u32,
    /// Requests that came due.
    pub due: u32,
    /// Of these, those that were answered in time.
    pub kept: u32,
    /// The median time to an answer in hours of business time.
    pub median_hours: u32,
}

/// Terms whose signatures were verified.
struct Verified {
    terms: Terms,
    /// Who has signed, and the last time that somebody did.
    signers: Vec<OrgDomain>,
    at: Timestamp,
}

/// The last terms in force with a partner that were verified: the server cannot go back behind
/// them.
#[derive(Clone, PartialEq, Message)]
struct PartnerRecord {
    #[prost(uint32, tag = "1")]
    revision: u32,
    #[prost(message, optional, tag = "2")]
    partnership: Option<directory::Partnership>,
}

impl Account {
    /// Has the log asked for everybody who signed what the directory says, or has told; the
    /// account settles once it has answered.
    pub fn expect_partners(
        &mut self,
        found: &[directory::Partnership],
        told: &[directory::SignedAdherence],
    ) {
        let terms = found.iter().flat_map(|partnership| {
            let signed = [
                &partnership.agreed,
                &partnership.lowered,
                &partnership.proposed,
            ];
            signed.into_iter().flatten()
        });
        let signatures = terms.flat_map(|signed| &signed.signatures);
        let signed = signatures
            .map(|signature| (&signature.certificate_chain, signature.sign_time))
            .chain(told.iter().map(|told| {
                let statement = directory::AdherenceStatement::decode(told.statement.clone());
                let at = statement.ok().and_then(|statement| statement.count_time);
                (&told.certificate_chain, at)
            }));
        let mut signers = Vec::new();
        for (chain, at) in signed {
            let at = at.and_then(|at| from_proto_time("sign_time", &at).ok());
            // What does not verify is told when it is judged.
            if let Some(signer) = at.and_then(|at| self.signer(chain, at).ok()) {
                signers.push(signer.unproved);
            }
        }
        self.partner_signers = signers
            .into_iter()
            .filter(|signer| !self.is_proved(&signer.fingerprint))
            .collect();
    }

    /// True while the log has to be asked for somebody.
    pub(crate) fn waits_for_partners(&self) -> bool {
        let mut signers = self.partner_signers.iter();
        !self.is_deceived() && signers.any(|signer| self.in_log(signer) == InLog::Unknown)
    }

    /// How this person's organisation stands to others, by what the directory says and by what was
    /// verified before. Call [`Account::expect_partners`] first, and let the account settle.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn partners(&mut self, found: &[directory::Partnership]) -> Result<Vec<Partner>> {
        let own = self.me.device.organisation.clone();
        let mut partners: Vec<Partner> = Vec::new();
        for partnership in found {
            let Some(organisation) = other_of(partnership, &own) else {
                continue;
            };
            let partner = self.judge(&organisation, partnership, &own);
            partners.push(self.keep_partner(partner, partnership)?);
        }
        let kept = self.state.scan(PARTNER).map(|(key, value)| {
            let domain = String::from_utf8_lossy(&key[PARTNER.len()..]).parse()?;
            Ok((domain, record::decode::<PartnerRecord>(value)?))
        });
        for (organisation, row) in kept.collect::<Result<Vec<(OrgDomain, _)>>>()? {
            let known = partners
                .iter()
                .any(|partner| partner.organisation == organisation);
            if let Some(partnership) = row.partnership.filter(|_| !known) {
                let mut partner = self.judge(&organisation, &partnership, &own);
                partner.problem = Some(OLDER.to_owned());
                partners.push(partner);
            }
        }
        self.partner_signers.clear();
        partners.sort_by(|a, b| a.organisation.cmp(&b.organisation));
        Ok(partners)
    }

    /// What is proved of a partnership.
    fn judge(
        &self,
        organisation: &OrgDomain,
        partnership: &directory::Partnership,
        own: &OrgDomain,
    ) -> Partner {
        let mut partner = Partner {
            organisation: organisation.clone(),
            stage: PartnershipStage::Listed,
            agreed: None,
            since: None,
            proposed: None,
            revision: 0,
            problem: None,
            in_force: 0,
        };
        let mut problem = None;
        let mut verified = |signed: &Option<directory::SignedTerms>| {
            let signed = signed.as_ref()?;
            match self.verify_terms(signed, [own, organisation]) {
                Ok(verified) => Some(verified),
                Err(why) => {
                    problem = Some(why);
                    None
                }
            }
        };
        let agreed = verified(&partnership.agreed).filter(|it| it.signers.len() == 2);
        let lowered = verified(&partnership.lowered);
        let proposed = verified(&partnership.proposed);
        if let Some(agreed) = agreed {
            partner.stage = agreed.terms.stage;
            partner.since = Some(agreed.at);
            partner.revision = agreed.terms.revision;
            partner.agreed = Some(agreed.terms);
        }
        if let Some(lowered) = lowered.filter(|it| it.terms.revision > partner.revision) {
            partner.revision = lowered.terms.revision;
            // One signature is enough to come down, and for nothing else.
            if lowered.terms.stage < partner.stage {
                partner.stage = lowered.terms.stage;
                partner.since = Some(lowered.at);
            }
        }
        partner.in_force = partner.revision;
        if partner.stage == PartnershipStage::Listed {
            partner.agreed = None;
        }
        if let Some(proposed) = proposed.filter(|it| it.terms.revision > partner.revision)
            && let [by] = proposed.signers.as_slice()
        {
            partner.revision = proposed.terms.revision;
            partner.proposed = Some(Proposal {
                by: by.clone(),
                terms: proposed.terms,
                signed: partnership
                    .proposed
                    .as_ref()
                    .map(|signed| signed.terms.clone())
                    .unwrap_or_default(),
            });
        }
        partner.problem = problem;
        partner
    }

    /// Keeps what was verified, and takes what was kept if it is later.
    fn keep_partner(
        &mut self,
        partner: Partner,
        shown: &directory::Partnership,
    ) -> Result<Partner> {
        let key = [PARTNER, partner.organisation.as_str().as_bytes()].concat();
        let row: PartnerRecord = record::read(&self.state, &key)?.unwrap_or_default();
        if let Some(kept) = row
            .partnership
            .as_ref()
            .filter(|_| row.revision > partner.in_force)
        {
            let own = self.me.device.organisation.clone();
            let mut known = self.judge(&partner.organisation, kept, &own);
            known.problem = Some(partner.problem.unwrap_or_else(|| OLDER.to_owned()));
            return Ok(known);
        }
        // One signature never raises: a later stage above what is known takes a later agreement.
        if let Some(kept) = &row.partnership {
            let own = self.me.device.organisation.clone();
            let mut known = self.judge(&partner.organisation, kept, &own);
            let agreed = partner.agreed.as_ref().map_or(0, |terms| terms.revision);
            if partner.stage > known.stage && agreed <= row.revision {
                known.problem = Some(partner.problem.unwrap_or_else(|| OLDER.to_owned()));
                return Ok(known);
            }
        }
        // What cannot be verified yet is not what is known.
        if partner.problem.is_none() && partner.in_force > row.revision {
            let row = PartnerRecord {
                revision: partner.in_force,
                partnership: Some(directory::Partnership {
                    proposed: None,
                    ..shown.clone()
                }),
            };
            record::write(&mut self.state, key, &row);
        }
        Ok(partner)
    }

    fn verify_terms(
        &self,
        signed: &directory::SignedTerms,
        two: [&OrgDomain; 2],
    ) -> Result<Verified, String> {
        let terms = directory::PartnershipTerms::decode(signed.terms.clone())
            .map_err(|_| "the terms are malformed".to_owned())?;
        let terms = Terms::read(&terms).map_err(|error| format!("the terms {error}"))?;
        if !terms.organisations.iter().all(|it| two.contains(&it)) {
            return Err("the terms are between others".to_owned());
        }
        let mut signers: Vec<OrgDomain> = Vec::new();
        let mut last = Timestamp::from_micros(i64::MIN);
        for signature in &signed.signatures {
            let at = from_proto_time("sign_time", &signature.sign_time.unwrap_or_default())
                .map_err(|error| error.to_string())?;
            let message = [&at.as_micros().to_be_bytes()[..], &signed.terms].concat();
            let signer = self.proved_signer(&signature.certificate_chain, at)?;
            relais_mls::verify(&signer.key, TERMS, &message, &signature.signature)
                .map_err(|_| "a signature under the terms does not verify".to_owned())?;
            let organisation = signer.unproved.device.organisation;
            if !terms.organisations.contains(&organisation) || signers.contains(&organisation) {
                return Err("somebody else has signed the terms".to_owned());
            }
            signers.push(organisation);
            last = last.max(at);
        }
        if signers.is_empty() {
            return Err("nobody has signed the terms".to_owned());
        }
        Ok(Verified {
            terms,
            signers,
            at: last,
        })
    }

    /// The request that brings this organisation's signature under new terms.
    pub fn sign_terms(&mut self, terms: &Terms) -> directory::SignPartnershipRequest {
        self.sign_bytes(Bytes::from(terms.to_wire().encode_to_vec()))
    }

    /// The request that brings this organisation's signature under what the other has proposed.
    pub fn sign_proposal(&mut self, proposal: &Proposal) -> directory::SignPartnershipRequest {
        self.sign_bytes(proposal.signed.clone())
    }

    fn sign_bytes(&mut self, terms: Bytes) -> directory::SignPartnershipRequest {
        let now = self.now();
        let message = [&now.as_micros().to_be_bytes()[..], &terms].concat();
        let signature = self.mls.key().sign(TERMS, &message);
        directory::SignPartnershipRequest {
            request_id: self.request_id(),
            signed: Some(directory::SignedTerms {
                terms,
                signatures: vec![directory::TermsSignature {
                    sign_time: Some(to_proto_time(now)),
                    signature: Bytes::copy_from_slice(&signature),
                    certificate_chain: self.mls.chain().certificates().to_vec(),
                }],
            }),
        }
    }

    /// The request that tells a partner how commitments were kept.
    pub fn tell_adherence(
        &mut self,
        partner: &OrgDomain,
        since: Timestamp,
        counts: &[ToldAdherence],
    ) -> directory::PublishAdherenceRequest {
        let statement = directory::AdherenceStatement {
            organisations: vec![
                self.me.device.organisation.resource_name(),
                partner.resource_name(),
            ],
            since: Some(to_proto_time(since)),
            count_time: Some(to_proto_time(self.now())),
            adherences: counts
                .iter()
                .map(|told| directory::Adherence {
                    organisation: told.organisation.resource_name(),
                    kind: told.kind.to_wire(),
                    business_days: told.business_days,
                    due: told.due,
                    kept: told.kept,
                    median_hours: told.median_hours,
                })
                .collect(),
        };
        let statement = Bytes::from(statement.encode_to_vec());
        let signature = self.mls.key().sign(ADHERENCE, &statement);
        directory::PublishAdherenceRequest {
            request_id: self.request_id(),
            signed: Some(directory::SignedAdherence {
                signature: Bytes::copy_from_slice(&signature),
                certificate_chain: self.mls.chain().certificates().to_vec(),
                statement,
            }),
        }
    }

    /// What was told between this organisation and a partner, or why it cannot be believed. Call
    /// [`Account::expect_partners`] first, and let the account settle.
    pub fn adherence(
        &mut self,
        partner: &OrgDomain,
        told: &[directory::SignedAdherence],
    ) -> Vec<Result<Told, String>> {
        let verified = told
            .iter()
            .map(|told| self.verify_adherence(told, partner))
            .collect();
        self.partner_signers.clear();
        verified
    }

    fn verify_adherence(
        &self,
        told: &directory::SignedAdherence,
        partner: &OrgDomain,
    ) -> Result<Told, String> {
        let text = |error: Error| error.to_string();
        let statement = directory::AdherenceStatement::decode(told.statement.clone())
            .map_err(|_| "it is malformed".to_owned())?;
        let counted_at = from_proto_time("count_time", &statement.count_time.unwrap_or_default())
            .map_err(text)?;
        let signer = self.proved_signer(&told.certificate_chain, counted_at)?;
        relais_mls::verify(&signer.key, ADHERENCE, &told.statement, &told.signature)
            .map_err(|_| "its signature does not verify".to_owned())?;
        let publisher = signer.unproved.device.practitioner_name();
        let own = &self.me.device.organisation;
        let other = if publisher.organisation == *own {
            partner
        } else {
            own
        };
        let names = [
            publisher.organisation.resource_name(),
            other.resource_name(),
        ];
        let is_between = publisher.organisation == *own || publisher.organisation == *partner;
        if !is_between || statement.organisations != names {
            return Err("it is about others".to_owned());
        }
        let adherence = statement.adherences.iter().map(|told| {
            let organisation = OrgDomain::from_resource_name(&told.organisation).ok();
            let organisation = organisation.filter(|it| it == own || it == partner);
            let kind = CommitmentKind::from_wire(told.kind);
            let (Some(organisation), Some(kind)) = (organisation, kind) else {
                return Err("it counts what this version does not know".to_owned());
            };
            if told.kept > told.due {
                return Err("its counts contradict each other".to_owned());
            }
            Ok(ToldAdherence {
                organisation,
                kind,
                business_days: told.business_days,
                due: told.due,
                kept: told.kept,
                median_hours: told.median_hours,
            })
        });
        Ok(Told {
            since: from_proto_time("since", &statement.since.unwrap_or_default()).map_err(text)?,
            adherence: adherence.collect::<Result<_, String>>()?,
            publisher,
            counted_at,
        })
    }

    /// Who has signed at a time, as their certificates say.
    fn signer(&self, chain: &[Bytes], at: Timestamp) -> Result<Signer, String> {
        let problem = |why: String| format!("a signer's certificate does not verify: {why}");
        let chain = Chain::new(chain.to_vec()).map_err(|error| problem(error.to_string()))?;
        let named = self
            .mls
            .anchors()
            .verify(&chain, at)
            .map_err(|error| problem(error.to_string()))?;
        Ok(Signer {
            key: named.public_key,
            unproved: Unproved {
                fingerprint: chain.fingerprint(),
                device: named.device,
            },
        })
    }

    /// The same, if the log knows the certificate.
    fn proved_signer(&self, chain: &[Bytes], at: Timestamp) -> Result<Signer, String> {
        let signer = self.signer(chain, at)?;
        let device: &DeviceName = &signer.unproved.device;
        match self.in_log(&signer.unproved) {
            InLog::Yes => Ok(signer),
            InLog::No => Err(format!(
                "the device {device} that has signed is not in the transparency log, and somebody \
                 may have made it up"
            )),
            InLog::Unknown => Err(format!(
                "the transparency log has not said yet whether it knows the device {device} that \
                 has signed: try again"
            )),
        }
    }
}

/// What is told of a server that shows less than it has shown before.
const OLDER: &str = "the server shows older terms than it has shown before; what was verified then \
                     still counts: tell the operator of the server";

struct Signer {
    key: [u8; 32],
    unproved: Unproved,
}

/// The other organisation that a partnership names, before anything of it is verified.
fn other_of(partnership: &directory::Partnership, own: &OrgDomain) -> Option<OrgDomain> {
    let signed = [
        &partnership.agreed,
        &partnership.lowered,
        &partnership.proposed,
    ];
    signed.into_iter().flatten().find_map(|signed| {
        let terms = directory::PartnershipTerms::decode(signed.terms.clone()).ok()?;
        let mut names = terms.organisations.iter();
        let is_own = names.any(|name| *name == own.resource_name());
        let other = terms
            .organisations
            .iter()
            .find(|name| **name != own.resource_name());
        other
            .filter(|_| is_own)
            .and_then(|name| OrgDomain::from_resource_name(name).ok())
    })
}
