//! A plan as Markdown (`CommonMark`), which is also plain enough to be read as it is.

use std::fmt::Write as _;

use super::{Change, Changed, Part, Plan, Signed};
use crate::{Language, LoopKind, SignOff, compose::colon};

/// The whole plan.
pub fn markdown(plan: &Plan, language: Language) -> String {
    let mut page = String::new();
    let title = crate::texts::TEXTS.text(language, "markdown-services-plan");
    line(&mut page, &format!("# {title} – {}", escape(&plan.title)));
    if let Some(patient) = &plan.patient {
        let born = match patient.birth_date.as_str() {
            "" => String::new(),
            date => format!(" ({date})"),
        };
        line(
            &mut page,
            &format!("\n**{}**{born}", escape(&patient.display_name)),
        );
    }
    if plan.parts.is_empty() {
        let none = crate::texts::TEXTS.text(language, "markdown-nothing-planned-yet");
        line(&mut page, &format!("\n{none}"));
    }
    for part in plan.parts.iter().filter(|part| part.stands()) {
        top(&mut page, part, language);
    }
    let dropped: Vec<&Part> = plan.all().filter(|part| !part.stands()).collect();
    if !dropped.is_empty() {
        let head = crate::texts::TEXTS.text(language, "markdown-not-pursued");
        line(&mut page, &format!("\n## {head}\n"));
        for part in dropped {
            let note = match part.note.as_str() {
                "" => String::new(),
                note => format!(" – {}", escape(note)),
            };
            line(
                &mut page,
                &format!(
                    "- {} ({}){note}",
                    escape(&part.title),
                    part.state.label(language)
                ),
            );
        }
    }
    if let Some(at) = plan.as_of {
        let label = crate::texts::TEXTS.text(language, "markdown-as-entry");
        line(
            &mut page,
            &format!("\n{label} #{}, {} UTC", plan.through, minute(at)),
        );
    }
    page
}

/// What has changed between two plans.
pub fn changes(changes: &[Change], language: Language) -> String {
    let mut page = String::new();
    if changes.is_empty() {
        let same = crate::texts::TEXTS.text(language, "markdown-nothing-has-changed");
        line(&mut page, same);
    }
    for change in changes {
        let kind = change.kind.label(language);
        let what = changed(&change.what, language);
        line(
            &mut page,
            &format!(
                "- {kind} #{} **{}** – {what}",
                change.seq,
                escape(&change.title)
            ),
        );
    }
    page
}

fn changed(what: &Changed, language: Language) -> String {
    let nobody = crate::texts::TEXTS.text(language, "markdown-nobody");
    let named = |name: &str| match name {
        "" => nobody.to_owned(),
        name => escape(name),
    };
    match what {
        Changed::Added { state } => {
            let new = crate::texts::TEXTS.text(language, "markdown-new");
            format!("{new}, {}", state.label(language))
        }
        Changed::Removed => crate::texts::TEXTS
            .text(language, "markdown-not-there")
            .to_owned(),
        Changed::Reworded { from, to } => {
            let label = crate::texts::TEXTS.text(language, "markdown-reworded");
            format!(
                "{label}{}~~{}~~ → {}",
                colon(language),
                one_line(from),
                one_line(to)
            )
        }
        Changed::Redated { from, to } => format!("{from} → {to}"),
        Changed::Owner { from, to } => format!("{} → {}", named(from), named(to)),
        Changed::State { from, to } => {
            format!("{} → {}", from.label(language), to.label(language))
        }
        Changed::Signed(signed) => sign_off(signed, language),
    }
}

fn top(page: &mut String, part: &Part, language: Language) {
    if part.kind == LoopKind::PlanSection {
        line(page, &format!("\n## {}", escape(&part.title)));
        line(page, &format!("\n{}", facts(part, language)));
        if !part.text.is_empty() {
            line(page, &format!("\n{}", escape(&part.text)));
        }
        signatures(page, part, "", language);
        line(page, "");
        for goal in part.parts.iter().filter(|part| part.stands()) {
            nested(page, goal, "", language);
        }
    } else {
        line(page, "");
        nested(page, part, "", language);
    }
}

/// A goal or an action, and what belongs to it, as a list.
fn nested(page: &mut String, part: &Part, indent: &str, language: Language) {
    line(
        page,
        &format!(
            "{indent}- **{}** – {}",
            escape(&part.title),
            facts(part, language)
        ),
    );
    let deeper = format!("{indent}  ");
    for text in part.text.lines().filter(|text| !text.trim().is_empty()) {
        line(page, &format!("{deeper}{}", escape(text)));
    }
    if !part.note.is_empty() {
        line(page, &format!("{deeper}*{}*", escape(&part.note)));
    }
    signatures(page, part, &deeper, language);
    for below in part.parts.iter().filter(|part| part.stands()) {
        nested(page, below, &deeper, language);
    }
}

/// Who answers for it, until when, where it stands.
pub(super) fn facts(part: &Part, language: Language) -> String {
    let role = part.owner.role.map_or("?", |role| role.label(language));
    let holder = match part.owner.holder.as_str() {
        "" => crate::texts::TEXTS
            .text(language, "markdown-vacant-seat")
            .to_owned(),
        holder => escape(holder),
    };
    let mut facts = vec![format!(
        "{holder} ({role}, {})",
        escape(&part.owner.organisation_display_name)
    )];
    if !part.target_date.is_empty() {
        facts.push(part.target_date.clone());
    }
    facts.push(part.state.label(language).to_owned());
    facts.join(" · ")
}

fn signatures(page: &mut String, part: &Part, indent: &str, language: Language) {
    for signed in &part.sign_offs {
        line(page, &format!("{indent}- {}", sign_off(signed, language)));
    }
}

/// What a seat says of it, such as `✓ Ana Reyes (patient): agreed`.
pub(super) fn sign_off(signed: &Signed, language: Language) -> String {
    let mark = match (signed.current, signed.said) {
        (true, SignOff::Agreed) => "✓",
        (true, SignOff::Objected) => "✗",
        (false, _) => "○",
    };
    let role = signed.role.map_or("?", |role| role.label(language));
    let mut text = format!(
        "{mark} {} ({role}){}{}",
        escape(&signed.by),
        colon(language),
        signed.said.label(language)
    );
    if !signed.current {
        let stale = crate::texts::TEXTS.text(language, "markdown-earlier-wording");
        let _infallible = write!(text, " {stale}");
    }
    if !signed.note.is_empty() {
        let _infallible = write!(text, " – {}", one_line(&signed.note));
    }
    text
}

/// Day and minute, UTC.
pub(super) fn minute(at: relais_types::Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.as_micros())
        .map(|at| at.strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

fn one_line(text: &str) -> String {
    escape(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// People's words must not become markup (`CommonMark` §2.4).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(
            letter,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&'
        ) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}
