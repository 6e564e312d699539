//! The catalogue as a page for client-app developers.

use std::fmt::Write as _;

use super::{RULES, STATES, initial_states, is_final, needs_patient, rules_from, senders};
use crate::{Language, LoopKind, LoopState, Party, Rejection};

/// `proto/CATALOGUE.md`, from the tables.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for &kind in LoopKind::ALL {
        loop_section(&mut page, kind);
    }
    page.push_str(RECEIPTS);
    rejections(&mut page);
    page
}

fn loop_section(page: &mut String, kind: LoopKind) {
    line(
        page,
        &format!(
            "\n## {} · {}\n",
            kind.label(Language::English),
            kind.label(Language::French)
        ),
    );
    if kind == LoopKind::Defined {
        line(
            page,
            "Its states, its steps and who may take them stand in its `TypeDefinition`; each state\n\
             names the nearest one of this catalogue.",
        );
        return;
    }
    let roles: Vec<String> = senders(kind)
        .iter()
        .map(|role| format!("`{role}`"))
        .collect();
    if !roles.is_empty() {
        line(
            page,
            &format!("Asked by seats of these roles: {}.\n", roles.join(", ")),
        );
    }
    if needs_patient(kind) {
        line(page, "Not in a group without a patient.\n");
    }
    line(page, "| state | English | French | whose turn |");
    line(page, "|---|---|---|---|");
    for stage in STATES.iter().filter(|stage| stage.kind == kind) {
        let begins = if initial_states(kind).contains(&stage.state) {
            " (begins here)"
        } else {
            ""
        };
        line(
            page,
            &format!(
                "| `{}`{begins} | {} | {} | {} |",
                stage.state,
                stage.state.label(Language::English),
                stage.state.label(Language::French),
                stage.awaits.map_or_else(
                    || match (
                        rules_from(kind, stage.state).next(),
                        is_final(kind, stage.state)
                    ) {
                        (None, _) => "nobody: final",
                        (Some(_), true) => "nobody: final, unless reopened",
                        (Some(_), false) => "nobody: it stands",
                    },
                    Party::code,
                ),
            ),
        );
    }
    line(page, "\n| from | to | who | requires |");
    line(page, "|---|---|---|---|");
    for rule in RULES.iter().filter(|rule| rule.kind == kind) {
        line(
            page,
            &format!(
                "| `{}` | `{}` | {} | {} |",
                rule.from,
                rule.to,
                rule.who,
                rule.requires.label(Language::English),
            ),
        );
    }
    let to = LoopState::Acknowledged;
    let by_receipt = RULES
        .iter()
        .any(|rule| (rule.kind, rule.to, rule.who) == (kind, to, Party::Owner));
    if by_receipt {
        line(
            page,
            &format!(
                "\nA receipt that acknowledges it, from the owner seat, moves it to `{to}` too."
            ),
        );
    }
}

fn rejections(page: &mut String) {
    line(page, "\n## Rejected entries\n");
    line(
        page,
        "A rejected entry stays in the timeline with its reason and changes nothing. Only one that\n\
         is `too_large` is left out of the view: newcomers are not given it. Its limits are in\n\
         the protocol description.\n",
    );
    line(page, "| reason | English | French |");
    line(page, "|---|---|---|");
    for &reason in Rejection::ALL {
        line(
            page,
            &format!(
                "| `{reason}` | {} | {} |",
                reason.label(Language::English),
                reason.label(Language::French)
            ),
        );
    }
}

fn line(page: &mut String, text: &str) {
    let _infallible = writeln!(page, "{text}");
}

const INTRODUCTION: &str = "\
# Catalogue

What can be said in a case, and what follows from it. This page is generated from the tables
in `crates/care/src/catalogue.rs`; a test keeps it current.

## Entries

Every type is `relais.care.v1.<name>`, version 1, in
[`relais/care/v1`](relais/care/v1/entry.proto). Single lines hold at most 200
characters, prose at most 5,000, lists at most 50 elements. No text holds control characters
other than line breaks and tabs in prose; single lines hold no direction marks either.

