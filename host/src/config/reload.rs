//! `reload` of the configuration file.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::Deserializer;

use super::bounds;
use crate::rollout::Intervals;

/// How changes of plugins and of the configuration file are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReloadConfig {
    /// Whether they are looked for at all; SIGHUP and `POST /reload` always work.
    pub watch: bool,
    /// How often.
    pub intervals: Intervals,
}

impl Default for ReloadConfig {
    fn default() -> Self {
        Self {
            watch: true,
            intervals: Intervals::default(),
        }
    }
}

/// `reload`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReloadEntry {
    /// Watch the configuration file and the sources of plugins. SIGHUP and `POST /reload` reload in any case.
    #[schemars(extend("default" = true))]
    watch: Option<bool>,
    /// Interval of looking at files, 100ms to 1h. A changed file is used when it has not changed for one interval.
    #[serde(default, deserialize_with = "interval")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "2s"))]
    files: Option<Duration>,
    /// Interval of looking at tags of a registry, 100ms to 1h, with a jitter of 10%. It doubles, up to 32 times, while a
    /// registry cannot be reached.
    #[serde(default, deserialize_with = "interval")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "1m"))]
    tags: Option<Duration>,
}

impl ReloadEntry {
    pub(super) fn decode(self) -> ReloadConfig {
        let default = ReloadConfig::default();
        ReloadConfig {
            watch: self.watch.unwrap_or(default.watch),
            intervals: Intervals {
                files: self.files.unwrap_or(default.intervals.files),
                tags: self.tags.unwrap_or(default.intervals.tags),
            },
        }
    }
}

fn interval<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    bounds::duration(
        from,
        Duration::from_millis(100)..=Duration::from_secs(3600),
        "a duration from 100ms to 1h",
    )
}
