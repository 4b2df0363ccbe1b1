//! A plugin in the file.

use std::path::Path;
use std::time::Duration;

use metawasm_contract::Budget;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::Value;

use super::{bounds, plugin_name, plugin_spec};
use crate::catalogue::{PluginSpec, Source};

/// One of `plugins`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PluginEntry {
    /// A part of the path: 1 to 63 lower-case letters, digits and, in between, hyphens.
    #[serde(deserialize_with = "name")]
    pub(super) name: String,
    /// `file:PATH`; a relative path is taken from the folder of this file.
    #[serde(deserialize_with = "source")]
    #[schemars(with = "String")]
    source: Source,
    /// As the plugin's schema says (`metawasm inspect`); checked when it is loaded.
    #[schemars(with = "Option<serde_json::Map<String, Value>>", extend("default" = {}, "flag" = "--set PLUGIN.PATH=VALUE"))]
    settings: Option<Value>,
    /// What a call of it may use.
    limits: Option<LimitsEntry>,
    /// The most observed children that one answer may delete: a number, or a share such as `50%`. More are refused,
    /// unless the parent is being deleted or has the annotation `metawasm.dev/allow-deletions` with its generation as
    /// the value. No limit where nothing is said.
    #[serde(default, deserialize_with = "deletions")]
    #[schemars(with = "Option<String>")]
    deletions: Option<Budget>,
}

/// `limits` of a plugin.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LimitsEntry {
    /// Time of one call, 10ms to 24h; never more than 9/10 of the webhook's timeout.
    #[serde(default, deserialize_with = "bounds::deadline")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "2s"))]
    deadline: Option<Duration>,
    /// Memory of one call, 64Ki to 2Gi.
    #[serde(default, deserialize_with = "bounds::memory")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "64Mi"))]
    memory: Option<usize>,
    /// Size of an answer, 64Ki to 2Gi.
    #[serde(default, deserialize_with = "bounds::answer")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "8Mi"))]
    answer: Option<usize>,
    /// Calls of this plugin that run at once; 1 to 10000.
    #[serde(default, deserialize_with = "bounds::calls")]
    #[schemars(extend("default" = 16))]
    concurrency: Option<u32>,
    /// Bytes that are kept of one log line, 80 to 64Ki.
    #[serde(default, deserialize_with = "bounds::log_line")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "2Ki"))]
    log_line: Option<usize>,
    /// Log lines that are kept of one call; 1 to 10000.
    #[serde(default, deserialize_with = "bounds::calls")]
    #[schemars(extend("default" = 50))]
    log_lines: Option<u32>,
    /// Log lines a second that are kept of all calls of this plugin; 1 to 10000, and four times as many at once.
    #[serde(default, deserialize_with = "bounds::calls")]
    #[schemars(extend("default" = 50))]
    log_rate: Option<u32>,
    /// Calls of this plugin that wait, before more are told to come back later; 1 to 100000.
    #[serde(default, deserialize_with = "bounds::queue")]
    #[schemars(extend("default" = 256))]
    queue: Option<u32>,
}

impl PluginEntry {
    /// What to load; relative paths are taken from `base`.
    pub(super) fn decode(self, base: &Path) -> PluginSpec {
        let mut spec = plugin_spec(self.name, self.source.from_folder(base));
        spec.settings = self.settings;
        spec.deletions = self.deletions;
        let entry = self.limits.unwrap_or_default();
        let limits = &mut spec.limits;
        limits.deadline = entry.deadline.unwrap_or(limits.deadline);
        limits.memory = entry.memory.unwrap_or(limits.memory);
        limits.answer = entry.answer.unwrap_or(limits.answer);
        limits.log_lines = entry.log_lines.unwrap_or(limits.log_lines);
        limits.log_line = entry.log_line.unwrap_or(limits.log_line);
        limits.log_rate = entry.log_rate.unwrap_or(limits.log_rate);
        spec.concurrency = entry.concurrency.map_or(spec.concurrency, |calls| calls as usize);
        spec.queue = entry.queue.map_or(spec.queue, |calls| calls as usize);
        spec
    }
}

fn name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    plugin_name(&String::deserialize(from)?).map_err(D::Error::custom)
}

fn source<'de, D: Deserializer<'de>>(from: D) -> Result<Source, D::Error> {
    Source::parse(&String::deserialize(from)?, Path::new("")).map_err(D::Error::custom)
}

/// A number or a text, as people write both.
fn deletions<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Budget>, D::Error> {
    let text = match Value::deserialize(from)? {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        other => other.to_string(),
    };
    text.parse().map(Some).map_err(D::Error::custom)
}
