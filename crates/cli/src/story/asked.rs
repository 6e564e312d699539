//! What a story can ask and tell with the rest of the catalogue.

use relais_care::{
    ConsentGiven, FollowLevel, InformationClass, Priority, ResultFlag, SignOff, Stance,
};
use serde::Deserialize;

use super::word::{optional_word, word, words};

/// Asks something of a seat.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Who asks.
    pub by: String,
    /// Where.
    pub case: String,
    /// Short name for later steps.
    pub id: String,
    /// The seat that is asked.
    pub to: String,
    /// The author's seat, where they hold several.
    #[serde(default)]
    pub from: Option<String>,
    /// What.
    pub what: Asked,
    /// How soon it matters.
    #[serde(default, deserialize_with = "optional_word")]
    pub priority: Option<Priority>,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// What is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Asked {
    /// Whether a service has room.
    Enquiry {
        /// Short name of the service.
        service: String,
        /// Area to be served.
        area: String,
    },
    /// To look at a service.
    Suggestion {
        /// Short name of the service.
        service: String,
        /// Whom it takes.
        eligibility: String,
        /// Why.
        reason: String,
    },
    /// To follow up after a stay in hospital.
    Discharge {
        /// ISO 8601 date.
        admitted: String,
        /// ISO 8601 date.
        discharged: String,
        /// Diagnoses.
        diagnoses: Vec<String>,
        /// Medications.
        #[serde(default)]
        medications: Vec<String>,
        /// Tests without a result.
        #[serde(default)]
        pending_tests: Vec<String>,
        /// What is to be followed up.
        follow_up: String,
    },
    /// To change a medication.
    Medication {
        /// The drug.
        drug: String,
        /// What was taken.
        #[serde(default)]
        before: String,
        /// What is taken from now on.
        #[serde(default)]
        after: String,
        /// Why.
        reason: String,
        /// Whether it is changed already.
        #[serde(default)]
        informed: bool,
    },
    /// To act on a result.
    Result {
        /// The test.
        test: String,
        /// How it stands.
        #[serde(deserialize_with = "word")]
        flag: ResultFlag,
        /// What is to be done.
        action: String,
        /// Days from now until it is due.
        due_in_days: u16,
    },
    /// To see to a section of the plan.
    Section {
        /// What it is about.
        title: String,
        /// What matters to the patient.
        #[serde(default)]
        about: String,
    },
    /// To own a goal of the plan.
    Goal {
        /// The goal.
        text: String,
        /// Days from now until its target date.
        due_in_days: u16,
        /// Short name of its section.
        #[serde(default)]
        section: Option<String>,
    },
    /// To own an action of the plan.
    Action {
        /// The action.
        text: String,
        /// Days from now until its target date.
        due_in_days: u16,
        /// Short name of its goal.
        #[serde(default)]
        goal: Option<String>,
    },
    /// To take over the author's seat, or what is open there.
    Handover {
        /// Where things stand.
        summary: String,
        /// What to do if things go wrong.
        contingency: String,
        /// Only what is open, and not the seat.
        #[serde(default)]
        obligations: bool,
    },
    /// To see to something late.
    Escalation {
        /// What is late, by its short name.
        about: String,
        /// Why.
        reason: String,
    },
    /// To say for the patient whether something may be shared.
    Consent {
        /// Short names of the organisations that may be told.
        with: Vec<String>,
        /// What they may be told.
        #[serde(deserialize_with = "words")]
        classes: Vec<InformationClass>,
        /// What for.
        purpose: String,
        /// Who decides.
        decided_by: String,
        /// How it was given.
        #[serde(default, deserialize_with = "optional_word")]
        given: Option<ConsentGiven>,
    },
    /// To come at a time.
    Appointment {
        /// What for.
        text: String,
        /// Days from now.
        in_days: u16,
        /// Where.
        #[serde(default)]
        place: String,
    },
}

