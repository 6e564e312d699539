//! What a call was for: tells where its reply goes.

use relais_types::{CaseId, OrgDomain};

use crate::trust::Check;

/// What a call was for.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    Publish,
    RenewTransport,
    RenewCredential,
    Claim {
        case: CaseId,
        practitioner: String,
    },
    CreateGroup {
        case: CaseId,
    },
    Commit {
        case: CaseId,
    },
    Send {
        case: CaseId,
        order: u64,
    },
    Check(Check),
    Leaves {
        start: u64,
    },
    OfficerKey {
        organisation: OrgDomain,
    },
    RecordViews,
    /// The row of the token.
    ClearTimer {
        row: Vec<u8>,
    },
    GroupInfo {
        case: CaseId,
    },
    Resync {
        case: CaseId,
    },
}

impl Purpose {
    pub(crate) fn case(&self) -> Option<CaseId> {
        match self {
            Self::Publish
            | Self::Check(_)
            | Self::Leaves { .. }
            | Self::OfficerKey { .. }
            | Self::RecordViews
            | Self::ClearTimer { .. }
            | Self::RenewTransport
            | Self::RenewCredential => None,
            Self::Claim { case, .. }
            | Self::CreateGroup { case }
            | Self::Commit { case }
            | Self::GroupInfo { case }
            | Self::Resync { case }
            | Self::Send { case, .. } => Some(*case),
        }
    }
}
