//! A plan as one HTML page that needs nothing else: no script, no style sheet, no font.

use super::{Part, Plan, markdown::minute};
use crate::{Language, LoopKind, SignOff, compose::colon};

/// Enough to read on a telephone and to print.
const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:1rem auto;padding:0 1rem}\
h2{border-bottom:1px solid #bbb;margin-top:2rem}.facts{color:#444}.signed{list-style:none;padding:0}\
.objected{color:#a40000}.stale{color:#666}section,li{break-inside:avoid}";

/// The whole plan, as a page.
pub fn html(plan: &Plan, language: Language) -> String {
    let title = format!(
        "{} – {}",
        crate::texts::TEXTS.text(language, "html-services-plan"),
        escape(&plan.title)
    );
    let mut body = vec![format!("<h1>{title}</h1>\n")];
    if let Some(patient) = &plan.patient {
        body.push(format!(
            "<p><strong dir=\"auto\">{}</strong> {}</p>\n",
            escape(&patient.display_name),
            escape(&patient.birth_date)
        ));
    }
    if plan.parts.is_empty() {
        let none = crate::texts::TEXTS.text(language, "html-nothing-planned-yet");
        body.push(format!("<p>{none}</p>\n"));
    }
    let standing = plan.parts.iter().filter(|part| part.stands());
    let (sections, loose): (Vec<&Part>, Vec<&Part>) =
        standing.partition(|part| part.kind == LoopKind::PlanSection);
    for part in sections {
        body.push(section(part, language));
    }
    body.push(list(loose, language));
    let dropped: Vec<&Part> = plan.all().filter(|part| !part.stands()).collect();
    if !dropped.is_empty() {
        let head = crate::texts::TEXTS.text(language, "html-not-pursued");
        let items: Vec<String> = dropped
            .iter()
            .map(|part| {
                format!(
                    "<li><span dir=\"auto\">{}</span> ({}) <span dir=\"auto\">{}</span></li>\n",
                    escape(&part.title),
                    part.state.label(language),
                    escape(&part.note)
                )
            })
            .collect();
        body.push(format!("<h2>{head}</h2>\n<ul>\n{}</ul>\n", items.concat()));
    }
    if let Some(at) = plan.as_of {
        let label = crate::texts::TEXTS.text(language, "html-as-entry");
        body.push(format!(
            "<footer><p class=\"facts\">{label} #{}, {} UTC</p></footer>\n",
            plan.through,
            minute(at)
        ));
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{}</main>\n\
         </body>\n</html>\n",
        language.tag(),
        body.concat()
    )
}

fn section(part: &Part, language: Language) -> String {
    let goals = part.parts.iter().filter(|part| part.stands()).collect();
    format!(
        "<section>\n<h2 dir=\"auto\">{}</h2>\n{}{}{}{}</section>\n",
        escape(&part.title),
        facts(part, language),
        paragraphs(&part.text),
        signatures(part, language),
        list(goals, language)
    )
}

/// Goals or actions, each with what belongs to it.
fn list(parts: Vec<&Part>, language: Language) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let items: Vec<String> = parts
        .into_iter()
        .map(|part| {
            let below = part.parts.iter().filter(|part| part.stands()).collect();
            format!(
                "<li><strong dir=\"auto\">{}</strong>\n{}{}{}{}{}</li>\n",
                escape(&part.title),
                facts(part, language),
                paragraphs(&part.text),
                paragraphs(&part.note),
                signatures(part, language),
                list(below, language)
            )
        })
        .collect();
    format!("<ul>\n{}</ul>\n", items.concat())
}

fn facts(part: &Part, language: Language) -> String {
    let owner = &part.owner;
    let holder = match owner.holder.as_str() {
        "" => crate::texts::TEXTS.text(language, "html-vacant-seat"),
        holder => holder,
    };
    let date = match part.target_date.as_str() {
        "" => String::new(),
        date => format!(" · <time datetime=\"{0}\">{0}</time>", escape(date)),
    };
    format!(
        "<p class=\"facts\"><span dir=\"auto\">{}</span> ({}, <span dir=\"auto\">{}</span>){date} · {}</p>\n",
        escape(holder),
        owner.role.map_or("?", |role| role.label(language)),
        escape(&owner.organisation_display_name),
        part.state.label(language)
    )
}

fn signatures(part: &Part, language: Language) -> String {
    if part.sign_offs.is_empty() {
        return String::new();
    }
    let items: Vec<String> = part
        .sign_offs
        .iter()
        .map(|signed| {
            let (class, mark) = match (signed.current, signed.said) {
                (false, _) => ("stale", "○"),
                (true, SignOff::Agreed) => ("agreed", "✓"),
                (true, SignOff::Objected) => ("objected", "✗"),
            };
            let stale = if signed.current {
                ""
            } else {
                crate::texts::TEXTS.text(language, "html-earlier-wording")
            };
            format!(
                "<li class=\"{class}\">{mark} <span dir=\"auto\">{}</span> ({}){}{} {stale} <span dir=\"auto\">{}</span></li>\n",
                escape(&signed.by),
                signed.role.map_or("?", |role| role.label(language)),
                colon(language),
                signed.said.label(language),
                escape(&signed.note)
            )
        })
        .collect();
    format!("<ul class=\"signed\">\n{}</ul>\n", items.concat())
}

fn paragraphs(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| format!("<p dir=\"auto\">{}</p>\n", escape(line)))
        .collect::<Vec<_>>()
        .concat()
}

/// People's words must not become markup.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}
