//! The log of a command that a person runs: short lines on standard error, without times and modules.
//!
//! Lines of plugins have a level of their own. The warnings among them are counted, and all of them are kept for the
//! command that asks for that.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
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
    /// Whether lines of plugins are kept, whatever their level.
    pub keep: bool,
}

/// Lines that are kept until they are taken.
const MOST_KEPT: usize = 1000;
/// Bytes of their messages.
const MOST_BYTES: usize = 256 << 10;

/// What plugins log, shown or not.
#[derive(Clone, Debug, Default)]
pub struct PluginLog {
    warnings: Arc<AtomicUsize>,
    kept: Arc<Mutex<KeptLines>>,
}

/// Lines of plugins.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct KeptLines {
    /// The first ones.
    pub lines: Vec<KeptLine>,
    /// The number of those for which there was no room.
    pub dropped: usize,
    bytes: usize,
}

/// A line of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptLine {
    /// `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// The message.
    pub message: String,
}

impl PluginLog {
    /// The number of warnings and errors so far.
    pub fn warnings(&self) -> usize {
        self.warnings.load(Ordering::Relaxed)
    }

    /// Returns the lines since the last time.
    pub fn take(&self) -> KeptLines {
        mem::take(&mut *self.kept())
    }

    fn kept(&self) -> MutexGuard<'_, KeptLines> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeptLines {
    fn push(&mut self, line: KeptLine) {
        if self.lines.len() >= MOST_KEPT || self.bytes + line.message.len() > MOST_BYTES {
            self.dropped += 1;
            return;
        }
        self.bytes += line.message.len();
        self.lines.push(line);
    }
}

/// Starts logging for a command. A second start in one process keeps the first one's options and log.
pub fn init_lines(options: LineOptions) -> PluginLog {
    let log = PluginLog::default();
    let lines = Lines {
        options,
        log: log.clone(),
    };
    tracing_subscriber::registry().with(lines).try_init().ok();
    log
}

struct Lines {
    options: LineOptions,
    log: PluginLog,
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
        let counted = metadata.target() == GUEST && (self.options.keep || *metadata.level() <= Level::WARN);
        counted || *metadata.level() <= self.level(metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let kept = if self.options.keep {
            LevelFilter::TRACE
        } else {
            LevelFilter::INFO
        };
        Some(self.options.plugins.max(kept))
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let is_guest = metadata.target() == GUEST;
        if is_guest && *metadata.level() <= Level::WARN {
            self.log.warnings.fetch_add(1, Ordering::Relaxed);
        }
        let is_kept = is_guest && self.options.keep;
        let is_shown = *metadata.level() <= self.level(metadata.target());
        if !is_kept && !is_shown {
            return;
        }
        let mut parts = Parts::default();
        event.record(&mut parts);
        let (style, level) = level(*metadata.level());
        if is_kept {
            self.log.kept().push(KeptLine {
                level,
                message: parts.message.clone(),
            });
        }
        if !is_shown {
            return;
        }
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
                keep: false,
            },
            log: PluginLog::default(),
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
        let log = PluginLog::default();
        let lines = Lines {
            options: LineOptions {
                plugins: LevelFilter::OFF,
                verbose: false,
                keep: false,
            },
            log: log.clone(),
        };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            tracing::info!(target: "guest", "no");
            tracing::warn!(target: "guest", "yes");
            tracing::error!(target: "guest", "yes");
            tracing::error!("not of a plugin");
        });
        assert_eq!(log.warnings(), 2);
        assert_eq!(log.take(), KeptLines::default(), "nobody asked");
    }

    #[test]
    fn lines_of_plugins_are_kept_at_every_level_until_there_is_no_room() {
        let log = PluginLog::default();
        let lines = Lines {
            options: LineOptions {
                plugins: LevelFilter::OFF,
                verbose: false,
                keep: true,
            },
            log: log.clone(),
        };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            tracing::debug!(target: "guest", "first");
            tracing::error!("not of a plugin");
            for _ in 0..MOST_KEPT {
                tracing::info!(target: "guest", "more");
            }
        });
        let kept = log.take();
        let first = KeptLine {
            level: "debug",
            message: "first".to_owned(),
        };
        assert_eq!(kept.lines.first(), Some(&first));
        assert_eq!((kept.lines.len(), kept.dropped), (MOST_KEPT, 1));
        assert_eq!(log.take(), KeptLines::default());
        let mut large = KeptLines::default();
        large.push(KeptLine {
            level: "info",
            message: "x".repeat(MOST_BYTES + 1),
        });
        assert_eq!((large.lines.len(), large.dropped), (0, 1));
    }
}
