//! An identity provider reports over HTTP that somebody has left: the real server, real sockets.
//! What a directory could try besides is in `abuse/provisioning.rs`.

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
pub(crate) struct Directory {
    http: Client,
    url: String,
    pub(crate) token: String,
}

impl Directory {
    pub(crate) async fn of(town: &Town, domain: &str) -> Self {
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

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
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

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn patch(&self, path: &str, operations: Value) -> (StatusCode, Value) {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        self.call(Method::PATCH, path, Some(body)).await
    }
}

pub(crate) async fn town() -> Town {
    Town::found_with(&[("RELAISD_SCIM__LISTEN", "127.0.0.1:0")]).await
}

pub(crate) fn path_of(person: &Person) -> String {
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
