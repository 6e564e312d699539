//! What a leaf says: `relais.transparency.v1.IdentityEvent`.
//!
//! The leaf is the serialized message, byte for byte: whoever checks a proof hashes what they
//! received and never encodes it again. The message is declared here because everybody who
//! reads or writes leaves must understand them, the server included; a test of the server
//! compares it with the published one.

use std::fmt;

use prost::Message;
use relais_types::{DeviceName, OrgDomain, Timestamp};

use crate::{Error, Hash, Result};

/// A leaf of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, by the server's clock.
    pub at: Timestamp,
    /// What.
    pub what: Happening,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The federation certified an organisation's authority.
    OrganisationCertified {
        /// The organisation.
        organisation: OrgDomain,
        /// SHA-256 of the authority's certificate in DER.
        fingerprint: Hash,
    },
    /// An organisation certified a device.
    DeviceCertified {
        /// The device.
        device: DeviceName,
        /// SHA-256 of its MLS certificate in DER.
        fingerprint: Hash,
    },
    /// A device was revoked.
    DeviceRevoked {
        /// The device.
        device: DeviceName,
    },
    /// How far the audit trail had come.
    AuditHead {
        /// Number of its last event.
        number: u64,
        /// The hash of that event.
        hash: Hash,
    },
}

impl Event {
    /// The leaf.
    pub fn encode(&self) -> Vec<u8> {
        let what = match &self.what {
            Happening::OrganisationCertified {
                organisation,
                fingerprint,
            } => wire::What::OrganisationCertified(wire::OrganisationCertified {
                organisation: organisation.resource_name(),
                certificate_sha256: fingerprint.to_vec(),
            }),
            Happening::DeviceCertified {
                device,
                fingerprint,
            } => wire::What::DeviceCertified(wire::DeviceCertified {
                device: device.to_string(),
                certificate_sha256: fingerprint.to_vec(),
            }),
            Happening::DeviceRevoked { device } => wire::What::DeviceRevoked(wire::DeviceRevoked {
                device: device.to_string(),
            }),
            Happening::AuditHead { number, hash } => wire::What::AuditHead(wire::AuditHead {
                number: *number,
                hash: hash.to_vec(),
            }),
        };
        let micros = self.at.as_micros();
        wire::IdentityEvent {
            time: Some(prost_types::Timestamp {
                seconds: micros.div_euclid(1_000_000),
                nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
            }),
            what: Some(what),
        }
        .encode_to_vec()
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// [`Error::Malformed`] for whatever this version does not know, too: a witness must not
    /// vouch for what it cannot read.
    pub fn decode(leaf: &[u8]) -> Result<Self> {
        let problem = |what| Error::Malformed("a leaf", what);
        let event = wire::IdentityEvent::decode(leaf).map_err(|_| problem("it is not an event"))?;
        let time = event.time.ok_or_else(|| problem("it has no time"))?;
        let micros = time
            .seconds
            .checked_mul(1_000_000)
            .and_then(|micros| micros.checked_add(i64::from(time.nanos) / 1_000))
            .ok_or_else(|| problem("its time cannot be"))?;
        let hash = |bytes: Vec<u8>| {
            Hash::try_from(bytes).map_err(|_| problem("a hash must have 32 bytes"))
        };
        let device = |name: &str| {
            name.parse::<DeviceName>()
                .map_err(|_| problem("it names no device"))
        };
        let what = match event.what.ok_or_else(|| problem("it says nothing"))? {
            wire::What::OrganisationCertified(it) => Happening::OrganisationCertified {
                organisation: OrgDomain::from_resource_name(&it.organisation)
                    .map_err(|_| problem("it names no organisation"))?,
                fingerprint: hash(it.certificate_sha256)?,
            },
            wire::What::DeviceCertified(it) => Happening::DeviceCertified {
                device: device(&it.device)?,
                fingerprint: hash(it.certificate_sha256)?,
            },
            wire::What::DeviceRevoked(it) => Happening::DeviceRevoked {
                device: device(&it.device)?,
            },
            wire::What::AuditHead(it) => Happening::AuditHead {
                number: it.number,
                hash: hash(it.hash)?,
            },
        };
        let at = Timestamp::from_micros(micros);
        Ok(Self { at, what })
    }

    /// The certificate that it tells of, if it tells of one.
    pub fn fingerprint(&self) -> Option<&Hash> {
        match &self.what {
            Happening::OrganisationCertified { fingerprint, .. }
            | Happening::DeviceCertified { fingerprint, .. } => Some(fingerprint),
            Happening::DeviceRevoked { .. } | Happening::AuditHead { .. } => None,
        }
    }

    /// The organisation that it concerns; the audit trail is the whole server's.
    pub fn organisation(&self) -> Option<&OrgDomain> {
        match &self.what {
            Happening::OrganisationCertified { organisation, .. } => Some(organisation),
            Happening::DeviceCertified { device, .. } | Happening::DeviceRevoked { device } => {
                Some(&device.organisation)
            }
            Happening::AuditHead { .. } => None,
        }
    }
}

/// One line, for whoever watches the log.
impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OrganisationCertified { organisation, .. } => {
                write!(f, "organisation {organisation} was certified")
            }
            Self::DeviceCertified { device, .. } => write!(
                f,
                "device {} of practitioner {} of {} was certified",
                device.device, device.practitioner, device.organisation
            ),
            Self::DeviceRevoked { device } => write!(
                f,
                "device {} of practitioner {} of {} was revoked",
                device.device, device.practitioner, device.organisation
            ),
            Self::AuditHead { number, hash } => {
                write!(
                    f,
                    "the audit trail stands at {number}:{}",
                    hex::encode(hash)
                )
            }
        }
    }
}

