//! Enrolling through the organisation's identity provider: the authorisation code flow with PKCE
//! in the person's browser (RFC 8252, RFC 7636), whose ID token takes the place of an invitation
//! code.
//!
//! ```no_run
//! # async fn example(options: relais_client::SignInOptions) -> Result<(), relais_client::Error> {
//! use relais_client::{Beginning, Redirect, SignIn, SignInOptions};
//!
//! let redirect = Redirect::listen().await?;
//! let options = SignInOptions { redirect_uri: redirect.uri(), ..options };
//! let client = match SignIn::begin(options).await? {
//!     Beginning::SignIn(sign_in) => {
//!         println!("open {}", sign_in.authorization_url());
//!         let came_back = redirect.wait().await?;
//!         sign_in.finish(&came_back).await?
//!     }
//!     Beginning::Enrolled(client) => *client,
//! };
//! # drop(client); Ok(()) }
//! ```

use std::path::PathBuf;

use openidconnect::{
    AuthenticationFlow, AuthorizationCode, ClientId, CsrfToken, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
    core::{CoreClient, CoreProviderMetadata, CoreResponseType},
    url::Url,
};
use relais_engine::Enrolment;
use relais_mls::State;
use relais_proto::identity;
use relais_types::{Clock as _, ErrorKind, OrgDomain, OsEntropy, SystemClock};
use secrecy::SecretString;

use crate::{Client, Endpoint, Error, client::ENROLMENT, store::Store, transport::Transport};

mod http;
mod redirect;

pub use redirect::Redirect;

use http::Browserless;

/// What a new device needs to enrol through an identity provider.
#[derive(Clone, Debug)]
pub struct SignInOptions {
    /// Where the account's store is made.
    pub store: PathBuf,
    /// Seals the store; whoever loses it enrols again.
    pub passphrase: SecretString,
    /// The server.
    pub endpoint: Endpoint,
    /// The organisation whose identity provider it is.
    pub organisation: OrgDomain,
    /// What its owner calls the device.
    pub device_label: String,
    /// Where the browser comes back to, such as [`Redirect::uri`]; the provider must know it.
    pub redirect_uri: String,
}

/// How a sign-in begins.
#[derive(Debug)]
pub enum Beginning {
    /// The person has to sign in.
    SignIn(Box<SignIn>),
    /// They had signed in before, and the answer was lost: the account is open.
    Enrolled(Box<Client>),
}

/// A sign-in that waits for the person's browser. The device's keys exist already; the store
/// stays open until it is finished or dropped.
pub struct SignIn {
    store: Store,
    state: State,
    is_new: bool,
    prepared: Prepared,
}

impl SignIn {
    /// Makes the device's keys, and finds out where its owner signs in.
    ///
    /// # Errors
    /// `NOT_FOUND` if the organisation has no identity provider, `ALREADY_EXISTS` if the store
    /// holds an account, [`Error::SignIn`] if the provider cannot be used,
    /// [`Error::Unreachable`].
    pub async fn begin(options: SignInOptions) -> Result<Beginning, Error> {
        // Discovery is large, and callers should not have to carry it on their stacks.
        Box::pin(Self::begin_at(options)).await
    }

    async fn begin_at(options: SignInOptions) -> Result<Beginning, Error> {
        let transport = Transport::anonymous(&options.endpoint)?;
        let is_new = !options.store.exists();
        let mut store = Store::open(&options.store, &options.passphrase, true).await?;
        let mut state = State::from_rows(store.load().await?);
        if let Some(begun) = Enrolment::unanswered_sign_in(&state)? {
            match send(&transport, &options.organisation, &begun).await {
                Ok(answer) => {
                    let client =
                        Client::enrolled(state, store, &options.endpoint, begun, answer).await?;
                    return Ok(Beginning::Enrolled(Box::new(client)));
                }
                Err(error) if is_final(&error) => begun.abandon(&mut state),
                Err(error) => return Err(error),
            }
        }
        let prepared = Self::prepare(options.clone(), transport, &mut store, &mut state).await;
        match prepared {
            Ok(prepared) => Ok(Beginning::SignIn(Box::new(Self {
                store,
                state,
                is_new,
                prepared,
            }))),
            Err(error) => {
                if is_new {
                    drop(store);
                    Store::remove(&options.store);
                }
                Err(error)
            }
        }
    }

