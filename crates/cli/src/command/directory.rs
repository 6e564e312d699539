//! `directory`: people and services.

use relais_proto::directory as pb;
use relais_types::OrgDomain;
use serde::Serialize;

use super::map;
use crate::{
    Failure,
    account::{Context, Link},
    args::DirectoryCommand,
    hours,
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
    kind: String,
    referrals_closed: bool,
    hours: String,
}

pub(super) async fn run(context: &Context, command: DirectoryCommand) -> Result<(), Failure> {
    match command {
        DirectoryCommand::People {
            query,
            organisation,
        } => people(context, &query, organisation.as_deref()).await,
        DirectoryCommand::Services(filter) => {
            let wanted = map::wanted(filter)?;
            context
                .with_account(Link::Required, async |client| {
                    let services = client.directory().find_services(wanted).await?;
                    print_services(context, services)
                })
                .await
        }
        DirectoryCommand::Map(filter) => map::map(context, filter).await,
    }
}

async fn people(context: &Context, query: &str, organisation: Option<&str>) -> Result<(), Failure> {
    let organisation = organisation.map(domain).transpose()?;
    context
        .with_account(Link::Required, async |client| {
            let people = client
                .directory()
                .practitioners(query, organisation.as_ref())
                .await?;
            let rows: Vec<PersonRow> = people.into_iter().map(person_row).collect();
            context
                .output
                .result("people", &rows, |style| people_table(&rows, style))
        })
        .await
}

/// Reads an organisation's domain.
pub(super) fn domain(text: &str) -> Result<OrgDomain, Failure> {
    text.parse()
        .map_err(|error: relais_types::Error| Failure::Usage(error.to_string().into()))
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
        kind: service.kind,
        referrals_closed: service.referrals_closed,
        hours: hours::text(&service.hours),
    }
}

fn people_table(rows: &[PersonRow], style: Style) -> String {
    if rows.is_empty() {
        return style.text("directory-nobody-was-found").to_owned();
    }
    let mut table = crate::render::table(style.width);
    table.set_header([
        style.text("directory-name"),
        style.text("directory-profession"),
        style.text("directory-organisation"),
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
        return style.text("directory-no-service-was-found").to_owned();
    }
    let mut table = crate::render::table(style.width);
    table.set_header([
        style.text("directory-service"),
        style.text("directory-kind"),
        style.text("directory-languages"),
        style.text("directory-areas"),
        style.text("directory-access"),
        "Id",
    ]);
    for row in rows {
        let areas = if row.areas.is_empty() {
            style.text("directory-everywhere").to_owned()
        } else {
            row.areas.join(", ")
        };
        table.add_row([
            &row.display_name,
            &row.kind,
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
