//! A spinner for what takes longer than a moment; only on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows `what` on standard error while `work` runs, if it takes long enough to wonder.
pub(crate) async fn during<T>(quiet: bool, what: &'static str, work: impl Future<Output = T>) -> T {
    const MOMENT: Duration = Duration::from_millis(400);

    tokio::pin!(work);
    if quiet || !console::Term::stderr().is_term() {
        return work.await;
    }
    if let Ok(done) = tokio::time::timeout(MOMENT, &mut work).await {
        return done;
    }
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        spinner.set_style(style);
    }
    spinner.set_message(what);
    spinner.enable_steady_tick(Duration::from_millis(100));
    let done = work.await;
    spinner.finish_and_clear();
    done
}
