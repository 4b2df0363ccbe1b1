//! The commands. Each has a file with its arguments and a function that turns them into an [`Output`], which is
//! printed here. A new command is a file here and a line in [`Command`].

mod answers;
mod backtrace;
mod boot;
mod build;
mod cache;
mod cases;
mod changes;
mod compile;
mod completions;
mod diff;
mod fields;
mod import;
mod inspect;
mod keygen;
mod login;
mod manifest;
mod new;
mod objects;
mod offline;
mod output;
mod panics;
mod parents;
mod playground;
mod pull;
mod push;
mod reference;
mod registry;
mod reload;
mod render;
mod replay;
mod script;
mod serve;
mod sign;
mod signals;
mod simulate;
mod swapped;
mod test;
mod value;
mod variables;
mod waiting;

use std::env;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anstyle::Style;
use clap::{Parser, Subcommand};
use metawasm_formats::text::{Escaped, on_terminal};

/// Serve Metacontroller hooks as sandboxed WebAssembly plugins
#[derive(Debug, Parser)]
#[command(name = "metawasm", version, long_version = LONG_VERSION, propagate_version = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What `--version` says; `-V` says the first line.
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nknown kinds: Kubernetes 1.36");

const EXAMPLES: &str = "\
Examples:
  metawasm new site && cd site && metawasm build
  metawasm serve --plugin function=file:plugins/function.wasm
  metawasm render plugins/function.wasm -f function.yaml
  metawasm inspect plugins/function.wasm

Exit codes:
  0  success
  1  the hook failed, or its answer was rejected or differs from the expected one
  2  invalid usage, configuration or input
  3  the plugin cannot be loaded
  4  a bug in metawasm";

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Args),
    Build(build::Args),
    Import(import::Args),
    Serve(Box<serve::Args>),
    Render(render::Args),
    Replay(replay::Args),
    Test(test::Args),
    Simulate(simulate::Args),
    Playground(playground::Args),
    Diff(diff::Args),
    Inspect(inspect::Args),
    Manifest(manifest::Args),
    Completions(completions::Args),
    Man(completions::ManArgs),
    Push(push::Args),
    Pull(pull::Args),
    Login(login::Args),
    Keygen(keygen::Args),
    Sign(sign::SignArgs),
    Verify(sign::VerifyArgs),
    Compile(compile::Args),
    CheckSettings(compile::CheckArgs),
}

/// The result of a command.
#[derive(Debug, Default)]
struct Output {
    /// Data for standard output. If it is `styled`, quoted input is escaped. Other data is written unchanged; to a
    /// terminal, hidden characters are escaped.
    data: Vec<u8>,
    /// Whether the data contains terminal styles.
    styled: bool,
    /// Lines for standard error.
    words: Vec<String>,
    /// Whether the exit code is 1.
    refused: bool,
}

/// Why a command failed. The variant determines the exit code.
#[derive(Debug)]
enum Failure {
    /// 1: the hook returned no valid answer.
    Refused(String),
    /// 1: the plugin trapped.
    Trapped {
        /// What happened.
        sentence: String,
        /// The functions that were running, innermost first.
        trace: Vec<String>,
    },
    /// 2: invalid usage or input.
    Usage(String),
    /// 3: the plugin cannot be loaded.
    Load(String),
    /// 4: a bug in this program.
    Bug,
}

impl Failure {
    /// An error of the command line, the configuration or a file.
    fn usage(error: impl Display) -> Self {
        Self::Usage(error.to_string())
    }

    /// An answer that cannot be given.
    fn refused(error: impl Display) -> Self {
        Self::Refused(error.to_string())
    }

    /// Returns the sentence of a failure that is the plugin's.
    ///
    /// # Errors
    ///
    /// The failure itself, if it is of another kind.
    fn of_plugin(self) -> Result<String, Self> {
        match self {
            Self::Refused(sentence) | Self::Trapped { sentence, .. } => Ok(sentence),
            other => Err(other),
        }
    }
}

/// Runs the command of the process arguments, and returns the exit code.
pub fn main() -> ExitCode {
    panics::keep_from_readers();
    // `anstream` colours any terminal of a CI system (where `CI` is set), even one that says that it cannot.
    if env::var_os("TERM").is_some_and(|term| term == "dumb") {
        anstream::ColorChoice::Never.write_global();
    }
    panics::caught(run).unwrap_or_else(|| fail(Failure::Bug))
}