/// The message as it is published in `relais/transparency/v1`.
mod wire {
    use prost::{Message, Oneof};

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct IdentityEvent {
        #[prost(message, optional, tag = "1")]
        pub(super) time: Option<prost_types::Timestamp>,
        #[prost(oneof = "What", tags = "2, 3, 4, 5")]
        pub(super) what: Option<What>,
    }

    #[derive(Clone, PartialEq, Oneof)]
    pub(super) enum What {
        #[prost(message, tag = "2")]
        OrganisationCertified(OrganisationCertified),
        #[prost(message, tag = "3")]
        DeviceCertified(DeviceCertified),
        #[prost(message, tag = "4")]
        DeviceRevoked(DeviceRevoked),
        #[prost(message, tag = "5")]
        AuditHead(AuditHead),
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct OrganisationCertified {
        #[prost(string, tag = "1")]
        pub(super) organisation: String,
        #[prost(bytes = "vec", tag = "2")]
        pub(super) certificate_sha256: Vec<u8>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct DeviceCertified {
        #[prost(string, tag = "1")]
        pub(super) device: String,
        #[prost(bytes = "vec", tag = "2")]
        pub(super) certificate_sha256: Vec<u8>,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct DeviceRevoked {
        #[prost(string, tag = "1")]
        pub(super) device: String,
    }

    #[derive(Clone, PartialEq, Message)]
    pub(super) struct AuditHead {
        #[prost(uint64, tag = "1")]
        pub(super) number: u64,
        #[prost(bytes = "vec", tag = "2")]
        pub(super) hash: Vec<u8>,
    }
}

#[cfg(test)]
mod tests {
    use relais_types::{DeviceId, PractitionerId};

    use super::*;

    #[test]
    fn a_leaf_reads_as_it_was_written_and_a_strange_one_not_at_all() {
        let device = DeviceName {
            organisation: "laurier.internal".parse().unwrap(),
            practitioner: PractitionerId::from_bytes([1; 16]),
            device: DeviceId::from_bytes([2; 16]),
        };
        for what in [
            Happening::OrganisationCertified {
                organisation: device.organisation.clone(),
                fingerprint: [3; 32],
            },
            Happening::DeviceCertified {
                device: device.clone(),
                fingerprint: [4; 32],
            },
            Happening::DeviceRevoked {
                device: device.clone(),
            },
            Happening::AuditHead {
                number: 7,
                hash: [5; 32],
            },
        ] {
            let at = Timestamp::from_micros(1_790_000_000_123_456);
            let event = Event { at, what };
            assert_eq!(Event::decode(&event.encode()), Ok(event));
        }
        for strange in [&[][..], &[0xff], &[0x32, 0x00], b"hello"] {
            assert!(Event::decode(strange).is_err(), "{strange:?}");
        }
    }
}
