//! `partnership`: how this person's organisation stands to others, and how that is kept.

use std::time::Duration;

use relais_care::{
    CaseView, Commitment, CommitmentKind, Counted, Kept, LEAST_COUNTED, PartnershipStage, Terms,
    Value, adherence,
};
use relais_client::{Client, Partner, Told, ToldAdherence};
use relais_types::{Clock as _, OrgDomain, SystemClock, Timestamp};
use serde::Serialize;

use super::ask::due_time;
use crate::{
    Failure,
    account::{Context, Link},
    args::{PartnershipCommand, ProposeArgs, ShowPartnershipArgs, word},
    render::{Style, day},
    said::Said,
};

/// What is counted if nothing is said.
const LATELY: Duration = Duration::from_hours(90 * 24);

/// How two organisations stand, for programs.
#[derive(Serialize)]
struct Standing<'a> {
    organisation: &'a OrgDomain,
    stage: PartnershipStage,
    since: Option<Timestamp>,
    commitments: &'a [Commitment],
    proposed: Option<Offer<'a>>,
    problem: Option<&'a str>,
}

/// What waits for a signature.
#[derive(Serialize)]
struct Offer<'a> {
    by: &'a OrgDomain,
    stage: PartnershipStage,
    commitments: &'a [Commitment],
}

/// A partnership, and how it is kept.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    standing: Standing<'a>,
    counted_since: Timestamp,
    kept: Vec<Kept>,
    told: Vec<ToldRow>,
}

/// What somebody has told, or why it cannot be believed.
#[derive(Serialize)]
struct ToldRow {
    by: Option<OrgDomain>,
    publisher: Option<String>,
    commitment: Option<Commitment>,
    due: u32,
    kept: u32,
    median_hours: u32,
    problem: Option<String>,
}

pub(super) async fn run(context: &Context, command: PartnershipCommand) -> Result<(), Failure> {
    match command {
        PartnershipCommand::List => list(context).await,
        PartnershipCommand::Show(args) => show(context, args).await,
        PartnershipCommand::Propose(args) => propose(context, args).await,
        PartnershipCommand::Accept { organisation } => accept(context, organisation).await,
        PartnershipCommand::Lower {
            organisation,
            stage,
        } => lower(context, organisation, stage).await,
        PartnershipCommand::End { organisation } => {
            lower(context, organisation, PartnershipStage::Listed).await
        }
        PartnershipCommand::Publish(args) => publish(context, args).await,
    }
}

async fn list(context: &Context) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let partners = client.partners().list().await?;
            let rows: Vec<Standing<'_>> = partners.iter().map(standing).collect();
            context.output.result("partnerships", &rows, |style| {
                if rows.is_empty() {
                    return style.text("partnership-no-partnerships").to_owned();
                }
                let lines = rows.iter().map(|row| line(row, style));
                lines.collect::<Vec<_>>().join("\n")
            })
        })
        .await
}

async fn show(context: &Context, args: ShowPartnershipArgs) -> Result<(), Failure> {
    let since = since(args.since.as_deref())?;
    context
        .with_account(Link::Required, async |client| {
            let partner = known(client, &args.organisation).await?;
            let kept = counts(client, &partner, since, false).await?;
            let told = client.partners().told(&partner.organisation).await?;
            let shown = Shown {
                standing: standing(&partner),
                counted_since: since,
                kept,
                told: told.into_iter().flat_map(told_rows).collect(),
            };
            context
                .output
                .result("partnership", &shown, |style| text(&shown, style))
        })
        .await
}

