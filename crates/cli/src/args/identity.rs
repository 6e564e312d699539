//! `relais admin identity-provider` and `relais admin scim-token`.

use clap::{Args, Subcommand};

use super::AdminAccess;

/// `relais admin identity-provider …`
#[derive(Debug, Subcommand)]
pub enum IdentityProviderCommand {
    /// Say where an organisation's people sign in to enrol their devices.
    Set(Box<IdentityProviderArgs>),
    /// Let nobody enrol through the identity provider any more.
    #[command(
        after_help = "Examples:\n  relais admin identity-provider remove sainte-luce.internal --data-dir relais-data"
    )]
    Remove {
        /// The organisation's domain.
        organisation: String,
        /// Who administers.
        #[command(flatten)]
        access: AdminAccess,
    },
}

/// An OpenID provider, and what its ID tokens must say.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais admin identity-provider set sainte-luce.internal --issuer https://login.example/tenant \\
      --client-id relais --scope profile --profession nurse --data-dir relais-data
  relais admin identity-provider set sainte-luce.internal --issuer https://login.example/tenant \\
      --client-id relais --scope fhirUser --fhir-user-claim fhirUser --profession-claim title \\
      --group-claim groups --group clinicians --account-claim oid

At the provider, register a public client with PKCE and the redirect URI
http://127.0.0.1/callback with any port.")]
pub struct IdentityProviderArgs {
    /// The organisation's domain.
    pub organisation: String,
    /// The issuer, exactly as it stands in its tokens.
    #[arg(long, value_name = "URL")]
    pub issuer: String,
    /// As whom Relais is registered there.
    #[arg(long, value_name = "ID")]
    pub client_id: String,
    /// A scope to ask for besides `openid`; may be repeated.
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// Claim that is the `userName` or `externalId` in the provider's directory (SCIM).
    #[arg(long, value_name = "CLAIM", default_value = "sub")]
    pub account_claim: String,
    /// Claim with the person's name.
    #[arg(long, value_name = "CLAIM", default_value = "name")]
    pub name_claim: String,
    /// Claim with the person's profession.
    #[arg(long, value_name = "CLAIM", required_unless_present = "profession")]
    pub profession_claim: Option<String>,
    /// The profession of those of whom the claim says none, such as `nurse`.
    #[arg(long, value_name = "CODE")]
    pub profession: Option<String>,
    /// Claim with the person's FHIR resource, which must be a practitioner.
    #[arg(long, value_name = "CLAIM")]
    pub fhir_user_claim: Option<String>,
    /// Admit verified e-mail addresses of this domain alone.
    #[arg(long, value_name = "DOMAIN")]
    pub email_domain: Option<String>,
    /// Claim with the person's groups.
    #[arg(long, value_name = "CLAIM", requires = "group")]
    pub group_claim: Option<String>,
    /// Admit members of this group alone.
    #[arg(long, value_name = "GROUP", requires = "group_claim")]
    pub group: Option<String>,
    /// Who administers.
    #[command(flatten)]
    pub access: AdminAccess,
}

/// Whose directory.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais admin scim-token sainte-luce.internal --data-dir relais-data

Enter the token at the identity provider, with the address of relaisd's [scim] listener and the
path /scim/v2.")]
pub struct ScimTokenArgs {
    /// The organisation's domain.
    pub organisation: String,
    /// Who administers.
    #[command(flatten)]
    pub access: AdminAccess,
}
