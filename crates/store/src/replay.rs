//! First responses of calls that write, kept for replays (AIP-155).

use relais_types::{RequestId, Timestamp};

use crate::{Result, Snapshot, Transaction, sqlite::Columns as _};

/// Whose call it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayKey {
    /// The caller, in a form that no other caller has.
    pub caller: Vec<u8>,
    /// The id that the caller chose.
    pub request_id: RequestId,
}

/// What the first call with a request id asked and got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstResponse {
    /// The method.
    pub method: String,
    /// SHA-256 of the request.
    pub digest: [u8; 32],
    /// The response, opaque to the store.
    pub response: Vec<u8>,
}

impl Snapshot {
    /// The first response to this request id, if there was one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn first_response(&mut self, key: &ReplayKey) -> Result<Option<FirstResponse>> {
        let row = sqlx::query(
            "SELECT method, digest, response FROM idempotency WHERE caller = ? AND request_id = ?",
        )
        .bind(key.caller.as_slice())
        .bind(key.request_id.as_bytes().as_slice())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            Ok(FirstResponse {
                method: row.text("method")?,
                digest: row.id("digest")?,
                response: row.blob("response")?.into(),
            })
        })
        .transpose()
    }
}

impl Transaction {
    /// Keeps a first response.
    ///
    /// # Errors
    /// If there is one already, or the database fails.
    pub async fn insert_response(
        &mut self,
        key: &ReplayKey,
        first: &FirstResponse,
        now: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO idempotency (caller, request_id, method, digest, response, created_at) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(key.caller.as_slice())
        .bind(key.request_id.as_bytes().as_slice())
        .bind(first.method.as_str())
        .bind(first.digest.as_slice())
        .bind(first.response.as_slice())
        .bind(now.as_micros())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets responses given before `before`; says how many.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn forget_responses(&mut self, before: Timestamp) -> Result<u64> {
        let done = sqlx::query("DELETE FROM idempotency WHERE created_at < ?")
            .bind(before.as_micros())
            .execute(self.connection())
            .await?;
        Ok(done.rows_affected())
    }
}
