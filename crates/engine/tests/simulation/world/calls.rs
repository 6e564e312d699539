//! What devices ask of the server, and what becomes of it on the way.

use relais_engine::{Call, CallId, Event};
use relais_proto::delivery;
use relais_types::{Clock as _, Error, Reason};

use super::World;

/// What becomes of a call on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Answered,
    LostBefore,
    LostAfter,
    /// Answered, but a commit arrives with a tag that only members can find wrong, as if its
    /// sender's device were in bad hands.
    Spoilt,
}

/// A commit whose membership tag, its last field, is wrong. One from outside has none.
fn spoilt(mut commit: delivery::CommitRequest) -> delivery::CommitRequest {
    /// Where the type of the sender stands: after version, wire format, group id and epoch.
    const SENDER: usize = 2 + 2 + 17 + 8;
    /// A member (RFC 9420 §6).
    const MEMBER: u8 = 1;
    let mut bytes = commit.commit.to_vec();
    if bytes.get(SENDER) == Some(&MEMBER)
        && let Some(last) = bytes.last_mut()
    {
        *last ^= 1;
    }
    commit.commit = bytes.into();
    commit
}

impl World {
    /// The device loses its connection and has it again; its calls are answered.
    pub(crate) fn reconnect(&mut self, node: usize) {
        self.event(node, Event::Disconnected);
        self.event(node, Event::Connected);
        self.answer_all(node);
    }

    pub(crate) fn answer_all(&mut self, node: usize) {
        while self.calls(node) > 0 {
            self.resolve(node, 0, Fate::Answered);
        }
    }

    /// Answers the device's calls up to the first that is `wanted`, which stays on its way.
    pub(crate) fn answer_until(&mut self, node: usize, wanted: fn(&Call) -> bool) {
        while !wanted(&self.nodes[node].calls[0].1) {
            self.resolve(node, 0, Fate::Answered);
        }
    }

    /// True if the first call on its way is such a one.
    pub(crate) fn first_call(&self, node: usize, such: fn(&Call) -> bool) -> bool {
        self.nodes[node]
            .calls
            .first()
            .is_some_and(|(_, call)| such(call))
    }

    /// Takes a call on its way, to be answered otherwise.
    pub(crate) fn take_call(&mut self, node: usize) -> (CallId, Call) {
        self.nodes[node].calls.remove(0)
    }

    pub(crate) fn answer(&mut self, node: usize, id: CallId, call: &Call) {
        let device = self.nodes[node].name.device;
        let now = self.clock.now();
        let reply = self.server.call(device, call, &self.anchors, now);
        self.event(node, Event::Replied(id, reply));
    }

    /// The calls of the device that are on their way.
    pub(crate) fn on_the_way(&self, node: usize) -> impl Iterator<Item = &Call> {
        self.nodes[node].calls.iter().map(|(_, call)| call)
    }

    /// True if something for a group is on its way.
    pub(crate) fn sends(&self, node: usize) -> bool {
        let mut calls = self.nodes[node].calls.iter();
        calls.any(|(_, call)| matches!(call, Call::Send(_) | Call::Commit(_)))
    }

    /// Lets one of the device's calls meet its fate.
    pub(crate) fn resolve(&mut self, node: usize, index: usize, fate: Fate) {
        let (id, call) = self.nodes[node].calls.remove(index);
        // Some layer in between may call it a defect; that is no answer either.
        let reasons = [
            Reason::StorageUnavailable,
            Reason::Internal,
            Reason::DeadlineExceeded,
        ];
        let reason = reasons[self.below(reasons.len())];
        let lost = || Err(Error::new(reason, "lost"));
        let device = self.nodes[node].name.device;
        let reply = match fate {
            Fate::LostBefore => lost(),
            fate => {
                let call = match call {
                    Call::Commit(commit) if matches!(fate, Fate::Spoilt) => {
                        Call::Commit(spoilt(commit))
                    }
                    call => call,
                };
                let reply = self
                    .server
                    .call(device, &call, &self.anchors, self.clock.now());
                if matches!(fate, Fate::LostAfter) {
                    lost()
                } else {
                    reply
                }
            }
        };
        self.event(node, Event::Replied(id, reply));
    }

    pub(crate) fn calls(&self, node: usize) -> usize {
        self.nodes[node].calls.len()
    }
}
