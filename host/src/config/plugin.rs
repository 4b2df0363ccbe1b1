//! A plugin in the configuration file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use metawasm_contract::Budget;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::Value;

use super::bounds;
use super::registries::PluginVerifyEntry;
use super::spec::{plugin_name, plugin_spec};
use crate::catalogue::{PluginSpec, Policy, Source};
use crate::yaml::Placed;

/// One of `plugins`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PluginEntry {
    /// Name, the first part of the URL path: 1 to 63 lower-case letters, digits and hyphens, not starting or ending with a hyphen.
    #[serde(deserialize_with = "name")]
    pub(super) name: String,
    /// Component or script, as `file:PATH` (a file, a directory with one `*.wasm`, or a directory with a script), or
    /// component in a registry, as `oci://REGISTRY/REPOSITORY:TAG` or `oci://REGISTRY/REPOSITORY@sha256:DIGEST`. A relative path starts at the directory of this file.
    #[serde(deserialize_with = "source")]
    #[schemars(with = "String")]
    source: Source,
    /// Source of another version of this plugin that runs beside it, with the same settings and limits. Its answers are only
    /// compared: see `GET /plugins/NAME/shadow` on the admin address. Default: none.
    #[serde(default, deserialize_with = "optional_source")]
    #[schemars(with = "Option<String>")]
    shadow: Option<Source>,
    /// Manifest (YAML) of the CompositeController or DecoratorController that calls a script, with the
    /// CustomResourceDefinition of its parent. It says which parent, children and hooks the script has, if neither the script
    /// nor its `plugin.yaml` says it. Default: `controller.yaml` beside the script.
    #[schemars(with = "Option<String>")]
    controller: Option<PathBuf>,
    /// Settings, validated by the plugin's schema (`metawasm inspect`) when the plugin is loaded.
    #[schemars(with = "Option<serde_json::Map<String, Value>>", extend("default" = {}, "flag" = "--set PLUGIN.PATH=VALUE"))]
    settings: Option<Placed>,
    /// Limits of this plugin.
    limits: Option<LimitsEntry>,
    /// Maximum number of observed children that one answer may delete, as a number or a percentage such as `50%`. An
    /// answer above it is rejected, unless the parent is being deleted or has the annotation
    /// `metawasm.dev/allow-deletions` with its generation as the value. Default: no limit.
    #[serde(default, deserialize_with = "deletions")]
    #[schemars(with = "Option<String>")]
    deletions: Option<Budget>,
    /// Signatures that this plugin needs.
    verify: Option<PluginVerifyEntry>,
}

/// `limits` of a plugin.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LimitsEntry {
    /// Maximum duration of a call, 10ms to 24h, and at most 9/10 of the webhook's timeout.
    #[serde(default, deserialize_with = "bounds::deadline")]
    #[schemars(with = "Option<crate::units::Span>", extend("default" = "2s"))]
    deadline: Option<Duration>,
    /// Maximum memory of a call, 64Ki to 2Gi.
    #[serde(default, deserialize_with = "bounds::memory")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "64Mi"))]
    memory: Option<usize>,
    /// Maximum size of an answer, 64Ki to 2Gi.
    #[serde(default, deserialize_with = "bounds::answer")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "8Mi"))]
    answer: Option<usize>,
    /// Maximum number of running calls of this plugin, 1 to 10000.
    #[serde(default, deserialize_with = "bounds::calls")]
    #[schemars(extend("default" = 16))]
    concurrency: Option<u32>,
    /// Maximum size of a log line of this plugin, 80 to 64Ki. Longer lines are cut.
    #[serde(default, deserialize_with = "bounds::log_line")]
    #[schemars(with = "Option<crate::units::Size>", extend("default" = "2Ki"))]
    log_line: Option<usize>,
    /// Maximum number of log lines of a call, 1 to 10000. Further lines are dropped.
    #[serde(default, deserialize_with = "bounds::calls")]
    #[schemars(extend("default" = 50))]
    log_lines: Option<u32>,
    /// Maximum number of log lines per second of all calls of this plugin, 1 to 10000, with bursts of four times as many.
    #[serde(default, deserialize_with = "bounds::calls")]
    #[schemars(extend("default" = 50))]
    log_rate: Option<u32>,
    /// Maximum number of waiting calls of this plugin, 1 to 100000. Further calls get 429.
    #[serde(default, deserialize_with = "bounds::queue")]
    #[schemars(extend("default" = 256))]
    queue: Option<u32>,
}

impl PluginEntry {
    /// Converts the entry of a file. Relative paths start at the file's directory.
    pub(super) fn decode(self, file: &Path, verify: &Policy) -> PluginSpec {
        let base = file.parent().unwrap_or(Path::new(""));
        let with_controller = |source: Source| match &self.controller {
            Some(controller) => source.with_controller(controller.clone()).from_folder(base),
            None => source.from_folder(base),
        };
        let mut spec = plugin_spec(self.name, with_controller(self.source));
        spec.shadow = self.shadow.map(with_controller);
        if let Some(Placed { value, places }) = self.settings {
            spec.settings = (!value.is_null()).then_some(value);
            spec.places = places.in_file(file);
        }
        spec.verify = match self.verify {
            Some(own) => own.decode(base, verify),
            None => verify.clone(),
        };
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

fn optional_source<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Source>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| Source::parse(&text, Path::new("")).map_err(D::Error::custom))
        .transpose()
}

/// Reads a number or a string.
fn deletions<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Budget>, D::Error> {
    let text = match Value::deserialize(from)? {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        other => other.to_string(),
    };
    text.parse().map(Some).map_err(D::Error::custom)
}
