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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Limits, fixture::Backbone};

    #[tokio::test]
    async fn only_what_nobody_can_need_is_forgotten() {
        let backbone = Backbone::with_limits(Limits {
            replay_ttl_secs: 24 * 60 * 60,
            ..Limits::default()
        })
        .await;
        let mut ana = backbone.device("laurier.internal", "Ana").await;
        ana.publish_single_use(&backbone, 2).await;
        backbone.token(&ana).await;
        assert_eq!(backbone.service.purge().await, Ok(Purged::default()));
        backbone.clock.advance(Duration::from_hours(25));
        let purged = backbone.service.purge().await.unwrap();
        assert_eq!((purged.challenges, purged.key_packages), (1, 0));
        assert_eq!(
            purged.responses, 4,
            "organisation, invitation, Enrol, publish"
        );
        backbone.clock.advance(Duration::from_hours(13 * 7 * 24));
        let purged = backbone.service.purge().await.unwrap();
        assert_eq!(purged.key_packages, 2);
    }
}
