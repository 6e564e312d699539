//! The words of an entry that its author chose, without ids, times and codes.

use super::Content;
use crate::loops::headline;

impl Content {
    /// The author's own words, each as it stands in its field. What is unknown or carries other
    /// entries has none.
    pub fn words(&self) -> Vec<String> {
        let words: Vec<&str> = match self {
            Self::CaseOpened(opened) => vec![&opened.title, &opened.purpose],
            Self::TeamChanged(changed) => vec![&changed.reason],
            Self::Text(text) => vec![&text.text],
            Self::Referral(referral) => {
                let given = [
                    &referral.service_display_name,
                    &referral.reason,
                    &referral.consent,
                    &referral.outcome_wanted,
                ];
                given
                    .into_iter()
                    .chain(&referral.needs)
                    .map(String::as_str)
                    .collect()
            }
            Self::Transition(step) => vec![
                &step.note,
                &step.alternative,
                &step.eligibility,
                &step.interim_plan,
            ],
            Self::Correction(correction) => vec![&correction.reason, &correction.replacement],
            Self::ResourceSuggestion(suggestion) => vec![
                &suggestion.service_display_name,
                &suggestion.eligibility,
                &suggestion.reason,
            ],
            Self::DischargeNotice(notice) => {
                let lists = [
                    &notice.diagnoses,
                    &notice.medications,
                    &notice.pending_tests,
                ];
                let words = lists.into_iter().flatten().chain([&notice.follow_up]);
                words.map(String::as_str).collect()
            }
            Self::MedicationChange(change) => vec![
                &change.drug,
                &change.old_regimen,
                &change.new_regimen,
                &change.reason,
            ],
            Self::Handover(handover) => vec![&handover.summary, &handover.contingency],
            Self::Consent(consent) => vec![&consent.purpose, &consent.decision_maker],
            Self::Appointment(appointment) => vec![&appointment.what, &appointment.place],
            Self::Attachment(attachment) => vec![&attachment.file_name, &attachment.caption],
            Self::Cancellation(cancellation) => vec![&cancellation.reason],
            Self::Retraction(retraction) => vec![&retraction.reason],
            Self::Participation(how) => how.charter.iter().map(|duty| &*duty.what).collect(),
            Self::Delegation(delegation) => vec![&delegation.reason],
            Self::Review(review) => vec![&review.note],
            Self::DefinedRequest(request) => {
                let values = request.values.values().map(String::as_str);
                std::iter::once(request.title.as_str())
                    .chain(values)
                    .collect()
            }
            Self::DefinedStep(step) => vec![&step.note],
            Self::Decision(decision) => vec![&decision.what, &decision.reason],
            Self::Nudge(nudge) => vec![&nudge.note],
            Self::PlanSignOff(sign_off) => vec![&sign_off.note],
            Self::BreakGlass(access) => vec![&access.explanation],
            Self::HistoryShared(shared) => vec![&shared.reason],
            Self::Excerpt(excerpt) => vec![&excerpt.text, &excerpt.purpose],
            Self::TypeDefinition(_)
            | Self::MetricsReport(_)
            | Self::Receipt(_)
            | Self::History
            | Self::Relayed(_)
            | Self::Coverage(_)
            | Self::AccessEnded(_)
            | Self::Unknown
            | Self::Malformed => Vec::new(),
            Self::Consult(_)
            | Self::Task(_)
            | Self::AcknowledgementRequest(_)
            | Self::CapacityEnquiry(_)
            | Self::ResultFollowUp(_)
            | Self::PlanSection(_)
            | Self::PlanGoal(_)
            | Self::PlanAction(_)
            | Self::Escalation(_) => {
                let (title, summary) = headline(self);
                // A prose without a title of its own begins with it.
                return if summary.starts_with(&title) {
                    vec![summary]
                } else {
                    vec![title, summary]
                };
            }
        };
        words.into_iter().map(str::to_owned).collect()
    }
}
