//! `template`, and what a case that is opened from one begins with.

use std::{collections::BTreeMap, time::Duration};

use relais_care::{
    AcknowledgementRequest, Language, PlanAction, PlanGoal, SeatRole, Task, compose::Draft,
};
use relais_client::{Case, Client};
use relais_types::{Clock as _, SeatId, SystemClock, Timestamp};
use serde::Serialize;

use super::post;
use crate::{
    Failure,
    account::{Context, Link},
    args::{TemplateCommand, TemplateFromArgs},
    render, resolve,
    said::Said,
    template::{self, Asked, Library, Origin, Template, Wording},
};

pub(super) async fn run(context: &Context, command: TemplateCommand) -> Result<(), Failure> {
    match command {
        TemplateCommand::List(args) => list(context, &Library::new(args.folder)),
        TemplateCommand::Show {
            template,
            templates,
        } => show(context, &Library::new(templates.folder), &template),
        TemplateCommand::Check { file } => {
            let (_, template) = Library::new(None).find(&file.display().to_string())?;
            let said = Checked {
                name: &template.name,
                asks: template.ask.len(),
                goals: template.goals.len(),
            };
            context.output.result("template_checked", &said, |style| {
                let Checked { name, asks, goals } = said;
                let values = [
                    ("name", name.into()),
                    ("asks", asks.into()),
                    ("goals", goals.into()),
                ];
                style.fill("template-checked", &values)
            })
        }
        TemplateCommand::From(args) => from_case(context, args).await,
    }
}

/// What a check has found.
#[derive(Clone, Copy, Serialize)]
struct Checked<'a> {
    name: &'a str,
    asks: usize,
    goals: usize,
}

/// A template in the list.
#[derive(Serialize)]
struct Row {
    name: String,
    about: Wording,
    /// The file; null if it comes with the program.
    file: Option<String>,
    roles: Vec<SeatRole>,
    /// What `--set` takes.
    set: Vec<String>,
}

impl Row {
    fn of((origin, template): (Origin, Template)) -> Self {
        Self {
            name: template.name,
            about: template.about,
            file: match origin {
                Origin::Shipped => None,
                Origin::File(path) => Some(path.display().to_string()),
            },
            roles: template.seats.iter().map(|seat| seat.role).collect(),
            set: template
                .set
                .into_iter()
                .map(|variable| variable.name)
                .collect(),
        }
    }
}

fn list(context: &Context, library: &Library) -> Result<(), Failure> {
    let rows: Vec<Row> = library.all()?.into_iter().map(Row::of).collect();
    context.output.result("templates", &rows, |style| {
        let mut table = render::table(style.width);
        table.set_header([
            style.text("template-name"),
            style.text("template-for"),
            style.text("template-set"),
            style.text("template-from"),
        ]);
        for row in &rows {
            let about = row.about.fill(style.language, &BTreeMap::new());
            let from = row.file.as_deref().unwrap_or("relais");
            table.add_row([row.name.as_str(), &about, &row.set.join(", "), from]);
        }
        table.to_string()
    })
}

fn show(context: &Context, library: &Library, name: &str) -> Result<(), Failure> {
    let (origin, template) = library.find(name)?;
    let lines = lines(&template, context.output.style());
    let row = Row::of((origin, template));
    context
        .output
        .result("template", &row, |_| lines.join("\n"))
}

fn lines(template: &Template, style: render::Style) -> Vec<String> {
    let language = style.language;
    let nothing = BTreeMap::new();
    let say = |words: &Wording| words.fill(language, &nothing);
    let mut lines = vec![
        format!("{} · {}", template.name, say(&template.about)),
        say(&template.title),
        say(&template.purpose),
    ];
    for variable in &template.set {
        lines.push(format!(
            "  --set {}=…  {}",
            variable.name,
            say(&variable.about)
        ));
    }
    for seat in &template.seats {
        let role = seat.role.label(language);
        lines.push(if seat.optional {
            let optional = style.fill("template-optional", &[("role", role.into())]);
            format!("  {optional}")
        } else {
            format!("  {role}")
        });
    }
    for ask in &template.ask {
        let to = ask.to.label(language);
        let (kind, words) = match ask.asked() {
            Some(Asked::Task(words)) => (relais_care::LoopKind::Task, words),
            Some(Asked::Acknowledge(words)) => {
                (relais_care::LoopKind::AcknowledgementRequest, words)
            }
            None => continue,
        };
        let colon = style.colon();
        let within = ask
            .due
            .map_or_else(String::new, |due| format!(" · {}", within(due, style)));
        let kind = kind.label(language);
        lines.push(format!("  {kind} → {to}{colon} {}{within}", say(words)));
    }
    for goal in &template.goals {
        let (to, by) = (goal.to.label(language), within(goal.by, style));
        lines.push(format!("  ◎ {} → {to} · {by}", say(&goal.text)));
        for action in &goal.actions {
            let (to, by) = (action.to.label(language), within(action.by, style));
            lines.push(format!("      {} → {to} · {by}", say(&action.text)));
        }
    }
    lines
}

fn within(time: Duration, style: render::Style) -> String {
    let hours = time.as_secs() / 3_600;
    if hours < 48 {
        style.fill("template-within-hours", &[("hours", hours.into())])
    } else {
        style.fill("template-within-days", &[("days", (hours / 24).into())])
    }
}

