//! `enrol` and `whoami`.

use std::time::Duration;

use relais_client::{Client, EnrolOptions, Me};
use serde::Serialize;

use crate::{
    Failure,
    account::{self, Context, Link},
    args::EnrolArgs,
    progress::during,
};

/// How long publishing the first key packages may take.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Serialize)]
struct Whose<'a> {
    device: String,
    practitioner: String,
    display_name: &'a str,
    organisation: &'a str,
    organisation_domain: &'a str,
    profession: &'a str,
}

impl<'a> Whose<'a> {
    fn of(me: &'a Me) -> Self {
        Self {
            device: me.device.to_string(),
            practitioner: me.practitioner().to_string(),
            display_name: &me.display_name,
            organisation: &me.organisation_display_name,
            organisation_domain: me.device.organisation.as_str(),
            profession: &me.profession,
        }
    }
}

pub(super) async fn enrol(context: &Context, args: EnrolArgs) -> Result<(), Failure> {
    let quiet = context.output.is_json();
    let client = match &args.code {
        None => super::identity::sign_in(context, &args).await?,
        Some(code) => {
            let options = EnrolOptions {
                store: context.account()?,
                endpoint: account::endpoint(&args.endpoint)?,
                code: account::text_or_stdin(code)?,
                device_label: args.label,
                passphrase: account::passphrase(&context.globals, true)?,
            };
            during(quiet, "enrolling", Client::enrol(options)).await?
        }
    };
    // Others can add this device only once its key packages are there.
    let published = during(
        quiet,
        "publishing keys",
        account::catch_up(&client, PATIENCE),
    )
    .await;
    let me = client.me().clone();
    client.close().await?;
    published?;
    context.output.result("me", &Whose::of(&me), |style| {
        format!("{}\n{}", style.text("enrol-device-enrolled"), text(&me))
    })
}

pub(super) async fn whoami(context: &Context) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let me = client.me();
            context.output.result("me", &Whose::of(me), |_| text(me))
        })
        .await
}

fn text(me: &Me) -> String {
    format!(
        "{} · {} · {}\n{}",
        me.display_name, me.profession, me.organisation_display_name, me.device
    )
}
