//! What two organisations agree on: a stage, and what each commits to.
//!
//! Terms are signed by the organisations and served by the directory; here they are only read and
//! written. Who has signed them is judged where the certificates are.

use relais_proto::directory as pb;
use relais_types::OrgDomain;
use serde::Serialize;

use crate::{LoopKind, vocabulary::vocabulary};

/// Most commitments of one partnership.
const MOST: usize = 20;
/// Most business days of a commitment.
const MOST_DAYS: u32 = 60;
/// Longest coverage hours in characters.
const MAX_HOURS: usize = 120;

vocabulary! {
    /// How far two organisations have come with each other; the later ones include the earlier.
    PartnershipStage {
        /// Each may look the other up and enquire.
        Listed = "listed";
        /// Each may refer to the other.
        Referral = "referral";
        /// Each may bring the other into the teams of its cases.
        Case = "case";
    }
}

vocabulary! {
    /// What an organisation commits to.
    CommitmentKind {
        /// A referral is answered in time.
        AnswerReferral = "answer_referral";
        /// An enquiry is answered in time.
        AnswerEnquiry = "answer_enquiry";
        /// A consult is answered in time.
        AnswerConsult = "answer_consult";
        /// What is said of the room there is gets renewed. Stated, and not measured.
        RenewCapacity = "renew_capacity";
        /// Somebody is there at these hours. Stated, and not measured.
        CoverageHours = "coverage_hours";
    }
}

impl PartnershipStage {
    /// The stage with this number in the API.
    pub fn from_wire(number: i32) -> Option<Self> {
        match pb::PartnershipStage::try_from(number) {
            Ok(pb::PartnershipStage::Listed) => Some(Self::Listed),
            Ok(pb::PartnershipStage::Referral) => Some(Self::Referral),
            Ok(pb::PartnershipStage::Case) => Some(Self::Case),
            Ok(pb::PartnershipStage::Unspecified) | Err(_) => None,
        }
    }

    /// Its number in the API.
    pub fn to_wire(self) -> i32 {
        match self {
            Self::Listed => pb::PartnershipStage::Listed,
            Self::Referral => pb::PartnershipStage::Referral,
            Self::Case => pb::PartnershipStage::Case,
        }
        .into()
    }
}

impl CommitmentKind {
    /// The kind with this number in the API.
    pub fn from_wire(number: i32) -> Option<Self> {
        match pb::CommitmentKind::try_from(number) {
            Ok(pb::CommitmentKind::AnswerReferral) => Some(Self::AnswerReferral),
            Ok(pb::CommitmentKind::AnswerEnquiry) => Some(Self::AnswerEnquiry),
            Ok(pb::CommitmentKind::AnswerConsult) => Some(Self::AnswerConsult),
            Ok(pb::CommitmentKind::RenewCapacity) => Some(Self::RenewCapacity),
            Ok(pb::CommitmentKind::CoverageHours) => Some(Self::CoverageHours),
            Ok(pb::CommitmentKind::Unspecified) | Err(_) => None,
        }
    }

    /// Its number in the API.
    pub fn to_wire(self) -> i32 {
        match self {
            Self::AnswerReferral => pb::CommitmentKind::AnswerReferral,
            Self::AnswerEnquiry => pb::CommitmentKind::AnswerEnquiry,
            Self::AnswerConsult => pb::CommitmentKind::AnswerConsult,
            Self::RenewCapacity => pb::CommitmentKind::RenewCapacity,
            Self::CoverageHours => pb::CommitmentKind::CoverageHours,
        }
        .into()
    }

    /// The requests whose answers tell whether it is kept; none if cases do not tell.
    pub const fn measured(self) -> Option<LoopKind> {
        match self {
            Self::AnswerReferral => Some(LoopKind::Referral),
            Self::AnswerEnquiry => Some(LoopKind::CapacityEnquiry),
            Self::AnswerConsult => Some(LoopKind::Consult),
            Self::RenewCapacity | Self::CoverageHours => None,
        }
    }
}

/// One promise of one of two organisations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commitment {
    /// Who commits.
    pub organisation: OrgDomain,
    /// To what.
    pub kind: CommitmentKind,
    /// Within so many business days; 0 for coverage hours.
    pub business_days: u32,
    /// Coverage hours in words; empty for other kinds.
    pub hours: String,
}

/// What two organisations agree on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// The two, the lesser first.
    pub organisations: [OrgDomain; 2],
    /// Counts from 1.
    pub revision: u32,
    /// The stage.
    pub stage: PartnershipStage,
    /// What either commits to.
    pub commitments: Vec<Commitment>,
}

/// Why terms cannot be read; completes "the terms …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// They do not name two organisations, the lesser first.
    #[error("must name two organisations, the lesser domain first")]
    Organisations,
    /// The stage is none that this version knows.
    #[error("name a stage that this version does not know")]
    Stage,
    /// A commitment is none that this version knows.
    #[error("hold a commitment that this version does not know: update before you sign")]
    Commitment,
    /// A commitment is not by one of the two, not within 1 to 60 business days, or says hours
    /// that do not belong to it.
    #[error(
        "hold a commitment that is not by one of the two, not within 1 to 60 business days, or \
         without the hours it is about"
    )]
    Promise,
    /// There are more than 20 commitments.
    #[error("hold more than 20 commitments")]
    TooMany,
}

impl Terms {
    /// Terms between two organisations.
    ///
    /// # Errors
    /// What either would refuse to read.
    pub fn new(
        (one, other): (OrgDomain, OrgDomain),
        revision: u32,
        stage: PartnershipStage,
        commitments: Vec<Commitment>,
    ) -> Result<Self, TermsError> {
        let organisations = if one < other {
            [one, other]
        } else {
            [other, one]
        };
        let terms = Self {
            organisations,
            revision,
            stage,
            commitments,
        };
        // Read back, so that writer and reader cannot disagree.
        Self::read(&terms.to_wire())
    }

