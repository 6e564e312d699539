//! `relaisd`: everything between a socket and the use cases.
//!
//! A call comes in like this: the listener (`listener.rs`) accepts a connection and shakes
//! hands under a deadline; hyper speaks HTTP/2 on it; each call passes the layers of
//! `stack.rs`, which names it, bounds it and finds out who calls; an adapter of `grpc/`
//! parses its shape and runs one use case of `relais-service`. A stream of deliveries
//! (`grpc/subscribe.rs`) reads the same pages as `Sync` and waits for wake-ups in between.
//!
//! The server never links `relais-care`: it cannot understand what it carries.
//!
//! ```no_run
//! # async fn example() -> Result<(), relais_server::Error> {
//! let config = relais_server::Config {
//!     listen: ([127, 0, 0, 1], 0).into(),
//!     data_dir: "relais-data".into(),
//!     ..relais_server::Config::default()
//! };
//! let running = relais_server::serve(config).await?;
//! println!("{} trusting {:?}", running.url(), running.ca_certificate());
//! running.shutdown().await
//! # }
//! ```

mod address;
mod authority;
pub mod cli;
pub mod config;
mod connections;
mod data_dir;
mod error;
mod grpc;
mod id_tokens;
mod listener;
pub mod logging;
mod rate;
mod scim;
mod secrets;
mod server;
mod stack;
mod timers;
mod tls;

pub use cli::ServeArgs;
pub use config::Config;
pub use error::{Error, Result};
pub use grpc::check_request;
pub use relais_service::inspect::Overview;
pub use server::{Running, copy_log, inspect, serve};
