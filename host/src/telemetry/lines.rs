//! The log of a command that a person runs: short lines on standard error, without times and modules.
//!
//! Lines of plugins have a level of their own, and the warnings among them are counted.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anstyle::{AnsiColor, Style};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// The target of log lines of plugins.
const GUEST: &str = "guest";

/// Which log lines a command shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineOptions {
    /// The level of plugins' lines.
    pub plugins: LevelFilter,
    /// Also show lines that only help to understand the host, such as the use of the code cache.
    pub verbose: bool,
}

/// Counts the warnings and errors that plugins log, shown or not.
#[derive(Clone, Debug, Default)]
pub struct Warnings(Arc<AtomicUsize>);

impl Warnings {
    /// The number so far.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Starts logging for a command. A second start in one process, as tests do it, keeps the first one's options.
pub fn init_lines(options: LineOptions) -> Warnings {
    let warnings = Warnings::default();
    let lines = Lines {
        options,
        warnings: warnings.clone(),
    };
    tracing_subscriber::registry().with(lines).try_init().ok();
    warnings
}

struct Lines {
    options: LineOptions,
    warnings: Warnings,
}

impl Lines {
    /// The most detailed level that is shown of a target.
    fn level(&self, target: &str) -> LevelFilter {
        let verbose = |level| {
            if self.options.verbose {
                LevelFilter::INFO
            } else {
                level
            }
        };
        match target {
            GUEST => self.options.plugins,
            // Trouble with the code cache costs time and nothing else.
            target if target.starts_with("metawasm::sandbox") => verbose(LevelFilter::ERROR),
            target if target.starts_with("metawasm") => verbose(LevelFilter::WARN),
            _ => LevelFilter::ERROR,
        }
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let counted = metadata.target() == GUEST && *metadata.level() <= Level::WARN;
        counted || *metadata.level() <= self.level(metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.options.plugins.max(LevelFilter::INFO))
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let is_guest = metadata.target() == GUEST;
        if is_guest && *metadata.level() <= Level::WARN {
            self.warnings.0.fetch_add(1, Ordering::Relaxed);
        }
        if *metadata.level() > self.level(metadata.target()) {
            return;
        }
        let mut parts = Parts::default();
        event.record(&mut parts);
        let (style, level) = level(*metadata.level());
        let Parts {
            message,
            parent,
            rest,
        } = parts;
        let line = match is_guest {
            true => format!("[{style}{level}{style:#}] {parent}: {message}"),
            false => format!("[{style}{level}{style:#}] {message}{rest}"),
        };
        // The exit code still shows the result of the command.
        writeln!(anstream::stderr(), "{line}").ok();
    }
}

fn level(level: Level) -> (Style, &'static str) {
    match level {
        Level::ERROR => (AnsiColor::Red.on_default().bold(), "error"),
        Level::WARN => (AnsiColor::Yellow.on_default().bold(), "warn"),
        Level::INFO => (AnsiColor::Green.on_default(), "info"),
        Level::DEBUG => (AnsiColor::Blue.on_default(), "debug"),
        Level::TRACE => (Style::new().dimmed(), "trace"),
    }
}

/// The fields of a line.
#[derive(Default)]
struct Parts {
    message: String,
    /// The parent that a plugin was called for.
    parent: String,
    /// All other fields.
    rest: String,
}

impl Visit for Parts {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string never fails.
        match field.name() {
            "message" => write!(self.message, "{value:?}"),
            "parent" => write!(self.parent, "{value:?}"),
            name => write!(self.rest, " {name}={value:?}"),
        }
        .ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_with_the_code_cache_is_shown_only_if_asked() {
        let lines = |verbose| Lines {
            options: LineOptions {
                plugins: LevelFilter::WARN,
                verbose,
            },
            warnings: Warnings::default(),
        };
        assert_eq!(
            lines(false).level("metawasm::sandbox::compile"),
            LevelFilter::ERROR
        );
        assert_eq!(lines(true).level("metawasm::sandbox::compile"), LevelFilter::INFO);
        assert_eq!(lines(false).level("metawasm::pipeline"), LevelFilter::WARN);
        assert_eq!(lines(false).level(GUEST), LevelFilter::WARN);
    }

    #[test]
    fn warnings_of_plugins_are_counted_at_every_level() {
        let warnings = Warnings::default();
        let lines = Lines {
            options: LineOptions {
                plugins: LevelFilter::OFF,
                verbose: false,
            },
            warnings: warnings.clone(),
        };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            tracing::info!(target: "guest", "no");
            tracing::warn!(target: "guest", "yes");
            tracing::error!(target: "guest", "yes");
            tracing::error!("not of a plugin");
        });
        assert_eq!(warnings.count(), 2);
    }
}
