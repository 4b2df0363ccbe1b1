//! The configuration file, decoded once into what the host runs with.
//!
//! Every field has a default but a plugin's name and source. Flags of `metawasm serve` override
//! the file. A field that does not exist is an error with line and column, so that a typo is
//! not a silent default.

use std::fmt::Debug;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::catalogue::{PluginSpec, Source};
use crate::sandbox::Limits;
use crate::units::{Address, Size, Span};
use crate::yaml;

/// What `metawasm serve` runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address of the hook routes; 127.0.0.1:8080.
    pub listen: SocketAddr,
    /// Address of the admin routes; 127.0.0.1:8081.
    pub admin: SocketAddr,
    /// Bytes of a request body at most; 8 MiB.
    pub body: usize,
    /// How long calls may take to finish after SIGTERM; 20 s.
    pub grace: Duration,
    /// Calls of all plugins that may run at once; 64.
    pub concurrency: u32,
    /// The plugins.
    pub plugins: Vec<PluginSpec>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)),
            body: 8 << 20,
            grace: Duration::from_secs(20),
            concurrency: 64,
            plugins: Vec::new(),
        }
    }
}

/// Calls of one plugin that may run at once, where the file says nothing.
const PLUGIN_CONCURRENCY: usize = 16;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    listen: Option<Address>,
    admin: Option<Address>,
    body: Option<Size>,
    grace: Option<Span>,
    concurrency: Option<u32>,
    plugins: Option<Vec<PluginEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PluginEntry {
    name: String,
    source: String,
    settings: Option<Value>,
    limits: Option<LimitsEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LimitsEntry {
    deadline: Option<Span>,
    memory: Option<Size>,
    answer: Option<Size>,
    concurrency: Option<usize>,
}

impl Config {
    /// Reads a file. Relative sources in it are taken from its folder.
    ///
    /// # Errors
    ///
    /// One sentence: the file that cannot be read, or what is wrong in it and where.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, String> {
        let file: File = yaml::decode(text, path)?;
        let base = path.parent().map(PathBuf::from).unwrap_or_default();
        let mut config = Self::default();
        let wrong = |text: String| format!("{}: {text}", path.display());
        for (index, entry) in file.plugins.into_iter().flatten().enumerate() {
            let spec = entry
                .decode(&base)
                .map_err(|text| wrong(format!("plugins[{index}]{text}")))?;
            config
                .add(spec)
                .map_err(|text| wrong(format!("plugins[{index}].name: {text}")))?;
        }
        config.listen = file.listen.map_or(config.listen, |address| address.0);
        config.admin = file.admin.map_or(config.admin, |address| address.0);
        config.body = file.body.map_or(config.body, |size| size.0);
        config.grace = file.grace.map_or(config.grace, |span| span.0);
        if let Some(most) = file.concurrency {
            config.concurrency =
                bounded(most, 1..=MOST_CALLS).map_err(|text| wrong(format!("concurrency: {text}")))?;
        }
        Ok(config)
    }

    /// Adds a plugin.
    ///
    /// # Errors
    ///
    /// A name that is there already.
    pub fn add(&mut self, spec: PluginSpec) -> Result<(), String> {
        if self.plugins.iter().any(|other| other.name == spec.name) {
            return Err(format!(
                "there are two plugins \"{}\"; a name stands for one",
                spec.name
            ));
        }
        self.plugins.push(spec);
        Ok(())
    }

    /// Replaces the plugin of that name, its settings and limits kept, or adds it.
    pub fn set(&mut self, spec: PluginSpec) {
        match self.plugins.iter_mut().find(|other| other.name == spec.name) {
            Some(other) => other.source = spec.source,
            None => self.plugins.push(spec),
        }
    }
}

impl PluginEntry {
    fn decode(self, base: &Path) -> Result<PluginSpec, String> {
        let name = plugin_name(&self.name).map_err(|text| format!(".name: {text}"))?;
        let source = Source::parse(&self.source, base).map_err(|error| format!(".source: {error}"))?;
        let mut spec = plugin_spec(name, source);
        spec.settings = self.settings;
        let LimitsEntry {
            deadline,
            memory,
            answer,
            concurrency,
        } = self.limits.unwrap_or_default();
        let limits = &mut spec.limits;
        if let Some(Span(deadline)) = deadline {
            limits.deadline = bounded(deadline, LEAST_DEADLINE..=MOST_DEADLINE)
                .map_err(|_| ".limits.deadline: must be from 10ms to 24h".to_owned())?;
        }
        if let Some(Size(memory)) = memory {
            limits.memory = bounded(memory, LEAST_MEMORY..=MOST_MEMORY)
                .map_err(|_| ".limits.memory: must be from 64Ki to 2Gi".to_owned())?;
        }
        if let Some(Size(answer)) = answer {
            limits.answer = bounded(answer, LEAST_ANSWER..=MOST_MEMORY)
                .map_err(|_| ".limits.answer: must be from 64Ki to 2Gi".to_owned())?;
        }
        if let Some(most) = concurrency {
            spec.concurrency = bounded(most, 1..=MOST_CALLS as usize)
                .map_err(|text| format!(".limits.concurrency: {text}"))?;
        }
        Ok(spec)
    }
}

