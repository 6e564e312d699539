//! Finds what was meant by a short id, a number, a tag or a name.

use relais_care::{CaseView, Language, SeatRole, TimelineItem};
use relais_client::{Case, Client};
use relais_proto::directory as pb;
use relais_types::{CaseId, PractitionerName, SeatId, ServiceName};

use crate::{
    Failure,
    render::{Style, Tags},
    said::Said,
};

/// The one candidate whose id begins with `text`, as git does; dashes do not matter.
///
/// # Errors
/// [`Failure::NotFound`], or [`Failure::Usage`] with the candidates if it is ambiguous.
pub fn by_prefix<T>(
    what: &str,
    text: &str,
    candidates: impl IntoIterator<Item = (String, T)>,
) -> Result<T, Failure> {
    let plain = |id: &str| id.replace('-', "").to_ascii_lowercase();
    let wanted = plain(text.trim());
    let found = candidates
        .into_iter()
        .filter(|(id, _)| !wanted.is_empty() && plain(id).starts_with(&wanted));
    exactly_one(what, text, found.collect())
}

/// The one candidate that is left, each with what tells it from the others.
fn exactly_one<T>(what: &str, text: &str, mut found: Vec<(String, T)>) -> Result<T, Failure> {
    if found.len() > 1 {
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        return Err(Failure::Usage(
            Said::of("failure-ambiguous")
                .with("names", &names.join(", "))
                .with("text", &text),
        ));
    }
    found.pop().map(|(_, value)| value).ok_or_else(|| {
        Failure::NotFound(
            Said::of("failure-no-such")
                .with("what", &what)
                .with("text", &text),
        )
    })
}

/// A case of this account.
///
/// # Errors
/// As [`by_prefix`].
pub async fn case(client: &Client, text: &str) -> Result<Case, Failure> {
    let cases = client.cases().await?;
    let id: CaseId = by_prefix(
        "case",
        text,
        cases.into_iter().map(|case| (case.id.to_string(), case.id)),
    )?;
    Ok(client.case(id).await?)
}

/// An entry of a case: by its number, or by its id.
///
/// # Errors
/// As [`by_prefix`].
pub fn entry<'a>(view: &'a CaseView, text: &str) -> Result<&'a TimelineItem, Failure> {
    let number = text.trim_start_matches('#').parse::<u64>().ok();
    let numbered = |number| view.timeline.iter().find(|item| item.seq == number);
    match number.and_then(numbered) {
        Some(item) => Ok(item),
        None => by_prefix(
            "entry",
            text,
            view.timeline.iter().map(|item| (item.id.to_string(), item)),
        ),
    }
}

/// A seat of a case: by tag, role, holder's name or id.
///
/// # Errors
/// As [`by_prefix`].
pub fn seat(view: &CaseView, text: &str, language: Language) -> Result<SeatId, Failure> {
    let style = |language| Style { language, width: 0 };
    let tags = Tags::of(&view.team, style(language));
    let in_either =
        [Language::English, Language::French].map(|language| Tags::of(&view.team, style(language)));
    if let Some(seat) = in_either.iter().find_map(|tags| tags.find(text)) {
        return Ok(seat);
    }
    let seats = view.team.seats();
    let named = |seat: &relais_care::TeamSeat| {
        format!(
            "{} ({})",
            tags.get(seat.seat.id),
            seat.seat.role.label(language)
        )
    };
    let matching = |fits: &dyn Fn(&relais_care::TeamSeat) -> bool| -> Vec<(String, SeatId)> {
        seats
            .iter()
            .filter(|seat| fits(seat))
            .map(|seat| (named(seat), seat.seat.id))
            .collect()
    };
    let role = SeatRole::from_code(&text.to_lowercase());
    let by_role = matching(&|seat| Some(seat.seat.role) == role);
    if !by_role.is_empty() {
        return exactly_one("seat", text, by_role);
    }
    let by_holder = matching(&|seat| {
        seat.occupant
            .as_ref()
            .is_some_and(|person| holds(&person.display_name, text))
    });
    if !by_holder.is_empty() {
        return exactly_one("seat", text, by_holder);
    }
    by_prefix(
        "seat",
        text,
        seats
            .iter()
            .map(|seat| (seat.seat.id.to_string(), seat.seat.id)),
    )
}

