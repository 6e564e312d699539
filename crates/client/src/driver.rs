//! Drives the engine: one task owns the account and its store, and does what it says.
//!
//! Every step is written in one transaction before any of its effects is performed. The
//! task is never cancelled in the middle of a write: callers wait for an answer on a
//! channel and may go away.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use relais_engine::{Account, Call, CallId, Effect, Event, Reply, Step, Update};
use relais_proto::delivery;
use relais_types::{Clock as _, SystemClock};
use tokio::{
    sync::{broadcast, mpsc, oneshot, watch},
    task::{JoinHandle, JoinSet},
};

use crate::{
    Error,
    store::Store,
    subscription::{self, Link, Signal},
    transport::Transport,
};

type Command = Box<dyn FnOnce(&mut Account) -> Answer + Send>;
/// Gives the command's result back, once its writes are durable.
type Answer = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// Messages that wait for the driver; beyond that their senders wait.
const QUEUE: usize = 64;
/// How long closing waits for the last acknowledgements.
const PARTING: Duration = Duration::from_secs(2);
/// Cursors that one Ack takes; what is beyond comes again.
const MAX_PROCESSED: usize = 1_000;
/// Updates that a slow listener may fall behind.
const UPDATES: usize = 1_024;

/// What the rest of the SDK holds of the driver.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    commands: mpsc::Sender<Command>,
    updates: broadcast::Sender<Update>,
    settled: watch::Receiver<bool>,
    link: watch::Receiver<Link>,
}

impl Handle {
    /// Runs `command` on the account; returns when what it changed is durable.
    pub(crate) async fn with<T, F>(&self, command: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Account) -> Result<T, relais_types::Error> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let command: Command = Box::new(move |account| {
            let result = command(account);
            Box::new(move |written: Result<(), Error>| {
                // The caller may have gone; the command is done all the same.
                let _ = sender.send(written.and_then(|()| result.map_err(Error::from)));
            })
        });
        self.commands
            .send(command)
            .await
            .map_err(|_| Error::Closed)?;
        receiver.await.map_err(|_| Error::Closed)?
    }

    pub(crate) fn updates(&self) -> broadcast::Receiver<Update> {
        self.updates.subscribe()
    }

    pub(crate) fn settled(&self) -> watch::Receiver<bool> {
        self.settled.clone()
    }

    pub(crate) fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }
}

struct Driver {
    account: Account,
    store: Store,
    transport: Transport,
    calls: JoinSet<(CallId, Result<Reply, relais_types::Error>)>,
    acknowledgement: JoinSet<()>,
    /// Cursors to acknowledge when the call that is under way has ended.
    processed: BTreeSet<Bytes>,
    signals: mpsc::Receiver<Signal>,
    link: watch::Sender<Link>,
    updates: broadcast::Sender<Update>,
    settled: watch::Sender<bool>,
}

/// Starts the task; it ends, and closes the store, when the last [`Handle`] is gone.
pub(crate) fn start(
    account: Account,
    store: Store,
    transport: Transport,
) -> (Handle, JoinHandle<Result<(), Error>>) {
    let (commands, received) = mpsc::channel(QUEUE);
    let (updates, _) = broadcast::channel(UPDATES);
    let (settled, is_settled) = watch::channel(false);
    let (link, link_state) = watch::channel(Link::default());
    let signals = subscribe(&transport, &link, account.cursors());
    let driver = Driver {
        account,
        store,
        transport,
        calls: JoinSet::new(),
        acknowledgement: JoinSet::new(),
        processed: BTreeSet::new(),
        signals,
        link,
        updates: updates.clone(),
        settled,
    };
    let task = tokio::spawn(driver.run(received));
    (
        Handle {
            commands,
            updates,
            settled: is_settled,
            link: link_state,
        },
        task,
    )
}

fn subscribe(
    transport: &Transport,
    link: &watch::Sender<Link>,
    cursors: Vec<Bytes>,
) -> mpsc::Receiver<Signal> {
    let (sender, signals) = mpsc::channel(QUEUE);
    let request = delivery::SubscribeRequest { cursors };
    tokio::spawn(subscription::run(
        transport.clone(),
        request,
        sender,
        link.clone(),
    ));
    signals
}