/// A page, which is the least that a guest has.
const LEAST_MEMORY: usize = 64 << 10;
/// What a 32-bit guest can have, with room for the guard behind it.
const MOST_MEMORY: usize = 2 << 30;
/// What any plugin needs to say what it is.
const LEAST_ANSWER: usize = 64 << 10;
/// Twice a tick of the sandbox's clock; less would not be kept.
const LEAST_DEADLINE: Duration = Duration::from_millis(10);
/// Longer than anybody waits.
const MOST_DEADLINE: Duration = Duration::from_secs(86_400);
/// More calls at once than any machine runs, and few enough to reserve room for.
const MOST_CALLS: u32 = 10_000;

/// A value within bounds, or what the bounds are.
fn bounded<T: PartialOrd + Debug>(value: T, bounds: RangeInclusive<T>) -> Result<T, String> {
    if bounds.contains(&value) {
        return Ok(value);
    }
    Err(format!("must be from {:?} to {:?}", bounds.start(), bounds.end()))
}

/// A plugin with nothing said but where it is.
pub fn plugin_spec(name: String, source: Source) -> PluginSpec {
    PluginSpec {
        name,
        source,
        settings: None,
        limits: Limits::default(),
        concurrency: PLUGIN_CONCURRENCY,
    }
}

/// Checks a name: it is a part of a path, and of a Kubernetes object's name.
///
/// # Errors
///
/// What a name may look like.
pub fn plugin_name(name: &str) -> Result<String, String> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty()
        || name.len() > 63
        || !name.chars().all(inner)
        || name.starts_with('-')
        || name.ends_with('-')
    {
        return Err(format!(
            "{name:?} is no plugin name; use 1 to 63 lower-case letters, digits and, in between, hyphens"
        ));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("/etc/metawasm/config.yaml"))
    }

    #[test]
    fn a_full_file_says_everything() {
        let config = parse(
            "listen: 0.0.0.0:9000\nadmin: 127.0.0.1:9001\nbody: 16Mi\ngrace: 5s\nconcurrency: 8\nplugins:\n\
             - name: function\n  source: file:plugins/function.wasm\n  settings: {defaultEngine: keda}\n  \
             limits: {deadline: 500ms, memory: 32Mi, answer: 1Mi, concurrency: 2}\n",
        )
        .unwrap();
        assert_eq!(config.listen.to_string(), "0.0.0.0:9000");
        assert_eq!(
            (config.body, config.grace, config.concurrency),
            (16 << 20, Duration::from_secs(5), 8)
        );
        let plugin = &config.plugins[0];
        assert_eq!(
            plugin.source,
            Source::File("/etc/metawasm/plugins/function.wasm".into())
        );
        assert_eq!((plugin.limits.memory, plugin.concurrency), (32 << 20, 2));
        assert_eq!(plugin.limits.deadline, Duration::from_millis(500));
        assert_eq!(
            plugin.settings,
            Some(serde_json::json!({"defaultEngine": "keda"}))
        );
    }

    #[test]
    fn every_mistake_is_one_sentence_with_its_place() {
        let plugin = "plugins:\n- name: f\n  source: f.wasm\n";
        let table = [
            ("listen: 127.0.0.1:8080\nport: 7\n", "line 2"),
            (
                "listen: localhost:8080\n",
                "such as 127.0.0.1:8080 or [::]:8080 is expected at line 1, column 9",
            ),
            ("body: 8MB\n", "such as 64Mi"),
            ("grace: 20\n", "such as 2s"),
            ("concurrency: 0\n", "concurrency: must be from 1 to 10000"),
            (
                "plugins:\n- name: F\n  source: f.wasm\n",
                "plugins[0].name: \"F\" is no plugin name",
            ),
            ("plugins:\n- name: f\n", "source"),
            (
                "plugins:\n- name: f\n  source: http://x\n",
                "plugins[0].source: \"http://x\" is no source",
            ),
            (
                &format!("{plugin}  limits: {{concurrency: 18446744073709551615}}\n"),
                "plugins[0].limits.concurrency: must be from 1 to 10000",
            ),
            (
                &format!("{plugin}  limits: {{deadline: 1ns}}\n"),
                "plugins[0].limits.deadline: must be from 10ms to 24h",
            ),
            (
                &format!("{plugin}  limits: {{answer: 1}}\n"),
                "plugins[0].limits.answer: must be from 64Ki to 2Gi",
            ),
            (
                &format!("{plugin}  limits: {{memory: 3Gi}}\n"),
                "plugins[0].limits.memory: must be from 64Ki to 2Gi",
            ),
            (&format!("{plugin}  limits: {{speed: 3}}\n"), "speed"),
            (
                &format!("{plugin}- name: f\n  source: g.wasm\n"),
                "plugins[1].name: there are two plugins \"f\"",
            ),
            ("listen: [\n", "line"),
        ];
        for (text, part) in table {
            let error = parse(text).unwrap_err();
            assert!(
                error.starts_with("/etc/metawasm/config.yaml: ") && error.contains(part),
                "{text}: {error}"
            );
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn an_empty_file_or_field_is_the_defaults() {
        assert_eq!(parse("{}").unwrap().listen.port(), 8080);
        assert_eq!(parse("plugins:\nlisten:\n").unwrap().listen.port(), 8080);
        let config = parse("plugins:\n- name: f\n  source: f.wasm\n  limits:\n").unwrap();
        assert_eq!(config.plugins[0].limits, Limits::default());
    }
}
