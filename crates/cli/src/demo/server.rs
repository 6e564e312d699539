//! The server as a process of its own, started again whenever it dies.

use std::{
    fs::{self, OpenOptions},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use relais_client::Endpoint;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::stage::Narrator;
use crate::{Failure, story::ServerStep};

/// How long the server may take until it answers.
const START: Duration = Duration::from_secs(15);
/// How long it may take to end.
const END: Duration = Duration::from_secs(12);
/// How often a start that fails is tried again.
const ATTEMPTS: u32 = 5;
/// A server that dies more often is not worth starting again.
const MOST_DEATHS: u32 = 20;

/// A supervised `relais serve`; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    endpoint: Endpoint,
    data_dir: PathBuf,
    orders: mpsc::Sender<ServerStep>,
    state: watch::Receiver<State>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Starting,
    /// Answers calls; how often it was started.
    Up(u32),
    Stopped,
    /// It cannot be started.
    Lost(String),
}

impl Server {
    /// Starts it on a free port of this machine with an empty data folder. The task ends when
    /// the process has ended.
    pub(crate) async fn start(
        program: &Path,
        data_dir: &Path,
        narrator: Narrator,
    ) -> Result<(Self, JoinHandle<()>), Failure> {
        fs::create_dir_all(data_dir).map_err(|error| Failure::file("make", data_dir, &error))?;
        let (orders, received) = mpsc::channel(4);
        let (announce, state) = watch::channel(State::Starting);
        let mut supervisor = Supervisor {
            program: program.to_owned(),
            data_dir: data_dir.to_owned(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            starts: 0,
            announce,
            narrator,
        };
        let first = supervisor.launch().await?;
        let address = supervisor.address;
        let url = format!("https://{address}");
        let ca = data_dir.join("tls").join("ca.pem");
        let ca_pem = fs::read(&ca)
            .map_err(|error| Failure::file("read", &ca, &error))?
            .into();
        narrator.line(&format!(
            "The server listens on {url} (process {}).",
            first.pid()
        ));
        let supervisor = tokio::spawn(supervisor.supervise(first, received));
        let endpoint = Endpoint { url, ca_pem };
        Ok((
            Self {
                address,
                endpoint,
                data_dir: data_dir.to_owned(),
                orders,
                state,
            },
            supervisor,
        ))
    }

    /// Where it listens; the same through all restarts.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What clients connect to; the same through all restarts.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Where it keeps its data.
    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// What lets the operator administer it.
    pub(crate) fn operator_token(&self) -> Result<String, Failure> {
        let path = self.data_dir.join("operator.token");
        let token =
            fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
        Ok(token.trim().to_owned())
    }

    /// Whether it is meant to run.
    pub(crate) fn is_stopped(&self) -> bool {
        matches!(*self.state.borrow(), State::Stopped)
    }

    /// How often it was started.
    pub(crate) fn starts(&self) -> u32 {
        match *self.state.borrow() {
            State::Up(starts) => starts,
            _ => 0,
        }
    }

    /// Waits until it answers.
    pub(crate) async fn up(&self) -> Result<(), Failure> {
        self.reaches(|state| matches!(state, State::Up(_))).await
    }

    /// Lets something happen to it, and waits until it has.
    pub(crate) async fn order(&self, step: ServerStep) -> Result<(), Failure> {
        let before = self.starts();
        self.orders
            .send(step)
            .await
            .map_err(|_| Failure::failed("the server is no longer supervised"))?;
        match step {
            ServerStep::Kill => {
                self.reaches(|state| matches!(state, State::Up(starts) if *starts > before))
                    .await
            }
            ServerStep::Start => self.up().await,
            ServerStep::Stop => self.reaches(|state| *state == State::Stopped).await,
        }
    }

    async fn reaches(&self, wanted: impl Fn(&State) -> bool) -> Result<(), Failure> {
        let mut state = self.state.clone();
        let reached = state.wait_for(|state| wanted(state) || matches!(state, State::Lost(_)));
        match tokio::time::timeout(START + END, reached).await {
            Ok(Ok(state)) => match &*state {
                State::Lost(why) => Err(Failure::failed(why.clone())),
                _ => Ok(()),
            },
            _ => Err(Failure::failed(
                "the server did not come to the expected state in time",
            )),
        }
    }
}

struct Supervisor {
    program: PathBuf,
    data_dir: PathBuf,
    /// With port 0 until the first start has taken one.
    address: SocketAddr,
    starts: u32,
    announce: watch::Sender<State>,
    narrator: Narrator,
}

/// A server process that answers calls.
struct Process {
    child: Child,
    /// Held, so that the server may go on writing.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }
}

impl Supervisor {
    async fn supervise(mut self, first: Process, mut orders: mpsc::Receiver<ServerStep>) {
        let mut process = first;
        loop {
            let status = tokio::select! {
                status = process.child.wait() => status,
                order = orders.recv() => match order {
                    Some(ServerStep::Kill) => {
                        // What any killer on this machine can do.
                        drop(process.child.start_kill());
                        continue;
                    }
                    Some(ServerStep::Start) => continue,
                    Some(ServerStep::Stop) => {
                        terminate(&mut process.child).await;
                        self.announce.send_replace(State::Stopped);
                        self.narrator.server("The server is stopped.");
                        match wait_for_start(&mut orders).await {
                            Some(()) => {}
                            None => return,
                        }
                        match self.relaunch("The server is started again").await {
                            Some(next) => process = next,
                            None => return,
                        }
                        continue;
                    }
                    None => {
                        terminate(&mut process.child).await;
                        return;
                    }
                },
            };
            self.announce.send_replace(State::Starting);
            let told = format!(
                "The server died ({}); it is started again on the same data",
                died_of(status.ok())
            );
            match self.relaunch(&told).await {
                Some(next) => process = next,
                None => return,
            }
        }
    }

