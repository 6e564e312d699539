//! `admin revoke`: ending a device, or a person's access.

use relais_client::Directory;
use relais_types::{DeviceName, OrgDomain};
use serde::Serialize;

use super::{
    admin::{member, with_directory},
    directory::domain,
};
use crate::{
    Failure,
    account::Context,
    args::{RevokeArgs, RevokeCommand},
    resolve,
};

#[derive(Serialize)]
struct Revocation {
    name: String,
    devices: u32,
    /// Groups that go on without the device once a member has committed.
    pending_removals: u32,
}

pub(super) async fn run(context: &Context, command: RevokeCommand) -> Result<(), Failure> {
    match command {
        RevokeCommand::Device(args) => device(context, args).await,
        RevokeCommand::Practitioner(args) => practitioner(context, args).await,
    }
}

async fn device(context: &Context, args: RevokeArgs) -> Result<(), Failure> {
    let organisation = domain(&args.organisation)?;
    with_directory(context, &args.access, async |directory| {
        let device = find(directory, &organisation, &args.whom).await?;
        let done = directory.revoke_device(&device).await?;
        let row = Revocation {
            name: device.to_string(),
            devices: 1,
            pending_removals: done.pending_removals,
        };
        print(context, &row)
    })
    .await
}

async fn practitioner(context: &Context, args: RevokeArgs) -> Result<(), Failure> {
    let organisation = domain(&args.organisation)?;
    with_directory(context, &args.access, async |directory| {
        let person = member(directory, &organisation, &args.whom).await?;
        let name = resolve::practitioner_name(&person)?;
        let done = directory.revoke_practitioner(&name).await?;
        let row = Revocation {
            name: person.name,
            devices: done.devices,
            pending_removals: done.pending_removals,
        };
        print(context, &row)
    })
    .await
}

/// A device of the organisation by its id's beginning, its label or its resource name.
async fn find(
    directory: &Directory,
    organisation: &OrgDomain,
    text: &str,
) -> Result<DeviceName, Failure> {
    let members = directory.members(organisation).await?;
    let devices: Vec<(DeviceName, &str)> = members
        .iter()
        .flat_map(|member| &member.devices)
        .filter_map(|device| Some((device.name.parse().ok()?, device.label.as_str())))
        .collect();
    let exact = |(name, label): &&(DeviceName, &str)| *label == text || name.to_string() == text;
    let mut found = devices.iter().filter(exact);
    if let (Some((name, _)), None) = (found.next(), found.next()) {
        return Ok(name.clone());
    }
    let by_id = devices
        .iter()
        .map(|(name, _)| (name.device.to_string(), name.clone()));
    resolve::by_prefix("device", text, by_id)
}

fn print(context: &Context, row: &Revocation) -> Result<(), Failure> {
    context.output.result("revocation", row, |style| {
        let revoked = style.text("revoke-revoked-devices");
        let pending = style.text("revoke-groups-their-members-have-yet");
        format!(
            "{revoked}: {}\n{pending}: {}",
            row.devices, row.pending_removals
        )
    })
}
