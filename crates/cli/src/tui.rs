//! `tui`: inbox, case and huddle in a terminal, kept up to date while it is open.
//!
//! The [`model`] decides what a key does and what is on the screen, without any I/O; the
//! [`screen`] draws it; here it is connected with the terminal and the account.

pub mod model;
pub mod screen;

use std::{io::IsTerminal as _, time::Duration};

use ratatui::crossterm::event::{self, Event, KeyEvent, KeyEventKind};
use relais_client::{Client, Update};
use relais_types::{CaseId, Clock as _, SystemClock};
use tokio::sync::{broadcast::error::RecvError, mpsc};

use self::model::{Known, Model, Wish};
use crate::{
    Failure,
    account::{Context, Link},
    render,
    said::Said,
};

/// How often what is late is looked at again, if nothing else happens.
const TICK: Duration = Duration::from_secs(30);
/// How long the thread that reads keys waits before it looks whether it is still wanted.
const KEY_WAIT: Duration = Duration::from_millis(200);

pub(crate) async fn run(context: &Context) -> Result<(), Failure> {
    if context.output.is_json() || !std::io::stdout().is_terminal() {
        return Err(Failure::Usage(Said::of("failure-tui-terminal")));
    }
    context
        .with_account(Link::Preferred, async |client| {
            let me = client.me();
            let mut model = Model::new(
                me.practitioner(),
                &format!("{} · {}", me.display_name, me.organisation_display_name),
                context.output.style().language,
            );
            let mut updates = client.updates();
            model.know(gather(client, &model).await?);
            let mut keys = keys();
            let mut terminal = ratatui::init();
            let outcome = async {
                let mut ticks = tokio::time::interval(TICK);
                loop {
                    model.now = SystemClock.now();
                    terminal
                        .draw(|frame| screen::draw(&mut model, frame))
                        .map_err(|error| Failure::failed(Said::of("failure-cannot-draw").with("error", &error)))?;
                    let wish = tokio::select! {
                        key = keys.recv() => match key {
                            Some(key) => model.key(key),
                            None => Some(Wish::Quit),
                        },
                        update = updates.recv() => {
                            match update {
                                Ok(Update::Alarm(alarm)) => {
                                    model.tell(render::alarm(&alarm, context.output.style()));
                                }
                                Ok(Update::Refused { error, .. } | Update::TeamChangeFailed { error, .. }) => {
                                    model.tell(error.to_string());
                                }
                                Ok(Update::BreakGlass { case, entry }) => {
                                    let view = client.case(case).await?.view().await?;
                                    let style = context.output.style();
                                    model.tell(render::let_in(&view, entry, style).unwrap_or_default());
                                }
                                Ok(_) | Err(RecvError::Lagged(_)) => {}
                                Err(RecvError::Closed) => return Err(relais_client::Error::Closed.into()),
                            }
                            model.know(gather(client, &model).await?);
                            None
                        }
                        _ = ticks.tick() => None,
                    };
                    let wishes = wish.into_iter().chain(model.seen());
                    for wish in wishes.collect::<Vec<_>>() {
                        if wish == Wish::Quit {
                            return Ok(());
                        }
                        if let Err(error) = fulfil(client, wish, &model).await {
                            model.tell(error.to_string());
                        }
                        model.know(gather(client, &model).await?);
                    }
                }
            }
            .await;
            ratatui::restore();
            outcome
        })
        .await
}

/// Key presses, from a thread of their own that ends with whoever listens.
fn keys() -> mpsc::Receiver<KeyEvent> {
    let (pressed, keys) = mpsc::channel(16);
    std::thread::spawn(move || {
        while !pressed.is_closed() {
            match event::poll(KEY_WAIT).and_then(|is_there| is_there.then(event::read).transpose())
            {
                Ok(Some(Event::Key(key))) if key.kind != KeyEventKind::Release => {
                    if pressed.blocking_send(key).is_err() {
                        return;
                    }
                }
                // A resized terminal is drawn anew with the next tick or key.
                Ok(_) => {}
                Err(_) => return,
            }
        }
    });
    keys
}

/// The account's cases as they are now.
async fn gather(client: &Client, model: &Model) -> Result<Vec<Known>, Failure> {
    let mut known = Vec::new();
    for summary in client.cases().await? {
        if summary.left {
            continue;
        }
        let case = client.case(summary.id).await?;
        let view = case.view().await?;
        let style = model.style(screen::WIDTH);
        known.push(Known {
            notices: render::notices(&view, &case.notices().await?, style),
            shared: render::shared_by(&view, &case.shared_by().await?),
            standing: render::standing(&case.standing().await?, style),
            stopped: case
                .breach()
                .await?
                .map(|breach| render::breach(&breach, style)),
            pending: case.pending().await?.len(),
            view,
        });
    }
    Ok(known)
}

async fn fulfil(client: &Client, wish: Wish, model: &Model) -> Result<(), relais_client::Error> {
    let language = model.language();
    let case = async |id: CaseId| client.case(id).await;
    match wish {
        Wish::Say(id, text) => {
            let case = case(id).await?;
            case.post(language, |draft| draft.text(text)).await?;
        }
        Wish::Acknowledge(id, entry) => {
            let case = case(id).await?;
            case.mark_read(&[entry]).await?;
            case.acknowledge(entry).await?;
        }
        Wish::Shown(id) => {
            let case = case(id).await?;
            let view = case.view().await?;
            let entries: Vec<_> = view.timeline.iter().map(|item| item.id).collect();
            case.record_shown(&entries).await?;
        }
        Wish::Read(id, entries) => case(id).await?.mark_read(&entries).await?,
        Wish::Quit => {}
    }
    Ok(())
}
