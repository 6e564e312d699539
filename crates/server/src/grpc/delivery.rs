//! `relais.delivery.v1.DeliveryService`.

use bytes::Bytes;
use futures_util::stream::BoxStream;
use relais_proto::{
    delivery::{self as pb, delivery_service_server::DeliveryService},
    to_proto_time,
};
use relais_service::{
    Service,
    delivery::{
        AckParams, ClearTimerParams, CommitParams, CreateGroupParams, Delivery as Delivered,
        EntryKind, GroupInfoParams, Item, LogEntry, SendParams, SyncParams, TimerClass,
        TimerParams, Welcome, ack, clear_timer, commit, create_group, group_info, send, sync,
    },
};
use relais_types::{Cursor, Error, Result};
use tonic::{Request, Status};

use super::{
    Answer, answer, open, parse, refuse,
    subscribe::{Subscriptions, subscribe},
};
use crate::rate::Rates;

/// The adapter.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) service: Service,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) rates: Rates,
}

#[tonic::async_trait]
impl DeliveryService for Delivery {
    async fn create_group(
        &self,
        request: Request<pb::CreateGroupRequest>,
    ) -> Answer<pb::CreateGroupResponse> {
        let (caller, message) = open(request);
        let params = group_params(message).map_err(refuse)?;
        create_group(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::CreateGroupResponse {})
    }

    async fn commit(&self, request: Request<pb::CommitRequest>) -> Answer<pb::CommitResponse> {
        let (caller, message) = open(request);
        let params = commit_params(message).map_err(refuse)?;
        self.rates.commit(&caller, params.group).map_err(refuse)?;
        let outcome = commit(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::CommitResponse {
            seq: outcome.seq,
            epoch: outcome.epoch,
        })
    }

    async fn send(&self, request: Request<pb::SendRequest>) -> Answer<pb::SendResponse> {
        let (caller, message) = open(request);
        let params = send_params(message).map_err(refuse)?;
        let outcome = send(&self.service, &caller, params).await.map_err(refuse)?;
        answer(pb::SendResponse { seq: outcome.seq })
    }

    async fn clear_timer(
        &self,
        request: Request<pb::ClearTimerRequest>,
    ) -> Answer<pb::ClearTimerResponse> {
        let (caller, message) = open(request);
        let params = clear_params(message).map_err(refuse)?;
        clear_timer(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::ClearTimerResponse {})
    }

    async fn sync(&self, request: Request<pb::SyncRequest>) -> Answer<pb::SyncResponse> {
        let (caller, message) = open(request);
        let params = sync_params(message).map_err(refuse)?;
        let outcome = sync(&self.service, &caller, params).await.map_err(refuse)?;
        answer(pb::SyncResponse {
            deliveries: outcome.deliveries.into_iter().map(delivery).collect(),
            has_more: outcome.has_more,
        })
    }

    type SubscribeStream = BoxStream<'static, Result<pb::SubscribeResponse, Status>>;

    async fn subscribe(
        &self,
        request: Request<pb::SubscribeRequest>,
    ) -> Answer<Self::SubscribeStream> {
        let (caller, message) = open(request);
        let cursors = subscribe_cursors(message).map_err(refuse)?;
        let stream = subscribe(&self.service, &self.subscriptions, caller, cursors)
            .await
            .map_err(refuse)?;
        answer(stream)
    }

    async fn ack(&self, request: Request<pb::AckRequest>) -> Answer<pb::AckResponse> {
        let (caller, message) = open(request);
        let params = ack_params(message).map_err(refuse)?;
        ack(&self.service, &caller, params).await.map_err(refuse)?;
        answer(pb::AckResponse {})
    }

    async fn get_group_info(
        &self,
        request: Request<pb::GetGroupInfoRequest>,
    ) -> Answer<pb::GetGroupInfoResponse> {
        let (caller, message) = open(request);
        let params = group_info_params(message).map_err(refuse)?;
        let outcome = group_info(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::GetGroupInfoResponse {
            group_info: outcome.group_info,
            ratchet_tree: outcome.ratchet_tree,
            head_seq: outcome.head_seq,
        })
    }
}

pub(super) fn group_params(message: pb::CreateGroupRequest) -> Result<CreateGroupParams> {
    Ok(CreateGroupParams {
        request_id: parse::request_id(&message.request_id)?,
        group: parse::group_id(&message.group_id)?,
        group_info: parse::required("group_info", message.group_info)?,
        ratchet_tree: parse::required("ratchet_tree", message.ratchet_tree)?,
    })
}

pub(super) fn commit_params(message: pb::CommitRequest) -> Result<CommitParams> {
    Ok(CommitParams {
        request_id: parse::request_id(&message.request_id)?,
        group: parse::group_id(&message.group_id)?,
        epoch: message.epoch,
        commit: parse::required("commit", message.commit)?,
        welcome: parse::optional(message.welcome),
        group_info: parse::required("group_info", message.group_info)?,
    })
}

