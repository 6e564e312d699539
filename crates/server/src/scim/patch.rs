//! PATCH (RFC 7644 §3.5.2) as directories really send it: the operation in any case, the value
//! beside a path or in an object, truth values as texts.

use relais_service::provisioning::UserChange;
use serde_json::Value;

use super::{
    Refusal, malformed,
    resource::{USER, attribute, full_name, text_of, truth},
};

/// Most operations in one request.
const MAX_OPERATIONS: usize = 100;

/// What the operations come to.
pub(super) fn change(body: &Value) -> Result<UserChange, Refusal> {
    let operations = attribute(body, "Operations")
        .and_then(Value::as_array)
        .filter(|operations| (1..=MAX_OPERATIONS).contains(&operations.len()))
        .ok_or_else(|| malformed("Operations", "must be a list of 1 to 100 operations"))?;
    let mut change = UserChange::default();
    for operation in operations {
        let op = attribute(operation, "op").and_then(Value::as_str);
        let path = text_of("path", attribute(operation, "path"))?;
        let value = attribute(operation, "value");
        let removes = match op.map(str::to_ascii_lowercase).as_deref() {
            Some("add" | "replace") => false,
            Some("remove") => true,
            _ => return Err(malformed("op", "must be add, replace or remove")),
        };
        match (path, value) {
            (Some(path), _) if removes => set(&mut change, &path, &Value::Null)?,
            (Some(path), Some(value)) => set(&mut change, &path, value)?,
            (None, Some(Value::Object(values))) if !removes => {
                for (name, value) in values {
                    set(&mut change, name, value)?;
                }
            }
            _ => {
                return Err(malformed(
                    "value",
                    "must stand beside a path, or hold attributes by their names",
                ));
            }
        }
    }
    Ok(change)
}

/// One attribute; null clears it. Attributes that are not kept are passed over, as the answer
/// shows.
fn set(change: &mut UserChange, path: &str, value: &Value) -> Result<(), Refusal> {
    let name = match path.get(..USER.len()) {
        Some(schema) if schema.eq_ignore_ascii_case(USER) => path[USER.len()..].trim_matches(':'),
        _ => path,
    };
    let text = |field| Ok::<_, Refusal>(Some(text_of(field, Some(value))?.unwrap_or_default()));
    match name.to_ascii_lowercase().as_str() {
        "active" => change.active = Some(truth(value)?),
        "username" => change.user_name = text("userName")?,
        "externalid" => change.external_id = text("externalId")?,
        "displayname" | "name.formatted" => change.display_name = text("displayName")?,
        "title" => change.profession = text("title")?,
        "name" if value.is_object() => {
            if let Some(name) = full_name(value)? {
                change.display_name = Some(name);
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn active(operation: &Value) -> Option<bool> {
        change(&json!({"Operations": [operation]}))
            .ok()
            .and_then(|change| change.active)
    }

    #[test]
    fn deactivation_is_understood_in_every_spelling() {
        for operation in [
            json!({"op": "replace", "path": "active", "value": false}),
            json!({"op": "Replace", "path": "active", "value": "False"}),
            json!({"op": "replace", "value": {"active": false}}),
            json!({"op": "Add", "value": {"Active": "false"}}),
            json!({"op": "replace", "path": format!("{USER}:active"), "value": false}),
        ] {
            assert_eq!(active(&operation), Some(false), "{operation}");
        }
    }

    #[test]
    fn what_is_not_understood_deactivates_and_reactivates_nobody() {
        for operation in [
            json!({"op": "replace", "path": "active", "value": "no"}),
            json!({"op": "replace", "path": "active", "value": [false]}),
            json!({"op": "remove", "path": "active"}),
            json!({"op": "move", "path": "active", "value": false}),
            json!({"op": "replace", "value": false}),
            json!({"op": "replace", "path": "active"}),
            json!({"path": "active", "value": true}),
        ] {
            let body = json!({"Operations": [operation]});
            assert!(change(&body).is_err(), "{body}");
        }
        for body in [
            json!({}),
            json!({"Operations": []}),
            json!([]),
            json!({"Operations": {}}),
        ] {
            assert!(change(&body).is_err(), "{body}");
        }
    }

    #[test]
    fn several_attributes_change_together_and_unknown_ones_are_passed_over() {
        let body = json!({"schemas": ["x"], "operations": [
            {"op": "add", "value": {"userName": "ana", "name": {"givenName": "Ana", "familyName": "Roy"}}},
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ana@clinic.example"},
            {"op": "remove", "path": "externalId"},
        ]});
        let changed = change(&body).unwrap();
        assert_eq!(changed.user_name.as_deref(), Some("ana"));
        assert_eq!(changed.display_name.as_deref(), Some("Ana Roy"));
        assert_eq!(changed.external_id.as_deref(), Some(""));
        assert_eq!(changed.active, None);
    }
}
