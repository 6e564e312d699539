//! Puts the parts together, in the order in which they can fail, and takes them apart again.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use relais_proto::{
    audit::audit_service_server::{AuditServiceServer, SERVICE_NAME as AUDIT},
    delivery::{
        LogEntry,
        delivery_service_server::{DeliveryServiceServer, SERVICE_NAME as DELIVERY},
    },
    directory::directory_service_server::{DirectoryServiceServer, SERVICE_NAME as DIRECTORY},
    identity::{
        identity_service_server::{IdentityServiceServer, SERVICE_NAME as IDENTITY},
        signing_service_server::{SERVICE_NAME as SIGNING, SigningServiceServer},
    },
    keypackage::key_package_service_server::{
        KeyPackageServiceServer, SERVICE_NAME as KEY_PACKAGE,
    },
    transparency::transparency_service_server::{
        SERVICE_NAME as TRANSPARENCY, TransparencyServiceServer,
    },
};
use relais_service::{Issuer, Service};
use relais_store::Store;
use relais_types::{Clock, GroupId, OsEntropy, SystemClock};
use tokio::{net::TcpListener, task::JoinHandle, time::MissedTickBehavior};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::service::Routes;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    authority::DiskIssuer,
    config::{Config, seconds},
    connections::Connections,
    data_dir::{DataDir, database},
    error::{Error, Result},
    grpc::{
        audit::Audit,
        delivery::{Delivery, log_entry},
        directory::Directory,
        identity::Identity as IdentityApi,
        key_package::KeyPackages,
        signing::Signing,
        subscribe::Subscriptions,
        transparency::Transparency,
    },
    id_tokens::PublishedKeys,
    listener::Intake,
    rate::Rates,
    scim::{self, Scim},
    secrets,
    stack::{self, Methods, Room},
    timers,
    tls::Identity,
};

/// How long cut connections get to notice.
const CUT: Duration = Duration::from_secs(1);
/// How often what has expired is deleted.
const HOUSEKEEPING: Duration = Duration::from_hours(1);
/// How often rate limits forget who has been quiet.
const FORGETTING: Duration = Duration::from_mins(1);

/// Starts a server in this process. When it returns, the address is bound and announced and
/// calls are answered.
///
/// # Errors
/// Whatever keeps it from starting, as one sentence that says what to do.
pub async fn serve(config: Config) -> Result<Running> {
    let clock = SystemClock;
    let dir = DataDir::open(&config.data_dir)?;
    // Bound before anything is made or migrated: a second server on the port changes nothing.
    let listener = bind(config.listen).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Error::internal("the listening socket", &error))?;
    let scim_listener = match config.scim.listen {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let issuer = Arc::new(DiskIssuer::open(dir.authorities()?)?);
    let tls = Identity::load(&config.tls, &dir, &issuer.trust_anchors(), clock.now())?;
    let service = open_service(&config, &dir, issuer).await?;

    let stop = CancellationToken::new();
    let cut = CancellationToken::new();
    let rates = Rates::new(&config.rate);
    let (health, routes) = routes(&config, &service, &rates);
    report(&health, ServingStatus::Serving).await;
    let parts = stack::Parts {
        service: service.clone(),
        methods: Arc::new(Methods::new(service.limits(), config.development)),
        room: Room::new(config.limits.calls, config.limits.open_calls),
        rates: rates.clone(),
        drain: stop.clone(),
        retry_after: config.shutdown.retry_after(),
    };
    let intake = Intake {
        tls: Arc::clone(&tls.config),
        handshake_timeout: seconds(config.tls.handshake_timeout_secs),
        connections: config.limits.connections.get(),
        connections_per_address: config.limits.connections_per_address.get(),
        stop: stop.clone(),
        cut: cut.clone(),
    };
    let serving = Connections::new(&config.limits).serve(
        intake.listen(listener),
        stack::stack(&parts, routes),
        stop.clone(),
    );
    let url = format!("https://{address}");
    dir.announce_address(&format!("https://{}", reachable(address)))?;
    tracing::info!(%address, "listening");

    let scim = match scim_listener {
        Some(listener) => Some(open_scim(&config, &dir, listener, &tls)?),
        None => None,
    };
    let directories = Scim {
        service: service.clone(),
        rates: rates.clone(),
    };
    let (scim_stop, scim_cut) = (stop.clone(), cut.clone());
    let serving = async move {
        let scim = async move {
            if let Some(scim) = scim {
                scim.serve(directories, scim_stop, scim_cut).await;
            }
        };
        tokio::join!(serving, scim);
    };

    let grace = config.shutdown.grace();
    let stopping = stop.clone();
    let task = tokio::spawn(async move {
        let housekeeping = tokio::spawn(keep_house(service.clone()));
        let waking = tokio::spawn(timers::fire(service.clone()));
        let forgetting = tokio::spawn(forget_idle(rates));
        finish(serving, &health, &stopping, &cut, grace).await;
        housekeeping.abort();
        waking.abort();
        forgetting.abort();
        dir.forget_address();
        // Finishes what is queued and folds the write-ahead log back into the database.
        service.close().await;
        tracing::info!("stopped");
        drop(dir);
        Ok(())
    });
    Ok(Running {
        address,
        url,
        data_dir: config.data_dir,
        ca: tls.development.map(|ca| (ca.path, ca.fingerprint)),
        stop: stop.drop_guard(),
        task,
    })
}

