//! What organisations define themselves: asked and moved as their definition says.

use relais_types::EntryId;

use super::{Outcome, steps::taken_by};
use crate::{
    CaseView, Content, DefinedRequest, DefinedStanding, DefinedStep, Logged, LoopStep, Rejection,
    Statement, TypeDefinition,
};

impl CaseView {
    /// A definition of this case that took effect.
    pub fn definition(&self, id: EntryId) -> Option<&TypeDefinition> {
        let item = self.item(id).filter(|item| item.rejected.is_none())?;
        match &item.content {
            Content::TypeDefinition(definition) => Some(definition),
            _ => None,
        }
    }

    /// Where a defined request begins, if it fits its definition.
    pub(super) fn begin_defined(
        &self,
        request: &DefinedRequest,
    ) -> Result<DefinedStanding, Rejection> {
        let definition = self
            .definition(request.definition)
            .ok_or(Rejection::UnknownTarget)?;
        if !definition.fits(&request.values) {
            return Err(Rejection::DoesNotFit);
        }
        let first = definition.states.first().ok_or(Rejection::DoesNotFit)?;
        Ok(DefinedStanding::at(request.definition, definition, first))
    }

    pub(super) fn advance_defined(
        &mut self,
        logged: &Logged,
        statement: &Statement,
        wanted: &DefinedStep,
    ) -> Outcome {
        let seat = statement.claim.seat.ok_or(Rejection::SeatMissing)?;
        let Some(at) = self.progress.loop_at(wanted.target) else {
            return self.check_loop(wanted.target);
        };
        let asked = &self.loops[at];
        let standing = asked.defined.as_ref().ok_or(Rejection::NotInCatalogue)?;
        let definition = self
            .definition(standing.definition)
            .ok_or(Rejection::UnknownTarget)?;
        let rules = || {
            definition
                .steps_from(&standing.state)
                .filter(|rule| rule.to == wanted.to)
        };
        rules().next().ok_or(Rejection::NotInCatalogue)?;
        let acts = |party| {
            self.team
                .acts_for(seat, party, Some(asked.kind), logged.accepted_at)
        };
        let rule = rules()
            .find(|rule| asked.seat_of(rule.who) == seat)
            .or_else(|| rules().find(|rule| acts(asked.seat_of(rule.who))))
            .ok_or(Rejection::WrongParty)?;
        if rule.note_required && wanted.note.trim().is_empty() {
            return Err(Rejection::NoteRequired);
        }
        let state = definition
            .state(&rule.to)
            .ok_or(Rejection::NotInCatalogue)?;
        let reached = DefinedStanding::at(standing.definition, definition, state);
        let step = LoopStep {
            note: wanted.note.clone(),
            ..taken_by(
                logged,
                statement.id,
                asked.seat_of(rule.who),
                Some(seat),
                (asked.state, state.nearest),
            )
        };
        let awaits = state.awaits;
        let asked = &mut self.loops[at];
        asked.take(step);
        asked.awaits = awaits;
        asked.defined = Some(reached);
        Ok(())
    }
}
