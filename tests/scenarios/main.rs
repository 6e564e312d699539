//! Everything that is tested across crates, in one binary so that it is linked once.
#![cfg(test)]

mod abuse;
mod admission;
mod audit;
mod canary;
mod consent;
mod conversation;
mod dag;
mod escalation;
mod hub;
mod killed_client;
mod layout;
mod new_device;
mod own_authority;
mod pages;
mod partnership;
mod recovery;
mod revocation;
mod scim;
mod sign_in;
mod texts;
mod transport;
mod views;
mod witness;
mod workspace;
