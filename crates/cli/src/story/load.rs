//! Reads story files and says what is wrong with them, and in which line.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Story, check};

/// Why a story cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("the story {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not YAML, or a key or value is not one of the schema.
    #[error("{origin}:{line}: {problem}")]
    Malformed {
        /// The file's name.
        origin: String,
        /// The line, counting from 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
}

/// The stories that come with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// What `--story` takes.
    pub name: &'static str,
    /// The file.
    pub text: &'static str,
}

impl Shipped {
    /// Every story; the first is the default.
    pub const ALL: &'static [Self] = &[
        Self {
            name: "shared-case",
            text: include_str!("../../stories/shared-case.yaml"),
        },
        Self {
            name: "discharge",
            text: include_str!("../../stories/discharge.yaml"),
        },
        Self {
            name: "three-services",
            text: include_str!("../../stories/three-services.yaml"),
        },
        Self {
            name: "departure",
            text: include_str!("../../stories/departure.yaml"),
        },
        Self {
            name: "hub",
            text: include_str!("../../stories/hub.yaml"),
        },
        Self {
            name: "services-plan",
            text: include_str!("../../stories/services-plan.yaml"),
        },
        Self {
            name: "community",
            text: include_str!("../../stories/community.yaml"),
        },
        Self {
            name: "outbreak",
            text: include_str!("../../stories/outbreak.yaml"),
        },
    ];

    /// The story with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|story| story.name == name)
    }

    /// Reads it.
    ///
    /// # Errors
    /// Never for a release: a test reads them all.
    pub fn story(self) -> Result<Story, Error> {
        parse(self.text, &format!("stories/{}.yaml", self.name))
    }
}

/// Reads a story from a file.
///
/// # Errors
/// [`Error::Unreadable`], or the first thing that is wrong with it.
pub fn load(path: &Path) -> Result<Story, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    parse(&text, &path.display().to_string())
}

/// Reads a story; `origin` names it in errors.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn parse(text: &str, origin: &str) -> Result<Story, Error> {
    let story: Story = serde_norway::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |at| at.line());
        Error::Malformed {
            origin: origin.to_owned(),
            line,
            problem: without_location(&error.to_string()),
        }
    })?;
    check::check(&story).map_err(|fault| Error::Malformed {
        origin: origin.to_owned(),
        line: line_of(text, &fault.place),
        problem: fault.problem,
    })?;
    Ok(story)
}

/// Where in a story a fault is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a section, such as `people`, at the entry with this key.
    Key(&'static str, String),
    /// In an element of a list, such as `steps`, counting from 0.
    Element(&'static str, usize),
}

/// The parser puts the line at the end; it is shown in front instead.
fn without_location(problem: &str) -> String {
    problem
        .split(" at line ")
        .next()
        .unwrap_or(problem)
        .to_owned()
}

/// The line where a place begins: elements and keys stand at the section's first indentation,
/// as in all files written in blocks. In other files the section's own line is named.
fn line_of(text: &str, place: &Place) -> usize {
    let (section, nth, key) = match place {
        Place::Key(section, key) => (*section, 0, format!("{key}:")),
        Place::Element(section, nth) => (*section, *nth, "-".to_owned()),
    };
    let head = format!("{section}:");
    let lines: Vec<&str> = text.lines().collect();
    let Some(start) = lines.iter().position(|line| line.starts_with(&head)) else {
        return 1;
    };
    let body = || {
        lines
            .iter()
            .enumerate()
            .skip(start + 1)
            .filter(|(_, line)| {
                let content = line.trim_start();
                !content.is_empty() && !content.starts_with('#')
            })
    };
    let Some((_, first)) = body().next() else {
        return start + 1;
    };
    let indent = first.len() - first.trim_start().len();
    let mut found = body()
        .take_while(|(_, line)| {
            line.len() - line.trim_start().len() >= indent.max(1) || line.starts_with('-')
        })
        .filter(|(_, line)| {
            line.len() - line.trim_start().len() == indent && line.trim_start().starts_with(&key)
        });
    found.nth(nth).map_or(start, |(at, _)| at) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stories_that_ship_can_be_read() {
        for shipped in Shipped::ALL {
            if let Err(error) = shipped.story() {
                panic!("{error}");
            }
        }
    }

    fn fault(text: &str) -> String {
        parse(text, "story.yaml").unwrap_err().to_string()
    }

    const HEAD: &str = "\
title: A story
organisations:
  park: {domain: park.internal, name: Park}
people:
  lise: {name: Lise, organisation: park, profession: navigator, language: fr}
";

    #[test]
    fn unknown_keys_are_refused_with_their_line() {
        let text = format!("{HEAD}steps:\n- say:\n    by: lise\n    case: a\n    tezt: Bonjour\n");
        let said = fault(&text);
        assert!(said.starts_with("story.yaml:10: "), "{said}");
        assert!(said.contains("tezt"), "{said}");
        let said = fault(&text.replace("- say:", "- shout:"));
        assert!(
            said.starts_with("story.yaml:7: ") && said.contains("shout"),
            "{said}"
        );
    }

    #[test]
    fn words_outside_the_catalogue_are_refused_with_their_line() {
        let text =
            format!("{HEAD}steps:\n- respond:\n    by: lise\n    to: a\n    state: finished\n");
        let said = fault(&text);
        assert!(said.starts_with("story.yaml:10: "), "{said}");
        assert!(said.contains("`finished` is not a state"), "{said}");
    }

    #[test]
    fn names_that_nobody_has_are_refused_with_their_line() {
        let text = format!(
            "{HEAD}steps:\n- narrate: Once upon a time\n\n# A comment.\n- say: {{by: lisa, case: a, text: Bonjour}}\n"
        );
        let said = fault(&text);
        assert!(said.starts_with("story.yaml:10: "), "{said}");
        assert!(said.contains("`lisa`"), "{said}");
        let later = text
            .replace("lisa", "lise")
            .replace("language: fr}", "language: fr, later: true}");
        let said = fault(&later);
        assert!(said.contains("`lise` has not been invited"), "{said}");
        let alone = later.replace(
            "- say: {by: lise, case: a, text: Bonjour}",
            "- invite: {by: lise, person: lise}",
        );
        assert!(fault(&alone).contains("`lise` has not been invited"));
        let said = fault(&text.replace("organisation: park,", "organisation: parc,"));
        assert!(said.starts_with("story.yaml:5: "), "{said}");
    }
}
