//! What organisations define themselves: fields, states, who may take which step.

use std::collections::BTreeMap;

use relais_care::{
    DefinedRequest, DefinedStep, FieldDefinition, FieldKind, Label, Language, LoopState, Party,
    Rejection, StateDefinition, StepDefinition, TypeDefinition, label,
};
use relais_types::EntryId;

use crate::{
    asking::ask,
    world::{Log, seat_id},
};

const NAVIGATOR: usize = 2;
const COMMUNITY: usize = 3;
const STATES: [&str; 4] = ["asked", "tasting", "served", "nowhere"];

fn labels(english: &str, french: &str) -> Vec<Label> {
    [("en", english), ("fr", french)]
        .into_iter()
        .map(|(language, text)| Label {
            language: language.to_owned(),
            text: text.to_owned(),
        })
        .collect()
}

/// Meals: asked, tried by the owner, and served once the requester says so.
pub(crate) fn meals() -> TypeDefinition {
    let field = |name: &str, kind, required, choices: &[&str]| FieldDefinition {
        name: name.to_owned(),
        kind,
        required,
        choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
        labels: labels(name, name),
    };
    let state = |at: usize, nearest, awaits| StateDefinition {
        name: STATES[at].to_owned(),
        nearest,
        awaits,
        labels: labels(STATES[at], "état"),
    };
    let step = |from: usize, to: usize, who, note_required| StepDefinition {
        from: STATES[from].to_owned(),
        to: STATES[to].to_owned(),
        who,
        note_required,
    };
    TypeDefinition {
        name: "meal_plan".to_owned(),
        version: 1,
        labels: labels("Meal plan", "Plan de repas"),
        fields: vec![
            field("meals", FieldKind::Number, true, &[]),
            field("diet", FieldKind::Choice, false, &["low_salt", "soft"]),
            field("from_day", FieldKind::Date, false, &[]),
            field("alone", FieldKind::YesNo, false, &[]),
        ],
        states: vec![
            state(0, LoopState::Requested, Some(Party::Owner)),
            state(1, LoopState::InProgress, Some(Party::Requester)),
            state(2, LoopState::Closed, None),
        ],
        steps: vec![
            step(0, 1, Party::Owner, false),
            step(1, 0, Party::Requester, true),
            step(1, 2, Party::Requester, false),
        ],
    }
}

pub(crate) fn define(log: &mut Log, by: usize, seat: usize) -> EntryId {
    let entry = log.draft(by, seat).type_definition(meals()).unwrap();
    log.push(by, entry)
}

pub(crate) fn request(definition: EntryId) -> DefinedRequest {
    DefinedRequest {
        definition,
        title: "Repas du midi".to_owned(),
        values: BTreeMap::from([
            ("meals".to_owned(), "3".to_owned()),
            ("diet".to_owned(), "low_salt".to_owned()),
        ]),
    }
}

pub(crate) fn step(target: EntryId, to: usize) -> DefinedStep {
    DefinedStep {
        target,
        to: STATES[to % STATES.len()].to_owned(),
        note: String::new(),
    }
}

fn rejection(log: &Log, id: EntryId) -> Option<Rejection> {
    log.view().item(id).unwrap().rejected.map(|r| r.reason)
}

fn take(log: &mut Log, by: usize, step: DefinedStep) -> EntryId {
    let entry = log.draft(by, by).defined_step(step).unwrap();
    log.push(by, entry)
}

