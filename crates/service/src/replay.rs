//! Request ids: a replay gets the first answer, another request under the same id none.

use relais_store::{FirstResponse, ReplayKey, Snapshot, Transaction};
use relais_types::{Error, Reason, RequestId, Result, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use crate::Caller;

/// A call that writes: whose, which, and what it asks.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    key: ReplayKey,
    method: &'static str,
    digest: [u8; 32],
}

impl Replay {
    pub(crate) fn new(
        caller: &Caller,
        request_id: RequestId,
        method: &'static str,
        request: Fingerprint,
    ) -> Self {
        Self::of(caller.replay_name(), request_id, method, request)
    }

    /// A call of somebody who has no name yet; `caller` must be theirs alone.
    pub(crate) fn of(
        caller: Vec<u8>,
        request_id: RequestId,
        method: &'static str,
        request: Fingerprint,
    ) -> Self {
        Self {
            key: ReplayKey { caller, request_id },
            method,
            digest: request.0.finalize().into(),
        }
    }

    /// The first outcome of this very call, if it was made before.
    ///
    /// # Errors
    /// `REQUEST_ID_REUSED` if another call was made under its id.
    pub(crate) async fn first<T: DeserializeOwned>(
        &self,
        view: &mut Snapshot,
    ) -> Result<Option<T>> {
        self.open(view.first_response(&self.key).await?)
    }

    /// The first outcome of this very call, from what was stored under its id.
    ///
    /// # Errors
    /// `REQUEST_ID_REUSED` if another call was made under its id.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        first: Option<FirstResponse>,
    ) -> Result<Option<T>> {
        let Some(first) = first else {
            return Ok(None);
        };
        if first.method != self.method || first.digest != self.digest {
            return Err(Error::new(
                Reason::RequestIdReused,
                "the request id was used for another request: make a new id",
            ));
        }
        serde_json::from_slice(&first.response)
            .map(Some)
            .map_err(|_| Error::internal("a stored response is unreadable: make a new request id"))
    }

    /// Keeps the outcome for replays, in the transaction that brought it about.
    pub(crate) async fn keep(
        &self,
        tx: &mut Transaction,
        outcome: &impl Serialize,
        now: Timestamp,
    ) -> Result<()> {
        let first = self.response(outcome)?;
        Ok(tx.insert_response(&self.key, &first, now).await?)
    }

    /// What is to be stored for replays.
    pub(crate) fn response(&self, outcome: &impl Serialize) -> Result<FirstResponse> {
        let response = serde_json::to_vec(outcome)
            .map_err(|_| Error::internal("a response could not be stored"))?;
        Ok(FirstResponse {
            method: self.method.to_owned(),
            digest: self.digest,
            response,
        })
    }

    pub(crate) fn key(&self) -> &ReplayKey {
        &self.key
    }
}

/// The digest of a request, over every field with its length, so that no two requests
/// have the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    pub(crate) fn field(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }

    pub(crate) fn number(self, number: u64) -> Self {
        self.field(number.to_be_bytes())
    }

    pub(crate) fn list<T: AsRef<[u8]>>(mut self, items: impl ExactSizeIterator<Item = T>) -> Self {
        self.0.update((items.len() as u64).to_be_bytes());
        items.fold(self, Self::field)
    }

    pub(crate) fn optional(self, field: Option<impl AsRef<[u8]>>) -> Self {
        self.list(field.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_run_together() {
        let digest = |fingerprint: Fingerprint| fingerprint.0.finalize();
        let new = Fingerprint::default;
        assert_ne!(
            digest(new().field("ab").field("c")),
            digest(new().field("a").field("bc"))
        );
        assert_ne!(
            digest(new().list(["a"].iter()).list(["b"].iter())),
            digest(new().list(["a", "b"].iter()).list([""; 0].iter()))
        );
        assert_ne!(
            digest(new().optional(None::<&str>)),
            digest(new().optional(Some("")))
        );
    }
}