async fn from_case(context: &Context, args: TemplateFromArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let yaml = template::from_case(&case.view().await?, &args.name);
            context
                .output
                .result("template_yaml", &yaml, |_| yaml.clone())
        })
        .await
}

/// A template, and what was said to fill it in.
pub(super) struct Filled {
    template: Template,
    set: BTreeMap<String, String>,
    language: Language,
}

impl Filled {
    /// Finds the template and checks that everything is said that it asks for, and nothing else.
    pub(super) fn new(
        library: &Library,
        name: &str,
        said: &[String],
        language: Language,
    ) -> Result<Self, Failure> {
        let (_, template) = library.find(name)?;
        let mut set = BTreeMap::new();
        for text in said {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Failure::Usage(Said::of("failure-not-name-text").with("text", &text))
            })?;
            if !template.set.iter().any(|variable| variable.name == name) {
                return Err(Failure::Usage(
                    Said::of("failure-template-nothing-to-set")
                        .with("template", &template.name)
                        .with("name", &name),
                ));
            }
            set.insert(name.to_owned(), value.to_owned());
        }
        let missing = template
            .set
            .iter()
            .find(|variable| !set.contains_key(&variable.name));
        if let Some(variable) = missing {
            let about = variable.about.fill(language, &BTreeMap::new());
            return Err(Failure::Usage(
                Said::of("failure-template-needs-set")
                    .with("template", &template.name)
                    .with("variable", &variable.name)
                    .with("about", &about),
            ));
        }
        Ok(Self {
            template,
            set,
            language,
        })
    }

    pub(super) fn title(&self) -> String {
        self.fill(&self.template.title)
    }

    pub(super) fn purpose(&self) -> String {
        self.fill(&self.template.purpose)
    }

    /// Whom the case is about, if the template asks for that.
    pub(super) fn patient(&self) -> Option<String> {
        self.set.get("patient").cloned()
    }

    /// Refuses a team that lacks somebody whom the template needs.
    pub(super) fn check_team(&self, roles: &[SeatRole]) -> Result<(), Failure> {
        let needed = self.template.seats.iter().filter(|seat| !seat.optional);
        let missing: Vec<String> = needed
            .filter(|seat| !roles.contains(&seat.role))
            .map(|seat| format!("--seat {}=PERSON", seat.role.code().replace('_', "-")))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Failure::Usage(
            format!(
                "the template `{}` needs a team with {}",
                self.template.name,
                missing.join(" and ")
            )
            .into(),
        ))
    }

    /// Asks for everything that the case begins with. What nobody of the team is there for is left
    /// out.
    pub(super) async fn ask(
        &self,
        context: &Context,
        client: &Client,
        case: &Case,
    ) -> Result<(), Failure> {
        let view = case.view().await?;
        let owner = |role: SeatRole| {
            let mut seats = view.team.seats().iter();
            seats
                .find(|seat| seat.seat.role == role)
                .map(|seat| seat.seat.id)
        };
        let now = SystemClock.now();
        for ask in &self.template.ask {
            let Some(owner) = owner(ask.to) else { continue };
            let due = ask.due.map(|due| now.plus(due));
            let priority = ask.priority;
            match ask.asked() {
                Some(Asked::Task(words)) => {
                    let what = self.fill(words);
                    let write = move |draft: Draft| {
                        draft.priority(priority).task(owner, Task { what, due })
                    };
                    post::post(context, client, case, None, self.language, write).await?;
                }
                Some(Asked::Acknowledge(words)) => {
                    let what = self.fill(words);
                    let write = move |draft: Draft| {
                        let request = AcknowledgementRequest { what };
                        draft
                            .priority(priority)
                            .acknowledgement_request(owner, request)
                    };
                    post::post(context, client, case, None, self.language, write).await?;
                }
                None => {}
            }
        }
        for goal in &self.template.goals {
            let Some(seat) = owner(goal.to) else { continue };
            let proposed = PlanGoal {
                text: self.fill(&goal.text),
                target_date: date(now.plus(goal.by)),
                section: None,
            };
            let write = move |draft: Draft| draft.plan_goal(seat, proposed);
            let id = post::post(context, client, case, None, self.language, write).await?;
            for action in &goal.actions {
                let Some(seat) = owner(action.to) else {
                    continue;
                };
                self.act(
                    context,
                    client,
                    case,
                    seat,
                    action_of(self, action, id, now),
                )
                .await?;
            }
        }
        Ok(())
    }

    async fn act(
        &self,
        context: &Context,
        client: &Client,
        case: &Case,
        seat: SeatId,
        proposed: PlanAction,
    ) -> Result<(), Failure> {
        let write = move |draft: Draft| draft.plan_action(seat, proposed);
        post::post(context, client, case, None, self.language, write)
            .await
            .map(drop)
    }

    fn fill(&self, words: &Wording) -> String {
        words.fill(self.language, &self.set)
    }
}

fn action_of(
    filled: &Filled,
    action: &template::Action,
    goal: relais_types::EntryId,
    now: Timestamp,
) -> PlanAction {
    PlanAction {
        text: filled.fill(&action.text),
        target_date: date(now.plus(action.by)),
        goal: Some(goal),
    }
}

/// The day of a time, UTC.
fn date(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.as_micros()).map_or_else(
        |_| String::new(),
        |at| at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string(),
    )
}
