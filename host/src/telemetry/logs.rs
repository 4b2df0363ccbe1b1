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

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// A filter whose every part ends in a level. Without this check a misspelt level is taken for the
/// name of a part of the program, and nothing is logged at all.
fn filter(text: &str) -> Result<EnvFilter, String> {
    let level = |part: &str| LEVELS.contains(&part.rsplit('=').next().unwrap_or_default());
    if text.split(',').all(level)
        && let Ok(filter) = EnvFilter::try_new(text)
    {
        return Ok(filter);
    }
    let levels = LEVELS.join(", ");
    Err(format!(
        "{text:?} is no log filter; write one of {levels}, or a list such as info,guest=debug"
    ))
}

/// Starts logging for the whole process.
///
/// # Errors
///
/// A filter that is none, in one sentence.
pub fn init(options: &LogOptions) -> Result<(), String> {
    let filter = filter(&options.filter)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_levels() {
        for good in ["info", "off", "info,guest=debug", "metawasm::serve=trace,warn"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        for bad in ["", "verbose", "info,", "guest=loud", "a=b=c", "info\n"] {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }
}
