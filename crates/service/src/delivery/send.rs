//! Appending an application message.

use bytes::Bytes;
use relais_mls::application_header;
use relais_store::{EntryKind, NewEntry};
use relais_types::{Error, GroupId, RequestId, Result};
use serde::{Deserialize, Serialize};

use super::{
    TimerParams, check_epoch, check_payload, check_settled, group_not_found,
    timers::{self, check_timers},
};
use crate::{
    Caller, Service,
    replay::{Fingerprint, Replay},
};

/// One application message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The group.
    pub group: GroupId,
    /// The epoch that it was encrypted in.
    pub epoch: u64,
    /// Serialized MLSMessage, a PrivateMessage with application data.
    pub ciphertext: Bytes,
    /// What begins to run when it is accepted.
    pub timers: Vec<TimerParams>,
}

/// Where the message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendOutcome {
    /// Its number in the group's log.
    pub seq: u64,
}

/// Appends an application message; it is on disk when this returns. The group's MLS state
/// is not read for it: only members can have encrypted it, and they verify it.
///
/// # Errors
/// `NOT_FOUND` unless the caller is in the group, `STALE_EPOCH` unless it is of the
/// current epoch, `FUTURE_EPOCH`, `COMMIT_REQUIRED` while a revoked device is in the group,
/// `MALFORMED_FIELD`, `TOO_MANY_TIMERS`, `PAYLOAD_TOO_LARGE`, `REQUEST_ID_REUSED`.
pub async fn send(service: &Service, caller: &Caller, params: SendParams) -> Result<SendOutcome> {
    let sender = caller.device()?.device.device;
    let limit = service.limits().message_bytes;
    check_payload("ciphertext", &params.ciphertext, limit)?;
    check_header(&params)?;
    check_timers(&params.timers, service.limits())?;
    let timers_per_group = service.limits().timers_per_group;
    let replay = Replay::new(caller, params.request_id, "send", fingerprint(&params));
    let now = service.now();
    let entry = NewEntry {
        epoch: params.epoch,
        kind: EntryKind::Application,
        sender,
        payload: params.ciphertext,
        accepted_at: now,
    };
    let (store, wakeups) = (service.store().clone(), service.wakeups().clone());
    let notified = (!params.timers.is_empty()).then(|| service.clone());
    service
        .detached(async move {
            let (outcome, members) = store
                .run_tx("append_message", async move |tx| {
                    let sending = tx.begin_send(replay.key(), params.group, sender).await?;
                    if let Some(first) = replay.open(sending.first)? {
                        return Ok((first, Vec::new()));
                    }
                    let mut group = sending.group.ok_or_else(group_not_found)?;
                    check_epoch(group.get(), params.epoch)?;
                    check_settled(group.get())?;
                    timers::register(tx, &group, &params.timers, now, timers_per_group).await?;
                    let outcome = SendOutcome {
                        seq: group.get().head_seq + 1,
                    };
                    let response = replay.response(&outcome)?;
                    let members = tx
                        .append_message(&mut group, &entry, replay.key(), &response)
                        .await?;
                    Ok::<_, Error>((outcome, members))
                })
                .await?;
            wakeups.wake(members);
            if let Some(service) = notified {
                service.timers().notify_one();
            }
            Ok(outcome)
        })
        .await
}

/// What the message says of itself in the clear must be what the call says.
fn check_header(params: &SendParams) -> Result<()> {
    let header = application_header(&params.ciphertext)
        .map_err(|error| Error::malformed("ciphertext", format!("is not acceptable: {error}")))?;
    if header.group != params.group {
        return Err(Error::malformed("ciphertext", "is of another group"));
    }
    if header.epoch != params.epoch {
        return Err(Error::malformed("epoch", "must be that of the ciphertext"));
    }
    Ok(())
}

