//! What organisations define themselves, on the wire.

use std::collections::BTreeMap;

use relais_proto::care as pb;

use super::{Result, all};
use crate::{
    DefinedRequest, DefinedStep, FieldDefinition, FieldKind, Label, LoopState, Party, Problem,
    StateDefinition, StepDefinition, TypeDefinition,
    field::{self, MAX_LIST},
};

const MAX_STEPS: usize = 200;

pub(super) fn type_definition(body: &pb::TypeDefinition) -> Result<TypeDefinition> {
    if body.version == 0 {
        return Err(Problem::Missing.of("type_definition.version"));
    }
    if body.states.is_empty() {
        return Err(Problem::Missing.of("type_definition.states"));
    }
    let definition = TypeDefinition {
        name: field::code("type_definition.name", &body.name)?,
        version: body.version,
        labels: labels("type_definition.labels", &body.labels)?,
        fields: field::list("type_definition.fields", &body.fields, MAX_LIST, |field| {
            Ok(FieldDefinition {
                name: field::code("type_definition.fields", &field.name)?,
                kind: field::word("type_definition.fields", field.kind, FieldKind::from_wire)?,
                required: field.required,
                choices: field::list(
                    "type_definition.fields",
                    &field.choices,
                    MAX_LIST,
                    |choice| field::code("type_definition.fields", choice),
                )?,
                labels: labels("type_definition.fields", &field.labels)?,
            })
        })?,
        states: field::list("type_definition.states", &body.states, MAX_LIST, |state| {
            Ok(StateDefinition {
                name: field::code("type_definition.states", &state.name)?,
                nearest: field::word(
                    "type_definition.states",
                    state.nearest,
                    LoopState::from_wire,
                )?,
                awaits: field::optional_word(
                    "type_definition.states",
                    state.awaits,
                    Party::from_wire,
                )?,
                labels: labels("type_definition.states", &state.labels)?,
            })
        })?,
        steps: field::list("type_definition.steps", &body.steps, MAX_STEPS, |step| {
            Ok(StepDefinition {
                from: field::code("type_definition.steps", &step.from)?,
                to: field::code("type_definition.steps", &step.to)?,
                who: field::word("type_definition.steps", step.who, Party::from_wire)?,
                note_required: step.note_required,
            })
        })?,
    };
    let nominee = |step: &StepDefinition| matches!(step.who, Party::Nominee | Party::Pool);
    match definition.fault() {
        Some(field) => Err(Problem::Inconsistent.of(field)),
        None if definition.steps.iter().any(nominee) => {
            Err(Problem::Inconsistent.of("type_definition.steps"))
        }
        None => Ok(definition),
    }
}

pub(super) fn defined_request(body: &pb::DefinedRequest) -> Result<DefinedRequest> {
    let values = field::list("defined_request.values", &body.values, MAX_LIST, |value| {
        Ok((
            field::code("defined_request.values", &value.field)?,
            field::optional_prose("defined_request.values", &value.value)?,
        ))
    })?;
    let count = values.len();
    let values: BTreeMap<String, String> = values.into_iter().collect();
    if values.len() != count {
        return Err(Problem::Inconsistent.of("defined_request.values"));
    }
    Ok(DefinedRequest {
        definition: field::id("defined_request.definition", &body.definition)?,
        title: field::line("defined_request.title", &body.title)?,
        values,
    })
}

pub(super) fn defined_step(body: &pb::DefinedStep) -> Result<DefinedStep> {
    Ok(DefinedStep {
        target: field::id("defined_step.target", &body.target)?,
        to: field::code("defined_step.to", &body.to)?,
        note: field::optional_prose("defined_step.note", &body.note)?,
    })
}

fn labels(field: &'static str, labels: &[pb::Label]) -> Result<Vec<Label>> {
    if labels.is_empty() {
        return Err(Problem::Missing.of(field));
    }
    field::list(field, labels, MAX_LIST, |label| {
        Ok(Label {
            language: field::language(field, &label.language)?,
            text: field::line(field, &label.text)?,
        })
    })
}

impl From<Label> for pb::Label {
    fn from(label: Label) -> Self {
        Self {
            language: label.language,
            text: label.text,
        }
    }
}

impl From<FieldDefinition> for pb::FieldDefinition {
    fn from(field: FieldDefinition) -> Self {
        Self {
            name: field.name,
            kind: field.kind.to_wire(),
            required: field.required,
            choices: field.choices,
            labels: all(field.labels),
        }
    }
}

impl From<StateDefinition> for pb::StateDefinition {
    fn from(state: StateDefinition) -> Self {
        Self {
            name: state.name,
            nearest: state.nearest.to_wire(),
            awaits: state.awaits.map_or(0, Party::to_wire),
            labels: all(state.labels),
        }
    }
}

impl From<StepDefinition> for pb::StepDefinition {
    fn from(step: StepDefinition) -> Self {
        Self {
            from: step.from,
            to: step.to,
            who: step.who.to_wire(),
            note_required: step.note_required,
        }
    }
}

impl From<TypeDefinition> for pb::TypeDefinition {
    fn from(definition: TypeDefinition) -> Self {
        Self {
            name: definition.name,
            version: definition.version,
            labels: all(definition.labels),
            fields: all(definition.fields),
            states: all(definition.states),
            steps: all(definition.steps),
        }
    }
}

impl From<DefinedRequest> for pb::DefinedRequest {
    fn from(request: DefinedRequest) -> Self {
        let value = |(field, value)| pb::FieldValue { field, value };
        Self {
            definition: request.definition.into(),
            title: request.title,
            values: request.values.into_iter().map(value).collect(),
        }
    }
}

impl From<DefinedStep> for pb::DefinedStep {
    fn from(step: DefinedStep) -> Self {
        Self {
            target: step.target.into(),
            to: step.to,
            note: step.note,
        }
    }
}
