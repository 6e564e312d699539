//! What happened to a case's group, and who may change it.

use relais_care::CaseView;
use relais_client::{CasePolicy, Notice, Noticed, Standing, UnprovedEntry};
use relais_types::{DeviceName, PractitionerName};

use super::{Style, wrap};

/// Who may join, and who leads.
pub fn policy(view: &CaseView, policy: &CasePolicy, style: Style) -> String {
    let leads: Vec<String> = policy.leads.iter().map(|lead| person(view, lead)).collect();
    let leads = if leads.is_empty() {
        style.text("render-group-everybody-team").to_owned()
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
            .text("render-group-people-every-organisation")
            .to_owned()
    } else {
        organisations.join(", ")
    };
    let lines = [
        (style.text("render-group-may-change-team"), leads),
        (style.text("render-group-may-join"), organisations),
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
            style.text("render-group-brought-back-into-step-device"),
            person(view, &device.practitioner_name())
        ),
        Notice::Broken { by } => {
            let by = by.as_ref().map(DeviceName::practitioner_name);
            let by = by.map_or(style.text("render-group-nobody-team").to_owned(), |by| {
                person(view, &by)
            });
            format!(
                "{} {by}",
                style.text("render-group-change-keys-could-not-be")
            )
        }
        Notice::PolicyChanged { by, policy } => {
            let who = person(view, &by.practitioner_name());
            let rules = self::policy(view, policy, style)
                .trim_end()
                .replace('\n', " · ");
            format!(
                "{}{} {who}. {rules}",
                style.text("render-group-rules-set"),
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
                .text("render-group-device-cannot-follow-case-any")
                .to_owned(),
        );
    }
    if let Some(by) = &standing.doubted {
        let why = style.text("render-group-somebody-who-was-not-case");
        return Some(format!("{why} {} ({by})", by.device));
    }
    if standing.out_of_step {
        return Some(
            style
                .text("render-group-device-getting-back-into-step")
                .to_owned(),
        );
    }
    let (first, last) = (standing.missing.first()?, standing.missing.last()?);
    let count = standing.missing.len();
    Some(format!(
        "{count} {} (#{first}–#{last})",
        style.text("render-group-entries-could-not-be-read")
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
            style.fill("render-group-shared", &[("by", by.into())])
        });
        let why = if unproved.absent {
            style.text("render-group-device-not-transparency-log-ask")
        } else {
            style.text("render-group-not-checked-yet")
        };
        let line = format!("  ! #{seq} {author}{shared}{} {why}", style.colon());
        wrap(&line, style.width).join("\n")
    });
    let head = style.text("render-group-not-proved-who-wrote-these");
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
