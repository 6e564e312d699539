//! `relais demo`.

use std::path::PathBuf;

use clap::Args;

/// Plays a story.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  relais demo
  relais demo --story discharge
  relais demo --story departure
  relais demo --keep /tmp/relais-demo
  relais demo --script my-story.yaml --json

It starts a server of its own on a free port of this machine, with TLS and an empty data
folder, enrols the story's people, each with an encrypted store of their own, plays the
story, prints what members and the server can see, and checks it all. If the server dies it
is started again and the story goes on. With --json it prints one object a line: each entry
as a member sees it, each check, and at the end {\"ok\", \"entries\", \"commits\", \"receipts\",
\"loops\", \"members\", \"revocations\", \"elapsed_ms\"}.

It exits 0 only if every check holds.")]
pub struct DemoArgs {
    /// Keep the server's data in DIR/server and each device's in DIR/clients/NAME. The
    /// accounts' passphrase is `relais-demo`.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Play the story in this YAML file.
    #[arg(long, value_name = "FILE", conflicts_with = "story")]
    pub script: Option<PathBuf>,
    /// Play a story that comes with the program: shared-case, discharge, three-services,
    /// departure, hub, services-plan, community or outbreak.
    #[arg(long, value_name = "NAME", default_value = "shared-case")]
    pub story: String,
}
