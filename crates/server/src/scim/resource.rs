//! Users as JSON (RFC 7643 §4.1), and the filters that find them.

use http::StatusCode;
use relais_service::provisioning::{NewUser, User, UserChange, UserFilter};
use relais_types::Timestamp;
use serde_json::{Value, json};

use super::{Refusal, malformed};

/// The schema of users.
pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// A user as the directory sees them.
pub(super) fn user(user: User, host: Option<&str>) -> Value {
    let path = format!("/scim/v2/Users/{}", user.id);
    let location = match host {
        Some(host) => format!("https://{host}{path}"),
        None => path,
    };
    let mut shown = json!({
        "schemas": [USER],
        "id": user.id.to_string(),
        "userName": user.user_name,
        "displayName": user.display_name,
        "name": {"formatted": user.display_name},
        "title": user.profession,
        "active": user.active,
        "meta": {
            "resourceType": "User",
            "created": time(user.created_at),
            "lastModified": time(user.changed_at),
            "location": location,
        },
    });
    if let Some(external_id) = user.external_id {
        shown["externalId"] = json!(external_id);
    }
    shown
}

fn time(at: Timestamp) -> String {
    let at = chrono::DateTime::from_timestamp_micros(at.as_micros()).unwrap_or_default();
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// The user that a POST describes.
pub(super) fn new_user(body: &Value) -> Result<NewUser, Refusal> {
    let change = replacement(body)?;
    Ok(NewUser {
        user_name: change.user_name.unwrap_or_default(),
        external_id: change.external_id,
        display_name: change.display_name.unwrap_or_default(),
        profession: change.profession.unwrap_or_default(),
        active: change.active.unwrap_or(true),
    })
}

/// The change that a PUT describes. What is left out is cleared (RFC 7644 §3.5.1), but for
/// `active`: nobody comes back by being left out.
pub(super) fn replacement(body: &Value) -> Result<UserChange, Refusal> {
    if !body.is_object() {
        return Err(malformed("the body", "must be a user"));
    }
    let text = |name: &str| text_of(name, attribute(body, name));
    let user_name = text("userName")?.ok_or_else(|| malformed("userName", "is missing"))?;
    let display_name = match text("displayName")? {
        Some(name) => Some(name),
        None => attribute(body, "name")
            .map(full_name)
            .transpose()?
            .flatten(),
    };
    Ok(UserChange {
        user_name: Some(user_name),
        external_id: Some(text("externalId")?.unwrap_or_default()),
        display_name: Some(display_name.unwrap_or_default()),
        profession: Some(text("title")?.unwrap_or_default()),
        active: attribute(body, "active").map(truth).transpose()?,
    })
}

/// An attribute by its name, whose case does not matter (RFC 7643 §2.1).
pub(super) fn attribute<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let attributes = object.as_object()?;
    let found = attributes
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name));
    found
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}

/// A text, if there is one.
pub(super) fn text_of(name: &str, value: Option<&Value>) -> Result<Option<String>, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(malformed(name, "must be a text")),
    }
}

/// A truth value; some directories send it as a text.
pub(super) fn truth(value: &Value) -> Result<bool, Refusal> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(malformed("active", "must be true or false")),
    }
}

/// The whole name, or its parts together.
pub(super) fn full_name(name: &Value) -> Result<Option<String>, Refusal> {
    let part = |field: &str| text_of(field, attribute(name, field));
    if let Some(formatted) = part("formatted")? {
        return Ok(Some(formatted));
    }
    let parts = [part("givenName")?, part("familyName")?];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    Ok(Some(parts.join(" ")).filter(|name| !name.is_empty()))
}

/// The filters that directories find people by: `userName eq "…"` and `externalId eq "…"`.
pub(super) fn filter(text: Option<&str>) -> Result<UserFilter, Refusal> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(UserFilter::All);
    };
    let refused = || {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "the filter must be userName eq \"…\" or externalId eq \"…\"",
        )
        .of_type("invalidFilter")
    };
    let (name, rest) = text.split_once(' ').ok_or_else(refused)?;
    let (operator, value) = rest.trim_start().split_once(' ').ok_or_else(refused)?;
    // A value is written as in JSON (RFC 7644 §3.4.2.2).
    let value: String = serde_json::from_str(value.trim()).map_err(|_| refused())?;
    let name = name.rsplit(':').next().unwrap_or_default();
    if !operator.eq_ignore_ascii_case("eq") {
        return Err(refused());
    }
    match name {
        name if name.eq_ignore_ascii_case("userName") => Ok(UserFilter::UserName(value)),
        name if name.eq_ignore_ascii_case("externalId") => Ok(UserFilter::ExternalId(value)),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_exact_matches_of_two_attributes() {
        let name = |text: &str| Some(UserFilter::UserName(text.to_owned()));
        for (text, expected) in [
            (
                r#"userName eq "ana@clinic.example""#,
                name("ana@clinic.example"),
            ),
            (r#"  username EQ "a b"  "#, name("a b")),
            (r#"userName eq "a\"b""#, name("a\"b")),
            (
                r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a""#,
                name("a"),
            ),
            (
                r#"externalId eq "7f""#,
                Some(UserFilter::ExternalId("7f".into())),
            ),
            ("", Some(UserFilter::All)),
            (r#"userName sw "a""#, None),
            (r#"userName eq "a" or userName eq "b""#, None),
            (r#"emails.value eq "a""#, None),
            ("userName eq a", None),
            ("userName", None),
        ] {
            assert_eq!(filter(Some(text)).ok(), expected, "{text}");
        }
        assert_eq!(filter(None).ok(), Some(UserFilter::All));
    }

    #[test]
    fn a_put_clears_what_it_leaves_out_but_brings_nobody_back() {
        let change = replacement(
            &json!({"username": "ana", "name": {"givenName": "Ana", "familyName": "Roy"}}),
        );
        let change = change.unwrap();
        assert_eq!(change.display_name.as_deref(), Some("Ana Roy"));
        assert_eq!(change.external_id.as_deref(), Some(""));
        assert_eq!(change.active, None);
        for (active, expected) in [
            (json!(false), Some(false)),
            (json!("False"), Some(false)),
            (json!("true"), Some(true)),
            (json!(0), None),
            (json!("no"), None),
        ] {
            let body = json!({"userName": "ana", "active": active});
            let got = replacement(&body).ok().and_then(|change| change.active);
            assert_eq!(got, expected, "{active}");
        }
        for bad in [
            json!([]),
            json!({}),
            json!({"userName": 7}),
            json!({"userName": null}),
        ] {
            assert!(replacement(&bad).is_err(), "{bad}");
        }
    }
}
