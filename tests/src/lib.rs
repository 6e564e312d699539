//! The harness of the scenario tests: real server processes, real sockets, a fault proxy
//! between client and server, and people with accounts of their own.
//!
//! Everything listens on loopback. Processes are ended when their handle is dropped.

mod device;
mod node;
mod people;
mod proxy;

pub use device::{Device, authorised, enrolment, request_id};
pub use node::{Node, binary};
pub use people::{PATIENCE, Person, Town};
pub use proxy::{Fault, Proxy};
