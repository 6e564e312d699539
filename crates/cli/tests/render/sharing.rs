//! What screens say of what was shared, and of a conversation that has ended.

use std::time::Duration;

use relais_care::{
    AccessEnded, AccessEndedCause, CaseOpened, CaseView, Consent, ConsentGiven, ConversationKind,
    FileDigest, InformationClass, Language, LoopState, Occupancy, Patient, Person, Referral, Seat,
    SeatRole, Transition,
};
use relais_cli::render::{self, Style};
use relais_types::{CaseId, PractitionerId, SeatId, Timestamp};

use super::{MORNING, Script};

const NAVIGATOR: usize = 2;

const fn style(language: Language, width: usize) -> Style {
    Style { language, width }
}

/// A conversation with a partner, whose id and people are other than those of the case.
fn conversation(team: &Script, kind: ConversationKind) -> Script {
    let mut script = Script::new();
    script.case = CaseId::from_bytes([0x8f; 16]);
    script.seats = vec![team.seats[NAVIGATOR].clone()];
    let name = format!(
        "organisations/popote.internal/practitioners/{}",
        PractitionerId::from_bytes([4; 16])
    );
    let seat = Seat {
        id: SeatId::from_bytes([4; 16]),
        role: SeatRole::CommunityWorker,
        organisation: "popote.internal".parse().unwrap(),
        organisation_display_name: "Popote du quartier".to_owned(),
    };
    let person = Person {
        name: name.parse().unwrap(),
        display_name: "Luc Tremblay".to_owned(),
    };
    script.seats.push((seat, person));
    let opened = CaseOpened {
        title: "Repas à domicile".to_owned(),
        purpose: String::new(),
        patient: Some(Patient {
            display_name: "M. L.".to_owned(),
            birth_date: String::new(),
            language: "fr-CA".to_owned(),
        }),
        conversation: kind,
        seats: script.seats.iter().map(|(seat, _)| seat.clone()).collect(),
        occupancies: script
            .seats
            .iter()
            .map(|(seat, person)| Occupancy {
                seat: seat.id,
                person: Some(person.clone()),
            })
            .collect(),
    };
    script.write(Some(0), 0, Language::French, |draft| {
        draft.case_opened(opened)
    });
    script
}

/// The team's case and the conversation after something was shared and the consent withdrawn.
fn withdrawn() -> (CaseView, CaseView) {
    let mut team = Script::new();
    team.open();
    let said = team.say(1, Language::English, "Third floor, no lift.");
    let owner = team.seat(NAVIGATOR);
    let consent = Consent {
        actors: vec!["popote.internal".parse().unwrap()],
        people: Vec::new(),
        classes: vec![InformationClass::Social],
        purpose: "Repas à domicile".to_owned(),
        start: Timestamp::from_micros(MORNING),
        end: None,
        decision_maker: "Marguerite Lavoie".to_owned(),
        given: Some(ConsentGiven::Verbal),
    };
    let consent = team.write(Some(NAVIGATOR), NAVIGATOR, Language::French, |draft| {
        draft.consent(owner, consent)
    });
    team.step(
        NAVIGATOR,
        Transition::new(consent, LoopState::Active).note("Elle."),
    );

    let mut partner = conversation(&team, ConversationKind::Partner);
    let view = CaseView::reduce(team.case, &team.log);
    let item = view.item(said).unwrap();
    let now = Timestamp::from_micros(MORNING).plus(Duration::from_hours(1));
    let with = view.actors_in(&partner.view());
    let offer = view
        .offer(item, &with, Some(InformationClass::Social), now)
        .unwrap();
    let digest = FileDigest::from_bytes([1; 32]);
    let copy = view.excerpt(partner.case, item, &offer, digest, Language::French);
    partner.write(Some(0), 0, Language::French, |draft| draft.excerpt(copy));
    let to = partner.seat(1);
    let referral = Referral {
        service: None,
        service_display_name: "Popote roulante".to_owned(),
        reason: "Vit seule".to_owned(),
        needs: vec!["Repas".to_owned()],
        consent: "Accord verbal".to_owned(),
        outcome_wanted: "Mange à sa faim".to_owned(),
    };
    partner.write(Some(0), 0, Language::French, |draft| {
        draft.referral(to, referral)
    });
    let ended = AccessEnded {
        seats: vec![to],
        cause: AccessEndedCause::ConsentWithdrawn,
        conversation_ends: true,
    };
    partner.write(Some(0), 0, Language::French, |draft| {
        draft.access_ended(ended)
    });
    team.step(
        NAVIGATOR,
        Transition::new(consent, LoopState::Withdrawn).note("Elle."),
    );
    let log = partner.log.clone();
    let shown = partner.view();
    let relayed = team.write(Some(NAVIGATOR), NAVIGATOR, Language::French, |draft| {
        draft.relayed(partner.case, Vec::new())
    });
    let last = team.log.last_mut().unwrap();
    assert_eq!(last.id(), relayed);
    last.relayed = log;
    (team.view(), shown)
}

fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_case_says_what_was_shared_and_that_it_has_ended() {
    let (team, partner) = withdrawn();
    let english = joined(&render::case(
        &team,
        crate::READER,
        style(Language::English, 120),
    ));
    for told in [
        "shared with Popote du quartier under consent #4 on",
        "by Amélie Roy",
        "ENDED on",
        "the consent to share was withdrawn. What was read stays read",
    ] {
        assert!(english.contains(told), "{told}: {english}");
    }
    let french = joined(&render::case(
        &partner,
        crate::READER,
        style(Language::French, 120),
    ));
    for told in [
        "TERMINÉE le",
        "le consentement au partage a été retiré. Ce qui a été lu reste lu",
        "Partagé par l’équipe de soins : Dr Priya Raman · Clinique du Ruisseau",
    ] {
        assert!(french.contains(told), "{told}: {french}");
    }
    let items = relais_cli::huddle::items(
        [&team],
        Some(&team.team.seats()[0].occupant.clone().unwrap().name),
        partner.ended.clone().unwrap().at,
    );
    let rows: Vec<String> = items
        .iter()
        .filter(|item| item.interrupted)
        .flat_map(|item| relais_cli::huddle::row(item, style(Language::French, 120)))
        .collect();
    assert!(rows[0].starts_with("INTERROMPUE Référence"), "{rows:?}");
    // Both are open to whoever is in both, who goes through it once.
    let me = team.team.seats()[NAVIGATOR].occupant.clone().unwrap().name;
    let items = relais_cli::huddle::items(
        [&team, &partner],
        Some(&me),
        partner.ended.clone().unwrap().at,
    );
    assert_eq!(items.iter().filter(|item| item.interrupted).count(), 1);
    for width in [40, 80] {
        for view in [&team, &partner] {
            let text = render::case(view, crate::READER, style(Language::French, width));
            let wide = text
                .lines()
                .find(|line| unicode_width::UnicodeWidthStr::width(*line) > width);
            assert_eq!(wide, None);
        }
    }
}

#[test]
fn until_the_devices_have_left_the_team_is_told_that_they_will() {
    let mut team = Script::new();
    team.open();
    let owner = team.seat(NAVIGATOR);
    let partner = conversation(&team, ConversationKind::Partner);
    let consent = Consent {
        actors: vec!["popote.internal".parse().unwrap()],
        people: Vec::new(),
        classes: vec![InformationClass::Social],
        purpose: "Repas".to_owned(),
        start: Timestamp::from_micros(MORNING),
        end: Some(Timestamp::from_micros(MORNING).plus(Duration::from_hours(2))),
        decision_maker: "Marguerite Lavoie".to_owned(),
        given: None,
    };
    let consent = team.write(Some(NAVIGATOR), NAVIGATOR, Language::French, |draft| {
        draft.consent(owner, consent)
    });
    team.step(
        NAVIGATOR,
        Transition::new(consent, LoopState::Active).note("Elle."),
    );
    team.write(Some(NAVIGATOR), NAVIGATOR, Language::French, |draft| {
        draft.relayed(partner.case, Vec::new())
    });
    team.log.last_mut().unwrap().relayed = partner.log.clone();
    let view = team.view();
    let due = |hours| {
        let at = Timestamp::from_micros(MORNING).plus(Duration::from_hours(hours));
        render::access_due(&view, at, style(Language::English, 80))
    };
    assert!(due(1).is_empty());
    assert!(due(2)[0].contains("popote.internal"), "{:?}", due(2));
}

#[test]
fn a_conversation_with_the_patient_says_that_the_team_has_its_own() {
    let mut team = Script::new();
    team.open();
    let view = conversation(&team, ConversationKind::Patient).view();
    let shown = joined(&render::case(
        &view,
        crate::READER,
        style(Language::French, 100),
    ));
    assert!(
        shown.contains("L’équipe de soins a aussi sa propre conversation"),
        "{shown}"
    );
    let opening = &view.timeline[0];
    assert!(
        opening.fallback.contains("sa propre conversation"),
        "and so does its opening"
    );
}
