//! The calls to an identity provider that need no browser: discovery and the token endpoint.

use std::{net::IpAddr, time::Duration};

use openidconnect::{HttpRequest, HttpResponse, http, url::Url};
use reqwest::{Client, redirect::Policy};

use crate::Error;

/// How long a provider may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer in bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// HTTPS to one provider; plain HTTP only if it is on this machine.
pub(super) struct Browserless {
    client: Client,
    is_local: bool,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}")]
    Network(#[from] reqwest::Error),
    #[error("{0}")]
    Http(#[from] http::Error),
    #[error("{0} is not https")]
    Insecure(String),
    #[error("the answer is larger than {MAX_ANSWER} bytes")]
    TooLarge,
}

impl Browserless {
    pub(super) fn new(issuer: &Url) -> Result<Self, Error> {
        let is_local = issuer.scheme() == "http" && is_loopback(issuer.host_str());
        // A redirect could carry the code to somebody else.
        let builder = Client::builder().redirect(Policy::none()).timeout(TIMEOUT);
        let builder = if is_local {
            builder.no_proxy()
        } else {
            builder
        };
        let client = builder.build().map_err(|error| super::failed(&error))?;
        Ok(Self { client, is_local })
    }

    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let uri = request.uri();
        let is_secure = uri.scheme_str() == Some("https");
        let stays_here = self.is_local && is_loopback(uri.host());
        if !(is_secure || stays_here) {
            return Err(Failure::Insecure(uri.to_string()));
        }
        let mut response = self.client.execute(request.try_into()?).await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                return Err(Failure::TooLarge);
            }
        }
        let mut answer = http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        Ok(answer.body(body)?)
    }
}

fn is_loopback(host: Option<&str>) -> bool {
    let host = host.unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}
