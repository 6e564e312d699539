//! Directories, and who pretends to be one: SCIM over real sockets.

use relais_tests::Town;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::Table;
use crate::scim::{Directory, path_of, town};

/// Status, and what the body says of it (RFC 7644 §3.12).
fn answer((status, body): (StatusCode, Value)) -> String {
    let told = body["scimType"].as_str();
    let repeated = body["status"] == status.as_str();
    match (status.is_success(), told, repeated) {
        (true, ..) | (false, None, true) => status.as_str().to_owned(),
        (false, Some(kind), true) => format!("{} {kind}", status.as_str()),
        (false, _, false) => format!("{} and the body {body}", status.as_str()),
    }
}

#[tokio::test]
async fn malformed() {
    let town = town().await;
    let clinic = Directory::of(&town, "clinic.internal").await;
    let mut table = Table::new("what is no SCIM");
    for (name, path, expected) in [
        (
            "a filter of another kind",
            "/Users?filter=emails%20pr",
            "400 invalidFilter",
        ),
        (
            "a filter without quotes",
            "/Users?filter=userName%20eq%20x",
            "400 invalidFilter",
        ),
        ("a count that is no number", "/Users?count=many", "400"),
        ("a path out of the tree", "/Users/..%2f..%2fGroups", "404"),
    ] {
        table.row(name, expected, answer(clinic.get(path).await));
    }
    let end = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    let huge = json!({"userName": "x".repeat(70_000)});
    let nameless = json!({"active": true});
    for (name, method, path, body, expected) in [
        (
            "a user without a name",
            Method::POST,
            "/Users",
            nameless,
            "400 invalidValue",
        ),
        ("an id that is none", Method::PATCH, "/Users/1", end, "404"),
        (
            "groups, which there are not",
            Method::POST,
            "/Groups",
            json!({}),
            "404",
        ),
        (
            "everybody deleted at once",
            Method::DELETE,
            "/Users",
            json!({}),
            "405",
        ),
        ("a body of 70 kB", Method::POST, "/Users", huge, "413"),
    ] {
        let got = answer(clinic.call(method, path, Some(body)).await);
        table.row(name, expected, got);
    }
    table.finish();
}

#[tokio::test]
async fn foreign_people() {
    let town = town().await;
    let anne = town.enrol("hospital.internal", "Anne").await;
    let mut clinic = Directory::of(&town, "clinic.internal").await;
    let mut table = Table::new("a directory and the people of others");
    let end = json!([{"op": "replace", "path": "active", "value": false}]);
    let foreign = clinic.patch(&path_of(&anne), end.clone()).await;
    let missing = clinic
        .patch("/Users/00000000-0000-0000-0000-000000000009", end)
        .await;
    assert_eq!(
        foreign, missing,
        "what is foreign and what is missing look the same"
    );
    table.row(
        "deactivating somebody of another organisation",
        "404",
        answer(foreign),
    );
    table.row("… or nobody: the same answer", "404", answer(missing));
    let got = answer(clinic.get(&path_of(&anne)).await);
    table.row("reading them", "404", got);
    let got = answer(clinic.call(Method::DELETE, &path_of(&anne), None).await);
    table.row("deleting them", "404", got);
    let (status, everybody) = clinic.get("/Users").await;
    assert_eq!(status, StatusCode::OK);
    let got = everybody["totalResults"].to_string();
    table.row("everybody who is not the directory's", "0", got);
    anne.client.directory().organisations().await.unwrap();

    let old = std::mem::take(&mut clinic.token);
    for (name, token) in [
        ("no token", String::new()),
        ("an invented token", "x".to_owned()),
        ("the operator's token", town.node.operator_token()),
    ] {
        clinic.token = token;
        table.row(name, "401", answer(clinic.get("/Users").await));
    }
    let newer = Directory::of(&town, "clinic.internal").await;
    clinic.token = old;
    let got = answer(clinic.get("/Users").await);
    table.row("a token that a newer one has ended", "401", got);
    table.row("the newer one", "200", answer(newer.get("/Users").await));
    table.finish();
}

#[tokio::test]
async fn floods() {
    let listen = ("RELAISD_SCIM__LISTEN", "127.0.0.1:0");
    let limit = ("RELAISD_RATE__SCIM", "2, then 1 per 1 h");
    let town = Town::found_with(&[listen, limit]).await;
    let clinic = Directory::of(&town, "clinic.internal").await;
    let hospital = Directory::of(&town, "hospital.internal").await;
    let mut table = Table::new("a directory that asks too often");
    for (name, expected) in [("once", "200"), ("twice", "200"), ("a third time", "429")] {
        table.row(name, expected, answer(clinic.get("/Users").await));
    }
    table.row(
        "another organisation's",
        "200",
        answer(hospital.get("/Users").await),
    );
    table.finish();
}
