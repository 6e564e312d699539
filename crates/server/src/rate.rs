//! Rate limits: every token bucket of the server, in this one place.
//!
//! Most limits go by what the stack knows before the message is read: the address of a
//! caller without a token, the device and the organisation of one with a token. The layer
//! [`limit`] draws from those. Two go by what the message names, a practitioner or a group,
//! and their adapters ask [`Rates::claim`] and [`Rates::commit`].
//!
//! No bucket goes by something that others choose for their victim alone: a commit draws
//! from the bucket of (device, group), so that an outsider who has learnt a group's id
//! cannot use up what its members may do.
//!
//! Buckets that are full again are forgotten every minute ([`Rates::forget_idle`]); what is
//! left in memory is bounded by the calls of the last minutes, which are themselves limited.

use std::{
    fmt,
    hash::Hash,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::DashMapStateStore,
};
use relais_service::Caller;
use relais_types::{
    DeviceId, Error, GroupId, OrgDomain, PractitionerId, PractitionerName, Reason, Result,
};
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};

use crate::{
    address::network,
    config::rate::{Rate, Rates as Config},
    stack::{Class, Next, Request, Response, policy, refuse},
};

/// All buckets; clones share them.
pub(crate) struct Rates<C: Clock = DefaultClock>(Arc<All<C>>);

struct All<C: Clock> {
    enrol: Limit<IpAddr, C>,
    sign_in: Limit<IpAddr, C>,
    device: Limit<DeviceId, C>,
    organisation: Limit<OrgDomain, C>,
    send: Limit<DeviceId, C>,
    commit: Limit<(DeviceId, GroupId), C>,
    create_group: Limit<DeviceId, C>,
    publish: Limit<DeviceId, C>,
    renew: Limit<DeviceId, C>,
    claim: Limit<(DeviceId, PractitionerId), C>,
    claimed: Limit<PractitionerId, C>,
    directory: Limit<Who, C>,
    admin: Limit<Who, C>,
    scim: Limit<OrgDomain, C>,
    scim_address: Limit<IpAddr, C>,
}

/// Whoever calls with a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    Operator,
    Device(DeviceId),
}

impl Rates {
    /// Full buckets, as `config` sizes them.
    pub(crate) fn new(config: &Config) -> Self {
        Self::with_clock(config, &DefaultClock::default())
    }
}

impl<C: Clock + Clone> Rates<C> {
    fn with_clock(config: &Config, clock: &C) -> Self {
        Self(Arc::new(All {
            enrol: Limit::new("enrol", config.enrol, clock),
            sign_in: Limit::new("sign_in", config.sign_in, clock),
            device: Limit::new("device", config.device, clock),
            organisation: Limit::new("organisation", config.organisation, clock),
            send: Limit::new("send", config.send, clock),
            commit: Limit::new("commit", config.commit, clock),
            create_group: Limit::new("create_group", config.create_group, clock),
            publish: Limit::new("publish", config.publish, clock),
            renew: Limit::new("renew", config.renew, clock),
            claim: Limit::new("claim", config.claim, clock),
            claimed: Limit::new("claimed", config.claimed, clock),
            directory: Limit::new("directory", config.directory, clock),
            admin: Limit::new("admin", config.admin, clock),
            scim: Limit::new("scim", config.scim, clock),
            scim_address: Limit::new("scim_address", config.scim_address, clock),
        }))
    }

