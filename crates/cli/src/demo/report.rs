//! Prints who sees what, what the server can see, and the checks.

use std::time::{Duration, Instant};

use relais_care::{CaseView, TimelineItem};
use relais_server::Overview;
use relais_types::{Clock as _, SystemClock};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    cast::{Device, Human},
    check::Check,
    revocation::Revocation,
    snapshot::{Sight, Snapshot},
    stage::Stage,
};
use crate::{
    Failure,
    output::Output,
    render::{self, Reader, Style},
    story::{Part, Show},
};

/// Everything that is known at the end.
pub(crate) struct Report<'a> {
    pub(crate) stage: &'a Stage<'a>,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) checks: &'a [Check],
    pub(crate) server: &'a Overview,
}

/// The last object of `--json`.
#[derive(Serialize)]
struct Total<'a> {
    ok: bool,
    /// Entries that members see, each counted once.
    entries: usize,
    /// Commits in all groups.
    commits: u64,
    /// Marks of persons on entries.
    receipts: Marks,
    loops: Vec<LoopRow<'a>>,
    members: Vec<MemberRow<'a>>,
    /// Accesses that were ended, with the times from the administrator's call on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revocations: Vec<RevocationRow<'a>>,
    elapsed_ms: u64,
}

#[derive(Serialize)]
struct RevocationRow<'a> {
    name: &'a str,
    /// When the open streams had ended.
    cut_ms: Option<u64>,
    /// When a call was refused.
    refused_ms: Option<u64>,
    /// When the last group's commit was accepted, as the server counts.
    rekeyed_by_server_ms: Option<u64>,
    cases: Vec<FreedRow<'a>>,
    /// Messages sent afterwards, on which the revoked devices' keys were tried.
    later_messages: usize,
    later_messages_opened: usize,
    /// Messages sent before that they had not read, which they can open.
    earlier_messages_opened: usize,
}

#[derive(Serialize)]
struct FreedRow<'a> {
    case: &'a str,
    /// When every other device had new keys.
    rekeyed_ms: u64,
    /// When everybody saw the seat vacant.
    vacant_ms: Option<u64>,
    /// When somebody else had it.
    filled_ms: Option<u64>,
}

#[derive(Default, Serialize)]
struct Marks {
    delivered: usize,
    read: usize,
    acknowledged: usize,
}

#[derive(Serialize)]
struct LoopRow<'a> {
    id: String,
    case: String,
    kind: &'a str,
    state: &'a str,
}

#[derive(Serialize)]
struct MemberRow<'a> {
    name: &'a str,
    organisation: &'a str,
    seat: Option<&'a str>,
    device: &'a str,
    case: String,
    digest: &'a str,
}

