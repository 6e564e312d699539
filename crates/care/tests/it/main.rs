//! The reducer from outside: a case worked by hand, every step there is, and random programs.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests, which print their seeds"
)]

mod asking;
mod bounds;
mod community;
mod defined;
mod every_step;
mod hub;
mod metrics;
mod newer;
mod page;
mod program;
mod properties;
mod records;
mod requests;
mod rules;
mod seats;
mod story;
mod world;
