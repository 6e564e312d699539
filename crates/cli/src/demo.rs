//! `relais demo`.
use crate::{Failure, args::DemoArgs, output::Output};
/// Plays a story.
///
/// # Errors
/// If a check does not hold.
pub async fn run(_output: Output, _args: &DemoArgs) -> Result<(), Failure> {
    Ok(())
}
