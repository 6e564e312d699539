//! What the schema cannot say: that every name refers to something that is there by then.

use std::collections::{BTreeMap, BTreeSet};

use relais_types::OrgDomain;

use super::{Ask, Expect, Ordered, SeatSpec, Step, Story, Tell, load::Place};

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) place: Place,
    pub(super) problem: String,
}

/// Checks names before anything is started.
pub(super) fn check(story: &Story) -> Result<(), Fault> {
    sections(story)?;
    let mut known = Known::of(story);
    for (index, step) in story.steps.iter().enumerate() {
        known.step(step).map_err(|problem| Fault {
            place: Place::Element("steps", index),
            problem: format!("step {}: {problem}", index + 1),
        })?;
    }
    for (index, show) in story.shows.iter().enumerate() {
        known
            .device(&show.person)
            .and_then(|()| known.case(&show.case).map(drop))
            .map_err(|problem| Fault {
                place: Place::Element("shows", index),
                problem,
            })?;
    }
    Ok(())
}

fn sections(story: &Story) -> Result<(), Fault> {
    let fault = |section, key: &str, problem| {
        Err(Fault {
            place: Place::Key(section, key.to_owned()),
            problem,
        })
    };
    for (key, organisation) in story.organisations.iter() {
        if let Err(error) = organisation.domain.parse::<OrgDomain>() {
            return fault("organisations", key, error.to_string());
        }
    }
    for (key, person) in story.people.iter() {
        if let Err(problem) = one_of("organisation", &person.organisation, &story.organisations) {
            return fault("people", key, problem);
        }
        if person.devices.is_empty() {
            return fault("people", key, format!("`{key}` has no device"));
        }
        if !is_slug(key) || !person.devices.iter().all(|device| is_slug(device)) {
            return fault(
                "people",
                key,
                "names of people and devices are made of letters, digits and hyphens".to_owned(),
            );
        }
    }
    for (key, service) in story.services.iter() {
        if let Err(problem) = one_of("organisation", &service.organisation, &story.organisations) {
            return fault("services", key, problem);
        }
        for person in &service.people {
            if let Err(problem) = one_of("person", person, &story.people) {
                return fault("services", key, problem);
            }
            if story.people.get(person).is_some_and(|person| person.later) {
                let problem = format!("`{person}` is not there when the services are published");
                return fault("services", key, problem);
            }
        }
    }
    Ok(())
}

/// Names folders, so it must be harmless in a path.
fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn one_of<T>(what: &str, key: &str, among: &Ordered<T>) -> Result<(), String> {
    if among.get(key).is_some() {
        return Ok(());
    }
    let known: Vec<&str> = among.keys().collect();
    Err(format!(
        "there is no {what} `{key}`; there are {}",
        listed(&known)
    ))
}

fn listed(known: &[&str]) -> String {
    if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    }
}

type Outcome = Result<(), String>;

