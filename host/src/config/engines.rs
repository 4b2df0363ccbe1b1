//! Engines of scripts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::catalogue::{EngineOptions, Source};

/// `engines`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EnginesEntry {
    /// Directory of the engines that are shipped with metawasm (`js.wasm`, `jsonnet.wasm`). Default: the directory `engines`
    /// beside the program, or one level above.
    #[schemars(with = "Option<String>", extend("flag" = "--engines", "env" = "METAWASM_ENGINES"))]
    directory: Option<PathBuf>,
    /// Other engines: the ending of the script files without a dot, and the source of a component of the world
    /// `script-engine`. They need the signatures that plugins need.
    #[serde(default, deserialize_with = "sources")]
    #[schemars(with = "BTreeMap<String, String>", extend("default" = {}))]
    sources: BTreeMap<String, Source>,
}

impl EnginesEntry {
    /// Converts the entry. Relative paths start at `base`.
    pub(super) fn decode(self, base: &Path) -> EngineOptions {
        let sources = self.sources.into_iter();
        EngineOptions {
            directory: self.directory.map(|path| base.join(path)),
            sources: sources
                .map(|(ending, source)| (ending, source.from_folder(base)))
                .collect(),
        }
    }
}

fn sources<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Source>, D::Error> {
    let texts = Option::<BTreeMap<String, String>>::deserialize(from)?.unwrap_or_default();
    let mut sources = BTreeMap::new();
    for (ending, text) in texts {
        let is_ending =
            !ending.is_empty() && ending.len() <= 32 && ending.chars().all(|c| c.is_ascii_alphanumeric());
        if !is_ending || ending == "wasm" {
            return Err(D::Error::custom(format!(
                "invalid ending {ending:?}; expected letters and digits without a dot, such as lua"
            )));
        }
        let source = Source::parse(&text, Path::new("")).map_err(D::Error::custom)?;
        sources.insert(ending, source);
    }
    Ok(sources)
}
