//! The reducer from outside: a case worked by hand, every step there is, and random programs.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests, which print their seeds"
)]

mod asking;
mod bounds;
mod break_glass;
mod community;
mod defined;
mod every_step;
mod finding;
mod history;
mod hub;
mod metrics;
mod newer;
mod page;
mod plan;
mod program;
mod properties;
mod rank;
mod records;
mod requests;
mod rules;
mod seats;
mod sharing;
mod story;
mod world;
