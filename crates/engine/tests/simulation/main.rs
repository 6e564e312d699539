//! The engine under a simulated clock, a seeded generator and a server in memory.
#![cfg(test)]

mod authors;
mod behaviour;
mod certificates;
mod convergence;
mod handover;
mod hub;
mod new_device;
mod policy;
mod receipts;
mod resync;
mod revocation;
mod strangers;
mod timers;
mod trust;
mod views;
mod world;
