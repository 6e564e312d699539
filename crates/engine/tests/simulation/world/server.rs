//! A server in memory: it orders, validates and remembers as the real one does, through the
//! same validator, so that the engine can be driven through thousands of schedules.

mod answers;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use relais_engine::{Call, Reply};
use relais_mls::{self as validator, Chain, SigningKey, TrustAnchors};
use relais_proto::{
    audit,
    delivery::{self, delivery::Item},
    keypackage, to_proto_time,
};
use relais_types::{Cursor, DeviceId, DeviceName, Error, GroupId, Reason, Result, Timestamp};

use super::{certified::Certified, log::Log, timers::Timers};

#[derive(Default)]
pub(crate) struct Server {
    pub(crate) log: Log,
    groups: BTreeMap<GroupId, Group>,
    devices: BTreeMap<DeviceId, Device>,
    replays: BTreeMap<(DeviceId, Bytes), Result<Reply>>,
    /// By the organisation's resource name.
    pub(crate) officers: BTreeMap<String, audit::OfficerKey>,
    /// Sealed views, in the order in which they came.
    pub(crate) views: Vec<audit::SealedView>,
    pub(crate) timers: Timers,
}

struct Group {
    epoch: u64,
    public_state: Vec<u8>,
    info: Bytes,
    /// The good one, while it is spoilt.
    spare: Bytes,
    ratchet_tree: Bytes,
    log: Vec<delivery::LogEntry>,
    /// True from a proposed removal to the commit that contains it.
    proposed: bool,
    members: BTreeMap<DeviceId, Membership>,
}

struct Membership {
    acked: u64,
    removed: Option<u64>,
}

struct Device {
    name: DeviceName,
    certified: Certified,
    key_packages: VecDeque<Bytes>,
    last_resort: Bytes,
    inbox: Vec<Item>,
    inbox_acked: usize,
    revoked: bool,
}

impl Server {
    /// The key that proposes removals.
    pub(crate) fn key() -> SigningKey {
        SigningKey::from_seed(&[0x5e; 32])
    }

    pub(crate) fn enrol(&mut self, name: &DeviceName, certified: Certified) {
        let device = Device {
            name: name.clone(),
            certified,
            key_packages: VecDeque::new(),
            last_resort: Bytes::new(),
            inbox: Vec::new(),
            inbox_acked: 0,
            revoked: false,
        };
        self.devices.insert(name.device, device);
    }

    /// Executes a call once; a replay returns the first outcome.
    pub(crate) fn call(
        &mut self,
        by: DeviceId,
        call: &Call,
        anchors: &TrustAnchors,
        now: Timestamp,
    ) -> Result<Reply> {
        let request_id = match call {
            Call::PublishKeyPackages(request) => &request.request_id,
            Call::ClaimKeyPackages(request) => &request.request_id,
            Call::CreateGroup(request) => &request.request_id,
            Call::Commit(request) => &request.request_id,
            Call::Send(request) => &request.request_id,
            Call::Sync(_)
            | Call::GetInclusionProofs(_)
            | Call::GetConsistencyProof(_)
            | Call::GetEntries(_) => &Bytes::new(),
            Call::RecordViews(request) => &request.request_id,
            Call::GetOfficerKey(request) => {
                let officer_key = self.officers.get(&request.organisation).cloned();
                let response = audit::GetOfficerKeyResponse { officer_key };
                return Ok(Reply::GetOfficerKey(response));
            }
            Call::ClearTimer(request) => {
                let group = GroupId::try_from(request.group_id.as_ref())?;
                member_of(&mut self.groups, group, by)?;
                return Ok(self.timers.clear(request));
            }
            Call::GetGroupInfo(request) => {
                if self.devices[&by].revoked {
                    return Err(Error::new(Reason::DeviceRevoked, "revoked"));
                }
                return self.group_info(by, request);
            }
            Call::RenewTransportCertificate(request) => &request.request_id,
            Call::RenewCredential(request) => &request.request_id,
        };
        if self.devices[&by].revoked {
            return Err(Error::new(Reason::DeviceRevoked, "revoked"));
        }
        if request_id.is_empty() {
            return self.execute(by, call, anchors, now);
        }
        let key = (by, request_id.clone());
        if let Some(first) = self.replays.get(&key) {
            return first.clone();
        }
        let outcome = self.execute(by, call, anchors, now);
        if outcome.is_ok() {
            self.replays.insert(key, outcome.clone());
        }
        outcome
    }

