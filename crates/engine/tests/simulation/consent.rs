//! What the patient agreed to, and what becomes of a linked conversation when that ends.

use std::time::Duration;

use relais_care::{
    AccessEndedCause, Actor, CaseOpened, Consent, ConsentGiven, Content, ConversationKind,
    InformationClass, Language, LoopState, Occupancy, Patient, Referral, Transition, Withheld,
};
use relais_engine::{CasePolicy, Event, Opening, Update};
use relais_proto::delivery::{LogEntry, delivery::Item};
use relais_types::{CaseId, Clock as _, EntryId, Error, Reason, SeatId};

use crate::world::{Fate, World};

pub(crate) const NAVIGATOR: usize = 0;
pub(crate) const PHYSICIAN: usize = 1;
const PARTNER: usize = 2;

/// A navigator's and a physician's case, a consent to share social and contact information with
/// the community organisation until `end` hours from now, and a conversation of `holders` with it.
pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) team: CaseId,
    pub(crate) partner: CaseId,
    pub(crate) consent: EntryId,
}

pub(crate) fn seat_of(world: &World, case: CaseId, node: usize) -> SeatId {
    let person = world.person(node).name;
    let view = world.nodes[NAVIGATOR].account.view(case).unwrap();
    view.team.seats_of(&person).next().unwrap().seat.id
}

pub(crate) fn people(seed: u64) -> (World, CaseId) {
    let mut world = World::new(seed);
    world.enrol("hospital", "Navigator", None);
    world.enrol("clinic", "Physician", None);
    world.enrol("community", "Partner", None);
    let team = world.open_case(NAVIGATOR, &[NAVIGATOR, PHYSICIAN], None);
    world.settle();
    (world, team)
}

pub(crate) fn agreement(world: &World, hours: Option<u64>) -> Consent {
    let now = world.clock.now();
    Consent {
        actors: vec!["community.internal".parse().unwrap()],
        people: Vec::new(),
        classes: vec![InformationClass::Social, InformationClass::Contact],
        purpose: "meals at home".to_owned(),
        start: now,
        end: hours.map(|hours| now.plus(Duration::from_hours(hours))),
        decision_maker: "P.".to_owned(),
        given: Some(ConsentGiven::Verbal),
    }
}

/// Recorded by the navigator, said by the physician, who may withdraw it, too.
pub(crate) fn record(world: &mut World, team: CaseId, consent: Consent) -> EntryId {
    let owner = seat_of(world, team, PHYSICIAN);
    let recorded = world
        .command(NAVIGATOR, |account| {
            account.post(team, None, Language::English, |draft| {
                draft.consent(owner, consent)
            })
        })
        .unwrap();
    world.settle();
    step(world, team, recorded, LoopState::Active);
    recorded
}

pub(crate) fn step(world: &mut World, team: CaseId, target: EntryId, to: LoopState) {
    let step = Transition::new(target, to).note("as the patient says");
    world
        .command(PHYSICIAN, |account| {
            account.post(team, None, Language::English, |draft| {
                draft.transition(step)
            })
        })
        .unwrap();
}

fn referral() -> Referral {
    Referral {
        service: None,
        service_display_name: "Meals".to_owned(),
        reason: "lives alone".to_owned(),
        needs: vec!["meals".to_owned()],
        consent: "agreed by telephone".to_owned(),
        outcome_wanted: "eats every day".to_owned(),
    }
}

pub(crate) fn refer(world: &mut World, partner: CaseId) -> EntryId {
    let owner = seat_of(world, partner, PARTNER);
    world
        .command(NAVIGATOR, |account| {
            account.post(partner, None, Language::English, |draft| {
                draft.referral(owner, referral())
            })
        })
        .unwrap()
}

pub(crate) fn bridged(seed: u64, hours: Option<u64>, holders: &[usize]) -> Town {
    let (mut world, team) = people(seed);
    let consent = agreement(&world, hours);
    let consent = record(&mut world, team, consent);
    world.settle();
    let partner = world.open_case(NAVIGATOR, holders, Some(team));
    world.settle();
    Town {
        world,
        team,
        partner,
        consent,
    }
}

