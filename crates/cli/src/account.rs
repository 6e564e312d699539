//! Opens the account that a command is for.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use relais_client::{Client, Endpoint, Error};
use secrecy::SecretString;

use crate::{
    Failure,
    args::{EndpointArgs, Globals},
    output::Output,
    progress::during,
    said::Said,
};

/// The variable that holds the passphrase where there is no terminal.
const PASSPHRASE: &str = "RELAIS_PASSPHRASE";
/// How long a command that needs the server waits for it to answer.
const CONNECT: Duration = Duration::from_secs(8);
/// How long a command waits that can do without.
const CONNECT_BRIEFLY: Duration = Duration::from_secs(3);
/// How long a command waits until everything is sent and read.
const SETTLE: Duration = Duration::from_secs(20);
/// How long receipts may gather before a command that is about to end sends them.
const GATHERED: Duration = Duration::from_millis(60);

/// What a command needs besides its own arguments.
#[derive(Clone, Debug)]
pub struct Context {
    /// What applies to every command.
    pub globals: Globals,
    /// Where results go.
    pub output: Output,
}

/// Whether a command can do without the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It fails without.
    Required,
    /// It shows what this device has, and says so.
    Preferred,
    /// What it writes is stored on this device, and sent the next time.
    Outbox,
}

impl Context {
    /// The account's file.
    ///
    /// # Errors
    /// [`Failure::Usage`] if none is named.
    pub fn account(&self) -> Result<PathBuf, Failure> {
        self.globals
            .account
            .clone()
            .ok_or_else(|| Failure::Usage(Said::of("failure-no-account-named")))
    }

    /// Opens the account, catches up with the server, does the work and closes it.
    ///
    /// # Errors
    /// Whatever opening, connecting or the work comes to.
    pub async fn with_account<T>(
        &self,
        link: Link,
        work: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with_opened(link, async |client, _| work(client).await)
            .await
    }

    /// As [`Self::with_account`], for what administrators and officers do: the passphrase that
    /// opens the account also proves to the server that the person is here.
    ///
    /// # Errors
    /// Whatever opening, connecting, the proof or the work comes to.
    pub async fn with_officer<T>(
        &self,
        work: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.with_opened(Link::Required, async |client, passphrase| {
            client.step_up(passphrase).await?;
            work(client).await
        })
        .await
    }

    async fn with_opened<T>(
        &self,
        link: Link,
        work: impl AsyncFnOnce(&Client, &SecretString) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let path = self.account()?;
        if !path.exists() {
            // Before anybody is asked for a passphrase.
            return Err(Error::NoAccount(path).into());
        }
        let passphrase = passphrase(&self.globals, false)?;
        let quiet = self.output.is_json();
        let client = during(
            quiet,
            "opening the account",
            Client::open(path, &passphrase),
        )
        .await?;
        let outcome = async {
            let connect = if link == Link::Required {
                CONNECT
            } else {
                CONNECT_BRIEFLY
            };
            match during(quiet, "catching up", catch_up(&client, connect)).await {
                Err(Failure::Client(error @ (Error::Unreachable { .. } | Error::TimedOut(_))))
                    if link != Link::Required =>
                {
                    if link == Link::Preferred {
                        self.output
                            .note(&format!("relais: {error}; this is what the device has"));
                    }
                }
                other => other?,
            }
            work(&client, &passphrase).await
        }
        .await;
        let closed = client.close().await;
        let value = outcome?;
        closed?;
        Ok(value)
    }
}

/// Waits until the server is reached, everything posted is in the log and everything waiting
/// is read.
///
/// # Errors
/// [`Error::Unreachable`] or [`Error::TimedOut`]; what was posted stays in the outbox.
pub async fn catch_up(client: &Client, connect: Duration) -> Result<(), Failure> {
    client.connected(connect).await?;
    settle(client, SETTLE).await
}