    /// Draws what a call of `class` costs by who makes it.
    fn call(&self, class: Class, caller: &Caller, address: IpAddr) -> Result<()> {
        let buckets = &*self.0;
        let who = match caller {
            Caller::Anonymous => {
                return match class {
                    Class::Enrol => buckets.enrol.draw(&address),
                    Class::SignIn => buckets.sign_in.draw(&address),
                    _ => Ok(()),
                };
            }
            Caller::Operator => Who::Operator,
            Caller::Device(principal) => {
                let device = principal.device.device;
                buckets.device.draw(&device)?;
                buckets.organisation.draw(&principal.device.organisation)?;
                match class {
                    Class::Send => buckets.send.draw(&device)?,
                    Class::CreateGroup => buckets.create_group.draw(&device)?,
                    Class::Publish => buckets.publish.draw(&device)?,
                    Class::Renew => buckets.renew.draw(&device)?,
                    _ => {}
                }
                Who::Device(device)
            }
        };
        match class {
            Class::Directory => buckets.directory.draw(&who),
            Class::Admin => buckets.admin.draw(&who),
            _ => Ok(()),
        }
    }

    /// Draws what a commit to `group` costs.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub(crate) fn commit(&self, caller: &Caller, group: GroupId) -> Result<()> {
        match caller {
            Caller::Device(principal) => self.0.commit.draw(&(principal.device.device, group)),
            // Refused by the use case.
            Caller::Anonymous | Caller::Operator => Ok(()),
        }
    }

    /// Draws what claiming the key packages of `target` costs.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub(crate) fn claim(&self, caller: &Caller, target: &PractitionerName) -> Result<()> {
        let Caller::Device(principal) = caller else {
            return Ok(());
        };
        let practitioner = target.practitioner;
        self.0
            .claim
            .draw(&(principal.device.device, practitioner))?;
        self.0.claimed.draw(&practitioner)
    }

    /// Draws what a SCIM request of `organisation` costs.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub(crate) fn scim(&self, organisation: &OrgDomain) -> Result<()> {
        self.0.scim.draw(organisation)
    }

    /// Draws what a SCIM request costs whose token has not been looked at.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub(crate) fn scim_address(&self, address: IpAddr) -> Result<()> {
        self.0.scim_address.draw(&network(address))
    }

    /// Forgets the buckets that are full again; returns how many keys are left.
    pub(crate) fn forget_idle(&self) -> usize {
        let All {
            enrol,
            sign_in,
            device,
            organisation,
            send,
            commit,
            create_group,
            publish,
            renew,
            claim,
            claimed,
            directory,
            admin,
            scim,
            scim_address,
        } = &*self.0;
        [
            enrol.forget_idle(),
            sign_in.forget_idle(),
            device.forget_idle(),
            organisation.forget_idle(),
            send.forget_idle(),
            commit.forget_idle(),
            create_group.forget_idle(),
            publish.forget_idle(),
            renew.forget_idle(),
            claim.forget_idle(),
            claimed.forget_idle(),
            directory.forget_idle(),
            admin.forget_idle(),
            scim.forget_idle(),
            scim_address.forget_idle(),
        ]
        .iter()
        .sum()
    }
}

/// The layer: passes a call whose buckets hold enough.
pub(crate) async fn limit(rates: Rates, request: Request, next: Next) -> Response {
    let class = policy(&request).map_or(Class::Read, |policy| policy.class);
    let caller = request.extensions().get::<Caller>();
    let drawn = rates.call(
        class,
        caller.unwrap_or(&Caller::Anonymous),
        address(&request),
    );
    match drawn {
        Ok(()) => next.run(request).await,
        Err(error) => refuse(&error),
    }
}

/// Where the call comes from; IPv6 by the network that one customer is given.
fn address(request: &Request) -> IpAddr {
    let remote = request
        .extensions()
        .get::<TlsConnectInfo<TcpConnectInfo>>()
        .and_then(|info| info.get_ref().remote_addr());
    // A connection that is gone already shares one bucket with its like.
    remote.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |remote| {
        network(remote.ip())
    })
}

