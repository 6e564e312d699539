//! `relais partnership`: how your organisation stands to others.

use clap::{Args, Subcommand};
use relais_care::PartnershipStage;
use relais_types::OrgDomain;

/// `relais partnership …`
#[derive(Debug, Subcommand)]
pub enum PartnershipCommand {
    /// List your organisation's partners.
    #[command(
        after_help = "Examples:\n  relais partnership list\n  relais partnership list --json"
    )]
    List,
    /// Show what is agreed with one of them, and how it is kept.
    #[command(
        after_help = "Examples:\n  relais partnership show parc.internal\n  relais partnership show parc.internal --since 2026-01-01"
    )]
    Show(ShowPartnershipArgs),
    /// Propose a stage and what each of you commits to; for administrators.
    Propose(ProposeArgs),
    /// Accept what the other organisation has proposed; for administrators.
    #[command(after_help = "Examples:\n  relais partnership accept parc.internal")]
    Accept {
        /// The other organisation's domain.
        organisation: OrgDomain,
    },
    /// Go back to a lower stage, or decline what is proposed; holds at once. For administrators.
    #[command(after_help = "Examples:\n  relais partnership lower parc.internal --stage referral")]
    Lower {
        /// The other organisation's domain.
        organisation: OrgDomain,
        /// The stage from now on: listed or referral.
        #[arg(long, value_name = "STAGE", value_parser = super::word::<PartnershipStage>)]
        stage: PartnershipStage,
    },
    /// End the partnership; holds at once. For administrators.
    #[command(after_help = "Examples:\n  relais partnership end parc.internal")]
    End {
        /// The other organisation's domain.
        organisation: OrgDomain,
    },
    /// Tell the partner how commitments were kept in your cases: counts of five and more.
    #[command(
        after_help = "Examples:\n  relais partnership publish parc.internal --since 2026-01-01"
    )]
    Publish(ShowPartnershipArgs),
}

/// Which partner, and since when.
#[derive(Debug, Args)]
pub struct ShowPartnershipArgs {
    /// The other organisation's domain.
    pub organisation: OrgDomain,
    /// Counts what was asked since then: a date, or a date and time, UTC; the last 90 days if
    /// left out.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
}

/// Proposes terms.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais partnership propose parc.internal --stage referral --they answer-referral=2
  relais partnership propose laurier.internal --stage case --we answer-referral=2 \\
      --we renew-capacity=5 --we coverage-hours=\"Mon-Fri 8:00-16:00\" --they answer-consult=3

A commitment is KIND=BUSINESS-DAYS, or coverage-hours=WORDS. The kinds are answer-referral,
answer-enquiry, answer-consult, renew-capacity and coverage-hours.")]
pub struct ProposeArgs {
    /// The other organisation's domain.
    pub organisation: OrgDomain,
    /// The stage: referral or case; the present one if only commitments change.
    #[arg(long, value_name = "STAGE", value_parser = super::word::<PartnershipStage>)]
    pub stage: PartnershipStage,
    /// What your organisation commits to; may be repeated.
    #[arg(long = "we", value_name = "KIND=DAYS")]
    pub we: Vec<String>,
    /// What the other one is asked to commit to; may be repeated.
    #[arg(long = "they", value_name = "KIND=DAYS")]
    pub they: Vec<String>,
}
