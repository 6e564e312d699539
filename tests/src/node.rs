//! A server as a process of its own.

use std::{
    env,
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use relais_client::{Directory, Endpoint};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity};

/// A running `relaisd`, its data directory and its log file.
#[derive(Debug)]
pub struct Node {
    child: Child,
    data_dir: PathBuf,
    log: PathBuf,
    address: SocketAddr,
}

/// Where the build put the program `name`, next to this test.
pub fn binary(name: &str) -> PathBuf {
    let test = env::current_exe().expect("the test has a path");
    let target = test
        .ancestors()
        .nth(2)
        .expect("tests run from target/<profile>/deps");
    let path = target.join(name);
    assert!(
        path.exists(),
        "{} is missing: run tests/run, or `cargo build --bins` first",
        path.display()
    );
    path
}

impl Node {
    /// Starts a server on a free port, with its data and its log below `dir`.
    pub async fn start(dir: &Path) -> Self {
        Self::start_at(dir, "127.0.0.1:0".parse().expect("an address")).await
    }

    /// Starts a server on a free port with these variables besides, such as
    /// `RELAISD_RATE__SEND`.
    pub async fn start_with(dir: &Path, variables: &[(&str, &str)]) -> Self {
        let listen = "127.0.0.1:0".parse().expect("an address");
        Self::start_as(dir, listen, variables).await
    }

    async fn start_at(dir: &Path, listen: SocketAddr) -> Self {
        Self::start_as(dir, listen, &[]).await
    }

    async fn start_as(dir: &Path, listen: SocketAddr, variables: &[(&str, &str)]) -> Self {
        let (data_dir, log) = (dir.join("server"), dir.join("server.log"));
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .expect("the log can be written");
        let child = Self::serving(
            Command::new(binary("relaisd")),
            &data_dir,
            listen,
            variables,
        )
        .stderr(file)
        .spawn()
        .expect("relaisd starts");
        Self::announced(child, data_dir, log).await
    }