pub(super) fn send_params(message: pb::SendRequest) -> Result<SendParams> {
    Ok(SendParams {
        request_id: parse::request_id(&message.request_id)?,
        group: parse::group_id(&message.group_id)?,
        epoch: message.epoch,
        ciphertext: parse::required("ciphertext", message.ciphertext)?,
        timers: message
            .timers
            .iter()
            .enumerate()
            .map(|(index, timer)| {
                timer_params(timer).map_err(|error| error.within(&format!("timers[{index}]")))
            })
            .collect::<Result<_>>()?,
    })
}

fn timer_params(message: &pb::Timer) -> Result<TimerParams> {
    let delay = message.delay.unwrap_or_default();
    let class = match message.class() {
        pb::TimerClass::Unspecified => {
            return Err(Error::malformed("class", "is missing or not known"));
        }
        pb::TimerClass::Routine => TimerClass::Routine,
        pb::TimerClass::Urgent => TimerClass::Urgent,
        pb::TimerClass::Asap => TimerClass::Asap,
        pb::TimerClass::Stat => TimerClass::Stat,
    };
    let device = |(index, bytes)| {
        parse::device_id(bytes).map_err(|mut error| {
            error.field = Some(format!("device_ids[{index}]"));
            error
        })
    };
    Ok(TimerParams {
        token_hash: parse::array("token_hash", &message.token_hash)?,
        delay: delay
            .try_into()
            .map_err(|_| Error::malformed("delay", "must not be negative"))?,
        class,
        devices: message
            .device_ids
            .iter()
            .enumerate()
            .map(device)
            .collect::<Result<_>>()?,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of all of these")]
pub(super) fn clear_params(message: pb::ClearTimerRequest) -> Result<ClearTimerParams> {
    Ok(ClearTimerParams {
        group: parse::group_id(&message.group_id)?,
        token: parse::array("token", &message.token)?,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of all of these")]
pub(super) fn sync_params(message: pb::SyncRequest) -> Result<SyncParams> {
    Ok(SyncParams {
        cursors: parse::cursors(&message.cursors)?,
        page_size: message.page_size,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of all of these")]
pub(super) fn subscribe_cursors(message: pb::SubscribeRequest) -> Result<Vec<Cursor>> {
    parse::cursors(&message.cursors)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of all of these")]
pub(super) fn ack_params(message: pb::AckRequest) -> Result<AckParams> {
    Ok(AckParams {
        cursors: parse::cursors(&message.cursors)?,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of all of these")]
pub(super) fn group_info_params(message: pb::GetGroupInfoRequest) -> Result<GroupInfoParams> {
    Ok(GroupInfoParams {
        group: parse::group_id(&message.group_id)?,
    })
}

/// The wire form of one delivery.
pub(super) fn delivery(delivered: Delivered) -> pb::Delivery {
    let item = match delivered.item {
        Item::Entry(entry) => pb::delivery::Item::Entry(log_entry(entry)),
        Item::Welcome(welcome) => pb::delivery::Item::Welcome(invitation(welcome)),
        Item::NewDevice {
            device,
            label,
            enrolled_at,
        } => pb::delivery::Item::NewDevice(pb::NewDevice {
            device: device.to_string(),
            label,
            enrol_time: Some(to_proto_time(enrolled_at)),
        }),
        Item::WakeUp {
            group,
            token_hash,
            class,
            due_at,
        } => pb::delivery::Item::WakeUp(pb::WakeUp {
            group_id: group.into(),
            token_hash: Bytes::copy_from_slice(&token_hash),
            class: match class {
                TimerClass::Routine => pb::TimerClass::Routine,
                TimerClass::Urgent => pb::TimerClass::Urgent,
                TimerClass::Asap => pb::TimerClass::Asap,
                TimerClass::Stat => pb::TimerClass::Stat,
            }
            .into(),
            due_time: Some(to_proto_time(due_at)),
        }),
        Item::KeyPackagesLow { available } => {
            pb::delivery::Item::KeyPackagesLow(pb::KeyPackagesLow { available })
        }
    };
    pb::Delivery {
        cursor: delivered.cursor.encode().into(),
        item: Some(item),
    }
}

/// The wire form of an entry of a log.
pub(crate) fn log_entry(entry: LogEntry) -> pb::LogEntry {
    let kind = match entry.kind {
        EntryKind::Application => pb::EntryKind::Application,
        EntryKind::Commit => pb::EntryKind::Commit,
        EntryKind::Proposal => pb::EntryKind::Proposal,
    };
    // A proposal is the service's own.
    let sender = match entry.kind {
        EntryKind::Proposal => Bytes::new(),
        _ => entry.sender.into(),
    };
    pb::LogEntry {
        group_id: entry.group.into(),
        seq: entry.seq,
        epoch: entry.epoch,
        kind: kind.into(),
        sender_device_id: sender,
        payload: entry.payload,
        accept_time: Some(to_proto_time(entry.accepted_at)),
    }
}

fn invitation(welcome: Welcome) -> pb::Welcome {
    pb::Welcome {
        group_id: welcome.group.into(),
        seq: welcome.seq,
        epoch: welcome.epoch,
        welcome: welcome.welcome,
        ratchet_tree: welcome.ratchet_tree,
        accept_time: Some(to_proto_time(welcome.accepted_at)),
    }
}
