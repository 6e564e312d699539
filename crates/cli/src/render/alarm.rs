//! What was found out about the server or a member, for the person.
//!
//! The engine says it in English; the French stands in `texts/fr/alarm.ftl`. Programs get the
//! code and the English text whatever the language.

use std::time::Duration;

use relais_care::{Language, Value};
use relais_client::{Alarm, Breach};

use super::Style;
use crate::texts::ALARMS;

/// A breach: what happened, what it means, what to do.
pub fn breach(breach: &Breach, style: Style) -> String {
    if style.language == Language::English {
        return breach.to_string();
    }
    let (id, values) = told_breach(breach);
    ALARMS.fill(style.language, id, &values)
}

/// An alarm: what is wrong, and what to do if there is something.
pub fn alarm(alarm: &Alarm, style: Style) -> String {
    if style.language == Language::English {
        return alarm.to_string();
    }
    let (id, values) = match alarm {
        Alarm::Breach(found) => told_breach(found),
        other => told_alarm(other),
    };
    ALARMS.fill(style.language, id, &values)
}

/// The id of a sentence and the values that go into it.
type Told<'a> = (&'static str, Vec<(&'static str, Value<'a>)>);

fn named(name: &impl ToString) -> Value<'static> {
    name.to_string().into()
}

fn hours(time: Duration) -> Value<'static> {
    (time.as_secs() / 3600).into()
}

fn told_breach(breach: &Breach) -> Told<'static> {
    match breach {
        Breach::Ghost { case, device } => (
            "breach-ghost",
            vec![("case", named(case)), ("device", named(device))],
        ),
        Breach::Fork { case, by, epoch } => (
            "breach-fork",
            vec![
                ("case", named(case)),
                ("by", named(by)),
                ("epoch", epoch.into()),
            ],
        ),
        Breach::OtherLog { case, by } => (
            "breach-other-log",
            vec![("case", named(case)), ("by", named(by))],
        ),
        Breach::Rewritten { case, seq } => (
            "breach-rewritten",
            vec![("case", named(case)), ("seq", seq.into())],
        ),
        Breach::Forgotten { case } => ("breach-forgotten", vec![("case", named(case))]),
        Breach::CursorsDenied => ("breach-cursors-denied", Vec::new()),
        Breach::Rollback { held, shown } => (
            "breach-rollback",
            vec![("held", held.into()), ("shown", shown.into())],
        ),
        Breach::SplitView { held, shown } => (
            "breach-split-view",
            vec![("held", held.into()), ("shown", shown.into())],
        ),
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each alarm")]
fn told_alarm(alarm: &Alarm) -> Told<'_> {
    match alarm {
        Alarm::Breach(found) => told_breach(found),
        Alarm::Gap {
            case,
            expected,
            got,
        } => (
            "alarm-gap",
            vec![
                ("case", named(case)),
                ("expected", expected.into()),
                ("got", got.into()),
            ],
        ),
        Alarm::Unreadable { case, seq, why } => (
            "alarm-unreadable",
            vec![
                ("case", named(case)),
                ("seq", seq.into()),
                ("why", why.into()),
            ],
        ),
        Alarm::JoinRefused { case, why } => (
            "alarm-join-refused",
            vec![("case", named(case)), ("why", why.into())],
        ),
        Alarm::OutOfStep { case, seq, by, why } => {
            let mut values = vec![
                ("case", named(case)),
                ("seq", seq.into()),
                ("why", why.into()),
            ];
            let Some(by) = by else {
                return ("alarm-out-of-step", values);
            };
            values.push(("by", named(by)));
            ("alarm-out-of-step-signed", values)
        }
        Alarm::GhostRefused { case, device } => (
            "alarm-ghost-refused",
            vec![("case", named(case)), ("device", named(device))],
        ),
        Alarm::StrangerRefused {
            case,
            person,
            device,
        } => (
            "alarm-stranger-refused",
            vec![
                ("case", named(case)),
                ("person", named(person)),
                ("device", named(device)),
            ],
        ),
        Alarm::OwnDevice { case, device } => (
            "alarm-own-device",
            vec![
                ("case", named(case)),
                ("device", named(device)),
                ("organisation", named(&device.organisation)),
                ("id", named(&device.device)),
            ],
        ),
        Alarm::AuthorUnlogged {
            case,
            author,
            shared_by,
        } => {
            let mut values = vec![("case", named(case)), ("author", named(author))];
            let Some(by) = shared_by else {
                return ("alarm-author-unlogged", values);
            };
            values.push(("by", named(by)));
            ("alarm-author-unlogged-shared", values)
        }
        Alarm::LogUnverifiable { why } => ("alarm-log-unverifiable", vec![("why", why.into())]),
        Alarm::LogWithheld => ("alarm-log-withheld", Vec::new()),
        Alarm::WitnessSilent { silence, max_age } => {
            let mut values = vec![("every", hours(*max_age))];
            let Some(silence) = silence else {
                return ("alarm-witness-never", values);
            };
            values.push(("hours", hours(*silence)));
            ("alarm-witness-silent", values)
        }
        Alarm::RejoinDoubted { case, by } => (
            "alarm-rejoin-doubted",
            vec![("case", named(case)), ("by", named(by))],
        ),
        Alarm::NeedsReadding { case, why } => (
            "alarm-needs-readding",
            vec![("case", named(case)), ("why", why.into())],
        ),
        Alarm::RolledBack { case } => ("alarm-rolled-back", vec![("case", named(case))]),
        Alarm::NobodyIsWoken { case, entry, why } => (
            "alarm-nobody-is-woken",
            vec![
                ("case", named(case)),
                ("entry", named(entry)),
                ("why", why.into()),
            ],
        ),
        Alarm::Revoked => ("alarm-revoked", Vec::new()),
        Alarm::OfficerKey { organisation, why } => (
            "alarm-officer-key",
            vec![("organisation", named(organisation)), ("why", why.into())],
        ),
        Alarm::HistoryDiffers { case, by, seq } => (
            "alarm-history-differs",
            vec![
                ("case", named(case)),
                ("by", named(by)),
                ("seq", seq.into()),
            ],
        ),
    }
}

