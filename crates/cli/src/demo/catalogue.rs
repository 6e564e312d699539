//! The rest of the catalogue: what people ask and tell besides the first kinds.

use std::time::Duration;

use relais_care::{
    Appointment, CapacityEnquiry, CaseView, Consent, Coverage, CoverageRung, Decision, Delegation,
    DischargeNotice, Escalation, FieldError, Handover, HandoverScope, MedicationChange,
    Participation, PlanAction, PlanGoal, PlanSection, PlanSignOff, Priority, ResourceSuggestion,
    ResultFollowUp, Review, compose::Draft,
};
use relais_proto::care;
use relais_types::{Clock as _, EntryId, OrgDomain, SeatId, ServiceName, SystemClock, Timestamp};

use super::{play::By, stage::Stage};
use crate::{
    Failure,
    story::{self, Asked, Told},
};

/// Writes an entry.
type Write = Box<dyn FnOnce(Draft) -> Result<care::Entry, FieldError> + Send>;

impl Stage<'_> {
    pub(super) async fn ask(&mut self, ask: &story::Ask) -> Result<(), Failure> {
        let owner = self.seat(&ask.case, &ask.to)?;
        let acting = self.acting(&ask.by, &ask.case).await?;
        let view = acting.case.view().await?;
        let own = view.team.seats_of(&acting.me.name).next();
        let own = own.map(|held| held.seat.id);
        let from = self.from(&ask.case, ask.from.as_deref())?.or(own);
        let write = match clinical(owner, &ask.what) {
            Some(write) => write,
            None => match self.plan_part(owner, &ask.what)? {
                Some(write) => write,
                None => self.request(&view, from, owner, &ask.what)?,
            },
        };
        let priority = ask.priority.unwrap_or(Priority::Routine);
        let by = By {
            who: &ask.by,
            language: ask.language.as_deref(),
            id: Some(&ask.id),
        };
        self.post(by, &ask.case, from, move |draft| {
            write(draft.priority(priority))
        })
        .await
    }

    pub(super) async fn told(&mut self, tell: &story::Tell) -> Result<(), Failure> {
        let write = self.telling(tell)?;
        let by = By {
            who: &tell.by,
            language: tell.language.as_deref(),
            id: tell.id.as_deref(),
        };
        let from = self.from(&tell.case, tell.from.as_deref())?;
        self.post(by, &tell.case, from, write).await
    }

    fn from(&self, case: &str, seat: Option<&str>) -> Result<Option<SeatId>, Failure> {
        seat.map(|seat| self.seat(case, seat)).transpose()
    }

    fn named(&self, entry: Option<&str>) -> Result<Option<EntryId>, Failure> {
        entry
            .map(|entry| self.entry(entry).map(|(_, id)| id))
            .transpose()
    }

    fn service(&self, key: &str) -> Result<(ServiceName, String), Failure> {
        let found = self.cast.services.get(key).cloned();
        found.ok_or_else(|| Failure::failed(format!("the service `{key}` is not published")))
    }

    fn plan_part(&self, owner: SeatId, what: &Asked) -> Result<Option<Write>, Failure> {
        let write: Write = match what {
            Asked::Section { title, about } => {
                let section = PlanSection {
                    title: title.clone(),
                    content: about.clone(),
                };
                Box::new(move |draft| draft.plan_section(owner, section))
            }
            Asked::Goal {
                text,
                due_in_days,
                section,
            } => {
                let goal = PlanGoal {
                    text: text.clone(),
                    target_date: date(*due_in_days),
                    section: self.named(section.as_deref())?,
                };
                Box::new(move |draft| draft.plan_goal(owner, goal))
            }
            Asked::Action {
                text,
                due_in_days,
                goal,
            } => {
                let action = PlanAction {
                    text: text.clone(),
                    target_date: date(*due_in_days),
                    goal: self.named(goal.as_deref())?,
                };
                Box::new(move |draft| draft.plan_action(owner, action))
            }
            _ => return Ok(None),
        };
        Ok(Some(write))
    }

    fn request(
        &self,
        view: &CaseView,
        from: Option<SeatId>,
        owner: SeatId,
        what: &Asked,
    ) -> Result<Write, Failure> {
        Ok(match what {
            Asked::Enquiry { service, area } => {
                let (name, display_name) = self.service(service)?;
                let enquiry = CapacityEnquiry {
                    service: Some(name),
                    service_display_name: display_name,
                    area: area.clone(),
                };
                Box::new(move |draft| draft.capacity_enquiry(owner, enquiry))
            }
            Asked::Suggestion {
                service,
                eligibility,
                reason,
            } => {
                let (name, display_name) = self.service(service)?;
                let published = self.story.services.get(service);
                let suggestion = ResourceSuggestion {
                    service: name,
                    service_display_name: display_name,
                    eligibility: eligibility.clone(),
                    languages: published.map(|it| it.languages.clone()).unwrap_or_default(),
                    reason: reason.clone(),
                };
                Box::new(move |draft| draft.resource_suggestion(owner, suggestion))
            }
            Asked::Handover {
                summary,
                contingency,
                obligations,
            } => {
                let bound = from.map_or_else(Vec::new, |seat| view.obligations_of(seat));
                let handover = Handover {
                    scope: if *obligations {
                        HandoverScope::Obligations
                    } else {
                        HandoverScope::Seat
                    },
                    summary: summary.clone(),
                    open_items: bound.iter().map(|asked| asked.id).collect(),
                    contingency: contingency.clone(),
                };
                Box::new(move |draft| draft.handover(owner, handover))
            }
            Asked::Escalation { about, reason } => {
                let escalation = self.escalation(view, owner, about, reason)?;
                Box::new(move |draft| draft.escalation(owner, escalation))
            }
            Asked::Consent {
                with,
                classes,
                purpose,
                decided_by,
                given,
            } => {
                let consent = Consent {
                    actors: self.domains(with)?,
                    people: Vec::new(),
                    given: *given,
                    classes: classes.clone(),
                    purpose: purpose.clone(),
                    start: SystemClock.now(),
                    end: None,
                    decision_maker: decided_by.clone(),
                };
                Box::new(move |draft| draft.consent(owner, consent))
            }
            Asked::Appointment {
                text,
                in_days,
                place,
            } => {
                let appointment = Appointment {
                    what: text.clone(),
                    start: after(*in_days),
                    place: place.clone(),
                };
                Box::new(move |draft| draft.appointment(owner, appointment))
            }
            _ => return Err(Failure::failed("the story asks for something unknown")),
        })
    }

    /// Where `owner` stands in the chain of those who cover what is late.
    fn escalation(
        &self,
        view: &CaseView,
        owner: SeatId,
        about: &str,
        reason: &str,
    ) -> Result<Escalation, Failure> {
        let (_, target) = self.entry(about)?;
        let late = view
            .find_loop(target)
            .ok_or_else(|| Failure::failed(format!("`{about}` asks for nothing")))?;
        let chain = view
            .team
            .coverage(late.owner, Some(late.kind), SystemClock.now());
        let rung = chain.iter().find(|cover| cover.seat == owner);
        Ok(Escalation {
            target,
            rung: rung.map_or(CoverageRung::Supervisor, |cover| cover.rung),
            reason: reason.to_owned(),
        })
    }

    fn domains(&self, organisations: &[String]) -> Result<Vec<OrgDomain>, Failure> {
        let domain = |key: &String| {
            let organisation = self.story.organisations.get(key);
            organisation
                .and_then(|it| it.domain.parse().ok())
                .ok_or_else(|| Failure::failed(format!("there is no organisation `{key}`")))
        };
        organisations.iter().map(domain).collect()
    }

    fn telling(&self, tell: &story::Tell) -> Result<Write, Failure> {
        let case = &tell.case;
        Ok(match &tell.what {
            Told::Delegation {
                seat,
                to,
                days,
                out_of_office,
                reason,
            } => {
                let delegation = Delegation {
                    seat: self.seat(case, seat)?,
                    delegate: self.seat(case, to)?,
                    kinds: Vec::new(),
                    start: SystemClock.now(),
                    end: after(*days),
                    out_of_office: *out_of_office,
                    reason: reason.clone(),
                };
                Box::new(move |draft| draft.delegation(delegation))
            }
            Told::Coverage {
                seat,
                pool,
                supervisor,
            } => {
                let pool = pool.iter().map(|seat| self.seat(case, seat));
                let coverage = Coverage {
                    seat: self.seat(case, seat)?,
                    pool: pool.collect::<Result<_, _>>()?,
                    supervisor: self.from(case, supervisor.as_deref())?,
                };
                Box::new(move |draft| draft.coverage(coverage))
            }
            Told::Participation { stance, follow } => {
                let how = Participation {
                    stance: *stance,
                    follow: *follow,
                    ..Participation::default()
                };
                Box::new(move |draft| draft.participation(how))
            }
            Told::SignOff { part, said, note } => {
                let sign_off = PlanSignOff {
                    target: self.entry(part)?.1,
                    said: *said,
                    note: note.clone(),
                };
                Box::new(move |draft| draft.plan_sign_off(sign_off))
            }
            Told::Decision {
                text,
                reason,
                about,
                review_in_days,
            } => {
                let about = about
                    .iter()
                    .map(|entry| self.entry(entry).map(|(_, id)| id));
                let decision = Decision {
                    what: text.clone(),
                    reason: reason.clone(),
                    about: about.collect::<Result<_, _>>()?,
                    decided_by: Vec::new(),
                    review_date: review_in_days.map(date).unwrap_or_default(),
                };
                Box::new(move |draft| draft.decision(decision))
            }
            Told::Review { note } => {
                let review = Review { note: note.clone() };
                Box::new(move |draft| draft.review(review))
            }
        })
    }
}

