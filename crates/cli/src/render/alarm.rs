//! What was found out about the server or a member, for the person.
//!
//! The engine says it in English; here is the French of what concerns trust. Programs get the
//! code and the English text whatever the language.

use relais_care::Language;
use relais_client::{Alarm, Breach};

use super::Style;

/// What everybody does about a contradiction for which there is no button.
const CALL_ALL: &str = "Plus rien n’est envoyé dans aucun dossier; vous pouvez toujours lire ce que vous avez. Appelez les personnes avec qui vous travaillez, et remettez le fichier qu’écrit `relais evidence` à l’exploitant du serveur et à votre responsable de la vie privée";
/// The same for one case.
const CALL_TEAM: &str = "Plus rien n’est envoyé dans ce dossier; vous pouvez toujours lire ce que vous avez. Appelez les autres membres, et remettez le fichier qu’écrit `relais evidence` à l’exploitant du serveur et à votre responsable de la vie privée";

/// What removes a device that alone contradicts this one.
const EXPEL: &str = "Si un seul appareil diffère et que son propriétaire ne l’explique pas, retirez-le avec `relais case expel` (c’est permis, et le dossier continue ensuite)";

/// A breach: what happened, what it means, what to do.
pub fn breach(breach: &Breach, style: Style) -> String {
    if style.language == Language::English {
        return breach.to_string();
    }
    match breach {
        Breach::Ghost { case, device } => format!(
            "dossier {case} : l’appareil {device} est dans ce dossier, mais son certificat n’est pas dans le journal de transparence. Quelqu’un l’a peut-être fabriqué pour lire en secret. Plus rien n’est envoyé dans ce dossier; vous pouvez toujours le lire. Demandez par téléphone à la personne concernée si cet appareil est le sien; sinon, retirez-le avec `relais case expel` (c’est permis, et le dossier continue ensuite), et avertissez votre responsable de la vie privée"
        ),
        Breach::Fork { case, by, epoch } => format!(
            "dossier {case} : cet appareil et {by} sont dans deux versions différentes de l’époque {epoch} de ce dossier. Le serveur montre des choses différentes aux uns et aux autres, de sorte que chacun manque ce que disent les autres. {CALL_TEAM}. {EXPEL}"
        ),
        Breach::OtherLog { case, by } => format!(
            "dossier {case} : l’appareil {by} a un autre journal de transparence que cet appareil : son point de contrôle n’est pas signé par la clé reçue à l’inscription. Ou bien le serveur a donné à l’un de vous un journal à part, et peut lui cacher à qui un accès a été donné; ou bien cet appareil ne dit pas la vérité. {CALL_TEAM}. Comparez la clé que montre `relais evidence`; si c’est la vôtre qui diffère, inscrivez cet appareil de nouveau. {EXPEL}"
        ),
        Breach::Rewritten { case, seq } => format!(
            "dossier {case} : le serveur montre maintenant autre chose à la place de l’entrée {seq}. Ses données ont été ramenées à un état antérieur, ou quelqu’un les a modifiées. {CALL_TEAM}"
        ),
        Breach::Forgotten { case } => format!(
            "dossier {case} : le serveur a oublié des entrées de ce dossier que cet appareil a reçues. Ses données ont été ramenées à un état antérieur, ou quelqu’un les a supprimées. {CALL_TEAM}"
        ),
        Breach::CursorsDenied => format!(
            "le serveur a oublié des entrées que cet appareil a reçues. Ses données ont été ramenées à un état antérieur, ou quelqu’un les a supprimées. {CALL_ALL}"
        ),
        Breach::Rollback { held, shown } => format!(
            "le journal de transparence du serveur a raccourci : il comptait {held} entrées et en compte maintenant {shown}. Le serveur a été ramené à un état antérieur, ou cache à qui un accès a été donné. {CALL_ALL}"
        ),
        Breach::SplitView { held, shown } => format!(
            "le serveur montre des journaux de transparence différents à différentes personnes (de {held} et de {shown} entrées, qui ne vont pas ensemble). Il peut ainsi vous cacher à qui un accès a été donné. {CALL_ALL}"
        ),
    }
}

