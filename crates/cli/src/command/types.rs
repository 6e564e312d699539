//! `type`: requests that an organisation has defined.

use std::{collections::BTreeMap, path::Path};

use relais_care::{
    CaseView, Content, DefinedRequest, DefinedStep, FieldDefinition, FieldKind, Label, LoopState,
    Party, StateDefinition, StepDefinition, TypeDefinition, compose::Draft,
};
use relais_types::EntryId;
use serde::Deserialize;

use super::post;
use crate::{
    Failure,
    account::{Context, text_or_stdin},
    args::{AskTypeArgs, DefineArgs, TypeCommand, TypeStepArgs},
    resolve,
    story::{optional_word, word},
};

/// A definition as people write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default = "first")]
    version: u32,
    labels: BTreeMap<String, String>,
    #[serde(default)]
    fields: Vec<WrittenField>,
    states: Vec<WrittenState>,
    #[serde(default)]
    steps: Vec<WrittenStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenField {
    name: String,
    #[serde(deserialize_with = "word")]
    kind: FieldKind,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    choices: Vec<String>,
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenState {
    name: String,
    #[serde(deserialize_with = "word")]
    nearest: LoopState,
    #[serde(default, deserialize_with = "optional_word")]
    awaits: Option<Party>,
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    from: String,
    to: String,
    #[serde(deserialize_with = "word")]
    who: Party,
    #[serde(default)]
    note_required: bool,
}

const fn first() -> u32 {
    1
}

pub(super) async fn run(context: &Context, command: TypeCommand) -> Result<(), Failure> {
    match command {
        TypeCommand::Define(args) => define(context, args).await,
        TypeCommand::Ask(args) => ask(context, args).await,
        TypeCommand::Step(args) => step(context, args).await,
    }
}

async fn define(context: &Context, args: DefineArgs) -> Result<(), Failure> {
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| Failure::file("read", &args.file, &error))?;
    let definition = read(&text, &args.file)?;
    post::in_case(context, &args.case, &args.entry, |_| {
        Ok(move |draft: Draft| draft.type_definition(definition))
    })
    .await
}

async fn ask(context: &Context, args: AskTypeArgs) -> Result<(), Failure> {
    post::in_case(context, &args.case, &args.entry, |view| {
        let owner = resolve::seat(view, &args.to, context.globals.lang.into())?;
        let request = DefinedRequest {
            definition: definition(view, &args.definition)?,
            title: args.title.clone(),
            values: args.values.iter().cloned().collect(),
        };
        Ok(move |draft: Draft| draft.defined_request(owner, request))
    })
    .await
}

async fn step(context: &Context, args: TypeStepArgs) -> Result<(), Failure> {
    let note = text_or_stdin(&args.note)?;
    post::in_case(context, &args.case, &args.entry, |view| {
        let step = DefinedStep {
            target: resolve::entry(view, &args.asked)?.id,
            to: args.to.clone(),
            note,
        };
        Ok(move |draft: Draft| draft.defined_step(step))
    })
    .await
}

/// The definition with this code that was said last, or that of an entry.
fn definition(view: &CaseView, text: &str) -> Result<EntryId, Failure> {
    let named = view.timeline.iter().rev().find(|item| {
        item.rejected.is_none()
            && matches!(&item.content, Content::TypeDefinition(it) if it.name == text)
    });
    match named {
        Some(item) => Ok(item.id),
        None => resolve::entry(view, text).map(|item| item.id),
    }
}

fn read(text: &str, file: &Path) -> Result<TypeDefinition, Failure> {
    let written: Written = serde_norway::from_str(text)
        .map_err(|error| Failure::Usage(format!("{}: {error}", file.display()).into()))?;
    let field = |field: WrittenField| FieldDefinition {
        name: field.name,
        kind: field.kind,
        required: field.required,
        choices: field.choices,
        labels: labels(field.labels),
    };
    let state = |state: WrittenState| StateDefinition {
        name: state.name,
        nearest: state.nearest,
        awaits: state.awaits,
        labels: labels(state.labels),
    };
    let step = |step: WrittenStep| StepDefinition {
        from: step.from,
        to: step.to,
        who: step.who,
        note_required: step.note_required,
    };
    Ok(TypeDefinition {
        name: written.name,
        version: written.version,
        labels: labels(written.labels),
        fields: written.fields.into_iter().map(field).collect(),
        states: written.states.into_iter().map(state).collect(),
        steps: written.steps.into_iter().map(step).collect(),
    })
}

fn labels(words: BTreeMap<String, String>) -> Vec<Label> {
    let label = |(language, text)| Label { language, text };
    words.into_iter().map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_read_from_yaml() {
        let text = "
name: meal_plan
labels: {en: Meal plan, fr: Plan de repas}
fields:
  - {name: meals, kind: number, required: true, labels: {en: Meals}}
states:
  - {name: asked, nearest: requested, awaits: owner, labels: {en: asked}}
  - {name: ended, nearest: closed, labels: {en: ended}}
steps:
  - {from: asked, to: ended, who: owner, note_required: true}
";
        let definition = read(text, Path::new("meals.yaml")).unwrap();
        assert_eq!((definition.version, definition.fault()), (1, None));
        assert_eq!(definition.fields[0].kind, FieldKind::Number);
        assert_eq!(definition.labels[1].text, "Plan de repas");
        let unknown = text.replace("kind: number", "kind: colour");
        let failure = read(&unknown, Path::new("meals.yaml")).err().unwrap();
        assert_eq!(failure.exit_code(), 2);
    }
}
