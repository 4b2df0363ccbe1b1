//! `metawasm completions` and `metawasm man`: files made from the command line's own description.

use std::fs;
use std::path::PathBuf;

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Failure, Output, reference};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm completions bash > ~/.local/share/bash-completion/completions/metawasm
  metawasm completions zsh > ~/.zfunc/_metawasm
  metawasm completions fish > ~/.config/fish/completions/metawasm.fish

Exit codes:
  0  success
  2  invalid usage")]
pub(super) struct Args {
    /// Shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Write manual pages (for packages)
#[derive(Debug, clap::Args)]
#[command(
    hide = true,
    after_help = "\
Examples:
  metawasm man ~/.local/share/man/man1
  metawasm man --markdown > docs/commands.md

Exit codes:
  0  success
  2  invalid usage, or the directory cannot be written"
)]
pub(super) struct ManArgs {
    /// Directory for metawasm.1 and a page for each command
    #[arg(value_name = "DIRECTORY", required_unless_present = "markdown")]
    directory: Option<PathBuf>,
    /// Print the reference of all commands in Markdown instead
    #[arg(long, conflicts_with = "directory")]
    markdown: bool,
}

pub(super) fn run(args: &Args) -> Output {
    let mut data = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "metawasm", &mut data);
    Output {
        data,
        ..Output::default()
    }
}

pub(super) fn man(args: &ManArgs) -> Result<Output, Failure> {
    let Some(directory) = &args.directory else {
        return Ok(Output {
            data: reference::page().into_bytes(),
            ..Output::default()
        });
    };
    let show = directory.display();
    fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), directory))
        .map_err(|error| Failure::Usage(format!("cannot write manual pages into {show}: {error}")))?;
    Ok(Output {
        words: vec![format!("wrote the manual pages of metawasm into {show}")],
        ..Output::default()
    })
}
