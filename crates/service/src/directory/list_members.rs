//! An organisation's people with their devices.

use relais_store::{AccessRole, PractitionerSearch, RemovalProgress, Snapshot};
use relais_types::{DeviceName, Error, OrgDomain, PractitionerId, Result, Timestamp};

use super::{
    Practitioner,
    search_practitioners::{after, with_organisations},
};
use crate::{
    Caller, Page, Service,
    page::{self, List, name_key},
};

/// Whose people, and which page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListMembersParams {
    /// The organisation.
    pub organisation: OrgDomain,
    /// At most this many; 0 means the default.
    pub page_size: i32,
    /// From the previous page; empty for the first.
    pub page_token: String,
}

/// A person as the organisation's administrator sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub practitioner: Practitioner,
    /// What they may do to the organisation.
    pub access_role: AccessRole,
    /// Their devices, oldest first.
    pub devices: Vec<MemberDevice>,
}

/// A device as the organisation's administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDevice {
    /// The resource name.
    pub name: DeviceName,
    /// What its owner calls it.
    pub label: String,
    /// When it was enrolled.
    pub created_at: Timestamp,
    /// Single-use key packages left for others to claim.
    pub key_packages: u32,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// If revoked: groups that it is still in, until a member commits.
    pub pending_removals: u32,
    /// If revoked and in no group any more: when the last one went on without it.
    pub rekeyed_at: Option<Timestamp>,
}

/// A page of an organisation's people with their devices, by name.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is the operator or the organisation's administrator;
/// `NOT_FOUND`, `MALFORMED_FIELD`, `CURSOR_INVALID`.
pub async fn list_members(
    service: &Service,
    caller: &Caller,
    params: ListMembersParams,
) -> Result<Page<Member>> {
    caller.administers(&params.organisation)?;
    let size = page::size(params.page_size, service.limits())?;
    let list = List::new("members", &[params.organisation.as_str()]);
    let search = PractitionerSearch {
        after: after(&list, &params.page_token)?,
        organisation: Some(params.organisation.clone()),
        limit: size + 1,
        ..PractitionerSearch::default()
    };
    let now = service.now();
    let found = service
        .store()
        .read("list_members", async move |view| {
            if view.organisation(&params.organisation).await?.is_none() {
                return Err(Error::not_found("the organisation"));
            }
            let rows = view.practitioners(&search).await?;
            let mut found = Vec::with_capacity(rows.len());
            for (access_role, sort_key, practitioner) in with_organisations(view, rows).await? {
                let owner = practitioner.name.practitioner;
                let member = Member {
                    practitioner,
                    access_role,
                    devices: devices(view, owner, now).await?,
                };
                found.push((sort_key, member));
            }
            Ok(found)
        })
        .await?;
    let page = list.page(found, size, |(sort_key, last)| {
        name_key(last.practitioner.name.practitioner.as_bytes(), sort_key)
    });
    Ok(Page {
        items: page.items.into_iter().map(|(_, member)| member).collect(),
        next_page_token: page.next_page_token,
    })
}

async fn devices(
    view: &mut Snapshot,
    owner: PractitionerId,
    now: Timestamp,
) -> Result<Vec<MemberDevice>> {
    let mut devices = Vec::new();
    for device in view.devices_of(owner).await? {
        let progress = match device.revoked_at {
            Some(_) => view.removal_progress(device.name.device).await?,
            None => RemovalProgress::default(),
        };
        devices.push(MemberDevice {
            revoked_at: device.revoked_at,
            pending_removals: progress.pending,
            rekeyed_at: progress.last_made_at.filter(|_| progress.pending == 0),
            key_packages: view.key_packages_left(device.name.device, now).await?,
            name: device.name,
            label: device.label,
            created_at: device.created_at,
        });
    }
    Ok(devices)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use relais_types::Reason;

    use super::*;
    use crate::fixture::Backbone;

    #[tokio::test]
    async fn administrators_see_their_own_people_and_devices() {
        let backbone = Backbone::new().await;
        let admin = backbone
            .device_with_role("laurier.internal", "Zoé", AccessRole::Administrator)
            .await;
        let mut ana = backbone.device("laurier.internal", "Ana").await;
        ana.publish(&backbone, 3).await;
        backbone.clock.advance(Duration::from_secs(1));
        let second = backbone.further_device(&ana).await;
        backbone.device("parc.internal", "Bo").await;
        let list = async |caller: &Caller, domain: &str, page_token: String| {
            let params = ListMembersParams {
                organisation: domain.parse().unwrap(),
                page_size: 1,
                page_token,
            };
            list_members(&backbone.service, caller, params).await
        };
        let first = list(&admin.caller, "laurier.internal", String::new())
            .await
            .unwrap();
        let [member] = &first.items[..] else {
            unreachable!("{first:?}")
        };
        assert_eq!(member.practitioner.display_name, "Ana");
        let devices: Vec<_> = member
            .devices
            .iter()
            .map(|device| (&device.name, device.key_packages))
            .collect();
        assert_eq!(devices, [(&ana.name, 3), (&second.name, 0)]);
        let rest = list(&admin.caller, "laurier.internal", first.next_page_token)
            .await
            .unwrap();
        assert_eq!(rest.items[0].access_role, AccessRole::Administrator);
        assert_eq!(rest.next_page_token, "");

        let reason = async |caller: &Caller, domain| {
            let refused = list(caller, domain, String::new()).await;
            refused.unwrap_err().reason
        };
        let foreign = reason(&admin.caller, "parc.internal").await;
        assert_eq!(foreign, Reason::NotAllowed);
        let member = reason(&ana.caller, "laurier.internal").await;
        assert_eq!(member, Reason::NotAllowed);
        let nowhere = reason(&Caller::Operator, "nowhere.internal").await;
        assert_eq!(nowhere, Reason::NotFound);
    }
}