/// Says something that asks for nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tell {
    /// Who says it.
    pub by: String,
    /// Where.
    pub case: String,
    /// Short name for later steps.
    #[serde(default)]
    pub id: Option<String>,
    /// The author's seat, where they hold several.
    #[serde(default)]
    pub from: Option<String>,
    /// What.
    pub what: Told,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// What is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Told {
    /// Another seat acts for a seat for a while.
    Delegation {
        /// The seat.
        seat: String,
        /// Who acts for it.
        to: String,
        /// For how many days from now.
        days: u16,
        /// Whether its holder is away.
        #[serde(default)]
        out_of_office: bool,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Who covers a seat.
    Coverage {
        /// The seat.
        seat: String,
        /// Seats that can step in.
        #[serde(default)]
        pool: Vec<String>,
        /// The seat that answers for it in the end.
        #[serde(default)]
        supervisor: Option<String>,
    },
    /// How the author's seat takes part.
    Participation {
        /// How a physician takes part.
        #[serde(default, deserialize_with = "optional_word")]
        stance: Option<Stance>,
        /// What the seat wants to be told of.
        #[serde(default, deserialize_with = "optional_word")]
        follow: Option<FollowLevel>,
    },
    /// Whether the author's seat agrees with a part of the plan.
    SignOff {
        /// The part, by its short name.
        part: String,
        /// What the seat says.
        #[serde(deserialize_with = "word")]
        said: SignOff,
        /// Why.
        #[serde(default)]
        note: String,
    },
    /// What was decided.
    Decision {
        /// What.
        text: String,
        /// Why.
        reason: String,
        /// What it is about, by their short names.
        #[serde(default)]
        about: Vec<String>,
        /// Days from now until it is looked at again.
        #[serde(default)]
        review_in_days: Option<u16>,
    },
    /// That the author has looked through the case.
    Review {
        /// What they saw.
        #[serde(default)]
        note: String,
    },
}

impl Asked {
    /// What of it only members may read.
    pub(super) fn words(&self) -> Vec<&str> {
        match self {
            Self::Enquiry { area, .. } => vec![area],
            Self::Suggestion {
                eligibility,
                reason,
                ..
            } => vec![eligibility, reason],
            Self::Discharge {
                diagnoses,
                medications,
                pending_tests,
                follow_up,
                ..
            } => {
                let lists = [diagnoses, medications, pending_tests]
                    .into_iter()
                    .flatten();
                lists
                    .map(String::as_str)
                    .chain([follow_up.as_str()])
                    .collect()
            }
            Self::Medication {
                drug,
                before,
                after,
                reason,
                ..
            } => vec![drug, before, after, reason],
            Self::Result { test, action, .. } => vec![test, action],
            Self::Section { title, about } => vec![title, about],
            Self::Goal { text, .. } | Self::Action { text, .. } => vec![text],
            Self::Handover {
                summary,
                contingency,
                ..
            } => vec![summary, contingency],
            Self::Escalation { reason, .. } => vec![reason],
            Self::Consent {
                purpose,
                decided_by,
                ..
            } => vec![purpose, decided_by],
            Self::Appointment { text, place, .. } => vec![text, place],
        }
    }

    /// The service that it names, by its short name.
    pub(super) fn service(&self) -> Option<&str> {
        match self {
            Self::Enquiry { service, .. } | Self::Suggestion { service, .. } => Some(service),
            _ => None,
        }
    }

    /// The earlier entry that it names, by its short name.
    pub(super) fn entry(&self) -> Option<&str> {
        match self {
            Self::Goal { section, .. } => section.as_deref(),
            Self::Action { goal, .. } => goal.as_deref(),
            Self::Escalation { about, .. } => Some(about),
            _ => None,
        }
    }

    /// The organisations that it names, by their short names.
    pub(super) fn organisations(&self) -> &[String] {
        match self {
            Self::Consent { with, .. } => with,
            _ => &[],
        }
    }
}

impl Told {
    /// What of it only members may read.
    pub(super) fn words(&self) -> Vec<&str> {
        match self {
            Self::Delegation { reason, .. } => vec![reason],
            Self::SignOff { note, .. } | Self::Review { note } => vec![note],
            Self::Decision { text, reason, .. } => vec![text, reason],
            Self::Coverage { .. } | Self::Participation { .. } => Vec::new(),
        }
    }

    /// The entries that it names, by their short names.
    pub(super) fn entries(&self) -> Vec<&str> {
        match self {
            Self::SignOff { part, .. } => vec![part],
            Self::Decision { about, .. } => about.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The seats that it names, by their short names.
    pub(super) fn seats(&self) -> Vec<&str> {
        match self {
            Self::Delegation { seat, to, .. } => vec![seat, to],
            Self::Coverage {
                seat,
                pool,
                supervisor,
            } => {
                let others = pool.iter().chain(supervisor).map(String::as_str);
                others.chain([seat.as_str()]).collect()
            }
            _ => Vec::new(),
        }
    }
}
