//! Forgetting what nobody can need any more.

use relais_types::{Result, Timestamp};

use crate::Service;

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Responses kept for replays.
    pub responses: u64,
    /// Answered challenges.
    pub challenges: u64,
    /// Expired key packages.
    pub key_packages: u64,
}

impl Service {
    /// Forgets expired replays, challenges and key packages. To be run from time to time;
    /// nothing depends on when.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`, `OVERLOADED`.
    pub async fn purge(&self) -> Result<Purged> {
        let now = self.now();
        let kept = self.limits().replay_ttl().as_micros();
        let kept = i64::try_from(kept).unwrap_or(i64::MAX);
        let before = Timestamp::from_micros(now.as_micros().saturating_sub(kept));
        let purged = self
            .store()
            .run_tx("purge", async move |tx| {
                Ok::<_, relais_store::Error>(Purged {
                    responses: tx.forget_responses(before).await?,
                    challenges: tx.forget_challenges(now).await?,
                    key_packages: tx.forget_key_packages(now).await?,
                })
            })
            .await?;
        Ok(purged)
    }
}
