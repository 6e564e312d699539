//! A server in this process and channels to it.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
};

use relais_mls::{Chain, SigningKey};
use relais_proto::status::from_status;
use relais_server::{Config, Running, serve};
use relais_store::{Options, Store};
use relais_types::{Entropy as _, Error, OsEntropy};
use tempfile::TempDir;
use tonic::{
    Request, Response, Status,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

/// A server in this process, with a data directory of its own.
pub(crate) struct Node {
    pub(crate) running: Running,
    pub(crate) dir: TempDir,
}

impl Node {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts with what `change` makes of the defaults.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path());
        change(&mut config);
        let running = serve(config).await.unwrap();
        Self { running, dir }
    }

    /// Stops the server, works on its database, and starts it again.
    pub(crate) async fn while_stopped(self, work: impl AsyncFnOnce(&Store)) -> Self {
        let Self { running, dir } = self;
        running.shutdown().await.unwrap();
        let path = dir.path().join("relais.db");
        let store = Store::open(path, Options::default()).await.unwrap();
        work(&store).await;
        store.close().await;
        let running = serve(config(dir.path())).await.unwrap();
        Self { running, dir }
    }

    pub(crate) fn site(&self) -> Site {
        Site(self.dir.path().to_owned())
    }

    pub(crate) async fn channel(&self) -> Channel {
        self.site().channel().await
    }

    pub(crate) fn operator_token(&self) -> String {
        self.site().operator_token()
    }
}

/// The data directory of a running server, which tells how to reach it.
pub(crate) struct Site(pub(crate) PathBuf);

impl Site {
    /// A connection without a certificate.
    pub(crate) async fn channel(&self) -> Channel {
        self.connect(self.tls()).await
    }

    /// A connection that shows `chain`.
    pub(crate) async fn channel_as(&self, chain: &Chain, key: &SigningKey) -> Channel {
        let identity = Identity::from_pem(chain.to_pem(), &*key.to_pkcs8_pem());
        self.connect(self.tls().identity(identity)).await
    }

    fn tls(&self) -> ClientTlsConfig {
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(self.read("tls/ca.pem")))
    }

    async fn connect(&self, tls: ClientTlsConfig) -> Channel {
        Endpoint::from_shared(self.read("address"))
            .unwrap()
            .tls_config(tls)
            .unwrap()
            .connect()
            .await
            .unwrap()
    }

    pub(crate) fn operator_token(&self) -> String {
        self.read("operator.token")
    }

    fn read(&self, file: &str) -> String {
        let text = std::fs::read_to_string(self.0.join(file)).unwrap();
        text.trim().to_owned()
    }
}

/// The configuration of a test: any free port, `dir` for the data.
pub(crate) fn config(dir: &Path) -> Config {
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        data_dir: dir.to_owned(),
        ..Config::default()
    }
}

/// `message` with `token` as its credential.
pub(crate) fn authorised<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

/// A fresh idempotency key.
pub(crate) fn request_id() -> bytes::Bytes {
    OsEntropy.bytes::<16>().to_vec().into()
}

/// What a call that must fail says.
pub(crate) fn failure<T: Debug>(outcome: Result<Response<T>, Status>) -> (tonic::Code, Error) {
    let status = outcome.unwrap_err();
    (status.code(), from_status(&status))
}