| type | required beside the envelope | who may say it | owed a receipt |
|---|---|---|---|
| `CaseOpened` | title, seats; first entry of the case | whoever creates the case | no |
| `TeamChanged` | a seat or an occupancy | anyone who holds a seat that is no emergency seat | no |
| `Text` | text | anyone who holds a seat | yes |
| `Consult` | owner seat, specialty, question | anyone who holds a seat | yes |
| `Referral` | owner seat, service name, reason, needs, consent, outcome wanted | anyone who holds a seat | yes |
| `Task` | owner seat, what | anyone who holds a seat | yes |
| `AcknowledgementRequest` | owner seat, what | anyone who holds a seat | yes |
| `CapacityEnquiry` | owner seat, service name, area; nothing about a patient | the roles below | yes |
| `ResourceSuggestion` | owner seat, service id and name, eligibility, languages | the roles below | yes |
| `DischargeNotice` | owner seat (it owns the follow-up), dates, diagnoses, follow-up | the roles below | yes |
| `MedicationChange` | owner seat, drug, old or new regimen, reason | the roles below | yes |
| `ResultFollowUp` | owner seat, test, flag, action, due time | the roles below | yes |
| `PlanSection` | owner seat, title | anyone who holds a seat | yes |
| `PlanGoal`, `PlanAction` | owner seat, text, target date | anyone who holds a seat | yes |
| `PlanSignOff` | target (a section, goal or action), what is said; a note with an objection | anyone who holds a seat, for that seat | yes |
| `Handover` | owner seat (another one), scope, summary, contingency | the holder of the seat | yes |
| `Escalation` | owner seat, target, rung, reason | anyone who holds a seat | yes |
| `Consent` | owner seat, actors, classes, purpose, start, who decides | anyone who holds a seat | yes |
| `Appointment` | owner seat, what, start | anyone who holds a seat | yes |
| `Transition` | target, state, and what the step requires (below) | the seat that the step belongs to, or its delegate | yes |
| `Cancellation` | target, reason | the requester, or its delegate | yes |
| `Attachment` | media type, size, digest | anyone who holds a seat | yes |
| `Participation` | stance, follow level or charter | the seat itself; a stance only by a primary care physician | yes |
| `Delegation` | seat, delegate, start, end | the seat, its supervisor or, while it is vacant, a seat of its organisation | yes |
| `Coverage` | seat | as `Delegation` | yes |
| `TypeDefinition` | code, version, labels, states that do not contradict its steps | anyone who holds a seat | yes |
| `DefinedRequest` | owner seat, definition, title, values that fit it | anyone who holds a seat | yes |
| `DefinedStep` | target, state, and what the definition requires | the seat that the step belongs to, or its delegate | yes |
| `BreakGlass` | owner seat (it reviews), emergency seat, person, reason, explanation, until | the roles below | yes |
| `HistoryShared` | person, policy | anyone who holds a seat that is no emergency seat | yes |
| `Decision` | what, reason; what it is about is in the case | anyone who holds a seat | yes |
| `Nudge` | target, on which it is another seat's turn; once in 24 hours for each | anyone who holds a seat | yes |
| `MetricsReport` | period; nothing of which there are only 1 to 4 | anyone who holds a seat | yes |
| `Review` | – | anyone who holds a seat | yes |
| `Receipt` | one entry | any member of the group | no |
| `Correction` | target, reason | the person who wrote the target | yes |
| `Retraction` | target, reason | the person who wrote the target | yes |
| `History` | – | any member of the group | no |
| `Relayed` | conversation | in a team case, anyone who holds a seat; for each conversation, only the person who did first | no |

Each request has exactly one owner seat, which must be on the case; the seat that its author
acts from is its requester. Finished work stays open until the requester closes it.

What should be acknowledged and is not is escalated: after 80 % (routine) or 50 % (urgent) of the
time that there was, in business time, or after 30 minutes (asap) or 5 minutes (stat). The times
to acknowledge, unless the entry says otherwise: 5 business days, 1 business day, 1 hour, 15
minutes. An acknowledgement or a step of the owner seat ends it; a read does not.

A type, a version or a word that a client does not know is shown by its fallback and changes
nothing; so is a step of something that it does not know. Such entries are kept and shared again
byte by byte.

A `Cancellation` takes what it can: `cancelled` or `withdrawn` where the requester may, else
`abort_requested`. A `Referral` by the owner of an accepted `ResourceSuggestion`, in reply to it,
moves that to `referred`. An accepted `Handover` of a seat puts whoever accepts on that seat; one
of obligations moves everything that is not settled to the owner seat. A nominee who accepts
becomes the owner. What waits for a seat of the role `hub` stands in its queue: a seat of its pool
(without a pool, of its organisation) may take it and becomes the owner; the second to try is
rejected. A requester who reopens something gives its owner as much time to acknowledge as at
first; what was superseded is not reopened. A delegate acts for a seat while its delegation lasts, by the time at which the
server accepts the entry, in everything but handovers.

Whoever joins is given what was said before as the policy in the `TeamChanged` or `BreakGlass` says
that seats them: everything, what went on since a time, what belongs to something asked of some
kinds, or only what is open. Whatever the policy, they are given what holds the case together (its
opening, the team, who covers whom, consents, handovers, definitions, what partners said, receipts)
and everything open. What was asked is given with all its steps, corrections and replies, or not at
all. What is not given is named by number, id and digest; a step, correction or reply that refers to
it changes nothing, and is not rejected for that. `HistoryShared` gives more later.

`BreakGlass` puts somebody on an emergency seat for at most 72 hours. Its owner, who reviews it, is
neither the seat that lets them in, unless nobody else is there, nor an emergency seat. Nothing else
puts anybody on such a seat, and from it nobody changes the team or shares more of the history. When
the time is over, a member's device removes the person and leaves the seat vacant. More time takes
another `BreakGlass` with the same seat, which is reviewed, too.
A conversation of kind `COMMUNITY` has no patient: an opening with one is malformed, and what is
asked for one is rejected. Before something is said there, look for identifiers of patients in it.
A notice is a `Text` with one `AcknowledgementRequest` in reply to it for each seat.

`supersedes` names an entry of the same person or seat that took effect and is not still open.

Corrections and retractions: the original stays as a tombstone, the last one counts. An empty
replacement withdraws a text; a request or a step that took effect can be reworded, but is
taken back only by a further step.

`History` carries earlier entries and says nothing itself: it is not shown, and need not be
carried again. `Relayed` entries of a partner conversation are reduced by the same rules into
a linked view inside the team's case, in the order in which they come; one whose `seq` is 0, or
not above all before it, is passed over. Relaying a conversation first binds it to that person.
A successor on the same seat cannot take it over yet, and begins a new conversation with the
partner instead.
";

const RECEIPTS: &str = "
## Receipts

Delivered, read and acknowledged are said separately, once, and never unsaid; none implies
another. They count for the person, and for each seat that the person holds at that moment.
For a seat, *acknowledged* counts only from the entry's owner seat. Authors are not listed
among the readers of their own entries. Entries that are rejected are owed no receipt.
";