async fn propose(context: &Context, args: ProposeArgs) -> Result<(), Failure> {
    context
        .with_officer(async |client| {
            let own = client.me().device.organisation.clone();
            let mut commitments = Vec::new();
            for (organisation, said) in [(&own, &args.we), (&args.organisation, &args.they)] {
                for text in said {
                    commitments.push(commitment(organisation, text)?);
                }
            }
            let known = client.partners().with(&args.organisation).await?;
            let revision = known.map_or(0, |known| known.revision) + 1;
            let two = (own, args.organisation.clone());
            let terms = Terms::new(two, revision, args.stage, commitments)
                .map_err(|error| Failure::Usage(Said::of("failure-terms").with("error", &error)))?;
            client.partners().sign(terms).await?;
            print(context, client, &args.organisation).await
        })
        .await
}

async fn accept(context: &Context, organisation: OrgDomain) -> Result<(), Failure> {
    context
        .with_officer(async |client| {
            let partner = known(client, &organisation).await?;
            let own = &client.me().device.organisation;
            let theirs = partner.proposed.filter(|proposed| proposed.by != *own);
            let proposal = theirs.ok_or_else(|| {
                Failure::Precondition(
                    Said::of("failure-nothing-proposed").with("organisation", &organisation),
                )
            })?;
            client.partners().accept(&proposal).await?;
            print(context, client, &organisation).await
        })
        .await
}

async fn lower(
    context: &Context,
    organisation: OrgDomain,
    stage: PartnershipStage,
) -> Result<(), Failure> {
    context
        .with_officer(async |client| {
            let partner = known(client, &organisation).await?;
            if stage > partner.stage {
                return Err(Failure::Usage(
                    Said::of("failure-stands-at-raise").with("stage", &partner.stage),
                ));
            }
            let own = client.me().device.organisation.clone();
            let two = (own, organisation.clone());
            let terms =
                Terms::new(two, partner.revision + 1, stage, Vec::new()).map_err(|error| {
                    Failure::failed(Said::of("failure-terms").with("error", &error))
                })?;
            client.partners().sign(terms).await?;
            print(context, client, &organisation).await
        })
        .await
}

async fn publish(context: &Context, args: ShowPartnershipArgs) -> Result<(), Failure> {
    let since = since(args.since.as_deref())?;
    context
        .with_account(Link::Required, async |client| {
            let partner = known(client, &args.organisation).await?;
            let kept = counts(client, &partner, since, true).await?;
            let enough = kept.into_iter().filter(|kept| kept.due >= LEAST_COUNTED);
            let told: Vec<ToldAdherence> = enough.map(told_of).collect();
            if told.is_empty() {
                return Err(Failure::Precondition(
                    Said::of("failure-too-few-requests").with("least_counted", &LEAST_COUNTED),
                ));
            }
            let count = told.len();
            client
                .partners()
                .tell(&partner.organisation, since, told)
                .await?;
            context.output.result("published", &count, |style| {
                style.fill("partnership-published", &[("count", count.into())])
            })
        })
        .await
}

/// A partner with whom something was signed.
async fn known(client: &Client, organisation: &OrgDomain) -> Result<Partner, Failure> {
    let found = client.partners().with(organisation).await?;
    found.ok_or_else(|| {
        Failure::NotFound(Said::of("failure-nothing-signed").with("organisation", &organisation))
    })
}

async fn print(
    context: &Context,
    client: &Client,
    organisation: &OrgDomain,
) -> Result<(), Failure> {
    let partner = known(client, organisation).await?;
    let shown = standing(&partner);
    context.output.result("partnership", &shown, |style| {
        let mut lines = vec![line(&shown, style)];
        lines.extend(commitments(shown.commitments, style));
        lines.join("\n")
    })
}

/// How the commitments in force are kept, as this person's cases tell; with `own` only what they
/// have asked or are to answer themselves.
async fn counts(
    client: &Client,
    partner: &Partner,
    since: Timestamp,
    own: bool,
) -> Result<Vec<Kept>, Failure> {
    let views = views(client).await?;
    let me = client.me().practitioner();
    let commitments = partner.agreed.iter().flat_map(|terms| &terms.commitments);
    let own_organisation = &client.me().device.organisation;
    let kept = commitments.filter_map(|commitment| {
        let asked_by = if commitment.organisation == *own_organisation {
            &partner.organisation
        } else {
            own_organisation
        };
        let counted = Counted {
            asked_by,
            person: own.then_some(&me),
            since,
            now: SystemClock.now(),
        };
        adherence(commitment, &views, counted)
    });
    Ok(kept.collect())
}

