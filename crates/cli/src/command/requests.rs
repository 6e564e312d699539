//! What can be asked besides opinions, referrals and tasks, and how it is taken back.

use relais_care::{
    Appointment, Attachment, Cancellation, CaseView, Cover, CoverageRung, DischargeNotice,
    Escalation, FieldError, FileDigest, Handover, HandoverScope, MedicationChange,
    ResourceSuggestion, ResultFollowUp, Retraction, compose::Draft,
};
use relais_proto::care;
use relais_types::{Clock as _, EntryId, SeatId, SystemClock};
use sha2::{Digest as _, Sha256};

use super::{ask::due_time, post};
use crate::{
    Failure,
    account::{Context, Link, text_or_stdin},
    args::{
        AppointArgs, AttachArgs, DischargeArgs, EntryArgs, EscalateArgs, HandoverArgs,
        MedicationArgs, ResultArgs, SuggestArgs, TakeBackArgs,
    },
    render, resolve,
    said::Said,
};

/// How a draft asks a seat for something.
type Ask<T> = fn(Draft, SeatId, T) -> Result<care::Entry, FieldError>;

pub(super) async fn suggest(context: &Context, args: SuggestArgs) -> Result<(), Failure> {
    // The directory is asked first, so that what is suggested is what it says today.
    let (service, name) = context
        .with_account(Link::Required, async |client| {
            resolve::listed_service(client, &args.service).await
        })
        .await?;
    let suggestion = ResourceSuggestion {
        service: name,
        service_display_name: service.display_name,
        eligibility: args.eligibility.unwrap_or(service.access_criteria),
        languages: if args.languages.is_empty() {
            service.languages
        } else {
            args.languages
        },
        reason: args.reason,
    };
    let write = Draft::resource_suggestion;
    ask(
        context,
        &args.case,
        &args.entry,
        &args.to,
        suggestion,
        write,
    )
    .await
}

pub(super) async fn discharge(context: &Context, args: DischargeArgs) -> Result<(), Failure> {
    let notice = DischargeNotice {
        admission_date: args.admitted,
        discharge_date: args.discharged,
        diagnoses: args.diagnoses,
        medications: args.medications,
        pending_tests: args.pending_tests,
        follow_up: text_or_stdin(&args.follow_up)?,
    };
    let write = Draft::discharge_notice;
    ask(context, &args.case, &args.entry, &args.to, notice, write).await
}

pub(super) async fn medication(context: &Context, args: MedicationArgs) -> Result<(), Failure> {
    let change = MedicationChange {
        drug: args.drug,
        old_regimen: args.old,
        new_regimen: args.new,
        reason: args.reason,
        informed: args.informed,
    };
    let write = Draft::medication_change;
    ask(context, &args.case, &args.entry, &args.to, change, write).await
}

pub(super) async fn result(context: &Context, args: ResultArgs) -> Result<(), Failure> {
    let result = ResultFollowUp {
        test: args.test,
        flag: args.flag,
        action: args.action,
        due: due_time(&args.due)?,
    };
    let write = Draft::result_follow_up;
    ask(context, &args.case, &args.entry, &args.to, result, write).await
}

pub(super) async fn handover(context: &Context, args: HandoverArgs) -> Result<(), Failure> {
    let summary = text_or_stdin(&args.summary)?;
    let style = context.output.style();
    post::in_case_as(context, &args.case, &args.entry, |view, seat| {
        let owner = resolve::seat(view, &args.to, context.globals.lang.into())?;
        let bound = seat.map_or_else(Vec::new, |seat| view.obligations_of(seat));
        let open_items: Vec<_> = bound.iter().map(|asked| asked.id).collect();
        context.output.note(&render::outstanding(
            view,
            &open_items,
            SystemClock.now(),
            style,
        ));
        let handover = Handover {
            scope: if args.obligations {
                HandoverScope::Obligations
            } else {
                HandoverScope::Seat
            },
            summary,
            open_items,
            contingency: args.contingency.clone(),
        };
        Ok(move |draft: Draft| draft.handover(owner, handover))
    })
    .await
}

