//! The audit trail: what an organisation's officers and the operator may read, recomputed
//! on this side so that the server need not be believed.

use std::{fmt, time::Duration};

use relais_proto::{audit as pb, from_proto_time, to_proto_time};
use relais_types::{OrgDomain, Reason, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::{Error, transport::Transport};

/// Events asked for at a time.
const PAGE: i32 = 1_000;
/// Longest wait that the server may ask for between two pages.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// The hash before the first event.
const GENESIS: [u8; 32] = [0; 32];

/// The audit trail as an administrator or the operator sees it.
#[derive(Clone, Debug)]
pub struct Audit {
    transport: Transport,
}

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// That acted, or that it was done to; an administrator must name their own.
    pub organisation: Option<OrgDomain>,
    /// Resource name of a practitioner, a device or a group; empty for all.
    pub resource: String,
    /// Only events at or after this time.
    pub since: Option<Timestamp>,
}

/// A place in the chain: a number, and the hash of the event with it. Whoever keeps one can
/// tell later whether anything up to it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// Number of the event; 0 before the first.
    pub number: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What recomputing the chain came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// Where the chain ended when the server was asked.
    pub head: AuditHead,
    /// Events whose content was hashed here.
    pub recomputed: u64,
    /// Events of others, whose links alone could be followed.
    pub linked: u64,
    /// What is wrong first, if anything is.
    pub problem: Option<AuditProblem>,
}

/// What is wrong with the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditProblem {
    /// The event with this number is missing.
    Missing(u64),
    /// The event with this number was changed, or one before it was and the chain made anew
    /// from there.
    Changed(u64),
    /// The server's own check stops at this event, ours does not.
    Disputed(u64),
    /// The chain does not end where the server says that it does.
    OtherHead(u64),
    /// The event with this number has another hash than the one that was kept.
    NotAsKept(u64),
}

impl fmt::Display for AuditProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(number) => write!(f, "event {number} is missing"),
            Self::Changed(number) => write!(f, "event {number} was changed after it was written"),
            Self::Disputed(number) => {
                write!(f, "the server itself finds event {number} to be changed")
            }
            Self::OtherHead(number) => {
                write!(
                    f,
                    "event {number} is not the one that the server says it ends with"
                )
            }
            Self::NotAsKept(number) => {
                write!(f, "event {number} is not the one that was kept")
            }
        }
    }
}

impl Audit {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// The events that match, oldest first.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `NOT_FOUND`, [`Error::Unreachable`].
    pub async fn events(&self, filter: &AuditFilter) -> Result<Vec<pb::AuditEvent>, Error> {
        let request = pb::ListAuditEventsRequest {
            organisation: organisation(filter.organisation.as_ref()),
            resource: filter.resource.clone(),
            since: filter.since.map(to_proto_time),
            page_size: PAGE,
            ..pb::ListAuditEventsRequest::default()
        };
        let mut all = Vec::new();
        self.each_page(request, |events| {
            all.extend(events);
            true
        })
        .await?;
        Ok(all)
    }

    /// Asks for the whole chain, recomputes it, and compares with where the server says that
    /// it ends and with the place that was `kept`. An administrator names their organisation:
    /// events of others come as links without content.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `NOT_FOUND`, [`Error::Unreachable`]. A broken chain is no error but a
    /// [`AuditReport::problem`].
    pub async fn verify(
        &self,
        of: Option<&OrgDomain>,
        kept: Option<AuditHead>,
    ) -> Result<AuditReport, Error> {
        let stated = self.head().await?;
        let head = AuditHead {
            number: stated.head_number,
            hash: hash(&stated.head_hash)?,
        };
        let mut chain = Chain::new(head, kept);
        let request = pb::ListAuditEventsRequest {
            organisation: organisation(of),
            chain: true,
            page_size: PAGE,
            ..pb::ListAuditEventsRequest::default()
        };
        self.each_page(request, |events| {
            events.iter().all(|event| chain.follow(event))
        })
        .await?;
        Ok(chain.finish(stated.first_broken))
    }

