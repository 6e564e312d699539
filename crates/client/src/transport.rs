//! Calls to the server: TLS, the token, and what its errors mean.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use prost::Message;
use relais_engine::{Call, Prover, Reply};
use relais_proto::{
    audit::audit_service_client::AuditServiceClient,
    delivery::delivery_service_client::DeliveryServiceClient,
    directory::directory_service_client::DirectoryServiceClient,
    from_proto_time,
    identity::{self, identity_service_client::IdentityServiceClient},
    keypackage::key_package_service_client::KeyPackageServiceClient,
    status,
};
use relais_types::{Clock as _, SystemClock, Timestamp};
use tokio::sync::Mutex;
use tonic::{
    Code, Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint as TonicEndpoint},
};
use tonic_types::StatusExt as _;

use crate::Error;

/// A token is renewed when it has less than this left.
const TOKEN_MARGIN: Duration = Duration::from_mins(1);
/// How long one unary call may take.
const CALL_DEADLINE: Duration = Duration::from_secs(15);

/// Where the server is, and who vouches for it.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Endpoint {
    /// Such as `https://relais.example:8443`.
    #[prost(string, tag = "1")]
    pub url: String,
    /// PEM of the certificate authority of the server's TLS certificate.
    #[prost(bytes = "bytes", tag = "2")]
    pub ca_pem: Bytes,
}

/// A connection that opens itself, and a token that renews itself.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    url: String,
    channel: Channel,
    access: Access,
}

#[derive(Clone, Debug)]
enum Access {
    /// Enrolment.
    Nobody,
    /// The operator's token.
    Operator(Bearer),
    /// A device that proves itself.
    Device {
        prover: Prover,
        token: Arc<Mutex<Option<(Bearer, Timestamp)>>>,
    },
}

type Bearer = MetadataValue<Ascii>;