/// A server that answers calls. Dropping it stops it, without waiting.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    url: String,
    data_dir: PathBuf,
    ca: Option<(PathBuf, String)>,
    stop: DropGuard,
    task: JoinHandle<Result<()>>,
}

impl Running {
    /// The bound address, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What clients connect to: `https://` and the bound address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The PEM file that clients must trust, if the server made a development CA.
    pub fn ca_certificate(&self) -> Option<&Path> {
        self.ca.as_ref().map(|(path, _)| path.as_path())
    }

    /// SHA-256 of the development CA's certificate, in hexadecimal with colons.
    pub fn ca_fingerprint(&self) -> Option<&str> {
        self.ca
            .as_ref()
            .map(|(_, fingerprint)| fingerprint.as_str())
    }

    /// Ends streams with a hint when to come back, lets calls in progress finish within the
    /// configured grace, closes the database and releases the data directory.
    ///
    /// # Errors
    /// If the server had failed or crashed before.
    pub async fn shutdown(self) -> Result<()> {
        drop(self.stop);
        join(self.task).await
    }

    /// Waits until `signal` completes, then shuts down; or until the server fails.
    ///
    /// # Errors
    /// If the server failed or crashed.
    pub async fn run_until(mut self, signal: impl Future<Output = ()>) -> Result<()> {
        tokio::select! {
            outcome = join(&mut self.task) => outcome,
            () = signal => self.shutdown().await,
        }
    }
}

async fn join(
    task: impl Future<Output = Result<Result<()>, tokio::task::JoinError>>,
) -> Result<()> {
    match task.await {
        Ok(outcome) => outcome,
        Err(error) => Err(Error::internal("the server's task", &error)),
    }
}

/// Where programs on this machine reach a server that listens at `address`: one that listens
/// everywhere is reached by loopback, which its development certificate names.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => Error::AddressInUse { address },
            _ => Error::Listen { address, source },
        })
}

/// Announces where directories are listened to.
fn open_scim(
    config: &Config,
    dir: &DataDir,
    socket: TcpListener,
    tls: &Identity,
) -> Result<scim::Listener> {
    let address = socket
        .local_addr()
        .map_err(|error| Error::internal("the listening socket", &error))?;
    dir.announce_scim_address(&format!("https://{}/scim/v2", reachable(address)))?;
    tracing::info!(%address, "listening for SCIM");
    Ok(scim::Listener {
        socket,
        tls: Arc::clone(&tls.directories),
        handshake_timeout: seconds(config.tls.handshake_timeout_secs),
    })
}

async fn open_service(config: &Config, dir: &DataDir, issuer: Arc<dyn Issuer>) -> Result<Service> {
    let key = secrets::server_key(dir)?;
    let operator_token = secrets::operator_token(dir)?;
    let witnesses = config
        .transparency
        .keys()
        .map_err(|key| Error::Witness { key })?;
    let transparency = relais_service::transparency::Transparency {
        signer: secrets::transparency_key(dir)?,
        witnesses,
        max_cosignature_age: config.transparency.max_cosignature_age(),
    };
    let path = dir.database()?;
    let store = Store::open(&path, relais_store::Options::default())
        .await
        .map_err(|error| unusable(&path, error))?;
    Service::new(relais_service::Parts {
        store,
        issuer,
        id_tokens: Arc::new(PublishedKeys::default()),
        clock: Arc::new(SystemClock),
        entropy: Box::new(OsEntropy),
        key,
        operator_token: Some(operator_token),
        transparency,
        limits: config.service.clone(),
    })
    .map_err(|error| Error::internal("the service", &error))
}

fn unusable(path: &Path, error: relais_store::Error) -> Error {
    use relais_store::Error as Cause;
    let problem = match error {
        // Says itself what to do.
        Cause::Incompatible(problem) => problem,
        Cause::Corrupt(problem) => format!("{problem}; restore the data directory from a backup"),
        Cause::Unavailable(problem) => format!(
            "{problem}; check that the file exists, that the user who runs relaisd owns it and that its disk has room"
        ),
        other => other.to_string(),
    };
    Error::Database {
        path: path.to_owned(),
        problem,
    }
}