    async fn head(&self) -> Result<pb::VerifyAuditResponse, Error> {
        loop {
            let request = self.transport.unary(pb::VerifyAuditRequest {}).await?;
            match self.transport.audit().verify_audit(request).await {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) => self.wait_or_fail(&status).await?,
            }
        }
    }

    /// Gives page after page to `take` until it has seen enough.
    async fn each_page(
        &self,
        mut request: pb::ListAuditEventsRequest,
        mut take: impl FnMut(Vec<pb::AuditEvent>) -> bool,
    ) -> Result<(), Error> {
        loop {
            let asked = self.transport.unary(request.clone()).await?;
            match self.transport.audit().list_audit_events(asked).await {
                Ok(response) => {
                    let page = response.into_inner();
                    if !take(page.events) || page.next_page_token.is_empty() {
                        return Ok(());
                    }
                    request.page_token = page.next_page_token;
                }
                Err(status) => self.wait_or_fail(&status).await?,
            }
        }
    }

    /// A long trail takes more pages than may be asked for at once.
    async fn wait_or_fail(&self, status: &tonic::Status) -> Result<(), Error> {
        let error = self.transport.refused(status);
        let wait = match &error {
            Error::Refused(refused) if refused.reason == Reason::RateLimited => refused.retry_after,
            _ => None,
        };
        match wait {
            Some(wait) if wait <= MAX_WAIT => {
                tokio::time::sleep(wait).await;
                Ok(())
            }
            _ => Err(error),
        }
    }
}

fn organisation(domain: Option<&OrgDomain>) -> String {
    domain.map(OrgDomain::resource_name).unwrap_or_default()
}

fn hash(bytes: &[u8]) -> Result<[u8; 32], Error> {
    bytes.try_into().map_err(|_| {
        relais_types::Error::internal("the server sent a hash that is not 32 bytes long").into()
    })
}

/// The chain so far.
struct Chain {
    head: AuditHead,
    kept: Option<AuditHead>,
    last: AuditHead,
    recomputed: u64,
    linked: u64,
    problem: Option<AuditProblem>,
}

impl Chain {
    fn new(head: AuditHead, kept: Option<AuditHead>) -> Self {
        Self {
            head,
            kept,
            last: AuditHead {
                number: 0,
                hash: GENESIS,
            },
            recomputed: 0,
            linked: 0,
            problem: None,
        }
    }

    /// Takes the next event; `false` when there is no need to go on.
    fn follow(&mut self, event: &pb::AuditEvent) -> bool {
        if self.last.number == self.head.number {
            // Written after the server was asked where the chain ends.
            return false;
        }
        self.problem = self.check(event).err();
        self.problem.is_none()
    }

    fn check(&mut self, event: &pb::AuditEvent) -> Result<(), AuditProblem> {
        let number = self.last.number + 1;
        if event.number != number {
            return Err(AuditProblem::Missing(number));
        }
        let changed = AuditProblem::Changed(number);
        let stated = hash(&event.hash).map_err(|_| changed)?;
        if event.previous_hash != self.last.hash.as_slice() {
            return Err(changed);
        }
        if event.withheld {
            self.linked += 1;
        } else {
            if recompute(event) != Some(stated) {
                return Err(changed);
            }
            self.recomputed += 1;
        }
        self.last = AuditHead {
            number,
            hash: stated,
        };
        if self
            .kept
            .is_some_and(|kept| kept.number == number && kept.hash != stated)
        {
            return Err(AuditProblem::NotAsKept(number));
        }
        Ok(())
    }

    fn finish(self, first_broken: u64) -> AuditReport {
        let beyond = self.kept.filter(|kept| kept.number > self.head.number);
        let problem = self
            .problem
            .or_else(|| (first_broken > 0).then_some(AuditProblem::Disputed(first_broken)))
            .or_else(|| {
                let short = self.last.number < self.head.number;
                short.then_some(AuditProblem::Missing(self.last.number + 1))
            })
            .or_else(|| {
                let other = self.last.hash != self.head.hash;
                other.then_some(AuditProblem::OtherHead(self.head.number))
            })
            .or_else(|| beyond.map(|_| AuditProblem::Missing(self.head.number + 1)));
        AuditReport {
            head: self.head,
            recomputed: self.recomputed,
            linked: self.linked,
            problem,
        }
    }
}

