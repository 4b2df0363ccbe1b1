//! The memo in the file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::bounds;
use crate::pipeline::MemoOptions;

/// `memo`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MemoEntry {
    /// Whether answers are kept and given again to equal requests. ETags do not need it.
    #[schemars(extend("default" = true))]
    enabled: Option<bool>,
    /// The most memory for requests and answers that are kept, 1Mi to 64Gi; one of them takes an eighth at most.
    #[serde(default, deserialize_with = "bounds::memo")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "64Mi"))]
    size: Option<usize>,
}

impl MemoEntry {
    /// What it says, and the defaults for what it does not.
    pub(super) fn decode(self) -> MemoOptions {
        let default = MemoOptions::default();
        MemoOptions {
            enabled: self.enabled.unwrap_or(default.enabled),
            size: self.size.unwrap_or(default.size),
        }
    }
}
