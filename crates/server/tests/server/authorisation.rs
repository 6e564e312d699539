//! Who may call what: each RPC of the published API, called as each role on real sockets.
//!
//! The table is a snapshot, so that every change to it is read by somebody. An RPC that is
//! published and not covered here fails the test.

use std::fmt::Write as _;

use prost::Message as _;
use prost_types::FileDescriptorSet;
use relais_proto::{identity::AccessRole, status::from_status};
use relais_types::{Clock as _, DeviceId, GroupId, SystemClock};
use tonic::{Request, Status, transport::Channel};

use crate::{
    device::{Device, ORGANISATION, admit, enrol, enrol_as},
    node::{Node, authorised},
    raw,
};

mod foreign;
mod requests;
mod signing;

/// As whom a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Nobody,
    Operator,
    Member,
    /// An administrator who has not proved to be at the device.
    Administrator,
    /// One who has, a moment ago.
    SteppedUp,
    Revoked,
}

const ROLES: [Role; 6] = [
    Role::Nobody,
    Role::Operator,
    Role::Member,
    Role::Administrator,
    Role::SteppedUp,
    Role::Revoked,
];

/// An organisation that is not the callers'.
const OTHER: &str = "organisations/parc.internal";

/// A server, and one device of each kind.
struct World {
    node: Node,
    channel: Channel,
    operator: String,
    member: Device,
    administrator: Device,
    step_up: String,
    revoked: Device,
    /// A person of another organisation.
    stranger: Device,
    /// Of an organisation that holds its own, once a request has needed it.
    authority: Option<signing::Authority>,
}

impl World {
    async fn new() -> Self {
        let node = Node::start().await;
        let site = node.site();
        for domain in ["laurier.internal", "parc.internal"] {
            admit(&site, domain).await;
        }
        let member = enrol(&site, "Maya Singh").await;
        let role = AccessRole::Administrator;
        let administrator = enrol_as(&site, ORGANISATION, "Zoé Roy", role).await;
        // An administrator as well, so that nothing but the revocation can be the reason.
        let revoked = enrol_as(&site, ORGANISATION, "Luc Roy", role).await;
        let stranger = enrol_as(&site, OTHER, "Bo Chen", AccessRole::Member).await;
        let id = revoked.name.device;
        let node = node
            .while_stopped(async |store| revoke(store, id).await)
            .await;
        let site = node.site();
        let mut world = Self {
            channel: node.channel().await,
            operator: node.operator_token(),
            node,
            member,
            step_up: String::new(),
            administrator,
            revoked,
            stranger,
            authority: None,
        };
        for device in [
            &mut world.member,
            &mut world.administrator,
            &mut world.revoked,
            &mut world.stranger,
        ] {
            // The server has another address since it was stopped.
            device.channel = site.channel_as(&device.transport, &device.prover).await;
        }
        world.step_up = world.administrator.step_up().await;
        world
    }

    /// The device that a role calls from; who has none borrows the member's requests.
    fn device(&mut self, role: Role) -> &mut Device {
        match role {
            Role::Nobody | Role::Operator | Role::Member => &mut self.member,
            Role::Administrator | Role::SteppedUp => &mut self.administrator,
            Role::Revoked => &mut self.revoked,
        }
    }

    fn authorised<T>(&mut self, role: Role, message: T) -> Request<T> {
        match role {
            Role::Nobody => Request::new(message),
            Role::Operator => authorised(&self.operator, message),
            Role::SteppedUp => {
                let mut request = authorised(&self.administrator.token, message);
                let step_up = self.step_up.parse().unwrap();
                request.metadata_mut().insert("relais-step-up", step_up);
                request
            }
            _ => authorised(&self.device(role).token, message),
        }
    }

    /// The connection that a role calls on.
    fn channel(&mut self, role: Role) -> Channel {
        match role {
            Role::Nobody | Role::Operator => self.channel.clone(),
            _ => self.device(role).channel.clone(),
        }
    }

    async fn call<Q>(&mut self, path: &str, role: Role, message: Q) -> Result<(), Status>
    where
        Q: prost::Message + Send + Sync + 'static,
    {
        let request = self.authorised(role, message);
        raw::first(self.channel(role), path, request).await
    }

    /// A group of the role's device alone, registered by it if it may.
    async fn group(&mut self, role: Role) -> GroupId {
        let owner = match role {
            Role::Revoked => Role::Member,
            other => other,
        };
        let device = self.device(owner);
        let genesis = device.genesis();
        let group = GroupId::try_from(genesis.group_id.as_ref()).unwrap();
        let request = authorised(&device.token, genesis);
        device.delivery().create_group(request).await.unwrap();
        group
    }
}

async fn revoke(store: &relais_store::Store, device: DeviceId) {
    let done = store.run_tx("revoke", async move |tx| {
        tx.revoke_device(device, SystemClock.now()).await
    });
    assert!(done.await.unwrap());
}

/// One method of the published API.
struct Rpc {
    path: String,
    /// The names of its request's fields.
    fields: Vec<String>,
}

/// Every method of the published API, sorted.
fn published() -> Vec<Rpc> {
    let set = FileDescriptorSet::decode(relais_proto::DESCRIPTORS).unwrap();
    let mut rpcs = Vec::new();
    for file in &set.file {
        for service in &file.service {
            for method in &service.method {
                let name = method.input_type().rsplit('.').next();
                let input = file.message_type.iter().find(|m| Some(m.name()) == name);
                let fields = input.into_iter().flat_map(|message| &message.field);
                rpcs.push(Rpc {
                    path: format!("/{}.{}/{}", file.package(), service.name(), method.name()),
                    fields: fields.map(|field| field.name().to_owned()).collect(),
                });
            }
        }
    }
    rpcs.sort_by(|a, b| a.path.cmp(&b.path));
    rpcs
}

fn outcome(answer: &Result<(), Status>) -> String {
    match answer {
        Ok(()) => "allowed".to_owned(),
        Err(status) => from_status(status).reason.as_str().to_owned(),
    }
}

#[tokio::test]
async fn every_rpc_as_every_role() {
    let mut world = Box::pin(World::new()).await;
    let mut table = format!("{:<60}", "");
    for role in ROLES {
        write!(table, "{:<20}", format!("{role:?}")).unwrap();
    }
    for Rpc { path, .. } in published() {
        write!(table, "\n{:<60}", path.trim_start_matches("/relais.")).unwrap();
        for role in ROLES {
            let answer = requests::call(&mut world, &path, role).await;
            let answer =
                answer.unwrap_or_else(|| panic!("{path} is not covered: add it to requests.rs"));
            write!(table, "{:<20}", outcome(&answer)).unwrap();
        }
    }
    let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"));
}
