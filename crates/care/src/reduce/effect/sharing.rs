//! What is copied into a conversation with a partner or the patient, and how that ends.

use super::Outcome;
use crate::{
    AccessEnded, CaseView, ConversationKind, Ended, Logged, Occupancy, Rejection, Seat, SeatRole,
    Statement, TeamSeat,
};

impl CaseView {
    /// Whether something may be copied into this conversation. What consent allows is decided by
    /// whoever shares, who holds the consent; those who read do not.
    pub(super) fn check_shared(&self) -> Outcome {
        if self.conversation == Some(ConversationKind::Team) {
            return Err(Rejection::NotALinkedConversation);
        }
        if self.ended.is_some() {
            return Err(Rejection::ConversationEnded);
        }
        Ok(())
    }

    /// Who is told ends nobody's access: neither a partner's own people, nor the patient and
    /// caregivers; and nobody ends that of whoever opened the conversation.
    ///
    /// Who else of the team is here is not known in this conversation, so the rule goes by
    /// organisations: nobody ends the access of their own, and to end the conversation there must
    /// be nobody left but one's own organisation and that of whoever opened it.
    fn check_ends_access(&self, statement: &Statement, ended: &AccessEnded) -> Outcome {
        self.check_shared()?;
        if self.conversation == Some(ConversationKind::Community) {
            return Err(Rejection::NotALinkedConversation);
        }
        let author = statement.claim.seat.and_then(|seat| self.team.seat(seat));
        let told = |role| {
            use SeatRole::{Caregiver, CommunityWorker, Patient};
            matches!(role, Caregiver | CommunityWorker | Patient)
        };
        let Some(author) = author.filter(|author| !told(author.seat.role)) else {
            return Err(Rejection::RoleNotAllowed);
        };
        let opener = self.timeline.first().map(|item| &item.author.name);
        let homes = [
            Some(&author.seat.organisation),
            opener.map(|opener| &opener.organisation),
        ];
        let stays = |seat: &Seat| homes.contains(&Some(&seat.organisation)) && !told(seat.role);
        let seats = || self.team.seats().iter();
        let ends = |seat: &Seat| ended.seats.contains(&seat.id);
        if seats().any(|held| ends(&held.seat) && stays(&held.seat)) {
            return Err(Rejection::WrongOrganisation);
        }
        let left =
            |held: &TeamSeat| held.occupant.is_some() && !ends(&held.seat) && !stays(&held.seat);
        if ended.conversation_ends && seats().any(left) {
            return Err(Rejection::WrongOrganisation);
        }
        Ok(())
    }

    /// Leaves seats vacant, and ends the conversation if that was the last of those it was with.
    pub(super) fn end_access(
        &mut self,
        logged: &Logged,
        statement: &Statement,
        ended: &AccessEnded,
    ) -> Outcome {
        self.check_ends_access(statement, ended)?;
        let vacated = ended
            .seats
            .iter()
            .map(|&seat| Occupancy { seat, person: None });
        let vacated: Vec<Occupancy> = vacated.collect();
        self.team = self.team.changed(&[], &vacated, logged.accepted_at)?;
        if ended.conversation_ends {
            self.ended = Some(Ended {
                cause: ended.cause,
                seq: logged.seq,
                at: logged.accepted_at,
            });
        }
        Ok(())
    }
}