    fn execute(
        &mut self,
        by: DeviceId,
        call: &Call,
        anchors: &TrustAnchors,
        now: Timestamp,
    ) -> Result<Reply> {
        match call {
            Call::PublishKeyPackages(request) => {
                let device = self.devices.get_mut(&by).expect("enrolled");
                device
                    .key_packages
                    .extend(request.key_packages.iter().cloned());
                if !request.last_resort.is_empty() {
                    device.last_resort = request.last_resort.clone();
                }
                let available = u32::try_from(device.key_packages.len()).unwrap();
                Ok(Reply::PublishKeyPackages(
                    keypackage::PublishKeyPackagesResponse { available },
                ))
            }
            Call::ClaimKeyPackages(request) => self.claim(by, request),
            Call::CreateGroup(request) => {
                let opened = validator::open_group(
                    &request.group_info,
                    &request.ratchet_tree,
                    &Self::key().public(),
                    anchors,
                    now,
                )
                .map_err(|error| Error::new(Reason::HandshakeInvalid, error.to_string()))?;
                let members = BTreeMap::from([(
                    by,
                    Membership {
                        acked: 0,
                        removed: None,
                    },
                )]);
                let group = Group {
                    epoch: 0,
                    public_state: opened.public_state,
                    info: request.group_info.clone(),
                    spare: Bytes::new(),
                    ratchet_tree: request.ratchet_tree.clone(),
                    log: Vec::new(),
                    proposed: false,
                    members,
                };
                assert!(self.groups.insert(opened.group, group).is_none());
                Ok(Reply::CreateGroup(delivery::CreateGroupResponse {}))
            }
            Call::Commit(request) => self.commit(by, request, anchors, now),
            Call::GetGroupInfo(request) => self.group_info(by, request),
            Call::Send(request) => self.send(by, request, now),
            Call::Sync(request) => self.check(request),
            Call::GetInclusionProofs(_) | Call::GetConsistencyProof(_) | Call::GetEntries(_) => {
                self.ask_log(call)
            }
            Call::RecordViews(request) => Ok(self.record_views(request, now)),
            Call::GetOfficerKey(_) | Call::ClearTimer(_) => unreachable!("it was answered before"),
            Call::RenewTransportCertificate(_) | Call::RenewCredential(_) => {
                let device = self.devices.get_mut(&by).expect("enrolled");
                let reply = device.certified.renew(&device.name, call, now)?;
                if let Reply::RenewCredential(renewed) = &reply {
                    let chain = Chain::new(renewed.certificate_chain.clone()).unwrap();
                    self.log.certified(&device.name, &chain, now);
                }
                Ok(reply)
            }
        }
    }

    /// Whether there are such positions.
    fn check(&self, request: &delivery::SyncRequest) -> Result<Reply> {
        for cursor in &request.cursors {
            if let Cursor::Group { group, seq } = Cursor::decode(cursor)?
                && seq > self.groups[&group].log.len() as u64
            {
                return Err(Error::cursor_invalid());
            }
        }
        Ok(Reply::Sync(delivery::SyncResponse::default()))
    }

    fn commit(
        &mut self,
        by: DeviceId,
        request: &delivery::CommitRequest,
        anchors: &TrustAnchors,
        now: Timestamp,
    ) -> Result<Reply> {
        let id = GroupId::try_from(request.group_id.as_ref())?;
        let group = member_of(&mut self.groups, id, by)?;
        if request.epoch != group.epoch {
            return Err(Error::stale_epoch(group.epoch, group.log.len() as u64));
        }
        let welcome = (!request.welcome.is_empty()).then_some(request.welcome.as_ref());
        let valid = validator::validate_commit(
            &group.public_state,
            &request.commit,
            welcome,
            &request.group_info,
            by,
            anchors,
            now,
        )
        .map_err(|error| match error {
            validator::Error::CommitRequired => {
                Error::commit_required(group.epoch, group.log.len() as u64)
            }
            other => Error::new(Reason::HandshakeInvalid, other.to_string()),
        })?;
        let devices = &self.devices;
        if valid.added.iter().any(|it| devices[&it.device].revoked) {
            return Err(Error::new(
                Reason::CredentialInvalid,
                "an added device was revoked",
            ));
        }
        group.proposed = false;
        let seq = group.append(
            by,
            request.epoch,
            delivery::EntryKind::Commit,
            &request.commit,
            id,
            now,
        );
        group.epoch = valid.epoch;
        group.public_state = valid.public_state;
        group.info = request.group_info.clone();
        group.ratchet_tree = valid.ratchet_tree.clone().into();
        group.propose(&valid.left_out, id, now);
        for removed in valid.removed {
            group
                .members
                .get_mut(&removed)
                .expect("was a member")
                .removed = Some(seq);
        }
        for added in valid.added {
            group.members.insert(
                added.device,
                Membership {
                    acked: seq,
                    removed: None,
                },
            );
            self.devices
                .get_mut(&added.device)
                .expect("enrolled")
                .inbox
                .push(Item::Welcome(delivery::Welcome {
                    group_id: id.into(),
                    seq,
                    epoch: valid.epoch,
                    welcome: request.welcome.clone(),
                    ratchet_tree: valid.ratchet_tree.clone().into(),
                    accept_time: Some(to_proto_time(now)),
                }));
        }
        Ok(Reply::Commit(delivery::CommitResponse {
            seq,
            epoch: valid.epoch,
        }))
    }

