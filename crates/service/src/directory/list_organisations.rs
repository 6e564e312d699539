//! Paging through the federation.

use relais_types::Result;

use super::Organisation;
use crate::{
    Caller, Page, Service,
    page::{self, List},
};

/// Which page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListOrganisationsParams {
    /// At most this many; 0 means the default.
    pub page_size: i32,
    /// From the previous page; empty for the first.
    pub page_token: String,
}

/// A page of the federation's organisations, by domain.
///
/// # Errors
/// `MALFORMED_FIELD`, `CURSOR_INVALID`.
pub async fn list_organisations(
    service: &Service,
    caller: &Caller,
    params: ListOrganisationsParams,
) -> Result<Page<Organisation>> {
    caller.known()?;
    let size = page::size(params.page_size, service.limits())?;
    let list = List::new("organisations", &[]);
    let after = list
        .open(&params.page_token)?
        .map(|key| String::from_utf8(key).map_err(|_| page::invalid()))
        .transpose()?;
    let found = service
        .store()
        .read("list_organisations", async move |view| {
            view.organisations(after.as_deref(), size + 1).await
        })
        .await?
        .into_iter()
        .map(|row| Organisation {
            domain: row.domain,
            display_name: row.display_name,
        })
        .collect();
    Ok(list.page(found, size, |last: &Organisation| {
        last.domain.as_str().as_bytes().to_vec()
    }))
}

#[cfg(test)]
mod tests {
    use relais_types::Reason;

    use super::*;
    use crate::fixture::Backbone;

    #[tokio::test]
    async fn pages_cover_everything_once() {
        let backbone = Backbone::new().await;
        for domain in ["c", "a", "e", "b", "d"] {
            backbone.organisation(&format!("{domain}.internal")).await;
        }
        let mut params = ListOrganisationsParams {
            page_size: 2,
            ..Default::default()
        };
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let page = list_organisations(&backbone.service, &Caller::Operator, params.clone())
                .await
                .unwrap();
            seen.extend(page.items.into_iter().map(|found| found.domain.to_string()));
            pages += 1;
            params.page_token = page.next_page_token;
            if params.page_token.is_empty() {
                break;
            }
        }
        let all = ["a", "b", "c", "d", "e"].map(|domain| format!("{domain}.internal"));
        assert_eq!((seen, pages), (all.to_vec(), 3));
        params.page_token = "ff' OR 1=1".into();
        let refused = list_organisations(&backbone.service, &Caller::Operator, params).await;
        assert_eq!(refused.unwrap_err().reason, Reason::CursorInvalid);
        let refused = list_organisations(
            &backbone.service,
            &Caller::Anonymous,
            ListOrganisationsParams::default(),
        )
        .await;
        assert_eq!(refused.unwrap_err().reason, Reason::CredentialMissing);
    }
}
