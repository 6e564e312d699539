//! What an operator types; `relais serve` takes the same arguments.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

use crate::{
    config::{self, Config, EXAMPLE, LogFormat, Overrides},
    error::{Error, Result},
    logging,
    server::{Running, serve},
};

/// The backbone of Relais: orders and delivers encrypted messages that it cannot read.
#[derive(Debug, Parser)]
#[command(name = "relaisd", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or Ctrl-C (the default).
    Serve(ServeArgs),
    /// Check or print the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// What can be asked about the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read every layer of the configuration and say what is wrong with it.
    Check(ServeArgs),
    /// Print a configuration file with every key, its documentation and its default.
    PrintDefault,
}

/// Where the configuration is and what to do differently this time.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "\
Examples:
  relaisd serve --data-dir /var/lib/relais --listen 0.0.0.0:8443
  relaisd serve --data-dir /tmp/relais --listen 127.0.0.1:0 --development
  relaisd config check --config /etc/relais/relaisd.toml

Every key of the configuration can be set by a variable: RELAISD_LISTEN, RELAISD_LOG__FORMAT.
Exit codes: 0 stopped cleanly, 1 could not run, 2 usage or configuration.")]
pub struct ServeArgs {
    /// Configuration file (TOML); see `relaisd config print-default`.
    #[arg(long, value_name = "FILE", env = "RELAISD_CONFIG")]
    pub config: Option<PathBuf>,
    /// Folder of the database, the certificate authorities and the operator token.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes any free one.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Answer gRPC reflection, for developers.
    #[arg(long)]
    pub development: bool,
    /// How log lines look.
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// What to log, such as `debug` or `info,relais_server=debug`.
    #[arg(long, value_name = "FILTER")]
    pub log_filter: Option<String>,
}

impl ServeArgs {
    /// The configuration from all layers, these flags last.
    ///
    /// # Errors
    /// The first key that is wrong, with its origin.
    pub fn load(&self) -> Result<Config, config::Error> {
        let overrides = Overrides {
            listen: self.listen,
            data_dir: self.data_dir.clone(),
            development: self.development,
            log_format: self.log_format,
            log_filter: self.log_filter.clone(),
        };
        Config::load(
            self.config.as_deref(),
            std::env::vars_os().filter_map(text),
            &overrides,
        )
    }
}

/// A variable, if it is text; others cannot be ours.
fn text((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

/// Does what the command line says.
pub async fn run(cli: Cli) -> ExitCode {
    let outcome = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => run_server(&args).await,
        Command::Config(command) => run_config(&command),
    };
    exit_code(outcome)
}

/// Serves as `args` say until SIGTERM or Ctrl-C, with this process's log and exit code.
pub async fn run_serve(args: ServeArgs) -> ExitCode {
    exit_code(run_server(&args).await)
}

fn exit_code(outcome: Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done about a standard error that is closed.
            drop(writeln!(io::stderr(), "relaisd: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}

async fn run_server(args: &ServeArgs) -> Result<()> {
    let config = args.load()?;
    logging::init(&config.log)?;
    // Before the start, so that an early signal is not lost.
    let signal = stop_signal()?;
    let running = serve(config).await?;
    announce(&running);
    running.run_until(signal).await
}

fn announce(running: &Running) {
    // The server is up whether or not somebody reads this.
    drop(write_announcement(running, &mut io::stdout().lock()));
}

fn write_announcement(running: &Running, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "listening on {}", running.url())?;
    if let (Some(path), Some(fingerprint)) = (running.ca_certificate(), running.ca_fingerprint()) {
        writeln!(
            out,
            "development CA {} (SHA-256 {fingerprint})",
            path.display()
        )?;
    }
    out.flush()
}

#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let listen = |kind| signal(kind).map_err(|error| Error::internal("signals", &error));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "Ctrl-C cannot be caught");
            std::future::pending::<()>().await;
        }
    })
}

fn run_config(command: &ConfigCommand) -> Result<()> {
    let text = match command {
        ConfigCommand::PrintDefault => EXAMPLE.to_owned(),
        ConfigCommand::Check(args) => {
            let config = args.load()?;
            format!(
                "the configuration is usable: listen on {}, data in {}\n",
                config.listen,
                config.data_dir.display()
            )
        }
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(Error::file("write to", "standard output"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serving_is_the_default() {
        let bare = Cli::try_parse_from(["relaisd", "--data-dir", "/a"]).unwrap();
        assert_eq!(bare.serve.data_dir, Some(PathBuf::from("/a")));
        let named = Cli::try_parse_from(["relaisd", "serve", "--listen", "127.0.0.1:0"]).unwrap();
        assert!(matches!(named.command, Some(Command::Serve(_))));
        let error = Cli::try_parse_from(["relaisd", "--listen", "here"]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
}
