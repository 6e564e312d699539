//! Random programs of several members over a server's log: whatever they do, the validator
//! lets through exactly what members accept, and all current members agree.

use std::collections::BTreeSet;

use bytes::Bytes;
use proptest::prelude::*;
use relais_types::DeviceId;

use crate::{
    Change, Error, Processed, StagedCommit, State,
    fixture::{Device, Federation, GROUP, remover},
    open_group, propose_removals, validate_commit,
};

const DEVICES: usize = 4;

#[derive(Clone, Debug)]
enum Step {
    /// Plans a commit that adds or removes the device with this number, or neither.
    Stage(usize, Option<usize>),
    /// Hands the staged commit to the server.
    Submit(usize),
    Send(usize),
    /// The server revokes the device with this number.
    Revoke(usize),
    /// Catches up with the log.
    Sync(usize),
    /// Dies and starts again from what it wrote.
    Restart(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..DEVICES;
    prop_oneof![
        3 => (who.clone(), prop::option::weighted(0.8, who.clone())).prop_map(|(a, b)| Step::Stage(a, b)),
        3 => who.clone().prop_map(Step::Submit),
        3 => who.clone().prop_map(Step::Send),
        2 => who.clone().prop_map(Step::Sync),
        1 => who.clone().prop_map(Step::Revoke),
        1 => who.prop_map(Step::Restart),
    ]
}

/// A device, how far it has read, and what it has planned and written.
struct Client {
    device: Device,
    /// Index of the next entry of the log; none before it joined.
    cursor: Option<usize>,
    staged: Option<StagedCommit>,
    disk: State,
}

struct World {
    federation: Federation,
    clients: Vec<Client>,
    public_state: Vec<u8>,
    log: Vec<(DeviceId, Bytes)>,
    sent: Vec<(usize, Bytes)>,
    /// Who is in the group, as the server sees it.
    members: BTreeSet<DeviceId>,
    /// Whose removal is proposed in the current epoch.
    pending: BTreeSet<DeviceId>,
}

impl World {
    fn new() -> Self {
        let federation = Federation::new();
        let mut clients: Vec<_> = (1..=DEVICES)
            .map(|number| Client {
                device: federation.device(u8::try_from(number).unwrap()),
                cursor: None,
                staged: None,
                disk: State::default(),
            })
            .collect();
        let genesis = clients[0].device.create();
        clients[0].cursor = Some(0);
        let opened = open_group(
            &genesis.group_info,
            &genesis.ratchet_tree,
            &remover().public(),
            &federation.anchors(),
            federation.now,
        )
        .unwrap();
        let members = BTreeSet::from([clients[0].device.id()]);
        Self {
            federation,
            clients,
            public_state: opened.public_state,
            log: Vec::new(),
            sent: Vec::new(),
            members,
            pending: BTreeSet::new(),
        }
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Stage(who, target) => self.stage(who, target),
            Step::Submit(who) => self.submit(who),
            Step::Send(who) => self.send(who),
            Step::Sync(who) => self.sync(who),
            Step::Revoke(who) => self.revoke(who),
            Step::Restart(who) => {
                let client = &mut self.clients[who];
                for (key, value) in client.device.state.take_changes() {
                    match value {
                        Some(value) => client.disk.put(key, value),
                        None => client.disk.delete(&key),
                    }
                }
                client.disk.take_changes();
                let rows = crate::fixture::rows(&client.disk);
                client.device.state = State::from_rows(rows);
            }
        }
    }

    fn stage(&mut self, who: usize, target: Option<usize>) {
        if self.clients[who].cursor.is_none() || self.clients[who].staged.is_some() {
            return;
        }
        let device = &self.clients[who].device;
        let own = &device.mls.identity().device;
        let proposed = device.mls.proposed_removals(&device.state, GROUP).unwrap();
        if proposed.contains(own) {
            return;
        }
        let mut change = Change::default();
        if let Some(target) = target.filter(|&target| target != who) {
            let id = self.clients[target].device.id();
            let device = &self.clients[who].device;
            let members = device.mls.members(&device.state, GROUP).unwrap();
            if members.iter().any(|it| it.identity.device.device == id) {
                change.remove.push(id);
            } else {
                change.add.push(self.clients[target].device.key_package());
            }
        }
        let client = &mut self.clients[who];
        client.staged = Some(client.device.stage(change.add, change.remove));
    }

