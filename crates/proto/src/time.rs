//! `google.protobuf.Timestamp` and back.

use relais_types::{Error, Result, Timestamp};

/// Latest second that `google.protobuf.Timestamp` allows: 9999-12-31T23:59:59Z.
const MAX_SECONDS: i64 = 253_402_300_799;
/// Earliest second that it allows: 0001-01-01T00:00:00Z.
const MIN_SECONDS: i64 = -62_135_596_800;

/// The wire form of `time`.
pub fn to_proto_time(time: Timestamp) -> prost_types::Timestamp {
    let micros = time.as_micros();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos,
    }
}

/// Reads the wire form; what is finer than a microsecond is cut off.
///
/// # Errors
/// `MALFORMED_FIELD` for `field` outside the years 1 to 9999.
pub fn from_proto_time(field: &str, time: &prost_types::Timestamp) -> Result<Timestamp> {
    let valid = (MIN_SECONDS..=MAX_SECONDS).contains(&time.seconds)
        && (0..1_000_000_000).contains(&time.nanos);
    if !valid {
        return Err(Error::malformed(
            field,
            "must lie between the years 1 and 9999",
        ));
    }
    Ok(Timestamp::from_micros(
        time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000,
    ))
}