/// A person among those of a directory: by resource name, id or part of the name.
///
/// # Errors
/// As [`by_prefix`].
pub fn person(people: Vec<pb::Practitioner>, text: &str) -> Result<pb::Practitioner, Failure> {
    let exact = people
        .iter()
        .position(|person| person.name == text || person.display_name == text);
    if let Some(at) = exact {
        let alike = people
            .iter()
            .filter(|person| person.display_name == text)
            .count();
        if alike <= 1 {
            return people
                .into_iter()
                .nth(at)
                .ok_or_else(|| Failure::NotFound(text.to_owned().into()));
        }
    }
    let id = |person: &pb::Practitioner| {
        person
            .name
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let looks_like_id = text.len() >= 4 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let fits = |person: &pb::Practitioner| {
        holds(&person.display_name, text)
            || (looks_like_id && id(person).starts_with(&text.to_lowercase()))
    };
    let told = |person: &pb::Practitioner| {
        format!(
            "{} of {} ({})",
            person.display_name,
            person.organisation_display_name,
            id(person)
        )
    };
    let found = people
        .into_iter()
        .filter(fits)
        .map(|person| (told(&person), person))
        .collect();
    exactly_one("person", text, found)
}

/// A service among those of a directory: by resource name, id or part of the name.
///
/// # Errors
/// As [`by_prefix`].
pub fn service(services: Vec<pb::Service>, text: &str) -> Result<pb::Service, Failure> {
    if let Some(at) = services
        .iter()
        .position(|service| service.name == text || service.display_name == text)
    {
        return services
            .into_iter()
            .nth(at)
            .ok_or_else(|| Failure::NotFound(text.to_owned().into()));
    }
    let id = |service: &pb::Service| {
        service
            .name
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let looks_like_id = text.len() >= 4 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let fits = |service: &pb::Service| {
        holds(&service.display_name, text)
            || (looks_like_id && id(service).starts_with(&text.to_lowercase()))
    };
    let told = |service: &pb::Service| format!("{} ({})", service.display_name, id(service));
    let found = services
        .into_iter()
        .filter(fits)
        .map(|service| (told(&service), service))
        .collect();
    exactly_one("service", text, found)
}

/// A service of the directory by part of its name or its id, and its name there.
///
/// # Errors
/// If the server cannot be asked, or not exactly one service is meant.
pub async fn listed_service(
    client: &Client,
    text: &str,
) -> Result<(pb::Service, ServiceName), Failure> {
    let found = service(client.directory().services("", "", "").await?, text)?;
    let name = found.name.parse().map_err(|error| unnamed(&error))?;
    Ok((found, name))
}

/// The name in the directory, which the server has checked.
///
/// # Errors
/// If the server sent something else.
pub fn practitioner_name(person: &pb::Practitioner) -> Result<PractitionerName, Failure> {
    person.name.parse().map_err(|error| unnamed(&error))
}

fn unnamed(error: &relais_types::Error) -> Failure {
    Failure::failed(Said::of("failure-directory-name").with("error", error))
}

/// Whether `name` contains `part`, whatever the case of letters.
fn holds(name: &str, part: &str) -> bool {
    !part.trim().is_empty() && name.to_lowercase().contains(&part.trim().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_names_one_or_says_why_not() {
        let ids = || {
            [("7f3a0000-1111", 1), ("7f3b0000-1111", 2)].map(|(id, value)| (id.to_owned(), value))
        };
        assert_eq!(by_prefix("case", "7f3a", ids()).ok(), Some(1));
        assert_eq!(by_prefix("case", "7F3B0000-1", ids()).ok(), Some(2));
        let ambiguous = by_prefix("case", "7f3", ids()).unwrap_err();
        assert_eq!(ambiguous.exit_code(), 2);
        assert!(
            ambiguous.to_string().contains("7f3b0000-1111"),
            "{ambiguous}"
        );
        assert_eq!(by_prefix("case", "8", ids()).unwrap_err().exit_code(), 3);
        assert_eq!(by_prefix("case", "", ids()).unwrap_err().exit_code(), 3);
    }

    #[test]
    fn people_go_by_part_of_their_name() {
        let person_called = |name: &str, id: &str| pb::Practitioner {
            name: format!("organisations/a.internal/practitioners/{id}"),
            display_name: name.to_owned(),
            ..pb::Practitioner::default()
        };
        let people = || {
            vec![
                person_called("Amélie Roy", "0199aaaa"),
                person_called("Amélie Royer", "0199bbbb"),
            ]
        };
        assert_eq!(
            person(people(), "Amélie Roy").unwrap().name,
            people()[0].name
        );
        assert_eq!(person(people(), "royer").unwrap().name, people()[1].name);
        assert_eq!(person(people(), "0199a").unwrap().name, people()[0].name);
        assert_eq!(person(people(), "amélie").unwrap_err().exit_code(), 2);
        assert_eq!(person(people(), "Zoé").unwrap_err().exit_code(), 3);
    }
}
