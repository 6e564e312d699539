//! Where requests wait for an organisation's agents. Nothing of it outlives the process: whoever
//! waits is a call in progress.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use relais_mls::Chain;
use relais_types::{OrgDomain, Result, SigningId};
use tokio::sync::{mpsc, oneshot};

use super::{SigningRequest, unavailable};

/// Most streams of one organisation; one more ends the oldest.
const MAX_AGENTS: usize = 8;
/// Requests that an agent may leave unread; it gets what it has missed when it connects again.
const UNREAD: usize = 256;

/// The requests that wait, and the agents that may answer; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    opened: u64,
    /// Oldest first.
    agents: HashMap<OrgDomain, BTreeMap<u64, mpsc::Sender<SigningRequest>>>,
    waiting: HashMap<SigningId, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    request: SigningRequest,
    authority: Bytes,
    answer: oneshot::Sender<Result<Chain>>,
}

/// One agent's place; it leaves when it is dropped.
#[derive(Debug)]
pub(super) struct Agent {
    desk: Desk,
    organisation: OrgDomain,
    number: u64,
    requests: mpsc::Receiver<SigningRequest>,
}

/// A place among those who wait; it is given up when the caller goes away.
struct Place<'a> {
    desk: &'a Desk,
    id: SigningId,
}

impl Desk {
    /// Asks the organisation's agents, and waits for the first answer: `grace` for an agent to
    /// come, `limit` in all.
    pub(super) async fn ask(
        &self,
        request: SigningRequest,
        authority: Bytes,
        grace: Duration,
        limit: Duration,
    ) -> Result<Chain> {
        let (answer, mut answered) = oneshot::channel();
        let (id, organisation) = (request.id, request.order.device.organisation.clone());
        let place = Place { desk: self, id };
        {
            let mut inner = self.lock();
            if let Some(agents) = inner.agents.get(&organisation) {
                for agent in agents.values() {
                    // An agent that reads nothing cannot answer either.
                    let _ = agent.try_send(request.clone());
                }
            }
            let waiting = Waiting {
                request,
                authority,
                answer,
            };
            inner.waiting.insert(id, waiting);
        }
        let outcome = match tokio::time::timeout(grace, &mut answered).await {
            Ok(outcome) => Ok(outcome),
            // An agent that is just connecting again is waited for, and no longer.
            Err(_) if !self.has_agent(&organisation) => {
                return Err(unavailable(
                    "the organisation certifies its devices itself and its signing agent is not \
                     connected: ask its administrator to start `relais org agent`, then try again \
                     with the same invitation",
                ));
            }
            Err(_) => tokio::time::timeout(limit.saturating_sub(grace), answered).await,
        };
        drop(place);
        match outcome {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(unavailable(
                "the organisation's signing agent did not answer in time: ask its administrator \
                 to look at it, then try again with the same invitation",
            )),
        }
    }

    /// Adds an agent; it is told at once what waits.
    pub(super) fn connect(&self, organisation: &OrgDomain) -> Agent {
        let (sender, requests) = mpsc::channel(UNREAD);
        let mut inner = self.lock();
        inner.opened += 1;
        let number = inner.opened;
        for waiting in inner.waiting.values() {
            if waiting.request.order.device.organisation == *organisation {
                let _ = sender.try_send(waiting.request.clone());
            }
        }
        let agents = inner.agents.entry(organisation.clone()).or_default();
        agents.insert(number, sender);
        if agents.len() > MAX_AGENTS {
            agents.pop_first();
        }
        drop(inner);
        Agent {
            desk: self.clone(),
            organisation: organisation.clone(),
            number,
            requests,
        }
    }

    /// Ends the streams of an organisation's agents.
    pub(crate) fn disconnect(&self, organisation: &OrgDomain) {
        self.lock().agents.remove(organisation);
    }

    /// What waits under `id`, and the authority that must answer.
    pub(super) fn waiting(&self, id: SigningId) -> Option<(SigningRequest, Bytes)> {
        let inner = self.lock();
        let waiting = inner.waiting.get(&id)?;
        Some((waiting.request.clone(), waiting.authority.clone()))
    }

    /// Answers a request; `false` if nobody waits for it any more.
    pub(super) fn answer(&self, id: SigningId, outcome: Result<Chain>) -> bool {
        let waiting = self.lock().waiting.remove(&id);
        waiting.is_some_and(|waiting| waiting.answer.send(outcome).is_ok())
    }

    fn has_agent(&self, organisation: &OrgDomain) -> bool {
        self.lock().agents.contains_key(organisation)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change is complete before the lock is released.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Agent {
    /// The next request; `None` when the stream has to end.
    pub(super) async fn next(&mut self) -> Option<SigningRequest> {
        self.requests.recv().await
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let mut inner = self.desk.lock();
        if let Some(agents) = inner.agents.get_mut(&self.organisation) {
            agents.remove(&self.number);
            if agents.is_empty() {
                inner.agents.remove(&self.organisation);
            }
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.desk.lock().waiting.remove(&self.id);
    }
}