impl Report<'_> {
    /// Prints it all.
    ///
    /// # Errors
    /// If standard output fails.
    pub(crate) fn print(&self, output: Output, begun: Instant) -> Result<(), Failure> {
        if output.is_json() {
            return self.print_json(output, begun);
        }
        let style = output.style();
        for show in self.shows() {
            self.print_view(output, &show)?;
        }
        self.print_members(output)?;
        self.print_revocations(output)?;
        output.text(&heading("WHAT THE SERVER CAN SEE", style))?;
        output.text(&server_sight(self.server, style))?;
        output.text(&heading("CHECKS", style))?;
        for check in self.checks {
            let mark = if check.ok { '✓' } else { '✗' };
            output.text(&render::fit(
                &format!("  {mark} {} — {}", check.name, check.detail),
                style.width.max(160),
            ))?;
        }
        let total = self.total(begun);
        let verdict = if total.ok {
            "Every check holds."
        } else {
            "Not every check holds."
        };
        let Marks {
            delivered,
            read,
            acknowledged,
        } = total.receipts;
        output.text(&format!(
            "\n{verdict} {} entries, {} commits, {delivered} delivered, {read} read, {acknowledged} acknowledged; {:.1} s.",
            total.entries,
            total.commits,
            begun.elapsed().as_secs_f64()
        ))
    }

    fn print_json(&self, output: Output, begun: Instant) -> Result<(), Failure> {
        for sight in &self.snapshot.sights {
            for item in &sight.view.timeline {
                if let Some(line) = self.entry_line(sight, item, output.style()) {
                    output.line(&line)?;
                }
            }
        }
        for check in self.checks {
            output.line(&json!({"type": "check", "name": check.name, "ok": check.ok, "detail": check.detail}))?;
        }
        output.line(&self.total(begun))
    }

    /// An entry as one device sees it.
    fn entry_line(&self, sight: &Sight, item: &TimelineItem, style: Style) -> Option<Value> {
        let (device, human) = self.whose(sight)?;
        let [delivered, read, acknowledged] = item.receipts.counts();
        let author = &item.author;
        let own_seat = render::own_seat(item)
            .map(|seat| (seat.role.code(), seat.organisation_display_name.as_str()));
        let seat = author
            .role
            .map(|role| (role.code(), author.organisation_display_name.as_str()))
            .or(own_seat);
        let by_seat: Vec<Value> = sight
            .view
            .team
            .seats()
            .iter()
            .filter_map(|seat| {
                let said = item.receipts.of_seat(seat.seat.id)?;
                Some(json!({
                    "seat": seat.seat.role.code(),
                    "organisation": seat.seat.organisation_display_name,
                    "delivered": said.delivered.is_some(),
                    "read": said.read.is_some(),
                    "acknowledged": said.acknowledged.is_some(),
                }))
            })
            .collect();
        Some(json!({
            "type": "entry",
            "member": human.person.display_name,
            "device": device.label,
            "case": sight.case.to_string(),
            "seq": item.seq,
            "id": item.id.to_string(),
            "kind": item.content.code(),
            "author": {
                "name": item.author.display_name,
                "seat": seat.map(|(role, _)| role),
                "organisation": seat.map(|(_, organisation)| organisation),
            },
            "language": item.envelope.language,
            "text": item.text(style.language),
            "rejected": item.rejected.map(|rejected| rejected.reason.code()),
            "receipts": {"delivered": delivered, "read": read, "acknowledged": acknowledged},
            "receipts_by_seat": by_seat,
        }))
    }

    fn total(&self, begun: Instant) -> Total<'_> {
        let mut receipts = Marks::default();
        let mut loops = Vec::new();
        let mut entries = 0;
        for sight in self.snapshot.cases() {
            entries += sight.view.timeline.len();
            for item in &sight.view.timeline {
                let [delivered, read, acknowledged] = item.receipts.counts();
                receipts.delivered += delivered;
                receipts.read += read;
                receipts.acknowledged += acknowledged;
            }
            loops.extend(sight.view.loops.iter().map(|asked| LoopRow {
                id: asked.id.to_string(),
                case: sight.case.to_string(),
                kind: asked.kind.code(),
                state: asked.state.code(),
            }));
        }
        Total {
            ok: self.checks.iter().all(|check| check.ok),
            entries,
            commits: self.server.groups.iter().map(|group| group.commits).sum(),
            receipts,
            loops,
            members: self.members(),
            revocations: self.stage.revocations.iter().map(revocation_row).collect(),
            elapsed_ms: millis(begun.elapsed()),
        }
    }

    /// One row per device and case, of those who are in it now.
    fn members(&self) -> Vec<MemberRow<'_>> {
        let row = |sight: &'_ Sight| {
            let (device, human) = self.whose(sight)?;
            let seat = sight
                .view
                .team
                .seats_of(&human.person.name)
                .next()
                .map(|seat| seat.seat.role.code());
            Some((device, human, seat))
        };
        self.snapshot
            .sights
            .iter()
            .filter(|sight| !sight.left)
            .filter_map(|sight| {
                let (device, human, seat) = row(sight)?;
                Some(MemberRow {
                    name: &human.person.display_name,
                    organisation: &human.organisation,
                    seat,
                    device: &device.label,
                    case: sight.case.to_string(),
                    digest: &sight.digest,
                })
            })
            .collect()
    }

    fn whose(&self, sight: &Sight) -> Option<(&Device, &Human)> {
        let device = self.stage.cast.devices.get(sight.device)?;
        Some((device, self.stage.cast.people.get(&device.person)?))
    }

    /// The views to print: the story's choice, or the first member of each organisation.
    fn shows(&self) -> Vec<Show> {
        if !self.stage.story.shows.is_empty() {
            return self.stage.story.shows.clone();
        }
        let mut shown: Vec<(relais_types::CaseId, &str)> = Vec::new();
        let mut shows = Vec::new();
        for sight in self.snapshot.sights.iter().filter(|sight| !sight.left) {
            let (Some((device, human)), Some(case)) =
                (self.whose(sight), self.stage.opened_as(sight.case))
            else {
                continue;
            };
            if !shown.contains(&(sight.case, human.organisation.as_str())) {
                let part = if shown.iter().any(|(case, _)| *case == sight.case) {
                    Part::Summary
                } else {
                    Part::Everything
                };
                shown.push((sight.case, &human.organisation));
                shows.push(Show {
                    person: device.title(),
                    case: case.key.clone(),
                    language: None,
                    part,
                });
            }
        }
        shows
    }

    fn print_view(&self, output: Output, show: &Show) -> Result<(), Failure> {
        let position = self.stage.cast.position(&show.person);
        let case = self.stage.opened(&show.case).ok().map(|case| case.id);
        let sight = self
            .snapshot
            .sights
            .iter()
            .find(|sight| Some(sight.device) == position && Some(sight.case) == case);
        let Some((sight, (device, human))) =
            sight.and_then(|sight| Some((sight, self.whose(sight)?)))
        else {
            return Ok(());
        };
        let style = Style {
            language: show.language.unwrap_or(human.language),
            ..output.style()
        };
        let who = format!(
            "{} · {} · {}",
            human.person.display_name, human.organisation, device.label
        );
        output.text(&heading(
            &format!("{} {who}", style.text("demo-report-as-seen")),
            style,
        ))?;
        let reader = Reader {
            me: Some(&human.person.name),
            now: SystemClock.now(),
        };
        output.text(&match show.part {
            Part::Everything => render::case(&sight.view, reader, style),
            Part::Summary => render::summary(&sight.view, reader, style),
        })
    }

    /// Whose access ended, and how long it took until that was so everywhere.
    fn print_revocations(&self, output: Output) -> Result<(), Failure> {
        let style = output.style();
        let shown =
            |took: Option<Duration>| took.map_or("–".to_owned(), |it| millis(it).to_string());
        for ended in &self.stage.revocations {
            let name = &ended.display_name;
            let title = format!("{name}: ms FROM THE ADMINISTRATOR’S CALL UNTIL …");
            output.text(&heading(&title, style))?;
            let mut table = render::table(style.width);
            table.set_header([
                "Case",
                "Stream cut",
                "Call refused",
                "Re-keyed",
                "Seat vacant",
                "Seat filled",
            ]);
            for freed in &ended.cases {
                table.add_row([
                    freed.case.clone(),
                    shown(ended.cut),
                    shown(ended.refused),
                    shown(Some(freed.rekeyed)),
                    shown(freed.vacant),
                    shown(freed.filled),
                ]);
            }
            output.text(&table.to_string())?;
        }
        Ok(())
    }

    /// Who is in which case, with the digest that their own device computed.
    fn print_members(&self, output: Output) -> Result<(), Failure> {
        let style = output.style();
        output.text(&heading("WHO SEES WHICH CASE", style))?;
        let mut table = render::table(style.width);
        table.set_header([
            "Person",
            "Device",
            "Case",
            "Seat",
            "Entries",
            "Open",
            "Digest of the view",
        ]);
        for sight in &self.snapshot.sights {
            let (Some((device, human)), Some(case)) =
                (self.whose(sight), self.stage.opened_as(sight.case))
            else {
                continue;
            };
            let seat = sight.view.team.seats_of(&human.person.name).next();
            let seat = seat.map_or("–", |seat| seat.seat.role.label(style.language));
            let digest: String = sight.digest.chars().take(12).collect();
            table.add_row([
                human.person.display_name.clone(),
                device.label.clone(),
                case.key.clone(),
                if sight.left {
                    "left the team".to_owned()
                } else {
                    seat.to_owned()
                },
                sight.view.timeline.len().to_string(),
                open_loops(&sight.view).to_string(),
                if sight.left {
                    format!("{digest} (then)")
                } else {
                    digest
                },
            ]);
        }
        output.text(&table.to_string())
    }
}

