//! An identity provider reports over HTTP that somebody has left: the real server, real sockets.

use std::time::{Duration, Instant};

use relais_care::{CaseView, Language};
use relais_client::{Alarm, Update};
use relais_tests::{PATIENCE, Person, Town, says};
use relais_types::{OrgDomain, Reason};
use reqwest::{Certificate, Client, Method, StatusCode};
use serde_json::{Value, json};

/// What is promised for the calls and streams of somebody who has left.
const CUT: Duration = Duration::from_secs(5);

/// The directory of one organisation, as its identity provider calls it.
struct Directory {
    http: Client,
    url: String,
    token: String,
}

impl Directory {
    async fn of(town: &Town, domain: &str) -> Self {
        let domain: OrgDomain = domain.parse().unwrap();
        let token = town.node.operator().create_scim_token(&domain).await;
        let dir = town.node.data_dir();
        let url = std::fs::read_to_string(dir.join("address.scim")).unwrap();
        let ca = std::fs::read(dir.join("tls/ca.pem")).unwrap();
        let http = Client::builder()
            .tls_certs_only([Certificate::from_pem(&ca).unwrap()])
            .no_proxy()
            .build()
            .unwrap();
        Self {
            http,
            url: url.trim().to_owned(),
            token: token.unwrap(),
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/scim+json")
                .body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let body = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.call(Method::GET, path, None).await
    }

    async fn patch(&self, path: &str, operations: Value) -> (StatusCode, Value) {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        self.call(Method::PATCH, path, Some(body)).await
    }
}

async fn town() -> Town {
    Town::found_with(&[("RELAISD_SCIM__LISTEN", "127.0.0.1:0")]).await
}

fn path_of(person: &Person) -> String {
    format!("/Users/{}", person.client.me().practitioner().practitioner)
}

#[tokio::test]
async fn who_has_left_is_cut_their_case_keyed_anew_and_their_seat_vacant() {
    let town = town().await;
    let anne = town.enrol("hospital.internal", "Anne").await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    let case = anne.open_case("Follow-up", &[&anne, &bruno], None).await;
    bruno.case(case.id()).await;
    let clinic = Directory::of(&town, "clinic.internal").await;
    // The provider learns who Bruno is to the backbone, and knows him by his user name then.
    let named = json!([{"op": "add", "value": {"userName": "bruno@clinic.example"}}]);
    let (status, shown) = clinic.patch(&path_of(&bruno), named).await;
    assert_eq!(
        (status, &shown["active"]),
        (StatusCode::OK, &json!(true)),
        "{shown}"
    );
    let (_, found) = clinic
        .get("/Users?filter=userName%20eq%20%22Bruno%40clinic.example%22")
        .await;
    assert_eq!(found["totalResults"], 1, "{found}");
    let path = format!("/Users/{}", found["Resources"][0]["id"].as_str().unwrap());

    let mut updates = bruno.client.updates();
    let left = Instant::now();
    let azure = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    let (status, shown) = clinic.patch(&path, azure).await;
    assert_eq!(
        (status, &shown["active"]),
        (StatusCode::OK, &json!(false)),
        "{shown}"
    );
    let told = tokio::time::timeout(CUT, async {
        while updates.recv().await.unwrap() != Update::Alarm(Alarm::Revoked) {}
    });
    told.await.expect("the stream is cut within 5 s");
    assert!(left.elapsed() < CUT);
    let refused = bruno.client.directory().organisations().await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::DeviceRevoked), "{refused}");

    case.post(Language::English, |draft| draft.text("after"))
        .await
        .unwrap();
    let vacant = |view: &CaseView| {
        let seats = view.team.seats();
        says(view, "after") && seats.iter().filter(|seat| seat.occupant.is_none()).count() == 1
    };
    case.wait_until(PATIENCE, vacant).await.unwrap();
    assert_eq!(case.members().await.unwrap().len(), 1);
    let domain = "clinic.internal".parse().unwrap();
    let members = town.node.operator().members(&domain).await.unwrap();
    let device = &members[0].devices[0];
    assert!(
        device.revoke_time.is_some() && device.rekey_time.is_some(),
        "{device:?}"
    );

    let operator = town.node.operator();
    let audit = operator.audit();
    let filter = relais_client::AuditFilter::default();
    let events = audit.events(&filter).await.unwrap();
    let by_directory: Vec<&str> = events
        .iter()
        .filter(|event| event.actor == "scim:clinic.internal")
        .map(|event| event.action.as_str())
        .collect();
    assert_eq!(
        by_directory,
        ["user.change", "user.deactivate", "device.revoke"]
    );
}