impl Town {
    pub(crate) fn withdraw(&mut self) {
        step(
            &mut self.world,
            self.team,
            self.consent,
            LoopState::Withdrawn,
        );
    }

    pub(crate) fn reads(&self, node: usize) -> bool {
        let name = self.world.nodes[node].name.device;
        self.world.server.members(self.partner).contains(&name)
    }

    pub(crate) fn share(
        &mut self,
        entry: EntryId,
        class: Option<InformationClass>,
    ) -> Result<Vec<EntryId>, Error> {
        let (team, partner) = (self.team, self.partner);
        self.world.command(NAVIGATOR, |account| {
            account.share(team, partner, &[(entry, class)], Language::English)
        })
    }

    /// Ended for this reason, by what everybody there sees.
    fn assert_ended(&self, cause: AccessEndedCause) {
        assert!(!self.reads(PARTNER));
        for node in [NAVIGATOR, PARTNER] {
            let view = self.world.nodes[node].account.view(self.partner).unwrap();
            assert_eq!(view.ended.as_ref().unwrap().cause, cause, "node {node}");
        }
        let seen = &self.world.nodes[PHYSICIAN]
            .account
            .view(self.team)
            .unwrap()
            .linked;
        assert_eq!(seen[&self.partner].ended.as_ref().unwrap().cause, cause);
        let left = Update::Left(self.partner);
        assert!(self.world.nodes[PARTNER].updates.contains(&left));
    }
}

pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.reason, Reason::NotAllowed, "{error}");
    error.metadata.get("withheld").cloned().unwrap_or_default()
}

fn entries(world: &World, case: CaseId) -> Vec<LogEntry> {
    let log = world.server.log(case).into_iter();
    log.filter_map(|delivery| match delivery.item {
        Some(Item::Entry(entry)) => Some(entry),
        _ => None,
    })
    .collect()
}

#[test]
fn after_a_withdrawal_the_partners_keys_open_nothing_more_and_the_team_goes_on() {
    let mut town = bridged(21, None, &[NAVIGATOR, PARTNER]);
    let asked = refer(&mut town.world, town.partner);
    town.world.settle();
    // On the server before the withdrawal, and not delivered to the partner.
    town.world.say(NAVIGATOR, town.partner, "unread").unwrap();
    while town.world.calls(NAVIGATOR) > 0 {
        town.world.resolve(NAVIGATOR, 0, Fate::Answered);
    }
    let unread = u64::try_from(town.world.server.entries(town.partner)).unwrap();
    let stolen = town.world.copy(PARTNER);

    // The bridge is away, and its process is started again afterwards.
    town.world.event(NAVIGATOR, Event::Disconnected);
    town.withdraw();
    town.world.crash(NAVIGATOR);
    town.world.settle();
    town.assert_ended(AccessEndedCause::ConsentWithdrawn);
    town.world.assert_no_alarm();

    let interrupted = town.world.nodes[PHYSICIAN].account.view(town.team).unwrap();
    let interrupted: Vec<_> = interrupted
        .interrupted()
        .map(|(_, asked)| asked.id)
        .collect();
    assert_eq!(interrupted, [asked], "the team sees what was interrupted");
    // What is open there can still be taken back, which the partner does not learn.
    let announced = u64::try_from(town.world.server.entries(town.partner)).unwrap();
    town.world
        .command(NAVIGATOR, |account| {
            account.post(town.partner, None, Language::English, |draft| {
                draft.cancellation(relais_care::Cancellation {
                    target: asked,
                    reason: "no consent any more".to_owned(),
                })
            })
        })
        .unwrap();
    town.world.settle();
    town.world.say(NAVIGATOR, town.team, "we go on").unwrap();
    town.world.settle();
    assert!(town.world.sees(PHYSICIAN, town.team, "we go on"));
    town.world.assert_converged(town.team);

    // Whoever has the partner's device as it was, and every ciphertext, opens what was sent
    // before the removal and nothing after it.
    let copy = entries(&town.world, town.partner);
    assert!(
        copy.last().unwrap().seq > announced,
        "something was said afterwards"
    );
    town.world.nodes[PARTNER].rows = stolen;
    let mut device = town.world.reopened(PARTNER);
    let opened = device.opens(town.partner, &copy);
    assert!(opened.contains(&unread), "the attempt is a real one");
    let removal = removal(&copy, unread);
    assert!(opened.iter().all(|seq| *seq < removal), "{opened:?}");
}

