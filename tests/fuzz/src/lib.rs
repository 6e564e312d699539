//! What the decoders of Relais must survive, one module of [`targets`] for each kind of bytes
//! that somebody else has made.
//!
//! A target is a function from bytes to nothing that panics if something is wrong; libFuzzer
//! chooses the bytes. Two kinds of input reach what lies behind a signature or a MAC: most
//! targets take a good message that is made when the process starts, and read the input as a
//! program of [`edits`] to it; others complete the input with what an insider could add, such as
//! their own signature.
//!
//! Each target asserts more than that nothing panics: that what was accepted is what was made,
//! that what was refused left no trace, that a decoder and its encoder agree.

pub mod accounts;
pub mod edits;
pub mod parties;
pub mod targets;

// The engine's own tests drive accounts and a server in memory; here the same, with input.
#[path = "../../../crates/engine/tests/simulation/world/mod.rs"]
#[allow(dead_code, unreachable_pub, missing_docs)]
pub(crate) mod world;
