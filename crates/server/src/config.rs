//! Configuration: defaults, then a TOML file, then `RELAISD_…` variables, then flags.
//!
//! `deploy/relaisd.example.toml` lists every key with its default; a test holds the two
//! together. No key holds a secret: secrets are files of the data directory.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use serde::{Deserialize, Serialize};

mod load;
pub mod rate;

pub use load::{ENV_PREFIX, Error, Overrides};

/// The committed example: every key with its documentation and its default.
pub const EXAMPLE: &str = include_str!("../../../deploy/relaisd.example.toml");

/// Everything that an operator can decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Folder of the database, the certificate authorities and the operator token.
    pub data_dir: PathBuf,
    /// Answers gRPC reflection. For development: it tells everybody the whole API.
    pub development: bool,
    /// The server's own certificate.
    pub tls: Tls,
    /// What one node accepts.
    pub limits: Limits,
    /// How often calls may be made.
    pub rate: rate::Rates,
    /// Streams of deliveries.
    pub delivery: Delivery,
    /// What identity providers report of their organisations' people.
    pub scim: Scim,
    /// What one call may ask for, and how long things stay valid.
    pub service: relais_service::Limits,
    /// What is written about the server's work.
    pub log: Log,
    /// How the server stops.
    pub shutdown: Shutdown,
}

/// The server's own certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM file with the server's certificate and its intermediates. Without it the server
    /// makes a development CA in the data directory.
    pub certificate: Option<PathBuf>,
    /// PEM file with the private key of `certificate` (PKCS #8, SEC 1 or PKCS #1).
    pub private_key: Option<PathBuf>,
    /// DNS names and IP addresses that the development certificate is valid for, besides
    /// `localhost`, `127.0.0.1` and `::1`.
    pub names: Vec<String>,
    /// Seconds in which a client must finish the TLS handshake and open HTTP/2.
    pub handshake_timeout_secs: NonZeroU32,
}

/// What one node accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Open connections; further clients wait in the listen queue.
    pub connections: NonZeroUsize,
    /// Open connections of one IPv4 address or IPv6 /64 network; one more is closed. Behind
    /// a proxy, all clients have its address: raise it to `connections` there.
    pub connections_per_address: NonZeroUsize,
    /// Seconds after which a connection on which nobody was authenticated is asked to end.
    pub unauthenticated_secs: NonZeroU32,
    /// Seconds without a call or a stream after which a connection is asked to end.
    pub idle_secs: NonZeroU32,
    /// Seconds after which a connection is asked to end; each at its own time in the second
    /// half of them.
    pub connection_age_secs: NonZeroU32,
    /// Calls in progress on the node; one more is refused with `OVERLOADED`.
    pub calls: NonZeroUsize,
    /// Calls in progress of methods that need no token, besides `calls`.
    pub open_calls: NonZeroUsize,
    /// Calls in progress on one connection.
    pub streams_per_connection: NonZeroU32,
    /// `Subscribe` streams of one device; one more closes the oldest.
    pub streams_per_device: NonZeroUsize,
    /// Bytes of all headers of one request.
    pub header_bytes: NonZeroU32,
    /// Seconds between HTTP/2 pings on a quiet connection.
    pub keepalive_interval_secs: NonZeroU32,
    /// Seconds in which a ping must be answered.
    pub keepalive_timeout_secs: NonZeroU32,
}

/// Streams of deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delivery {
    /// Seconds after which a quiet stream looks into the log by itself, so that a lost
    /// wake-up costs latency and never a message.
    pub reconcile_secs: NonZeroU32,
    /// Deliveries in one message of a stream, at most `service.sync_items`.
    pub page_size: NonZeroU32,
}

/// SCIM 2.0 (RFC 7644), with which identity providers report of their organisations' people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scim {
    /// Address and port to listen on for it, with the certificate of `tls`; without it, nobody
    /// is listened to.
    pub listen: Option<SocketAddr>,
}

/// What is written about the server's work, to standard error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `human` for a terminal, `json` for a collector: one object a line.
    pub format: LogFormat,
    /// What to write, such as `info` or `info,relais_server=debug` (the syntax of
    /// tracing's `EnvFilter`).
    pub filter: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For a terminal.
    Human,
    /// For a collector: one object a line.
    Json,
}

