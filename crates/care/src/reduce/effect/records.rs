//! Decisions, which need what they are about, and reminders, of which there is one a day.

use std::time::Duration;

use super::Outcome;
use crate::{CaseView, Content, Decision, Logged, Mark, Nudge, Rejection, Statement};

/// Between two reminders of the same request.
const PAUSE: Duration = Duration::from_hours(24);

impl CaseView {
    /// What is decided about is in the case, and whoever decided it, too.
    pub(super) fn check_decision(&self, decision: &Decision) -> Outcome {
        let took_effect =
            |&id| self.is_withheld(id) || self.item(id).is_some_and(|item| item.rejected.is_none());
        if !decision.about.iter().all(took_effect) {
            return Err(Rejection::UnknownTarget);
        }
        let known = |&seat| self.team.seat(seat).is_some();
        if !decision.decided_by.iter().all(known) {
            return Err(Rejection::UnknownSeat);
        }
        Ok(())
    }

    /// Reminds another seat of what it has to do. How long ago the last time was is told by the
    /// times at which the server accepted them, so that everybody comes to the same answer.
    pub(super) fn nudge(
        &mut self,
        logged: &Logged,
        statement: &Statement,
        nudge: &Nudge,
    ) -> Outcome {
        let Some(at) = self.progress.loop_at(nudge.target) else {
            return self.check_loop(nudge.target);
        };
        let asked = &mut self.loops[at];
        let awaited = asked.awaited_seat();
        if awaited.is_none() || awaited == statement.claim.seat {
            return Err(Rejection::NothingToRemind);
        }
        if asked
            .nudged
            .as_ref()
            .is_some_and(|last| logged.accepted_at.since(last.at) < PAUSE)
        {
            return Err(Rejection::RemindedAlready);
        }
        asked.nudged = Some(Mark {
            by: statement.claim.practitioner.clone(),
            seq: logged.seq,
            at: logged.accepted_at,
        });
        Ok(())
    }

    /// The decisions that stand, in the order in which they were recorded: neither rejected nor
    /// withdrawn nor replaced by a later one.
    pub fn decisions(&self) -> impl Iterator<Item = (&crate::TimelineItem, &Decision)> {
        self.timeline.iter().filter_map(|item| match &item.content {
            Content::Decision(decision)
                if item.rejected.is_none()
                    && !item.is_withdrawn()
                    && item.superseded_by.is_none() =>
            {
                Some((item, decision))
            }
            _ => None,
        })
    }
}
