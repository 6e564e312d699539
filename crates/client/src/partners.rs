//! Partnerships of this person's organisation.

use std::time::Duration;

use relais_care::Terms;
use relais_engine::{Me, Partner, Proposal, Told, ToldAdherence};
use relais_proto::directory as pb;
use relais_types::{OrgDomain, Timestamp};

use crate::{Error, directory::all_pages, driver::Handle, transport::Transport};

/// Items asked for at a time.
const PAGE: i32 = 100;
/// How long the log may take to say whom it knows. Who is not proved by then counts for nothing.
const PROOF: Duration = Duration::from_secs(10);

/// How this person's organisation stands to others, each word of it verified.
#[derive(Clone, Debug)]
pub struct Partners {
    handle: Handle,
    transport: Transport,
    organisation: OrgDomain,
}

impl Partners {
    pub(crate) fn new(handle: Handle, transport: Transport, me: &Me) -> Self {
        Self {
            handle,
            transport,
            organisation: me.device.organisation.clone(),
        }
    }

    /// The partners, by domain: what is in force and what is proposed, as far as it is proved.
    ///
    /// # Errors
    /// [`Error::Unreachable`], or the server's reason.
    pub async fn list(&self) -> Result<Vec<Partner>, Error> {
        let organisation = self.organisation.resource_name();
        let found = all_pages(async |page_token| {
            let request = pb::ListPartnershipsRequest {
                organisation: organisation.clone(),
                page_size: PAGE,
                page_token,
            };
            let request = self.transport.unary(request).await?;
            let response = self.transport.directory().list_partnerships(request).await;
            let page = response
                .map_err(|status| self.transport.refused(&status))?
                .into_inner();
            Ok((page.partnerships, page.next_page_token))
        })
        .await?;
        let expected = found.clone();
        self.handle
            .with(move |account| {
                account.expect_partners(&expected, &[]);
                Ok(())
            })
            .await?;
        self.prove().await?;
        self.handle
            .with(move |account| account.partners(&found))
            .await
    }

    /// How this organisation stands to one other; `None` if nothing was ever signed.
    ///
    /// # Errors
    /// As [`Partners::list`].
    pub async fn with(&self, organisation: &OrgDomain) -> Result<Option<Partner>, Error> {
        let partners = self.list().await?.into_iter();
        let mut found = partners.filter(|partner| partner.organisation == *organisation);
        Ok(found.next())
    }

    /// Signs new terms for this organisation; for administrators. They hold at once if they only
    /// lower the stage, and else when the other organisation has signed them.
    ///
    /// # Errors
    /// `NOT_ALLOWED` for others, `ALREADY_EXISTS` if the other has signed something meanwhile,
    /// `MALFORMED_FIELD` for a stage that is skipped, [`Error::Unreachable`].
    pub async fn sign(&self, terms: Terms) -> Result<(), Error> {
        let request = self
            .handle
            .with(move |account| Ok(account.sign_terms(&terms)))
            .await?;
        self.send(request).await
    }

    /// Signs what the other organisation has proposed; for administrators.
    ///
    /// # Errors
    /// As [`Partners::sign`].
    pub async fn accept(&self, proposal: &Proposal) -> Result<(), Error> {
        let proposal = proposal.clone();
        let request = self
            .handle
            .with(move |account| Ok(account.sign_proposal(&proposal)))
            .await?;
        self.send(request).await
    }

    async fn send(&self, request: pb::SignPartnershipRequest) -> Result<(), Error> {
        let request = self.transport.unary(request).await?;
        let signed = self.transport.directory().sign_partnership(request).await;
        signed
            .map(drop)
            .map_err(|status| self.transport.refused(&status))
    }

    /// Tells a partner how commitments were kept in this person's cases: counts and nothing else.
    ///
    /// # Errors
    /// `NOT_FOUND` if nothing is agreed with it, `MALFORMED_FIELD` for fewer than five requests,
    /// [`Error::Unreachable`].
    pub async fn tell(
        &self,
        partner: &OrgDomain,
        since: Timestamp,
        counts: Vec<ToldAdherence>,
    ) -> Result<(), Error> {
        let partner = partner.clone();
        let request = self
            .handle
            .with(move |account| Ok(account.tell_adherence(&partner, since, &counts)))
            .await?;
        let request = self.transport.unary(request).await?;
        let told = self.transport.directory().publish_adherence(request).await;
        told.map(drop)
            .map_err(|status| self.transport.refused(&status))
    }

    /// What the people of both sides have told of their commitments, by person; or why it cannot
    /// be believed.
    ///
    /// # Errors
    /// [`Error::Unreachable`], or the server's reason.
    pub async fn told(&self, partner: &OrgDomain) -> Result<Vec<Result<Told, String>>, Error> {
        let name = partner.resource_name();
        let found = all_pages(async |page_token| {
            let request = pb::ListAdherenceRequest {
                partner: name.clone(),
                page_size: PAGE,
                page_token,
            };
            let request = self.transport.unary(request).await?;
            let response = self.transport.directory().list_adherence(request).await;
            let page = response
                .map_err(|status| self.transport.refused(&status))?
                .into_inner();
            Ok((page.statements, page.next_page_token))
        })
        .await?;
        let expected = found.clone();
        self.handle
            .with(move |account| {
                account.expect_partners(&[], &expected);
                Ok(())
            })
            .await?;
        self.prove().await?;
        let partner = partner.clone();
        self.handle
            .with(move |account| Ok(account.adherence(&partner, &found)))
            .await
    }

    /// Waits until the log has said whom it knows, if it does in time.
    async fn prove(&self) -> Result<(), Error> {
        // A command that was just given may not have been looked at.
        self.handle.with(|_| Ok(())).await?;
        let mut settled = self.handle.settled();
        match tokio::time::timeout(PROOF, settled.wait_for(|settled| *settled)).await {
            Ok(Err(_)) => Err(Error::Closed),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }
}