    fn group_info(
        &mut self,
        by: DeviceId,
        request: &delivery::GetGroupInfoRequest,
    ) -> Result<Reply> {
        let id = GroupId::try_from(request.group_id.as_ref())?;
        let group = member_of(&mut self.groups, id, by)?;
        Ok(Reply::GetGroupInfo(delivery::GetGroupInfoResponse {
            group_info: group.info.clone(),
            ratchet_tree: group.ratchet_tree.clone(),
            head_seq: group.log.len() as u64,
        }))
    }

    fn send(
        &mut self,
        by: DeviceId,
        request: &delivery::SendRequest,
        now: Timestamp,
    ) -> Result<Reply> {
        let id = GroupId::try_from(request.group_id.as_ref())?;
        let group = member_of(&mut self.groups, id, by)?;
        let header =
            validator::application_header(&request.ciphertext).expect("an application message");
        assert_eq!((header.group, header.epoch), (id, request.epoch));
        if request.epoch != group.epoch {
            return Err(Error::stale_epoch(group.epoch, group.log.len() as u64));
        }
        if group.proposed {
            return Err(Error::commit_required(group.epoch, group.log.len() as u64));
        }
        let open = |device: &Bytes| {
            let device = DeviceId::try_from(device.as_ref()).expect("an id");
            let member = group.members.get(&device);
            member.is_some_and(|member| member.removed.is_none())
        };
        self.timers.register(request, open, now)?;
        let seq = group.append(
            by,
            request.epoch,
            delivery::EntryKind::Application,
            &request.ciphertext,
            id,
            now,
        );
        Ok(Reply::Send(delivery::SendResponse { seq }))
    }

    /// At most `limit` items that the device has not acknowledged; true if that is all.
    pub(crate) fn page(&self, device: DeviceId, limit: usize) -> (Vec<delivery::Delivery>, bool) {
        let mut page = Vec::new();
        let state = &self.devices[&device];
        if state.revoked {
            return (page, true);
        }
        for (index, item) in state.inbox.iter().enumerate().skip(state.inbox_acked) {
            let cursor = Cursor::Inbox {
                position: index as u64 + 1,
            };
            page.push(delivery::Delivery {
                cursor: cursor.encode().into(),
                item: Some(item.clone()),
            });
        }
        for (id, group) in &self.groups {
            let Some(member) = group.members.get(&device) else {
                continue;
            };
            let last = member.removed.unwrap_or(u64::MAX);
            for entry in group
                .log
                .iter()
                .filter(|entry| entry.seq > member.acked && entry.seq <= last)
            {
                let cursor = Cursor::Group {
                    group: *id,
                    seq: entry.seq,
                };
                page.push(delivery::Delivery {
                    cursor: cursor.encode().into(),
                    item: Some(Item::Entry(entry.clone())),
                });
            }
        }
        let all = page.len() <= limit;
        page.truncate(limit);
        (page, all)
    }

    pub(crate) fn acknowledge(&mut self, device: DeviceId, cursors: &[Bytes]) {
        for cursor in cursors {
            match Cursor::decode(cursor).expect("our cursor") {
                Cursor::Inbox { position } => {
                    let state = self.devices.get_mut(&device).expect("enrolled");
                    state.inbox_acked = state.inbox_acked.max(usize::try_from(position).unwrap());
                }
                Cursor::Group { group, seq } => {
                    let member = self
                        .groups
                        .get_mut(&group)
                        .and_then(|group| group.members.get_mut(&device));
                    let member = member.expect("a member");
                    member.acked = member.acked.max(seq);
                }
            }
        }
    }

