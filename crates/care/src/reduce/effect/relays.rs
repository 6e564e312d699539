//! What is shared of conversations with partners.

use super::Outcome;
use crate::{
    CaseView, Content, ConversationKind, Logged, Rejection, Relayed, Statement, reduce::Bridge,
};

impl CaseView {
    /// Reduces what was shared of a conversation with a partner, by the same rules.
    ///
    /// The numbers of the other log are only what the relayer says, and so is the choice of
    /// what to relay. So a conversation belongs to the person who relays it first: nobody else
    /// can put an opening of their own before the partner's, or take its place. And what was
    /// relayed stands: entries are reduced in the order in which they come, and one whose
    /// number is 0 or not above all before it is passed over. A relayer's second device, which
    /// relays the same again, thus changes nothing.
    ///
    /// Nobody can take the bridge over yet, not even a successor on the same seat: until there
    /// is an entry by which the partner confirms the hand-over, they begin a new conversation.
    pub(super) fn relay(&mut self, logged: &Logged, relayed: &Relayed) -> Outcome {
        if self.conversation != Some(ConversationKind::Team) {
            return Err(Rejection::NotATeamCase);
        }
        let foreign = |item: &Logged| {
            matches!(
                Statement::parse(&item.entry).map(|statement| statement.content),
                Ok(Content::CaseOpened(opened)) if opened.conversation == ConversationKind::Team
            )
        };
        if relayed.conversation == self.case || logged.relayed.iter().any(foreign) {
            return Err(Rejection::NotAPartnerConversation);
        }
        let by = logged.author.practitioner_name();
        let bridge = self
            .progress
            .bridges
            .entry(relayed.conversation)
            .or_insert_with(|| Bridge {
                by: by.clone(),
                last: 0,
            });
        if bridge.by != by {
            return Err(Rejection::RelayedByAnother);
        }
        let view = self
            .linked
            .entry(relayed.conversation)
            .or_insert_with(|| Self::new(relayed.conversation));
        for item in &logged.relayed {
            if item.seq > bridge.last {
                bridge.last = item.seq;
                let in_order = view.apply(item);
                debug_assert!(in_order.is_ok(), "the numbers ascend");
            }
        }
        Ok(())
    }
}
