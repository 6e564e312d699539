//! Paging through the audit trail.

use std::{
    collections::{HashMap, HashSet},
    str::FromStr,
};

use relais_store::{AuditRow, Snapshot};
use relais_types::{
    DeviceId, DeviceName, Error, GroupId, OrgDomain, PractitionerName, Result, Timestamp,
};

use crate::{Caller, Page, Service, page::List};

/// Most events on a page.
const MAX_PAGE: i32 = 1_000;
/// Events on a page if the caller does not say.
const DEFAULT_PAGE: i32 = 200;
/// Rows that one call looks at: a page may come back short, with a token, when few rows
/// match.
const MAX_ROWS: u32 = 10_000;
/// Rows read at a time.
const BATCH: u32 = 500;

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListEventsParams {
    /// That acted, or that it was done to; required for an administrator.
    pub organisation: Option<OrgDomain>,
    /// What acted, or what it was done to.
    pub resource: Option<Resource>,
    /// Only events at or after this time.
    pub since: Option<Timestamp>,
    /// Also the links of the events that `organisation` leaves out.
    pub chain: bool,
    /// At most this many, up to 1,000; 0 means 200.
    pub page_size: i32,
    /// From the previous page; empty for the first.
    pub page_token: String,
}

/// Something that events are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A person, with every device of theirs.
    Practitioner(PractitionerName),
    /// A device.
    Device(DeviceName),
    /// A group.
    Group(GroupId),
}

impl FromStr for Resource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let read = || {
            if let Some(id) = text.strip_prefix("groups/") {
                return id.parse().ok().map(Self::Group);
            }
            let practitioner = text.parse().map(Self::Practitioner);
            practitioner
                .or_else(|_| text.parse().map(Self::Device))
                .ok()
        };
        read().ok_or_else(|| {
            Error::malformed(
                "resource",
                "must be the resource name of a practitioner, of a device, or groups/{uuid}",
            )
        })
    }
}

/// One event of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Counting from 1.
    pub number: u64,
    /// The hash of the event before.
    pub previous_hash: [u8; 32],
    /// The hash of this one.
    pub hash: [u8; 32],
    /// What was done; absent if it is another organisation's.
    pub details: Option<EventDetails>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDetails {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// What it was done to.
    pub subject: String,
}

/// A page of the audit trail, oldest first.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is the operator or the organisation's administrator;
/// `NOT_FOUND`, `MALFORMED_FIELD`, `CURSOR_INVALID`.
pub async fn list_events(
    service: &Service,
    caller: &Caller,
    params: ListEventsParams,
) -> Result<Page<Event>> {
    match &params.organisation {
        Some(organisation) => caller.administers(organisation)?,
        None => caller.operator()?,
    }
    if params.chain && (params.resource.is_some() || params.since.is_some()) {
        return Err(Error::malformed(
            "chain",
            "must not be combined with resource or since: a chain has no gaps",
        ));
    }
    let size = size(params.page_size)?;
    let list = list(&params);
    let after = list.open_number(&params.page_token)?;
    let (found, next) = service
        .store()
        .read("list_audit_events", async move |view| {
            if let Some(organisation) = &params.organisation
                && view.organisation(organisation).await?.is_none()
            {
                return Err(Error::not_found("the organisation"));
            }
            Filter::new(view, &params)
                .await?
                .scan(view, after, size)
                .await
        })
        .await?;
    Ok(Page {
        next_page_token: next.map_or_else(String::new, |number| list.token(&number.to_be_bytes())),
        items: found,
    })
}

fn size(asked: i32) -> Result<usize> {
    match usize::try_from(if asked == 0 {
        DEFAULT_PAGE
    } else {
        asked.min(MAX_PAGE)
    }) {
        Ok(size) => Ok(size),
        Err(_) => Err(Error::malformed("page_size", "must not be negative")),
    }
}

fn list(params: &ListEventsParams) -> List {
    let organisation = params.organisation.as_ref().map_or("", OrgDomain::as_str);
    let resource = match &params.resource {
        None => String::new(),
        Some(Resource::Practitioner(name)) => name.to_string(),
        Some(Resource::Device(name)) => name.to_string(),
        Some(Resource::Group(id)) => format!("groups/{id}"),
    };
    let since = params.since.map(|at| at.as_micros().to_string());
    let chain = if params.chain { "chain" } else { "" };
    List::new(
        "audit_events",
        &[
            organisation,
            &resource,
            since.as_deref().unwrap_or(""),
            chain,
        ],
    )
}

/// What matches. Rosters name devices by their id alone, so those are looked up.
struct Filter {
    organisation: Option<OrgDomain>,
    resource: Option<Match>,
    since: Option<Timestamp>,
    chain: bool,
    /// Whether a device that a roster names is the organisation's.
    ours: HashMap<DeviceId, bool>,
}

