//! Rows about this device: its enrolment, its certificates, its key packages.

use std::fmt;

use bytes::Bytes;
use prost::Message;

/// An enrolment whose answer has not been stored.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(crate) struct EnrolmentRecord {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) request_id: Bytes,
    #[prost(string, tag = "2")]
    pub(crate) code: String,
    #[prost(string, tag = "3")]
    pub(crate) device_label: String,
    #[prost(bytes = "vec", tag = "4")]
    pub(crate) signature_seed: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    pub(crate) device_seed: Vec<u8>,
}

impl fmt::Debug for EnrolmentRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolmentRecord")
            .field("device_label", &self.device_label)
            .finish_non_exhaustive()
    }
}

/// A device that was enrolled in this person's name.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct NewDeviceRecord {
    /// Resource name of the device.
    #[prost(string, tag = "1")]
    pub(crate) device: String,
    /// What it was called by whoever enrolled it.
    #[prost(string, tag = "2")]
    pub(crate) label: String,
    /// Microseconds since the Unix epoch.
    #[prost(int64, tag = "3")]
    pub(crate) enrolled_at: i64,
}

/// When the stock of key packages was last published in full.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StockRecord {
    /// Microseconds since the Unix epoch.
    #[prost(int64, tag = "1")]
    pub(crate) published_at: i64,
}

/// Key packages on their way to the server.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PublishRecord {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) request_id: Bytes,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    pub(crate) key_packages: Vec<Bytes>,
    #[prost(bytes = "bytes", tag = "3")]
    pub(crate) last_resort: Bytes,
}

/// The certificate that this device shows to the server's TLS.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TransportRecord {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(crate) certificate_chain: Vec<Bytes>,
    /// When it came, by this device's clock; microseconds since the Unix epoch.
    #[prost(int64, tag = "2")]
    pub(crate) received_at: i64,
}

/// A certificate's renewal on its way.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RenewalRecord {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) request_id: Bytes,
}
