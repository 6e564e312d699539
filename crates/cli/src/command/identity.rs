//! `admin identity-provider`, `admin scim-token`, and enrolling by signing in.

use relais_client::{Beginning, Client, Redirect, SignIn, SignInOptions};
use relais_proto::identity;
use serde::Serialize;

use super::{admin::with_directory, directory::domain};
use crate::{
    Failure,
    account::{self, Context},
    args::{EnrolArgs, IdentityProviderArgs, IdentityProviderCommand, ScimTokenArgs},
    progress::during,
    said::Said,
};

#[derive(Serialize)]
struct Provider {
    organisation: String,
    /// Absent if there is none any more.
    issuer: Option<String>,
}

#[derive(Serialize)]
struct ScimToken {
    organisation: String,
    token: String,
}

pub(super) async fn provider(
    context: &Context,
    command: IdentityProviderCommand,
) -> Result<(), Failure> {
    match command {
        IdentityProviderCommand::Set(args) => set(context, *args).await,
        IdentityProviderCommand::Remove {
            organisation,
            access,
        } => {
            let organisation = domain(&organisation)?;
            with_directory(context, &access, async |directory| {
                directory.set_identity_provider(&organisation, None).await?;
                let row = Provider {
                    organisation: organisation.to_string(),
                    issuer: None,
                };
                context.output.result("identity_provider", &row, |style| {
                    style
                        .text("identity-people-organisation-enrol-with-invitations")
                        .to_owned()
                })
            })
            .await
        }
    }
}

async fn set(context: &Context, args: IdentityProviderArgs) -> Result<(), Failure> {
    let organisation = domain(&args.organisation)?;
    let provider = identity::IdentityProvider {
        issuer: args.issuer,
        client_id: args.client_id,
        scopes: args.scopes,
        account_claim: args.account_claim,
        name_claim: args.name_claim,
        profession_claim: args.profession_claim.unwrap_or_default(),
        default_profession: args.profession.unwrap_or_default(),
        fhir_user_claim: args.fhir_user_claim.unwrap_or_default(),
        email_domain: args.email_domain.unwrap_or_default(),
        group_claim: args.group_claim.unwrap_or_default(),
        required_group: args.group.unwrap_or_default(),
    };
    with_directory(context, &args.access, async |directory| {
        let row = Provider {
            organisation: organisation.to_string(),
            issuer: Some(provider.issuer.clone()),
        };
        directory
            .set_identity_provider(&organisation, Some(provider))
            .await?;
        context.output.result("identity_provider", &row, |style| {
            let hint = style.text("identity-people-organisation-can-enrol-signing");
            format!("{hint}:\n  relais enrol --oidc --organisation {organisation}")
        })
    })
    .await
}

pub(super) async fn scim_token(context: &Context, args: ScimTokenArgs) -> Result<(), Failure> {
    let organisation = domain(&args.organisation)?;
    with_directory(context, &args.access, async |directory| {
        let row = ScimToken {
            token: directory.create_scim_token(&organisation).await?,
            organisation: organisation.to_string(),
        };
        context.output.result("scim_token", &row, |style| {
            let hint = style.text("identity-enter-token-at-identity-provider");
            format!("{hint}\n{}", row.token)
        })
    })
    .await
}

/// Enrols a device with the person's browser.
pub(super) async fn sign_in(context: &Context, args: &EnrolArgs) -> Result<Client, Failure> {
    let organisation = args
        .organisation
        .as_deref()
        .ok_or_else(|| Failure::Usage(Said::of("failure-whose-identity-provider")))?;
    let redirect = Redirect::listen().await?;
    let options = SignInOptions {
        store: context.account()?,
        passphrase: account::passphrase(&context.globals, true)?,
        endpoint: account::endpoint(&args.endpoint)?,
        organisation: domain(organisation)?,
        device_label: args.label.clone(),
        redirect_uri: redirect.uri(),
    };
    let quiet = context.output.is_json();
    let sign_in = match during(quiet, "enrolling", SignIn::begin(options)).await? {
        Beginning::Enrolled(client) => return Ok(*client),
        Beginning::SignIn(sign_in) => sign_in,
    };
    let hint = context
        .output
        .style()
        .text("identity-open-page-browser-on-machine");
    // Programs need it as well, and standard output is for the result.
    crate::output::complain(&format!("{hint}:\n\n{}\n", sign_in.authorization_url()));
    let came_back = tokio::select! {
        came_back = redirect.wait() => came_back?,
        _ = tokio::signal::ctrl_c() => {
            return Err(Failure::failed(Said::of("failure-nobody-signed-in")));
        }
    };
    Ok(during(quiet, "enrolling", sign_in.finish(&came_back)).await?)
}