/// A [`Resource`] as rows name it.
struct Match {
    /// Its resource name; what is below it matches too.
    name: String,
    /// Devices as rosters name them.
    devices: HashSet<DeviceId>,
}

impl Filter {
    async fn new(view: &mut Snapshot, params: &ListEventsParams) -> Result<Self> {
        let resource = match &params.resource {
            None => None,
            Some(Resource::Group(id)) => Some(Match {
                name: format!("groups/{id}"),
                devices: HashSet::new(),
            }),
            Some(Resource::Device(name)) => Some(Match {
                name: name.to_string(),
                devices: HashSet::from([name.device]),
            }),
            Some(Resource::Practitioner(name)) => {
                let devices = view.devices_of(name.practitioner).await?;
                Some(Match {
                    name: name.to_string(),
                    devices: devices
                        .into_iter()
                        .map(|device| device.name)
                        .filter(|device| device.practitioner_name() == *name)
                        .map(|device| device.device)
                        .collect(),
                })
            }
        };
        Ok(Self {
            organisation: params.organisation.clone(),
            resource,
            since: params.since,
            chain: params.chain,
            ours: HashMap::new(),
        })
    }

    /// What matches after row `after`, and where to go on if there is more to look at.
    async fn scan(
        mut self,
        view: &mut Snapshot,
        after: u64,
        size: usize,
    ) -> Result<(Vec<Event>, Option<u64>)> {
        let (mut found, mut last, mut looked_at) = (Vec::new(), after, 0);
        while looked_at < MAX_ROWS {
            let rows = view.audit_log(last, BATCH).await?;
            if rows.is_empty() {
                return Ok((found, None));
            }
            for row in rows {
                if found.len() == size {
                    return Ok((found, Some(last)));
                }
                last = row.id;
                looked_at += 1;
                if let Some(event) = self.event(view, row).await? {
                    found.push(event);
                }
            }
        }
        Ok((found, Some(last)))
    }

    async fn event(&mut self, view: &mut Snapshot, row: AuditRow) -> Result<Option<Event>> {
        let told = self.concerns_organisation(view, &row).await?;
        if !told && !self.chain {
            return Ok(None);
        }
        let matches = self.since.is_none_or(|since| row.at >= since)
            && self
                .resource
                .as_ref()
                .is_none_or(|wanted| wanted.covers(&row));
        if !matches {
            return Ok(None);
        }
        Ok(Some(Event {
            number: row.id,
            previous_hash: row.previous,
            hash: row.hash,
            details: told.then_some(EventDetails {
                at: row.at,
                actor: row.actor,
                action: row.action,
                subject: row.subject,
            }),
        }))
    }

    /// Whether the organisation acted, or it was done to it or to a device of its.
    async fn concerns_organisation(&mut self, view: &mut Snapshot, row: &AuditRow) -> Result<bool> {
        let Some(organisation) = &self.organisation else {
            return Ok(true);
        };
        let name = organisation.resource_name();
        if within(&row.actor, &name) || within(&row.subject, &name) {
            return Ok(true);
        }
        let Some(device) = roster_device(&row.subject) else {
            return Ok(false);
        };
        if let Some(&ours) = self.ours.get(&device) {
            return Ok(ours);
        }
        let known = view.device(device).await?;
        let ours = known.is_some_and(|known| known.name.organisation == *organisation);
        self.ours.insert(device, ours);
        Ok(ours)
    }
}

impl Match {
    fn covers(&self, row: &AuditRow) -> bool {
        within(&row.actor, &self.name)
            || within(&row.subject, &self.name)
            || roster_device(&row.subject).is_some_and(|device| self.devices.contains(&device))
    }
}

