//! The plain-text fallback: the whole entry for clients that do not know its type.

mod access;
mod definition;
mod plan;
mod records;
mod requests;
mod seats;
mod sharing;

use std::fmt::Write as _;

pub use access::history;
use relais_types::Timestamp;

use crate::{
    Attachment, CaseOpened, Content, ConversationKind, Language, LoopKind, Referral, Transition,
    texts::TEXTS,
};

pub use sharing::disclosure;

/// `content` as plain text, in the words of `language` around the author's own.
pub fn plain_text(content: &Content, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let colon = colon(language);
    match content {
        Content::CaseOpened(opened) => opening_text(opened, language),
        Content::TeamChanged(changed) => {
            headed(say("fallback-care-team-has-changed"), &changed.reason)
        }
        Content::Text(text) => text.text.clone(),
        Content::Consult(consult) => headed(
            &format!(
                "{} ({}){colon}{}",
                LoopKind::Consult.label(language),
                consult.class.label(language),
                consult.specialty
            ),
            &consult.question,
        ),
        Content::Referral(referral) => referral_text(referral, language),
        Content::Task(task) => {
            let mut text = format!("{}{colon}{}", LoopKind::Task.label(language), task.what);
            if let Some(due) = task.due {
                append(
                    &mut text,
                    &format!("{}{colon}{}", say("fallback-due"), utc(due)),
                );
            }
            text
        }
        Content::AcknowledgementRequest(request) => format!(
            "{}{colon}{}",
            LoopKind::AcknowledgementRequest.label(language),
            request.what
        ),
        Content::Transition(transition) => transition_text(transition, language),
        Content::Receipt(receipt) => format!(
            "{}{colon}{} · {}{colon}{} · {}{colon}{}",
            say("fallback-delivered"),
            receipt.delivered.len(),
            say("fallback-read"),
            receipt.read.len(),
            say("fallback-acknowledged"),
            receipt.acknowledged.len()
        ),
        Content::Correction(correction) => {
            let head = if correction.replacement.is_empty() {
                say("fallback-withdrawn")
            } else {
                say("fallback-corrected")
            };
            let mut text = format!("{head}{colon}{}", correction.reason);
            append(&mut text, &correction.replacement);
            text
        }
        Content::History => say("fallback-earlier-entries").to_owned(),
        Content::Relayed(relayed) => format!(
            "{}{colon}{}",
            say("fallback-shared-from-conversation-with-partner"),
            relayed.entries
        ),
        Content::Attachment(attachment) => attachment_text(attachment, language),
        Content::Cancellation(cancellation) => format!(
            "{}{colon}{}",
            say("fallback-taken-back"),
            cancellation.reason
        ),
        Content::Retraction(retraction) => format!(
            "{}{colon}{}",
            say("fallback-entered-error"),
            retraction.reason
        ),
        Content::Participation(participation) => seats::participation(participation, language),
        Content::Delegation(delegation) => seats::delegation(delegation, language),
        Content::Coverage(coverage) => seats::coverage(coverage, language),
        Content::Review(review) => headed(say("fallback-looked-through-case"), &review.note),
        Content::TypeDefinition(defined) => definition::type_definition(defined, language),
        Content::DefinedRequest(request) => definition::request(request, language),
        Content::BreakGlass(admitted) => access::break_glass(admitted, language),
        Content::HistoryShared(shared) => access::history_shared(shared, language),
        Content::DefinedStep(step) => headed(&step.to, &step.note),
        Content::Excerpt(excerpt) => sharing::excerpt(excerpt, language),
        Content::AccessEnded(ended) => sharing::access_ended(ended, language),
        Content::Decision(decision) => records::decision(decision, language),
        Content::Nudge(nudge) => headed(say("fallback-reminder"), &nudge.note),
        Content::MetricsReport(report) => records::metrics_report(report, language),
        Content::Unknown | Content::Malformed => String::new(),
        Content::PlanSection(_)
        | Content::PlanGoal(_)
        | Content::PlanAction(_)
        | Content::PlanSignOff(_) => plan::plain_text(content, language),
        asked => requests::plain_text(asked, language),
    }
}

