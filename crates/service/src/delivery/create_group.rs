//! Registering a group.

use bytes::Bytes;
use relais_mls::open_group;
use relais_store::{AuditEvent, GroupState, NewGroup};
use relais_types::{Error, GroupId, Reason, RequestId, Result};

use super::{check_payload, require_room};
use crate::{
    Caller, Service,
    replay::{Fingerprint, Replay},
};

/// A new group's public state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateGroupParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The MLS group id, chosen by the caller.
    pub group: GroupId,
    /// Serialized GroupInfo of epoch 0.
    pub group_info: Bytes,
    /// Serialized ratchet tree.
    pub ratchet_tree: Bytes,
}

/// Registers a group at epoch 0 whose only member is the caller.
///
/// # Errors
/// `ALREADY_EXISTS`, `HANDSHAKE_INVALID`, `CREDENTIAL_INVALID`, `PAYLOAD_TOO_LARGE`,
/// `MALFORMED_FIELD`, `NOT_ALLOWED` if the device is in too many groups, `OVERLOADED`,
/// `REQUEST_ID_REUSED`.
pub async fn create_group(
    service: &Service,
    caller: &Caller,
    params: CreateGroupParams,
) -> Result<()> {
    let device = caller.device()?.device.clone();
    let limits = service.limits();
    check_payload("group_info", &params.group_info, limits.handshake_bytes)?;
    check_payload("ratchet_tree", &params.ratchet_tree, limits.tree_bytes)?;
    let replay = Replay::new(
        caller,
        params.request_id,
        "create_group",
        fingerprint(&params),
    );
    let groups_per_device = limits.groups_per_device;
    let now = service.now();
    let anchors = service.anchors();
    let (info, tree) = (params.group_info.clone(), params.ratchet_tree.clone());
    let opened = service
        .validations()
        .run(move || open_group(&info, &tree, &anchors, now))
        .await?;
    if opened.group != params.group {
        return Err(Error::malformed("group_id", "must be the id in group_info"));
    }
    if opened.members != [device.clone()] {
        return Err(Error::new(
            Reason::HandshakeInvalid,
            "the only member of a new group must be the calling device",
        ));
    }
    let group = NewGroup {
        id: params.group,
        creator: device.device,
        state: GroupState {
            public_state: opened.public_state.into(),
            group_info: params.group_info,
            ratchet_tree: params.ratchet_tree,
        },
        created_at: now,
    };
    let event = AuditEvent {
        at: now,
        actor: caller.actor(),
        action: "group.create",
        subject: format!("groups/{}", group.id),
    };
    service
        .store()
        .run_tx("create_group", async move |tx| {
            if replay.first::<()>(tx).await?.is_some() {
                return Ok(());
            }
            require_room(tx, group.creator, groups_per_device).await?;
            if !tx.insert_group(&group).await? {
                return Err(Error::new(
                    Reason::AlreadyExists,
                    "the group id is taken: make a new group",
                ));
            }
            tx.audit(&event).await?;
            replay.keep(tx, &(), now).await
        })
        .await
}

fn fingerprint(params: &CreateGroupParams) -> Fingerprint {
    Fingerprint::default()
        .field(params.group.as_bytes())
        .field(&params.group_info)
        .field(&params.ratchet_tree)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Backbone;

    #[tokio::test]
    async fn a_group_is_registered_once() {
        let backbone = Backbone::new().await;
        let mut ana = backbone.device("laurier.internal", "Ana").await;
        let params = ana.new_group(&backbone);
        let create = async |params| create_group(&backbone.service, &ana.caller, params).await;
        assert_eq!(create(params.clone()).await, Ok(()));
        assert_eq!(create(params.clone()).await, Ok(()), "a replay");
        let anew = CreateGroupParams {
            request_id: backbone.request_id(),
            ..params
        };
        let refused = create(anew).await.unwrap_err();
        assert_eq!(refused.reason, Reason::AlreadyExists);
    }

    #[tokio::test]
    async fn it_must_be_the_callers_and_what_it_says() {
        let backbone = Backbone::new().await;
        let mut ana = backbone.device("laurier.internal", "Ana").await;
        let bo = backbone.device("laurier.internal", "Bo").await;
        let params = ana.new_group(&backbone);
        let create = async |caller: &Caller, params| {
            let refused = create_group(&backbone.service, caller, params).await;
            refused.unwrap_err().reason
        };
        let stolen = create(&bo.caller, params.clone()).await;
        assert_eq!(stolen, Reason::HandshakeInvalid);
        let misnamed = CreateGroupParams {
            group: GroupId::from_bytes([9; 16]),
            ..params.clone()
        };
        assert_eq!(create(&ana.caller, misnamed).await, Reason::MalformedField);
        let broken = CreateGroupParams {
            group_info: params.group_info.slice(..20),
            ..params.clone()
        };
        assert_eq!(create(&ana.caller, broken).await, Reason::HandshakeInvalid);
        let empty = CreateGroupParams {
            ratchet_tree: Bytes::new(),
            ..params.clone()
        };
        assert_eq!(create(&ana.caller, empty).await, Reason::MalformedField);
        let operator = create(&Caller::Operator, params.clone()).await;
        assert_eq!(operator, Reason::NotAllowed);
        let anonymous = create(&Caller::Anonymous, params).await;
        assert_eq!(anonymous, Reason::CredentialMissing);
    }
}
