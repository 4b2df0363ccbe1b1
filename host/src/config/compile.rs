//! How components are compiled, and where what comes of it is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::bounds;
use crate::sandbox::CompileBounds;

/// How components are compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompileConfig {
    /// The folder of the code cache, if there is to be one.
    pub cache: Option<PathBuf>,
    /// What the compilation of one component may use; 60 s, 2 GiB.
    pub bounds: CompileBounds,
    /// Whether what failed at an earlier start is tried again.
    pub retry_failed: bool,
}

/// `compile`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CompileEntry {
    /// A folder for compiled code, so that the next start need not compile; made where it is not there. It must belong
    /// to the host's user and be writable by nobody else. Without one, code is kept in memory.
    #[schemars(with = "Option<String>", extend("flag" = "--code-cache", "env" = "METAWASM_CODE_CACHE"))]
    cache: Option<PathBuf>,
    /// Memory that the compilation of one plugin may use, 64Mi to 64Gi.
    #[serde(default, deserialize_with = "memory")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "2Gi"))]
    memory: Option<usize>,
    /// Compile again what could not be compiled at an earlier start. Otherwise the code cache remembers the failure
    /// until the component, `time` or `memory` changes.
    #[schemars(extend("default" = false, "flag" = "--retry-failed", "env" = "METAWASM_RETRY_FAILED"))]
    retry_failed: Option<bool>,
    /// Time that the compilation of one plugin may take, 1s to 1h.
    #[serde(default, deserialize_with = "time")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "1m"))]
    time: Option<Duration>,
}

impl CompileEntry {
    /// Relative paths are taken from `base`.
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
