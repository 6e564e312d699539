//! `witness`: another organisation checks the transparency log, and signs what it saw.
//!
//! The state says how far the log was checked. It is on disk before a cosignature leaves, and a
//! key without its state signs nothing, so that a witness which is killed, or restored, never
//! signs two histories.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use relais_client::{Client, TransparencyLog, Watched};
use relais_transparency::{Event, Frontier, Hash, LogKey, SignedCheckpoint, Signer, WitnessSigner};
use relais_types::{Clock as _, Entropy as _, OrgDomain, OsEntropy, Reason, SystemClock};
use serde::{Deserialize, Serialize};

use crate::{
    Failure,
    account::{Context, Link},
    args::WitnessArgs,
    said::Said,
};

/// Failures of the network after which it is tried again at the next interval.
const PATIENCE: Duration = Duration::from_secs(30);

/// How far the log was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// The log's verifier key.
    log: String,
    /// The last checkpoint that was verified, a signed note.
    checkpoint: String,
    /// The right edge of the tree at that size, in hexadecimal, the largest part first.
    frontier: Vec<String>,
}

#[derive(Serialize)]
struct Checked<'a> {
    /// How many entries the log has.
    size: u64,
    /// The witness's key, for the server's configuration.
    witness: &'a str,
    /// True if the server has taken the cosignature.
    cosigned: bool,
    /// What is new about the witness's own organisation.
    events: Vec<String>,
}

pub(super) async fn witness(context: &Context, args: WitnessArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let own = client.me().device.organisation.clone();
            let path = args
                .state
                .clone()
                .unwrap_or_else(|| args.key.with_extension("state"));
            // Held until the end: two that write one state could sign two histories.
            let _alone = lock(&path)?;
            if args.begin_anew {
                retire(&args.key)?;
                retire(&path)?;
            }
            let log = client.transparency_log().await?;
            let signer = WitnessSigner(prepare(&args.key, &path, &own, log.key())?);
            loop {
                let outcome = check(context, client, &signer, &path).await;
                if args.once {
                    return outcome;
                }
                match outcome {
                    // What passes by itself; an alarm does not.
                    Err(Failure::Client(error)) => {
                        context.output.note(&format!("relais: {error}"));
                        // The connection opens itself again.
                        drop(client.connected(PATIENCE).await);
                    }
                    other => other?,
                }
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(args.interval.max(1))) => {}
                    _ = tokio::signal::ctrl_c() => return Ok(()),
                }
            }
        })
        .await
}

async fn check(
    context: &Context,
    client: &Client,
    signer: &WitnessSigner,
    path: &Path,
) -> Result<(), Failure> {
    let log = client.transparency_log().await?;
    let (known, frontier) = match read(path)? {
        Some(state) => state.open(log.key(), path)?,
        None => (None, Frontier::default()),
    };
    let (checkpoint, frontier, events) = match log.watch(&frontier, &signer.key()).await? {
        Watched::Grown {
            checkpoint,
            frontier,
            events,
        } => (checkpoint, frontier, events),
        Watched::Broken { why, checkpoint } => {
            return Err(alarm(path, &why, known.as_ref(), &checkpoint));
        }
        Watched::Ahead { size, cosigned } => {
            return Err(ahead(path, size, known.as_ref(), &cosigned));
        }
    };
    let state = State {
        log: log.key().to_string(),
        checkpoint: checkpoint.to_string(),
        frontier: frontier.peaks().iter().map(hex::encode).collect(),
    };
    // First on disk, then signed: never the other way round.
    write(path, &state)?;
    let cosigned = cosign(context, &log, signer, &checkpoint).await?;
    let own = &client.me().device.organisation;
    let told = Checked {
        size: checkpoint.checkpoint.size,
        witness: &signer.key().to_string(),
        cosigned,
        events: concerning(&events, own),
    };
    context.output.result("witness", &told, |style| {
        let mut lines = told.events.clone();
        lines.push(format!(
            "{} {} {}",
            style.text("witness-log-holds-together"),
            told.size,
            style.text("witness-entries")
        ));
        if !told.cosigned {
            lines.push(format!(
                "{}\n  {}",
                style.text("witness-server-does-not-know-witness"),
                told.witness
            ));
        }
        lines.join("\n")
    })
}

