//! What organisations define themselves: fields, states, and who may take which step.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use relais_types::EntryId;
use serde::Serialize;

use super::redacted;
use crate::{FieldKind, Language, LoopState, Party, field};

/// Something that an organisation asks for in its own words.
///
/// It holds in the case in which it was said. It is [consistent](Self::fault): every state is
/// reached, whose turn it is can act, and every step is listed once.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TypeDefinition {
    /// Code of the type; the author's organisation is its namespace.
    pub name: String,
    /// Version, counting from 1.
    pub version: u32,
    /// What people call it; at least one.
    pub labels: Vec<Label>,
    /// What is filled in.
    pub fields: Vec<FieldDefinition>,
    /// Its states; it begins in the first.
    pub states: Vec<StateDefinition>,
    /// Every step that may be taken.
    pub steps: Vec<StepDefinition>,
}

/// What people call something in one language.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// BCP 47.
    pub language: String,
    /// The words.
    pub text: String,
}

/// One field to fill in.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct FieldDefinition {
    /// Code of the field.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// Codes of the choices, if it is one of them.
    pub choices: Vec<String>,
    /// What people call it; at least one.
    pub labels: Vec<Label>,
}

/// One state.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct StateDefinition {
    /// Code of the state.
    pub name: String,
    /// The nearest state of the catalogue.
    pub nearest: LoopState,
    /// Whose turn it is; nobody's in a state that no step leaves.
    pub awaits: Option<Party>,
    /// What people call it; at least one.
    pub labels: Vec<Label>,
}

/// A step that may be taken.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct StepDefinition {
    /// Code of the state that it leaves.
    pub from: String,
    /// Code of the state that it reaches.
    pub to: String,
    /// Who may take it.
    pub who: Party,
    /// Whether something must be said with it.
    pub note_required: bool,
}

/// Asks the owner seat for something that an organisation has defined.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct DefinedRequest {
    /// The entry that defines it.
    pub definition: EntryId,
    /// What it is about, in a line.
    pub title: String,
    /// What is filled in, by field.
    pub values: BTreeMap<String, String>,
}

/// Moves what an organisation has defined to its next state.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct DefinedStep {
    /// The loop: the id of the entry that asked.
    pub target: EntryId,
    /// Code of the state that it moves to.
    pub to: String,
    /// What there is to say; may be empty where the definition allows.
    pub note: String,
}

impl TypeDefinition {
    /// The state with this code.
    pub fn state(&self, name: &str) -> Option<&StateDefinition> {
        self.states.iter().find(|state| state.name == name)
    }

    /// Every step that leaves a state.
    pub fn steps_from<'a>(&'a self, state: &'a str) -> impl Iterator<Item = &'a StepDefinition> {
        self.steps.iter().filter(move |step| step.from == state)
    }

    /// Whether values fill in its fields: each that is required, none that is not there, each
    /// written as its kind says.
    pub fn fits(&self, values: &BTreeMap<String, String>) -> bool {
        let known = |name: &String| self.fields.iter().any(|field| field.name == *name);
        values.keys().all(known)
            && self.fields.iter().all(|field| {
                values
                    .get(&field.name)
                    .map_or(!field.required, |value| field.fits(value))
            })
    }

    /// The part of it that contradicts another, if any: a code that stands twice, a step
    /// between states that are not there, a state that is never reached, a turn of whoever
    /// cannot act, a choice without choices.
    pub fn fault(&self) -> Option<&'static str> {
        let unique = |codes: Vec<&str>| codes.iter().collect::<BTreeSet<_>>().len() == codes.len();
        let listed = |name: &str| self.state(name).is_some();
        if !unique(self.fields.iter().map(|field| &*field.name).collect())
            || !self.fields.iter().all(FieldDefinition::is_consistent)
        {
            return Some("type_definition.fields");
        }
        let mut steps = BTreeSet::new();
        let step_is_listed = |step: &StepDefinition| listed(&step.from) && listed(&step.to);
        if !self.steps.iter().all(step_is_listed)
            || !self
                .steps
                .iter()
                .all(|step| steps.insert((&step.from, &step.to, step.who)))
        {
            return Some("type_definition.steps");
        }
        let acts = |state: &StateDefinition| match state.awaits {
            Some(party) => self.steps_from(&state.name).any(|step| step.who == party),
            None => self.steps_from(&state.name).next().is_none(),
        };
        if !unique(self.states.iter().map(|state| &*state.name).collect())
            || !self.states.iter().all(acts)
            || self.reached().len() != self.states.len()
        {
            return Some("type_definition.states");
        }
        None
    }

    fn reached(&self) -> BTreeSet<&str> {
        let mut open: Vec<&str> = self
            .states
            .first()
            .map(|state| &*state.name)
            .into_iter()
            .collect();
        let mut reached: BTreeSet<&str> = open.iter().copied().collect();
        while let Some(state) = open.pop() {
            for step in self.steps.iter().filter(|step| step.from == state) {
                if reached.insert(&step.to) {
                    open.push(&step.to);
                }
            }
        }
        reached
    }
}

impl FieldDefinition {
    fn is_consistent(&self) -> bool {
        (self.kind == FieldKind::Choice) != self.choices.is_empty()
    }

    fn fits(&self, value: &str) -> bool {
        const FIELD: &str = "defined_request.values";
        match self.kind {
            FieldKind::Line => field::line(FIELD, value).is_ok(),
            FieldKind::Prose => field::prose(FIELD, value).is_ok(),
            FieldKind::Number => value.parse::<i64>().is_ok(),
            FieldKind::Date => field::required_date(FIELD, value).is_ok(),
            FieldKind::YesNo => matches!(value, "true" | "false"),
            FieldKind::Choice => self.choices.iter().any(|choice| choice == value),
        }
    }
}

/// The label in `language`, or else the first.
pub fn label(labels: &[Label], language: Language) -> &str {
    labels
        .iter()
        .find(|label| Language::of(&label.language) == language)
        .or_else(|| labels.first())
        .map_or("", |label| &label.text)
}

redacted!(
    TypeDefinition,
    Label,
    FieldDefinition,
    StateDefinition,
    StepDefinition,
    DefinedRequest,
    DefinedStep
);
