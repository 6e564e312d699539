//! The device's stock of key packages on the server (RFC 9420 §10).

use std::time::Duration;

use relais_proto::keypackage;
use relais_types::{Error, Result, Timestamp};

use crate::{
    account::{Account, is_transient},
    event::Call,
    purpose::Purpose,
    record::{self, PUBLISH, PublishRecord, StockRecord},
    signed,
};

/// Single-use key packages published at a time; well above the server's low-water mark.
const BATCH: usize = 40;
/// Row that says when the stock, with the last-resort key package, was published.
const STOCK: &[u8] = b"stock";
/// Age at which the stock is renewed: key packages live for 12 weeks.
const RENEW_AFTER: Duration = Duration::from_hours(6 * 7 * 24);
/// Pause before key packages that did not arrive are sent again.
const PAUSE: Duration = Duration::from_secs(10);

impl Account {
    /// Publishes the first stock, what was not confirmed, or a new stock in time.
    pub(crate) fn stock_key_packages(&mut self) -> Result<()> {
        let fresh = self.is_stock_fresh()?;
        if self.state.get(PUBLISH).is_some() || !fresh {
            return self.publish_key_packages(!fresh);
        }
        Ok(())
    }

    fn is_stock_fresh(&self) -> Result<bool> {
        let stock: Option<StockRecord> = record::read(&self.state, STOCK)?;
        let published = stock.map(|stock| Timestamp::from_micros(stock.published_at));
        Ok(published.is_some_and(|at| self.now().since(at) < RENEW_AFTER))
    }

    /// Publishes again what did not arrive, once its pause is over.
    pub(crate) fn retry_publishing(&mut self) -> Result<()> {
        match self.publish_again {
            Some(at) if at <= self.now() => {
                let fresh = self.is_stock_fresh()?;
                self.publish_key_packages(!fresh)
            }
            _ => Ok(()),
        }
    }

    /// The key packages that others have are of an earlier certificate: publishes a whole stock
    /// of the new one. Those before it end with their certificate.
    pub(crate) fn restock_key_packages(&mut self) -> Result<()> {
        self.state.delete(STOCK);
        self.state.delete(PUBLISH);
        if self.is_publishing() {
            // What is on its way counts for nothing; it is followed by the new ones.
            self.publish_again = Some(self.now());
            return Ok(());
        }
        self.publish_key_packages(true)
    }

    /// Publishes more key packages, unless some are on their way.
    pub(crate) fn publish_key_packages(&mut self, with_last_resort: bool) -> Result<()> {
        if self.is_publishing() || self.is_expired() {
            return Ok(());
        }
        self.publish_again = None;
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

    pub(crate) fn published(&mut self) -> Result<()> {
        let row: Option<PublishRecord> = record::read(&self.state, PUBLISH)?;
        self.state.delete(PUBLISH);
        if row.is_some_and(|row| !row.last_resort.is_empty()) {
            let stock = StockRecord {
                published_at: self.now().as_micros(),
            };
            record::write(&mut self.state, STOCK.to_vec(), &stock);
        }
        Ok(())
    }

    /// Keeps what may be sent again; forgets what never can be.
    pub(crate) fn publish_failed(&mut self, error: &Error) {
        if !is_transient(error) {
            tracing::warn!(
                reason = error.reason.as_str(),
                "the server refused our key packages"
            );
            self.state.delete(PUBLISH);
        }
        self.publish_again = Some(
            self.now()
                .plus(error.retry_after.unwrap_or_default() + PAUSE),
        );
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
