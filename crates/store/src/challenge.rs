//! Challenges that were answered, so that none is answered twice.

use relais_types::Timestamp;

use crate::{Result, Transaction};

impl Transaction {
    /// Uses up a challenge; `false` if it was used before. The digest may be forgotten
    /// after `expires_at`, when the challenge itself is refused.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn use_challenge(
        &mut self,
        digest: &[u8; 32],
        expires_at: Timestamp,
    ) -> Result<bool> {
        let done = sqlx::query(
            "INSERT INTO used_challenge (digest, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(digest.as_slice())
        .bind(expires_at.as_micros())
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets challenges that expired before `now`; says how many.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn forget_challenges(&mut self, now: Timestamp) -> Result<u64> {
        let done = sqlx::query("DELETE FROM used_challenge WHERE expires_at < ?")
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}