/// How the server stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shutdown {
    /// Seconds that calls in progress get to finish before their connections are cut.
    pub grace_secs: u32,
    /// Milliseconds after which clients of closed streams are told to come back.
    pub retry_after_ms: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8443),
            data_dir: PathBuf::from("relais-data"),
            development: false,
            tls: Tls::default(),
            limits: Limits::default(),
            rate: rate::Rates::default(),
            delivery: Delivery::default(),
            scim: Scim::default(),
            service: relais_service::Limits::default(),
            log: Log::default(),
            shutdown: Shutdown::default(),
        }
    }
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            certificate: None,
            private_key: None,
            names: Vec::new(),
            handshake_timeout_secs: number(5),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: count(4096),
            connections_per_address: count(512),
            unauthenticated_secs: number(30),
            idle_secs: number(300),
            connection_age_secs: number(3600),
            calls: count(256),
            open_calls: count(64),
            streams_per_connection: number(64),
            streams_per_device: count(2),
            header_bytes: number(8192),
            keepalive_interval_secs: number(30),
            keepalive_timeout_secs: number(20),
        }
    }
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            reconcile_secs: number(5),
            page_size: number(200),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Human,
            filter: "info".to_owned(),
        }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self {
            grace_secs: 10,
            retry_after_ms: 1000,
        }
    }
}

/// `value`, or 1 for 0.
const fn number(value: u32) -> NonZeroU32 {
    match NonZeroU32::new(value) {
        Some(value) => value,
        None => NonZeroU32::MIN,
    }
}

/// `value`, or 1 for 0.
const fn count(value: usize) -> NonZeroUsize {
    match NonZeroUsize::new(value) {
        Some(value) => value,
        None => NonZeroUsize::MIN,
    }
}

/// A number of seconds as a duration.
pub(crate) fn seconds(count: NonZeroU32) -> Duration {
    Duration::from_secs(u64::from(count.get()))
}

impl Shutdown {
    /// How long calls in progress get to finish.
    pub fn grace(&self) -> Duration {
        Duration::from_secs(u64::from(self.grace_secs))
    }

    /// When clients of closed streams should come back.
    pub fn retry_after(&self) -> Duration {
        Duration::from_millis(u64::from(self.retry_after_ms))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_example_holds_the_defaults() {
        let path = Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../deploy/relaisd.example.toml"
        ));
        let config = Config::load(Some(path), [], &Overrides::default()).unwrap();
        assert_eq!(config, Config::default());
    }

    #[test]
    fn the_example_documents_every_key_and_no_other() {
        let mut documented = Vec::new();
        let mut section = String::new();
        let mut comment = false;
        for line in EXAMPLE.lines() {
            let assignment = line.trim_start_matches("# ").split_once(" = ");
            let key = assignment.map(|(key, _)| key);
            let is_key = |key: &&str| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            if let Some(name) = line.strip_prefix('[') {
                assert!(comment, "{line} has no comment");
                section = name.replace(']', ".");
            } else if let Some(key) = key.filter(is_key) {
                assert!(comment, "{key} has no comment");
                documented.push(format!("{section}{key}"));
                comment = false;
            } else {
                comment = line.starts_with('#');
            }
        }
        documented.sort();
        let mut keys = Vec::new();
        let everything = Config {
            tls: Tls {
                certificate: Some(PathBuf::new()),
                private_key: Some(PathBuf::new()),
                ..Tls::default()
            },
            scim: Scim {
                listen: Some(Config::default().listen),
            },
            ..Config::default()
        };
        collect_keys("", &serde_json::to_value(&everything).unwrap(), &mut keys);
        keys.sort();
        assert_eq!(documented, keys);
    }

    fn collect_keys(prefix: &str, value: &serde_json::Value, keys: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (name, value) in fields {
                    let path = if prefix.is_empty() {
                        name.clone()
                    } else {
                        format!("{prefix}.{name}")
                    };
                    collect_keys(&path, value, keys);
                }
            }
            _ => keys.push(prefix.to_owned()),
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        // A reviewed snapshot: a new field must be looked at here.
        insta::assert_snapshot!(format!("{:#?}", Config::default()));
    }
}