/// The hash that an event must have, as `audit_service.proto` defines it.
fn recompute(event: &pb::AuditEvent) -> Option<[u8; 32]> {
    let at = from_proto_time("time", event.time.as_ref()?).ok()?;
    let mut hash = Sha256::new();
    hash.update(b"relais/audit/v1");
    hash.update(&event.previous_hash);
    hash.update(at.as_micros().to_be_bytes());
    for field in [&event.actor, &event.action, &event.subject] {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    Some(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A good chain of three events.
    fn events() -> Vec<pb::AuditEvent> {
        let mut previous = GENESIS;
        let make = |number: u64| {
            let mut event = pb::AuditEvent {
                number,
                time: Some(to_proto_time(Timestamp::from_micros(1_700_000_000_123_456))),
                actor: "operator".to_owned(),
                action: "organisation.create".to_owned(),
                subject: format!("organisations/o{number}.internal"),
                previous_hash: previous.to_vec().into(),
                ..pb::AuditEvent::default()
            };
            previous = recompute(&event).unwrap();
            event.hash = previous.to_vec().into();
            event
        };
        (1..=3).map(make).collect()
    }

    fn place(event: &pb::AuditEvent) -> AuditHead {
        AuditHead {
            number: event.number,
            hash: hash(&event.hash).unwrap(),
        }
    }

    fn verify(events: &[pb::AuditEvent], head: AuditHead, kept: Option<AuditHead>) -> AuditReport {
        let mut chain = Chain::new(head, kept);
        let _ = events.iter().all(|event| chain.follow(event));
        chain.finish(0)
    }

    fn problem(events: &[pb::AuditEvent], head: AuditHead) -> Option<AuditProblem> {
        verify(events, head, None).problem
    }

    #[test]
    fn a_good_chain_is_good_also_where_it_is_withheld() {
        let mut events = events();
        let head = place(&events[2]);
        let report = verify(&events, head, Some(place(&events[1])));
        assert_eq!((report.recomputed, report.problem), (3, None));
        events[1] = pb::AuditEvent {
            withheld: true,
            time: None,
            actor: String::new(),
            action: String::new(),
            subject: String::new(),
            ..events[1].clone()
        };
        let report = verify(&events, head, None);
        assert_eq!(
            (report.recomputed, report.linked, report.problem),
            (2, 1, None)
        );
        // What came after the head was asked for is left for the next time.
        assert_eq!(problem(&events, place(&events[1])), None);
        let none = AuditHead {
            number: 0,
            hash: GENESIS,
        };
        assert_eq!(problem(&[], none), None);
    }

    #[test]
    fn the_first_wrong_event_is_named() {
        let good = events();
        let head = place(&good[2]);
        let with = |change: &dyn Fn(&mut Vec<pb::AuditEvent>)| {
            let mut events = good.clone();
            change(&mut events);
            problem(&events, head)
        };
        let changed = Some(AuditProblem::Changed(2));
        assert_eq!(with(&|e| e[1].actor = "nobody".to_owned()), changed);
        assert_eq!(with(&|e| e[1].time = None), changed);
        assert_eq!(with(&|e| e[1].hash = vec![0; 32].into()), changed);
        assert_eq!(with(&|e| e[1].hash = vec![0; 3].into()), changed);
        assert_eq!(with(&|e| drop(e.remove(1))), Some(AuditProblem::Missing(2)));
        assert_eq!(with(&|e| drop(e.pop())), Some(AuditProblem::Missing(3)));
        // Changed, and the chain made anew from there: the head gives it away, and so does
        // any place that was kept.
        let mut forged = good.clone();
        forged[1].actor = "nobody".to_owned();
        for at in 1..3 {
            forged[at].previous_hash = forged[at - 1].hash.clone();
            forged[at].hash = recompute(&forged[at]).unwrap().to_vec().into();
        }
        assert_eq!(problem(&forged, head), Some(AuditProblem::OtherHead(3)));
        let new_head = place(&forged[2]);
        assert_eq!(problem(&forged, new_head), None);
        let kept = Some(place(&good[1]));
        let report = verify(&forged, new_head, kept);
        assert_eq!(report.problem, Some(AuditProblem::NotAsKept(2)));
        // Cut at the end, and the head with it.
        let report = verify(&good[..2], place(&good[1]), Some(head));
        assert_eq!(report.problem, Some(AuditProblem::Missing(3)));
    }
}