    /// Wakes whom timers name that are due, unless the server is down.
    pub(crate) fn fire(&mut self, now: Timestamp) {
        for (device, wake_up) in self.timers.due(now) {
            let group = GroupId::try_from(wake_up.group_id.as_ref()).expect("an id");
            let inside = self.members(group).contains(&device);
            let state = self.devices.get_mut(&device).expect("enrolled");
            if inside && !state.revoked {
                state.inbox.push(Item::WakeUp(wake_up));
            }
        }
    }

    /// Spoils what whoever comes back needs.
    pub(crate) fn break_group_info(&mut self, group: GroupId) {
        let group = self.groups.get_mut(&group).expect("a group");
        group.spare = std::mem::take(&mut group.info);
    }

    /// Undoes that.
    pub(crate) fn mend_group_info(&mut self, group: GroupId) {
        let group = self.groups.get_mut(&group).expect("a group");
        group.info = std::mem::take(&mut group.spare);
    }

    /// Delivers from these cursors on, whatever was acknowledged.
    pub(crate) fn rewind(&mut self, device: DeviceId, cursors: &[Bytes]) {
        for cursor in cursors {
            if let Cursor::Group { group, seq } = Cursor::decode(cursor).expect("our cursor") {
                let group = self.groups.get_mut(&group).expect("a group");
                group.members.get_mut(&device).expect("a member").acked = seq;
            }
        }
    }

    /// Leaves a device nothing but its last-resort key package.
    pub(crate) fn drain(&mut self, device: DeviceId) {
        self.devices
            .get_mut(&device)
            .expect("enrolled")
            .key_packages
            .clear();
    }

    /// Leaves a device nothing at all.
    pub(crate) fn forget_key_packages(&mut self, device: DeviceId) {
        self.drain(device);
        self.devices.get_mut(&device).expect("enrolled").last_resort = Bytes::new();
    }

    /// Cuts a device off and proposes its removal in each of its groups.
    pub(crate) fn revoke(&mut self, device: DeviceId, now: Timestamp) {
        self.devices.get_mut(&device).expect("enrolled").revoked = true;
        for (id, group) in &mut self.groups {
            let inside = group.members.get(&device);
            if inside.is_none_or(|member| member.removed.is_some()) {
                continue;
            }
            group.propose(&[device], *id, now);
        }
    }

    /// The group's whole log, as somebody who has stolen it would have it.
    pub(crate) fn log(&self, group: GroupId) -> Vec<delivery::Delivery> {
        let entries = self.groups[&group].log.iter();
        entries
            .map(|entry| delivery::Delivery {
                cursor: Cursor::Group {
                    group,
                    seq: entry.seq,
                }
                .encode()
                .into(),
                item: Some(Item::Entry(entry.clone())),
            })
            .collect()
    }

    /// How many entries the group's log has.
    pub(crate) fn entries(&self, group: GroupId) -> usize {
        self.groups[&group].log.len()
    }

    /// Who is in the group now.
    pub(crate) fn members(&self, group: GroupId) -> Vec<DeviceId> {
        let members = self
            .groups
            .get(&group)
            .map(|group| &group.members)
            .into_iter()
            .flatten();
        members
            .filter(|(_, member)| member.removed.is_none())
            .map(|(device, _)| *device)
            .collect()
    }
}

fn member_of(
    groups: &mut BTreeMap<GroupId, Group>,
    id: GroupId,
    by: DeviceId,
) -> Result<&mut Group> {
    let group = groups
        .get_mut(&id)
        .ok_or_else(|| Error::not_found("the group"))?;
    match group.members.get(&by) {
        Some(Membership { removed: None, .. }) => Ok(group),
        _ => Err(Error::not_found("the group")),
    }
}

impl Group {
    fn propose(&mut self, devices: &[DeviceId], id: GroupId, now: Timestamp) {
        let key = Server::key();
        let proposed = validator::propose_removals(&self.public_state, devices, &key);
        let proposed = proposed.expect("the group's own key");
        self.public_state = proposed.public_state;
        for (_, message) in proposed.proposals {
            let (by, kind) = (DeviceId::from_bytes([0; 16]), delivery::EntryKind::Proposal);
            self.append(by, proposed.epoch, kind, &message, id, now);
            self.proposed = true;
        }
    }

    fn append(
        &mut self,
        by: DeviceId,
        epoch: u64,
        kind: delivery::EntryKind,
        payload: &Bytes,
        group: GroupId,
        now: Timestamp,
    ) -> u64 {
        let seq = self.log.len() as u64 + 1;
        self.log.push(delivery::LogEntry {
            group_id: group.into(),
            seq,
            epoch,
            kind: kind.into(),
            sender_device_id: by.into(),
            payload: payload.clone(),
            accept_time: Some(to_proto_time(now)),
        });
        seq
    }
}