fn fingerprint(params: &SendParams) -> Fingerprint {
    let message = Fingerprint::default()
        .field(params.group.as_bytes())
        .number(params.epoch)
        .field(&params.ciphertext);
    timers::fingerprint(message, &params.timers)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use relais_types::Reason;

    use super::*;
    use crate::{delivery::Item, fixture::Backbone};

    #[tokio::test]
    async fn a_message_reaches_every_member_once() {
        let backbone = Backbone::new().await;
        let (mut ana, mut bo, group) = backbone.pair().await;
        let mut listener = backbone.service.wakeups().listen(bo.name.device);
        let params = ana.message(&backbone, group, b"bonjour");
        let first = send(&backbone.service, &ana.caller, params.clone()).await;
        assert_eq!(first, Ok(SendOutcome { seq: 2 }));
        let again = send(&backbone.service, &ana.caller, params.clone()).await;
        assert_eq!(again, first, "a replay appends nothing");
        assert!(listener.woken().now_or_never().is_some());
        let page = backbone.sync(&bo).await;
        let entries: Vec<_> = page
            .deliveries
            .iter()
            .filter_map(|delivery| match &delivery.item {
                Item::Entry(entry) => Some(entry),
                _ => None,
            })
            .collect();
        let [entry] = entries[..] else {
            unreachable!("one message was sent")
        };
        assert_eq!(entry.seq, 2);
        assert_eq!(entry.sender, ana.name.device);
        assert_eq!(entry.payload, params.ciphertext);
        assert_eq!(bo.read(group, &entry.payload), b"bonjour");
        let answer = bo.message(&backbone, group, b"hello");
        let other = SendParams {
            request_id: params.request_id,
            ..answer
        };
        let unrelated = send(&backbone.service, &bo.caller, other).await;
        assert_eq!(unrelated, Ok(SendOutcome { seq: 3 }), "ids are per caller");
    }

    #[tokio::test]
    async fn whoever_hangs_up_still_wakes_the_others() {
        let backbone = Backbone::new().await;
        let (mut ana, bo, group) = backbone.pair().await;
        let mut listener = backbone.service.wakeups().listen(bo.name.device);
        let store = backbone.service.store();
        let (mut head, mut landed) = (1, 0);
        for patience in 0..60 {
            let params = ana.message(&backbone, group, b"x");
            let (service, caller) = (backbone.service.clone(), ana.caller.clone());
            let call = tokio::spawn(async move { send(&service, &caller, params).await });
            for _ in 0..patience % 4 {
                tokio::task::yield_now().await;
            }
            call.abort();
            let hung_up = call.await.is_err();
            // Units of work run in order, so this one follows the message, if there is one.
            let now = store
                .run_tx("after", async move |tx| tx.group(group).await)
                .await
                .unwrap()
                .unwrap();
            if now.head_seq > head {
                head += 1;
                assert_eq!(now.head_seq, head);
                landed += usize::from(hung_up);
                listener.woken().await;
            }
        }
        assert!(landed > 0, "no message outlived its caller");
    }

    #[tokio::test]
    async fn another_body_under_the_same_id_is_refused() {
        let backbone = Backbone::new().await;
        let (mut ana, _, group) = backbone.pair().await;
        let first = ana.message(&backbone, group, b"one");
        send(&backbone.service, &ana.caller, first.clone())
            .await
            .unwrap();
        let second = SendParams {
            request_id: first.request_id,
            ..ana.message(&backbone, group, b"two")
        };
        let refused = send(&backbone.service, &ana.caller, second).await;
        assert_eq!(refused.unwrap_err().reason, Reason::RequestIdReused);
    }

    #[tokio::test]
    async fn an_outsider_and_a_missing_group_look_alike() {
        let backbone = Backbone::new().await;
        let (mut ana, _, group) = backbone.pair().await;
        let mut cy = backbone.device("parc.internal", "Cy").await;
        let heard = ana.message(&backbone, group, b"secret");
        let outside = send(&backbone.service, &cy.caller, heard).await;
        let unregistered = cy.new_group(&backbone).group;
        let nowhere = cy.message(&backbone, unregistered, b"x");
        let missing = send(&backbone.service, &cy.caller, nowhere).await;
        assert_eq!(outside, missing);
        assert_eq!(missing.unwrap_err().reason, Reason::NotFound);
    }

    #[tokio::test]
    async fn only_the_current_epoch_passes() {
        let backbone = Backbone::new().await;
        let (mut ana, mut bo, group) = backbone.pair().await;
        let old = bo.message(&backbone, group, b"1");
        backbone.commit_nothing(&mut ana, group).await;
        let stale = send(&backbone.service, &bo.caller, old).await.unwrap_err();
        assert_eq!(stale.reason, Reason::StaleEpoch);
        assert_eq!(stale.metadata["epoch"], "2");
        assert_eq!(stale.metadata["head_seq"], "2");
        // Ana's client believes in an epoch that the server never accepted.
        let staged = ana.stage(group);
        drop(staged);
        ana.merge(group);
        let future = ana.message(&backbone, group, b"3");
        let refused = send(&backbone.service, &ana.caller, future).await;
        assert_eq!(refused.unwrap_err().reason, Reason::FutureEpoch);
    }

    #[tokio::test]
    async fn what_is_no_application_message_is_refused() {
        let backbone = Backbone::new().await;
        let (mut ana, _, group) = backbone.pair().await;
        let good = ana.message(&backbone, group, b"x");
        let staged = ana.stage(group);
        let try_send = async |params| {
            let refused = send(&backbone.service, &ana.caller, params)
                .await
                .unwrap_err();
            (refused.reason, refused.field.unwrap())
        };
        let with = |ciphertext| SendParams {
            ciphertext,
            ..good.clone()
        };
        for bytes in [
            Bytes::new(),
            Bytes::from_static(b"hello"),
            good.ciphertext.slice(..good.ciphertext.len() / 2),
            staged.commit,
        ] {
            let (reason, field) = try_send(with(bytes)).await;
            assert_eq!((reason, &*field), (Reason::MalformedField, "ciphertext"));
        }
        let huge = with(vec![0; 64 * 1024 + 1].into());
        assert_eq!(try_send(huge).await.0, Reason::PayloadTooLarge);
        let misdated = SendParams {
            epoch: 0,
            ..good.clone()
        };
        assert_eq!(try_send(misdated).await.1, "epoch");
        let misplaced = SendParams {
            group: GroupId::from_bytes([9; 16]),
            ..good
        };
        assert_eq!(try_send(misplaced).await.1, "ciphertext");
    }
}
