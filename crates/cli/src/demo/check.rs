//! What must hold at the end of every story.

use std::path::Path;

use relais_types::CaseId;
use serde::Serialize;

use super::{
    Folder,
    canary::Needles,
    cast::Device,
    revocation,
    snapshot::{Sight, Snapshot, undelivered},
    stage::{Opened, Stage},
};
use crate::{Failure, story::sentences};

/// Something that must hold, and whether it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// What must hold.
    pub(crate) name: String,
    /// Whether it does.
    pub(crate) ok: bool,
    /// What was seen.
    pub(crate) detail: String,
}

impl Check {
    /// It holds.
    pub(crate) fn holds(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ok: true,
            detail: detail.into(),
        }
    }

    /// It does not.
    pub(crate) fn fails(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ok: false,
            detail: detail.into(),
        }
    }

    /// It holds with what was seen, or does not because of it.
    pub(crate) fn of(name: impl Into<String>, outcome: Result<String, String>) -> Self {
        match outcome {
            Ok(detail) => Self::holds(name, detail),
            Err(detail) => Self::fails(name, detail),
        }
    }
}

/// Every check that needs no word in the story.
pub(crate) async fn all(stage: &Stage<'_>, snapshot: &Snapshot, folder: &Folder) -> Vec<Check> {
    let mut checks = Vec::new();
    for case in &stage.cases {
        let key = &case.key;
        checks.push(Check::of(
            format!("all members of `{key}` see the same"),
            same_digest(snapshot, case.id),
        ));
        checks.push(Check::of(
            format!("`{key}` is delivered to every seat"),
            delivered(snapshot, case.id),
        ));
        checks.push(Check::of(
            format!("nothing in `{key}` was refused"),
            nothing_rejected(snapshot, case.id),
        ));
        if let Some(parent) = &case.parent {
            let name = format!("partners in `{key}` see neither `{parent}` nor its team");
            checks.push(Check::of(
                name,
                partner_sees_nothing_else(stage, snapshot, case, parent),
            ));
            let name = format!("`{parent}` follows every request in `{key}`");
            checks.push(Check::of(
                name,
                parent_follows(stage, snapshot, case, parent),
            ));
        }
    }
    checks.extend(departures(stage, snapshot));
    checks.extend(revocation::checks(stage));
    checks.extend(absences(stage, snapshot));
    checks.extend(canaries(stage, folder).await);
    checks
}

/// One failure that names every check that does not hold.
pub(crate) fn verdict(checks: &[Check]) -> Result<(), Failure> {
    let failed: Vec<&str> = checks
        .iter()
        .filter(|check| !check.ok)
        .map(|check| check.name.as_str())
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::Checks(
        format!(
            "{} of {} checks did not hold: {}",
            failed.len(),
            checks.len(),
            failed.join("; ")
        )
        .into(),
    ))
}

fn same_digest(snapshot: &Snapshot, case: CaseId) -> Result<String, String> {
    let members: Vec<&Sight> = snapshot.members_of(case).collect();
    let first = members.first().ok_or("nobody is in it")?;
    let in_group = first.members.len();
    if members.iter().any(|sight| sight.digest != first.digest) {
        return Err(format!(
            "{} devices computed different digests",
            members.len()
        ));
    }
    let short: String = first.digest.chars().take(12).collect();
    Ok(format!(
        "{} of {in_group} devices, digest {short}",
        members.len()
    ))
}

fn delivered(snapshot: &Snapshot, case: CaseId) -> Result<String, String> {
    let one = snapshot.members_of(case).next().ok_or("nobody is in it")?;
    let owing = undelivered(&one.view);
    if !owing.is_empty() {
        return Err(format!("not yet to {}", owing.join(", ")));
    }
    let entries = one
        .view
        .timeline
        .iter()
        .filter(|item| item.deserves_receipt())
        .count();
    Ok(format!("{entries} entries"))
}

fn nothing_rejected(snapshot: &Snapshot, case: CaseId) -> Result<String, String> {
    let one = snapshot.members_of(case).next().ok_or("nobody is in it")?;
    let rejected = |item: &&relais_care::TimelineItem| item.rejected.is_some();
    match one.view.timeline.iter().find(rejected) {
        Some(item) => Err(format!("entry {} has no effect", item.seq)),
        None => Ok(format!("{} entries have effect", one.view.timeline.len())),
    }
}