impl Transport {
    /// A transport for calls without a token.
    pub(crate) fn anonymous(endpoint: &Endpoint) -> Result<Self, Error> {
        if !endpoint.url.starts_with("https://") {
            // Anything else would carry tokens and invitation codes in the clear.
            let problem = "must begin with https://";
            return Err(relais_types::Error::malformed("server", problem).into());
        }
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&endpoint.ca_pem));
        let channel = TonicEndpoint::from_shared(endpoint.url.clone())
            .and_then(|endpoint| endpoint.tls_config(tls))
            .map_err(|error| Error::Unreachable {
                url: endpoint.url.clone(),
                why: causes(&error),
            })?
            .connect_timeout(Duration::from_secs(5))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20))
            .keep_alive_while_idle(true)
            .connect_lazy();
        Ok(Self {
            url: endpoint.url.clone(),
            channel,
            access: Access::Nobody,
        })
    }

    /// A transport that calls as the operator.
    pub(crate) fn operator(endpoint: &Endpoint, token: &str) -> Result<Self, Error> {
        let access = Access::Operator(bearer(token)?);
        Ok(Self {
            access,
            ..Self::anonymous(endpoint)?
        })
    }

    /// A transport that calls as a device.
    pub(crate) fn device(endpoint: &Endpoint, prover: Prover) -> Result<Self, Error> {
        let access = Access::Device {
            prover,
            token: Arc::default(),
        };
        Ok(Self {
            access,
            ..Self::anonymous(endpoint)?
        })
    }

    pub(crate) fn audit(&self) -> AuditServiceClient<Channel> {
        AuditServiceClient::new(self.channel.clone())
    }

    pub(crate) fn identity(&self) -> IdentityServiceClient<Channel> {
        IdentityServiceClient::new(self.channel.clone())
    }

    pub(crate) fn directory(&self) -> DirectoryServiceClient<Channel> {
        DirectoryServiceClient::new(self.channel.clone())
    }

    pub(crate) fn key_packages(&self) -> KeyPackageServiceClient<Channel> {
        KeyPackageServiceClient::new(self.channel.clone())
    }

    pub(crate) fn delivery(&self) -> DeliveryServiceClient<Channel> {
        // A page ends at 1 MiB, but one Welcome of a large team may be larger.
        DeliveryServiceClient::new(self.channel.clone()).max_decoding_message_size(8 << 20)
    }

    /// `message` with the caller's token and a deadline.
    pub(crate) async fn unary<T>(&self, message: T) -> Result<Request<T>, Error> {
        let mut request = self.stream(message).await?;
        request.set_timeout(CALL_DEADLINE);
        Ok(request)
    }

    /// `message` with the caller's token, for a call that stays open.
    pub(crate) async fn stream<T>(&self, message: T) -> Result<Request<T>, Error> {
        let mut request = Request::new(message);
        if let Some(token) = self.token().await? {
            request.metadata_mut().insert("authorization", token);
        }
        Ok(request)
    }

    /// Forgets the token, so that the next call proves the device again.
    pub(crate) async fn forget_token(&self) {
        if let Access::Device { token, .. } = &self.access {
            token.lock().await.take();
        }
    }

    async fn token(&self) -> Result<Option<Bearer>, Error> {
        let (prover, held) = match &self.access {
            Access::Nobody => return Ok(None),
            Access::Operator(token) => return Ok(Some(token.clone())),
            Access::Device { prover, token } => (prover, token),
        };
        // Held while a new one is made, so that many calls ask once.
        let mut held = held.lock().await;
        if let Some((token, expires)) = &*held
            && *expires > SystemClock.now().plus(TOKEN_MARGIN)
        {
            return Ok(Some(token.clone()));
        }
        let mut identity = self.identity();
        let mut request = Request::new(identity::CreateChallengeRequest {
            device_id: prover.device().into(),
        });
        request.set_timeout(CALL_DEADLINE);
        let challenge = identity
            .create_challenge(request)
            .await
            .map_err(|status| self.refused(&status))?
            .into_inner();
        let mut request = Request::new(prover.token_request(challenge.challenge));
        request.set_timeout(CALL_DEADLINE);
        let created = identity
            .create_token(request)
            .await
            .map_err(|status| self.refused(&status))?
            .into_inner();
        let token = bearer(&created.token)?;
        let expires = from_proto_time("expire_time", &created.expire_time.unwrap_or_default())?;
        *held = Some((token.clone(), expires));
        Ok(Some(token))
    }

    /// Makes one of the engine's calls.
    pub(crate) async fn call(&self, call: Call) -> Result<Reply, relais_types::Error> {
        let outcome = self.try_call(call).await;
        outcome.map_err(|error| match error {
            Error::Refused(error) => error,
            unreachable => relais_types::Error::new(
                relais_types::Reason::StorageUnavailable,
                unreachable.to_string(),
            ),
        })
    }

    async fn try_call(&self, call: Call) -> Result<Reply, Error> {
        let outcome = match call {
            Call::PublishKeyPackages(message) => {
                let request = self.unary(message).await?;
                let response = self.key_packages().publish_key_packages(request).await;
                response.map(|response| Reply::PublishKeyPackages(response.into_inner()))
            }
            Call::ClaimKeyPackages(message) => {
                let request = self.unary(message).await?;
                let response = self.key_packages().claim_key_packages(request).await;
                response.map(|response| Reply::ClaimKeyPackages(response.into_inner()))
            }
            Call::CreateGroup(message) => {
                let request = self.unary(message).await?;
                let response = self.delivery().create_group(request).await;
                response.map(|response| Reply::CreateGroup(response.into_inner()))
            }
            Call::Commit(message) => {
                let request = self.unary(message).await?;
                let response = self.delivery().commit(request).await;
                response.map(|response| Reply::Commit(response.into_inner()))
            }
            Call::Send(message) => {
                let request = self.unary(message).await?;
                let response = self.delivery().send(request).await;
                response.map(|response| Reply::Send(response.into_inner()))
            }
            Call::GetGroupInfo(message) => {
                let request = self.unary(message).await?;
                let response = self.delivery().get_group_info(request).await;
                response.map(|response| Reply::GetGroupInfo(response.into_inner()))
            }
        };
        match outcome {
            Ok(reply) => Ok(reply),
            Err(status) => {
                if status.code() == Code::Unauthenticated {
                    self.forget_token().await;
                }
                Err(self.refused(&status))
            }
        }
    }

    /// What a status means: the server's own word, which always carries its reason, or
    /// something that happened on the way and says nothing about the call.
    pub(crate) fn refused(&self, status: &Status) -> Error {
        if status
            .get_details_error_info()
            .is_some_and(|info| info.domain == status::DOMAIN)
        {
            return Error::Refused(status::from_status(status));
        }
        Error::Unreachable {
            url: self.url.clone(),
            why: causes(status),
        }
    }
}

fn bearer(token: &str) -> Result<Bearer, Error> {
    let mut value: Bearer = format!("Bearer {}", token.trim())
        .parse()
        .map_err(|_| relais_types::Error::malformed("token", "must be printable ASCII"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The innermost cause says what the network did.
fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
