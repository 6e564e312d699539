//! The services plan: its parts, who agrees with it, how it changes, how it is written out.

use proptest::prelude::*;
use relais_care::{
    Correction, Language, LoopKind, LoopState, PlanAction, PlanGoal, PlanSection, PlanSignOff,
    Rejection, SignOff, Transition,
    plan::{Changed, Plan, html, markdown, markdown_changes},
};
use relais_types::EntryId;

use crate::{
    program::{programs, run},
    properties::config,
    world::{CASE, Log, seat_id},
};

const SPECIALIST: usize = 0;
const PHYSICIAN: usize = 1;
const NAVIGATOR: usize = 2;

fn section(log: &mut Log, title: &str) -> EntryId {
    let section = PlanSection {
        title: title.to_owned(),
        content: "Veut retourner au marché".to_owned(),
    };
    let entry = log.draft(NAVIGATOR, NAVIGATOR);
    let entry = entry.plan_section(seat_id(PHYSICIAN), section).unwrap();
    log.push(NAVIGATOR, entry)
}

fn goal(log: &mut Log, text: &str, section: Option<EntryId>) -> EntryId {
    let goal = PlanGoal {
        text: text.to_owned(),
        target_date: "2026-06-01".to_owned(),
        section,
    };
    let entry = log.draft(NAVIGATOR, NAVIGATOR);
    let entry = entry.plan_goal(seat_id(SPECIALIST), goal).unwrap();
    log.push(NAVIGATOR, entry)
}

fn action(log: &mut Log, text: &str, goal: EntryId) -> EntryId {
    let action = PlanAction {
        text: text.to_owned(),
        target_date: "2026-04-01".to_owned(),
        goal: Some(goal),
    };
    let entry = log.draft(NAVIGATOR, NAVIGATOR);
    let entry = entry.plan_action(seat_id(NAVIGATOR), action).unwrap();
    log.push(NAVIGATOR, entry)
}

fn sign(log: &mut Log, by: usize, target: EntryId, said: SignOff) -> EntryId {
    let sign_off = PlanSignOff {
        target,
        said,
        note: "Vu ensemble".to_owned(),
    };
    let entry = log.draft(by, by).plan_sign_off(sign_off).unwrap();
    log.push(by, entry)
}

fn plan(log: &Log) -> Plan {
    log.view().plan()
}

/// A section with a goal and an action, and a goal of its own.
fn planned() -> (Log, [EntryId; 4]) {
    let mut log = Log::opened();
    let mobility = section(&mut log, "Mobilité");
    let walk = goal(&mut log, "Marcher 500 m\nSans canne", Some(mobility));
    let physio = action(&mut log, "Physiothérapie", walk);
    let alone = goal(&mut log, "Dormir la nuit", None);
    (log, [mobility, walk, physio, alone])
}

#[test]
fn sections_hold_goals_and_goals_hold_actions() {
    let (log, [mobility, walk, physio, alone]) = planned();
    let plan = plan(&log);
    let top: Vec<_> = plan.parts.iter().map(|part| part.id).collect();
    assert_eq!(top, [mobility, alone]);
    let goals: Vec<_> = plan.parts[0].parts.iter().map(|part| part.id).collect();
    assert_eq!(goals, [walk]);
    assert_eq!(plan.parts[0].parts[0].parts[0].id, physio);
    assert_eq!(plan.parts[0].parts[0].title, "Marcher 500 m");
    assert_eq!(plan.parts[0].parts[0].text, "Sans canne");
    assert_eq!(plan.parts[0].owner.holder, "Dr. Sam Okafor");
}

#[test]
fn a_goal_that_names_no_section_stands_by_itself_and_takes_effect() {
    let mut log = Log::opened();
    let text = log.say(NAVIGATOR, "Bonjour");
    // An older version does not read the section at all: both must see the same.
    let stray = goal(&mut log, "Marcher", Some(text));
    assert_eq!(log.view().item(stray).unwrap().rejected, None);
    assert_eq!(plan(&log).parts[0].id, stray);
}

#[test]
fn a_sign_off_is_of_a_seat_and_of_the_wording_that_stood_then() {
    let (mut log, [_, walk, ..]) = planned();
    sign(&mut log, PHYSICIAN, walk, SignOff::Objected);
    sign(&mut log, PHYSICIAN, walk, SignOff::Agreed);
    let part = |log: &Log| {
        plan(log)
            .all()
            .find(|part| part.id == walk)
            .cloned()
            .unwrap()
    };
    let signed = part(&log).sign_offs;
    assert_eq!(signed.len(), 1, "the last word of a seat counts");
    assert_eq!((signed[0].said, signed[0].current), (SignOff::Agreed, true));

    let correction = Correction {
        target: walk,
        reason: "Trop ambitieux".to_owned(),
        replacement: "Marcher 200 m".to_owned(),
    };
    let entry = log.draft(NAVIGATOR, NAVIGATOR).correction(correction);
    log.push(NAVIGATOR, entry.unwrap());
    assert_eq!(part(&log).title, "Marcher 200 m");
    assert!(!part(&log).sign_offs[0].current, "it was another wording");
    sign(&mut log, SPECIALIST, walk, SignOff::Objected);
    assert!(part(&log).is_disputed());
}