/// Settles without waiting until receipts have gathered.
///
/// # Errors
/// [`Error::Unreachable`] or [`Error::TimedOut`] after `patience`.
pub async fn settle(client: &Client, patience: Duration) -> Result<(), Failure> {
    let settled = async {
        loop {
            match client.settle(GATHERED).await {
                Err(Error::TimedOut(_)) => client.send_receipts().await?,
                // A connection that broke may be back in a moment.
                Err(Error::Unreachable { .. }) => client.connected(CONNECT_BRIEFLY).await?,
                other => return other,
            }
        }
    };
    match tokio::time::timeout(patience, settled).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(client.settle(Duration::ZERO).await.err().map_or_else(
            || Failure::failed(Said::of("failure-settled-late")),
            Failure::from,
        )),
    }
}

/// The passphrase, from wherever it was given; asked twice if it is a new one.
///
/// # Errors
/// [`Failure::Usage`] if it is empty or typed differently, or if nobody can be asked.
pub fn passphrase(globals: &Globals, new: bool) -> Result<SecretString, Failure> {
    let given = if let Some(file) = &globals.passphrase_file {
        let text = fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?;
        Some(text.lines().next().unwrap_or_default().to_owned())
    } else {
        std::env::var(PASSPHRASE).ok()
    };
    let given = if let Some(given) = given {
        given
    } else {
        let first = ask(if new {
            "New passphrase: "
        } else {
            "Passphrase: "
        })?;
        if new && ask("The same again: ")? != first {
            return Err(Failure::Usage(Said::of("failure-passphrases-differ")));
        }
        first
    };
    if given.is_empty() {
        return Err(Failure::Usage(Said::of("failure-passphrase-empty")));
    }
    Ok(given.into())
}

fn ask(prompt: &str) -> Result<String, Failure> {
    rpassword::prompt_password(prompt).map_err(|error| {
        Failure::Usage(
            Said::of("failure-passphrase-unasked")
                .with("error", &error)
                .with("passphrase", &PASSPHRASE),
        )
    })
}

/// Where the server is, from flags or from its data folder.
///
/// # Errors
/// If a file cannot be read.
pub fn endpoint(args: &EndpointArgs) -> Result<Endpoint, Failure> {
    match (&args.data_dir, &args.server, &args.ca) {
        (Some(dir), _, _) => local_endpoint(dir),
        (None, Some(url), Some(ca)) => remote_endpoint(url, ca),
        _ => Err(Failure::Usage(Said::of("failure-server-unsaid"))),
    }
}

/// The server at `url`, vouched for by the authority in `ca`.
///
/// # Errors
/// If the file cannot be read.
pub fn remote_endpoint(url: &str, ca: &Path) -> Result<Endpoint, Failure> {
    let pem = fs::read(ca).map_err(|error| Failure::file("read", ca, &error))?;
    let url = if url.contains("://") {
        url.to_owned()
    } else {
        format!("https://{url}")
    };
    Ok(Endpoint {
        url,
        ca_pem: pem.into(),
    })
}

/// The server that runs on this machine with this data folder.
///
/// # Errors
/// If it does not run there.
pub fn local_endpoint(dir: &Path) -> Result<Endpoint, Failure> {
    let address = dir.join("address");
    let url = fs::read_to_string(&address).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::Unreachable {
            url: dir.display().to_string(),
            why: "no server runs on this data folder".to_owned(),
        }
        .into(),
        _ => Failure::file("read", &address, &error),
    })?;
    remote_endpoint(url.trim(), &dir.join("tls").join("ca.pem"))
}

/// The text itself, or standard input for `-`.
///
/// # Errors
/// If standard input is not text.
pub fn text_or_stdin(text: &str) -> Result<String, Failure> {
    if text != "-" {
        return Ok(text.to_owned());
    }
    let mut read = String::new();
    io::stdin().read_to_string(&mut read).map_err(|error| {
        Failure::failed(Said::of("failure-standard-input").with("error", &error))
    })?;
    Ok(read.trim_end().to_owned())
}
