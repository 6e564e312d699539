//! `relais type`: requests that an organisation has defined.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::EntryArgs;

/// `relais type …`
#[derive(Debug, Subcommand)]
pub enum TypeCommand {
    /// Define a kind of request in a case, from a YAML file.
    Define(DefineArgs),
    /// Ask for something that was defined.
    Ask(AskTypeArgs),
    /// Move it to its next state.
    Step(TypeStepArgs),
}

/// Defines a kind of request.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais type define 7f3a meals.yaml

The file:
  name: meal_plan
  version: 1
  labels: {en: Meal plan, fr: Plan de repas}
  fields:
    - {name: meals, kind: number, required: true, labels: {en: Meals a week}}
    - {name: diet, kind: choice, choices: [low_salt, soft], labels: {en: Diet}}
  states:
    - {name: asked, nearest: requested, awaits: owner, labels: {en: asked}}
    - {name: served, nearest: done, awaits: requester, labels: {en: served}}
    - {name: ended, nearest: closed, labels: {en: ended}}
  steps:
    - {from: asked, to: served, who: owner}
    - {from: served, to: ended, who: requester, note_required: true}")]
pub struct DefineArgs {
    /// The case.
    pub case: String,
    /// The definition.
    pub file: PathBuf,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Asks for something that was defined.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais type ask 7f3a meal_plan \"Lunches\" --to COMM --set meals=3 --set diet=soft"
)]
pub struct AskTypeArgs {
    /// The case.
    pub case: String,
    /// The code of the definition, the last one said, or its entry's number or id.
    pub definition: String,
    /// What it is about, in a line.
    pub title: String,
    /// The seat that is asked.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// What is filled in; may be repeated.
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = pair)]
    pub values: Vec<(String, String)>,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Moves something that was defined.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  relais type step 7f3a 12 served --note \"From Monday\"")]
pub struct TypeStepArgs {
    /// The case.
    pub case: String,
    /// What was asked: its number or id.
    pub asked: String,
    /// Code of the state that it moves to.
    pub to: String,
    /// What there is to say; `-` reads it from standard input.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub note: String,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(field, value)| (field.to_owned(), value.to_owned()))
        .ok_or_else(|| "write FIELD=VALUE, such as meals=3".to_owned())
}
