//! Case templates: how cases begin that are alike. The roles of the team, what is asked at once
//! and by when, and the plan's first goals and actions.
//!
//! A template holds nothing about anybody; what differs from case to case is `{named}` in its
//! words and said when a case is opened.

mod check;
mod load;
mod saved;
mod schema;

pub(crate) use load::{Library, Origin};
pub(crate) use saved::from_case;
pub(crate) use schema::{Action, Asked, Template, Wording};

pub use load::Error;
