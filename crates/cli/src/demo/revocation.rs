//! Somebody's access ends in the middle of a story: what happens then, and how long it takes.

use std::{future::Future, time::Duration};

use futures_util::future::try_join_all;
use relais_care::{CaseView, Content};
use relais_client::{Alarm, Case, Client, Directory, Update};
use relais_proto::{
    delivery::{EntryKind, LogEntry},
    directory::Device as Listed,
    from_proto_time,
};
use relais_types::{CaseId, DeviceName, EntryId, PractitionerName, Reason, SeatId};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, timeout},
};

use super::{
    PASSPHRASE,
    check::Check,
    stage::{PATIENCE, Stage, late},
};
use crate::{Failure, story};

/// What is promised for the calls and streams of a revoked device.
const CUT: Duration = Duration::from_secs(5);

/// The end of somebody's access, and what came of it. Times begin with the administrator's call.
#[derive(Clone, Debug)]
pub(crate) struct Revocation {
    /// Whose it was.
    pub(crate) display_name: String,
    /// Their devices that were ended, as they stand in the cast.
    devices: Vec<usize>,
    /// When their open streams had ended; none if no device was online.
    pub(crate) cut: Option<Duration>,
    /// When a call of theirs was refused.
    pub(crate) refused: Option<Duration>,
    /// From the revocation to the last group's commit, as the server counts.
    pub(crate) counted: Option<Duration>,
    /// What became of each case.
    pub(crate) cases: Vec<Freed>,
    /// What was found at the end of the story.
    pub(crate) afterwards: Afterwards,
}

/// A case that goes on without somebody.
#[derive(Clone, Debug)]
pub(crate) struct Freed {
    /// Its short name.
    pub(crate) case: String,
    /// Entries that the story had posted by then.
    posted: usize,
    /// The last entry that members had seen by then.
    last_seq: u64,
    /// When every other device had the keys of an epoch without them.
    pub(crate) rekeyed: Duration,
    /// When everybody saw the seat vacant; none if the person still has a device.
    pub(crate) vacant: Option<Duration>,
    /// The seats that were left vacant.
    seats: Vec<SeatId>,
    /// When somebody else had one of them.
    pub(crate) filled: Option<Duration>,
    begun: Instant,
}

/// A case as it was when an access ended.
struct Before {
    case: String,
    posted: usize,
    last_seq: u64,
    seats: Vec<SeatId>,
}

/// What the revoked devices have at the end of the story, all together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Afterwards {
    /// Entries in their stores.
    kept: usize,
    /// Those among them that were posted after the revocation.
    held: usize,
    /// Messages of the server's log from after their removal, on which their keys were tried.
    pub(crate) tried: usize,
    /// Those that they opened.
    pub(crate) opened_after: usize,
    /// Earlier messages that they had not read and could open: shows that the attempt works.
    pub(crate) opened_before: usize,
}

