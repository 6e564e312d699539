//! The harness of the scenario tests: real server processes, real sockets, a fault proxy
//! between client and server, a real OpenID provider, and people with accounts of their own.
//!
//! Everything listens on loopback. Processes are ended when their handle is dropped.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::print_stderr,
    reason = "a harness fails its test by panicking, and tells where it left things"
)]

mod device;
mod evil;
mod identity_provider;
mod inspector;
mod node;
mod people;
mod proxy;

pub use device::{Device, authorised, enrolment, request_id, with_header};
pub use evil::Evil;
pub use identity_provider::{Browser, CLIENT_ID, IdentityProvider, REDIRECT};
pub use inspector::Inspector;
pub use node::{Node, binary};
pub use people::{PATIENCE, Person, Town, agree, says};
pub use proxy::{Fault, Proxy};