#[cfg(test)]
mod tests {
    use relais_types::{CaseId, DeviceId, DeviceName, EntryId, PractitionerId};

    use super::*;

    const FRENCH: Style = Style {
        language: Language::French,
        width: 80,
    };

    fn case() -> CaseId {
        CaseId::from_bytes([1; 16])
    }

    fn device() -> DeviceName {
        DeviceName {
            organisation: "laurier.internal".parse().unwrap(),
            practitioner: PractitionerId::from_bytes([2; 16]),
            device: DeviceId::from_bytes([3; 16]),
        }
    }

    fn breaches() -> Vec<Breach> {
        let (case, device) = (case(), device());
        vec![
            Breach::Ghost {
                case,
                device: device.clone(),
            },
            Breach::Fork {
                case,
                by: device.clone(),
                epoch: 4,
            },
            Breach::OtherLog { case, by: device },
            Breach::Rewritten { case, seq: 5 },
            Breach::Forgotten { case },
            Breach::CursorsDenied,
            Breach::Rollback { held: 7, shown: 6 },
            Breach::SplitView { held: 7, shown: 8 },
        ]
    }

    /// Those about trust, in whose name a person is to be asked.
    fn of_trust() -> Vec<Alarm> {
        let (case, device) = (case(), device());
        vec![
            Alarm::OwnDevice {
                case,
                device: device.clone(),
            },
            Alarm::AuthorUnlogged {
                case,
                author: device.clone(),
                shared_by: None,
            },
            Alarm::AuthorUnlogged {
                case,
                author: device.clone(),
                shared_by: Some(device.clone()),
            },
            Alarm::StrangerRefused {
                case,
                person: device.practitioner_name(),
                device: device.clone(),
            },
            Alarm::LogWithheld,
            Alarm::OfficerKey {
                organisation: device.organisation.clone(),
                why: "WHY".to_owned(),
            },
            Alarm::GhostRefused { case, device },
        ]
    }

    fn others() -> Vec<Alarm> {
        let (case, by, why) = (case(), device(), "WHY".to_owned());
        vec![
            Alarm::Gap {
                case,
                expected: 3,
                got: 5,
            },
            Alarm::Unreadable {
                case,
                seq: 3,
                why: why.clone(),
            },
            Alarm::JoinRefused {
                case,
                why: why.clone(),
            },
            Alarm::OutOfStep {
                case,
                seq: 3,
                by: None,
                why: why.clone(),
            },
            Alarm::OutOfStep {
                case,
                seq: 3,
                by: Some(by.clone()),
                why: why.clone(),
            },
            Alarm::LogUnverifiable { why: why.clone() },
            Alarm::WitnessSilent {
                silence: None,
                max_age: Duration::from_hours(24),
            },
            Alarm::WitnessSilent {
                silence: Some(Duration::from_hours(50)),
                max_age: Duration::from_hours(24),
            },
            Alarm::RejoinDoubted {
                case,
                by: by.clone(),
            },
            Alarm::NeedsReadding {
                case,
                why: why.clone(),
            },
            Alarm::RolledBack { case },
            Alarm::NobodyIsWoken {
                case,
                entry: EntryId::from_bytes([4; 16]),
                why,
            },
            Alarm::Revoked,
            Alarm::HistoryDiffers {
                case,
                by: by.practitioner_name(),
                seq: 9,
            },
        ]
    }

    #[test]
    fn every_breach_says_in_french_what_to_do() {
        for found in breaches() {
            let text = breach(&found, FRENCH);
            for said in [
                "Plus rien n’est envoyé",
                "lire",
                "responsable de la vie privée",
            ] {
                assert!(text.contains(said), "{text}");
            }
            let english = Style {
                language: Language::English,
                ..FRENCH
            };
            assert_eq!(breach(&found, english), found.to_string());
            let told = Alarm::Breach(Box::new(found));
            assert_eq!(alarm(&told, FRENCH), text);
        }
        for told in of_trust() {
            let text = alarm(&told, FRENCH);
            assert!(text.contains("vie privée"), "{text}");
        }
    }

    /// With every value that the sentence takes, and every value that the English has.
    #[test]
    fn every_alarm_has_its_french_with_all_that_the_english_tells() {
        let breaches = breaches().into_iter();
        let all = breaches.map(|found| Alarm::Breach(Box::new(found)));
        let mut ids = std::collections::BTreeSet::new();
        for told in all.chain(of_trust()).chain(others()) {
            let (id, values) = told_alarm(&told);
            ids.insert(id);
            assert!(ALARMS.has(Language::French, id), "{id}");
            let text = alarm(&told, FRENCH);
            assert!(!text.contains('{'), "{text}");
            for (name, value) in values {
                let value = match value {
                    Value::String(text) => text.into_owned(),
                    Value::Number(number) => number.as_string().into_owned(),
                    other => panic!("{name}: {other:?}"),
                };
                assert!(text.contains(&value), "{name}: {text}");
                assert!(told.to_string().contains(&value), "{name}: {told}");
            }
        }
        assert_eq!(ids.len(), 29, "{ids:?}");
    }
}