impl Stage<'_> {
    pub(super) async fn invite(&mut self, invite: &story::Invite) -> Result<(), Failure> {
        let begun = Instant::now();
        let (by, directory) = self.administered_by(&invite.by).await?;
        let story = self.story;
        self.cast
            .bring(story, &self.server, directory, &invite.person)
            .await?;
        let name = story.people.get(&invite.person);
        let name = name.map_or("", |person| person.name.as_str());
        self.narrator.line(&format!(
            "  · {by} invites {name}, who enrols ({})",
            shown(begun.elapsed())
        ));
        Ok(())
    }

    pub(super) async fn revoke(&mut self, revoke: &story::Revoke) -> Result<(), Failure> {
        let key = revoke.who.split('/').next().unwrap_or(&revoke.who);
        let human = self.cast.people.get(key);
        let human = human.ok_or_else(|| Failure::failed(format!("nobody is called `{key}`")))?;
        let name = human.person.name.clone();
        let devices = self.of_whom(&revoke.who);
        let gone: Vec<DeviceName> = devices
            .iter()
            .filter_map(|at| self.cast.devices.get(*at))
            .map(|device| device.name.clone())
            .collect();
        let rest = |device: &&super::cast::Device| !device.revoked && !gone.contains(&device.name);
        let leaves = !self.cast.devices_of(key).any(|device| rest(&device));
        let watched = self.watched(&gone, &name).await?;
        let online: Vec<&Client> = devices
            .iter()
            .filter_map(|at| self.cast.devices.get(*at)?.client.as_ref())
            .collect();
        let streams: Vec<_> = online.iter().map(|client| client.updates()).collect();

        let (by, directory) = self.administered_by(&revoke.by).await?;
        let begun = Instant::now();
        let answer = match gone.as_slice() {
            [device] if revoke.who.contains('/') => {
                directory.revoke_device(device).await?.pending_removals
            }
            _ => directory.revoke_practitioner(&name).await?.pending_removals,
        };
        self.narrator.line(&format!(
            "  ✂ {by} revokes {}: {} devices, {answer} memberships to end",
            human.person.display_name,
            gone.len()
        ));
        let cut = async {
            let told = try_join_all(streams.into_iter().map(|updates| told(updates, begun)));
            let cut = told.await?.into_iter().max();
            let refused = try_join_all(online.iter().map(|client| refused(client, begun)));
            Ok::<_, Failure>((cut, refused.await?.into_iter().max()))
        };
        let cases = try_join_all(watched.into_iter().map(async |(before, inside)| {
            let vacated = leaves.then_some(&name);
            let (rekeyed, vacant, entry) = free(inside, &gone, vacated, begun).await?;
            let freed = Freed {
                case: before.case,
                posted: before.posted,
                last_seq: before.last_seq,
                seats: if leaves { before.seats } else { Vec::new() },
                rekeyed,
                vacant,
                filled: None,
                begun,
            };
            Ok::<_, Failure>((freed, entry))
        }));
        let ((cut, refused), cases) = tokio::try_join!(cut, cases)?;
        let listed = directory.members(&name.organisation).await?;
        let listed = listed.iter().flat_map(|member| &member.devices);
        let counted = listed
            .filter(|device| gone.iter().any(|it| it.to_string() == device.name))
            .filter_map(counted)
            .max();
        let revocation = Revocation {
            display_name: human.person.display_name.clone(),
            devices: devices.clone(),
            cut,
            refused,
            counted,
            cases: cases.iter().map(|(freed, _)| freed.clone()).collect(),
            afterwards: Afterwards::default(),
        };
        for at in devices {
            if let Some(device) = self.cast.devices.get_mut(at) {
                device.revoked = true;
            }
        }
        for (freed, entry) in &cases {
            if let Some((view, entry)) = entry {
                self.tell(view, *entry);
                self.record(&freed.case, *entry, None);
            }
        }
        for line in revocation.lines() {
            self.narrator.line(&format!("    {line}"));
        }
        self.revocations.push(revocation);
        Ok(())
    }

    /// Notes that a seat is taken; some revocation may have left it vacant.
    pub(super) fn filled(&mut self, case: &str, seat: SeatId) {
        let cases = self.revocations.iter_mut().flat_map(|it| &mut it.cases);
        for freed in cases.filter(|freed| freed.case == case && freed.seats.contains(&seat)) {
            freed.filled.get_or_insert(freed.begun.elapsed());
        }
    }

    /// `person` is all devices, `person/device` exactly that one.
    fn of_whom(&self, who: &str) -> Vec<usize> {
        let named = |device: &super::cast::Device| device.person == who || device.title() == who;
        let all = self.cast.devices.iter().enumerate();
        all.filter(|(_, device)| named(device))
            .map(|(at, _)| at)
            .collect()
    }

    /// Who administers, and the directory with their rights, for which they give their
    /// passphrase.
    async fn administered_by(&self, named: &str) -> Result<(String, Directory), Failure> {
        let client = self.client(named)?;
        client.step_up(&PASSPHRASE.into()).await?;
        Ok((client.me().display_name.clone(), client.directory()))
    }

    /// The cases that some of `gone` are in, as they are now, and who stays in them.
    async fn watched(
        &self,
        gone: &[DeviceName],
        name: &PractitionerName,
    ) -> Result<Vec<(Before, Vec<(Case, Receiver<Update>)>)>, Failure> {
        let mut watched = Vec::new();
        for case in &self.cases {
            let inside = self.inside(case.id, gone).await?;
            let Some((first, _)) = inside.first() else {
                continue;
            };
            let view = first.view().await?;
            let before = Before {
                case: case.key.clone(),
                posted: case.posted.len(),
                last_seq: view.timeline.last().map_or(0, |it| it.seq),
                seats: view.team.seats_of(name).map(|it| it.seat.id).collect(),
            };
            watched.push((before, inside));
        }
        Ok(watched)
    }

    /// The devices that stay in a case that some of `gone` are in, with their news.
    async fn inside(
        &self,
        case: CaseId,
        gone: &[DeviceName],
    ) -> Result<Vec<(Case, Receiver<Update>)>, Failure> {
        let mut inside = Vec::new();
        for device in &self.cast.devices {
            let Some(client) = device.client.as_ref().filter(|_| !device.revoked) else {
                continue;
            };
            if gone.contains(&device.name) {
                continue;
            }
            let Ok(case) = client.case(case).await else {
                continue;
            };
            let members = case.members().await?;
            if members.contains(&device.name) && members.iter().any(|it| gone.contains(it)) {
                inside.push((case, client.updates()));
            }
        }
        Ok(inside)
    }
}