pub(super) async fn escalate(context: &Context, args: EscalateArgs) -> Result<(), Failure> {
    post::in_case(context, &args.case, &args.entry, |view| {
        let target = entry(view, &args.asked)?;
        let asked = view
            .find_loop(target)
            .ok_or_else(|| Failure::Precondition(Said::of("failure-asks-nothing-late")))?;
        let chain = view
            .team
            .coverage(asked.owner, Some(asked.kind), SystemClock.now());
        let cover = match &args.to {
            Some(seat) => named(
                &chain,
                resolve::seat(view, seat, context.globals.lang.into())?,
            ),
            None => *chain
                .iter()
                .find(|cover| {
                    cover.seat != asked.owner
                        && cover.availability == relais_care::Availability::Held
                })
                .ok_or_else(|| Failure::Precondition(Said::of("failure-nobody-covers")))?,
        };
        let escalation = Escalation {
            target,
            rung: cover.rung,
            reason: args.reason.clone(),
        };
        Ok(move |draft: Draft| draft.escalation(cover.seat, escalation))
    })
    .await
}

/// Where a seat stands in the chain; as a supervisor if it is not in it.
fn named(chain: &[Cover], seat: SeatId) -> Cover {
    let listed = chain.iter().find(|cover| cover.seat == seat).copied();
    listed.unwrap_or(Cover {
        seat,
        rung: CoverageRung::Supervisor,
        availability: relais_care::Availability::Held,
    })
}

pub(super) async fn appoint(context: &Context, args: AppointArgs) -> Result<(), Failure> {
    let appointment = Appointment {
        what: args.what,
        start: due_time(&args.start)?,
        place: args.place,
    };
    let write = Draft::appointment;
    ask(
        context,
        &args.case,
        &args.entry,
        &args.to,
        appointment,
        write,
    )
    .await
}

pub(super) async fn attach(context: &Context, args: AttachArgs) -> Result<(), Failure> {
    let bytes =
        std::fs::read(&args.file).map_err(|error| Failure::file("read", &args.file, &error))?;
    let name = args.file.file_name().unwrap_or_default();
    let attachment = Attachment {
        media_type: args.media_type,
        size: bytes.len() as u64,
        digest: FileDigest::from_bytes(Sha256::digest(&bytes).into()),
        file_name: name.to_string_lossy().into_owned(),
        caption: args.caption,
    };
    post::in_case(context, &args.case, &args.entry, |_| {
        Ok(move |draft: Draft| draft.attachment(attachment))
    })
    .await
}

pub(super) async fn cancel(context: &Context, args: TakeBackArgs) -> Result<(), Failure> {
    post::in_case(context, &args.case, &args.entry, |view| {
        let cancellation = Cancellation {
            target: entry(view, &args.target)?,
            reason: args.reason.clone(),
        };
        Ok(move |draft: Draft| draft.cancellation(cancellation))
    })
    .await
}

pub(super) async fn retract(context: &Context, args: TakeBackArgs) -> Result<(), Failure> {
    post::in_case(context, &args.case, &args.entry, |view| {
        let retraction = Retraction {
            target: entry(view, &args.target)?,
            reason: args.reason.clone(),
        };
        Ok(move |draft: Draft| draft.retraction(retraction))
    })
    .await
}

pub(super) async fn ask<T: Send + 'static>(
    context: &Context,
    case: &str,
    args: &EntryArgs,
    to: &str,
    content: T,
    write: Ask<T>,
) -> Result<(), Failure> {
    post::in_case(context, case, args, |view| {
        let owner = resolve::seat(view, to, context.globals.lang.into())?;
        Ok(move |draft: Draft| write(draft, owner, content))
    })
    .await
}

pub(super) fn entry(view: &CaseView, text: &str) -> Result<EntryId, Failure> {
    resolve::entry(view, text).map(|item| item.id)
}
