//! `share`: copies entries of the team's case into a conversation with a partner or the patient,
//! as consent allows and as previewed.

use relais_care::{CaseView, Excerpt, InformationClass};
use relais_client::{Case, Client, Preview};
use relais_types::{CaseId, EntryId};
use serde::Serialize;

use super::{confirm::confirm, post};
use crate::{
    Failure,
    account::{Context, Link},
    args::ShareArgs,
    output::complain,
    render::{Style, fit, wrap},
    resolve,
    said::Said,
};

/// What became of one entry.
#[derive(Serialize)]
struct Row<'a> {
    /// Its number in the team's case.
    seq: u64,
    entry: EntryId,
    /// The copy; null if it was not shared.
    copy: Option<&'a Excerpt>,
    /// Why it was not shared.
    withheld: Option<&'static str>,
}

/// What `share` gives to programs.
#[derive(Serialize)]
struct Shared<'a> {
    conversation: CaseId,
    entries: Vec<Row<'a>>,
}

pub(super) async fn share(context: &Context, args: ShareArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let team = resolve::case(client, &args.case).await?;
            let view = team.view().await?;
            let conversation = linked(client, &team, &view, &args.with).await?;
            let chosen = chosen(&view, &args)?;
            let language = post::language(context, args.language.as_deref());
            let id = conversation.id();
            let previews = team.preview_sharing(id, &chosen, language).await?;
            let style = context.output.style();
            let told = conversation.view().await?;
            let preview = preview(&view, &told, &previews, style);
            let going: Vec<_> = chosen
                .into_iter()
                .zip(&previews)
                .filter(|(_, preview)| preview.copy.is_ok())
                .map(|(entry, _)| entry)
                .collect();
            if going.is_empty() {
                complain(&preview);
                let nothing = style.text("share-nothing-may-be-shared");
                return Err(Failure::Precondition(nothing.to_owned().into()));
            }
            let question = "confirm-share-this";
            confirm(context, args.yes, &preview, question)?;
            team.share(id, &going, language).await?;
            post::send(context, client).await?;
            let rows = previews.iter().map(|preview| row(&view, preview));
            let shared = Shared {
                conversation: id,
                entries: rows.collect(),
            };
            context.output.result("shared", &shared, |style| {
                shared
                    .entries
                    .iter()
                    .map(|row| outcome(row, &told.title, style))
                    .collect::<Vec<_>>()
                    .join("\n")
            })
        })
        .await
}

fn row<'a>(view: &CaseView, preview: &'a Preview) -> Row<'a> {
    Row {
        seq: number(view, preview.entry),
        entry: preview.entry,
        copy: preview.copy.as_ref().ok(),
        withheld: preview.copy.as_ref().err().map(|why| why.code()),
    }
}

fn number(view: &CaseView, entry: EntryId) -> u64 {
    view.item(entry).map_or(0, |item| item.seq)
}

fn outcome(row: &Row<'_>, title: &str, style: Style) -> String {
    if row.copy.is_some() {
        let label = style.text("share-shared-into");
        return format!("#{} {label} « {title} »", row.seq);
    }
    let why = row.withheld.and_then(relais_care::Withheld::from_code);
    let why = why.map_or("", |why| why.label(style.language));
    let label = style.text("share-not-shared");
    format!("#{} {label}{} {why}", row.seq, style.colon())
}

/// The entries that are named and those of a class, in the order of the log, each once.
fn chosen(
    view: &CaseView,
    args: &ShareArgs,
) -> Result<Vec<(EntryId, Option<InformationClass>)>, Failure> {
    let named = args.entries.iter();
    let named: Vec<EntryId> = named
        .map(|text| resolve::entry(view, text).map(|item| item.id))
        .collect::<Result<_, _>>()?;
    let of_class = |item: &&relais_care::TimelineItem| {
        let class = args.class.as_ref();
        class.is_some_and(|class| item.content.classes().contains(class))
    };
    let items = view.timeline.iter();
    let chosen: Vec<_> = items
        .filter(|item| named.contains(&item.id) || of_class(item))
        .map(|item| (item.id, args.named))
        .collect();
    if chosen.is_empty() {
        return Err(Failure::NotFound(Said::of("failure-no-entry-of-class")));
    }
    Ok(chosen)
}

/// The conversation that is meant, among those that belong to the case and have not ended.
async fn linked(
    client: &Client,
    team: &Case,
    view: &CaseView,
    text: &str,
) -> Result<Case, Failure> {
    let wanted = text.trim().to_lowercase();
    let mut found = Vec::new();
    for known in client.cases().await? {
        let belongs = known.parent == Some(team.id()) || view.linked.contains_key(&known.id);
        if !belongs || known.left {
            continue;
        }
        let case = client.case(known.id).await?;
        let told = case.view().await?;
        if told.ended.is_some() {
            continue;
        }
        let mut names = vec![told.title.to_lowercase()];
        for seat in told.team.seats() {
            if let Some(holder) = &seat.occupant {
                names.push(holder.display_name.to_lowercase());
                names.push(seat.seat.organisation_display_name.to_lowercase());
            }
        }
        let readers = team.readers_of(known.id).await?;
        names.extend(readers.iter().map(ToString::to_string));
        let id = known.id.to_string().replace('-', "");
        let by_id = wanted.len() >= 4 && id.starts_with(&wanted.replace('-', ""));
        if by_id || names.iter().any(|name| name.contains(&wanted)) {
            found.push((format!("{} ({})", told.title, known.id), case));
        }
    }
    if found.len() > 1 {
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
        return Err(Failure::Usage(
            Said::of("failure-ambiguous")
                .with("names", &names.join(", "))
                .with("text", &text),
        ));
    }
    found
        .pop()
        .map(|(_, case)| case)
        .ok_or_else(|| Failure::NotFound(Said::of("failure-no-conversation").with("text", &text)))
}

/// What goes, word for word, and what does not, with the reason.
fn preview(view: &CaseView, told: &CaseView, previews: &[Preview], style: Style) -> String {
    let holders = told.team.seats().iter().filter_map(|seat| {
        let holder = seat.occupant.as_ref()?;
        Some(format!(
            "{} · {}",
            holder.display_name, seat.seat.organisation_display_name
        ))
    });
    let holders = holders.collect::<Vec<_>>().join(", ");
    let mut lines = vec![
        format!("{} « {} »", style.text("share-into"), told.title),
        format!(
            "{}{} {holders}",
            style.text("share-who-reads"),
            style.colon()
        ),
    ];
    let width = style.width.saturating_sub(4);
    for preview in previews {
        let seq = number(view, preview.entry);
        match &preview.copy {
            Ok(copy) => {
                let classes: Vec<_> = copy
                    .classes
                    .iter()
                    .map(|class| class.label(style.language))
                    .collect();
                lines.push(fit(
                    &format!(
                        "  → #{seq} {}, {} ({})",
                        copy.author_display_name,
                        copy.organisation_display_name,
                        classes.join(", ")
                    ),
                    style.width,
                ));
                let words = wrap(&copy.text, width);
                lines.extend(words.into_iter().map(|line| format!("    {line}")));
                if !copy.purpose.is_empty() {
                    lines.push(format!(
                        "    {}{} {}",
                        style.text("share-be-used-for"),
                        style.colon(),
                        copy.purpose
                    ));
                }
            }
            Err(why) => lines.push(format!(
                "  ✕ #{seq} {}{} {}",
                style.text("share-not-shared-2"),
                style.colon(),
                why.label(style.language)
            )),
        }
    }
    lines.push(style.text("share-neither-case-nor-its-team").to_owned());
    lines.join("\n")
}