    fn submit(&mut self, who: usize) {
        let Some(staged) = self.clients[who].staged.clone() else {
            return;
        };
        let id = self.clients[who].device.id();
        let verdict = validate_commit(
            &self.public_state,
            &staged.commit,
            staged.welcome.as_deref(),
            &staged.group_info,
            id,
            &self.federation.anchors(),
            self.federation.now,
        );
        let accepted = match verdict {
            Ok(accepted) => accepted,
            // Somebody was faster, or a removal was proposed in between: the loser catches up,
            // which drops its staged commit.
            Err(Error::WrongEpoch { .. } | Error::CommitRequired) => return self.sync(who),
            Err(other) => panic!("{other}"),
        };
        for removed in &accepted.removed {
            self.members.remove(removed);
            self.pending.remove(removed);
        }
        assert!(self.pending.is_empty(), "every proposed removal is made");
        self.members
            .extend(accepted.added.iter().map(|it| it.device));
        self.public_state = accepted.public_state;
        self.log.push((id, staged.commit.clone()));
        let end = self.log.len();
        for added in accepted.added {
            let client = self
                .clients
                .iter_mut()
                .find(|client| client.device.id() == added.device)
                .unwrap();
            // It may not have read yet that it was removed; the old group is of no use then.
            client
                .device
                .mls
                .forget_group(&mut client.device.state, GROUP);
            client.staged = None;
            let welcome = staged.welcome.as_ref().unwrap();
            client.device.join(welcome, &accepted.ratchet_tree).unwrap();
            client.cursor = Some(end);
        }
    }

    /// Proposes to remove a member, as long as another is left to commit that.
    fn revoke(&mut self, who: usize) {
        let id = self.clients[who].device.id();
        let able = |member: &&DeviceId| **member != id && !self.pending.contains(*member);
        if self.members.iter().filter(able).count() == 0 {
            return;
        }
        let proposed = propose_removals(&self.public_state, &[id], &remover()).unwrap();
        let expected = self.members.contains(&id) && self.pending.insert(id);
        assert_eq!(proposed.proposals.len(), usize::from(expected));
        self.public_state = proposed.public_state;
        let entries = proposed.proposals.into_iter();
        self.log.extend(entries.map(|(_, message)| (id, message)));
    }

    fn send(&mut self, who: usize) {
        self.sync(who);
        let client = &mut self.clients[who];
        if client.cursor.is_some() {
            let text = format!("{who}: {}", self.sent.len());
            if !self.pending.is_empty() {
                let device = &mut client.device;
                let refused = device
                    .mls
                    .encrypt(&mut device.state, GROUP, text.as_bytes());
                assert_eq!(refused, Err(Error::CommitRequired));
                return;
            }
            let message = client.device.encrypt(&text);
            self.log.push((client.device.id(), message.clone()));
            self.sent.push((who, message));
        }
    }

    fn sync(&mut self, who: usize) {
        let client = &mut self.clients[who];
        while let Some(cursor) = client.cursor {
            let Some((_, entry)) = self.log.get(cursor) else {
                return;
            };
            client.cursor = Some(cursor + 1);
            match client.device.process(entry) {
                Ok(Processed::Application { plaintext, .. }) => {
                    let number = self.sent.iter().position(|(_, it)| it == entry).unwrap();
                    let text = format!("{}: {number}", self.sent[number].0);
                    assert_eq!(plaintext, text.as_bytes());
                }
                Ok(Processed::Commit(change)) => {
                    client.staged = None;
                    if change.own_removed {
                        client.cursor = None;
                    }
                }
                Ok(Processed::RemovalProposed(_)) => client.staged = None,
                Err(Error::OwnMessage) => {
                    if client.staged.as_ref().is_some_and(|it| it.commit == *entry) {
                        client.device.merge();
                        client.staged = None;
                    }
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    fn agree(&mut self) {
        (0..DEVICES).for_each(|who| self.sync(who));
        let members: Vec<_> = self
            .clients
            .iter()
            .filter(|client| client.cursor.is_some())
            .collect();
        assert!(!members.is_empty());
        for member in &members {
            let (device, first) = (&member.device, &members[0].device);
            assert_eq!(device.authenticator(), first.authenticator());
            let roster = device.mls.members(&device.state, GROUP).unwrap();
            assert_eq!(roster.len(), members.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_program_ends_in_agreement(steps in prop::collection::vec(step(), 0..60)) {
        let mut world = World::new();
        for step in &steps {
            world.run(step);
        }
        world.agree();
    }
}
