//! `relais witness`, `relais evidence`, `relais case expel`: checking the server.

use std::path::PathBuf;

use clap::Args;

/// Watches the transparency log for other organisations, and cosigns what holds together.
///
/// Run it with an account of another organisation than the one that runs the server. The first
/// run makes the witness's key and prints its public half, which the server's operator puts into
/// `[transparency] witnesses`. It ends with an alarm if the log contradicts itself, or if the
/// server has a cosignature of this witness over more than its state knows.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais --account witness.relais witness --key witness.key --once\n  relais --account witness.relais witness --key witness.key --interval 300"
)]
pub struct WitnessArgs {
    /// The witness's own signing key; made on the first run.
    #[arg(long, value_name = "FILE", default_value = "witness.key")]
    pub key: PathBuf,
    /// How far the log was checked; belongs to the key, which signs nothing without it. Beside
    /// the key by default.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Begin as another witness, with a new key that the operator has to configure, because the
    /// state is lost; what is left of the old files is kept as `….retired`.
    #[arg(long, requires = "once")]
    pub begin_anew: bool,
    /// Check once and end.
    #[arg(long, conflicts_with = "interval")]
    pub once: bool,
    /// Seconds between two checks.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub interval: u64,
}

/// Shows what this device has found out against the server or members, and writes it to a file
/// for the operator and the privacy officer.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  relais evidence\n  relais evidence --out evidence.txt")]
pub struct EvidenceArgs {
    /// Where to write it, signed checkpoints included.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Removes one device from a case, such as one that nobody knows.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais case expel 7f3a 5f3a\n  relais case expel 7f3a organisations/clinic.internal/practitioners/…/devices/…"
)]
pub struct ExpelArgs {
    /// The case.
    pub case: String,
    /// The device: the beginning of its id, or its resource name.
    pub device: String,
}
