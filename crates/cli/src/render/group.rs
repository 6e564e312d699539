//! What happened to a case's group, and who may change it.

use relais_care::CaseView;
use relais_client::{CasePolicy, Notice, Noticed, Standing, UnprovedEntry};
use relais_types::{DeviceName, PractitionerName};

use super::{Style, wrap};

/// Who may join, and who leads.
pub fn policy(view: &CaseView, policy: &CasePolicy, style: Style) -> String {
    let leads: Vec<String> = policy.leads.iter().map(|lead| person(view, lead)).collect();
    let leads = if leads.is_empty() {
        style
            .say("everybody of the team", "toute l’équipe")
            .to_owned()
    } else {
        leads.join(", ")
    };
    let organisations: Vec<&str> = policy
        .organisations
        .iter()
        .map(relais_types::OrgDomain::as_str)
        .collect();
    let organisations = if organisations.is_empty() {
        style
            .say(
                "people of every organisation",
                "les gens de toute organisation",
            )
            .to_owned()
    } else {
        organisations.join(", ")
    };
    let lines = [
        (
            style.say("May change the team", "Peut changer l’équipe"),
            leads,
        ),
        (style.say("May join", "Peut s’y joindre"), organisations),
    ];
    let lines = lines
        .iter()
        .flat_map(|(label, value)| wrap(&format!("{label}{} {value}", style.colon()), style.width));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// What happened to the group, in the order of the log, with the number of the entry.
pub fn notices(view: &CaseView, notices: &[Noticed], style: Style) -> Vec<(u64, String)> {
    notices
        .iter()
        .map(|noticed| (noticed.seq, notice(view, &noticed.notice, style)))
        .collect()
}

fn notice(view: &CaseView, notice: &Notice, style: Style) -> String {
    match notice {
        Notice::BackInStep { device } => format!(
            "{} {}",
            style.say(
                "Brought back into step: a device of",
                "Appareil remis au pas\u{a0}:"
            ),
            person(view, &device.practitioner_name())
        ),
        Notice::Broken { by } => {
            let by = by.as_ref().map(DeviceName::practitioner_name);
            let by = by.map_or(
                style
                    .say("nobody of the team", "personne de l’équipe")
                    .to_owned(),
                |by| person(view, &by),
            );
            format!(
                "{} {by}",
                style.say(
                    "A change of the keys could not be followed; it was signed by",
                    "Un changement de clés n’a pas pu être suivi; il était signé par"
                )
            )
        }
        Notice::PolicyChanged { by, policy } => {
            let who = person(view, &by.practitioner_name());
            let rules = self::policy(view, policy, style)
                .trim_end()
                .replace('\n', " · ");
            format!(
                "{}{} {who}. {rules}",
                style.say("Rules set by", "Règles établies par"),
                style.colon()
            )
        }
    }
}

/// How this device stands in the case, if there is something to say.
pub fn standing(standing: &Standing, style: Style) -> Option<String> {
    if standing.needs_readding {
        return Some(
            style
                .say(
                    "This device cannot follow the case any more: ask a member to remove you and add you again. What you see stays readable.",
                    "Cet appareil ne peut plus suivre le dossier : demandez à un membre de vous retirer et de vous ajouter de nouveau. Ce que vous voyez reste lisible.",
                )
                .to_owned(),
        );
    }
    if let Some(by) = &standing.doubted {
        let why = style.say(
            "Somebody who was not in this case when you last were wants to add you again. Ask the team by telephone; if it is right, run `relais case rejoin` with this case and the beginning of the device's id. It is",
            "Quelqu’un qui n’était pas dans ce dossier quand vous y étiez veut vous y ajouter de nouveau. Demandez à l’équipe par téléphone; si c’est juste, lancez `relais case rejoin` avec ce dossier et le début du numéro de l’appareil. C’est",
        );
        return Some(format!("{why} {} ({by})", by.device));
    }
    if standing.out_of_step {
        return Some(
            style
                .say(
                    "This device is getting back into step with the case; what you write is sent after that.",
                    "Cet appareil se remet au pas du dossier; ce que vous écrivez partira ensuite.",
                )
                .to_owned(),
        );
    }
    let (first, last) = (standing.missing.first()?, standing.missing.last()?);
    let count = standing.missing.len();
    Some(format!(
        "{count} {} (#{first}–#{last})",
        style.say(
            "entries could not be read while this device was out of step",
            "entrées n’ont pas pu être lues pendant que cet appareil n’était plus au pas"
        )
    ))
}

/// What it says of entries whose authors are not proved, if there are any.
pub fn unproved(view: &CaseView, entries: &[UnprovedEntry], style: Style) -> Option<String> {
    let lines = entries.iter().map(|unproved| {
        let linked = || {
            let mut linked = view.linked.values();
            linked.find_map(|linked| linked.item(unproved.entry))
        };
        let seq = view.item(unproved.entry).or_else(linked);
        let seq = seq.map_or_else(|| unproved.entry.to_string(), |item| item.seq.to_string());
        let author = person(view, &unproved.author.practitioner_name());
        let shared = unproved.shared_by.as_ref().map_or_else(String::new, |by| {
            let by = person(view, &by.practitioner_name());
            format!("{}{by}", style.say(", shared by ", ", partagée par "))
        });
        let why = if unproved.absent {
            style.say(
                "the device is not in the transparency log; ask them whether they wrote it",
                "l’appareil n’est pas dans le journal de transparence; demandez-lui si c’est bien de sa main",
            )
        } else {
            style.say("not checked yet", "pas encore vérifiée")
        };
        let line = format!("  ! #{seq} {author}{shared}{} {why}", style.colon());
        wrap(&line, style.width).join("\n")
    });
    let head = style.say(
        "It is not proved who wrote these entries:",
        "Il n’est pas prouvé qui a écrit ces entrées :",
    );
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| format!("{head}\n{}", lines.join("\n")))
}

/// A person's name, as the case knows it.
fn person(view: &CaseView, name: &PractitionerName) -> String {
    let seated = view.team.seats().iter().find_map(|seat| {
        let occupant = seat.occupant.as_ref()?;
        (occupant.name == *name).then(|| occupant.display_name.clone())
    });
    let spoke = || {
        let item = view
            .timeline
            .iter()
            .find(|item| item.author.name == *name)?;
        Some(item.author.display_name.clone())
    };
    seated.or_else(spoke).unwrap_or_else(|| name.to_string())
}
