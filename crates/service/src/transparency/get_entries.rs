//! The leaves themselves, for witnesses and monitors.

use bytes::Bytes;
use relais_types::{Error, Result};

use crate::{Caller, Service};

/// Leaves on a page.
const MAX_PAGE: u32 = 256;

/// Where to begin, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetEntriesParams {
    /// Number of the first leaf.
    pub start: u64,
    /// At most this many; 0 means as many as possible.
    pub page_size: i32,
}

/// A page of leaves, at most 256; empty behind the end.
///
/// # Errors
/// `MALFORMED_FIELD` for a negative page size; `CREDENTIAL_MISSING`.
pub async fn get_entries(
    service: &Service,
    caller: &Caller,
    params: GetEntriesParams,
) -> Result<Vec<Bytes>> {
    caller.known()?;
    let limit = match u32::try_from(params.page_size) {
        Ok(0) => MAX_PAGE,
        Ok(asked) => asked.min(MAX_PAGE),
        Err(_) => return Err(Error::malformed("page_size", "must not be negative")),
    };
    service
        .store()
        .read("get_entries", async move |view| {
            Ok(view.transparency_leaves(params.start, limit).await?)
        })
        .await
}