/// The number of the commit that removed the partner, which came after `seq`.
fn removal(copy: &[LogEntry], seq: u64) -> u64 {
    let is_commit = |entry: &&LogEntry| {
        let kind = relais_mls::content_kind(&entry.payload).unwrap();
        entry.seq > seq && matches!(kind, relais_mls::ContentKind::Commit)
    };
    copy.iter().find(is_commit).unwrap().seq
}

#[test]
fn access_ends_once_and_for_good_through_faults_and_crashes() {
    for seed in 100..108 {
        let mut town = bridged(seed, None, &[NAVIGATOR, PHYSICIAN, PARTNER]);
        refer(&mut town.world, town.partner);
        town.world.settle();
        let stolen = town.world.copy(PARTNER);
        let before = u64::try_from(town.world.server.entries(town.partner)).unwrap();
        town.withdraw();
        for _ in 0..60 {
            let node = town.world.below(3);
            match town.world.below(6) {
                0 if node != PARTNER => town.world.crash(node),
                1 => town.world.advance(Duration::from_secs(3)),
                2 => town.world.deliver(node, 1),
                _ if town.world.calls(node) > 0 => {
                    let fates = [Fate::Answered, Fate::LostBefore, Fate::LostAfter];
                    let fate = fates[town.world.below(3)];
                    town.world.resolve(node, 0, fate);
                }
                _ => town.world.deliver(node, usize::MAX),
            }
        }
        town.world.settle();
        town.assert_ended(AccessEndedCause::ConsentWithdrawn);
        let view = town.world.nodes[NAVIGATOR]
            .account
            .view(town.partner)
            .unwrap();
        let told = view.timeline.iter().filter(|item| {
            matches!(item.content, Content::AccessEnded(_)) && item.rejected.is_none()
        });
        assert_eq!(told.count(), 1, "seed {seed}");
        let copy = entries(&town.world, town.partner);
        let removal = removal(&copy, before);
        town.world.nodes[PARTNER].rows = stolen;
        let mut device = town.world.reopened(PARTNER);
        let opened = device.opens(town.partner, &copy);
        assert!(!opened.is_empty(), "seed {seed}: the attempt is a real one");
        assert!(
            opened.iter().all(|seq| *seq < removal),
            "seed {seed}: {opened:?}"
        );
        town.world.assert_converged(town.team);
        town.world.assert_converged(town.partner);
    }
}

#[test]
fn whoever_else_is_in_both_takes_over_while_the_bridge_is_away() {
    let mut town = bridged(22, None, &[NAVIGATOR, PHYSICIAN, PARTNER]);
    town.world.event(NAVIGATOR, Event::Disconnected);
    town.withdraw();
    for _ in 0..40 {
        for node in [PHYSICIAN, PARTNER] {
            while town.world.calls(node) > 0 {
                town.world.resolve(node, 0, Fate::Answered);
            }
            town.world.deliver(node, usize::MAX);
        }
        town.world.advance(Duration::from_secs(5));
    }
    assert!(
        !town.reads(PARTNER),
        "the physician's device has removed it"
    );
    town.world.event(NAVIGATOR, Event::Connected);
    town.world.settle();
    town.assert_ended(AccessEndedCause::ConsentWithdrawn);
    town.world.assert_no_alarm();
    let view = town.world.nodes[NAVIGATOR]
        .account
        .view(town.partner)
        .unwrap();
    let told = view.timeline.iter();
    let told = told.filter(|item| matches!(item.content, Content::AccessEnded(_)));
    assert_eq!(told.count(), 1, "it is said once");
}