fn clinical(owner: SeatId, what: &Asked) -> Option<Write> {
    Some(match what.clone() {
        Asked::Discharge {
            admitted,
            discharged,
            diagnoses,
            medications,
            pending_tests,
            follow_up,
        } => {
            let notice = DischargeNotice {
                admission_date: admitted,
                discharge_date: discharged,
                diagnoses,
                medications,
                pending_tests,
                follow_up,
            };
            Box::new(move |draft| draft.discharge_notice(owner, notice))
        }
        Asked::Medication {
            drug,
            before,
            after,
            reason,
            informed,
        } => {
            let change = MedicationChange {
                drug,
                old_regimen: before,
                new_regimen: after,
                reason,
                informed,
            };
            Box::new(move |draft| draft.medication_change(owner, change))
        }
        Asked::Result {
            test,
            flag,
            action,
            due_in_days,
        } => {
            let result = ResultFollowUp {
                test,
                flag,
                action,
                due: after(due_in_days),
            };
            Box::new(move |draft| draft.result_follow_up(owner, result))
        }
        _ => return None,
    })
}

/// So many days from now.
pub(super) fn after(days: u16) -> Timestamp {
    SystemClock
        .now()
        .plus(Duration::from_hours(24) * u32::from(days))
}

/// The same as an ISO 8601 date, UTC.
fn date(days: u16) -> String {
    jiff::Timestamp::from_microsecond(after(days).as_micros())
        .map(|at| at.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default()
}
