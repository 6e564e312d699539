//! What can be found out about a server or a member that deceives, in words for whoever reads
//! them, and how it is kept.

use prost::Message;
use relais_types::{CaseId, DeviceName, Error, Reason, Result, Timestamp};

use crate::record;

/// Evidence that the server, or a member, deceives this device. Nothing more is sent to the
/// case, or to any case if it concerns the server as a whole; what was received stays readable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// A device is in a case whose certificate is not in the transparency log.
    #[error(
        "case {case}: the device {device} is in this case, but its certificate is not in the transparency log. Somebody may have made it to read along in secret. Nothing more is sent to this case, and you can still read it. Ask the person it belongs to whether it is theirs, by telephone; if it is not, remove it with `relais case expel` (this is allowed, and the case goes on after it), and tell your privacy officer"
    )]
    Ghost {
        /// The case.
        case: CaseId,
        /// The device.
        device: DeviceName,
    },
    /// Two versions of one group are kept.
    #[error(
        "case {case}: this device and {by} are in two different versions of epoch {epoch} of this case. The server shows different things to different people, so that each of you misses what the others say. Nothing more is sent to this case, and you can still read what you have. Call the other members, do not rely on this case meanwhile, and give the file that `relais evidence` writes to the operator of the server and to your privacy officer. If only this one device is in another version, and its owner cannot explain it, remove it with `relais case expel` (this is allowed, and the case goes on after it)"
    )]
    Fork {
        /// The case.
        case: CaseId,
        /// Who is in the other version.
        by: DeviceName,
        /// The epoch of which there are two.
        epoch: u64,
    },
    /// A member's device holds another transparency log, or claims to.
    #[error(
        "case {case}: the device {by} holds another transparency log than this device: its checkpoint is not signed by the key that this device was given when it was enrolled. Either the server has given one of you a log of its own, and can hide from you who was given access, or that device does not tell the truth. Nothing more is sent to this case, and you can still read it. Call the other members and compare the key that `relais evidence` shows. If only this one device has another, remove it with `relais case expel` (this is allowed, and the case goes on after it); if it is yours that differs, enrol anew. Give the file that `relais evidence` writes to the operator of the server and to your privacy officer"
    )]
    OtherLog {
        /// The case.
        case: CaseId,
        /// Whose device holds it.
        by: DeviceName,
    },
    /// The server replaced something that this device had received.
    #[error(
        "case {case}: the server now shows something else in the place of entry {seq} than before. Its data was put back to an older state, or somebody changed it. Nothing more is sent to this case, and you can still read what you have. Call the other members, and give the file that `relais evidence` writes to the operator of the server and to your privacy officer"
    )]
    Rewritten {
        /// The case.
        case: CaseId,
        /// The entry.
        seq: u64,
    },
    /// The server knows less of a case than this device has received from it.
    #[error(
        "case {case}: the server has forgotten entries of this case that this device has received. Its data was put back to an older state, or somebody removed them. Nothing more is sent to this case, and you can still read what you have. Call the other members, and give the file that `relais evidence` writes to the operator of the server and to your privacy officer"
    )]
    Forgotten {
        /// The case.
        case: CaseId,
    },
    /// The server denies positions that it gave.
    #[error(
        "the server has forgotten entries that this device has received. Its data was put back to an older state, or somebody removed them. Nothing more is sent to any case, and you can still read what you have. Call the people you work with, and give the file that `relais evidence` writes to the operator of the server and to your privacy officer"
    )]
    CursorsDenied,
    /// The transparency log became shorter.
    #[error(
        "the server's transparency log has become shorter: it had {held} entries and now has {shown}. The server was put back to an older state, or hides who was given access. Nothing more is sent to any case, and you can still read what you have. Call the people you work with, and give the file that `relais evidence` writes to the operator of the server and to your privacy officer"
    )]
    Rollback {
        /// How many entries this device has seen.
        held: u64,
        /// How many the server shows.
        shown: u64,
    },
    /// Different people are shown different transparency logs.
    #[error(
        "the server shows different transparency logs to different people (of {held} and of {shown} entries, which do not fit together). So it can hide from you who was given access. Nothing more is sent to any case, and you can still read what you have. Call the people you work with, and give the file that `relais evidence` writes, which holds the server's own signatures on both, to the operator of the server and to your privacy officer"
    )]
    SplitView {
        /// Size of the log that this device has seen.
        held: u64,
        /// Size of the log that contradicts it.
        shown: u64,
    },
}

impl Breach {
    /// The case that it concerns; `None` if it is the server as a whole.
    pub fn case(&self) -> Option<CaseId> {
        match self {
            Self::Ghost { case, .. }
            | Self::Fork { case, .. }
            | Self::OtherLog { case, .. }
            | Self::Rewritten { case, .. }
            | Self::Forgotten { case } => Some(*case),
            Self::CursorsDenied | Self::Rollback { .. } | Self::SplitView { .. } => None,
        }
    }

    /// The device whose removal ends it, if that can: one that is a ghost, or that alone
    /// contradicts this one.
    pub(crate) fn suspect(&self) -> Option<&DeviceName> {
        match self {
            Self::Ghost { device, .. } => Some(device),
            Self::Fork { by, .. } | Self::OtherLog { by, .. } => Some(by),
            Self::Rewritten { .. }
            | Self::Forgotten { .. }
            | Self::CursorsDenied
            | Self::Rollback { .. }
            | Self::SplitView { .. } => None,
        }
    }

