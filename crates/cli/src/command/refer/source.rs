//! Where a referral comes from: a suggestion that was accepted, or another that was declined.

use relais_care::{
    CaseView, Content, Link, LoopKind, LoopState, Referral, ResourceSuggestion, Transition,
};
use relais_client::{Case, Client};
use relais_types::{EntryId, SeatId, ServiceName};

use super::checks::conversations;
use crate::said::Said;
use crate::{Failure, account::Context, args::ReferArgs, command::post, render::Style, resolve};

/// What a referral follows from.
pub(super) enum Source {
    /// Nothing but the person's own knowledge.
    Own,
    /// A suggestion in the team's case.
    Suggestion {
        /// The entry.
        id: EntryId,
        /// The seat that it was suggested to, held by this person.
        seat: SeatId,
        /// Where it stands.
        state: LoopState,
        /// What was suggested.
        suggestion: Box<ResourceSuggestion>,
    },
    /// A referral that was declined.
    Declined {
        /// What was asked.
        referral: Box<Referral>,
        /// What could help instead.
        alternative: Option<ServiceName>,
        /// The same in words; may be empty.
        words: String,
    },
}

impl Source {
    /// Finds what `--from-suggestion` or `--instead-of` names.
    pub(super) async fn find(
        client: &Client,
        view: &CaseView,
        args: &ReferArgs,
    ) -> Result<Self, Failure> {
        match (&args.from_suggestion, &args.instead_of) {
            (Some(text), _) => suggestion(client, view, text),
            (None, Some(text)) => declined(client, view, text).await,
            (None, None) => Ok(Self::Own),
        }
    }

    /// The service to look for: as typed, else as it follows.
    pub(super) fn service(&self, typed: Option<&str>) -> Result<String, Failure> {
        if let Some(typed) = typed {
            return Ok(typed.to_owned());
        }
        match self {
            Self::Suggestion { suggestion, .. } => Ok(suggestion.service.to_string()),
            Self::Declined {
                alternative: Some(alternative),
                ..
            } => Ok(alternative.to_string()),
            Self::Declined { words, .. } if !words.is_empty() => Err(Failure::Usage(
                Said::of("failure-alternative-unknown").with("words", &words),
            )),
            Self::Declined { .. } => Err(Failure::Usage(Said::of("failure-alternative-none"))),
            Self::Own => Err(Failure::Usage(Said::of("failure-name-the-service"))),
        }
    }

    /// The referral to `service`: what was typed, and where nothing was, what it follows from.
    pub(super) fn referral(
        &self,
        args: &ReferArgs,
        service: ServiceName,
        service_display_name: String,
    ) -> Result<Referral, Failure> {
        let before = match self {
            Self::Declined { referral, .. } => Some(&**referral),
            Self::Suggestion { .. } | Self::Own => None,
        };
        let suggested = match self {
            Self::Suggestion { suggestion, .. } => Some(suggestion.reason.clone()),
            Self::Declined { .. } | Self::Own => None,
        };
        let missing =
            |flag: &str| Failure::Usage(Said::of("failure-say-it-with").with("flag", &flag));
        let reason = args.reason.clone();
        let reason = reason.or_else(|| before.map(|before| before.reason.clone()));
        let reason = reason.or(suggested).filter(|reason| !reason.is_empty());
        let needs = if args.needs.is_empty() {
            before
                .map(|before| before.needs.clone())
                .unwrap_or_default()
        } else {
            args.needs.clone()
        };
        if needs.is_empty() {
            return Err(missing("--need"));
        }
        let consent = args.consent.clone();
        let consent = consent.or_else(|| before.map(|before| before.consent.clone()));
        let outcome = args.outcome.clone();
        let outcome = outcome.or_else(|| before.map(|before| before.outcome_wanted.clone()));
        Ok(Referral {
            service: Some(service),
            service_display_name,
            reason: reason.ok_or_else(|| missing("--reason"))?,
            needs,
            consent: consent.ok_or_else(|| missing("--consent"))?,
            outcome_wanted: outcome.ok_or_else(|| missing("--outcome"))?,
        })
    }

