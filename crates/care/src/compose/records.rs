//! Drafts of what is recorded.

use relais_proto::care::{self as pb, entry::Body};

use super::Draft;
use crate::{Decision, FieldError, MetricsReport, Nudge};

impl Draft {
    /// Records what was decided.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn decision(self, decision: Decision) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Decision(decision.into()))
    }

    /// Reminds the seat that must act next of something asked.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn nudge(self, nudge: Nudge) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Nudge(nudge.into()))
    }

    /// Tells numbers without content.
    ///
    /// # Errors
    /// The field that is missing or malformed; so if it tells what there are too few of.
    pub fn metrics_report(self, report: MetricsReport) -> Result<pb::Entry, FieldError> {
        self.finish(Body::MetricsReport(report.into()))
    }
}
