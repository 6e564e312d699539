//! What organisations define themselves, as plain text.

use super::{append, colon, labelled};
use crate::{DefinedRequest, Language, LoopKind, TypeDefinition, label};

pub(super) fn type_definition(definition: &TypeDefinition, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    let names = |labels: Vec<&str>| labels.join(", ");
    let fields = definition.fields.iter();
    let states = definition.states.iter();
    labelled(
        &format!(
            "{}{}{} (v{})",
            say("New kind of request", "Nouveau genre de demande"),
            colon(language),
            label(&definition.labels, language),
            definition.version
        ),
        &[
            (
                say("Fields", "Champs"),
                &names(fields.map(|field| label(&field.labels, language)).collect()),
            ),
            (
                say("States", "États"),
                &names(states.map(|state| label(&state.labels, language)).collect()),
            ),
        ],
        language,
    )
}

pub(super) fn request(request: &DefinedRequest, language: Language) -> String {
    let mut text = format!(
        "{}{}{}",
        LoopKind::Defined.label(language),
        colon(language),
        request.title
    );
    for (field, value) in &request.values {
        append(&mut text, &format!("{field}{}{value}", colon(language)));
    }
    text
}
