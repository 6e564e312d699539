//! What the command line says, in the languages that it speaks.

use std::sync::LazyLock;

use relais_care::Texts;

/// The help; the English of it stands at the commands themselves.
pub(crate) static HELP: LazyLock<Texts> =
    LazyLock::new(|| Texts::new(&[], &[include_str!("../texts/fr/help.ftl")]));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_sound() {
        assert_eq!(HELP.faults(), [] as [String; 0]);
    }
}
