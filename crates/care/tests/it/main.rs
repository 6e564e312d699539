//! The reducer from outside: a case worked by hand, every step there is, and random programs.
#![expect(clippy::unwrap_used, reason = "tests")]

mod bounds;
mod every_step;
mod page;
mod program;
mod properties;
mod rules;
mod story;
mod world;
