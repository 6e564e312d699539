//! What the operator of this server can see.

use relais_store::Store;
pub use relais_store::{DeviceSummary, EntrySize, GroupSummary, Overview, TableCount};
use relais_types::{GroupId, Result};

use crate::delivery::LogEntry;

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

/// The whole log of a group as the database holds it: what whoever steals the disk has.
///
/// # Errors
/// `STORAGE_UNAVAILABLE` if the database does not answer.
pub async fn log(store: &Store, group: GroupId) -> Result<Vec<LogEntry>> {
    let entries = store
        .read("inspect_log", async move |view| {
            view.log(group, 0, u64::MAX, u32::MAX, usize::MAX).await
        })
        .await?;
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Backbone;

    #[tokio::test]
    async fn the_roster_shows_and_the_content_does_not() {
        let backbone = Backbone::new().await;
        let (mut ana, _, group) = backbone.pair().await;
        let canary = b"canary in a coal mine";
        backbone.say(&mut ana, group, canary).await;
        let seen = inspect(backbone.service.store()).await.unwrap();
        assert_eq!(seen.devices.len(), 2);
        let [summary] = &seen.groups[..] else {
            unreachable!("one group")
        };
        assert_eq!((summary.id, summary.members), (group, 2));
        assert_eq!((summary.epoch, summary.head_seq), (1, 2));
        for file in std::fs::read_dir(backbone.directory()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(canary.len()).any(|window| window == canary));
        }
    }
}
