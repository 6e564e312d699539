//! Fields of requests as the types of the service; errors name the field's path.

use bytes::Bytes;
use relais_types::{Cursor, DeviceId, Error, GroupId, OrgDomain, RequestId, Result};

/// The idempotency key.
pub(super) fn request_id(bytes: &Bytes) -> Result<RequestId> {
    RequestId::try_from(bytes.as_ref())
}

/// A group's id.
pub(super) fn group_id(bytes: &Bytes) -> Result<GroupId> {
    GroupId::try_from(bytes.as_ref())
}

/// A device's id.
pub(super) fn device_id(bytes: &Bytes) -> Result<DeviceId> {
    DeviceId::try_from(bytes.as_ref())
}

/// Bytes of a fixed length, such as a key.
pub(super) fn array<const N: usize>(field: &str, bytes: &Bytes) -> Result<[u8; N]> {
    bytes
        .as_ref()
        .try_into()
        .map_err(|_| Error::malformed(field, format!("must be {N} bytes, got {}", bytes.len())))
}

/// Bytes that must be there.
pub(super) fn required(field: &str, bytes: Bytes) -> Result<Bytes> {
    if bytes.is_empty() {
        return Err(Error::malformed(field, "is missing"));
    }
    Ok(bytes)
}

/// Bytes that may be left out.
pub(super) fn optional(bytes: Bytes) -> Option<Bytes> {
    (!bytes.is_empty()).then_some(bytes)
}

/// An organisation by its resource name.
pub(super) fn organisation(name: &str) -> Result<OrgDomain> {
    OrgDomain::from_resource_name(name)
        .map_err(|_| Error::malformed("organisation", "must look like organisations/{domain}"))
}

/// A resource name in `field`.
pub(super) fn name<T>(field: &str, text: &str) -> Result<T>
where
    T: std::str::FromStr<Err = Error>,
{
    text.parse().map_err(|mut error: Error| {
        // The type knows its form, this place knows the field.
        if let Some(known) = error.field.replace(field.to_owned())
            && let Some(rest) = error.message.strip_prefix(&known)
        {
            error.message = format!("{field}{rest}").into();
        }
        error
    })
}

/// Cursors, in the order given.
pub(super) fn cursors(cursors: &[Bytes]) -> Result<Vec<Cursor>> {
    let read = |(index, bytes): (usize, &Bytes)| {
        Cursor::decode(bytes).map_err(|mut error| {
            error.field = Some(format!("cursors[{index}]"));
            error
        })
    };
    cursors.iter().enumerate().map(read).collect()
}

#[cfg(test)]
mod tests {
    use relais_types::{PractitionerName, Reason};

    use super::*;

    fn field_of<T: std::fmt::Debug>(result: Result<T>) -> String {
        let error = result.unwrap_err();
        assert_eq!(error.reason, Reason::MalformedField);
        let field = error.field.unwrap();
        assert!(error.message.starts_with(&field), "{}", error.message);
        field
    }

    #[test]
    fn errors_name_the_field() {
        let short = Bytes::from_static(&[1, 2, 3]);
        assert_eq!(field_of(request_id(&short)), "request_id");
        assert_eq!(field_of(group_id(&short)), "group_id");
        assert_eq!(field_of(device_id(&Bytes::new())), "device_id");
        assert_eq!(field_of(array::<32>("device_key", &short)), "device_key");
        assert_eq!(field_of(required("commit", Bytes::new())), "commit");
        for bad in ["", "laurier.internal", "organisations/", "organisations/A"] {
            assert_eq!(field_of(organisation(bad)), "organisation");
        }
        let field = "service.practitioners[1]";
        assert_eq!(field_of(name::<PractitionerName>(field, "x")), field);
        let good = Cursor::Inbox { position: 1 }.encode().into();
        let error = cursors(&[good, short]).unwrap_err();
        assert_eq!(error.reason, Reason::CursorInvalid);
        assert_eq!(error.field.as_deref(), Some("cursors[1]"));
    }
}