/// Every case of this account as its members see it.
pub(super) async fn views(client: &Client) -> Result<Vec<CaseView>, Failure> {
    let mut views = Vec::new();
    for case in client.cases().await? {
        views.push(client.case(case.id).await?.view().await?);
    }
    Ok(views)
}

pub(super) fn since(text: Option<&str>) -> Result<Timestamp, Failure> {
    let lately = || {
        let micros = i64::try_from(LATELY.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(SystemClock.now().as_micros().saturating_sub(micros))
    };
    text.map_or_else(|| Ok(lately()), due_time)
}

/// Reads `KIND=DAYS`, or `coverage-hours=WORDS`.
fn commitment(organisation: &OrgDomain, text: &str) -> Result<Commitment, Failure> {
    let wrong = || Failure::Usage(Said::of("failure-not-a-commitment").with("text", &text));
    let (kind, value) = text.split_once('=').ok_or_else(wrong)?;
    let kind: CommitmentKind = word(kind.trim())
        .map_err(|problem| Failure::Usage(format!("`{kind}`: {problem}").into()))?;
    let is_hours = kind == CommitmentKind::CoverageHours;
    let business_days = match value.trim().parse() {
        _ if is_hours => 0,
        Ok(days) => days,
        Err(_) => return Err(wrong()),
    };
    Ok(Commitment {
        organisation: organisation.clone(),
        kind,
        business_days,
        hours: if is_hours {
            value.trim().to_owned()
        } else {
            String::new()
        },
    })
}

fn standing(partner: &Partner) -> Standing<'_> {
    Standing {
        organisation: &partner.organisation,
        stage: partner.stage,
        since: partner.since,
        commitments: partner
            .agreed
            .as_ref()
            .map_or(&[], |terms| terms.commitments.as_slice()),
        proposed: partner.proposed.as_ref().map(|proposed| Offer {
            by: &proposed.by,
            stage: proposed.terms.stage,
            commitments: &proposed.terms.commitments,
        }),
        problem: partner.problem.as_deref(),
    }
}

fn told_of(kept: Kept) -> ToldAdherence {
    let hours = kept.median_seconds.unwrap_or_default().div_ceil(3_600);
    ToldAdherence {
        organisation: kept.commitment.organisation,
        kind: kept.commitment.kind,
        business_days: kept.commitment.business_days,
        due: kept.due,
        kept: kept.kept,
        median_hours: u32::try_from(hours).unwrap_or(u32::MAX),
    }
}

fn told_rows(told: Result<Told, String>) -> Vec<ToldRow> {
    match told {
        Ok(told) => told
            .adherence
            .into_iter()
            .map(|count| ToldRow {
                by: Some(told.publisher.organisation.clone()),
                publisher: Some(told.publisher.to_string()),
                due: count.due,
                kept: count.kept,
                median_hours: count.median_hours,
                commitment: Some(Commitment {
                    organisation: count.organisation,
                    kind: count.kind,
                    business_days: count.business_days,
                    hours: String::new(),
                }),
                problem: None,
            })
            .collect(),
        Err(problem) => vec![ToldRow {
            by: None,
            publisher: None,
            commitment: None,
            due: 0,
            kept: 0,
            median_hours: 0,
            problem: Some(problem),
        }],
    }
}

