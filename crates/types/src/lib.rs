//! What every Relais crate agrees on: identifiers, names, time, randomness, cursors and
//! the closed set of errors.
//!
//! Nothing here does I/O. Time and randomness are parameters ([`Clock`], [`Entropy`]), so
//! that everything above can run under a simulated clock and a printed seed.

mod clock;
mod cursor;
mod entropy;
mod error;
mod id;
mod name;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use cursor::Cursor;
pub use entropy::{Entropy, OsEntropy, SeededEntropy};
pub use error::{Error, ErrorKind, Reason};
pub use id::{
    CaseId, DeviceId, EntryId, GroupId, PractitionerId, RequestId, SeatId, ServiceId, SigningId,
};
pub use name::{DeviceName, OrgDomain, PractitionerName, ServiceName};

/// The result of anything that can fail with one of the published reasons.
pub type Result<T, E = Error> = std::result::Result<T, E>;
