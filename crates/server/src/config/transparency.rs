//! Who watches the transparency log.

use std::time::Duration;

use relais_transparency::CosignerKey;
use serde::{Deserialize, Serialize};

/// Witnesses of the transparency log: other organisations that check it and sign what they saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Transparency {
    /// Verifier keys of the witnesses, as `relais witness` prints them. Devices learn them when
    /// they enrol.
    pub witnesses: Vec<String>,
    /// Seconds that the newest cosigned checkpoint may be old before devices warn.
    pub max_cosignature_age_secs: u32,
}

impl Default for Transparency {
    fn default() -> Self {
        Self {
            witnesses: Vec::new(),
            max_cosignature_age_secs: 24 * 60 * 60,
        }
    }
}

impl Transparency {
    /// The witnesses' keys.
    ///
    /// # Errors
    /// The first text that is no verifier key.
    pub(crate) fn keys(&self) -> Result<Vec<CosignerKey>, String> {
        let keys = self.witnesses.iter();
        keys.map(|text| text.parse().map_err(|_| text.clone()))
            .collect()
    }

    pub(crate) fn max_cosignature_age(&self) -> Duration {
        Duration::from_secs(self.max_cosignature_age_secs.into())
    }
}
