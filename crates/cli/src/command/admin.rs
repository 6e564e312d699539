//! `admin`: organisations, invitations, members and services.

use std::fs;

use relais_client::{Directory, Invitee};
use relais_proto::directory as pb;
use relais_types::OrgDomain;
use serde::Serialize;

use super::directory::{domain, print_services, short};
use crate::{
    Failure,
    account::{self, Context},
    args::{
        AdminAccess, AdminCommand, InviteArgs, MemberCommand, OrgCertifyArgs, OrgCommand,
        ServiceAddArgs, ServiceCommand,
    },
    hours,
    progress::during,
    resolve,
    said::Said,
};

#[derive(Serialize)]
struct OrganisationRow {
    name: String,
    display_name: String,
}

#[derive(Serialize)]
struct CertificateRow {
    /// PEM.
    certificate: String,
}

#[derive(Serialize)]
struct Invitation {
    code: String,
    /// Seconds since the Unix epoch.
    expires_at: Option<i64>,
}

#[derive(Serialize)]
struct MemberRow {
    name: String,
    display_name: String,
    profession: String,
    administrator: bool,
    devices: Vec<DeviceRow>,
}

#[derive(Serialize)]
struct DeviceRow {
    name: String,
    label: String,
    key_packages: u32,
}

pub(super) async fn run(context: &Context, command: AdminCommand) -> Result<(), Failure> {
    match command {
        AdminCommand::Org(OrgCommand::Add(args)) => {
            let domain = domain(&args.domain)?;
            with_directory(context, &args.access, async |directory| {
                let made = if args.own_authority {
                    directory
                        .create_own_authority_organisation(&domain, &args.name)
                        .await?
                } else {
                    directory.create_organisation(&domain, &args.name).await?
                };
                let row = OrganisationRow {
                    name: made.name,
                    display_name: made.display_name,
                };
                context.output.result("organisation", &row, |style| {
                    format!(
                        "{}: {} ({domain})",
                        style.text("admin-admitted"),
                        row.display_name
                    )
                })
            })
            .await
        }
        AdminCommand::Org(OrgCommand::Certify(args)) => certify(context, args).await,
        AdminCommand::Org(OrgCommand::List { access }) => {
            with_directory(context, &access, async |directory| {
                let found = directory.organisations().await?;
                let row = |made: pb::Organisation| OrganisationRow {
                    name: made.name,
                    display_name: made.display_name,
                };
                let rows: Vec<OrganisationRow> = found.into_iter().map(row).collect();
                context.output.result("organisations", &rows, |style| {
                    let mut table = crate::render::table(style.width);
                    table.set_header([style.text("admin-domain"), style.text("admin-name")]);
                    for row in &rows {
                        table.add_row([short(&row.name), &row.display_name]);
                    }
                    table.to_string()
                })
            })
            .await
        }
        AdminCommand::Invite(args) => invite(context, args).await,
        AdminCommand::Revoke(command) => super::revoke::run(context, command).await,
        AdminCommand::IdentityProvider(command) => {
            super::identity::provider(context, command).await
        }
        AdminCommand::ScimToken(args) => super::identity::scim_token(context, args).await,
        AdminCommand::Member(MemberCommand::List {
            organisation,
            access,
        }) => {
            let organisation = domain(&organisation)?;
            with_directory(context, &access, async |directory| {
                members(context, directory, &organisation).await
            })
            .await
        }
        AdminCommand::Service(ServiceCommand::Add(args)) => add_service(context, *args).await,
        AdminCommand::Service(ServiceCommand::List { access }) => {
            with_directory(context, &access, async |directory| {
                print_services(context, directory.services("", "", "").await?)
            })
            .await
        }
    }
}

async fn certify(context: &Context, args: OrgCertifyArgs) -> Result<(), Failure> {
    let domain = domain(&args.domain)?;
    let request =
        fs::read(&args.request).map_err(|error| Failure::file("read", &args.request, &error))?;
    with_directory(context, &args.access, async |directory| {
        let certificate = directory.certify_organisation(&domain, request).await?;
        if let Some(out) = &args.out {
            fs::write(out, &certificate).map_err(|error| Failure::file("write", out, &error))?;
        }
        let row = CertificateRow { certificate };
        context
            .output
            .result("certificate", &row, |style| match &args.out {
                Some(out) => format!(
                    "{} {}",
                    style.text("admin-certified-hand-certificate-organisation"),
                    out.display()
                ),
                None => row.certificate.clone(),
            })
    })
    .await
}

