//! `relais demo`: a story, played for real.
//!
//! `server` runs `relais serve` as a process of its own and starts it again when it dies;
//! `cast` enrols the story's people, each device with a store of its own; `play` does the
//! steps, each waiting for the state that it needs; `snapshot` takes what every device sees
//! at the end, `check` says what must hold of it, and `report` prints it.

mod asking;
mod canary;
mod cast;
mod catalogue;
mod check;
mod devices;
mod expect;
mod play;
mod report;
mod revocation;
mod server;
mod snapshot;
mod stage;
mod team;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use tempfile::TempDir;

use crate::{
    Failure,
    args::DemoArgs,
    output::Output,
    story::{self, Shipped, Story},
};

use self::{
    cast::Cast,
    check::Check,
    server::Server,
    snapshot::Snapshot,
    stage::{Narrator, Stage},
};

/// Opens every store of a demo; nothing in them is real.
pub const PASSPHRASE: &str = "relais-demo";

/// Plays a story, prints who sees what, and checks it.
///
/// # Errors
/// If the story cannot be read, the server cannot be started, or a check does not hold.
pub async fn run(output: Output, args: &DemoArgs) -> Result<(), Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::failed(format!("this program cannot find itself: {error}")))?;
    let story = chosen(args)?;
    let folder = Folder::make(args.keep.as_deref())?;
    let begun = Instant::now();
    let narrator = Narrator::new(output);
    narrator.title(&story);
    let (server, running) = Server::start(&program, &folder.path.join("server"), narrator).await?;
    let address = server.address();
    let outcome = tokio::select! {
        outcome = play(output, &story, server, &folder, begun) => outcome,
        _ = tokio::signal::ctrl_c() => Err(Failure::failed("interrupted")),
    };
    // The story is over, and with it the server.
    drop(running.await);
    if folder.temporary.is_none() {
        narrator.line(&kept(&folder.path, &story, address));
    }
    outcome
}

async fn play(
    output: Output,
    story: &Story,
    server: Server,
    folder: &Folder,
    begun: Instant,
) -> Result<(), Failure> {
    let narrator = Narrator::new(output);
    let cast = Cast::enrol(story, &server, &folder.path.join("clients"), narrator).await?;
    let mut stage = Stage::new(story, cast, server, narrator);
    let mut checks = vec![match stage.play().await {
        Ok(()) => Check::holds(
            "the story was played to its end",
            format!("{} steps", story.steps.len()),
        ),
        Err(problem) => Check::fails("the story was played to its end", problem),
    }];
    let snapshot = Snapshot::take(&stage).await?;
    stage.look_back().await?;
    checks.append(&mut stage.expected);
    checks.extend(check::all(&stage, &snapshot, folder).await);
    let seen_by_server = relais_server::inspect(&folder.path.join("server"))
        .await
        .map_err(|error| {
            Failure::failed(format!("the server's data cannot be inspected: {error}"))
        })?;
    let report = report::Report {
        stage: &stage,
        snapshot: &snapshot,
        checks: &checks,
        server: &seen_by_server,
    };
    report.print(output, begun)?;
    let outcome = check::verdict(&checks);
    stage.end().await;
    outcome
}

/// How to look around in what was kept.
fn kept(folder: &Path, story: &Story, address: std::net::SocketAddr) -> String {
    let (folder, person) = (
        folder.display(),
        story.people.keys().next().unwrap_or("NAME"),
    );
    format!(
        "\nKept in {folder}. To look around:\n  \
         relais serve --data-dir {folder}/server --listen {address} &\n  \
         RELAIS_PASSPHRASE={PASSPHRASE} relais --account {folder}/clients/{person}/account.relais case list"
    )
}

fn chosen(args: &DemoArgs) -> Result<Story, Failure> {
    if let Some(path) = &args.script {
        return Ok(story::load(path)?);
    }
    let shipped = Shipped::named(&args.story).ok_or_else(|| {
        let names: Vec<&str> = Shipped::ALL.iter().map(|story| story.name).collect();
        Failure::Usage(
            format!(
                "there is no story `{}`; there are {}",
                args.story,
                names.join(", ")
            )
            .into(),
        )
    })?;
    Ok(shipped.story()?)
}

/// Where the server and the clients keep their data.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Deletes it at the end, unless it is kept.
    temporary: Option<TempDir>,
}

impl Folder {
    fn make(keep: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = keep else {
            let temporary = tempfile::Builder::new()
                .prefix("relais-demo-")
                .tempdir()
                .map_err(|error| {
                    Failure::failed(format!("no temporary folder can be made: {error}"))
                })?;
            return Ok(Self {
                path: temporary.path().to_owned(),
                temporary: Some(temporary),
            });
        };
        fs::create_dir_all(path).map_err(|error| Failure::file("make", path, &error))?;
        let mut entries =
            fs::read_dir(path).map_err(|error| Failure::file("read", path, &error))?;
        if entries.next().is_some() {
            return Err(Failure::Precondition(
                format!(
                    "{} is not empty: a demo begins with an empty folder",
                    path.display()
                )
                .into(),
            ));
        }
        let path = path
            .canonicalize()
            .map_err(|error| Failure::file("find", path, &error))?;
        Ok(Self {
            path,
            temporary: None,
        })
    }
}
