//! What a template must hold besides being well-formed.

use std::collections::BTreeSet;

use super::Template;

/// Longest title that a case can have, less room for what is set in it.
const MAX_TITLE: usize = 150;

/// The first thing that is wrong, with where it stands.
pub(super) fn fault(template: &Template) -> Option<String> {
    let code = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
    };
    if !code(&template.name) {
        return Some("name: must be lower-case letters, digits and hyphens".to_owned());
    }
    if template.seats.is_empty() {
        return Some("seats: a team has at least one".to_owned());
    }
    let mut roles = BTreeSet::new();
    for seat in &template.seats {
        if !roles.insert(seat.role) {
            return Some(format!("seats: the role {} stands there twice", seat.role));
        }
    }
    let mut names = BTreeSet::new();
    for variable in &template.set {
        let name = variable.name.as_str();
        if !code(name) {
            return Some(format!(
                "set: `{name}` must be lower-case letters, digits and hyphens"
            ));
        }
        if !names.insert(name) {
            return Some(format!("set: `{name}` stands there twice"));
        }
    }
    if let Some((place, role)) = template
        .owners()
        .into_iter()
        .find(|(_, role)| !roles.contains(role))
    {
        return Some(format!(
            "{place}: no seat has the role {role}: add it to seats"
        ));
    }
    if let Some(at) = template.ask.iter().position(|ask| ask.asked().is_none()) {
        return Some(format!(
            "ask[{at}]: say what with `task` or with `acknowledge`, one of them"
        ));
    }
    if let Some(at) = template
        .ask
        .iter()
        .position(|ask| ask.acknowledge.is_some() && ask.due.is_some())
    {
        return Some(format!(
            "ask[{at}].due: only a task is due; an acknowledgement goes by its priority"
        ));
    }
    let mut used = BTreeSet::new();
    for (place, words) in template.wordings() {
        if words.en.trim().is_empty() || words.fr.trim().is_empty() {
            return Some(format!("{place}: say it in English and in French"));
        }
        for name in words.names() {
            if !names.contains(name) {
                return Some(format!("{place}: `{{{name}}}` is not in `set`"));
            }
            used.insert(name);
        }
    }
    if let Some(name) = names
        .iter()
        .find(|name| **name != "patient" && !used.contains(**name))
    {
        return Some(format!("set: `{name}` stands nowhere in the words"));
    }
    let long = [&template.title.en, &template.title.fr]
        .iter()
        .any(|title| title.chars().count() > MAX_TITLE || title.contains('\n'));
    long.then(|| format!("title: must be one line of at most {MAX_TITLE} characters"))
}
