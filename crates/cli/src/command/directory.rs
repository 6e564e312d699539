//! `directory`: people and services.

use relais_proto::directory as pb;
use relais_types::OrgDomain;
use serde::Serialize;

use crate::{
    Failure,
    account::{Context, Link},
    args::DirectoryCommand,
    render::Style,
};

/// Somebody in the directory.
#[derive(Serialize)]
pub(super) struct PersonRow {
    name: String,
    display_name: String,
    profession: String,
    organisation: String,
}

/// A service in the directory.
#[derive(Serialize)]
pub(super) struct ServiceRow {
    name: String,
    display_name: String,
    description: String,
    languages: Vec<String>,
    areas: Vec<String>,
    access_criteria: String,
    practitioners: Vec<String>,
}

pub(super) async fn run(context: &Context, command: DirectoryCommand) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let directory = client.directory();
            match command {
                DirectoryCommand::People {
                    query,
                    organisation,
                } => {
                    let organisation = organisation.as_deref().map(domain).transpose()?;
                    let people = directory
                        .practitioners(&query, organisation.as_ref())
                        .await?;
                    let rows: Vec<PersonRow> = people.into_iter().map(person_row).collect();
                    context
                        .output
                        .result("people", &rows, |style| people_table(&rows, style))
                }
                DirectoryCommand::Services {
                    query,
                    speaks,
                    area,
                } => {
                    let services = directory.services(&query, &speaks, &area).await?;
                    print_services(context, services)
                }
            }
        })
        .await
}

/// Reads an organisation's domain.
pub(super) fn domain(text: &str) -> Result<OrgDomain, Failure> {
    text.parse()
        .map_err(|error: relais_types::Error| Failure::Usage(error.to_string()))
}

/// Prints services as a table.
pub(super) fn print_services(context: &Context, services: Vec<pb::Service>) -> Result<(), Failure> {
    let rows: Vec<ServiceRow> = services.into_iter().map(service_row).collect();
    context
        .output
        .result("services", &rows, |style| services_table(&rows, style))
}

fn person_row(person: pb::Practitioner) -> PersonRow {
    PersonRow {
        name: person.name,
        display_name: person.display_name,
        profession: person.profession,
        organisation: person.organisation_display_name,
    }
}

fn service_row(service: pb::Service) -> ServiceRow {
    ServiceRow {
        name: service.name,
        display_name: service.display_name,
        description: service.description,
        languages: service.languages,
        areas: service.areas,
        access_criteria: service.access_criteria,
        practitioners: service.practitioners,
    }
}

fn people_table(rows: &[PersonRow], style: Style) -> String {
    if rows.is_empty() {
        return style
            .say("Nobody was found.", "Personne n’a été trouvé.")
            .to_owned();
    }
    let mut table = crate::render::table(style.width);
    table.set_header([
        style.say("Name", "Nom"),
        style.say("Profession", "Profession"),
        style.say("Organisation", "Organisation"),
        "Id",
    ]);
    for row in rows {
        table.add_row([
            &row.display_name,
            &row.profession,
            &row.organisation,
            short(&row.name),
        ]);
    }
    table.to_string()
}

fn services_table(rows: &[ServiceRow], style: Style) -> String {
    if rows.is_empty() {
        return style
            .say("No service was found.", "Aucun service n’a été trouvé.")
            .to_owned();
    }
    let mut table = crate::render::table(style.width);
    table.set_header([
        style.say("Service", "Service"),
        style.say("Languages", "Langues"),
        style.say("Areas", "Secteurs"),
        style.say("Access", "Accès"),
        "Id",
    ]);
    for row in rows {
        let areas = if row.areas.is_empty() {
            style.say("everywhere", "partout").to_owned()
        } else {
            row.areas.join(", ")
        };
        table.add_row([
            &row.display_name,
            &row.languages.join(", "),
            &areas,
            &row.access_criteria,
            short(&row.name),
        ]);
    }
    table.to_string()
}

/// The id at the end of a resource name.
pub(super) fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
