//! What has happened so far, and whoever acts next.

use std::{collections::BTreeMap, time::Duration};

use relais_care::{CaseView, Person};
use relais_client::{Case, Client, Update};
use relais_types::{CaseId, DeviceName, EntryId, SeatId};
use tokio::sync::broadcast::error::RecvError;

use super::{cast::Cast, check::Check, revocation::Revocation, server::Server};
use crate::{
    Failure,
    output::{Output, complain},
    render::{Style, fit, wrap},
    story::Story,
};

/// How long a step may take until it has its place in everybody's view.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Tells what happens: on standard output for people, on standard error beside JSON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Narrator {
    output: Output,
}

impl Narrator {
    pub(crate) const fn new(output: Output) -> Self {
        Self { output }
    }

    pub(crate) fn style(self) -> Style {
        self.output.style()
    }

    /// The story's title and what it shows.
    pub(crate) fn title(self, story: &Story) {
        let width = self.style().width;
        let rule = "═".repeat(width);
        self.line(&format!("{rule}\n{}\n{rule}", story.title));
        self.line(&wrap(&story.about, width).join("\n"));
        self.line("");
    }

    /// A line for people.
    pub(crate) fn line(self, text: &str) {
        if !self.output.is_json() {
            // Whoever closed standard output does not want to know.
            drop(self.output.text(&format!("{text}\n")));
        }
    }

    /// Something that happened to the server, for everybody.
    pub(crate) fn server(self, text: &str) {
        if self.output.is_json() {
            complain(text);
        } else {
            self.line(&format!("  ⚡ {text}"));
        }
    }
}

/// A case of the story.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    /// Its short name.
    pub(crate) key: String,
    pub(crate) id: CaseId,
    /// Short name of the team's case, for a partner conversation.
    pub(crate) parent: Option<String>,
    /// Seats by their short names.
    pub(crate) seats: BTreeMap<String, SeatId>,
    /// Every entry that the story has put there, in order.
    pub(crate) posted: Vec<EntryId>,
}

/// Somebody who left a case.
#[derive(Clone, Debug)]
pub(crate) struct Departure {
    pub(crate) case: String,
    pub(crate) person: String,
    pub(crate) devices: Vec<DeviceName>,
    /// How many entries of the case were posted by then.
    pub(crate) posted: usize,
}

/// A device that was offline for a while.
#[derive(Clone, Debug)]
pub(crate) struct Absence {
    pub(crate) device: usize,
    /// Entries posted in each case when it left.
    pub(crate) posted: BTreeMap<String, usize>,
    /// The same when it came back.
    pub(crate) until: Option<BTreeMap<String, usize>>,
}

/// The story while it is played.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) story: &'a Story,
    pub(crate) cast: Cast,
    pub(crate) server: Server,
    pub(crate) narrator: Narrator,
    pub(crate) cases: Vec<Opened>,
    /// Named entries, with the case where they are.
    pub(crate) entries: BTreeMap<String, (String, EntryId)>,
    pub(crate) departures: Vec<Departure>,
    pub(crate) revocations: Vec<Revocation>,
    pub(crate) absences: Vec<Absence>,
    /// Outcomes of the story's own expectations.
    pub(crate) expected: Vec<Check>,
}

