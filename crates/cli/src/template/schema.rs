//! What a template file holds.

use std::{collections::BTreeMap, time::Duration};

use relais_care::{Language, Priority, SeatRole};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::story::word;

/// How a case begins.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Template {
    /// What `--template` takes.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) about: Wording,
    /// Title of the case.
    pub(crate) title: Wording,
    /// Purpose of the case.
    pub(crate) purpose: Wording,
    /// What differs from case to case.
    #[serde(default)]
    pub(crate) set: Vec<Variable>,
    /// The team.
    pub(crate) seats: Vec<TemplateSeat>,
    /// What is asked at once.
    #[serde(default)]
    pub(crate) ask: Vec<Ask>,
    /// The plan's first goals.
    #[serde(default)]
    pub(crate) goals: Vec<Goal>,
}

/// Words in both languages.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wording {
    /// English.
    pub(crate) en: String,
    /// French.
    pub(crate) fr: String,
}

/// Something that differs from case to case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Variable {
    /// What `--set` takes, and stands in braces in the words. `patient` also names the patient.
    pub(crate) name: String,
    /// What to say there.
    pub(crate) about: Wording,
}

/// A seat of the team.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateSeat {
    /// What it stands for; each role once.
    #[serde(deserialize_with = "word")]
    pub(crate) role: SeatRole,
    /// Whether a case can do without.
    #[serde(default)]
    pub(crate) optional: bool,
}

/// Something asked at once: either a task or an acknowledgement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    /// Something to do.
    #[serde(default)]
    pub(crate) task: Option<Wording>,
    /// Something to acknowledge.
    #[serde(default)]
    pub(crate) acknowledge: Option<Wording>,
    /// The seat that is asked.
    #[serde(deserialize_with = "word")]
    pub(crate) to: SeatRole,
    /// How soon a task is due, such as `2d`.
    #[serde(default, deserialize_with = "optional_span")]
    pub(crate) due: Option<Duration>,
    /// How soon it matters.
    #[serde(default = "routine", deserialize_with = "word")]
    pub(crate) priority: Priority,
}

/// A goal of the plan, and what serves it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Goal {
    /// The goal.
    pub(crate) text: Wording,
    /// The seat that owns it.
    #[serde(deserialize_with = "word")]
    pub(crate) to: SeatRole,
    /// How soon, such as `4w`.
    #[serde(deserialize_with = "span")]
    pub(crate) by: Duration,
    /// What serves it.
    #[serde(default)]
    pub(crate) actions: Vec<Action>,
}

/// An action of the plan.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Action {
    /// The action.
    pub(crate) text: Wording,
    /// The seat that owns it.
    #[serde(deserialize_with = "word")]
    pub(crate) to: SeatRole,
    /// How soon.
    #[serde(deserialize_with = "span")]
    pub(crate) by: Duration,
}

/// What one of [`Ask`] asks for.
pub(crate) enum Asked<'a> {
    /// Something to do.
    Task(&'a Wording),
    /// Something to acknowledge.
    Acknowledge(&'a Wording),
}

impl Ask {
    /// What it asks for; nothing if it says neither or both.
    pub(crate) const fn asked(&self) -> Option<Asked<'_>> {
        match (&self.task, &self.acknowledge) {
            (Some(task), None) => Some(Asked::Task(task)),
            (None, Some(what)) => Some(Asked::Acknowledge(what)),
            _ => None,
        }
    }
}

impl Wording {
    /// The words in this language, with what was set in place of its names.
    pub(crate) fn fill(&self, language: Language, set: &BTreeMap<String, String>) -> String {
        let words = language.pick(self.en.as_str(), self.fr.as_str());
        set.iter().fold(words.to_owned(), |words, (name, value)| {
            words.replace(&format!("{{{name}}}"), value)
        })
    }

    /// The names in braces, in either language.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        [&self.en, &self.fr].into_iter().flat_map(|words| {
            let parts = words.split('{').skip(1);
            parts.map(|part| part.split('}').next().unwrap_or(part))
        })
    }
}

impl Template {
    /// All its words with where they stand.
    pub(crate) fn wordings(&self) -> Vec<(String, &Wording)> {
        let mut words = vec![
            ("title".to_owned(), &self.title),
            ("purpose".to_owned(), &self.purpose),
        ];
        for (at, ask) in self.ask.iter().enumerate() {
            let said = ask.task.iter().chain(&ask.acknowledge);
            words.extend(said.map(|said| (format!("ask[{at}]"), said)));
        }
        for (at, goal) in self.goals.iter().enumerate() {
            words.push((format!("goals[{at}].text"), &goal.text));
            let actions = goal.actions.iter().enumerate();
            words.extend(
                actions.map(|(no, it)| (format!("goals[{at}].actions[{no}].text"), &it.text)),
            );
        }
        words
    }

    /// The roles that something is asked of, with where.
    pub(crate) fn owners(&self) -> Vec<(String, SeatRole)> {
        let asks = self.ask.iter().enumerate();
        let mut owners: Vec<_> = asks
            .map(|(at, ask)| (format!("ask[{at}].to"), ask.to))
            .collect();
        for (at, goal) in self.goals.iter().enumerate() {
            owners.push((format!("goals[{at}].to"), goal.to));
            let actions = goal.actions.iter().enumerate();
            owners.extend(actions.map(|(no, it)| (format!("goals[{at}].actions[{no}].to"), it.to)));
        }
        owners
    }
}

const fn routine() -> Priority {
    Priority::Routine
}

/// `4h`, `2d` or `3w`.
fn read_span(text: &str) -> Result<Duration, String> {
    let problem = || format!("`{text}` is not a time to do it in: write 4h, 2d or 3w");
    let unit = text.chars().last().ok_or_else(problem)?;
    let hours = match unit {
        'h' => 1,
        'd' => 24,
        'w' => 7 * 24,
        _ => return Err(problem()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| problem())?;
    if number == 0 || number > 999 {
        return Err(problem());
    }
    Ok(Duration::from_secs(u64::from(number) * hours * 3_600))
}

fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    read_span(&text).map_err(de::Error::custom)
}

fn optional_span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    span(deserializer).map(Some)
}
