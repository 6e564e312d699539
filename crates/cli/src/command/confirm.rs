//! A preview of what others will see, and a question before they do.

use std::io::{BufRead as _, IsTerminal as _};

use crate::said::Said;
use crate::{Failure, account::Context, output::complain};

/// Shows a preview and asks the `question` with this id, unless that was answered before; refused by anything but a yes.
pub(super) fn confirm(
    context: &Context,
    yes: bool,
    preview: &str,
    question: &'static str,
) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(Said::of("failure-sharing-unasked")));
    }
    complain(preview);
    if asked(context, question) {
        return Ok(());
    }
    let style = context.output.style();
    let nothing = style.text("confirm-nothing-was-shared");
    Err(Failure::Precondition(nothing.to_owned().into()))
}

/// Asks; only a yes is one.
pub(super) fn asked(context: &Context, question: &'static str) -> bool {
    complain(context.output.style().text(question));
    let mut answer = String::new();
    drop(std::io::stdin().lock().read_line(&mut answer));
    matches!(
        answer.trim().to_lowercase().as_str(),
        "y" | "yes" | "o" | "oui"
    )
}