/// True if the server took the cosignature; false if its operator does not know this witness.
async fn cosign(
    context: &Context,
    log: &TransparencyLog,
    signer: &WitnessSigner,
    checkpoint: &SignedCheckpoint,
) -> Result<bool, Failure> {
    let line = signer.cosign(&checkpoint.checkpoint.to_string(), SystemClock.now());
    match log.cosigned(checkpoint, &line, &signer.key()).await {
        Ok(()) => Ok(true),
        Err(error) if error.reason() == Some(Reason::NotAllowed) => {
            context.output.note(&format!("relais: {error}"));
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// What the log says about one organisation.
fn concerning(events: &[Event], own: &OrgDomain) -> Vec<String> {
    let own = events
        .iter()
        .filter(|event| event.organisation() == Some(own));
    own.map(|event| format!("{}  {}", super::audit::rfc3339(event.at), event.what))
        .collect()
}

/// Keeps both checkpoints, and says what to do.
fn alarm(
    state: &Path,
    why: &str,
    known: Option<&SignedCheckpoint>,
    shown: &SignedCheckpoint,
) -> Failure {
    let kept = keep(state, &format!("The log {why}."), known, shown);
    Failure::Precondition(format!(
        "ALARM: the transparency log {why}. The server was put back to an older state, or shows different logs to different people; nothing was cosigned, and {kept}. Call the operator of the server and the privacy officers of the organisations that use it; do not delete the witness's state"
    ).into())
}

/// The same for a witness that has signed what it does not know.
fn ahead(
    state: &Path,
    size: u64,
    known: Option<&SignedCheckpoint>,
    cosigned: &SignedCheckpoint,
) -> Failure {
    let knows = known.map_or(0, |known| known.checkpoint.size);
    let what = format!(
        "This witness has cosigned {size} entries of the log, and its state knows {knows}."
    );
    let kept = keep(state, &what, known, cosigned);
    Failure::Precondition(format!(
        "ALARM: this witness has cosigned {size} entries of the transparency log, and {} knows {knows}: the state was put back to an older one, or somebody else signs with this key. Nothing was cosigned, and {kept}. If it was put back, restore the newest; if it is lost or the key is in other hands, run once with --once --begin-anew, and have the operator of the server replace this witness's line",
        state.display()
    ).into())
}

/// Writes both checkpoints beside the state, and says where they are.
fn keep(
    state: &Path,
    what: &str,
    known: Option<&SignedCheckpoint>,
    shown: &SignedCheckpoint,
) -> String {
    let evidence = state.with_extension("evidence");
    let known = known.map_or_else(String::new, ToString::to_string);
    let text = format!(
        "{what}\n\n--- what this witness had verified ---\n{known}\n--- what the server shows ---\n{shown}"
    );
    match write_whole(&evidence, &text) {
        Ok(()) => format!("both signed checkpoints are in {}", evidence.display()),
        Err(failure) => format!("the evidence could not be kept: {failure}"),
    }
}

impl State {
    /// Before anything was verified.
    fn new(log: &LogKey) -> Self {
        Self {
            log: log.to_string(),
            ..Self::default()
        }
    }

    /// The checkpoint and the right edge, if they fit together and belong to this log.
    fn open(
        &self,
        log: &LogKey,
        path: &Path,
    ) -> Result<(Option<SignedCheckpoint>, Frontier), Failure> {
        let damaged = |why: &str| {
            Failure::Precondition(
                format!(
                    "{} {why}: restore it from a backup, or run once with --once --begin-anew",
                    path.display()
                )
                .into(),
            )
        };
        if self.log != log.to_string() {
            return Err(damaged("is the state of another log"));
        }
        if *self == Self::new(log) {
            return Ok((None, Frontier::default()));
        }
        let checkpoint = SignedCheckpoint::read(&self.checkpoint, log)
            .map_err(|_| damaged("holds no checkpoint of the log"))?;
        let peaks: Option<Vec<Hash>> = self
            .frontier
            .iter()
            .map(|text| hex::decode(text).ok()?.try_into().ok())
            .collect();
        let frontier = peaks
            .and_then(|peaks| Frontier::new(checkpoint.checkpoint.size, peaks).ok())
            .filter(|frontier| frontier.root() == checkpoint.checkpoint.root)
            .ok_or_else(|| damaged("does not fit to its own checkpoint"))?;
        Ok((Some(checkpoint), frontier))
    }
}

/// The key, which signs only beside its state; both are made on the first run.
fn prepare(key: &Path, state: &Path, own: &OrgDomain, log: &LogKey) -> Result<Signer, Failure> {
    match (key.exists(), state.exists()) {
        (true, false) => Err(Failure::Precondition(
            Said::of("failure-witness-state-missing")
                .with("key", &key.display())
                .with("state", &state.display()),
        )),
        (false, false) => {
            // The state first: a crash leaves a state without a key, which signs nothing.
            write(state, &State::new(log))?;
            load_or_make(key, own)
        }
        (_, true) => load_or_make(key, own),
    }
}

/// Keeps all others out of this state until the file is dropped.
fn lock(state: &Path) -> Result<File, Failure> {
    let path = beside(state, ".lock");
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    let file = options
        .open(&path)
        .map_err(|error| Failure::file("open", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(Failure::Precondition(
            Said::of("failure-witness-twice").with("state", &state.display()),
        )),
        Err(fs::TryLockError::Error(error)) => Err(Failure::file("lock", &path, &error)),
    }
}

/// Puts a file out of use, if it is there.
fn retire(path: &Path) -> Result<(), Failure> {
    match fs::rename(path, beside(path, ".retired")) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::file("rename", path, &error))
        }
        _ => Ok(()),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The witness's key; made, and named after its organisation, on the first run.
fn load_or_make(path: &Path, own: &OrgDomain) -> Result<Signer, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Signer::from_secret(text.trim()).map_err(|_| {
            Failure::Precondition(Said::of("failure-witness-no-key").with("path", &path.display()))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let name = format!("{own}/witness-{}", hex::encode(OsEntropy.bytes::<4>()));
            let signer = Signer::generate(&name, &mut OsEntropy)
                .map_err(|error| Failure::failed(error.to_string()))?;
            write_whole(path, &format!("{}\n", *signer.secret()))?;
            Ok(signer)
        }
        Err(error) => Err(Failure::file("read", path, &error)),
    }
}

fn read(path: &Path) -> Result<Option<State>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| {
            Failure::Precondition(
                Said::of("failure-witness-unreadable")
                    .with("path", &path.display())
                    .with("error", &error),
            )
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file("read", path, &error)),
    }
}

