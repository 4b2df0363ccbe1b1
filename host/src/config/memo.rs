//! The memo in the configuration file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::bounds;
use crate::pipeline::MemoOptions;

/// `memo`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MemoEntry {
    /// Store answers, and return them for identical requests. ETags work without it.
    #[schemars(extend("default" = true))]
    enabled: Option<bool>,
    /// Maximum memory for stored requests and answers, 1Mi to 64Gi. A single entry may use an eighth of it.
    #[serde(default, deserialize_with = "bounds::memo")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "64Mi"))]
    size: Option<usize>,
}

impl MemoEntry {
    /// Converts the entry, with defaults for absent fields.
    pub(super) fn decode(self) -> MemoOptions {
        let default = MemoOptions::default();
        MemoOptions {
            enabled: self.enabled.unwrap_or(default.enabled),
            size: self.size.unwrap_or(default.size),
        }
    }
}
