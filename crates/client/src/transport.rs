//! Calls to the server: TLS, what proves the caller, and what its errors mean.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use prost::Message;
use relais_engine::{Call, Prover, Reply, TransportCertificate};
use relais_proto::{
    audit::audit_service_client::AuditServiceClient,
    delivery::delivery_service_client::DeliveryServiceClient,
    directory::directory_service_client::DirectoryServiceClient,
    from_proto_time,
    identity::{
        self, identity_service_client::IdentityServiceClient,
        signing_service_client::SigningServiceClient,
    },
    keypackage::key_package_service_client::KeyPackageServiceClient,
    status,
    transparency::transparency_service_client::TransparencyServiceClient,
};
use relais_types::{Entropy as _, OsEntropy, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;
use tonic::{
    Code, GrpcMethod, Request, Status,
    metadata::{Ascii, MetadataValue},
    service::interceptor::InterceptedService,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint as TonicEndpoint, Identity},
};
use tonic_types::StatusExt as _;

use crate::{Error, line::Line};

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

/// A connection that opens itself, and what proves the caller on it.
///
/// A device connects with its certificate while it has one that holds, and with a token and a
/// proof for each call otherwise. Clones share all of it.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    endpoint: Endpoint,
    line: Arc<Line>,
    access: Access,
    step_up: Arc<std::sync::Mutex<Option<StepUp>>>,
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
        token: Arc<Mutex<Option<Arc<Token>>>>,
    },
}

type Bearer = MetadataValue<Ascii>;

/// A channel whose calls carry the proof that goes with their token.
pub(crate) type Connection =
    InterceptedService<Channel, fn(Request<()>) -> Result<Request<()>, Status>>;

/// A token, and the server's clock as it was when the token came.
#[derive(Debug)]
struct Token {
    bearer: Bearer,
    text: SecretString,
    server_time: Timestamp,
    received: Instant,
    life: Duration,
}

impl Token {
    /// Counted from when it came, because the device's own clock may be days off.
    fn is_good(&self) -> bool {
        self.received.elapsed() + TOKEN_MARGIN < self.life
    }

    fn server_now(&self) -> Timestamp {
        self.server_time.plus(self.received.elapsed())
    }
}

/// In the extensions of a request: what its proof is made with, once its method is known.
#[derive(Clone)]
struct Signing {
    prover: Prover,
    token: Arc<Token>,
    /// SHA-256 of the message as it is sent.
    message: [u8; 32],
}

/// Shows that the person was at the device a moment ago.
#[derive(Debug)]
struct StepUp {
    value: MetadataValue<Ascii>,
    until: Instant,
}