fn revocation_row(ended: &Revocation) -> RevocationRow<'_> {
    let freed = ended.cases.iter().map(|freed| FreedRow {
        case: &freed.case,
        rekeyed_ms: millis(freed.rekeyed),
        vacant_ms: freed.vacant.map(millis),
        filled_ms: freed.filled.map(millis),
    });
    RevocationRow {
        name: &ended.display_name,
        cut_ms: ended.cut.map(millis),
        refused_ms: ended.refused.map(millis),
        rekeyed_by_server_ms: ended.counted.map(millis),
        cases: freed.collect(),
        later_messages: ended.afterwards.tried,
        later_messages_opened: ended.afterwards.opened_after,
        earlier_messages_opened: ended.afterwards.opened_before,
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

fn open_loops(view: &CaseView) -> usize {
    view.loops.iter().filter(|asked| asked.is_open()).count()
}

fn heading(text: &str, style: Style) -> String {
    let head = format!("━━ {} ", render::fit(text, style.width.saturating_sub(8)));
    let rule = style
        .width
        .saturating_sub(unicode_width::UnicodeWidthStr::width(head.as_str()));
    format!("\n{head}{}\n", "━".repeat(rule))
}

/// Accounts, rosters, sizes and times: everything that the operator's database holds.
fn server_sight(server: &Overview, style: Style) -> String {
    let mut lines = vec![format!(
        "Organisations: {}",
        server.organisations.join(", ")
    )];
    let names: Vec<String> = server
        .devices
        .iter()
        .map(|device| format!("{} ({}, {})", device.owner, device.profession, device.label))
        .collect();
    lines.extend(render::wrap(
        &format!("Accounts and devices: {}", names.join("; ")),
        style.width,
    ));
    lines.push("Groups, without a name, a title or a word of what is said:".to_owned());
    let mut table = render::table(style.width);
    table.set_header([
        "Group",
        "Devices",
        "Epoch",
        "Log entries",
        "Commits",
        "Bytes",
        "Last at",
    ]);
    for group in &server.groups {
        let id: String = group.id.to_string().chars().take(8).collect();
        table.add_row([
            id,
            group.members.to_string(),
            group.epoch.to_string(),
            group.head_seq.to_string(),
            group.commits.to_string(),
            group.bytes.to_string(),
            group.last_accepted_at.map(render::time).unwrap_or_default(),
        ]);
    }
    lines.push(table.to_string());
    let sizes: Vec<String> = server
        .entry_sizes
        .iter()
        .map(|size| format!("{}×{}", size.entries, size.bytes))
        .collect();
    lines.extend(render::wrap(
        &format!("Entries by size in bytes (padded): {}", sizes.join(", ")),
        style.width,
    ));
    lines.join("\n")
}
