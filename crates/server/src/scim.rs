//! SCIM 2.0 (RFC 7644) for the identity providers of organisations: who works there, and who
//! has left. On a listener of its own, which is off until it is configured.
//!
//! A request passes the token bucket of its address, the bearer token, which is one
//! organisation's, and that organisation's bucket; then its handler, which parses, runs the use
//! case of `relais_service::provisioning` and maps the outcome.

use std::{net::IpAddr, time::Duration};

use axum::{
    Extension, Router,
    body::Body,
    extract::{
        DefaultBodyLimit, Path, Query, Request, State,
        rejection::{BytesRejection, QueryRejection},
    },
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::get,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use relais_service::{
    Service,
    provisioning::{
        self, Provisioner, change_user, create_user, delete_user, find_users, get_user,
    },
};
use relais_types::{Error, PractitionerId, Reason};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::rate::Rates;

mod answer;
mod listener;
mod patch;
mod resource;

use answer::{Answer, Refusal, with_location};
pub(crate) use listener::Listener;
use resource::{filter, new_user, replacement, user};

/// Largest request body in bytes.
const MAX_BODY: usize = 64 * 1024;
/// Until a request must be answered, its body read included.
const DEADLINE: Duration = Duration::from_secs(20);
/// Most users on a page, and how many there are if the request does not say.
const PAGE: u32 = 100;

/// What every request needs.
#[derive(Clone, Debug)]
pub(crate) struct Scim {
    /// The use cases.
    pub(crate) service: Service,
    /// How often who may call.
    pub(crate) rates: Rates,
}

/// The address that a request comes from.
#[derive(Clone, Copy, Debug)]
struct Peer(IpAddr);

impl Scim {
    fn router(self) -> Router {
        let users = Router::new()
            .route("/Users", get(list).post(create))
            .route(
                "/Users/{id}",
                get(show).put(replace).patch(patch).delete(remove),
            )
            .route("/ServiceProviderConfig", get(service_provider_config))
            .route("/ResourceTypes", get(resource_types))
            .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "there is no such resource"))
            .method_not_allowed_fallback(async || {
                Refusal::new(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "the resource does not take this method",
                )
            });
        Router::new()
            .nest("/scim/v2", users)
            .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "there is no such resource"))
            .layer(middleware::from_fn_with_state(self.clone(), admit))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(self)
    }
}

/// Lets a request in whose token is an organisation's, within its limits and its time.
async fn admit(State(scim): State<Scim>, mut request: Request, next: Next) -> Response {
    let begun = tokio::time::Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let peer = request.extensions().get::<Peer>();
    let address = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0);
    let token = bearer(request.headers()).unwrap_or_default().to_owned();
    let admitted = async {
        scim.rates.scim_address(address)?;
        let provisioner = provisioning::authenticate(&scim.service, &token).await?;
        scim.rates.scim(provisioner.organisation())?;
        Ok::<_, Error>(provisioner)
    }
    .await;
    let organisation = match &admitted {
        Ok(provisioner) => provisioner.organisation().to_string(),
        Err(_) => String::new(),
    };
    let response = match admitted {
        Ok(provisioner) => {
            request.extensions_mut().insert(provisioner);
            match tokio::time::timeout(DEADLINE, next.run(request)).await {
                Ok(response) => response,
                Err(_) => Refusal::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the request took too long: send it again",
                )
                .into_response(),
            }
        }
        Err(error) => Refusal::from(error).into_response(),
    };
    tracing::info!(
        %method,
        path,
        organisation,
        status = response.status().as_u16(),
        ms = begun.elapsed().as_millis(),
        "scim"
    );
    response
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListQuery {
    filter: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
}