    /// A short name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ghost { .. } => "ghost_device",
            Self::Fork { .. } => "forked_case",
            Self::OtherLog { .. } => "other_log",
            Self::Rewritten { .. } => "entry_replaced",
            Self::Forgotten { .. } => "entries_forgotten",
            Self::CursorsDenied => "cursors_denied",
            Self::Rollback { .. } => "log_rollback",
            Self::SplitView { .. } => "split_view",
        }
    }

    /// Why something cannot be sent.
    pub(crate) fn refusal(&self) -> Error {
        Error::new(Reason::SendingStopped, self.to_string()).with("breach", self.code())
    }
}

/// A breach that stands, with what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What was found out.
    pub breach: Breach,
    /// When, by this device's clock.
    pub at: Timestamp,
    /// What this device held: a signed checkpoint, or what it knew of the case.
    pub held: String,
    /// What contradicts it.
    pub shown: String,
    /// True once it no longer stops anything: the device that it names was removed.
    pub resolved: bool,
}

/// [`Evidence`] as it is kept.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct BreachRecord {
    #[prost(string, tag = "1")]
    code: String,
    #[prost(bytes = "vec", tag = "2")]
    case: Vec<u8>,
    #[prost(string, tag = "3")]
    device: String,
    #[prost(uint64, tag = "4")]
    first: u64,
    #[prost(uint64, tag = "5")]
    second: u64,
    #[prost(int64, tag = "6")]
    at: i64,
    #[prost(string, tag = "7")]
    held: String,
    #[prost(string, tag = "8")]
    shown: String,
    #[prost(bool, tag = "9")]
    resolved: bool,
}

impl From<&Evidence> for BreachRecord {
    fn from(evidence: &Evidence) -> Self {
        let breach = &evidence.breach;
        let (device, first, second) = match breach {
            Breach::Ghost { device, .. } => (device.to_string(), 0, 0),
            Breach::Fork { by, epoch, .. } => (by.to_string(), *epoch, 0),
            Breach::OtherLog { by, .. } => (by.to_string(), 0, 0),
            Breach::Rewritten { seq, .. } => (String::new(), *seq, 0),
            Breach::Forgotten { .. } | Breach::CursorsDenied => (String::new(), 0, 0),
            Breach::Rollback { held, shown } | Breach::SplitView { held, shown } => {
                (String::new(), *held, *shown)
            }
        };
        Self {
            code: breach.code().to_owned(),
            case: breach
                .case()
                .map(|case| case.as_bytes().to_vec())
                .unwrap_or_default(),
            device,
            first,
            second,
            at: evidence.at.as_micros(),
            held: evidence.held.clone(),
            shown: evidence.shown.clone(),
            resolved: evidence.resolved,
        }
    }
}

impl BreachRecord {
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub(crate) fn read(self) -> Result<Evidence> {
        let case = || CaseId::try_from(self.case.as_slice());
        let (held, shown) = (self.first, self.second);
        let breach = match self.code.as_str() {
            "ghost_device" => Breach::Ghost {
                case: case()?,
                device: self.device.parse()?,
            },
            "forked_case" => Breach::Fork {
                case: case()?,
                by: self.device.parse()?,
                epoch: self.first,
            },
            "other_log" => Breach::OtherLog {
                case: case()?,
                by: self.device.parse()?,
            },
            "entry_replaced" => Breach::Rewritten {
                case: case()?,
                seq: self.first,
            },
            "entries_forgotten" => Breach::Forgotten { case: case()? },
            "cursors_denied" => Breach::CursorsDenied,
            "log_rollback" => Breach::Rollback { held, shown },
            "split_view" => Breach::SplitView { held, shown },
            _ => return Err(record::damaged("it holds evidence of an unknown kind")),
        };
        Ok(Evidence {
            breach,
            at: Timestamp::from_micros(self.at),
            held: self.held,
            shown: self.shown,
            resolved: self.resolved,
        })
    }
}

#[cfg(test)]
mod tests {
    use relais_types::{DeviceId, PractitionerId};

    use super::*;

    #[test]
    fn evidence_survives_and_every_text_says_what_to_do() {
        let case = CaseId::from_bytes([1; 16]);
        let device = DeviceName {
            organisation: "laurier.internal".parse().unwrap(),
            practitioner: PractitionerId::from_bytes([2; 16]),
            device: DeviceId::from_bytes([3; 16]),
        };
        for breach in [
            Breach::Ghost {
                case,
                device: device.clone(),
            },
            Breach::Fork {
                case,
                by: device.clone(),
                epoch: 4,
            },
            Breach::OtherLog { case, by: device },
            Breach::Rewritten { case, seq: 5 },
            Breach::Forgotten { case },
            Breach::CursorsDenied,
            Breach::Rollback { held: 7, shown: 6 },
            Breach::SplitView { held: 7, shown: 8 },
        ] {
            let text = breach.to_string();
            for said in ["Nothing more is sent", "read", "privacy officer"] {
                assert!(text.contains(said), "{text}");
            }
            assert!(
                text.contains("Call") || text.contains("telephone"),
                "{text}"
            );
            let evidence = Evidence {
                breach,
                at: Timestamp::from_micros(9),
                held: "ours".to_owned(),
                shown: "theirs".to_owned(),
                resolved: false,
            };
            assert_eq!(BreachRecord::from(&evidence).read(), Ok(evidence));
        }
    }
}