    /// Starts it again; whoever killed it may do so while it starts.
    async fn relaunch(&mut self, told: &str) -> Option<Process> {
        let mut why = "the server dies again and again: see server.log".to_owned();
        for _ in 0..ATTEMPTS {
            if self.starts > MOST_DEATHS {
                break;
            }
            match self.launch().await {
                Ok(process) => {
                    let pid = process.pid();
                    self.narrator.server(&format!("{told} (process {pid})."));
                    return Some(process);
                }
                Err(failure) => why = failure.to_string(),
            }
        }
        self.announce.send_replace(State::Lost(why));
        None
    }

    /// Starts the process and waits until it announces its address.
    async fn launch(&mut self) -> Result<Process, Failure> {
        let log_path = self.data_dir.join("server.log");
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log_path)
            .map_err(|error| Failure::file("write", &log_path, &error))?;
        let mut command = Command::new(&self.program);
        command
            .arg("serve")
            .arg("--data-dir")
            .arg(&self.data_dir)
            .arg("--listen")
            .arg(self.address.to_string())
            // The check for content in logs must hold of talkative logs too.
            .args(["--log-format", "json", "--log-filter", "info,relais_server=debug,relais_service=debug,relais_store=debug"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true);
        // Ctrl-C is for the demo, which then ends its server.
        #[cfg(unix)]
        command.process_group(0);
        // The demo's server is configured by the demo alone.
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RELAISD_"))
        {
            command.env_remove(name);
        }
        let mut child = command
            .spawn()
            .map_err(|error| Failure::failed(format!("the server cannot be started: {error}")))?;
        let output = child
            .stdout
            .take()
            .ok_or_else(|| Failure::failed("the server has no standard output"))?;
        let mut lines = BufReader::new(output).lines();
        let announced = tokio::time::timeout(START, address_in(&mut lines))
            .await
            .ok()
            .flatten();
        let Some(address) = announced else {
            let log = fs::read_to_string(&log_path).unwrap_or_default();
            let last = log.lines().last().unwrap_or("it said nothing").to_owned();
            return Err(Failure::failed(format!("the server did not start: {last}")));
        };
        self.address = address;
        self.starts += 1;
        self.announce.send_replace(State::Up(self.starts));
        Ok(Process {
            child,
            _output: lines,
        })
    }
}

async fn address_in(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<SocketAddr> {
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(address) = line.strip_prefix("listening on https://") {
            return address.trim().parse().ok();
        }
    }
    None
}

async fn wait_for_start(orders: &mut mpsc::Receiver<ServerStep>) -> Option<()> {
    while let Some(order) = orders.recv().await {
        if order == ServerStep::Start {
            return Some(());
        }
    }
    None
}

/// Asks the process to end, and makes it if it does not.
async fn terminate(child: &mut Child) {
    #[cfg(unix)]
    if let Some(pid) = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(rustix::process::Pid::from_raw)
    {
        let _sent = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        if tokio::time::timeout(END, child.wait()).await.is_ok() {
            return;
        }
    }
    drop(child.kill().await);
}

fn died_of(status: Option<ExitStatus>) -> String {
    #[cfg(unix)]
    if let Some(signal) =
        status.and_then(|status| std::os::unix::process::ExitStatusExt::signal(&status))
    {
        return format!("signal {signal}");
    }
    status.map_or_else(|| "unknown".to_owned(), |status| status.to_string())
}