async fn list(
    State(scim): State<Scim>,
    Extension(provisioner): Extension<Provisioner>,
    headers: HeaderMap,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Answer {
    let Query(query) = query.map_err(|error| Refusal::new(error.status(), error.body_text()))?;
    let filter = filter(query.filter.as_deref())?;
    // RFC 7644 §3.4.2.4: less than one is one; a negative count is none.
    let start = u64::try_from(query.start_index.unwrap_or(1))
        .unwrap_or(1)
        .max(1);
    let count = query.count.map_or(PAGE, |count| {
        u32::try_from(count.max(0)).unwrap_or(PAGE).min(PAGE)
    });
    let found = find_users(&scim.service, &provisioner, filter, start - 1, count).await?;
    let host = host(&headers);
    let users: Vec<Value> = found.users.into_iter().map(|it| user(it, host)).collect();
    Ok(answer::json(
        StatusCode::OK,
        &json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": found.total,
            "startIndex": start,
            "itemsPerPage": users.len(),
            "Resources": users,
        }),
    ))
}

async fn show(
    State(scim): State<Scim>,
    Extension(provisioner): Extension<Provisioner>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Answer {
    let found = get_user(&scim.service, &provisioner, parse_id(&id)?).await?;
    Ok(answer::json(StatusCode::OK, &user(found, host(&headers))))
}

async fn create(
    State(scim): State<Scim>,
    Extension(provisioner): Extension<Provisioner>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let new = new_user(&parse(body)?)?;
    let made = create_user(&scim.service, &provisioner, new).await?;
    let shown = user(made, host(&headers));
    Ok(with_location(
        answer::json(StatusCode::CREATED, &shown),
        &shown,
    ))
}

async fn replace(
    State(scim): State<Scim>,
    Extension(provisioner): Extension<Provisioner>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let (id, change) = (parse_id(&id)?, replacement(&parse(body)?)?);
    let changed = change_user(&scim.service, &provisioner, id, change).await?;
    Ok(answer::json(StatusCode::OK, &user(changed, host(&headers))))
}

async fn patch(
    State(scim): State<Scim>,
    Extension(provisioner): Extension<Provisioner>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let (id, change) = (parse_id(&id)?, patch::change(&parse(body)?)?);
    let changed = change_user(&scim.service, &provisioner, id, change).await?;
    Ok(answer::json(StatusCode::OK, &user(changed, host(&headers))))
}

async fn remove(
    State(scim): State<Scim>,
    Extension(provisioner): Extension<Provisioner>,
    Path(id): Path<String>,
) -> Answer {
    delete_user(&scim.service, &provisioner, parse_id(&id)?).await?;
    Ok((StatusCode::NO_CONTENT, Body::empty()).into_response())
}

/// What is implemented (RFC 7643 §5).
async fn service_provider_config() -> Response {
    answer::json(
        StatusCode::OK,
        &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": {"supported": true},
            "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": true, "maxResults": PAGE},
            "changePassword": {"supported": false},
            "sort": {"supported": false},
            "etag": {"supported": false},
            "authenticationSchemes": [{
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The token that `relais admin scim-token` makes",
            }],
        }),
    )
}

/// Users alone (RFC 7643 §6).
async fn resource_types() -> Response {
    answer::json(
        StatusCode::OK,
        &json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 1,
            "Resources": [{
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
                "id": "User",
                "name": "User",
                "endpoint": "/Users",
                "schema": resource::USER,
            }],
        }),
    )
}

/// What does not look like an id cannot be one of somebody.
fn parse_id(text: &str) -> Result<PractitionerId, Refusal> {
    text.parse()
        .map_err(|_| Error::not_found("the user").into())
}

fn parse(body: Result<Bytes, BytesRejection>) -> Result<Value, Refusal> {
    let body = body.map_err(|error| Refusal::new(error.status(), error.body_text()))?;
    serde_json::from_slice(&body).map_err(|error| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            format!("the body is not JSON: {error}"),
        )
        .of_type("invalidSyntax")
    })
}

/// By what name the client reaches this server.
fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

/// What a field may not be; `problem` completes "`field` …".
fn malformed(field: &str, problem: &str) -> Refusal {
    let mut error = Error::malformed(field, problem);
    error.reason = Reason::MalformedField;
    error.into()
}
