//! Everything of a story that only members may read.

use super::{Step, Story};

/// Shortest text that counts as a sentence, in bytes; shorter ones occur by chance.
const SHORTEST: usize = 8;

/// Every title, name of a patient and sentence of the story's cases: what must not be found
/// anywhere on the server. What the directory publishes is not among them.
pub fn sentences(story: &Story) -> Vec<String> {
    let mut found: Vec<String> = story
        .steps
        .iter()
        .flat_map(content)
        .flat_map(|text| {
            pieces(text)
                .chain([text.trim().to_owned()])
                .collect::<Vec<_>>()
        })
        .filter(|text| text.len() >= SHORTEST && !is_public(story, text))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The texts that a step encrypts.
fn content(step: &Step) -> Vec<&str> {
    match step {
        Step::Narrate(_)
        | Step::Acknowledge(_)
        | Step::Read(_)
        | Step::Invite(_)
        | Step::Revoke(_)
        | Step::Offline(_)
        | Step::Online(_)
        | Step::Server(_)
        | Step::Expect(_) => Vec::new(),
        Step::Open(open) => {
            let patient = open
                .patient
                .iter()
                .flat_map(|patient| [patient.name.as_str(), &patient.birth_date]);
            [open.title.as_str(), &open.purpose]
                .into_iter()
                .chain(patient)
                .collect()
        }
        Step::Say(say) => vec![&say.text],
        Step::Consult(consult) => vec![&consult.specialty, &consult.question],
        Step::Refer(refer) => {
            let texts = [refer.reason.as_str(), &refer.consent, &refer.outcome];
            texts
                .into_iter()
                .chain(refer.needs.iter().map(String::as_str))
                .collect()
        }
        Step::Task(task) => vec![&task.what],
        Step::AskAck(ask) => vec![&ask.what],
        Step::Ask(ask) => ask.what.words(),
        Step::Tell(tell) => tell.what.words(),
        Step::Respond(respond) => vec![&respond.note, &respond.alternative],
        Step::Correct(correct) => vec![&correct.reason, &correct.text],
        Step::Add(add) => vec![&add.reason],
        Step::Replace(replace) => vec![&replace.reason],
    }
}

/// Lines, and the sentences within them.
fn pieces(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines()
        .flat_map(|line| line.split_inclusive(['.', '?', '!', ';', ':']))
        .map(|piece| piece.trim().to_owned())
}

/// Whether the directory publishes this very text.
fn is_public(story: &Story, text: &str) -> bool {
    let of_services = story.services.iter().flat_map(|(_, service)| {
        [service.name.as_str(), &service.description, &service.access]
            .into_iter()
            .chain(service.areas.iter().map(String::as_str))
    });
    let of_people = story
        .people
        .iter()
        .flat_map(|(_, person)| [person.name.as_str(), &person.profession]);
    let of_organisations = story
        .organisations
        .iter()
        .map(|(_, organisation)| organisation.name.as_str());
    of_services
        .chain(of_people)
        .chain(of_organisations)
        .any(|public| public.contains(text))
}
