//! `org`: the authority that an organisation holds itself.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
};

use relais_client::{Agent, AgentEvent, AuthorityFolder, Enquiry, Expected, Signed, SigningRules};
use relais_types::{DeviceName, PractitionerName};
use serde::Serialize;
use serde_json::json;

use super::directory::{domain, short};
use crate::{
    Failure,
    account::{self, Context},
    args::{OrgAgentArgs, OrgExpectArgs, OrgInitArgs, OwnAuthorityCommand},
    render,
    said::Said,
};

#[derive(Serialize)]
struct Made {
    request: PathBuf,
}

#[derive(Serialize)]
struct Announced {
    codes: usize,
}

pub(super) async fn run(context: &Context, command: OwnAuthorityCommand) -> Result<(), Failure> {
    match command {
        OwnAuthorityCommand::Init(args) => init(context, args),
        OwnAuthorityCommand::Expect(args) => expect(context, &args),
        OwnAuthorityCommand::Agent(args) => agent(context, args).await,
        OwnAuthorityCommand::Log { folder } => log(context, folder),
    }
}

fn init(context: &Context, args: OrgInitArgs) -> Result<(), Failure> {
    let organisation = domain(&args.organisation)?;
    let passphrase = account::passphrase(&context.globals, true)?;
    let folder = AuthorityFolder::at(args.folder);
    let made = Made {
        request: folder.init(&organisation, &passphrase)?,
    };
    context
        .output
        .result("certificate_request", &made, |style| {
            let hint = style.text("org-key-made-stays-here-hand");
            format!("{hint}\n{}", made.request.display())
        })
}

fn expect(context: &Context, args: &OrgExpectArgs) -> Result<(), Failure> {
    let folder = AuthorityFolder::at(&args.folder);
    let whose = args.device_of.as_deref();
    let whose = whose.map_or(Ok(Expected::NewPerson), device_of)?;
    for code in &args.codes {
        let text = account::text_or_stdin(code)?;
        let code = text.lines().last().unwrap_or_default().trim();
        if code.is_empty() {
            return Err(Failure::Usage(Said::of("failure-invitation-empty")));
        }
        folder.expect(code, whose)?;
    }
    let announced = Announced {
        codes: args.codes.len(),
    };
    context.output.result("expected", &announced, |style| {
        format!(
            "{}: {}",
            style.text("org-invitations-announced"),
            announced.codes
        )
    })
}

/// The person whom a resource name names: their own, or that of one of their devices.
fn device_of(name: &str) -> Result<Expected, Failure> {
    let person: Option<PractitionerName> = name.parse().ok();
    let device = || {
        name.parse()
            .ok()
            .map(|name: DeviceName| name.practitioner_name())
    };
    let person = person.or_else(device).ok_or_else(|| {
        Failure::Usage(Said::of("failure-names-no-practitioner").with("name", &name))
    })?;
    Ok(Expected::DeviceOf(person.practitioner))
}

async fn agent(context: &Context, args: OrgAgentArgs) -> Result<(), Failure> {
    if args.ask && !io::stdin().is_terminal() {
        return Err(Failure::Usage(Said::of("failure-ask-terminal")));
    }
    let endpoint = account::endpoint(&args.endpoint)?;
    let passphrase = account::passphrase(&context.globals, false)?;
    let authority = AuthorityFolder::at(args.folder).open(&passphrase)?;
    let rules = SigningRules {
        ask: args.ask,
        allow_enrolment: args.allow_enrolment,
        per_hour: args.per_hour,
    };
    let agent = Agent::new(authority, &endpoint, rules)?;
    let working = agent.run(
        async |enquiry| confirm(enquiry.clone()).await,
        async |event| tell(context, &event).is_ok(),
    );
    tokio::select! {
        outcome = working => Ok(outcome?),
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

/// Asks whoever sits at the terminal; anything but yes is no.
async fn confirm(enquiry: Enquiry) -> bool {
    let asked = tokio::task::spawn_blocking(move || {
        let mut terminal = io::stderr();
        let known = match &enquiry.known_as {
            None => "somebody new".to_owned(),
            Some(name) => format!("a further device of {name}"),
        };
        write!(
            terminal,
            "Certify `{}` of {} ({}), {known}, device {}? [y/N] ",
            enquiry.device_label, enquiry.display_name, enquiry.profession, enquiry.device.device
        )?;
        terminal.flush()?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        io::Result::Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "oui" | "o"))
    });
    matches!(asked.await, Ok(Ok(true)))
}

fn tell(context: &Context, event: &AgentEvent) -> Result<(), Failure> {
    if context.output.is_json() {
        let data = match event {
            AgentEvent::Connected => json!({"event": "connected"}),
            AgentEvent::Disconnected(error) => {
                json!({"event": "disconnected", "why": error.to_string()})
            }
            AgentEvent::Certified(signed) => json!({"event": "certified", "signed": signed}),
            AgentEvent::Refused { device, why } => {
                json!({"event": "refused", "device": device, "why": why})
            }
            AgentEvent::TooLate { device } => json!({"event": "too_late", "device": device}),
        };
        return context
            .output
            .line(&json!({"ok": true, "kind": "signing_agent", "data": data}));
    }
    let style = context.output.style();
    let text = match event {
        AgentEvent::Connected => style.text("org-connected-waiting-for-requests").to_owned(),
        AgentEvent::Disconnected(error) => {
            format!("{} ({error})", style.text("org-not-connected-trying-again"))
        }
        AgentEvent::Certified(signed) => format!(
            "{} {}: {} `{}` ({})",
            style.text("org-certified-no"),
            signed.number,
            signed.display_name,
            signed.device_label,
            signed.because
        ),
        AgentEvent::Refused { device, why } => {
            format!("{} {device}: {why}", style.text("org-refused"))
        }
        AgentEvent::TooLate { device } => {
            format!("{} {device}", style.text("org-nobody-waits-any-more-for"))
        }
    };
    context.output.text(&text)
}

fn log(context: &Context, folder: PathBuf) -> Result<(), Failure> {
    let signed = AuthorityFolder::at(folder).signed()?;
    context.output.result("certificates", &signed, |style| {
        let mut table = render::table(style.width);
        table.set_header([
            style.text("org-no"),
            style.text("org-time-utc"),
            style.text("org-kind"),
            style.text("org-person"),
            style.text("org-device"),
            style.text("org-because"),
        ]);
        for line in &signed {
            let device = format!("{} ({})", line.device_label, short(&line.device));
            table.add_row([
                &line.number.to_string(),
                &time(line),
                &line.kind,
                &line.display_name,
                &device,
                &line.because,
            ]);
        }
        table.to_string()
    })
}

fn time(line: &Signed) -> String {
    let at = jiff::Timestamp::from_microsecond(line.at_micros);
    at.map_or_else(
        |_| line.at_micros.to_string(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}
