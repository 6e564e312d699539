//! Recomputing the chain of the audit trail.

use relais_types::Result;

use crate::{Caller, Service};

/// The audit trail as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyOutcome {
    /// The last event's number; 0 if there is none.
    pub head: u64,
    /// The last event's stored hash; zeros if there is none.
    pub head_hash: [u8; 32],
    /// The first event that does not fit to the one before it.
    pub first_broken: Option<u64>,
}

/// Recomputes the whole chain and tells where it ends. The head says nothing about what is
/// in it, so an administrator of any organisation may have it.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is the operator or an administrator.
pub async fn verify(service: &Service, caller: &Caller) -> Result<VerifyOutcome> {
    caller.officer()?;
    let chain = service
        .store()
        .read("verify_audit", async |view| view.check_audit_log().await)
        .await?;
    if let Some(number) = chain.first_broken {
        tracing::error!(number, "the audit trail is broken");
    }
    Ok(VerifyOutcome {
        head: chain.head,
        head_hash: chain.head_hash,
        first_broken: chain.first_broken,
    })
}

#[cfg(test)]
mod tests {
    use relais_store::AccessRole;
    use relais_types::Reason;

    use super::*;
    use crate::fixture::Backbone;

    #[tokio::test]
    async fn the_head_moves_with_what_is_done_and_members_do_not_see_it() {
        let backbone = Backbone::new().await;
        let service = &backbone.service;
        let empty = verify(service, &Caller::Operator).await.unwrap();
        assert_eq!((empty.head, empty.head_hash), (0, [0; 32]));
        let admin = backbone
            .device_with_role("laurier.internal", "Zoé", AccessRole::Administrator)
            .await;
        let first = verify(service, &admin.caller).await.unwrap();
        let ana = backbone.device("laurier.internal", "Ana").await;
        let second = verify(service, &Caller::Operator).await.unwrap();
        assert!(second.head > first.head);
        assert_ne!(second.head_hash, first.head_hash);
        assert_eq!(second.first_broken, None);
        for (caller, reason) in [
            (ana.caller, Reason::NotAllowed),
            (Caller::Anonymous, Reason::CredentialMissing),
        ] {
            let refused = verify(service, &caller).await.unwrap_err();
            assert_eq!(refused.reason, reason);
        }
    }
}