/// One bucket for each key.
type Buckets<K, C> = RateLimiter<K, DashMapStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// The buckets of one limit.
struct Limit<K: Hash + Eq + Clone, C: Clock> {
    name: &'static str,
    clock: C,
    /// Absent if there is no limit.
    buckets: Option<Buckets<K, C>>,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Limit<K, C> {
    fn new(name: &'static str, rate: Rate, clock: &C) -> Self {
        Self {
            name,
            clock: clock.clone(),
            buckets: quota(rate).map(|quota| RateLimiter::dashmap_with_clock(quota, clock.clone())),
        }
    }

    fn draw(&self, key: &K) -> Result<()> {
        let Some(buckets) = &self.buckets else {
            return Ok(());
        };
        buckets.check_key(key).map_err(|until| {
            Error::new(
                Reason::RateLimited,
                "too many calls: wait as long as RetryInfo says, then try again with the same request id",
            )
            .with("limit", self.name)
            .retry_after(until.wait_time_from(self.clock.now()))
        })
    }

    fn forget_idle(&self) -> usize {
        self.buckets.as_ref().map_or(0, |buckets| {
            buckets.retain_recent();
            buckets.shrink_to_fit();
            buckets.len()
        })
    }
}

fn quota(rate: Rate) -> Option<Quota> {
    match rate {
        Rate::Unlimited => None,
        Rate::Bucket {
            burst,
            calls,
            period,
        } => Some(Quota::with_period(period / calls.get())?.allow_burst(burst)),
    }
}

impl<C: Clock> Clone for Rates<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Clock> fmt::Debug for Rates<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rates").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;
    use relais_service::{AccessRole, Assurance, Principal, ProvedBy};
    use relais_types::{DeviceName, Timestamp};

    use super::*;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn rates(change: impl FnOnce(&mut Config)) -> (Rates<FakeRelativeClock>, FakeRelativeClock) {
        let mut config = Config::default();
        change(&mut config);
        let clock = FakeRelativeClock::default();
        (Rates::with_clock(&config, &clock), clock)
    }

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    fn device(number: u8, organisation: &str) -> Caller {
        Caller::Device(Principal {
            device: DeviceName {
                organisation: organisation.parse().unwrap(),
                practitioner: PractitionerId::from_bytes([number; 16]),
                device: DeviceId::from_bytes([number; 16]),
            },
            access_role: AccessRole::Member,
            serial: String::new(),
            assurance: Assurance {
                proved_by: ProvedBy::Certificate,
                step_up: None,
            },
            expires_at: Timestamp::default(),
        })
    }

    fn limited(outcome: Result<()>) -> (String, Duration) {
        let error = outcome.unwrap_err();
        assert_eq!(error.reason, Reason::RateLimited);
        (error.metadata["limit"].clone(), error.retry_after.unwrap())
    }

    #[test]
    fn a_device_gets_its_burst_then_its_rate_and_is_told_when() {
        let (rates, clock) = rates(|config| config.send = rate("3, then 1 per 2 s"));
        let (ana, bo) = (device(1, "a.internal"), device(2, "a.internal"));
        for _ in 0..3 {
            rates.call(Class::Send, &ana, HOME).unwrap();
        }
        let (name, wait) = limited(rates.call(Class::Send, &ana, HOME));
        assert_eq!((name.as_str(), wait), ("send", Duration::from_secs(2)));
        rates.call(Class::Send, &bo, HOME).unwrap();
        rates.call(Class::Read, &ana, HOME).unwrap();
        clock.advance(Duration::from_millis(1_999));
        let (_, wait) = limited(rates.call(Class::Send, &ana, HOME));
        assert_eq!(wait, Duration::from_millis(1));
        clock.advance(wait);
        rates.call(Class::Send, &ana, HOME).unwrap();
        limited(rates.call(Class::Send, &ana, HOME));
    }

    #[test]
    fn one_organisation_cannot_use_what_another_has() {
        let (rates, _) = rates(|config| config.organisation = rate("2, then 1 per h"));
        for number in 1..=2 {
            let caller = device(number, "loud.internal");
            rates.call(Class::Read, &caller, HOME).unwrap();
        }
        let third = rates.call(Class::Read, &device(3, "loud.internal"), HOME);
        assert_eq!(limited(third).0, "organisation");
        rates
            .call(Class::Read, &device(4, "quiet.internal"), HOME)
            .unwrap();
        rates.call(Class::Read, &Caller::Operator, HOME).unwrap();
    }

