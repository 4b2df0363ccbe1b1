//! Compilation of components, and the code cache.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::bounds;
use crate::sandbox::CompileBounds;

/// Options for compiling components.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompileConfig {
    /// Directory of the code cache; `None` disables it.
    pub cache: Option<PathBuf>,
    /// Limits for compiling one component; default 2 minutes and 2 GiB.
    pub bounds: CompileBounds,
    /// Whether compilations that failed at an earlier start are repeated.
    pub retry_failed: bool,
}

/// `compile`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CompileEntry {
    /// Directory for compiled code, for a faster next start. It is created if it does not exist. It must be owned by, and
    /// writable only by, the user running metawasm. Default: compiled code is kept in memory.
    #[schemars(with = "Option<String>", extend("flag" = "--code-cache", "env" = "METAWASM_CODE_CACHE"))]
    cache: Option<PathBuf>,
    /// Maximum memory of compiling one plugin, 64Mi to 64Gi.
    #[serde(default, deserialize_with = "memory")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "2Gi"))]
    memory: Option<usize>,
    /// Retry plugins whose compilation failed at an earlier start. Otherwise the code cache remembers the failure until the
    /// component, `time` or `memory` changes.
    #[schemars(extend("default" = false, "flag" = "--retry-failed", "env" = "METAWASM_RETRY_FAILED"))]
    retry_failed: Option<bool>,
    /// Maximum duration of compiling one plugin, 1s to 1h.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "2m"))]
    time: Option<Duration>,
}

impl CompileEntry {
    /// Converts the entry. Relative paths start at `base`.
    pub(super) fn decode(self, base: &Path) -> CompileConfig {
        let default = CompileBounds::default();
        CompileConfig {
            cache: self.cache.map(|path| base.join(path)),
            bounds: CompileBounds {
                time: self.time.unwrap_or(default.time),
                memory: self.memory.unwrap_or(default.memory),
            },
            retry_failed: self.retry_failed.unwrap_or_default(),
        }
    }
}

fn memory<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    bounds::size(from, 64 << 20..=64 << 30, "a size from 64Mi to 64Gi")
}

fn time<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    bounds::duration(
        from,
        Duration::from_secs(1)..=Duration::from_secs(3600),
        "a duration from 1s to 1h",
    )
}