fn opening_text(opened: &CaseOpened, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let head = say("fallback-case-opened");
    let head = format!("{head}{}{}", colon(language), opened.title);
    let mut text = headed(&head, &opened.purpose);
    if opened.conversation == ConversationKind::Patient {
        append(&mut text, sharing::disclosure(language));
    }
    text
}

/// A kind of loop and its title, then what is said about it; lines without words are left out.
fn labelled(head: &str, rows: &[(&str, &str)], language: Language) -> String {
    let mut text = head.to_owned();
    for (label, words) in rows.iter().filter(|(_, words)| !words.is_empty()) {
        append(&mut text, &format!("{label}{}{words}", colon(language)));
    }
    text
}

fn attachment_text(attachment: &Attachment, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let colon = colon(language);
    let head = format!(
        "{}{colon}{} ({}, {} {})",
        say("fallback-attachment"),
        attachment.file_name,
        attachment.media_type,
        attachment.size,
        say("fallback-bytes")
    );
    let mut text = headed(&head, &attachment.caption);
    append(&mut text, &format!("SHA-256{colon}{}", attachment.digest));
    text
}

fn referral_text(referral: &Referral, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let colon = colon(language);
    let mut text = format!(
        "{}{colon}{}",
        LoopKind::Referral.label(language),
        referral.service_display_name
    );
    append(&mut text, &referral.reason);
    for (head, body) in [
        (say("fallback-needs"), &referral.needs.join("; ")),
        (say("fallback-consent"), &referral.consent),
        (say("fallback-outcome-wanted"), &referral.outcome_wanted),
    ] {
        append(&mut text, &format!("{head}{colon}{body}"));
    }
    text
}

fn transition_text(transition: &Transition, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let mut text = capitalised(transition.to.label(language));
    if let Some(reason) = transition.decline_reason {
        let _infallible = write!(text, " ({})", reason.label(language));
    }
    append(&mut text, &transition.note);
    if let Some(said) = transition.usefulness {
        let head = say("fallback-usefulness-from-1-5");
        append(&mut text, &format!("{head}{}{said}", colon(language)));
    }
    labelled(
        &text,
        &[
            (say("fallback-eligibility"), &transition.eligibility),
            (say("fallback-meanwhile"), &transition.interim_plan),
            (say("fallback-expected"), &transition.expected_date),
            (say("fallback-alternative"), &transition.alternative),
        ],
        language,
    )
}

fn headed(head: &str, body: &str) -> String {
    let mut text = head.to_owned();
    append(&mut text, body);
    text
}

fn append(text: &mut String, paragraph: &str) {
    if !paragraph.is_empty() {
        text.push('\n');
        text.push_str(paragraph);
    }
}

/// French sets a no-break space before the colon.
pub(crate) const fn colon(language: Language) -> &'static str {
    language.pick(": ", "\u{a0}: ")
}

fn capitalised(label: &str) -> String {
    let mut letters = label.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn utc(time: Timestamp) -> String {
    jiff::Timestamp::from_second(time.as_secs())
        .map(|instant| instant.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use relais_types::EntryId;

    use super::*;
    use crate::{DeclineReason, LoopState};

    #[test]
    fn a_decline_tells_why_and_what_else() {
        let decline = Content::Transition(Transition {
            decline_reason: Some(DeclineReason::NoCapacity),
            alternative: "Popote du quartier".to_owned(),
            ..Transition::new(EntryId::from_bytes([1; 16]), LoopState::Declined)
                .note("Complet jusqu’en mai.")
        });
        assert_eq!(
            plain_text(&decline, Language::French),
            "Déclinée (aucune place disponible)\nComplet jusqu’en mai.\nAutre possibilité\u{a0}: Popote du quartier"
        );
        assert!(plain_text(&decline, Language::English).starts_with("Declined (no capacity)\n"));
    }
}
