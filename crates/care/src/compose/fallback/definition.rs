//! What organisations define themselves, as plain text.

use super::{append, colon, labelled};
use crate::{DefinedRequest, Language, LoopKind, TypeDefinition, label, texts::TEXTS};

pub(super) fn type_definition(definition: &TypeDefinition, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let names = |labels: Vec<&str>| labels.join(", ");
    let fields = definition.fields.iter();
    let states = definition.states.iter();
    labelled(
        &format!(
            "{}{}{} (v{})",
            say("definition-new-kind-request"),
            colon(language),
            label(&definition.labels, language),
            definition.version
        ),
        &[
            (
                say("definition-fields"),
                &names(fields.map(|field| label(&field.labels, language)).collect()),
            ),
            (
                say("definition-states"),
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