fn line(row: &Standing<'_>, style: Style) -> String {
    let stage = row.stage.label(style.language);
    let since = row.since.map(|since| {
        let label = style.text("partnership-since");
        format!(" {label} {}", day(since, style))
    });
    let mut lines = vec![format!(
        "{} · {stage}{}",
        row.organisation,
        since.unwrap_or_default()
    )];
    if let Some(offer) = &row.proposed {
        let stage = offer.stage.label(style.language);
        let values = [("by", offer.by.to_string().into()), ("stage", stage.into())];
        let proposed = style.fill("partnership-proposed", &values);
        lines.push(format!("  {proposed}"));
        let promises = commitments(offer.commitments, style).into_iter();
        lines.extend(promises.map(|promise| format!("  {promise}")));
    }
    lines.extend(row.problem.map(|problem| format!("  ⚠ {problem}")));
    lines.join("\n")
}

fn commitments(commitments: &[Commitment], style: Style) -> Vec<String> {
    let told = |commitment: &Commitment| format!("  {}", promise(commitment, style));
    commitments.iter().map(told).collect()
}

/// One promise, in a line.
fn promise(commitment: &Commitment, style: Style) -> String {
    let who = &commitment.organisation;
    let does = commitment.kind.label(style.language);
    if commitment.kind == CommitmentKind::CoverageHours {
        return format!("{who} {does}{} {}", style.colon(), commitment.hours);
    }
    let values = [
        ("who", who.to_string().into()),
        ("does", does.into()),
        ("days", commitment.business_days.into()),
    ];
    style.fill("partnership-promise", &values)
}

fn text(shown: &Shown<'_>, style: Style) -> String {
    let mut lines = vec![line(&shown.standing, style)];
    for commitment in shown.standing.commitments {
        lines.push(format!("  {}", promise(commitment, style)));
        let counted = shown
            .kept
            .iter()
            .find(|kept| kept.commitment == *commitment);
        lines.push(match counted {
            Some(kept) => format!("    {}", kept_line(kept, style)),
            None => format!("    {}", style.text("partnership-not-measured")),
        });
    }
    for told in &shown.told {
        lines.push(told_line(told, style));
    }
    lines.join("\n")
}

/// `kept 9 of 11, median answer 1.5 days; 2 wait`.
fn kept_line(kept: &Kept, style: Style) -> String {
    let days = kept.median_seconds.map_or_else(
        || "–".to_owned(),
        |seconds| tenths_of_days(seconds.saturating_mul(10) / 86_400),
    );
    let values = [
        ("kept", kept.kept.into()),
        ("due", kept.due.into()),
        ("days", Value::try_number(&days)),
        ("waiting", kept.waiting.into()),
    ];
    style.fill("partnership-kept", &values)
}

fn told_line(told: &ToldRow, style: Style) -> String {
    let (Some(by), Some(commitment)) = (&told.by, &told.commitment) else {
        let problem = told.problem.as_deref().unwrap_or_default();
        return format!(
            "  ⚠ {}{} {problem}",
            style.text("partnership-cannot-be-believed"),
            style.colon()
        );
    };
    let days = tenths_of_days(u64::from(told.median_hours) * 10 / 24);
    let values = [
        ("by", by.to_string().into()),
        ("promise", promise(commitment, style).into()),
        ("kept", told.kept.into()),
        ("due", told.due.into()),
        ("days", Value::try_number(&days)),
    ];
    format!("  {}", style.fill("partnership-told", &values))
}

fn tenths_of_days(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commitments_are_a_kind_and_days_or_hours() {
        let org: OrgDomain = "parc.internal".parse().unwrap();
        let read = |text: &str| commitment(&org, text);
        assert_eq!(read("answer-referral=2").unwrap().business_days, 2);
        let hours = read("coverage-hours=Mon-Fri 8:00-16:00").unwrap();
        assert_eq!(
            (hours.business_days, &*hours.hours),
            (0, "Mon-Fri 8:00-16:00")
        );
        for wrong in ["answer-referral", "answer-referral=soon", "smiles=2"] {
            assert_eq!(read(wrong).unwrap_err().exit_code(), 2, "{wrong}");
        }
        assert_eq!(tenths_of_days(15), "1.5");
    }
}
