//! Recording of requests.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::Deserializer;

use super::bounds;
use crate::serve::{MaskOptions, RecordOptions};

/// Default of the size of all recorded requests.
const SIZE: u64 = 256 << 20;
/// Default of the recorded requests of one hook about one parent.
const PER_PARENT: usize = 3;

/// `record`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RecordEntry {
    /// Directory for requests and answers, as cases for `metawasm test`, `replay` and `diff`. Default: nothing is recorded.
    #[schemars(with = "Option<String>", extend("flag" = "--record", "env" = "METAWASM_RECORD"))]
    directory: Option<PathBuf>,
    /// Values that are masked besides the data of Secrets, fields and environment variables such as `password` or
    /// `API_TOKEN`, and passwords in URLs.
    mask: Option<MaskEntry>,
    /// Maximum number of recorded requests of one hook about one parent, 1 to 1000. The oldest are removed.
    #[serde(default, deserialize_with = "per_parent")]
    #[schemars(extend("default" = 3))]
    per_parent: Option<usize>,
    /// Maximum size of all recorded requests, 1Mi to 64Gi. The oldest are removed.
    #[serde(default, deserialize_with = "size")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "256Mi"))]
    size: Option<usize>,
}

/// `record.mask`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MaskEntry {
    /// Further endings of field names whose values are masked, in any case.
    #[schemars(extend("default" = []))]
    fields: Option<Vec<String>>,
    /// Further kinds whose content is masked, such as `SealedSecret`.
    #[schemars(extend("default" = []))]
    kinds: Option<Vec<String>>,
}

impl RecordEntry {
    /// Converts the entry. A relative path starts at `base`. `None` without a directory.
    pub(super) fn decode(self, base: &Path) -> RecordConfig {
        let mask = self.mask.unwrap_or_default();
        RecordConfig {
            directory: self.directory.map(|path| base.join(path)),
            size: self.size.map_or(SIZE, |size| size as u64),
            per_parent: self.per_parent.unwrap_or(PER_PARENT),
            mask: MaskOptions {
                kinds: mask.kinds.unwrap_or_default(),
                fields: mask.fields.unwrap_or_default(),
            },
        }
    }
}

/// Options for recording, which a flag may turn on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordConfig {
    /// The directory; `None` records nothing.
    pub directory: Option<PathBuf>,
    /// Maximum size of all recorded requests in bytes.
    pub size: u64,
    /// Maximum number of requests of one hook about one parent.
    pub per_parent: usize,
    /// What is masked.
    pub mask: MaskOptions,
}

impl Default for RecordConfig {
    /// Nothing is recorded.
    fn default() -> Self {
        RecordEntry::default().decode(Path::new(""))
    }
}

impl RecordConfig {
    /// Returns the options of the server.
    pub fn options(&self) -> Option<RecordOptions> {
        Some(RecordOptions {
            directory: self.directory.clone()?,
            size: self.size,
            per_parent: self.per_parent,
            mask: self.mask.clone(),
        })
    }
}

fn size<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    bounds::size(from, 1 << 20..=64 << 30, "a size from 1Mi to 64Gi")
}

fn per_parent<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    let most = bounds::within(from, 1..=1000_u64, "a number from 1 to 1000")?;
    Ok(most.and_then(|most| usize::try_from(most).ok()))
}
