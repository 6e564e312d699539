//! The story's people: enrolled for real, each device with an encrypted store of its own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::future::try_join_all;
use relais_care::{Language, Person};
use relais_client::{Client, Directory, EnrolOptions, Invitee};
use relais_proto::directory as pb;
use relais_types::{OrgDomain, PractitionerName, Reason, ServiceName};

use super::{PASSPHRASE, server::Server, stage::Narrator};
use crate::{
    Failure,
    story::{self, Story},
};

/// How long one device may take to enrol.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a call is repeated when the server goes away in the middle.
const ATTEMPTS: u32 = 20;
/// Pause between attempts: the server is back by then, or the next attempt tells.
const PAUSE: Duration = Duration::from_millis(150);

/// Somebody of the story.
#[derive(Clone, Debug)]
pub(crate) struct Human {
    /// As seats and authors name them.
    pub(crate) person: Person,
    /// Their organisation's name as people know it.
    pub(crate) organisation: String,
    /// Which of the interface's languages they write in.
    pub(crate) language: Language,
}

/// One device of somebody.
#[derive(Debug)]
pub(crate) struct Device {
    /// Short name of the person.
    pub(crate) person: String,
    /// What its owner calls it.
    pub(crate) label: String,
    /// Its folder.
    pub(crate) store: PathBuf,
    /// Its account; none while it is offline.
    pub(crate) client: Option<Client>,
    /// Its name in the federation.
    pub(crate) name: relais_types::DeviceName,
    /// True once an administrator has ended it.
    pub(crate) revoked: bool,
}

/// Everybody.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) people: BTreeMap<String, Human>,
    pub(crate) devices: Vec<Device>,
    /// Services with the names that they are known by.
    pub(crate) services: BTreeMap<String, (ServiceName, String)>,
    /// Where every device has its folder.
    folder: PathBuf,
}

impl Cast {
    /// Admits the organisations, enrols every device and publishes the services.
    pub(crate) async fn enrol(
        story: &Story,
        server: &Server,
        folder: &Path,
        narrator: Narrator,
    ) -> Result<Self, Failure> {
        let enrolment = Enrolment {
            story,
            server,
            folder,
            inviter: operator(server)?,
        };
        enrolment.admit_organisations().await?;
        let there = story.people.iter().filter(|(_, person)| !person.later);
        let firsts: Vec<(&str, &story::Person)> = there.collect();
        let mut devices = try_join_all(
            firsts
                .iter()
                .map(|&(key, person)| enrolment.first_device(key, person)),
        )
        .await?;
        let people: BTreeMap<String, Human> = devices
            .iter()
            .filter_map(|device| Some((device.person.clone(), human(story, device)?)))
            .collect();
        let further = firsts.iter().flat_map(|&(key, person)| {
            let labels = person.devices.iter().skip(1);
            labels.map(move |label| (key, person, label))
        });
        devices.extend(
            try_join_all(further.map(|(key, person, label)| {
                let owner = people.get(key).map(|human| human.person.name.clone());
                enrolment.further_device(key, person, label, owner)
            }))
            .await?,
        );
        let services = enrolment.publish_services(&people).await?;
        narrator.line(&format!(
            "{} people of {} organisations are enrolled on {} devices.",
            people.len(),
            story.organisations.len(),
            devices.len()
        ));
        Ok(Self {
            people,
            devices,
            services,
            folder: folder.to_owned(),
        })
    }

    /// Lets `inviter` invite somebody who was not there so far, on all their devices.
    pub(crate) async fn bring(
        &mut self,
        story: &Story,
        server: &Server,
        inviter: Directory,
        key: &str,
    ) -> Result<(), Failure> {
        let person = story.people.get(key);
        let person = person.ok_or_else(|| Failure::failed(format!("nobody is called `{key}`")))?;
        let enrolment = Enrolment {
            story,
            server,
            folder: &self.folder.clone(),
            inviter,
        };
        let first = enrolment.first_device(key, person).await?;
        let human = human(story, &first);
        let owner = human.as_ref().map(|human| human.person.name.clone());
        self.devices.push(first);
        self.people
            .extend(human.map(|human| (key.to_owned(), human)));
        for label in person.devices.iter().skip(1) {
            let device = enrolment.further_device(key, person, label, owner.clone());
            self.devices.push(device.await?);
        }
        Ok(())
    }

    /// The devices of a person.
    pub(crate) fn devices_of<'a>(&'a self, person: &'a str) -> impl Iterator<Item = &'a Device> {
        self.devices
            .iter()
            .filter(move |device| device.person == person)
    }

    /// Where a device stands: `person` is the first that is online, `person/device` exactly that one.
    pub(crate) fn position(&self, named: &str) -> Option<usize> {
        if let Some((person, label)) = named.split_once('/') {
            return self
                .devices
                .iter()
                .position(|device| device.person == person && device.label == label);
        }
        let mut own = self
            .devices
            .iter()
            .enumerate()
            .filter(|(_, device)| device.person == named);
        let first = own.clone().next();
        own.find(|(_, device)| device.client.is_some())
            .or(first)
            .map(|(at, _)| at)
    }
}

impl Device {
    /// What tells it from the person's other devices, such as `amelie/phone`.
    pub(crate) fn title(&self) -> String {
        format!("{}/{}", self.person, self.label)
    }
}

