//! Log lines, on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// How lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people; with colour on a terminal.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Debug, Default)]
pub struct LogOptions {
    /// A filter as of the `tracing` crates: `info`, `debug,guest=warn`.
    pub filter: String,
    /// How lines look.
    pub format: LogFormat,
}

/// Starts logging for the whole process.
///
/// # Errors
///
/// A filter that is none, in one sentence.
pub fn init(options: &LogOptions) -> Result<(), String> {
    let filter = EnvFilter::try_new(&options.filter).map_err(|error| {
        format!(
            "\"{}\" is no log filter ({error}); write a level, as in --log debug",
            options.filter
        )
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    // A second start in one process, as tests do it, keeps the first one's choice.
    let started = match options.format {
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.ok();
    Ok(())
}
