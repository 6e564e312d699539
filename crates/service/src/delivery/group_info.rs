//! What a member needs to rejoin by an external commit (RFC 9420 §12.4.3.2).

use bytes::Bytes;
use relais_types::{GroupId, Result};

use super::{group_not_found, require_member};
use crate::{Caller, Service};

/// The group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupInfoParams {
    /// The group.
    pub group: GroupId,
}

/// The group's public state at its current epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfoOutcome {
    /// Serialized GroupInfo.
    pub group_info: Bytes,
    /// Serialized ratchet tree.
    pub ratchet_tree: Bytes,
    /// Number of the last entry of the log.
    pub head_seq: u64,
}

/// The group's public state, for a current member.
///
/// # Errors
/// `NOT_FOUND` unless the caller is in the group.
pub async fn group_info(
    service: &Service,
    caller: &Caller,
    params: GroupInfoParams,
) -> Result<GroupInfoOutcome> {
    let device = caller.device()?.device.device;
    service
        .store()
        .read("group_info", async move |view| {
            require_member(view, params.group, device).await?;
            let group = view.group(params.group).await?;
            let state = view.group_state(params.group).await?;
            let (group, state) = group.zip(state).ok_or_else(group_not_found)?;
            Ok(GroupInfoOutcome {
                group_info: state.group_info,
                ratchet_tree: state.ratchet_tree,
                head_seq: group.head_seq,
            })
        })
        .await
}

#[cfg(test)]
mod tests {
    use relais_types::Reason;

    use super::*;
    use crate::fixture::Backbone;

    #[tokio::test]
    async fn only_a_member_sees_the_current_state() {
        let backbone = Backbone::new().await;
        let (mut ana, bo, group) = backbone.pair().await;
        let cy = backbone.device("parc.internal", "Cy").await;
        let params = GroupInfoParams { group };
        let before = group_info(&backbone.service, &bo.caller, params)
            .await
            .unwrap();
        assert_eq!(before.head_seq, 1);
        let refused = group_info(&backbone.service, &cy.caller, params).await;
        assert_eq!(refused.unwrap_err().reason, Reason::NotFound);
        backbone.remove(&mut ana, &bo, group).await;
        let refused = group_info(&backbone.service, &bo.caller, params).await;
        assert_eq!(refused.unwrap_err().reason, Reason::NotFound);
        let after = group_info(&backbone.service, &ana.caller, params)
            .await
            .unwrap();
        assert_eq!(after.head_seq, 2);
        assert_ne!(after.ratchet_tree, before.ratchet_tree);
    }
}