fn run() -> ExitCode {
    if let Some(sentence) = swapped::swapped(&env::args_os().collect::<Vec<_>>()) {
        return fail(Failure::Usage(sentence));
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => match value::refused(&error) {
            Some(sentence) => return fail(Failure::Usage(sentence)),
            None => error.exit(),
        },
    };
    let outcome = match cli.command {
        Command::New(args) => new::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Playground(args) => playground::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Manifest(args) => manifest::run(&args),
        Command::Completions(args) => Ok(completions::run(&args)),
        Command::Man(args) => completions::man(&args),
        Command::Push(args) => push::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Login(args) => login::run(&args),
        Command::Keygen(args) => keygen::run(&args),
        Command::Sign(args) => sign::sign(&args),
        Command::Verify(args) => sign::verify(&args),
        Command::Compile(args) => return compile::run(&args),
        Command::CheckSettings(args) => return compile::check(&args),
    };
    match outcome {
        Ok(output) => print(&output),
        Err(failure) => fail(failure),
    }
}

fn fail(failure: Failure) -> ExitCode {
    let (code, text) = match failure {
        Failure::Refused(text) => (1, text),
        Failure::Trapped { sentence, trace } => {
            complain(&sentence);
            trace.iter().for_each(|line| say(&format!("  {}", Escaped(line))));
            return ExitCode::from(1);
        }
        Failure::Usage(text) => (2, text),
        Failure::Load(text) => (3, text),
        Failure::Bug => (4, panics::SENTENCE.to_owned()),
    };
    complain(&text);
    ExitCode::from(code)
}

fn print(output: &Output) -> ExitCode {
    for words in &output.words {
        let line = Escaped(words).to_string();
        match (line.strip_prefix("error: "), line.strip_prefix("warning: ")) {
            (Some(rest), _) => say(&labelled(output::ERROR, "error", rest)),
            (None, Some(rest)) => say(&labelled(output::WARNING, "warning", rest)),
            (None, None) => say(&line),
        }
    }
    match write(output) {
        // A reader that has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("cannot write to standard output: {error}"));
            ExitCode::from(2)
        }
        Ok(()) if output.refused => ExitCode::from(1),
        Ok(()) => ExitCode::SUCCESS,
    }
}

fn write(output: &Output) -> io::Result<()> {
    if output.styled {
        let mut stdout = anstream::stdout();
        stdout.write_all(&output.data)?;
        return stdout.flush();
    }
    let mut stdout = io::stdout();
    if stdout.is_terminal() {
        let text = String::from_utf8_lossy(&output.data);
        stdout.write_all(on_terminal(&text).as_bytes())?;
        if !text.ends_with('\n') && !text.is_empty() {
            stdout.write_all(b"\n")?;
        }
    } else {
        stdout.write_all(&output.data)?;
    }
    stdout.flush()
}

fn complain(text: &str) {
    say(&labelled(output::ERROR, "error", &Escaped(text).to_string()));
}

/// Returns a line that begins with a coloured label.
fn labelled(style: Style, label: &str, rest: &str) -> String {
    format!("{style}{label}:{style:#} {rest}")
}

/// Writes a line to standard error. Errors are ignored: the exit code still shows the result of the command.
fn say(text: &str) {
    writeln!(anstream::stderr(), "{text}").ok();
}

/// Returns the text of `metawasm serve --help`.
#[cfg(test)]
pub(crate) fn serve_help() -> String {
    use clap::CommandFactory;
    let mut command = Cli::command();
    let serve = command.find_subcommand_mut("serve").expect("there is serve");
    serve.render_long_help().to_string()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_version_names_that_of_kubernetes() {
        assert!(LONG_VERSION.ends_with(&format!("Kubernetes {}", crate::schema::KUBERNETES)));
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// clap checks this too, but not in a release build: there, one of two flags gets no value.
    #[test]
    fn a_command_has_each_flag_once() {
        let mut all = Cli::command();
        all.build();
        for command in all.get_subcommands() {
            let mut names: Vec<String> = command
                .get_arguments()
                .flat_map(|arg| {
                    let long = arg.get_long().map(|long| format!("--{long}"));
                    let short = arg.get_short().map(|short| format!("-{short}"));
                    [Some(arg.get_id().to_string()), long, short]
                })
                .flatten()
                .collect();
            names.sort_unstable();
            let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
            assert!(twice.is_empty(), "{}: {twice:?}", command.get_name());
        }
    }
}
