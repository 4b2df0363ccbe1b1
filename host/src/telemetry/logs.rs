//! Log lines, on standard error, and the filter that can be changed while the process runs.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};

use metawasm_formats::text::cut;
use schemars::JsonSchema;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// How lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum LogFormat {
    /// For people; with colour on a terminal.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// A filter as of the `tracing` crates: `info`, `debug,guest=warn`.
    pub filter: String,
    /// How lines look.
    pub format: LogFormat,
}

impl Default for LogOptions {
    /// `info`, as text.
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            format: LogFormat::default(),
        }
    }
}

/// Why the filter was not changed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// It is no filter.
    #[error(
        "{0:?} is no log filter; write one of {levels}, or a list such as info,guest=debug",
        levels = LEVELS.join(", ")
    )]
    Bad(String),
    /// Logging was never started by this host, as in a test.
    #[error("the log of this process cannot be changed")]
    Fixed,
}

/// Bytes of a filter at most: each line is compared with all of its parts.
const LONGEST: usize = 1000;

/// Bytes of a filter in a sentence about it.
const SHOWN: usize = 200;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

type Reload = Box<dyn Fn(EnvFilter) -> bool + Send>;

/// The filter of this process. Logging is one for a process, and so is this.
struct Current {
    text: String,
    reload: Reload,
}

static CURRENT: Mutex<Option<Current>> = Mutex::new(None);

/// A filter whose every part ends in a level. Without this check a misspelt level is taken for the
/// name of a part of the program, and nothing is logged at all.
fn filter(text: &str) -> Result<EnvFilter, FilterError> {
    let level = |part: &str| LEVELS.contains(&part.rsplit('=').next().unwrap_or_default());
    // Spans and fields, `a[{b=c}]=info`, have regular expressions, which whoever reaches the admin listener would
    // choose. Nothing here has spans.
    let is_plain = text.len() <= LONGEST && !text.contains(['[', ']', '{', '}']);
    if is_plain
        && text.split(',').all(level)
        && let Ok(filter) = EnvFilter::try_new(text)
    {
        return Ok(filter);
    }
    Err(FilterError::Bad(cut(text, SHOWN).into_owned()))
}

/// Starts logging for the whole process.
///
/// # Errors
///
/// A filter that is none.
pub fn init(options: &LogOptions) -> Result<(), FilterError> {
    let builder = tracing_subscriber::fmt()
        // A line that cannot be written would be complained about where it cannot be written, in a panic: of the
        // request that the line is about.
        .log_internal_errors(false)
        .with_env_filter(filter(&options.filter)?)
        .with_writer(io::stderr);
    // A second start in one process, as tests do it, keeps the first one's choice.
    let reload: Option<Reload> = match options.format {
        LogFormat::Text => {
            let builder = builder
                .with_ansi(io::stderr().is_terminal())
                .with_filter_reloading();
            let handle = builder.reload_handle();
            let reload: Reload = Box::new(move |filter| handle.reload(filter).is_ok());
            builder.try_init().is_ok().then_some(reload)
        }
        LogFormat::Json => {
            let builder = builder.json().flatten_event(true).with_filter_reloading();
            let handle = builder.reload_handle();
            let reload: Reload = Box::new(move |filter| handle.reload(filter).is_ok());
            builder.try_init().is_ok().then_some(reload)
        }
    };
    if let Some(reload) = reload {
        let text = options.filter.clone();
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(Current { text, reload });
    }
    Ok(())
}

/// The filter that counts now.
pub fn current_filter() -> Option<String> {
    let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    current.as_ref().map(|current| current.text.clone())
}

/// Changes the filter, and returns the one that was there before.
///
/// # Errors
///
/// What is no filter changes nothing.
pub fn set_filter(text: &str) -> Result<String, FilterError> {
    let filter = filter(text)?;
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    let current = current.as_mut().ok_or(FilterError::Fixed)?;
    if !(current.reload)(filter) {
        return Err(FilterError::Fixed);
    }
    Ok(std::mem::replace(&mut current.text, text.to_owned()))
}

/// Whether a text is a filter, for the configuration.
///
/// # Errors
///
/// What a filter looks like.
pub(crate) fn check_filter(text: &str) -> Result<(), FilterError> {
    filter(text).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_levels() {
        for good in ["info", "off", "info,guest=debug", "metawasm::serve=trace,warn"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        let long = "a=info,".repeat(200) + "info";
        for bad in [
            "",
            "verbose",
            "info,",
            "guest=loud",
            "a=b=c",
            "info\n",
            "a[{b=(c*)*}]=info",
            "[x]=info",
            &long,
        ] {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bad_filter_says_what_a_good_one_is() {
        assert_eq!(
            set_filter("loud").unwrap_err().to_string(),
            "\"loud\" is no log filter; write one of off, error, warn, info, debug, trace, or a list such as \
             info,guest=debug"
        );
    }
}