impl Transport {
    /// A transport for calls without a token.
    pub(crate) fn anonymous(endpoint: &Endpoint) -> Result<Self, Error> {
        if !endpoint.url.starts_with("https://") {
            // Anything else would carry tokens and invitation codes in the clear.
            let problem = "must begin with https://";
            return Err(relais_types::Error::malformed("server", problem).into());
        }
        Ok(Self {
            endpoint: endpoint.clone(),
            line: Arc::new(Line::new(channel(endpoint, None)?)),
            access: Access::Nobody,
            step_up: Arc::default(),
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

    /// Connects with `certificate` from now on, while it holds.
    pub(crate) fn certify(&self, certificate: &TransportCertificate) -> Result<(), Error> {
        let channel = channel(&self.endpoint, Some(certificate))?;
        self.line.certify(channel, certificate.left);
        Ok(())
    }

    /// How the connection stands, for whoever opens it again and again.
    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    pub(crate) fn signing(&self) -> SigningServiceClient<Connection> {
        SigningServiceClient::new(self.connection())
    }

    pub(crate) fn audit(&self) -> AuditServiceClient<Connection> {
        AuditServiceClient::new(self.connection())
    }

    pub(crate) fn identity(&self) -> IdentityServiceClient<Connection> {
        IdentityServiceClient::new(self.connection())
    }

    pub(crate) fn directory(&self) -> DirectoryServiceClient<Connection> {
        DirectoryServiceClient::new(self.connection())
    }

    pub(crate) fn key_packages(&self) -> KeyPackageServiceClient<Connection> {
        KeyPackageServiceClient::new(self.connection())
    }

    pub(crate) fn delivery(&self) -> DeliveryServiceClient<Connection> {
        // A page ends at 1 MiB, but one Welcome of a large team may be larger.
        DeliveryServiceClient::new(self.connection()).max_decoding_message_size(8 << 20)
    }

    pub(crate) fn transparency(&self) -> TransparencyServiceClient<Connection> {
        TransparencyServiceClient::new(self.connection())
    }

    /// What every generated client is made over.
    fn connection(&self) -> Connection {
        InterceptedService::new(self.line.current().0, prove)
    }

    /// `message` with what proves the caller, and a deadline.
    pub(crate) async fn unary<T: Message>(&self, message: T) -> Result<Request<T>, Error> {
        let mut request = self.stream(message).await?;
        request.set_timeout(CALL_DEADLINE);
        Ok(request)
    }

    /// `message` with what proves the caller, for a call that stays open.
    pub(crate) async fn stream<T: Message>(&self, message: T) -> Result<Request<T>, Error> {
        let mut request = Request::new(message);
        match &self.access {
            Access::Nobody => {}
            Access::Operator(token) => {
                request
                    .metadata_mut()
                    .insert("authorization", token.clone());
            }
            Access::Device { prover, token } => {
                if !self.line.current().1 {
                    let token = self.token(prover, token).await?;
                    let bearer = token.bearer.clone();
                    request.metadata_mut().insert("authorization", bearer);
                    let signing = Signing {
                        prover: prover.clone(),
                        token,
                        message: Sha256::digest(request.get_ref().encode_to_vec()).into(),
                    };
                    request.extensions_mut().insert(signing);
                }
            }
        }
        let step_up = self.step_up.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(step_up) = step_up.as_ref().filter(|it| it.until > Instant::now()) {
            let value = step_up.value.clone();
            request.metadata_mut().insert("relais-step-up", value);
        }
        drop(step_up);
        Ok(request)
    }

    /// Forgets the token, so that the next call proves the device again.
    pub(crate) async fn forget_token(&self) {
        if let Access::Device { token, .. } = &self.access {
            token.lock().await.take();
        }
    }

    /// Shows to the server that the person is at the device: the calls of the next minutes
    /// carry it. Whoever calls this has asked for the passphrase.
    pub(crate) async fn step_up(&self) -> Result<(), Error> {
        let Access::Device { prover, .. } = &self.access else {
            // The operator needs none.
            return Ok(());
        };
        let challenge = self.challenge(prover).await?;
        let request = self.unary(prover.step_up_request(challenge)).await?;
        let asked = Instant::now();
        let answer = self
            .identity()
            .step_up(request)
            .await
            .map_err(|status| self.refused(&status))?
            .into_inner();
        let life = life("expire_time", answer.expire_time, answer.server_time)?.1;
        let mut value: MetadataValue<Ascii> = answer
            .step_up
            .parse()
            .map_err(|_| relais_types::Error::malformed("step_up", "must be printable ASCII"))?;
        value.set_sensitive(true);
        let until = asked + life;
        *self.step_up.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(StepUp { value, until });
        Ok(())
    }

    async fn challenge(&self, prover: &Prover) -> Result<Bytes, Error> {
        let mut request = Request::new(identity::CreateChallengeRequest {
            device_id: prover.device().into(),
        });
        request.set_timeout(CALL_DEADLINE);
        let created = self.identity().create_challenge(request).await;
        let created = created.map_err(|status| self.refused(&status))?;
        Ok(created.into_inner().challenge)
    }

    async fn token(
        &self,
        prover: &Prover,
        held: &Mutex<Option<Arc<Token>>>,
    ) -> Result<Arc<Token>, Error> {
        // Held while a new one is made, so that many calls ask once.
        let mut held = held.lock().await;
        if let Some(token) = held.as_ref().filter(|token| token.is_good()) {
            return Ok(Arc::clone(token));
        }
        let challenge = self.challenge(prover).await?;
        let mut request = Request::new(prover.token_request(challenge));
        request.set_timeout(CALL_DEADLINE);
        let created = self
            .identity()
            .create_token(request)
            .await
            .map_err(|status| self.refused(&status))?
            .into_inner();
        let (server_time, life) = life("server_time", created.expire_time, created.server_time)?;
        let token = Arc::new(Token {
            bearer: bearer(&created.token)?,
            text: created.token.into(),
            server_time,
            received: Instant::now(),
            life,
        });
        *held = Some(Arc::clone(&token));
        Ok(token)
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
            Call::RenewTransportCertificate(message) => {
                let request = self.unary(message).await?;
                let mut identity = self.identity();
                let response = identity.renew_transport_certificate(request).await;
                response.map(|response| Reply::RenewTransportCertificate(response.into_inner()))
            }
            Call::RenewCredential(message) => {
                let request = self.unary(message).await?;
                let response = self.identity().renew_credential(request).await;
                response.map(|response| Reply::RenewCredential(response.into_inner()))
            }
            Call::Send(message) => {
                let request = self.unary(message).await?;
                let response = self.delivery().send(request).await;
                response.map(|response| Reply::Send(response.into_inner()))
            }
            Call::ClearTimer(message) => {
                let request = self.unary(message).await?;
                let response = self.delivery().clear_timer(request).await;
                response.map(|response| Reply::ClearTimer(response.into_inner()))
            }
            Call::Sync(message) => {
                let request = self.unary(message).await?;
                let response = self.delivery().sync(request).await;
                response.map(|response| Reply::Sync(response.into_inner()))
            }
            Call::GetInclusionProofs(message) => {
                let request = self.unary(message).await?;
                let response = self.transparency().get_inclusion_proofs(request).await;
                response.map(|response| Reply::GetInclusionProofs(response.into_inner()))
            }
            Call::GetConsistencyProof(message) => {
                let request = self.unary(message).await?;
                let response = self.transparency().get_consistency_proof(request).await;
                response.map(|response| Reply::GetConsistencyProof(response.into_inner()))
            }
            Call::GetEntries(message) => {
                let request = self.unary(message).await?;
                let response = self.transparency().get_entries(request).await;
                response.map(|response| Reply::GetEntries(response.into_inner()))
            }
            Call::GetOfficerKey(message) => {
                let request = self.unary(message).await?;
                let response = self.audit().get_officer_key(request).await;
                response.map(|response| Reply::GetOfficerKey(response.into_inner()))
            }
            Call::RecordViews(message) => {
                let request = self.unary(message).await?;
                let response = self.audit().record_views(request).await;
                response.map(|response| Reply::RecordViews(response.into_inner()))
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
            url: self.endpoint.url.clone(),
            why: causes(status),
        }
    }
}

/// Signs the proof of a call that carries a token; every call needs its own.
fn prove(mut request: Request<()>) -> Result<Request<()>, Status> {
    let Some(signing) = request.extensions_mut().remove::<Signing>() else {
        return Ok(request);
    };
    let Signing {
        prover,
        token,
        message,
    } = signing;
    let method = request
        .extensions()
        .get::<GrpcMethod<'static>>()
        .map(|method| format!("/{}/{}", method.service(), method.method()))
        .ok_or_else(|| Status::internal("a call without a method cannot be proved"))?;
    let nonce = OsEntropy.bytes();
    let proof = prover.proof(
        token.text.expose_secret(),
        &method,
        &message,
        token.server_now(),
        nonce,
    );
    let proof = proof
        .parse()
        .map_err(|_| Status::internal("a proof that is no header"))?;
    request.metadata_mut().insert("relais-proof", proof);
    Ok(request)
}

/// The server's clock, and how long what it gave is good for.
fn life(
    field: &'static str,
    until: Option<prost_types::Timestamp>,
    now: Option<prost_types::Timestamp>,
) -> Result<(Timestamp, Duration), Error> {
    let now = from_proto_time(field, &now.unwrap_or_default())?;
    let until = from_proto_time("expire_time", &until.unwrap_or_default())?;
    Ok((now, until.since(now)))
}

/// A connection to the server that opens itself, with a certificate if there is one.
fn channel(
    endpoint: &Endpoint,
    certificate: Option<&TransportCertificate>,
) -> Result<Channel, Error> {
    let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&endpoint.ca_pem));
    if let Some(certificate) = certificate {
        let key = certificate.key_pem.as_bytes();
        tls = tls.identity(Identity::from_pem(&certificate.certificate_pem, key));
    }
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
    Ok(channel)
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