fn write(path: &Path, state: &State) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(state).map_err(|error| {
        Failure::failed(Said::of("failure-witness-cannot-write").with("error", &error))
    })?;
    write_whole(path, &format!("{text}\n"))
}

/// Writes a file for its owner alone, so that after a crash the old or the new one is there.
fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let draft = beside(path, ".new");
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        match path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            Some(folder) => File::open(folder)?.sync_all(),
            None => File::open(".")?.sync_all(),
        }
    });
    written.map_err(|error| Failure::file("write", path, &error))
}

#[cfg(test)]
mod tests {
    use relais_transparency::{Tree, merkle};
    use relais_types::SeededEntropy;

    use super::*;

    #[test]
    fn the_state_must_fit_to_its_checkpoint_and_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness.state");
        let log = Signer::generate("log", &mut SeededEntropy::new(1)).unwrap();
        let other = Signer::generate("log", &mut SeededEntropy::new(2)).unwrap();
        let tree: Tree = (0..5_u8).map(|leaf| vec![leaf]).collect();
        let root = tree.make(&merkle::root(5))[0];
        let state = State {
            log: log.log_key().to_string(),
            checkpoint: SignedCheckpoint::sign(&log, 5, root).to_string(),
            frontier: tree.frontier().peaks().iter().map(hex::encode).collect(),
        };
        write(&path, &state).unwrap();
        let read = read(&path).unwrap().unwrap();
        assert_eq!(read, state);
        let (_, frontier) = read.open(&log.log_key(), &path).unwrap();
        assert_eq!(frontier, *tree.frontier());
        assert!(read.open(&other.log_key(), &path).is_err());
        let mut wrong = state.clone();
        wrong.frontier.swap(0, 1);
        assert!(wrong.open(&log.log_key(), &path).is_err());
        wrong.frontier.pop();
        assert!(wrong.open(&log.log_key(), &path).is_err());
    }

    #[test]
    fn a_key_without_its_state_signs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (key, path) = (folder.path().join("key"), folder.path().join("state"));
        let own = "clinic.internal".parse().unwrap();
        let log = Signer::generate("log", &mut SeededEntropy::new(1)).unwrap();
        let begin = || prepare(&key, &path, &own, &log.log_key());
        let made = begin().unwrap();
        let state = read(&path).unwrap().unwrap();
        let (none, frontier) = state.open(&log.log_key(), &path).unwrap();
        assert!(none.is_none() && frontier == Frontier::default());
        assert_eq!(begin().unwrap().log_key(), made.log_key());
        fs::remove_file(&path).unwrap();
        let refused = begin().map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains("--begin-anew"), "{refused}");
        retire(&key).unwrap();
        retire(&path).unwrap();
        assert_ne!(begin().unwrap().log_key(), made.log_key());
        assert!(beside(&key, ".retired").exists());
    }

    #[test]
    fn one_witness_works_with_a_state_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let first = lock(&path).unwrap();
        let refused = lock(&path).unwrap_err().to_string();
        assert!(refused.contains("another witness"), "{refused}");
        drop(first);
        lock(&path).unwrap();
    }

    #[test]
    fn the_key_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("witness.key");
        let own = "clinic.internal".parse().unwrap();
        let made = load_or_make(&path, &own).unwrap();
        assert!(made.name().starts_with("clinic.internal/witness-"));
        assert_eq!(load_or_make(&path, &own).unwrap().log_key(), made.log_key());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(&path, "nonsense").unwrap();
        assert!(load_or_make(&path, &own).is_err());
    }
}