    /// Reads terms.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn read(terms: &pb::PartnershipTerms) -> Result<Self, TermsError> {
        let [first, second] = terms.organisations.as_slice() else {
            return Err(TermsError::Organisations);
        };
        let domain =
            |name: &str| OrgDomain::from_resource_name(name).map_err(|_| TermsError::Organisations);
        let organisations = [domain(first)?, domain(second)?];
        if organisations[0] >= organisations[1] {
            return Err(TermsError::Organisations);
        }
        if terms.commitments.len() > MOST {
            return Err(TermsError::TooMany);
        }
        let commitments = terms.commitments.iter().map(|commitment| {
            let read = Commitment {
                organisation: domain(&commitment.organisation)?,
                kind: CommitmentKind::from_wire(commitment.kind).ok_or(TermsError::Commitment)?,
                business_days: commitment.business_days,
                hours: commitment.hours.clone(),
            };
            let is_sound = if read.kind == CommitmentKind::CoverageHours {
                let length = read.hours.chars().count();
                let is_plain = !read.hours.chars().any(char::is_control);
                read.business_days == 0 && (1..=MAX_HOURS).contains(&length) && is_plain
            } else {
                read.hours.is_empty() && (1..=MOST_DAYS).contains(&read.business_days)
            };
            if is_sound && organisations.contains(&read.organisation) {
                Ok(read)
            } else {
                Err(TermsError::Promise)
            }
        });
        Ok(Self {
            commitments: commitments.collect::<Result<_, _>>()?,
            revision: terms.revision,
            stage: PartnershipStage::from_wire(terms.stage).ok_or(TermsError::Stage)?,
            organisations,
        })
    }

    /// The message that is signed.
    pub fn to_wire(&self) -> pb::PartnershipTerms {
        pb::PartnershipTerms {
            organisations: self
                .organisations
                .iter()
                .map(OrgDomain::resource_name)
                .collect(),
            revision: self.revision,
            stage: self.stage.to_wire(),
            commitments: self
                .commitments
                .iter()
                .map(|commitment| pb::Commitment {
                    organisation: commitment.organisation.resource_name(),
                    kind: commitment.kind.to_wire(),
                    business_days: commitment.business_days,
                    hours: commitment.hours.clone(),
                })
                .collect(),
        }
    }

    /// The one of the two that `organisation` is not; none if it is neither.
    pub fn other(&self, organisation: &OrgDomain) -> Option<&OrgDomain> {
        match &self.organisations {
            [first, second] if first == organisation => Some(second),
            [first, second] if second == organisation => Some(first),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org(name: &str) -> OrgDomain {
        name.parse().unwrap_or_else(|_| unreachable!())
    }

    fn promise(by: &str, kind: CommitmentKind, business_days: u32, hours: &str) -> Commitment {
        Commitment {
            organisation: org(by),
            kind,
            business_days,
            hours: hours.to_owned(),
        }
    }

    fn terms(commitments: Vec<Commitment>) -> Result<Terms, TermsError> {
        let two = (org("parc.internal"), org("laurier.internal"));
        Terms::new(two, 1, PartnershipStage::Referral, commitments)
    }

    #[test]
    fn terms_read_back_and_name_the_lesser_first() {
        let answer = promise("parc.internal", CommitmentKind::AnswerReferral, 2, "");
        let hours = promise("parc.internal", CommitmentKind::CoverageHours, 0, "9–17 h");
        let read = terms(vec![answer, hours]).expect("they are sound");
        assert_eq!(read.organisations[0], org("laurier.internal"));
        assert_eq!(Terms::read(&read.to_wire()), Ok(read.clone()));
        assert_eq!(
            read.other(&org("parc.internal")),
            Some(&org("laurier.internal"))
        );
        assert_eq!(read.other(&org("x.internal")), None);
        let mut turned = read.to_wire();
        turned.organisations.reverse();
        assert_eq!(Terms::read(&turned), Err(TermsError::Organisations));
        turned.organisations[1] = turned.organisations[0].clone();
        assert_eq!(Terms::read(&turned), Err(TermsError::Organisations));
        let mut later = read.to_wire();
        later.stage = 9;
        assert_eq!(Terms::read(&later), Err(TermsError::Stage));
    }

    #[test]
    fn a_promise_is_by_one_of_the_two_and_says_what_it_must() {
        use CommitmentKind::{AnswerReferral, CoverageHours};
        for wrong in [
            promise("x.internal", AnswerReferral, 2, ""),
            promise("parc.internal", AnswerReferral, 0, ""),
            promise("parc.internal", AnswerReferral, 61, ""),
            promise("parc.internal", AnswerReferral, 2, "9–17 h"),
            promise("parc.internal", CoverageHours, 0, ""),
            promise("parc.internal", CoverageHours, 1, "9–17 h"),
            promise("parc.internal", CoverageHours, 0, "9\n17"),
        ] {
            assert_eq!(terms(vec![wrong]), Err(TermsError::Promise));
        }
    }

    #[test]
    fn words_and_numbers_read_back() {
        for &stage in PartnershipStage::ALL {
            assert_eq!(PartnershipStage::from_wire(stage.to_wire()), Some(stage));
        }
        for &kind in CommitmentKind::ALL {
            assert_eq!(CommitmentKind::from_wire(kind.to_wire()), Some(kind));
        }
        assert!(PartnershipStage::Listed < PartnershipStage::Case);
    }
}