/// What has been named so far.
struct Known<'a> {
    story: &'a Story,
    /// Seats by case.
    cases: BTreeMap<&'a str, BTreeSet<&'a str>>,
    entries: BTreeSet<&'a str>,
    /// Who has been invited, of those who are not there from the beginning.
    invited: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn of(story: &'a Story) -> Self {
        Self {
            story,
            cases: BTreeMap::new(),
            entries: BTreeSet::new(),
            invited: BTreeSet::new(),
        }
    }

    fn step(&mut self, step: &'a Step) -> Outcome {
        match step {
            Step::Narrate(_) | Step::Server(_) => Ok(()),
            Step::Open(open) => {
                self.device(&open.by)?;
                if let Some(parent) = &open.parent {
                    self.case(parent)?;
                }
                if self.cases.insert(&open.case, BTreeSet::new()).is_some() {
                    return Err(format!("the case `{}` is opened twice", open.case));
                }
                self.add_seats(&open.case, &open.seats)
            }
            Step::Say(say) => {
                self.device(&say.by)?;
                for seat in &say.audience {
                    self.seat(&say.case, seat)?;
                }
                say.reply_to
                    .as_deref()
                    .map_or(Ok(()), |entry| self.entry(entry))?;
                self.case(&say.case)?;
                self.name(say.id.as_deref())
            }
            Step::Consult(ask) => self.ask(&ask.by, &ask.case, &ask.to, &ask.id),
            Step::Task(ask) => self.ask(&ask.by, &ask.case, &ask.to, &ask.id),
            Step::AskAck(ask) => self.ask(&ask.by, &ask.case, &ask.to, &ask.id),
            Step::Refer(refer) => {
                one_of("service", &refer.service, &self.story.services)?;
                self.ask(&refer.by, &refer.case, &refer.to, &refer.id)
            }
            Step::Ask(ask) => self.ask_more(ask),
            Step::Tell(tell) => self.tell(tell),
            Step::Respond(respond) => {
                self.device(&respond.by)?;
                self.entry(&respond.to)?;
                if let Some(service) = &respond.alternative_service {
                    one_of("service", service, &self.story.services)?;
                }
                if let Some(seat) = &respond.offer_to
                    && !self
                        .cases
                        .values()
                        .any(|seats| seats.contains(seat.as_str()))
                {
                    return Err(format!("no case has a seat `{seat}` by then"));
                }
                self.name(respond.id.as_deref())
            }
            Step::Acknowledge(ack) => self.device(&ack.by).and_then(|()| self.entry(&ack.entry)),
            Step::Read(read) => {
                self.case(&read.case)?;
                read.by.iter().try_for_each(|person| self.device(person))
            }
            Step::Correct(correct) => self
                .device(&correct.by)
                .and_then(|()| self.entry(&correct.entry)),
            Step::Add(add) => {
                self.device(&add.by)?;
                self.case(&add.case)?;
                self.add_seats(&add.case, &add.seats)
            }
            Step::Replace(replace) => {
                self.device(&replace.by)?;
                self.seat(&replace.case, &replace.seat)?;
                replace
                    .with
                    .as_deref()
                    .map_or(Ok(()), |person| self.person(person))
            }
            Step::Invite(invite) => {
                self.administers(&invite.by, &invite.person)?;
                let person = self.story.people.get(&invite.person);
                if person.is_none_or(|person| !person.later) || !self.invited.insert(&invite.person)
                {
                    return Err(format!(
                        "`{}` is there already: mark whom a story invites with `later: true`",
                        invite.person
                    ));
                }
                Ok(())
            }
            Step::Revoke(revoke) => {
                self.device(&revoke.who)?;
                let person = revoke.who.split('/').next().unwrap_or(&revoke.who);
                self.administers(&revoke.by, person)
            }
            Step::Offline(device) | Step::Online(device) => self.device(&device.device),
            Step::Expect(expect) => self.expect(expect),
        }
    }

    fn ask_more(&mut self, ask: &'a Ask) -> Outcome {
        if let Some(seat) = &ask.from {
            self.seat(&ask.case, seat)?;
        }
        if let Some(service) = ask.what.service() {
            one_of("service", service, &self.story.services)?;
        }
        for organisation in ask.what.organisations() {
            one_of("organisation", organisation, &self.story.organisations)?;
        }
        ask.what.entry().map_or(Ok(()), |entry| self.entry(entry))?;
        self.ask(&ask.by, &ask.case, &ask.to, &ask.id)
    }

    fn tell(&mut self, tell: &'a Tell) -> Outcome {
        self.device(&tell.by)?;
        self.case(&tell.case)?;
        for seat in tell.what.seats().into_iter().chain(tell.from.as_deref()) {
            self.seat(&tell.case, seat)?;
        }
        for entry in tell.what.entries() {
            self.entry(entry)?;
        }
        self.name(tell.id.as_deref())
    }

    fn ask(&mut self, by: &str, case: &str, to: &str, id: &'a str) -> Outcome {
        self.device(by)?;
        self.seat(case, to)?;
        self.name(Some(id))
    }

    fn expect(&self, expect: &Expect) -> Outcome {
        let about_loop = expect.r#loop.is_some();
        let about_entry = expect.entry.is_some();
        let about_seat = expect.seat.is_some();
        let about_receipts = !expect.receipts.is_empty();
        let about_plan = !expect.plan.is_empty();
        if [
            about_loop,
            about_entry,
            about_seat,
            about_receipts,
            about_plan,
        ]
        .iter()
        .filter(|&&given| given)
        .count()
            != 1
        {
            return Err(
                "expect either a `loop`, an `entry`, a `seat`, `receipts` or a `plan`".to_owned(),
            );
        }
        if about_loop != (expect.state.is_some() || expect.owned_by.is_some()) {
            return Err("`loop` goes with `state` or `owned_by`".to_owned());
        }
        if about_entry == (expect.seen_by.is_empty() && expect.hidden_from.is_empty()) {
            return Err("`entry` goes with `seen_by` or `hidden_from`".to_owned());
        }
        if (about_seat || about_receipts || about_plan) != expect.case.is_some() {
            return Err("`seat`, `receipts` and `plan` go with `case`".to_owned());
        }
        for entry in expect.r#loop.iter().chain(&expect.entry) {
            self.entry(entry)?;
        }
        for device in expect.seen_by.iter().chain(&expect.hidden_from) {
            self.device(device)?;
        }
        if let Some(person) = &expect.held_by {
            self.person(person)?;
        }
        if let (Some(case), Some(seat)) = (&expect.case, &expect.covered_by) {
            self.seat(case, seat)?;
        }
        match (&expect.case, &expect.seat) {
            (Some(case), Some(seat)) => self.seat(case, seat),
            (Some(case), None) => self.case(case).map(drop),
            _ => Ok(()),
        }
    }

    fn add_seats(&mut self, case: &'a str, seats: &'a [SeatSpec]) -> Outcome {
        for seat in seats {
            match (&seat.person, &seat.organisation) {
                (Some(person), None) => self.person(person)?,
                (None, Some(organisation)) => {
                    one_of("organisation", organisation, &self.story.organisations)?;
                }
                _ => {
                    return Err(format!(
                        "the seat `{}` needs either a `person` or an `organisation`",
                        seat.seat
                    ));
                }
            }
            if !self.cases.entry(case).or_default().insert(&seat.seat) {
                return Err(format!(
                    "the case `{case}` has a seat `{}` already",
                    seat.seat
                ));
            }
        }
        Ok(())
    }

    fn name(&mut self, id: Option<&'a str>) -> Outcome {
        match id {
            Some(id) if !self.entries.insert(id) => {
                Err(format!("`{id}` names an earlier entry already"))
            }
            _ => Ok(()),
        }
    }

    /// Somebody who is enrolled by then.
    fn person(&self, person: &str) -> Outcome {
        one_of("person", person, &self.story.people)?;
        let later = self
            .story
            .people
            .get(person)
            .is_some_and(|person| person.later);
        if later && !self.invited.contains(person) {
            return Err(format!("`{person}` has not been invited by then"));
        }
        Ok(())
    }

    /// `by` may administer the organisation of `person`.
    fn administers(&self, by: &str, person: &str) -> Outcome {
        self.device(by)?;
        one_of("person", person, &self.story.people)?;
        let people = &self.story.people;
        let by = by.split('/').next().unwrap_or(by);
        match (people.get(by), people.get(person)) {
            (Some(of), Some(whom)) if of.administrator && of.organisation == whom.organisation => {
                Ok(())
            }
            _ => Err(format!(
                "`{by}` does not administer the organisation of `{person}`"
            )),
        }
    }

    fn device(&self, device: &str) -> Outcome {
        let (person, label) = device
            .split_once('/')
            .map_or((device, None), |(person, label)| (person, Some(label)));
        self.person(person)?;
        let devices = self
            .story
            .people
            .get(person)
            .map(|person| person.devices.as_slice())
            .unwrap_or_default();
        match label {
            Some(label) if !devices.iter().any(|known| known == label) => Err(format!(
                "`{person}` has no device `{label}`; there are {}",
                devices.join(", ")
            )),
            _ => Ok(()),
        }
    }

    fn case(&self, case: &str) -> Result<&BTreeSet<&'a str>, String> {
        self.cases.get(case).ok_or_else(|| {
            let known: Vec<&str> = self.cases.keys().copied().collect();
            format!(
                "no case `{case}` is open by then; there are {}",
                listed(&known)
            )
        })
    }

    fn seat(&self, case: &str, seat: &str) -> Outcome {
        let seats = self.case(case)?;
        if seats.contains(seat) {
            return Ok(());
        }
        let known: Vec<&str> = seats.iter().copied().collect();
        Err(format!(
            "the case `{case}` has no seat `{seat}` by then; there are {}",
            listed(&known)
        ))
    }

    fn entry(&self, entry: &str) -> Outcome {
        if self.entries.contains(entry) {
            return Ok(());
        }
        let known: Vec<&str> = self.entries.iter().copied().collect();
        Err(format!(
            "no entry is named `{entry}` by then; there are {}",
            listed(&known)
        ))
    }
}
