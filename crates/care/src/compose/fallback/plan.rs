//! The parts of a services plan, as plain text.

use super::{colon, headed, labelled};
use crate::{Content, Language, LoopKind, texts::TEXTS};

/// Nothing for what is no part of a plan.
pub(super) fn plain_text(content: &Content, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let part = |kind: LoopKind, title: &str, rows: &[(&str, &str)]| {
        let head = format!("{}{}{title}", kind.label(language), colon(language));
        labelled(&head, rows, language)
    };
    match content {
        Content::PlanSection(section) => part(
            LoopKind::PlanSection,
            &section.title,
            &[(say("plan-what-matters"), &section.content)],
        ),
        Content::PlanGoal(goal) => part(
            LoopKind::PlanGoal,
            &goal.text,
            &[(say("plan-target-date"), &goal.target_date)],
        ),
        Content::PlanAction(action) => part(
            LoopKind::PlanAction,
            &action.text,
            &[(say("plan-target-date"), &action.target_date)],
        ),
        Content::PlanSignOff(sign_off) => {
            let head = say("plan-on-plan");
            let said = sign_off.said.label(language);
            headed(&format!("{head}{}{said}", colon(language)), &sign_off.note)
        }
        _ => String::new(),
    }
}