/// Whoever is in the partner conversation and not on the team has no trace of the team.
fn partner_sees_nothing_else(
    stage: &Stage<'_>,
    snapshot: &Snapshot,
    case: &Opened,
    parent: &str,
) -> Result<String, String> {
    let parent = stage.opened(parent).map_err(|error| error.to_string())?;
    let team = snapshot
        .members_of(parent.id)
        .next()
        .ok_or("nobody is in the team's case")?;
    let conversation = snapshot
        .members_of(case.id)
        .next()
        .ok_or("nobody is in it")?;
    let in_team = |device: &Device| team.members.contains(&device.name);
    let shown = serde_json::to_string(&conversation.view).map_err(|error| error.to_string())?;
    let mut hidden = vec![parent.id.to_string(), json_text(&team.view.title)];
    let partners: Vec<&str> = conversation
        .view
        .team
        .seats()
        .iter()
        .filter_map(|seat| seat.occupant.as_ref())
        .map(|p| p.display_name.as_str())
        .collect();
    let colleagues = team
        .view
        .team
        .seats()
        .iter()
        .flat_map(|seat| seat.occupant.iter().chain(&seat.former));
    hidden.extend(
        colleagues
            .map(|person| &person.display_name)
            .filter(|name| !partners.contains(&name.as_str()))
            .map(|name| json_text(name)),
    );
    if let Some(patient) = &team.view.patient {
        hidden.push(json_text(&patient.display_name));
    }
    if let Some(leak) = hidden.iter().find(|text| shown.contains(text.as_str())) {
        return Err(format!("the conversation shows “{leak}”"));
    }
    let mut outsiders = 0;
    for sight in &snapshot.sights {
        let Some(device) = stage
            .cast
            .devices
            .get(sight.device)
            .filter(|device| !in_team(device))
        else {
            continue;
        };
        let was_in_team = stage
            .departures
            .iter()
            .any(|left| left.case == parent.key && left.person == device.person);
        if was_in_team || device.revoked {
            continue;
        }
        if sight.case == parent.id {
            return Err(format!("{} has the team's case", device.title()));
        }
        outsiders += usize::from(sight.case == case.id);
    }
    Ok(format!(
        "{outsiders} devices outside the team, {} names and titles not shown to them",
        hidden.len()
    ))
}

/// The text as it stands within JSON, without its quotes.
fn json_text(text: &str) -> String {
    serde_json::to_string(text)
        .unwrap_or_default()
        .trim_matches('"')
        .to_owned()
}

/// The team sees each loop of the partner conversation in the same state.
fn parent_follows(
    stage: &Stage<'_>,
    snapshot: &Snapshot,
    case: &Opened,
    parent: &str,
) -> Result<String, String> {
    let parent = stage.opened(parent).map_err(|error| error.to_string())?;
    let conversation = snapshot
        .members_of(case.id)
        .next()
        .ok_or("nobody is in it")?;
    let mut members = 0;
    for sight in snapshot.members_of(parent.id) {
        let linked = sight
            .view
            .linked
            .get(&case.id)
            .ok_or("a member of the team does not see it")?;
        for asked in &conversation.view.loops {
            let seen = linked
                .find_loop(asked.id)
                .ok_or("a member of the team does not see a request")?;
            if seen.state != asked.state {
                return Err(format!(
                    "the team sees {} instead of {}",
                    seen.state, asked.state
                ));
            }
        }
        members += 1;
    }
    Ok(format!(
        "{} requests on {members} devices of the team",
        conversation.view.loops.len()
    ))
}

