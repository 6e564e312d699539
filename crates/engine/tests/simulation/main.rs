//! The engine under a simulated clock, a seeded generator and a server in memory.
#![cfg(test)]

mod authors;
mod behaviour;
mod break_glass;
mod certificates;
mod consent;
mod convergence;
mod handover;
mod history;
mod hub;
mod new_device;
mod patients;
mod policy;
mod receipts;
mod resync;
mod revocation;
mod strangers;
mod timers;
mod trust;
mod views;
mod world;
