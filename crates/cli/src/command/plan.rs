//! `plan`: the services plan, as it stands and as it stood.

use std::{fs, io::Write as _, path::Path};

use relais_care::{
    CaseView, Language, LoopKind, PlanAction, PlanGoal, PlanSection, PlanSignOff, SignOff,
    compose::Draft,
    plan::{self, Plan},
};
use relais_client::Case;
use relais_types::EntryId;

use super::{
    post,
    requests::{ask, entry},
};
use crate::{
    Failure,
    account::{Context, Link, text_or_stdin},
    args::{
        PlanActionArgs, PlanChangesArgs, PlanCommand, PlanFormat, PlanGoalArgs, PlanShowArgs,
        PlanSignArgs,
    },
    resolve,
    said::Said,
};

pub(super) async fn run(context: &Context, command: PlanCommand) -> Result<(), Failure> {
    match command {
        PlanCommand::Show(args) => show(context, args).await,
        PlanCommand::Changes(args) => changes(context, args).await,
        PlanCommand::Section(args) => {
            let section = PlanSection {
                title: args.title,
                content: args.about,
            };
            let write = Draft::plan_section;
            ask(context, &args.case, &args.entry, &args.to, section, write).await
        }
        PlanCommand::Goal(args) => goal(context, args).await,
        PlanCommand::Action(args) => action(context, args).await,
        PlanCommand::Sign(args) => sign(context, args).await,
    }
}

async fn show(context: &Context, args: PlanShowArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let plan = plan_at(&case, args.at).await?;
            let written = |language: Language| match args.format {
                PlanFormat::Markdown => plan::markdown(&plan, language),
                PlanFormat::Html => plan::html(&plan, language),
            };
            if let Some(path) = &args.out {
                return write_new(path, &written(context.globals.lang.into()));
            }
            context
                .output
                .result("plan", &plan, |style| written(style.language))
        })
        .await
}

async fn changes(context: &Context, args: PlanChangesArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let earlier = plan_at(&case, Some(args.since)).await?;
            let changes = plan_at(&case, args.at).await?.changes_since(&earlier);
            context.output.result("changes", &changes, |style| {
                plan::markdown_changes(&changes, style.language)
            })
        })
        .await
}

async fn plan_at(case: &Case, at: Option<u64>) -> Result<Plan, Failure> {
    let view = match at {
        Some(seq) => case.view_at(seq).await?,
        None => case.view().await?,
    };
    Ok(view.plan())
}

/// Never over a file that is there: it may be an earlier plan that somebody keeps.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let told = |error| Failure::failed(format!("{}: {error}", path.display()));
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(told)
}

async fn goal(context: &Context, args: PlanGoalArgs) -> Result<(), Failure> {
    let plan = args.plan;
    let text = text_or_stdin(&plan.text)?;
    post::in_case(context, &plan.case, &plan.entry, |view| {
        let owner = resolve::seat(view, &plan.to, context.globals.lang.into())?;
        let section = args.section.as_deref();
        let goal = PlanGoal {
            text,
            target_date: plan.target_date.clone(),
            section: section
                .map(|section| part(view, section, LoopKind::PlanSection))
                .transpose()?,
        };
        Ok(move |draft: Draft| draft.plan_goal(owner, goal))
    })
    .await
}

async fn action(context: &Context, args: PlanActionArgs) -> Result<(), Failure> {
    let plan = args.plan;
    let text = text_or_stdin(&plan.text)?;
    post::in_case(context, &plan.case, &plan.entry, |view| {
        let owner = resolve::seat(view, &plan.to, context.globals.lang.into())?;
        let goal = args.goal.as_deref();
        let action = PlanAction {
            text,
            target_date: plan.target_date.clone(),
            goal: goal
                .map(|goal| part(view, goal, LoopKind::PlanGoal))
                .transpose()?,
        };
        Ok(move |draft: Draft| draft.plan_action(owner, action))
    })
    .await
}

/// The section or goal that something is put under.
fn part(view: &CaseView, text: &str, kind: LoopKind) -> Result<EntryId, Failure> {
    let id = entry(view, text)?;
    if view.find_loop(id).is_some_and(|asked| asked.kind == kind) {
        return Ok(id);
    }
    let why = match kind {
        LoopKind::PlanSection => "failure-no-section-of-the-plan",
        _ => "failure-no-goal-of-the-plan",
    };
    Err(Failure::Precondition(Said::of(why).with("entry", text)))
}

async fn sign(context: &Context, args: PlanSignArgs) -> Result<(), Failure> {
    post::in_case(context, &args.case, &args.entry, |view| {
        let sign_off = PlanSignOff {
            target: entry(view, &args.part)?,
            said: if args.object {
                SignOff::Objected
            } else {
                SignOff::Agreed
            },
            note: args.note.clone().unwrap_or_default(),
        };
        Ok(move |draft: Draft| draft.plan_sign_off(sign_off))
    })
    .await
}