fn human(story: &Story, device: &Device) -> Option<Human> {
    let person = story.people.get(&device.person)?;
    let me = device.client.as_ref()?.me();
    Some(Human {
        person: Person {
            name: me.practitioner(),
            display_name: me.display_name.clone(),
        },
        organisation: me.organisation_display_name.clone(),
        language: Language::of(&person.language),
    })
}

struct Enrolment<'a> {
    story: &'a Story,
    server: &'a Server,
    folder: &'a Path,
    /// Whoever admits, invites and publishes.
    inviter: Directory,
}

impl Enrolment<'_> {
    async fn admit_organisations(&self) -> Result<(), Failure> {
        for (_, organisation) in self.story.organisations.iter() {
            let domain = domain(&organisation.domain)?;
            let admitted = self.persist(async || {
                self.inviter
                    .create_organisation(&domain, &organisation.name)
                    .await
            });
            match admitted.await {
                // The first attempt was done, and only its answer was lost.
                Err(Failure::Client(error)) if error.reason() == Some(Reason::AlreadyExists) => {}
                other => drop(other?),
            }
        }
        Ok(())
    }

    async fn first_device(&self, key: &str, person: &story::Person) -> Result<Device, Failure> {
        let label = person.devices.first().map_or("desk", String::as_str);
        let invitee = Invitee::Person {
            display_name: person.name.clone(),
            profession: person.profession.clone(),
            administrator: person.administrator,
        };
        self.device(key, key, person, label, invitee).await
    }

    async fn further_device(
        &self,
        key: &str,
        person: &story::Person,
        label: &str,
        owner: Option<PractitionerName>,
    ) -> Result<Device, Failure> {
        let owner = owner.ok_or_else(|| Failure::failed(format!("`{key}` is not enrolled")))?;
        self.device(
            key,
            &format!("{key}-{label}"),
            person,
            label,
            Invitee::Device(owner),
        )
        .await
    }

    async fn device(
        &self,
        key: &str,
        folder: &str,
        person: &story::Person,
        label: &str,
        invitee: Invitee,
    ) -> Result<Device, Failure> {
        let organisation = self.story.organisations.get(&person.organisation);
        let domain = domain(organisation.map_or("", |organisation| organisation.domain.as_str()))?;
        let invited = self
            .persist(async || self.inviter.invite(&domain, invitee.clone()).await)
            .await?;
        let folder = self.folder.join(folder);
        fs::create_dir_all(&folder).map_err(|error| Failure::file("make", &folder, &error))?;
        let store = folder.join("account.relais");
        let options = EnrolOptions {
            store: store.clone(),
            passphrase: PASSPHRASE.into(),
            endpoint: self.server.endpoint().clone(),
            code: invited.code,
            device_label: label.to_owned(),
        };
        // The same code and store complete the same enrolment.
        let client = self
            .persist(async || Client::enrol(options.clone()).await)
            .await?;
        // Others can add the device only once its key packages are there.
        client.settle(PATIENCE).await?;
        let name = client.me().device.clone();
        Ok(Device {
            person: key.to_owned(),
            label: label.to_owned(),
            store,
            client: Some(client),
            name,
            revoked: false,
        })
    }

    async fn publish_services(
        &self,
        people: &BTreeMap<String, Human>,
    ) -> Result<BTreeMap<String, (ServiceName, String)>, Failure> {
        let mut published = BTreeMap::new();
        for (key, service) in self.story.services.iter() {
            let organisation = self.story.organisations.get(&service.organisation);
            let domain =
                domain(organisation.map_or("", |organisation| organisation.domain.as_str()))?;
            let answering = service
                .people
                .iter()
                .filter_map(|person| people.get(person));
            let entry = pb::Service {
                name: String::new(),
                display_name: service.name.clone(),
                description: service.description.clone(),
                languages: service.languages.clone(),
                areas: service.areas.clone(),
                access_criteria: service.access.clone(),
                practitioners: answering
                    .map(|human| human.person.name.to_string())
                    .collect(),
                ..pb::Service::default()
            };
            let made = self
                .persist(async || self.inviter.create_service(&domain, entry.clone()).await)
                .await?;
            let name = made.name.parse().map_err(|error| {
                Failure::failed(format!("the directory sent a name that is none: {error}"))
            })?;
            published.insert(key.to_owned(), (name, made.display_name));
        }
        Ok(published)
    }

    /// Repeats a call while the server is away.
    async fn persist<T>(
        &self,
        call: impl AsyncFn() -> Result<T, relais_client::Error>,
    ) -> Result<T, Failure> {
        let mut attempt = 0;
        loop {
            self.server.up().await?;
            match call().await {
                Err(error)
                    if Failure::from(error.clone()).exit_code() == 5 && attempt < ATTEMPTS =>
                {
                    attempt += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                other => return Ok(other?),
            }
        }
    }
}

fn operator(server: &Server) -> Result<Directory, Failure> {
    Ok(Directory::as_operator(
        server.endpoint(),
        &server.operator_token()?,
    )?)
}

fn domain(text: &str) -> Result<OrgDomain, Failure> {
    text.parse()
        .map_err(|error: relais_types::Error| Failure::Usage(error.to_string().into()))
}
