//! Recording that the patient has agreed, where nothing is recorded yet.

use std::io::IsTerminal as _;

use relais_care::{Consent, ConsentGiven, InformationClass};
use relais_client::Client;
use relais_types::{Clock as _, SystemClock};

use super::{Asked, Team, Wanted};
use crate::{
    Failure,
    account::Context,
    command::{confirm::asked as agreed, consent, post},
    said::Said,
};

/// What was said on the command line of the patient's agreement.
#[derive(Clone, Copy, Default)]
pub(super) struct Agreement<'a> {
    /// How it was given, if it is to be recorded.
    pub(super) record: Option<ConsentGiven>,
    /// What may be shared; contact and social if empty.
    pub(super) classes: &'a [InformationClass],
    /// Who has agreed; the patient if left out.
    pub(super) decided_by: Option<&'a str>,
}

/// A verbal agreement is a consent, too: it is recorded in the team's case, if whoever refers says
/// how it was given. Otherwise the referral's own words are all there is.
pub(super) async fn offer_to_record(
    context: &Context,
    client: &Client,
    team: &Team,
    wanted: &Wanted<'_>,
    asked: &Asked,
) -> Result<(), Failure> {
    let style = context.output.style();
    let question = "confirm-record-agreement";
    let may_ask = !wanted.yes && std::io::stdin().is_terminal();
    let given = match wanted.agreement.record {
        None if may_ask && agreed(context, question) => Some(ConsentGiven::Verbal),
        chosen => chosen,
    };
    let Some(given) = given else {
        context
            .output
            .note(style.text("refer-agreement-no-consent-recorded-case-words"));
        return Ok(());
    };
    let view = &team.view;
    let owner = consent::own_seat(client, view)
        .ok_or_else(|| Failure::Precondition(Said::of("failure-no-seat-in-case")))?;
    let patient = view
        .patient
        .as_ref()
        .map(|patient| patient.display_name.as_str());
    let decided_by = wanted
        .agreement
        .decided_by
        .or(patient)
        .ok_or_else(|| Failure::Usage(Said::of("failure-decided-by-unsaid")))?;
    let classes = match wanted.agreement.classes {
        [] => vec![InformationClass::Contact, InformationClass::Social],
        chosen => chosen.to_vec(),
    };
    let purpose = match asked {
        Asked::Referral(referral) => &referral.consent,
        Asked::Consult(consult) => &consult.specialty,
    };
    let consent = Consent {
        actors: vec![wanted.name.organisation.clone()],
        people: Vec::new(),
        classes,
        purpose: purpose.clone(),
        start: SystemClock.now(),
        end: None,
        decision_maker: decided_by.to_owned(),
        given: Some(given),
    };
    let language = post::language(context, wanted.entry.language.as_deref());
    consent::record(
        context,
        client,
        &team.case,
        (None, owner),
        language,
        consent,
    )
    .await?;
    Ok(())
}