    #[test]
    fn without_a_token_the_address_counts() {
        let (rates, _) = rates(|config| {
            config.enrol = rate("1, then 1 per min");
            config.sign_in = rate("2, then 1 per min");
        });
        let call = |class, address| rates.call(class, &Caller::Anonymous, address);
        call(Class::Enrol, HOME).unwrap();
        assert_eq!(limited(call(Class::Enrol, HOME)).0, "enrol");
        // Another class, and another address, have buckets of their own.
        call(Class::SignIn, HOME).unwrap();
        call(Class::Enrol, "192.0.2.7".parse().unwrap()).unwrap();
        for _ in 0..100 {
            call(Class::Open, HOME).unwrap();
        }
    }

    #[test]
    fn claims_go_by_pair_and_by_target() {
        let (rates, clock) = rates(|config| {
            config.claim = rate("2, then 1 per 10 min");
            config.claimed = rate("3, then 1 per h");
        });
        let target = |number| PractitionerName {
            organisation: "b.internal".parse().unwrap(),
            practitioner: PractitionerId::from_bytes([number; 16]),
        };
        let (ana, bo) = (device(1, "a.internal"), device(2, "a.internal"));
        rates.claim(&ana, &target(9)).unwrap();
        rates.claim(&ana, &target(9)).unwrap();
        let (name, wait) = limited(rates.claim(&ana, &target(9)));
        assert_eq!((name.as_str(), wait), ("claim", Duration::from_mins(10)));
        rates.claim(&ana, &target(8)).unwrap();
        rates.claim(&bo, &target(9)).unwrap();
        assert_eq!(limited(rates.claim(&bo, &target(9))).0, "claimed");
        clock.advance(Duration::from_hours(1));
        rates.claim(&bo, &target(9)).unwrap();
    }

    #[test]
    fn an_outsider_cannot_use_up_the_commits_of_a_group() {
        let (rates, _) = rates(|config| config.commit = rate("1, then 1 per h"));
        let group = GroupId::from_bytes([7; 16]);
        let (member, outsider) = (device(1, "a.internal"), device(2, "b.internal"));
        rates.commit(&outsider, group).unwrap();
        assert_eq!(limited(rates.commit(&outsider, group)).0, "commit");
        rates.commit(&member, group).unwrap();
        rates.commit(&member, GroupId::from_bytes([8; 16])).unwrap();
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let (rates, clock) = rates(|config| {
            config.device = rate("2, then 1 per s");
            config.organisation = Rate::Unlimited;
        });
        for number in 0..200 {
            rates
                .call(Class::Read, &device(number, "a.internal"), HOME)
                .unwrap();
        }
        assert_eq!(rates.forget_idle(), 200);
        clock.advance(Duration::from_secs(3));
        assert_eq!(rates.forget_idle(), 0);
    }

    #[test]
    fn the_morning_of_a_clinic_passes() {
        // Thirty people set up and at work from one address within a moment.
        let (rates, _) = rates(|_| {});
        for number in 0..30 {
            let caller = device(number, "clinic.internal");
            let nobody = &Caller::Anonymous;
            rates.call(Class::Admin, &Caller::Operator, HOME).unwrap();
            rates.call(Class::Enrol, nobody, HOME).unwrap();
            for _ in 0..20 {
                rates.call(Class::SignIn, nobody, HOME).unwrap();
            }
            for _ in 0..100 {
                rates.call(Class::Send, &caller, HOME).unwrap();
            }
            for _ in 0..20 {
                rates.call(Class::Directory, &caller, HOME).unwrap();
            }
        }
    }
}