/// When a device's own program said that it was revoked: its stream had been ended.
async fn told(mut updates: Receiver<Update>, begun: Instant) -> Result<Duration, Failure> {
    let told = async {
        loop {
            match updates.recv().await {
                Ok(Update::Alarm(Alarm::Revoked)) => return true,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return false,
            }
        }
    };
    match timeout(PATIENCE, told).await {
        Ok(true) => Ok(begun.elapsed()),
        _ => Err(Failure::failed("a revoked device's stream was not ended")),
    }
}

/// When a call of a revoked device was refused, for that reason.
async fn refused(client: &Client, begun: Instant) -> Result<Duration, Failure> {
    match client.directory().organisations().await {
        Err(error) if error.reason() == Some(Reason::DeviceRevoked) => Ok(begun.elapsed()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(Failure::failed("a call of a revoked device was served")),
    }
}

/// When all of a case's other devices had new keys, and, if `person` has left, saw the seat
/// vacant in the entry that says so.
async fn free(
    inside: Vec<(Case, Receiver<Update>)>,
    gone: &[DeviceName],
    person: Option<&PractitionerName>,
    begun: Instant,
) -> Result<(Duration, Option<Duration>, Option<(CaseView, EntryId)>), Failure> {
    let rekeyed = try_join_all(inside.into_iter().map(async |(case, mut updates)| {
        let rekeyed = async {
            loop {
                let members = case.members().await?;
                if !members.iter().any(|device| gone.contains(device)) {
                    return Ok::<_, Failure>((case.clone(), begun.elapsed()));
                }
                if let Err(RecvError::Closed) = updates.recv().await {
                    return Err(relais_client::Error::Closed.into());
                }
            }
        };
        within("a member's device did not get new keys in time", rekeyed).await
    }));
    let rekeyed = rekeyed.await?;
    let last = rekeyed.iter().map(|(_, took)| *took).max();
    let last = last.unwrap_or_default();
    let Some(person) = person else {
        return Ok((last, None, None));
    };
    let mut views = try_join_all(rekeyed.iter().map(async |(case, _)| {
        let vacant = |view: &CaseView| view.team.seats_of(person).next().is_none();
        let view = case.wait_until(PATIENCE, vacant).await;
        view.map_err(|error| late("a member", "see the seat vacant", &error))
    }))
    .await?;
    let vacant = begun.elapsed();
    let said = views.pop().and_then(|view| {
        let says = |item: &&relais_care::TimelineItem| {
            matches!(&item.content, Content::TeamChanged(changed)
                if changed.occupancies.iter().any(|seat| seat.person.is_none()))
        };
        let entry = view.timeline.iter().rev().find(says)?.id;
        Some((view, entry))
    });
    Ok((last, Some(vacant), said))
}

async fn within<T>(
    problem: &str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match timeout(PATIENCE, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::failed(problem)),
    }
}

/// From the revocation to the last commit, as the administrator's list shows it.
fn counted(device: &Listed) -> Option<Duration> {
    let time = |time| from_proto_time("time", time).ok();
    let (from, until) = (device.revoke_time.as_ref()?, device.rekey_time.as_ref()?);
    Some(time(until)?.since(time(from)?))
}

impl Revocation {
    /// What became of it, for people.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let (Some(cut), Some(refused)) = (self.cut, self.refused) {
            lines.push(format!(
                "open stream ended after {}, next call refused (DEVICE_REVOKED) after {}",
                shown(cut),
                shown(refused)
            ));
        }
        for freed in &self.cases {
            let vacant = freed.vacant.map_or_else(String::new, |vacant| {
                format!(", seat vacant for all after {}", shown(vacant))
            });
            lines.push(format!(
                "`{}` re-keyed on every other device after {}{vacant}",
                freed.case,
                shown(freed.rekeyed)
            ));
        }
        lines
    }
}

