//! Where an organisation's people sign in, and with what its directory reports on them.

use relais_proto::identity;
use relais_types::OrgDomain;

use super::{Directory, request_id};
use crate::Error;

impl Directory {
    /// Sets where an organisation's people sign in to enrol devices, or that they do not; for its
    /// administrators and the operator.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `NOT_FOUND`, `MALFORMED_FIELD`, [`Error::Unreachable`].
    pub async fn set_identity_provider(
        &self,
        organisation: &OrgDomain,
        provider: Option<identity::IdentityProvider>,
    ) -> Result<(), Error> {
        let request = identity::SetIdentityProviderRequest {
            request_id: request_id(),
            organisation: organisation.resource_name(),
            provider,
        };
        let request = self.transport.unary(request).await?;
        let response = self
            .transport
            .identity()
            .set_identity_provider(request)
            .await;
        response
            .map(drop)
            .map_err(|status| self.transport.refused(&status))
    }

    /// Makes the token with which an organisation's directory reports on its people (SCIM); the
    /// one before ends. For its administrators and the operator.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `NOT_FOUND`, [`Error::Unreachable`].
    pub async fn create_scim_token(&self, organisation: &OrgDomain) -> Result<String, Error> {
        let request = identity::CreateScimTokenRequest {
            request_id: request_id(),
            organisation: organisation.resource_name(),
        };
        let request = self.transport.unary(request).await?;
        let response = self.transport.identity().create_scim_token(request).await;
        let made = response.map_err(|status| self.transport.refused(&status))?;
        Ok(made.into_inner().token)
    }
}
