//! Log lines, on standard error, and the filter that can be changed while the process runs.

use std::io;
use std::sync::{Mutex, PoisonError};

use metawasm_formats::text::cut;
use schemars::JsonSchema;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum LogFormat {
    /// For people, with colours on a terminal
    #[default]
    Text,
    /// One JSON object per line
    Json,
}

/// Log options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// A filter of the `tracing` crates: `info`, `debug,guest=warn`.
    pub filter: String,
    /// The format of log lines.
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

/// Why a filter was rejected.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The filter is invalid.
    #[error(
        "invalid log filter {0:?}; expected one of {levels}, or a list such as info,guest=debug",
        levels = LEVELS.join(", ")
    )]
    Bad(String),
    /// This host did not start the logging of the process, for example in a test.
    #[error("the log filter of this process cannot be changed")]
    Fixed,
}

/// Maximum length of a filter in bytes, because each line is compared with all of its parts.
const LONGEST: usize = 1000;

/// Maximum length of a filter in a message, in bytes.
const SHOWN: usize = 200;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

type Reload = Box<dyn Fn(EnvFilter) -> bool + Send>;

/// The filter of this process. A process has one log.
struct Current {
    text: String,
    reload: Reload,
}

static CURRENT: Mutex<Option<Current>> = Mutex::new(None);

/// Parses a filter. Every part must end in a level. Without this check, a misspelt level would be read as the name of a
/// module, and nothing would be logged.
fn filter(text: &str) -> Result<EnvFilter, FilterError> {
    let level = |part: &str| LEVELS.contains(&part.rsplit('=').next().unwrap_or_default());
    // Spans and fields, `a[{b=c}]=info`, contain regular expressions, which any client of the admin listener could
    // choose. The host has no spans.
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
/// If the filter is invalid.
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
            let builder = builder.with_ansi(is_coloured()).with_filter_reloading();
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

/// Returns whether log lines have colours: on a terminal that has them, unless `NO_COLOR` is set.
fn is_coloured() -> bool {
    anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never
}

/// Returns the current filter.
pub fn current_filter() -> Option<String> {
    let current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    current.as_ref().map(|current| current.text.clone())
}

/// Changes the filter and returns the previous one.
///
/// # Errors
///
/// If the filter is invalid. The previous one then stays in use.
pub fn set_filter(text: &str) -> Result<String, FilterError> {
    let filter = filter(text)?;
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    let current = current.as_mut().ok_or(FilterError::Fixed)?;
    if !(current.reload)(filter) {
        return Err(FilterError::Fixed);
    }
    Ok(std::mem::replace(&mut current.text, text.to_owned()))
}

/// Checks a filter of the configuration.
///
/// # Errors
///
/// If the filter is invalid. The message describes valid filters.
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
            "invalid log filter \"loud\"; expected one of off, error, warn, info, debug, trace, or a list such as \
             info,guest=debug"
        );
    }
}