/// Whoever left keeps what they had, and reads nothing that came after.
fn departures(stage: &Stage<'_>, snapshot: &Snapshot) -> Vec<Check> {
    let one = |departure: &super::stage::Departure| -> Result<String, String> {
        let case = stage
            .opened(&departure.case)
            .map_err(|error| error.to_string())?;
        let later = case.posted.get(departure.posted..).unwrap_or_default();
        for sight in snapshot.members_of(case.id) {
            if departure
                .devices
                .iter()
                .any(|device| sight.members.contains(device))
            {
                return Err("a device is still in the group".to_owned());
            }
        }
        let sights = snapshot.sights.iter().filter(|sight| sight.case == case.id);
        let own = sights.filter(|sight| {
            let device = stage.cast.devices.get(sight.device);
            device.is_some_and(|device| departure.devices.contains(&device.name))
        });
        let mut kept = 0;
        for sight in own {
            if !sight.left {
                return Err("the device does not know that it was removed".to_owned());
            }
            if later.iter().any(|entry| sight.view.item(*entry).is_some()) {
                return Err("the device reads what came after".to_owned());
            }
            kept = sight.view.timeline.len();
        }
        Ok(format!(
            "{kept} entries kept, none of {} later ones",
            later.len()
        ))
    };
    let check = |departure: &super::stage::Departure| {
        Check::of(
            format!(
                "{} left `{}` and reads nothing after",
                departure.person, departure.case
            ),
            one(departure),
        )
    };
    stage.departures.iter().map(check).collect()
}

/// A device that was offline has everything that was posted meanwhile.
fn absences(stage: &Stage<'_>, snapshot: &Snapshot) -> Vec<Check> {
    let one = |absence: &super::stage::Absence| -> Result<String, String> {
        let mut missed = 0;
        for case in &stage.cases {
            let Some(sight) = snapshot
                .members_of(case.id)
                .find(|sight| sight.device == absence.device)
            else {
                continue;
            };
            let from = absence.posted.get(&case.key).copied().unwrap_or(0);
            let until = absence
                .until
                .as_ref()
                .and_then(|until| until.get(&case.key))
                .copied()
                .unwrap_or(from);
            let meanwhile = case.posted.get(from..until).unwrap_or_default();
            if meanwhile
                .iter()
                .any(|entry| sight.view.item(*entry).is_none())
            {
                return Err(format!("something of `{}` is missing", case.key));
            }
            missed += meanwhile.len();
        }
        Ok(format!("{missed} entries were posted while it was away"))
    };
    stage
        .absences
        .iter()
        .filter(|absence| absence.until.is_some())
        .filter_map(|absence| {
            let device = stage.cast.devices.get(absence.device)?;
            Some(Check::of(
                format!("{} caught up on everything", device.title()),
                one(absence),
            ))
        })
        .collect()
}

/// No sentence, title or patient's name stands in any file of the server or of the clients.
async fn canaries(stage: &Stage<'_>, folder: &Folder) -> Vec<Check> {
    let secret = sentences(stage.story);
    let public: Vec<String> = stage
        .story
        .organisations
        .iter()
        .map(|(_, organisation)| organisation.name.clone())
        .collect();
    let (server, clients) = (folder.path.join("server"), folder.path.join("clients"));
    let searched = tokio::task::spawn_blocking(move || {
        let needles = Needles::new(secret.iter().map(String::as_str));
        vec![
            Check::of(
                "nothing of the story is in the server's data or logs",
                absent(&needles, &server),
            ),
            Check::of(
                "nothing of the story is readable in the clients' stores",
                absent(&needles, &clients),
            ),
            Check::of(
                "the same search finds what is public",
                present(&public, &server),
            ),
        ]
    });
    searched.await.unwrap_or_else(|error| {
        vec![Check::fails(
            "the search for content was made",
            error.to_string(),
        )]
    })
}

fn absent(needles: &Needles<'_>, folder: &Path) -> Result<String, String> {
    let search = needles.search(folder).map_err(|error| error.to_string())?;
    match search.found.first() {
        Some((text, path)) => Err(format!("“{text}” is in {}", path.display())),
        None => Ok(format!(
            "{} sentences and names, {} files, {} KiB",
            needles.len(),
            search.files,
            search.bytes.div_ceil(1024)
        )),
    }
}

fn present(public: &[String], folder: &Path) -> Result<String, String> {
    let needles = Needles::new(public.iter().map(String::as_str));
    let search = needles.search(folder).map_err(|error| error.to_string())?;
    if search.found.len() < needles.len() {
        return Err(format!(
            "only {} of {} names of organisations",
            search.found.len(),
            needles.len()
        ));
    }
    Ok(format!(
        "{} names of organisations, as the directory publishes them",
        needles.len()
    ))
}