impl Stage<'_> {
    /// Looks at what the revoked devices have in the end, and tries their keys.
    ///
    /// # Errors
    /// If an account cannot be opened or the server's log cannot be copied.
    pub(crate) async fn look_back(&mut self) -> Result<(), Failure> {
        let mut found = Vec::new();
        for revocation in &self.revocations {
            let copies = try_join_all(revocation.cases.iter().map(|it| self.copy(it))).await?;
            let mut seen = Afterwards {
                tried: copies.iter().map(Copied::later).sum(),
                ..Afterwards::default()
            };
            for device in revocation
                .devices
                .iter()
                .filter_map(|at| self.cast.devices.get(*at))
            {
                if let Some(client) = &device.client {
                    seen.look_into(client, &copies).await?;
                } else {
                    let client = Client::open(device.store.clone(), &PASSPHRASE.into()).await?;
                    seen.look_into(&client, &copies).await?;
                    client.close().await?;
                }
            }
            found.push(seen);
        }
        for (revocation, seen) in self.revocations.iter_mut().zip(found) {
            revocation.afterwards = seen;
        }
        Ok(())
    }

    /// What the server holds of a case, and what the story has posted there since.
    async fn copy(&self, freed: &Freed) -> Result<Copied, Failure> {
        let opened = self.opened(&freed.case)?;
        let log = relais_server::copy_log(self.server.data_dir(), opened.id).await;
        let log = log.map_err(|error| {
            Failure::failed(format!("the server's log cannot be copied: {error}"))
        })?;
        // The server takes nothing between its proposal and the commit that it asks for.
        let proposal = log
            .iter()
            .find(|entry| entry.seq > freed.last_seq && entry.kind() == EntryKind::Proposal);
        Ok(Copied {
            case: opened.id,
            removal: proposal.map_or(freed.last_seq, |entry| entry.seq),
            log,
            posted: opened.posted.iter().skip(freed.posted).copied().collect(),
        })
    }
}

/// A case as the server holds it at the end.
struct Copied {
    case: CaseId,
    log: Vec<LogEntry>,
    /// Where the server proposed the removal.
    removal: u64,
    /// What the story has posted after that.
    posted: Vec<EntryId>,
}

impl Copied {
    /// Messages from after the removal.
    fn later(&self) -> usize {
        let later = self.log.iter().filter(|entry| entry.seq > self.removal);
        later
            .filter(|entry| entry.kind() == EntryKind::Application)
            .count()
    }
}

impl Afterwards {
    async fn look_into(&mut self, client: &Client, copies: &[Copied]) -> Result<(), Failure> {
        for copied in copies {
            // A device that was away may not even have learnt of the case.
            let Ok(case) = client.case(copied.case).await else {
                continue;
            };
            let view = case.view().await?;
            let held = copied.posted.iter().filter(|it| view.item(**it).is_some());
            self.held += held.count();
            self.kept += view.timeline.len();
            let opens = case.opens(copied.log.clone()).await?;
            let after = opens.iter().filter(|seq| **seq > copied.removal).count();
            self.opened_after += after;
            self.opened_before += opens.len() - after;
        }
        Ok(())
    }
}

/// What must hold of every revocation at the end of the story.
pub(crate) fn checks(stage: &Stage<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for revocation in &stage.revocations {
        let name = &revocation.display_name;
        checks.push(Check::of(
            format!("{name}’s calls were cut within 5 s"),
            was_cut(revocation),
        ));
        for freed in &revocation.cases {
            let filled = freed.filled.map_or_else(String::new, |filled| {
                format!("; seat filled after {}", shown(filled))
            });
            checks.push(Check::holds(
                format!("{name} has no key of `{}` any more", freed.case),
                format!("re-keyed after {}{filled}", shown(freed.rekeyed)),
            ));
        }
        let later: usize = revocation
            .cases
            .iter()
            .filter_map(|freed| Some(stage.opened(&freed.case).ok()?.posted.len() - freed.posted))
            .sum();
        checks.push(Check::of(
            format!("{name}’s stores hold nothing later"),
            holds_nothing(revocation.afterwards, later),
        ));
        checks.push(Check::of(
            format!("{name}’s keys open nothing later"),
            opens_nothing(revocation.afterwards),
        ));
    }
    checks
}

fn was_cut(revocation: &Revocation) -> Result<String, String> {
    let (Some(cut), Some(refused)) = (revocation.cut, revocation.refused) else {
        return Ok("no device was online".to_owned());
    };
    let detail = format!("stream {}, call {}", shown(cut), shown(refused));
    if cut.max(refused) < CUT {
        Ok(detail)
    } else {
        Err(detail)
    }
}

fn holds_nothing(seen: Afterwards, later: usize) -> Result<String, String> {
    match (seen.held, later) {
        (_, 0) => Err("nothing was said afterwards, so nothing is shown".to_owned()),
        (0, _) => Ok(format!(
            "{} entries kept, none of {later} later ones",
            seen.kept
        )),
        (held, _) => Err(format!("{held} later entries are there")),
    }
}

fn opens_nothing(seen: Afterwards) -> Result<String, String> {
    match (seen.opened_after, seen.tried) {
        (_, 0) => Err("nothing was sent afterwards, so nothing is shown".to_owned()),
        (0, tried) => Ok(format!(
            "0 of {tried} later messages, {} earlier ones",
            seen.opened_before
        )),
        (after, tried) => Err(format!("{after} of {tried} later messages open")),
    }
}

/// A time for people.
fn shown(took: Duration) -> String {
    format!("{} ms", took.as_millis())
}