    async fn prepare(
        options: SignInOptions,
        transport: Transport,
        store: &mut Store,
        state: &mut State,
    ) -> Result<Prepared, Error> {
        let enrolment = Enrolment::begin_sign_in(
            state,
            &options.device_label,
            SystemClock.now(),
            &mut OsEntropy,
        )?;
        store.write(&state.take_changes()).await?;
        let request = identity::GetIdentityProviderRequest {
            organisation: options.organisation.resource_name(),
        };
        let provider = transport
            .identity()
            .get_identity_provider(transport.unary(request).await?)
            .await
            .map_err(|status| transport.refused(&status))?
            .into_inner();
        let issuer = IssuerUrl::new(provider.issuer).map_err(|error| failed(&error))?;
        let browserless = Browserless::new(issuer.url())?;
        let fetch = async |request| browserless.send(request).await;
        let metadata = CoreProviderMetadata::discover_async(issuer, &|request| fetch(request))
            .await
            .map_err(|error| failed(&error))?;
        let client_id = ClientId::new(provider.client_id);
        let redirect = redirect_url(&options)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = Nonce::new(enrolment.nonce()?);
        let client = CoreClient::from_provider_metadata(metadata.clone(), client_id.clone(), None)
            .set_redirect_uri(redirect);
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                move || nonce,
            )
            .set_pkce_challenge(challenge);
        for scope in provider
            .scopes
            .into_iter()
            .filter(|scope| scope != "openid")
        {
            request = request.add_scope(Scope::new(scope));
        }
        let (authorization_url, csrf, _) = request.url();
        Ok(Prepared {
            options,
            transport,
            enrolment,
            metadata,
            client_id,
            browserless,
            authorization_url,
            csrf,
            verifier,
        })
    }

    /// What the person's browser is to open.
    pub fn authorization_url(&self) -> &str {
        self.prepared.authorization_url.as_str()
    }

    /// Takes the whole URL that the browser came back to, enrols the device and opens its
    /// account.
    ///
    /// If the answer of the server is lost, [`SignIn::begin`] with the same store asks again.
    ///
    /// # Errors
    /// [`Error::SignIn`] if the person or the provider refused, or the URL belongs to another
    /// sign-in; `NOT_ALLOWED` if the organisation does not admit the person,
    /// `ID_TOKEN_INVALID`, [`Error::Unreachable`].
    pub async fn finish(self, redirect: &str) -> Result<Client, Error> {
        Box::pin(self.finish_at(redirect)).await
    }

    async fn finish_at(mut self, redirect: &str) -> Result<Client, Error> {
        let outcome = self.id_token(redirect).await;
        let token = match outcome {
            Ok(token) => token,
            Err(error) => return Err(self.discard(error)),
        };
        self.prepared
            .enrolment
            .set_id_token(&mut self.state, &token);
        self.store.write(&self.state.take_changes()).await?;
        match send(
            &self.prepared.transport,
            &self.prepared.options.organisation,
            &self.prepared.enrolment,
        )
        .await
        {
            Ok(answer) => {
                let endpoint = &self.prepared.options.endpoint;
                Client::enrolled(
                    self.state,
                    self.store,
                    endpoint,
                    self.prepared.enrolment,
                    answer,
                )
                .await
            }
            Err(error) if is_final(&error) => Err(self.discard(error)),
            Err(error) => Err(error),
        }
    }

    /// Exchanges the code of the redirect for an ID token.
    async fn id_token(&self, redirect: &str) -> Result<String, Error> {
        let url = Url::parse(redirect).map_err(|error| failed(&error))?;
        let parameter = |name: &str| {
            let mut pairs = url.query_pairs();
            pairs.find(|(key, _)| key == name).map(|(_, value)| value)
        };
        if parameter("state").as_deref() != Some(self.prepared.csrf.secret().as_str()) {
            return Err(Error::SignIn(
                "the answer belongs to another sign-in: begin again, and use the newest page"
                    .to_owned(),
            ));
        }
        // RFC 9207: an answer of another provider must not reach this one's token endpoint.
        let issuer = self.prepared.metadata.issuer().as_str();
        if parameter("iss").is_some_and(|from| from != issuer) {
            return Err(Error::SignIn(
                "the answer came from another identity provider: begin again".to_owned(),
            ));
        }
        if let Some(error) = parameter("error") {
            let why = parameter("error_description").unwrap_or(error);
            return Err(Error::SignIn(format!(
                "the identity provider refused ({}): begin again, or ask your administrator",
                in_words(&why)
            )));
        }
        let code = parameter("code")
            .ok_or_else(|| Error::SignIn("the answer holds no code: begin again".to_owned()))?;
        let client = CoreClient::from_provider_metadata(
            self.prepared.metadata.clone(),
            self.prepared.client_id.clone(),
            None,
        )
        .set_redirect_uri(redirect_url(&self.prepared.options)?);
        // Sent once; a verifier has no copy.
        let verifier = PkceCodeVerifier::new(self.prepared.verifier.secret().clone());
        let fetch = async |request| self.prepared.browserless.send(request).await;
        let answer = client
            .exchange_code(AuthorizationCode::new(code.into_owned()))
            .map_err(|error| failed(&error))?
            .set_pkce_verifier(verifier)
            .request_async(&|request| fetch(request))
            .await
            .map_err(|error| failed(&error))?;
        // The server verifies it; what is read here came from the provider itself over TLS.
        answer.id_token().map(ToString::to_string).ok_or_else(|| {
            Error::SignIn(
                "the identity provider sent no ID token: tell your administrator".to_owned(),
            )
        })
    }

    /// Removes a store that was made in vain.
    fn discard(self, error: Error) -> Error {
        let Self {
            store,
            prepared,
            is_new,
            ..
        } = self;
        drop(store);
        if is_new {
            Store::remove(&prepared.options.store);
        }
        error
    }
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn")
            .field("organisation", &self.prepared.options.organisation)
            .finish_non_exhaustive()
    }
}

