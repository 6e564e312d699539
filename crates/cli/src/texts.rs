//! What the command line says, in the languages that it speaks.

use std::sync::LazyLock;

use relais_care::Texts;

/// The sentences of `texts/`, one file for each part of the program.
pub(crate) static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::new(
        &[
            include_str!("../texts/en/command.ftl"),
            include_str!("../texts/en/demo.ftl"),
            include_str!("../texts/en/failure.ftl"),
            include_str!("../texts/en/render.ftl"),
            include_str!("../texts/en/tui.ftl"),
        ],
        &[
            include_str!("../texts/fr/command.ftl"),
            include_str!("../texts/fr/demo.ftl"),
            include_str!("../texts/fr/failure.ftl"),
            include_str!("../texts/fr/render.ftl"),
            include_str!("../texts/fr/tui.ftl"),
        ],
    )
});

/// The help; the English of it stands at the commands themselves.
pub(crate) static HELP: LazyLock<Texts> =
    LazyLock::new(|| Texts::new(&[], &[include_str!("../texts/fr/help.ftl")]));

/// The alarms and breaches; the English of them stands at the engine's types.
pub(crate) static ALARMS: LazyLock<Texts> =
    LazyLock::new(|| Texts::new(&[], &[include_str!("../texts/fr/alarm.ftl")]));

/// Why the SDK, the engine or the server refuses; the English of it stands at their types.
pub(crate) static REASONS: LazyLock<Texts> =
    LazyLock::new(|| Texts::new(&[], &[include_str!("../texts/fr/reason.ftl")]));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_sound() {
        for texts in [&TEXTS, &HELP, &ALARMS, &REASONS] {
            assert_eq!(texts.faults(), [] as [String; 0]);
        }
    }
}
