//! The device's stock of key packages on the server (RFC 9420 §10).

use relais_proto::keypackage;
use relais_types::{Error, Result};

use crate::{
    account::{Account, Purpose, is_transient},
    event::Call,
    record::{self, PUBLISH, PublishRecord},
    signed,
};

/// Single-use key packages published at a time; well above the server's low-water mark.
const BATCH: usize = 40;
/// Row that says that the first stock, with the last-resort key package, was published.
const STOCKED: &[u8] = b"stocked";

impl Account {
    /// Publishes the first stock, or what was not confirmed.
    pub(crate) fn stock_key_packages(&mut self) -> Result<()> {
        let unconfirmed = self.state.get(PUBLISH).is_some();
        if unconfirmed || self.state.get(STOCKED).is_none() {
            return self.publish_key_packages(!unconfirmed);
        }
        Ok(())
    }

    /// Publishes more key packages, unless some are on their way.
    pub(crate) fn publish_key_packages(&mut self, with_last_resort: bool) -> Result<()> {
        if self.is_publishing() {
            return Ok(());
        }
        let row = match record::read::<PublishRecord>(&self.state, PUBLISH)? {
            Some(row) => row,
            None => self.make_key_packages(with_last_resort)?,
        };
        let request = keypackage::PublishKeyPackagesRequest {
            request_id: row.request_id,
            key_packages: row.key_packages,
            last_resort: row.last_resort,
        };
        self.call(Purpose::Publish, Call::PublishKeyPackages(request));
        Ok(())
    }

    pub(crate) fn published(&mut self) {
        self.state.delete(PUBLISH);
        self.state.put(STOCKED.to_vec(), vec![1]);
    }

    /// Keeps what may be sent again at the next connection; forgets what never can be.
    pub(crate) fn publish_failed(&mut self, error: &Error) {
        if !is_transient(error) {
            tracing::warn!(
                reason = error.reason.as_str(),
                "the server refused our key packages"
            );
            self.state.delete(PUBLISH);
        }
    }

    fn make_key_packages(&mut self, with_last_resort: bool) -> Result<PublishRecord> {
        let now = self.now();
        let mut make = |last_resort| {
            self.mls
                .key_package(&mut self.state, last_resort, now)
                .map_err(signed::mls)
        };
        let key_packages = (0..BATCH).map(|_| make(false)).collect::<Result<_>>()?;
        let last_resort = if with_last_resort {
            make(true)?
        } else {
            bytes::Bytes::new()
        };
        let row = PublishRecord {
            request_id: self.request_id(),
            key_packages,
            last_resort,
        };
        record::write(&mut self.state, PUBLISH.to_vec(), &row);
        Ok(row)
    }
}
