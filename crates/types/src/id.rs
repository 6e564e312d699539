//! 16-byte identifiers.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Entropy, Error, Timestamp};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($field:literal);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with these bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The id's bytes, as they travel on the wire.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// A new id that sorts by time (UUIDv7, RFC 9562 §5.7).
            pub fn at(now: Timestamp, entropy: &mut impl Entropy) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(now.as_unix_millis(), &entropy.bytes()).into_uuid())
            }

            /// The id that belongs to a digest of something else (UUID version 8, RFC 9562 §5.8).
            pub fn derived(digest: [u8; 16]) -> Self {
                Self(uuid::Builder::from_custom_bytes(digest).into_uuid())
            }

            /// A new id that tells nothing (UUIDv4, RFC 9562 §5.4).
            pub fn random(entropy: &mut impl Entropy) -> Self {
                Self(uuid::Builder::from_random_bytes(entropy.bytes()).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = Error;

            fn try_from(bytes: &[u8]) -> Result<Self, Error> {
                let bytes = bytes.try_into().map_err(|_| {
                    Error::malformed($field, format!("must be 16 bytes, got {}", bytes.len()))
                })?;
                Ok(Self::from_bytes(bytes))
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| Error::malformed($field, "must be a UUID"))
            }
        }

        impl From<$name> for Vec<u8> {
            fn from(id: $name) -> Self {
                id.as_bytes().to_vec()
            }
        }

        impl From<$name> for bytes::Bytes {
            fn from(id: $name) -> Self {
                Self::copy_from_slice(id.as_bytes())
            }
        }
    )*};
}

ids! {
    /// A person of an organisation.
    PractitionerId("practitioner_id");
    /// One enrolled device of a person.
    DeviceId("device_id");
    /// An MLS group; random, so that it tells the server nothing.
    GroupId("group_id");
    /// One entry of a case.
    EntryId("entry_id");
    /// A seat on a case.
    SeatId("seat_id");
    /// The idempotency key of a call that writes.
    RequestId("request_id");
    /// A community service of the directory.
    ServiceId("service_id");
    /// A request that waits for an organisation's own authority; unguessable.
    SigningId("signing_id");
}

/// A case is one MLS group, and has its id.
pub type CaseId = GroupId;