/// A sign-in without its store.
struct Prepared {
    options: SignInOptions,
    transport: Transport,
    enrolment: Enrolment,
    metadata: CoreProviderMetadata,
    client_id: ClientId,
    browserless: Browserless,
    authorization_url: Url,
    csrf: CsrfToken,
    verifier: PkceCodeVerifier,
}

async fn send(
    transport: &Transport,
    organisation: &OrgDomain,
    enrolment: &Enrolment,
) -> Result<identity::EnrolResponse, Error> {
    let request = identity::EnrolWithIdentityProviderRequest {
        organisation: organisation.resource_name(),
        enrolment: Some(enrolment.request()?),
    };
    let mut request = transport.unary(request).await?;
    // An organisation that holds its own authority is asked, and may ask a person.
    request.set_timeout(ENROLMENT);
    let response = transport
        .identity()
        .enrol_with_identity_provider(request)
        .await
        .map_err(|status| transport.refused(&status))?;
    Ok(response.into_inner().enrolment.unwrap_or_default())
}

/// Whether asking again cannot help.
fn is_final(error: &Error) -> bool {
    match error {
        Error::Refused(refused) => !matches!(
            refused.kind(),
            ErrorKind::Unavailable
                | ErrorKind::ResourceExhausted
                | ErrorKind::DeadlineExceeded
                | ErrorKind::Internal
        ),
        _ => false,
    }
}

fn redirect_url(options: &SignInOptions) -> Result<RedirectUrl, Error> {
    RedirectUrl::new(options.redirect_uri.clone()).map_err(|error| failed(&error))
}

/// Something of the provider that cannot be used.
fn failed(error: &dyn std::error::Error) -> Error {
    let mut why = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        why = format!("{why}: {inner}");
        cause = inner.source();
    }
    Error::SignIn(format!(
        "the identity provider cannot be used ({}): try again, or ask your administrator",
        in_words(&why)
    ))
}

/// A foreign text that can stand in a sentence on a terminal.
fn in_words(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}
