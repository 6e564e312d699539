//! What the commands do; one file per group.

mod access;
mod admin;
mod ask;
mod audit;
mod case;
mod confirm;
mod consent;
mod directory;
mod enquire;
mod enrol;
mod evidence;
mod group;
mod hub;
mod identity;
mod inbox;
mod map;
mod metrics;
mod new_devices;
mod open;
mod org;
mod overdue;
mod partnership;
mod patient;
mod plan;
mod policy;
mod post;
mod quiet_hours;
mod receipts;
mod records;
mod refer;
mod requests;
mod respond;
mod revoke;
mod seats;
mod share;
mod template;
mod types;
mod views;
mod watch;
mod witness;

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::{
    Failure,
    account::Context,
    args::{CaseCommand, Cli, Command},
    demo,
    output::{self, Output},
};

/// Runs a command and gives the exit code.
pub(crate) async fn run(cli: Cli) -> ExitCode {
    let json = cli.globals.json;
    let output = Output::new(json, cli.globals.lang.into());
    let context = Context {
        globals: cli.globals,
        output,
    };
    if let Command::Serve(args) = cli.command {
        return relais_server::cli::run_serve(args).await;
    }
    // A demo tells what happens by itself, alarms that its story wants included.
    output::log_warnings(json || matches!(cli.command, Command::Demo(_)));
    match dispatch(&context, cli.command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output::fail(json, context.output.style().language, &failure),
    }
}

async fn dispatch(context: &Context, command: Command) -> Result<(), Failure> {
    match command {
        // Handled before; it sets its own exit code.
        Command::Serve(_) => Ok(()),
        Command::Demo(args) => demo::run(context.output, &args).await,
        Command::Admin(command) => admin::run(context, command).await,
        Command::Org(command) => org::run(context, command).await,
        Command::Audit(command) => audit::run(context, command).await,
        Command::Enrol(args) => enrol::enrol(context, args).await,
        Command::Whoami => enrol::whoami(context).await,
        Command::Directory(command) => directory::run(context, command).await,
        Command::Case(CaseCommand::Open(args)) => open::open(context, args).await,
        Command::Case(CaseCommand::Patient(args)) => patient::patient(context, args).await,
        Command::Case(CaseCommand::List) => case::list(context).await,
        Command::Case(CaseCommand::Show(args)) => case::show(context, args).await,
        Command::Case(CaseCommand::Add(args)) => case::add(context, args).await,
        Command::Case(CaseCommand::BreakGlass(args)) => access::break_glass(context, args).await,
        Command::Case(CaseCommand::ShareHistory(args)) => {
            access::share_history(context, args).await
        }
        Command::Case(CaseCommand::Remove(args)) => case::remove(context, args).await,
        Command::Case(CaseCommand::Replace(args)) => case::replace(context, args).await,
        Command::Case(CaseCommand::Rejoin(args)) => case::rejoin(context, args).await,
        Command::Case(CaseCommand::Expel(args)) => evidence::expel(context, args).await,
        Command::Evidence(args) => evidence::evidence(context, args).await,
        Command::Witness(args) => witness::witness(context, args).await,
        Command::Case(CaseCommand::Policy(args)) => policy::policy(context, args).await,
        Command::Group(command) => group::run(context, command).await,
        Command::Hub(command) => hub::run(context, command).await,
        Command::Template(command) => template::run(context, command).await,
        Command::Decide(args) => records::decide(context, args).await,
        Command::Nudge(args) => records::nudge(context, args).await,
        Command::Snooze(args) => records::snooze(context, args).await,
        Command::Metrics(args) => metrics::metrics(context, args).await,
        Command::Say(args) => ask::say(context, args).await,
        Command::Consult(args) => ask::consult(context, args).await,
        Command::Task(args) => ask::task(context, args).await,
        Command::AskAck(args) => ask::ask_ack(context, args).await,
        Command::Correct(args) => ask::correct(context, args).await,
        Command::Refer(args) => refer::refer(context, args).await,
        Command::Enquire(args) => enquire::enquire(context, args).await,
        Command::Partnership(command) => partnership::run(context, command).await,
        Command::Unmet(args) => map::unmet(context, args).await,
        Command::Suggest(args) => requests::suggest(context, args).await,
        Command::Discharge(args) => requests::discharge(context, args).await,
        Command::Medication(args) => requests::medication(context, args).await,
        Command::Result(args) => requests::result(context, args).await,
        Command::Plan(command) => plan::run(context, command).await,
        Command::Handover(args) => requests::handover(context, args).await,
        Command::Escalate(args) => requests::escalate(context, args).await,
        Command::Consent(args) => consent::consent(context, args).await,
        Command::Share(args) => share::share(context, args).await,
        Command::Appoint(args) => requests::appoint(context, args).await,
        Command::Attach(args) => requests::attach(context, args).await,
        Command::Cancel(args) => requests::cancel(context, args).await,
        Command::Retract(args) => requests::retract(context, args).await,
        Command::Seat(command) => seats::run(context, command).await,
        Command::Type(command) => types::run(context, command).await,
        Command::Respond(args) => respond::respond(context, args).await,
        Command::Ack(args) => receipts::ack(context, args).await,
        Command::Read(args) => receipts::read(context, args).await,
        Command::Receipts(args) => receipts::receipts(context, args).await,
        Command::Inbox(args) => inbox::inbox(context, args).await,
        Command::Huddle => inbox::huddle(context).await,
        Command::Tui => crate::tui::run(context).await,
        Command::Overdue(_) => overdue::overdue(context).await,
        Command::QuietHours(args) => quiet_hours::quiet_hours(context, args).await,
        Command::Watch(args) => watch::watch(context, args).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "relais", &mut script);
            context.output.text(&String::from_utf8_lossy(&script))
        }
    }
}