impl Driver {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) -> Result<(), Error> {
        loop {
            let wake_up = self
                .account
                .next_wake_up()
                .map(|at| at.since(SystemClock.now()));
            let event = tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => {
                        self.command(command).await?;
                        continue;
                    }
                    None => break,
                },
                Some(signal) = self.signals.recv() => match signal {
                    Signal::Connected { certificate_refused } => {
                        if certificate_refused {
                            let step = self.account.handle(Event::CertificateRefused)?;
                            self.perform(step).await?;
                        }
                        Event::Connected
                    }
                    Signal::Disconnected => Event::Disconnected,
                    Signal::Revoked => Event::Revoked,
                    Signal::Delivered(delivery::SubscribeResponse { deliveries, caught_up }) => {
                        Event::Delivered { deliveries, caught_up }
                    }
                },
                Some(Ok((call, outcome))) = self.calls.join_next() => Event::Replied(call, outcome),
                Some(_) = self.acknowledgement.join_next() => {
                    self.acknowledge();
                    continue;
                }
                () = tokio::time::sleep(wake_up.unwrap_or(Duration::MAX)), if wake_up.is_some() => Event::Tick,
            };
            let step = self.account.handle(event)?;
            self.perform(step).await?;
        }
        // What was processed need not be delivered again, if the server can be told in time.
        let told = async {
            while self.acknowledgement.join_next().await.is_some() {
                self.acknowledge();
            }
        };
        let _ = tokio::time::timeout(PARTING, told).await;
        self.store.close().await
    }

    async fn command(&mut self, command: Command) -> Result<(), Error> {
        let answer = command(&mut self.account);
        let step = self.account.step()?;
        let effects = step.effects;
        match self.store.write(&step.writes).await {
            Ok(()) => {
                answer(Ok(()));
                self.perform(Step {
                    writes: Vec::new(),
                    effects,
                })
                .await
            }
            Err(error) => {
                // The account in memory is ahead of its store: it must be opened again.
                answer(Err(error.clone()));
                Err(error)
            }
        }
    }

    async fn perform(&mut self, step: Step) -> Result<(), Error> {
        self.store.write(&step.writes).await?;
        for effect in step.effects {
            match effect {
                Effect::Call(id, call) => self.call(id, call),
                Effect::Acknowledge(cursors) => {
                    let room = MAX_PROCESSED.saturating_sub(self.processed.len());
                    self.processed.extend(cursors.into_iter().take(room));
                    self.acknowledge();
                }
                Effect::Resubscribe(cursors) => {
                    self.signals = subscribe(&self.transport, &self.link, cursors);
                }
                Effect::Certified(certificate) => {
                    self.transport.certify(&certificate)?;
                    // Nothing is lost: what was not acknowledged comes again.
                    self.signals = subscribe(&self.transport, &self.link, Vec::new());
                }
                Effect::Update(update) => {
                    if let Update::Alarm(alarm) = &update {
                        tracing::warn!(%alarm, "alarm");
                    }
                    // Nobody needs to be listening.
                    let _ = self.updates.send(update);
                }
            }
        }
        let settled = self.account.is_settled()?;
        self.settled
            .send_if_modified(|was| std::mem::replace(was, settled) != settled);
        Ok(())
    }

    fn call(&mut self, id: CallId, call: Call) {
        let transport = self.transport.clone();
        self.calls
            .spawn(async move { (id, transport.call(call).await) });
    }

    /// Acknowledges what was processed, one call at a time: a server that delivers without end
    /// must not fill this device with calls. Losing an acknowledgement costs a repeated delivery,
    /// which is ignored.
    fn acknowledge(&mut self) {
        while self.acknowledgement.try_join_next().is_some() {}
        if self.processed.is_empty() || !self.acknowledgement.is_empty() {
            return;
        }
        let cursors = std::mem::take(&mut self.processed).into_iter().collect();
        let transport = self.transport.clone();
        self.acknowledgement.spawn(async move {
            let request = match transport.unary(delivery::AckRequest { cursors }).await {
                Ok(request) => request,
                Err(error) => return tracing::debug!(%error, "could not acknowledge"),
            };
            if let Err(status) = transport.delivery().ack(request).await {
                tracing::debug!(%status, "could not acknowledge");
            }
        });
    }
}
