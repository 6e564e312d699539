//! What a seat wants to be told of, and how long it has not looked.

use std::time::Duration;

use relais_types::{SeatId, Timestamp};

use crate::{
    CaseView, Content, FollowLevel, Loop, LoopState, Priority, Significance, TeamSeat, TimelineItem,
};

const DAY: Duration = Duration::from_hours(24);

impl TimelineItem {
    /// How much it matters to those who only follow the case. What is rejected is a detail.
    pub fn significance(&self) -> Significance {
        if self.rejected.is_some() {
            return Significance::Detail;
        }
        if matches!(self.envelope.priority, Priority::Asap | Priority::Stat) {
            return Significance::Exception;
        }
        match &self.content {
            Content::Transition(transition) => step(transition.to),
            Content::Escalation(_)
            | Content::Cancellation(_)
            | Content::Retraction(_)
            | Content::BreakGlass(_)
            | Content::AccessEnded(_) => Significance::Exception,
            Content::CaseOpened(_)
            | Content::TeamChanged(_)
            | Content::Delegation(_)
            | Content::Decision(_)
            | Content::DefinedStep(_) => Significance::Milestone,
            content if content.asks().is_some() => Significance::Milestone,
            _ => Significance::Detail,
        }
    }
}

/// Something goes wrong, begins or ends, or neither.
const fn step(to: LoopState) -> Significance {
    match to {
        LoopState::AbortRequested
        | LoopState::Declined
        | LoopState::Disputed
        | LoopState::Expired
        | LoopState::Failed
        | LoopState::NoShow
        | LoopState::None
        | LoopState::Refused
        | LoopState::Unjustified
        | LoopState::Rejected
        | LoopState::Withdrawn => Significance::Exception,
        LoopState::Accepted
        | LoopState::Achieved
        | LoopState::Actioned
        | LoopState::Active
        | LoopState::Answered
        | LoopState::Booked
        | LoopState::Cancelled
        | LoopState::Closed
        | LoopState::Completed
        | LoopState::Done
        | LoopState::FollowUpBooked
        | LoopState::Fulfilled
        | LoopState::Justified
        | LoopState::Reconciled
        | LoopState::Referred
        | LoopState::Resolved => Significance::Milestone,
        _ => Significance::Detail,
    }
}

impl CaseView {
    /// Whether `seat` is to be told of an entry now, rather than find it when it looks: what
    /// asks the seat to act always, the rest by what the seat follows.
    pub fn interrupts(&self, seat: SeatId, item: &TimelineItem) -> bool {
        let Some(held) = self.team.seat(seat) else {
            return false;
        };
        if !item.addresses(seat) || item.author.seat == Some(seat) || item.rejected.is_some() {
            return false;
        }
        let asked = item
            .envelope
            .owner_seat
            .is_some_and(|owner| owner == seat || self.team.queue_pool(owner).contains(&seat))
            || self.puts_on_turn(item, seat);
        let wanted = match held.follow {
            FollowLevel::All => true,
            FollowLevel::Milestones => item.significance() >= Significance::Milestone,
            FollowLevel::Exceptions => item.significance() == Significance::Exception,
        };
        asked || wanted
    }

    /// Whether an entry is the step after which it is this seat's turn.
    fn puts_on_turn(&self, item: &TimelineItem, seat: SeatId) -> bool {
        let target = match &item.content {
            Content::Nudge(nudge) => {
                let reminded = self.find_loop(nudge.target);
                return reminded.is_some_and(|asked| self.is_awaited(asked, seat));
            }
            Content::Transition(step) => step.target,
            Content::Cancellation(taken_back) => taken_back.target,
            Content::DefinedStep(step) => step.target,
            _ => return false,
        };
        self.find_loop(target).is_some_and(|asked| {
            self.is_awaited(asked, seat)
                && asked.history.last().map(|step| step.entry) == Some(item.id)
        })
    }

    /// Whether this seat must act next: itself, or as one of those who share the hub's queue.
    fn is_awaited(&self, asked: &Loop, seat: SeatId) -> bool {
        asked
            .awaited_seat()
            .is_some_and(|next| next == seat || self.team.queue_pool(next).contains(&seat))
    }

    /// The seats of which nobody has looked for at least `days` days at `now`; a vacant seat is
    /// counted from when it fell vacant, a new holder from when they took it.
    pub fn not_reviewed_for(&self, days: u32, now: Timestamp) -> Vec<&TeamSeat> {
        self.team
            .seats()
            .iter()
            .filter(|seat| seat.unreviewed(now) >= DAY * days)
            .collect()
    }
}

impl TeamSeat {
    /// For how long nobody of this seat has looked at the case.
    pub fn unreviewed(&self, now: Timestamp) -> Duration {
        now.since(self.looked_at())
    }

    /// When somebody of this seat last looked, but not before its holder took it, or since when
    /// it is vacant.
    pub fn looked_at(&self) -> Timestamp {
        let looked = self.reviewed.as_ref().map(|mark| mark.at);
        looked.map_or(self.since, |at| at.max(self.since))
    }
}