/// Whether `name` is `outer`, or below it.
fn within(name: &str, outer: &str) -> bool {
    name.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The device in `groups/{uuid}/devices/{uuid}`.
fn roster_device(subject: &str) -> Option<DeviceId> {
    let (_, device) = subject.strip_prefix("groups/")?.split_once("/devices/")?;
    device.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use relais_store::AccessRole;
    use relais_types::Reason;

    use super::*;
    use crate::fixture::{Backbone, TestDevice};

    async fn list(backbone: &Backbone, caller: &Caller, params: ListEventsParams) -> Vec<Event> {
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let params = ListEventsParams {
                page_token,
                ..params.clone()
            };
            let page = list_events(&backbone.service, caller, params)
                .await
                .unwrap();
            all.extend(page.items);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }

    fn actions(events: &[Event]) -> Vec<&str> {
        let details = events.iter().filter_map(|event| event.details.as_ref());
        details.map(|details| details.action.as_str()).collect()
    }

    fn of(domain: &str) -> ListEventsParams {
        ListEventsParams {
            organisation: Some(domain.parse().unwrap()),
            page_size: 2,
            ..ListEventsParams::default()
        }
    }

    /// Ana of laurier and Bo of parc in a group that Ana made, and an administrator of each.
    async fn town(backbone: &Backbone) -> (TestDevice, TestDevice, GroupId) {
        let admin = AccessRole::Administrator;
        let zoe = backbone
            .device_with_role("laurier.internal", "Zoé", admin)
            .await;
        let max = backbone
            .device_with_role("parc.internal", "Max", admin)
            .await;
        backbone.clock.advance(Duration::from_mins(1));
        let (_, _, group) = backbone.pair().await;
        (zoe, max, group)
    }

    #[tokio::test]
    async fn an_administrator_sees_what_concerns_the_organisation() {
        let backbone = Backbone::new().await;
        let (zoe, max, group) = town(&backbone).await;
        let all = list(&backbone, &Caller::Operator, ListEventsParams::default()).await;
        let numbers: Vec<_> = all.iter().map(|event| event.number).collect();
        assert_eq!(numbers, (1..=all.len() as u64).collect::<Vec<_>>());
        for (caller, domain, other) in [
            (&zoe.caller, "laurier.internal", "parc.internal"),
            (&max.caller, "parc.internal", "laurier.internal"),
        ] {
            for event in list(&backbone, caller, of(domain)).await {
                let details = event.details.unwrap();
                let own = within(&details.actor, &format!("organisations/{domain}"))
                    || within(&details.subject, &format!("organisations/{domain}"))
                    || details.action == "group.add";
                assert!(own, "{details:?}");
            }
            let refused = list_events(&backbone.service, caller, of(other)).await;
            assert_eq!(refused.unwrap_err().reason, Reason::NotAllowed);
            let everything = list_events(&backbone.service, caller, ListEventsParams::default());
            assert_eq!(everything.await.unwrap_err().reason, Reason::NotAllowed);
        }
        let of_group = ListEventsParams {
            resource: Some(Resource::Group(group)),
            ..ListEventsParams::default()
        };
        let seen = list(&backbone, &Caller::Operator, of_group).await;
        assert_eq!(actions(&seen), ["group.create", "group.add"]);
    }

    #[tokio::test]
    async fn a_person_is_found_as_actor_as_subject_and_in_rosters() {
        let backbone = Backbone::new().await;
        let (mut ana, bo, group) = backbone.pair().await;
        backbone.clock.advance(Duration::from_mins(1));
        let late = backbone.service.now();
        backbone.remove(&mut ana, &bo, group).await;
        let about = |resource, since| ListEventsParams {
            resource: Some(resource),
            since,
            page_size: 1,
            ..ListEventsParams::default()
        };
        let person = Resource::Practitioner(bo.name.practitioner_name());
        let seen = list(&backbone, &Caller::Operator, about(person.clone(), None)).await;
        assert_eq!(
            actions(&seen),
            ["device.enrol", "group.add", "group.remove"]
        );
        let device = Resource::Device(bo.name.clone());
        let recent = list(&backbone, &Caller::Operator, about(device, Some(late))).await;
        assert_eq!(actions(&recent), ["group.remove"]);
        let text = bo.name.practitioner_name().to_string();
        assert_eq!(text.parse::<Resource>(), Ok(person));
        assert!("organisations/a.internal".parse::<Resource>().is_err());
    }

    #[tokio::test]
    async fn the_chain_has_every_link_and_no_word_of_others() {
        let backbone = Backbone::new().await;
        let (_, max, _) = town(&backbone).await;
        let params = ListEventsParams {
            chain: true,
            ..of("parc.internal")
        };
        let links = list(&backbone, &max.caller, params.clone()).await;
        let mut previous = [0; 32];
        for (event, number) in links.iter().zip(1..) {
            assert_eq!((event.number, event.previous_hash), (number, previous));
            previous = event.hash;
        }
        let told = links.iter().filter(|event| event.details.is_some()).count();
        assert!(told > 0 && told < links.len());
        let gaps = ListEventsParams {
            since: Some(backbone.service.now()),
            ..params
        };
        let refused = list_events(&backbone.service, &max.caller, gaps).await;
        assert_eq!(refused.unwrap_err().field.as_deref(), Some("chain"));
    }

    #[tokio::test]
    async fn members_and_strangers_see_nothing() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        for (caller, domain, reason) in [
            (&ana.caller, "laurier.internal", Reason::NotAllowed),
            (
                &Caller::Anonymous,
                "laurier.internal",
                Reason::CredentialMissing,
            ),
            (&Caller::Operator, "nowhere.internal", Reason::NotFound),
        ] {
            let refused = list_events(&backbone.service, caller, of(domain)).await;
            assert_eq!(refused.unwrap_err().reason, reason);
        }
    }
}