#[tokio::test]
async fn the_protocol_as_providers_speak_it() {
    let town = town().await;
    let clinic = Directory::of(&town, "clinic.internal").await;
    let (status, config) = clinic.get("/ServiceProviderConfig").await;
    assert_eq!(
        (status, &config["patch"]["supported"]),
        (StatusCode::OK, &json!(true))
    );
    assert_eq!(clinic.get("/ResourceTypes").await.1["totalResults"], 1);
    let (_, none) = clinic
        .get("/Users?filter=userName%20eq%20%22nobody%22")
        .await;
    assert_eq!(
        (&none["totalResults"], &none["Resources"]),
        (&json!(0), &json!([]))
    );

    let new = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ana@clinic.example", "externalId": "7f", "active": true,
        "name": {"givenName": "Ana", "familyName": "Roy"},
        "emails": [{"value": "ana@clinic.example", "primary": true}],
    });
    let (status, made) = clinic.call(Method::POST, "/Users", Some(new.clone())).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(
        (&made["displayName"], &made["externalId"]),
        (&json!("Ana Roy"), &json!("7f"))
    );
    assert_eq!(made["meta"]["resourceType"], "User");
    let location = made["meta"]["location"].as_str().unwrap();
    let path = location.strip_prefix(&clinic.url).unwrap().to_owned();
    assert_eq!(clinic.get(&path).await, (StatusCode::OK, made.clone()));
    let (status, error) = clinic.call(Method::POST, "/Users", Some(new)).await;
    assert_eq!(
        (status, &error["scimType"]),
        (StatusCode::CONFLICT, &json!("uniqueness"))
    );
    assert_eq!(error["status"], "409");

    let put =
        json!({"userName": "ana.roy@clinic.example", "displayName": "Ana Roy", "active": false});
    let (status, changed) = clinic.call(Method::PUT, &path, Some(put)).await;
    assert_eq!(
        (status, &changed["active"]),
        (StatusCode::OK, &json!(false))
    );
    assert!(changed["externalId"].is_null(), "{changed}");
    let okta = json!([{"op": "replace", "value": {"active": true}}]);
    assert_eq!(clinic.patch(&path, okta).await.1["active"], true);
    assert_eq!(
        clinic.call(Method::DELETE, &path, None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        clinic.call(Method::DELETE, &path, None).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(clinic.get(&path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_no_scim_is_refused_in_its_own_words() {
    let town = town().await;
    let clinic = Directory::of(&town, "clinic.internal").await;
    for (query, expected) in [
        ("?filter=emails%20pr", "invalidFilter"),
        ("?filter=userName%20eq%20x", "invalidFilter"),
    ] {
        let (status, error) = clinic.get(&format!("/Users{query}")).await;
        assert_eq!(
            (status, &error["scimType"]),
            (StatusCode::BAD_REQUEST, &json!(expected))
        );
    }
    let (status, error) = clinic.get("/Users?count=many").await;
    assert_eq!(
        (status, &error["status"]),
        (StatusCode::BAD_REQUEST, &json!("400"))
    );
    for (method, path, body, expected) in [
        (
            Method::POST,
            "/Users",
            json!({"active": true}),
            StatusCode::BAD_REQUEST,
        ),
        (
            Method::PATCH,
            "/Users/1",
            json!({"Operations": [{"op": "replace", "path": "active", "value": false}]}),
            StatusCode::NOT_FOUND,
        ),
        (Method::POST, "/Groups", json!({}), StatusCode::NOT_FOUND),
        (
            Method::DELETE,
            "/Users",
            json!({}),
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (
            Method::POST,
            "/Users",
            json!({"userName": "x".repeat(70_000)}),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
    ] {
        let answer = clinic.call(method.clone(), path, Some(body)).await;
        assert_eq!(answer.0, expected, "{method} {path}: {}", answer.1);
        assert_eq!(answer.1["status"], expected.as_str(), "{method} {path}");
    }
}

#[tokio::test]
async fn a_directory_reaches_its_own_people_alone() {
    let town = town().await;
    let anne = town.enrol("hospital.internal", "Anne").await;
    let mut clinic = Directory::of(&town, "clinic.internal").await;
    let end = json!([{"op": "replace", "path": "active", "value": false}]);
    let foreign = clinic.patch(&path_of(&anne), end.clone()).await;
    let nobody = format!("/Users/{}", uuid());
    let missing = clinic.patch(&nobody, end.clone()).await;
    assert_eq!(foreign, missing);
    assert_eq!(foreign.0, StatusCode::NOT_FOUND);
    assert_eq!(
        clinic.call(Method::DELETE, &path_of(&anne), None).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(clinic.get("/Users").await.1["totalResults"], 0);
    anne.client.directory().organisations().await.unwrap();

    let old = std::mem::replace(&mut clinic.token, "x".to_owned());
    for token in ["", "x", &town.node.operator_token()] {
        clinic.token = token.to_owned();
        let (status, error) = clinic.get("/Users").await;
        assert_eq!(
            (status, &error["status"]),
            (StatusCode::UNAUTHORIZED, &json!("401"))
        );
    }
    let newer = Directory::of(&town, "clinic.internal").await;
    clinic.token = old;
    assert_eq!(
        clinic.get("/Users").await.0,
        StatusCode::UNAUTHORIZED,
        "it has ended"
    );
    assert_eq!(newer.get("/Users").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_directory_that_asks_too_often_is_told_to_wait_and_others_are_not() {
    let listen = ("RELAISD_SCIM__LISTEN", "127.0.0.1:0");
    let town = Town::found_with(&[listen, ("RELAISD_RATE__SCIM", "2, then 1 per 1 h")]).await;
    let clinic = Directory::of(&town, "clinic.internal").await;
    let hospital = Directory::of(&town, "hospital.internal").await;
    for expected in [200, 200, 429] {
        let (status, body) = clinic.get("/Users").await;
        assert_eq!(status.as_u16(), expected, "{body}");
    }
    assert_eq!(hospital.get("/Users").await.0, StatusCode::OK);
}

/// An id that nobody has.
fn uuid() -> &'static str {
    "00000000-0000-0000-0000-000000000009"
}