/// Somebody about to do something in a case, on one of their devices.
pub(crate) struct Acting<'a> {
    pub(crate) client: &'a Client,
    pub(crate) case: Case,
    pub(crate) me: Person,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(story: &'a Story, cast: Cast, server: Server, narrator: Narrator) -> Self {
        Self {
            story,
            cast,
            server,
            narrator,
            cases: Vec::new(),
            entries: BTreeMap::new(),
            departures: Vec::new(),
            revocations: Vec::new(),
            absences: Vec::new(),
            expected: Vec::new(),
        }
    }

    /// The case with this short name.
    pub(crate) fn opened(&self, key: &str) -> Result<&Opened, Failure> {
        self.cases
            .iter()
            .find(|case| case.key == key)
            .ok_or_else(|| Failure::failed(format!("the case `{key}` is not open")))
    }

    /// The case with this id.
    pub(crate) fn opened_as(&self, id: CaseId) -> Option<&Opened> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// The seat with this short name.
    pub(crate) fn seat(&self, case: &str, seat: &str) -> Result<SeatId, Failure> {
        let found = self.opened(case)?.seats.get(seat).copied();
        found.ok_or_else(|| Failure::failed(format!("the case `{case}` has no seat `{seat}`")))
    }

    /// A named entry, with the case where it is.
    pub(crate) fn entry(&self, name: &str) -> Result<(String, EntryId), Failure> {
        let found = self.entries.get(name).cloned();
        found.ok_or_else(|| Failure::failed(format!("no entry is named `{name}`")))
    }

    /// The account of a person or device that is online.
    pub(crate) fn client(&self, named: &str) -> Result<&Client, Failure> {
        let device = self
            .cast
            .position(named)
            .and_then(|at| self.cast.devices.get(at));
        device
            .and_then(|device| device.client.as_ref())
            .ok_or_else(|| Failure::failed(format!("`{named}` is offline and cannot act")))
    }

    /// Whoever acts, once their device has everything that came before.
    pub(crate) async fn acting(&self, named: &str, case: &str) -> Result<Acting<'_>, Failure> {
        let client = self.client(named)?;
        let opened = self.opened(case)?;
        let case = joined(client, opened.id).await?;
        let me = Person {
            name: client.me().practitioner(),
            display_name: client.me().display_name.clone(),
        };
        if !self.server.is_stopped() {
            let holds_a_seat = |view: &CaseView| view.team.seats_of(&me.name).next().is_some();
            case.wait_until(PATIENCE, |view| {
                has_all(view, &opened.posted) && holds_a_seat(view)
            })
            .await
            .map_err(|error| late(named, "have what came before", &error))?;
        }
        Ok(Acting { client, case, me })
    }

    /// Ends everything in order.
    pub(crate) async fn end(self) {
        for device in self.cast.devices {
            if let Some(client) = device.client {
                // A store that fails now has nothing left to lose.
                drop(client.close().await);
            }
        }
    }

    /// A short line about an entry that has just been posted.
    pub(crate) fn tell(&self, view: &CaseView, entry: EntryId) {
        let Some(item) = view.item(entry) else { return };
        let style = self.narrator.style();
        let headline = crate::render::headline(view, item, style);
        let what = if headline.is_empty() {
            item.text(style.language).into_owned()
        } else {
            headline
        };
        let line = format!("  · {}: {what}", item.author.display_name);
        self.narrator.line(&fit(&line, style.width));
    }
}

/// Whether a view is that of an open case and holds all these entries.
pub(crate) fn has_all(view: &CaseView, entries: &[EntryId]) -> bool {
    view.is_opened() && entries.iter().all(|entry| view.item(*entry).is_some())
}

/// The case, once this device has been added to it.
pub(crate) async fn joined(client: &Client, id: CaseId) -> Result<Case, Failure> {
    let mut updates = client.updates();
    let wait = async {
        loop {
            match client.case(id).await {
                Ok(case) => return Ok(case),
                Err(relais_client::Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
            // Any update may be the one that says so.
            if let Err(RecvError::Closed) = updates.recv().await {
                return Err(relais_client::Error::Closed);
            }
        }
    };
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(case) => Ok(case?),
        Err(_) => Err(Failure::failed(format!(
            "{} was not added to the case in time",
            client.me().display_name
        ))),
    }
}

/// Waits for a view, or for the news that a change of the team could not be made.
pub(crate) async fn changed(
    client: &Client,
    case: &Case,
    wanted: impl FnMut(&CaseView) -> bool,
    updates: &mut tokio::sync::broadcast::Receiver<Update>,
) -> Result<CaseView, Failure> {
    let failed = async {
        loop {
            match updates.recv().await {
                Ok(Update::TeamChangeFailed {
                    case: failed,
                    error,
                }) if failed == case.id() => {
                    return relais_client::Error::from(error);
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return relais_client::Error::Closed,
            }
        }
    };
    tokio::select! {
        view = case.wait_until(PATIENCE, wanted) => {
            view.map_err(|error| late(&client.me().display_name, "see the team changed", &error))
        }
        error = failed => Err(error.into()),
    }
}

/// A state that did not come.
pub(crate) fn late(who: &str, what: &str, error: &relais_client::Error) -> Failure {
    Failure::failed(format!("{who} did not {what}: {error}"))
}