#[test]
fn only_parts_of_the_plan_are_signed_and_an_objection_says_why() {
    let (mut log, _) = planned();
    let text = log.say(NAVIGATOR, "Bonjour");
    let wrong = sign(&mut log, PHYSICIAN, text, SignOff::Agreed);
    let rejected = log.view().item(wrong).unwrap().rejected.unwrap();
    assert_eq!(rejected.reason, Rejection::UnknownTarget);
    let silent = PlanSignOff {
        target: text,
        said: SignOff::Objected,
        note: " ".to_owned(),
    };
    let refused = log.draft(PHYSICIAN, PHYSICIAN).plan_sign_off(silent);
    assert_eq!(refused.unwrap_err().field, "plan_sign_off.note");
}

#[test]
fn the_plan_of_any_point_and_what_changed_since() {
    let (mut log, [mobility, walk, physio, _]) = planned();
    let before = plan(&log);
    let transition = Transition::new(walk, LoopState::Accepted);
    let entry = log.draft(SPECIALIST, SPECIALIST).transition(transition);
    log.push(SPECIALIST, entry.unwrap());
    sign(&mut log, PHYSICIAN, mobility, SignOff::Agreed);
    let sleep = action(&mut log, "Tisane le soir", walk);
    let after = plan(&log);

    let changes = after.changes_since(&before);
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.id, &change.what))
        .collect();
    assert!(matches!(told[0], (id, Changed::Signed(_)) if id == mobility));
    let accepted = Changed::State {
        from: LoopState::Proposed,
        to: LoopState::Accepted,
    };
    assert_eq!(told[1], (walk, &accepted));
    assert!(matches!(told[2], (id, Changed::Added { .. }) if id == sleep));
    assert_eq!(told.len(), 3, "nothing of {physio}: {changes:?}");
    let back = before.changes_since(&after);
    assert!(
        back.iter()
            .any(|change| change.id == sleep && change.what == Changed::Removed)
    );

    let then = relais_care::CaseView::reduce(
        CASE,
        log.entries
            .iter()
            .filter(|logged| logged.seq <= before.through),
    );
    assert_eq!(then.plan(), before, "a plan is that of a prefix of the log");
    let words = markdown_changes(&changes, Language::French);
    assert!(words.contains("proposée → acceptée"), "{words}");
}

#[test]
fn peoples_words_do_not_become_markup() {
    let mut log = Log::opened();
    goal(
        &mut log,
        "<script>alert(1)</script> *gras* \"x\" & co",
        None,
    );
    let page = html(&plan(&log), Language::English);
    assert!(!page.contains("<script>"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    let text = markdown(&plan(&log), Language::English);
    assert!(
        text.contains(r"\<script\>alert(1)\</script\> \*gras\*"),
        "{text}"
    );
}

#[test]
fn what_is_rejected_is_told_apart() {
    let (mut log, [_, walk, ..]) = planned();
    let step = Transition::new(walk, LoopState::Rejected).note("Pas prêt");
    let entry = log.draft(SPECIALIST, SPECIALIST).transition(step);
    log.push(SPECIALIST, entry.unwrap());
    let text = markdown(&plan(&log), Language::French);
    let (above, below) = text.split_once("## Non retenu").unwrap();
    assert!(!above.contains("Marcher"), "{above}");
    assert!(
        below.contains("Marcher 500 m") && below.contains("Pas prêt"),
        "{below}"
    );
}

proptest! {
    #![proptest_config(config())]

    /// Whatever happens, each part of the plan stands in it once, with one seat that answers.
    #[test]
    fn every_part_stands_once(program in programs()) {
        let view = run(&program).view();
        let plan = view.plan();
        let mut ids: Vec<_> = plan.all().map(|part| part.id).collect();
        ids.sort();
        let mut asked: Vec<_> = view
            .loops
            .iter()
            .filter(|asked| matches!(
                asked.kind,
                LoopKind::PlanSection | LoopKind::PlanGoal | LoopKind::PlanAction
            ))
            .map(|asked| asked.id)
            .collect();
        asked.sort();
        prop_assert_eq!(ids, asked);
        prop_assert!(plan.all().all(|part| part.owner.role.is_some()));
        prop_assert_eq!(plan.changes_since(&plan), []);
    }
}