/// An alarm. Those that are not about trust are in English.
pub fn alarm(alarm: &Alarm, style: Style) -> String {
    if style.language == Language::English {
        return alarm.to_string();
    }
    match alarm {
        Alarm::Breach(found) => breach(found, style),
        Alarm::GhostRefused { case, device } => format!(
            "dossier {case} : l’appareil {device} n’a pas été ajouté, parce que son certificat n’est pas dans le journal de transparence. Quelqu’un l’a peut-être fabriqué pour lire en secret; rien ne lui a été envoyé, et le dossier continue. Demandez par téléphone à la personne concernée si cet appareil est le sien, et avertissez votre responsable de la vie privée"
        ),
        Alarm::OwnDevice { case, device } => format!(
            "dossier {case} : l’appareil {device} est dans ce dossier à votre propre nom, et cet appareil-ci n’en avait pas été averti. S’il est à vous, il n’y a rien à faire. Sinon, quelqu’un lit à votre place : retirez-le avec `relais case expel`, et demandez à votre administrateur de le révoquer (`relais admin revoke device {} {}`); avertissez aussi votre responsable de la vie privée",
            device.organisation, device.device
        ),
        Alarm::AuthorUnlogged {
            case,
            author,
            shared_by,
        } => {
            let how = match shared_by {
                Some(by) => format!("que {by} a partagée"),
                None => "qui n’est plus dans le dossier".to_owned(),
            };
            format!(
                "dossier {case} : une entrée au nom de l’appareil {author}, {how}, est signée avec un certificat qui n’est pas dans le journal de transparence. Quelqu’un l’a peut-être fabriqué pour lui faire dire quelque chose. L’entrée est montrée comme non prouvée, et le dossier continue. Demandez par téléphone à la personne si elle l’a écrite avant de vous y fier, et avertissez votre responsable de la vie privée"
            )
        }
        Alarm::StrangerRefused {
            case,
            person,
            device,
        } => format!(
            "dossier {case} : pour ajouter {person}, le serveur a donné l’appareil {device}, qui n’est pas le sien. Il n’a pas été ajouté et rien ne lui a été envoyé. Le serveur, ou quelqu’un qui s’y est introduit, veut peut-être lire en secret : avertissez l’exploitant du serveur et votre responsable de la vie privée"
        ),
        Alarm::RejoinDoubted { case, by } => format!(
            "dossier {case} : vous étiez déjà dans ce dossier, et {by} veut vous y ajouter de nouveau, mais n’y était pas quand vous y étiez. C’est peut-être un collègue venu plus tard, ou quelqu’un qui a fait un autre groupe sous ce nom pour obtenir ce que vous avez. Demandez à l’équipe par téléphone; si c’est juste, lancez `relais case rejoin`. D’ici là, rien n’en est lu ni envoyé, et ce que vous avez reste lisible"
        ),
        Alarm::LogWithheld => "le serveur ne répond plus sur la suite de son journal de transparence, ou sur son accord avec ce qu’un autre membre a reçu. D’ici là, plus rien n’est envoyé dans aucun dossier; la lecture continue, ce que vous écrivez attend, et la question est reposée. C’est peut-être une panne, ou quelqu’un cache à qui un accès a été donné : si cela dure, avertissez l’exploitant du serveur et votre responsable de la vie privée".to_owned(),
        Alarm::LogUnverifiable { why } => format!(
            "le journal de transparence ne peut être vérifié ({why}); ce qui en dépend attend, et la question sera reposée. La lecture continue. Si cela dure, avertissez l’exploitant du serveur"
        ),
        Alarm::WitnessSilent { silence, max_age } => {
            let hours = |time: &std::time::Duration| time.as_secs() / 3600;
            let last = silence.as_ref().map_or_else(
                || "jamais encore".to_owned(),
                |silence| format!("la dernière fois il y a {} heures", hours(silence)),
            );
            format!(
                "aucun témoin n’a vérifié récemment le journal de transparence du serveur ({last}; il devrait le faire toutes les {} heures). Tout continue, mais un serveur qui vous trompe serait remarqué plus tard. Dites à l’exploitant du serveur que le témoin ne tourne pas",
                hours(max_age)
            )
        }
        Alarm::OfficerKey { organisation, why } => format!(
            "la clé de la personne responsable de la vie privée que le serveur a donnée pour {organisation} ne peut être vérifiée ({why}); d’ici là, qui lit ses dossiers n’est pas consigné : avertissez cette personne par téléphone"
        ),
        Alarm::HistoryDiffers { case, by, seq } => format!(
            "dossier {case} : {by} a partagé un historique qui diffère du vôtre à l’entrée {seq}; comparez avec cette personne"
        ),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use relais_types::{CaseId, DeviceId, DeviceName, PractitionerId};

    use super::*;

    #[test]
    fn every_breach_says_in_french_what_to_do() {
        let style = Style {
            language: Language::French,
            width: 80,
        };
        let case = CaseId::from_bytes([1; 16]);
        let device = DeviceName {
            organisation: "laurier.internal".parse().unwrap(),
            practitioner: PractitionerId::from_bytes([2; 16]),
            device: DeviceId::from_bytes([3; 16]),
        };
        for found in [
            Breach::Ghost {
                case,
                device: device.clone(),
            },
            Breach::Fork {
                case,
                by: device.clone(),
                epoch: 4,
            },
            Breach::OtherLog {
                case,
                by: device.clone(),
            },
            Breach::Rewritten { case, seq: 5 },
            Breach::Forgotten { case },
            Breach::CursorsDenied,
            Breach::Rollback { held: 7, shown: 6 },
            Breach::SplitView { held: 7, shown: 8 },
        ] {
            let text = breach(&found, style);
            for said in [
                "Plus rien n’est envoyé",
                "lire",
                "responsable de la vie privée",
            ] {
                assert!(text.contains(said), "{text}");
            }
            let english = Style {
                language: Language::English,
                ..style
            };
            assert_eq!(breach(&found, english), found.to_string());
        }
        for told in [
            Alarm::OwnDevice {
                case,
                device: device.clone(),
            },
            Alarm::AuthorUnlogged {
                case,
                author: device.clone(),
                shared_by: None,
            },
            Alarm::GhostRefused { case, device },
        ] {
            let text = alarm(&told, style);
            assert!(text.contains("responsable de la vie privée"), "{text}");
        }
    }
}