/// Every gRPC service, each with the bound of its decoder.
fn routes(config: &Config, service: &Service, rates: &Rates) -> (HealthReporter, Routes) {
    let methods = Methods::new(service.limits(), config.development);
    let subscriptions = Subscriptions::new(
        config.limits.streams_per_device.get(),
        seconds(config.delivery.reconcile_secs),
        i32::try_from(config.delivery.page_size.get()).unwrap_or(i32::MAX),
    );
    let identity = IdentityServiceServer::new(IdentityApi {
        service: service.clone(),
    });
    let signing = SigningServiceServer::new(Signing {
        service: service.clone(),
    });
    let directory = DirectoryServiceServer::new(Directory {
        service: service.clone(),
    });
    let key_packages = KeyPackageServiceServer::new(KeyPackages {
        service: service.clone(),
        rates: rates.clone(),
    });
    let delivery = DeliveryServiceServer::new(Delivery {
        service: service.clone(),
        subscriptions,
        rates: rates.clone(),
    });
    let audit = AuditServiceServer::new(Audit {
        service: service.clone(),
    });
    let transparency = TransparencyServiceServer::new(Transparency {
        service: service.clone(),
    });
    let (reporter, health) = tonic_health::server::health_reporter();
    let mut builder = Routes::builder();
    builder
        .add_service(health)
        .add_service(identity.max_decoding_message_size(methods.largest(IDENTITY)))
        .add_service(signing.max_decoding_message_size(methods.largest(SIGNING)))
        .add_service(directory.max_decoding_message_size(methods.largest(DIRECTORY)))
        .add_service(key_packages.max_decoding_message_size(methods.largest(KEY_PACKAGE)))
        .add_service(delivery.max_decoding_message_size(methods.largest(DELIVERY)))
        .add_service(audit.max_decoding_message_size(methods.largest(AUDIT)))
        .add_service(transparency.max_decoding_message_size(methods.largest(TRANSPARENCY)));
    if config.development {
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(relais_proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1();
        match reflection {
            Ok(reflection) => {
                builder.add_service(reflection);
            }
            // Nothing that a client of the API needs.
            Err(error) => tracing::warn!(%error, "reflection is not available"),
        }
    }
    (reporter, builder.routes().prepare())
}

/// Serves until told to stop, then until the connections have ended or the grace is over.
async fn finish(
    serving: impl Future<Output = ()>,
    health: &HealthReporter,
    stop: &CancellationToken,
    cut: &CancellationToken,
    grace: Duration,
) {
    let limit = async {
        stop.cancelled().await;
        tracing::info!("stopping");
        report(health, ServingStatus::NotServing).await;
        tokio::time::sleep(grace).await;
        tracing::warn!("cutting connections that have not ended within the grace");
        cut.cancel();
        tokio::time::sleep(CUT).await;
    };
    tokio::select! {
        () = serving => {}
        () = limit => {}
    }
}

/// Says of the whole server and of each service how it is.
async fn report(health: &HealthReporter, status: ServingStatus) {
    for name in [
        "",
        IDENTITY,
        SIGNING,
        DIRECTORY,
        KEY_PACKAGE,
        DELIVERY,
        AUDIT,
        TRANSPARENCY,
    ] {
        health.set_service_status(name, status).await;
    }
}

async fn forget_idle(rates: Rates) {
    let mut ticks = tokio::time::interval(FORGETTING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let keys = rates.forget_idle();
        tracing::debug!(keys, "rate limits in memory");
    }
}

async fn keep_house(service: Service) {
    let mut ticks = tokio::time::interval(HOUSEKEEPING);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut starting = true;
    loop {
        ticks.tick().await;
        match service.purge().await {
            Ok(purged) => tracing::debug!(?purged, "housekeeping"),
            Err(error) => tracing::warn!(%error, "housekeeping failed, the next one will catch up"),
        }
        // So that a trail that is changed later contradicts the log. Not at the start, so that
        // restarts leave no trace in it.
        if !std::mem::take(&mut starting)
            && let Err(error) = service.log_audit_head().await
        {
            tracing::warn!(%error, "the audit head was not logged, the next housekeeping will");
        }
        // What a crash left of certifying an organisation's own authority.
        if let Err(error) = service.forget_authorities().await {
            tracing::warn!(%error, "an authority that an organisation holds itself is still here");
        }
        // What a crash left of a revocation.
        if let Err(error) = service.remove_revoked().await {
            tracing::warn!(%error, "removals could not be proposed, the next housekeeping will");
        }
    }
}

/// What an operator can see in the data directory `path`: accounts, rosters, sizes, times.
/// Works beside a running server and on a copy.
///
/// # Errors
/// If there is no database or it cannot be read.
pub async fn inspect(path: &Path) -> Result<relais_service::inspect::Overview> {
    look(path, async |store| {
        relais_service::inspect::inspect(store).await
    })
    .await
}

/// The log of one group in the data directory `path`, ciphertexts and all: what whoever takes
/// the disk away can try keys on. Works beside a running server and on a copy.
///
/// # Errors
/// If there is no database or it cannot be read.
pub async fn copy_log(path: &Path, group: GroupId) -> Result<Vec<LogEntry>> {
    let entries = look(path, async |store| {
        relais_service::inspect::log(store, group).await
    });
    Ok(entries.await?.into_iter().map(log_entry).collect())
}

/// Reads something from the database below `path` beside whoever writes there.
async fn look<T>(
    path: &Path,
    read: impl AsyncFnOnce(&Store) -> relais_types::Result<T>,
) -> Result<T> {
    let path = database(path);
    let store = Store::open_read_only(&path)
        .await
        .map_err(|error| unusable(&path, error))?;
    let found = read(&store).await;
    store.close().await;
    found.map_err(|error| Error::Database {
        problem: error.to_string(),
        path,
    })
}