#[test]
fn a_consents_period_ends_by_the_clock() {
    let mut town = bridged(23, Some(48), &[NAVIGATOR, PARTNER]);
    town.world.say(NAVIGATOR, town.partner, "in time").unwrap();
    town.world.settle();
    let now = town.world.clock.now();
    let due = town.world.nodes[NAVIGATOR].account.next_wake_up().unwrap();
    assert!(
        due <= now.plus(Duration::from_hours(48)),
        "it wakes up by itself"
    );
    town.world.advance(Duration::from_hours(49));
    town.world.settle();
    town.assert_ended(AccessEndedCause::ConsentExpired);
    assert!(
        town.world.sees(PARTNER, town.partner, "in time"),
        "what was read stays read"
    );
    town.world.assert_no_alarm();
}

#[test]
fn what_was_written_before_the_withdrawal_and_not_sent_is_never_sent() {
    let mut town = bridged(24, None, &[NAVIGATOR, PARTNER]);
    town.world.event(NAVIGATOR, Event::Disconnected);
    let written = town.world.say(NAVIGATOR, town.partner, "too late").unwrap();
    town.withdraw();
    town.world.answer_all(PHYSICIAN);
    town.world.event(NAVIGATOR, Event::Connected);
    town.world.settle();
    town.assert_ended(AccessEndedCause::ConsentWithdrawn);
    assert!(!town.world.sees(PARTNER, town.partner, "too late"));
    let pending = town.world.nodes[NAVIGATOR]
        .account
        .pending(town.partner)
        .unwrap();
    let [pending] = &pending[..] else {
        panic!("{pending:?}")
    };
    assert_eq!(pending.entry.id.as_ref(), written.as_bytes());
    assert!(pending.refused.is_some(), "its author is told");
}

#[test]
fn a_copy_is_shared_as_previewed_and_the_team_can_verify_it() {
    let mut town = bridged(25, None, &[NAVIGATOR, PARTNER]);
    let social = Some(InformationClass::Social);
    let said = town.world.say(PHYSICIAN, town.team, "lives alone").unwrap();
    town.world.settle();
    let account = &town.world.nodes[NAVIGATOR].account;
    let preview = account
        .preview(
            town.team,
            town.partner,
            &[
                (said, social),
                (said, Some(InformationClass::Clinical)),
                (said, None),
            ],
            Language::English,
        )
        .unwrap();
    let copy = preview[0].copy.clone().unwrap();
    assert_eq!(copy.text, "lives alone");
    assert_eq!(preview[1].copy, Err(Withheld::NotCovered));
    assert_eq!(preview[2].copy, Err(Withheld::NoClass));
    let before = town.world.server.entries(town.partner);
    assert_eq!(
        refusal(town.share(said, Some(InformationClass::Results))),
        "not_covered"
    );
    assert_eq!(town.world.server.entries(town.partner), before);

    town.share(said, social).unwrap();
    town.world.settle();
    town.world.assert_no_alarm();
    let seen = town.world.nodes[PARTNER]
        .account
        .view(town.partner)
        .unwrap();
    let shown = seen.timeline.iter().find_map(|item| match &item.content {
        Content::Excerpt(excerpt) => Some(excerpt),
        _ => None,
    });
    assert_eq!(shown, Some(&copy), "exactly what was previewed");

    let account = &town.world.nodes[PHYSICIAN].account;
    let view = account.view(town.team).unwrap();
    let shares = view.shares();
    assert_eq!(shares.len(), 1);
    assert_eq!((shares[0].original, shares[0].is_faithful), (said, true));
    assert_eq!(shares[0].consents, [town.consent]);
    let is_copy = |entry, digest| account.is_copy_of(town.team, entry, town.partner, digest);
    assert!(is_copy(said, copy.original_digest).unwrap());
    assert!(!is_copy(town.consent, copy.original_digest).unwrap());
}

