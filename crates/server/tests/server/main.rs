//! The server on real sockets, in this process unless a test is about the process itself.

#![expect(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod authorisation;
mod calls;
mod device;
mod node;
mod process;
mod rate;
mod raw;
mod revoke;
mod start;
mod stop;
mod streams;
mod timers;
mod transport;
