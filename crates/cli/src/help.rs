//! The help of every command in the language that is asked for.
//!
//! English stands at each command and argument in `args`. Another language has its paragraphs in
//! `texts/<language>/help.ftl`, by an [id](id_of) that is made from the English one: a sentence
//! that comes many times is translated once, and one that is changed asks for a new translation.

use std::ffi::OsStr;

use clap::{Command, CommandFactory as _, builder::StyledStr};
use relais_care::Language;
use sha2::{Digest as _, Sha256};

use crate::{args::Cli, texts::HELP};

/// The command line with its help in `language`.
pub fn command(language: Language) -> Command {
    let mut command = Cli::command();
    if language != Language::English {
        // Else what clap adds by itself has no text to change.
        command.build();
        command = translated(command, language);
    }
    command
}

/// The language that these arguments, or else the environment, ask for. It is needed before they
/// are parsed, because help is printed while they are.
pub fn language_of<S: AsRef<OsStr>>(arguments: &[S], environment: Option<&str>) -> Language {
    let mut asked = environment.map(str::to_owned);
    let mut arguments = arguments.iter().map(|it| it.as_ref().to_string_lossy());
    while let Some(argument) = arguments.next().filter(|it| it != "--") {
        if let Some(given) = argument.strip_prefix("--lang=") {
            asked = Some(given.to_owned());
        } else if argument == "--lang" {
            asked = arguments.next().map(std::borrow::Cow::into_owned);
        }
    }
    asked.map_or(Language::English, |tag| Language::of(&tag))
}

/// Every English paragraph of the help, without samples.
pub fn paragraphs() -> Vec<String> {
    let mut command = Cli::command();
    command.build();
    let mut found = Vec::new();
    collect(&command, &mut found);
    found.sort();
    found.dedup();
    found
}

/// The id of a paragraph: its first words, and enough of its SHA-256 to tell it from others.
pub fn id_of(paragraph: &str) -> String {
    let words = paragraph.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .take(4)
        .map(str::to_ascii_lowercase)
        .collect();
    let digest = Sha256::digest(paragraph.as_bytes());
    format!("help-{}-{}", words.join("-"), hex::encode(&digest[..4]))
}

fn translated(mut command: Command, language: Language) -> Command {
    let headings = |id: &'static str| -> &'static str { HELP.text(language, id) };
    let say = |text: &StyledStr| in_language(&text.to_string(), language);
    if let Some(text) = command.get_about().map(say) {
        command = command.about(text);
    }
    if let Some(text) = command.get_long_about().map(say) {
        command = command.long_about(text);
    }
    if let Some(text) = command.get_after_help().map(say) {
        command = command.after_help(text);
    }
    command = command
        .subcommand_help_heading(headings("help-commands"))
        .help_template(HELP.fill(language, "help-template", &[]));
    let arguments: Vec<_> = command
        .get_arguments()
        .map(|argument| {
            let heading = if argument.is_positional() {
                "help-arguments"
            } else {
                "help-options"
            };
            let long = argument.get_long_help().map(say);
            (
                argument.get_id().clone(),
                argument.get_help().map(say),
                long,
                heading,
            )
        })
        .collect();
    for (id, help, long, heading) in arguments {
        command = command.mut_arg(id, |argument| {
            let argument = argument.help_heading(headings(heading));
            let argument = match help {
                Some(text) => argument.help(text),
                None => argument,
            };
            match long {
                Some(text) => argument.long_help(text),
                None => argument,
            }
        });
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in names {
        command = command.mut_subcommand(name, |sub| translated(sub, language));
    }
    command
}

/// A text of the help; what has no translation stays in English.
fn in_language(text: &str, language: Language) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let (words, sample) = words_and_sample(paragraph);
        let id = id_of(words);
        if HELP.has(language, &id) {
            format!("{}{sample}", HELP.fill(language, &id, &[]))
        } else {
            paragraph.to_owned()
        }
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// A paragraph, and the indented lines below it, which are the same in every language.
fn words_and_sample(paragraph: &str) -> (&str, &str) {
    let from = paragraph.find("\n  ").unwrap_or(paragraph.len());
    paragraph.split_at(from)
}

fn collect(command: &Command, found: &mut Vec<String>) {
    let of_command = [
        command.get_about(),
        command.get_long_about(),
        command.get_after_help(),
    ];
    let of_arguments = command
        .get_arguments()
        .flat_map(|argument| [argument.get_help(), argument.get_long_help()]);
    for text in of_command.into_iter().chain(of_arguments).flatten() {
        let text = text.to_string();
        let words = text.split("\n\n").map(|it| words_and_sample(it).0);
        found.extend(words.filter(|it| !it.is_empty()).map(str::to_owned));
    }
    for sub in command.get_subcommands() {
        collect(sub, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_help_is_in_french() {
        let lacking: Vec<_> = paragraphs()
            .into_iter()
            .filter(|text| !HELP.has(Language::French, &id_of(text)))
            .map(|text| format!("{} = {text:?}", id_of(&text)))
            .collect();
        assert!(lacking.is_empty(), "{}", lacking.join("\n"));
        let spoken: Vec<String> = paragraphs().iter().map(|text| id_of(text)).collect();
        let fixed = [
            "help-commands",
            "help-arguments",
            "help-options",
            "help-template",
        ];
        let left_over: Vec<&str> = include_str!("../texts/fr/help.ftl")
            .lines()
            .filter(|line| line.starts_with("help-"))
            .filter_map(|line| Some(line.split_once(" =")?.0))
            .filter(|id| !fixed.contains(id) && !spoken.iter().any(|it| it == id))
            .collect();
        assert!(left_over.is_empty(), "nobody says {left_over:?}");
        let french = command(Language::French).render_long_help().to_string();
        assert!(french.contains("Montrer à qui est ce compte"), "{french}");
    }

    #[test]
    fn the_language_is_known_before_the_rest_is_read() {
        let of = |arguments: &[&str]| language_of(arguments, Some("fr"));
        assert_eq!(of(&["relais"]), Language::French);
        assert_eq!(of(&["relais", "--lang", "en", "case"]), Language::English);
        assert_eq!(of(&["relais", "--lang=en"]), Language::English);
        assert_eq!(of(&["relais", "say", "--", "--lang=en"]), Language::French);
        assert_eq!(language_of(&["relais"], None), Language::English);
    }
}
