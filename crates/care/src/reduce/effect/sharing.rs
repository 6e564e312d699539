//! What is copied into a conversation with a partner or the patient, and how that ends.

use relais_types::SeatId;

use super::Outcome;
use crate::{
    AccessEnded, CaseView, ConversationKind, Ended, Logged, Occupancy, Rejection, SeatRole,
    Statement,
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

    /// Only whoever opened the conversation, or a colleague, ends somebody's access to it; and
    /// nobody the access of those.
    fn check_ends_access(&self, statement: &Statement, ended: &AccessEnded) -> Outcome {
        self.check_shared()?;
        if self.conversation == Some(ConversationKind::Community) {
            return Err(Rejection::NotALinkedConversation);
        }
        let opener = self.timeline.first().map(|item| &item.author.name);
        let home = opener.map(|opener| &opener.organisation);
        if Some(&statement.claim.practitioner.organisation) != home {
            return Err(Rejection::RoleNotAllowed);
        }
        let told = |role| matches!(role, SeatRole::Patient | SeatRole::Caregiver);
        let of_home = |&seat: &SeatId| {
            let seat = self.team.seat(seat).map(|held| &held.seat);
            seat.is_some_and(|seat| Some(&seat.organisation) == home && !told(seat.role))
        };
        if ended.seats.iter().any(of_home) {
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
