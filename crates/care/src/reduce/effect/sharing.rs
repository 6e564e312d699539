//! What is copied into a conversation with a partner or the patient, and how that ends.

use super::Outcome;
use crate::{AccessEnded, CaseView, ConversationKind, Ended, Logged, Occupancy, Rejection};

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

    /// Leaves seats vacant, and ends the conversation if that was the last of those it was with.
    pub(super) fn end_access(&mut self, logged: &Logged, ended: &AccessEnded) -> Outcome {
        self.check_shared()?;
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
