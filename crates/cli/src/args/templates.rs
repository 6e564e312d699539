//! `relais template`: how cases begin that are alike.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Where templates of one's own are.
#[derive(Clone, Debug, Args)]
pub struct TemplatesArgs {
    /// Folder with templates of your own.
    #[arg(long = "templates", value_name = "DIR", env = "RELAIS_TEMPLATES")]
    pub folder: Option<PathBuf>,
}

/// `relais template …`
#[derive(Debug, Subcommand)]
pub enum TemplateCommand {
    /// List the templates.
    #[command(
        after_help = "Examples:\n  relais template list\n  relais template list --templates ours --json"
    )]
    List(TemplatesArgs),
    /// Show a template.
    #[command(
        after_help = "Examples:\n  relais template show discharge-complex\n  relais template show ours/stroke.yaml --lang fr"
    )]
    Show {
        /// Its name, or its file.
        template: String,
        /// Where else to look.
        #[command(flatten)]
        templates: TemplatesArgs,
    },
    /// Say whether a file is a template, or what is wrong with it.
    #[command(after_help = "Examples:\n  relais template check ours/stroke.yaml")]
    Check {
        /// The file.
        file: PathBuf,
    },
    /// Print a template with the shape of a case and none of its words.
    From(TemplateFromArgs),
}

/// Makes a template of a case.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais template from 7f3a --name stroke > ours/stroke.yaml\n\nRoles, kinds of request, times and the plan's shape are taken over. What people wrote is not: put\nwords in where the file says so."
)]
pub struct TemplateFromArgs {
    /// The case.
    pub case: String,
    /// What the template is called: lower-case letters, digits and hyphens.
    #[arg(long, value_name = "NAME")]
    pub name: String,
}
