//! What the operator of this server can see.

use relais_store::Store;
pub use relais_store::{DeviceSummary, EntrySize, GroupSummary, Overview, TableCount};
use relais_types::Result;

/// What the operator can see, in counts and samples.
///
/// `store` may be that of a running service, or [`Store::open_read_only`] on its file.
///
/// # Errors
/// `STORAGE_UNAVAILABLE` if the database does not answer.
pub async fn inspect(store: &Store) -> Result<Overview> {
    let overview = store
        .read("inspect", async |view| view.overview().await)
        .await?;
    Ok(overview)
}