    /// Says in the team's case what came of it: a suggestion moves on, with a link to the referral.
    pub(super) async fn follow(
        &self,
        context: &Context,
        client: &Client,
        team: &Case,
        made: Link,
    ) -> Result<(), Failure> {
        let Self::Suggestion {
            id, seat, state, ..
        } = self
        else {
            return Ok(());
        };
        let (id, seat) = (*id, *seat);
        let language = context.globals.lang.into();
        if *state == LoopState::Suggested {
            let accepted = Transition::new(id, LoopState::Accepted);
            post::post(context, client, team, Some(seat), language, move |draft| {
                draft.transition(accepted)
            })
            .await?;
        }
        let referred = Transition {
            link: Some(made),
            ..Transition::new(id, LoopState::Referred)
        };
        post::post(context, client, team, Some(seat), language, move |draft| {
            draft.transition(referred)
        })
        .await?;
        Ok(())
    }

    /// What the team is told besides.
    pub(super) fn note(&self, service: &str, style: Style) -> Option<String> {
        let Self::Declined { referral, .. } = self else {
            return None;
        };
        let before = &referral.service_display_name;
        let values = [("service", service.into()), ("before", before.into())];
        Some(style.fill("refer-source-instead", &values))
    }
}

fn suggestion(client: &Client, view: &CaseView, text: &str) -> Result<Source, Failure> {
    let item = resolve::entry(view, text)?;
    let asked = view
        .find_loop(item.id)
        .filter(|asked| asked.kind == LoopKind::ResourceSuggestion);
    let (Some(asked), Content::ResourceSuggestion(suggestion)) = (asked, &item.content) else {
        return Err(Failure::Precondition(Said::of("failure-suggests-nothing")));
    };
    let me = client.me().practitioner();
    if !view.team.holds(&me, asked.owner) {
        return Err(Failure::Precondition(Said::of(
            "failure-suggested-to-another",
        )));
    }
    if !matches!(asked.state, LoopState::Suggested | LoopState::Accepted) {
        return Err(Failure::Precondition(
            Said::of("failure-suggestion-stands").with("state", &asked.state),
        ));
    }
    Ok(Source::Suggestion {
        id: asked.id,
        seat: asked.owner,
        state: asked.state,
        suggestion: Box::new(suggestion.clone()),
    })
}

/// Declined referrals of the conversations with partners, whoever bridges them.
async fn declined(client: &Client, view: &CaseView, text: &str) -> Result<Source, Failure> {
    let own = conversations(client, view.case).await?;
    let mut found = std::collections::BTreeMap::new();
    for view in own.iter().chain(view.linked.values()).chain([view]) {
        let declined = view
            .loops
            .iter()
            .filter(|asked| asked.kind == LoopKind::Referral && asked.state == LoopState::Declined);
        for asked in declined {
            found.insert(asked.id, (view, asked));
        }
    }
    let number = text.trim_start_matches('#').parse::<u64>().ok();
    let numbered: Vec<EntryId> = found
        .iter()
        .filter(|(_, (_, asked))| Some(asked.asked_seq) == number)
        .map(|(id, _)| *id)
        .collect();
    let id = if let [only] = numbered.as_slice() {
        *only
    } else {
        let ids = found.keys().map(|id| (id.to_string(), *id));
        resolve::by_prefix("declined referral", text, ids)?
    };
    let declined = found.get(&id).and_then(|(view, asked)| {
        let step = asked.history.last()?;
        match view.item(id).map(|item| &item.content) {
            Some(Content::Referral(referral)) => Some((referral, step)),
            _ => None,
        }
    });
    let (referral, step) =
        declined.ok_or_else(|| Failure::NotFound(Said::of("failure-no-declined-referral")))?;
    Ok(Source::Declined {
        referral: Box::new(referral.clone()),
        alternative: step.alternative_service.clone(),
        words: step.alternative.clone(),
    })
}