#[test]
fn what_is_defined_is_asked_and_moved_as_its_definition_says() {
    let mut log = Log::opened();
    let kind = relais_care::LoopKind::Defined;
    let asked = ask(&mut log, NAVIGATOR, NAVIGATOR, kind, COMMUNITY);
    let view = log.view();
    let begun = view.find_loop(asked).unwrap();
    assert_eq!(begun.awaited_seat(), Some(seat_id(COMMUNITY)));
    assert!(!begun.is_settled());

    let wrong_party = take(&mut log, NAVIGATOR, step(asked, 1));
    let unlisted = take(&mut log, COMMUNITY, step(asked, 2));
    let listed = take(&mut log, COMMUNITY, step(asked, 1));
    let silent = take(&mut log, NAVIGATOR, step(asked, 0));
    let mut told = step(asked, 0);
    "Trop salé".clone_into(&mut told.note);
    take(&mut log, NAVIGATOR, told);
    take(&mut log, COMMUNITY, step(asked, 1));
    take(&mut log, NAVIGATOR, step(asked, 2));
    let late = take(&mut log, NAVIGATOR, step(asked, 0));
    assert_eq!(rejection(&log, wrong_party), Some(Rejection::WrongParty));
    assert_eq!(rejection(&log, unlisted), Some(Rejection::NotInCatalogue));
    assert_eq!(rejection(&log, listed), None);
    assert_eq!(rejection(&log, silent), Some(Rejection::NoteRequired));
    assert_eq!(rejection(&log, late), Some(Rejection::NotInCatalogue));
    let view = log.view();
    let served = view.find_loop(asked).unwrap();
    assert_eq!(served.state, LoopState::Closed);
    assert_eq!(served.history.len(), 4);
    assert!(served.is_settled() && !served.is_open());
    let standing = served.defined.as_ref().unwrap();
    assert_eq!(standing.state, "served");
    assert_eq!(label(&standing.labels, Language::French), "état");
    let text = view
        .item(asked)
        .unwrap()
        .text(Language::French)
        .into_owned();
    assert!(text.contains("Repas du midi"), "{text}");
}

#[test]
fn what_is_filled_in_fits_its_definition() {
    let mut log = Log::opened();
    let definition = define(&mut log, NAVIGATOR, NAVIGATOR);
    for (field, value) in [
        ("meals", "three"),
        ("diet", "vegan"),
        ("from_day", "2026-02-30"),
        ("alone", "maybe"),
        ("colour", "red"),
    ] {
        let mut request = request(definition);
        request.values.insert(field.to_owned(), value.to_owned());
        let draft = log.draft(NAVIGATOR, NAVIGATOR);
        let entry = draft.defined_request(seat_id(COMMUNITY), request).unwrap();
        let id = log.push(NAVIGATOR, entry);
        assert_eq!(rejection(&log, id), Some(Rejection::DoesNotFit), "{field}");
    }
    let mut empty = request(definition);
    empty.values.clear();
    let draft = log.draft(NAVIGATOR, NAVIGATOR);
    let entry = draft.defined_request(seat_id(COMMUNITY), empty).unwrap();
    let missing = log.push(NAVIGATOR, entry);
    let undefined = EntryId::from_bytes([0x99; 16]);
    let draft = log.draft(NAVIGATOR, NAVIGATOR);
    let entry = draft.defined_request(seat_id(COMMUNITY), request(undefined));
    let undefined = log.push(NAVIGATOR, entry.unwrap());
    assert_eq!(rejection(&log, missing), Some(Rejection::DoesNotFit));
    assert_eq!(rejection(&log, undefined), Some(Rejection::UnknownTarget));
    assert!(log.view().loops.is_empty());
}

#[test]
fn a_definition_that_contradicts_itself_is_malformed() {
    type Fault = fn(&mut TypeDefinition);
    let log = Log::opened();
    let faults: [(Fault, &str); 7] = [
        (
            |it| it.steps[0].to = "nowhere".to_owned(),
            "type_definition.steps",
        ),
        (
            |it| it.steps.push(it.steps[0].clone()),
            "type_definition.steps",
        ),
        (
            |it| it.steps[0].who = Party::Nominee,
            "type_definition.states",
        ),
        (
            |it| it.states[2].awaits = Some(Party::Owner),
            "type_definition.states",
        ),
        (
            |it| it.states.push(it.states[0].clone()),
            "type_definition.states",
        ),
        (|it| drop(it.steps.pop()), "type_definition.states"),
        (|it| it.fields[1].choices.clear(), "type_definition.fields"),
    ];
    for (spoil, field) in faults {
        let mut definition = meals();
        spoil(&mut definition);
        let refused = log.draft(2, 2).type_definition(definition).unwrap_err();
        assert_eq!(refused.field, field);
    }
}