    /// Starts a server whose data directory is a disk of its own with room for `bytes`, its log
    /// included; `None` where the system does not let a test make one.
    ///
    /// The disk is a tmpfs in a mount namespace of the server, and so reached by the paths that
    /// [`Node::data_dir`] and [`Node::log`] give, while the server runs.
    #[cfg(target_os = "linux")]
    pub async fn start_on_disk(dir: &Path, bytes: u64, variables: &[(&str, &str)]) -> Option<Self> {
        const NAMESPACE: [&str; 4] = ["--user", "--map-root-user", "--mount", "sh"];
        const MOUNT: &str = r#"mount -t tmpfs -o size="$1" none "$2""#;
        let data_dir = dir.join("server");
        std::fs::create_dir_all(&data_dir).expect("a folder");
        let mounting = |script: &str| {
            let mut command = Command::new("unshare");
            command.args(NAMESPACE).args(["-ec", script, "sh"]);
            command.arg(bytes.to_string()).arg(&data_dir);
            command
        };
        let tried = mounting(MOUNT).stderr(Stdio::null()).status().await;
        if !tried.is_ok_and(|status| status.success()) {
            return None;
        }
        let serve = format!(r#"{MOUNT}; log="$2/server.log"; shift 2; exec "$@" 2>"$log""#);
        let mut command = mounting(&serve);
        command.arg(binary("relaisd"));
        let listen = "127.0.0.1:0".parse().expect("an address");
        let child = Self::serving(command, &data_dir, listen, variables)
            .stderr(Stdio::null())
            .spawn()
            .expect("relaisd starts");
        let id = child.id().expect("it has just been started");
        let inside = data_dir.strip_prefix("/").expect("an absolute path");
        let data_dir = Path::new("/proc")
            .join(id.to_string())
            .join("root")
            .join(inside);
        let log = data_dir.join("server.log");
        Some(Self::announced(child, data_dir, log).await)
    }

    /// `command` with what every server is started with.
    fn serving(
        mut command: Command,
        data_dir: &Path,
        listen: SocketAddr,
        variables: &[(&str, &str)],
    ) -> Command {
        command
            .args([
                "serve",
                "--listen",
                &listen.to_string(),
                "--log-format",
                "json",
                "--data-dir",
            ])
            .arg(data_dir)
            .env("RELAISD_LOG__FILTER", "debug")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// The server, once it says where it listens.
    async fn announced(mut child: Child, data_dir: PathBuf, log: PathBuf) -> Self {
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let ready = tokio::time::timeout(Duration::from_mins(1), lines.next_line()).await;
        let line = ready
            .expect("relaisd is ready within a minute")
            .expect("its output is text");
        let line = line.unwrap_or_else(|| panic!("relaisd did not start, see {}", log.display()));
        let address = line
            .strip_prefix("listening on https://")
            .and_then(|address| address.parse().ok())
            .unwrap_or_else(|| panic!("relaisd said {line:?}"));
        // Keep the pipe open: the server may say more.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self {
            child,
            data_dir,
            log,
            address,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Its log, at level debug.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// How a client reaches it, directly or through `address`.
    pub fn endpoint(&self, address: SocketAddr) -> Endpoint {
        let ca = std::fs::read(self.data_dir.join("tls/ca.pem")).expect("the development CA");
        Endpoint {
            url: format!("https://{address}"),
            ca_pem: ca.into(),
        }
    }

    /// A connection of its own without a certificate, for calls that the SDK would not make.
    pub async fn channel(&self) -> Channel {
        let channel = self.connect(self.tls()).await;
        channel.expect("the server listens")
    }

    /// A connection that shows `certificate`, with its key; both as PEM.
    ///
    /// # Errors
    /// If it cannot be made. A certificate that the server refuses may show with the first call
    /// only: in TLS 1.3 the client is ready before the server has looked.
    pub async fn channel_as(
        &self,
        certificate: &str,
        key: &str,
    ) -> Result<Channel, tonic::transport::Error> {
        let identity = Identity::from_pem(certificate, key);
        self.connect(self.tls().identity(identity)).await
    }

    fn tls(&self) -> ClientTlsConfig {
        let ca = self.endpoint(self.address).ca_pem;
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca))
    }

    async fn connect(&self, tls: ClientTlsConfig) -> Result<Channel, tonic::transport::Error> {
        tonic::transport::Endpoint::from_shared(format!("https://{}", self.address))
            .and_then(|endpoint| endpoint.tls_config(tls))
            .expect("a valid endpoint")
            .connect()
            .await
    }

    /// The operator's token.
    pub fn operator_token(&self) -> String {
        let token = std::fs::read_to_string(self.data_dir.join("operator.token"));
        token.expect("the operator's token").trim().to_owned()
    }

    /// The directory as the operator sees it.
    pub fn operator(&self) -> Directory {
        let token = self.operator_token();
        Directory::as_operator(&self.endpoint(self.address), &token).expect("a valid endpoint")
    }

    /// Ends it with SIGTERM, as an operator would, and waits until it has.
    pub async fn stop(&mut self) {
        let id = self.child.id().expect("it was running");
        let told = Command::new("kill").arg(id.to_string()).status().await;
        assert!(told.expect("kill can be started").success());
        let ended = self.child.wait().await.expect("it can be waited for");
        assert!(ended.success(), "relaisd ended with {ended}");
    }

    /// The id of its process.
    pub fn process(&self) -> u32 {
        self.child.id().expect("it was running")
    }

    /// Ends it with SIGKILL, as a crash would.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("it was running");
    }

    /// Starts it again where it was, after [`Node::kill`].
    pub async fn restart(&mut self) {
        let dir = self
            .data_dir
            .parent()
            .expect("below a directory")
            .to_owned();
        *self = Self::start_at(&dir, self.address).await;
    }
}
