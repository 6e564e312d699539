//! The parts of a services plan, as plain text.

use super::{colon, headed, labelled};
use crate::{Content, Language, LoopKind};

/// Nothing for what is no part of a plan.
pub(super) fn plain_text(content: &Content, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    let part = |kind: LoopKind, title: &str, rows: &[(&str, &str)]| {
        let head = format!("{}{}{title}", kind.label(language), colon(language));
        labelled(&head, rows, language)
    };
    match content {
        Content::PlanSection(section) => part(
            LoopKind::PlanSection,
            &section.title,
            &[(say("What matters", "Ce qui compte"), &section.content)],
        ),
        Content::PlanGoal(goal) => part(
            LoopKind::PlanGoal,
            &goal.text,
            &[(say("Target date", "Date visée"), &goal.target_date)],
        ),
        Content::PlanAction(action) => part(
            LoopKind::PlanAction,
            &action.text,
            &[(say("Target date", "Date visée"), &action.target_date)],
        ),
        Content::PlanSignOff(sign_off) => {
            let head = say("On the plan", "Au sujet du plan");
            let said = sign_off.said.label(language);
            headed(&format!("{head}{}{said}", colon(language)), &sign_off.note)
        }
        _ => String::new(),
    }
}
