//! What a privacy officer does: hold the key, and read who viewed what.

use relais_engine::{Me, OfficerSecret, OpenedView};
use relais_proto::{audit as pb, to_proto_time};
use relais_types::Timestamp;

use crate::{Error, directory::all_pages, driver::Handle, transport::Transport};

/// Views asked for at a time.
const PAGE: i32 = 200;

/// The officer's part of an account.
#[derive(Clone, Debug)]
pub struct Officer {
    handle: Handle,
    transport: Transport,
    organisation: String,
}

impl Officer {
    pub(crate) fn new(handle: Handle, transport: Transport, me: &Me) -> Self {
        Self {
            handle,
            transport,
            organisation: me.device.organisation.resource_name(),
        }
    }

    /// Makes a key in this account and publishes it; for administrators. From then on everybody's
    /// clients seal to it who viewed what in the organisation's cases.
    ///
    /// # Errors
    /// `NOT_ALLOWED` for others, [`Error::Unreachable`].
    pub async fn create_key(&self) -> Result<(), Error> {
        // The secret is durable before anybody can seal to the key.
        let request = self
            .handle
            .with(relais_engine::Account::create_officer_key)
            .await?;
        let request = self.transport.unary(request).await?;
        let published = self.transport.audit().publish_officer_key(request).await;
        published
            .map(drop)
            .map_err(|status| self.transport.refused(&status))
    }

    /// The secrets of the keys that this account holds, oldest first.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn secrets(&self) -> Result<Vec<OfficerSecret>, Error> {
        self.handle.with(|account| account.officer_secrets()).await
    }

    /// Takes over a key that another officer of the organisation has made.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn import(&self, secret: OfficerSecret) -> Result<(), Error> {
        self.handle
            .with(move |account| account.keep_officer_key(&secret))
            .await
    }

    /// Who viewed what in the organisation's cases, oldest first, each verified.
    ///
    /// # Errors
    /// `NOT_ALLOWED` unless this person administers the organisation, `NOT_FOUND` if the account
    /// holds no key, [`Error::Unreachable`].
    pub async fn views(&self, since: Option<Timestamp>) -> Result<Vec<OpenedView>, Error> {
        let sealed = all_pages(async |page_token| {
            let request = pb::ListViewsRequest {
                organisation: self.organisation.clone(),
                since: since.map(to_proto_time),
                page_size: PAGE,
                page_token,
            };
            let request = self.transport.unary(request).await?;
            let response = self.transport.audit().list_views(request).await;
            let page = response
                .map_err(|status| self.transport.refused(&status))?
                .into_inner();
            Ok((page.views, page.next_page_token))
        })
        .await?;
        self.handle
            .with(move |account| {
                sealed
                    .iter()
                    .map(|view| account.open_view(view))
                    .collect::<relais_types::Result<_>>()
            })
            .await
    }
}