/// The directory as the operator or as an administrator sees it.
pub(super) async fn with_directory<T>(
    context: &Context,
    access: &AdminAccess,
    work: impl AsyncFnOnce(&Directory) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (endpoint, token_file) = match (
        &access.data_dir,
        &access.server,
        &access.ca,
        &access.operator_token_file,
    ) {
        (Some(dir), ..) => (account::local_endpoint(dir)?, dir.join("operator.token")),
        (None, Some(url), Some(ca), Some(token)) => {
            (account::remote_endpoint(url, ca)?, token.clone())
        }
        _ if context.globals.account.is_some() => {
            let work = async |client: &relais_client::Client| work(&client.directory()).await;
            return context.with_officer(work).await;
        }
        _ => {
            return Err(Failure::Usage(Said::of("failure-administrator-unsaid")));
        }
    };
    let token = fs::read_to_string(&token_file)
        .map_err(|error| Failure::file("read", &token_file, &error))?;
    let directory = Directory::as_operator(&endpoint, token.trim())?;
    during(
        context.output.is_json(),
        "asking the server",
        work(&directory),
    )
    .await
}

async fn invite(context: &Context, args: InviteArgs) -> Result<(), Failure> {
    let organisation = domain(&args.organisation)?;
    with_directory(context, &args.access, async |directory| {
        let invitee = match (args.device_of, args.name, args.profession) {
            (Some(person), ..) => {
                let person = member(directory, &organisation, &person).await?;
                Invitee::Device(resolve::practitioner_name(&person)?)
            }
            (None, Some(display_name), Some(profession)) => Invitee::Person {
                display_name,
                profession,
                administrator: args.administrator,
            },
            _ => {
                return Err(Failure::Usage(Said::of("failure-invited-unsaid")));
            }
        };
        let made = directory.invite(&organisation, invitee).await?;
        let invitation = Invitation {
            code: made.code,
            expires_at: made.expire_time.map(|time| time.seconds),
        };
        context.output.result("invitation", &invitation, |style| {
            let hint = style.text("admin-hand-code-person-works-once");
            format!("{hint}\n{}", invitation.code)
        })
    })
    .await
}

/// A person of an organisation, as its members' list knows them.
pub(super) async fn member(
    directory: &Directory,
    organisation: &OrgDomain,
    text: &str,
) -> Result<pb::Practitioner, Failure> {
    let members = directory.members(organisation).await?;
    resolve::person(
        members
            .into_iter()
            .filter_map(|member| member.practitioner)
            .collect(),
        text,
    )
}

async fn members(
    context: &Context,
    directory: &Directory,
    organisation: &OrgDomain,
) -> Result<(), Failure> {
    let rows: Vec<MemberRow> = directory
        .members(organisation)
        .await?
        .into_iter()
        .map(member_row)
        .collect();
    context.output.result("members", &rows, |style| {
        let mut table = crate::render::table(style.width);
        table.set_header([
            style.text("admin-name"),
            style.text("admin-profession"),
            style.text("admin-administers"),
            style.text("admin-devices"),
            "Id",
        ]);
        for row in &rows {
            let devices: Vec<&str> = row
                .devices
                .iter()
                .map(|device| device.label.as_str())
                .collect();
            let administers = if row.administrator {
                style.text("admin-yes")
            } else {
                ""
            };
            table.add_row([
                &row.display_name,
                &row.profession,
                administers,
                &devices.join(", "),
                short(&row.name),
            ]);
        }
        table.to_string()
    })
}

fn member_row(member: pb::Member) -> MemberRow {
    let administrator = member.access_role() == relais_proto::identity::AccessRole::Administrator;
    let person = member.practitioner.unwrap_or_default();
    let device = |device: pb::Device| DeviceRow {
        name: device.name,
        label: device.label,
        key_packages: device.key_packages,
    };
    MemberRow {
        name: person.name,
        display_name: person.display_name,
        profession: person.profession,
        administrator,
        devices: member.devices.into_iter().map(device).collect(),
    }
}

async fn add_service(context: &Context, args: ServiceAddArgs) -> Result<(), Failure> {
    let organisation = domain(&args.organisation)?;
    let mut opening = Vec::new();
    for said in &args.hours {
        opening.extend(hours::parts(said).map_err(|problem| Failure::Usage(problem.into()))?);
    }
    with_directory(context, &args.access, async |directory| {
        let mut practitioners = Vec::new();
        for person in &args.people {
            practitioners.push(member(directory, &organisation, person).await?.name);
        }
        let service = pb::Service {
            name: String::new(),
            display_name: args.name,
            description: args.description,
            languages: args.languages,
            areas: args.areas,
            access_criteria: args.access_criteria,
            practitioners,
            kind: args.kind,
            referrals_closed: args.referrals_closed,
            hours: opening,
        };
        let made = directory.create_service(&organisation, service).await?;
        print_services(context, vec![made])
    })
    .await
}