#[test]
fn without_a_consent_only_the_minimum_is_said() {
    let (mut world, team) = people(26);
    let now = world.clock.now();
    let opened = world.nodes[NAVIGATOR].account.view(team).unwrap();
    let community = Actor::Organisation("community.internal".parse().unwrap());
    assert_eq!(opened.consent_ended(&community, now), None);
    let partner = world.open_case(NAVIGATOR, &[NAVIGATOR, PARTNER], Some(team));
    world.settle();
    assert_eq!(
        refusal(world.say(NAVIGATOR, partner, "lives alone")),
        "not_recorded"
    );
    // The partner is held to nothing: it knows of no case.
    world.say(PARTNER, partner, "who is it about?").unwrap();
    // A referral says itself what was agreed to; then they talk. Copies need more.
    refer(&mut world, partner);
    world.settle();
    world.say(NAVIGATOR, partner, "she likes soup").unwrap();
    world.settle();
    assert!(world.sees(PARTNER, partner, "she likes soup"));
    let said = world.say(PHYSICIAN, team, "falls at night").unwrap();
    world.settle();
    let mut town = Town {
        world,
        team,
        partner,
        consent: said,
    };
    let shared = town.share(said, Some(InformationClass::Social));
    assert_eq!(refusal(shared), "not_recorded");
    town.world.assert_no_alarm();
}

#[test]
fn who_the_patient_is_is_told_only_by_consent() {
    let (mut world, team) = people(27);
    let seats: Vec<_> = [NAVIGATOR, PARTNER].map(|node| world.seat(node)).into();
    let held = seats.iter().zip([NAVIGATOR, PARTNER]);
    let occupancies = held
        .map(|(seat, node)| Occupancy {
            seat: seat.id,
            person: Some(world.person(node)),
        })
        .collect();
    let content = CaseOpened {
        title: "Meals".to_owned(),
        purpose: String::new(),
        patient: Some(Patient {
            display_name: "Marguerite Lavoie".to_owned(),
            birth_date: "1941-05-06".to_owned(),
            language: String::new(),
        }),
        conversation: ConversationKind::Partner,
        seats,
        occupancies,
    };
    let opening = Opening {
        content,
        language: Language::English,
        parent: Some(team),
        policy: CasePolicy::default(),
    };
    let open = |world: &mut World| world.command(NAVIGATOR, |account| account.open_case(&opening));
    assert_eq!(refusal(open(&mut world)), "not_recorded");
    let consent = Consent {
        classes: vec![InformationClass::Identity],
        ..agreement(&world, None)
    };
    let recorded = record(&mut world, team, consent);
    world.settle();
    open(&mut world).unwrap();
    step(&mut world, team, recorded, LoopState::Withdrawn);
    world.settle();
    assert_eq!(refusal(open(&mut world)), "not_in_force");
}

#[test]
fn a_new_consent_lets_a_new_conversation_begin() {
    let mut town = bridged(28, None, &[NAVIGATOR, PARTNER]);
    town.withdraw();
    town.world.settle();
    town.assert_ended(AccessEndedCause::ConsentWithdrawn);
    let community = town.world.person(PARTNER).name;
    let (team, old) = (town.team, town.partner);
    let back = town
        .world
        .command(NAVIGATOR, |account| account.add_devices(old, &community));
    assert_eq!(back.unwrap_err().reason, Reason::NotAllowed);
    let consent = agreement(&town.world, None);
    town.consent = record(&mut town.world, team, consent);
    town.world.settle();
    assert!(
        town.world.say(NAVIGATOR, old, "again").is_err(),
        "it has ended for good"
    );
    town.partner = town
        .world
        .open_case(NAVIGATOR, &[NAVIGATOR, PARTNER], Some(team));
    town.world.settle();
    town.world
        .say(NAVIGATOR, town.partner, "welcome back")
        .unwrap();
    town.world.settle();
    assert!(town.world.sees(PARTNER, town.partner, "welcome back"));
    assert!(town.reads(PARTNER));
    town.world.assert_no_alarm();
    town.world.assert_converged(team);
}
