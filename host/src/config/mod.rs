//! The configuration file, decoded once into what the host runs with.
//!
//! Every field has a default but a plugin's name and source. A flag of `metawasm serve` overrides its
//! environment variable, which overrides the file. A mistake is an error with line and column, a field
//! that does not exist too, so that a typo is not a silent default.
//!
//! A new field is a line in [`file::File`] or in a section of its own (a file here), with a doc comment, its
//! default, and its flag where it has one: the reference in `docs/configuration.md` is made of these
//! ([`reference()`]), and a test fails when it is stale.

mod bounds;
mod compile;
mod connections;
mod file;
mod memo;
mod plugin;
mod reference;
mod restart;
mod telemetry;
mod tls;

use std::path::{Path, PathBuf};

pub use compile::CompileConfig;
use file::File;
pub use reference::reference;
pub(crate) use telemetry::{parse_endpoint, parse_filter};

use crate::catalogue::{Override, PluginSpec, Source};
use crate::input;
use crate::pipeline::MemoOptions;
use crate::sandbox::Limits;
use crate::schema::SchemaMode;
use crate::serve::ServeOptions;
use crate::telemetry::LogOptions;
use crate::yaml;
use metawasm_contract::ApplyStrategy;

/// What `metawasm serve` runs with.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where to listen, and what to put up with.
    pub serve: ServeOptions,
    /// Calls of all plugins that may run at once; 64.
    pub concurrency: u32,
    /// The plugins.
    pub plugins: Vec<PluginSpec>,
    /// How they are compiled, and where that is kept.
    pub compile: CompileConfig,
    /// Calls of all plugins that may wait; 1024.
    pub queue: u32,
    /// Threads that serve and run plugins; one for each core where it is `None`.
    pub workers: Option<usize>,
    /// Answers that are kept.
    pub memo: MemoOptions,
    /// What is logged; `info`, as text.
    pub log: LogOptions,
    /// How Metacontroller applies children.
    pub apply_strategy: ApplyStrategy,
    /// What to do about children that do not match the schema of their kind; a warning.
    pub schema: SchemaMode,
    /// Files and folders of CRDs, for the schemas of kinds that Kubernetes does not own.
    pub crds: Vec<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            serve: ServeOptions::default(),
            concurrency: 64,
            plugins: Vec::new(),
            compile: CompileConfig::default(),
            queue: 1024,
            workers: None,
            memo: MemoOptions::default(),
            log: LogOptions::default(),
            apply_strategy: ApplyStrategy::default(),
            schema: SchemaMode::default(),
            crds: Vec::new(),
        }
    }
}

/// Calls of one plugin that may run at once, where the file says nothing.
const PLUGIN_CONCURRENCY: usize = 16;
/// Calls of one plugin that may wait, where the file says nothing: a fourth of all, so that one flooded plugin
/// leaves room for others.
const PLUGIN_QUEUE: usize = 256;

impl Config {
    /// Reads a file. Relative sources in it are taken from its folder.
    ///
    /// # Errors
    ///
    /// One sentence: the file that cannot be read, or what is wrong in it and where.
    pub fn read(path: &Path) -> Result<Self, String> {
        let read = || input::text(input::file(path)?, path);
        Self::parse(&read().map_err(|error| error.to_string())?, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, String> {
        let file: File = yaml::decode(text, path).map_err(|error| error.to_string())?;
        let base = path.parent().map(PathBuf::from).unwrap_or_default();
        let mut config = Self::default();
        for entry in file.plugins.into_iter().flatten() {
            config
                .add(entry.decode(&base))
                .map_err(|text| format!("{}: {text}", path.display()))?;
        }
        let serve = &mut config.serve;
        serve.listen = file.listen.map_or(serve.listen, |address| address.0);
        serve.admin = file.admin.map_or(serve.admin, |address| address.0);
        serve.body = file.body.map_or(serve.body, |size| size.0);
        serve.grace = file.grace.map_or(serve.grace, |span| span.0);
        serve.tls = file.tls.map(|entry| entry.decode(&base));
        serve.plain = file.plain.unwrap_or(serve.plain);
        serve.auth = file.auth.unwrap_or_default().decode(&base);
        serve.connections = file.connections.unwrap_or_default().decode();
        serve.traces = file.traces.unwrap_or_default().decode();
        config.concurrency = file.concurrency.unwrap_or(config.concurrency);
        config.compile = file.compile.unwrap_or_default().decode(&base);
        config.queue = file.queue.unwrap_or(config.queue);
        config.workers = file.workers;
        config.memo = file.memo.unwrap_or_default().decode();
        config.log = file.log.unwrap_or_default().decode();
        config.apply_strategy = file.apply_strategy.unwrap_or_default();
        config.schema = file.schema.unwrap_or_default();
        config.crds = file
            .crds
            .unwrap_or_default()
            .into_iter()
            .map(|path| base.join(path))
            .collect();
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

    /// Sets one setting of a plugin.
    ///
    /// # Errors
    ///
    /// A sentence: there is no such plugin, or no such place.
    pub fn override_setting(&mut self, setting: Override) -> Result<(), String> {
        let Some(spec) = self.plugins.iter_mut().find(|spec| spec.name == setting.plugin) else {
            let names: Vec<&str> = self.plugins.iter().map(|spec| spec.name.as_str()).collect();
            return Err(match names.as_slice() {
                [] => format!("there is no plugin {:?}, nor any other", setting.plugin),
                names => format!(
                    "there is no plugin {:?}; there is {}",
                    setting.plugin,
                    names.join(", ")
                ),
            });
        };
        setting
            .apply(&mut spec.settings)
            .map_err(|error| error.to_string())?;
        spec.overrides.push(setting);
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

/// A plugin with nothing said but where it is.
pub fn plugin_spec(name: String, source: Source) -> PluginSpec {
    PluginSpec {
        name,
        source,
        settings: None,
        overrides: Vec::new(),
        limits: Limits::default(),
        concurrency: PLUGIN_CONCURRENCY,
        queue: PLUGIN_QUEUE,
        deletions: None,
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
    use std::time::Duration;

    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("/etc/metawasm/config.yaml"))
    }

    #[test]
    fn a_full_file_says_everything() {
        let config = parse(
            "listen: 0.0.0.0:9000\nadmin: 127.0.0.1:9001\nbody: 16Mi\ngrace: 5s\nconcurrency: 8\nqueue: 9\nworkers: 3\n\
             memo: {enabled: false, size: 2Mi}\nplugins:\n\
             - name: function\n  source: file:plugins/function.wasm\n  settings: {defaultEngine: keda}\n  \
             limits: {deadline: 500ms, memory: 32Mi, answer: 1Mi, concurrency: 2, queue: 4, logLines: 5, logLine: 1Ki,\n    logRate: 3}\n\
             compile: {cache: code, time: 5s, memory: 1Gi}\n",
        )
        .unwrap();
        assert_eq!(config.serve.listen.to_string(), "0.0.0.0:9000");
        assert_eq!(
            (config.serve.body, config.serve.grace, config.concurrency),
            (16 << 20, Duration::from_secs(5), 8)
        );
        assert_eq!((config.queue, config.workers), (9, Some(3)));
        assert_eq!(
            config.memo,
            MemoOptions {
                enabled: false,
                size: 2 << 20
            }
        );
        let plugin = &config.plugins[0];
        assert_eq!(plugin.queue, 4);
        assert_eq!(
            plugin.source,
            Source::File("/etc/metawasm/plugins/function.wasm".into())
        );
        assert_eq!((plugin.limits.memory, plugin.concurrency), (32 << 20, 2));
        assert_eq!(plugin.limits.deadline, Duration::from_millis(500));
        let log = (
            plugin.limits.log_lines,
            plugin.limits.log_line,
            plugin.limits.log_rate,
        );
        assert_eq!(log, (5, 1024, 3));
        assert_eq!(config.compile.cache, Some("/etc/metawasm/code".into()));
        let bounds = config.compile.bounds;
        assert_eq!((bounds.time, bounds.memory), (Duration::from_secs(5), 1 << 30));
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
            (
                "concurrency: 0\n",
                "a number from 1 to 10000 is expected at line 1, column 14",
            ),
            ("queue: 0\n", "a number from 1 to 100000 is expected at line 1"),
            ("workers: 0\n", "a number from 1 to 1024 is expected at line 1"),
            (
                "memo: {size: 4Ki}\n",
                "a size from 1Mi to 64Gi is expected at line 1",
            ),
            ("memo: false\n", "line 1"),
            (
                "plugins:\n- name: F\n  source: f.wasm\n",
                "\"F\" is no plugin name",
            ),
            ("plugins:\n- name: f\n", "source"),
            (
                "plugins:\n- name: f\n  source: http://x\n",
                "unsupported plugin source \"http://x\"; expected file:PATH at line 3, column 11",
            ),
            (
                &format!("{plugin}  limits: {{concurrency: 18446744073709551615}}\n"),
                "a number from 1 to 10000 is expected at line 4",
            ),
            (
                &format!("{plugin}  limits: {{deadline: 1ns}}\n"),
                "a duration from 10ms to 24h is expected at line 4",
            ),
            (
                &format!("{plugin}  limits: {{answer: 1}}\n"),
                "a size from 64Ki to 2Gi is expected at line 4",
            ),
            (
                &format!("{plugin}  limits: {{memory: 3Gi}}\n"),
                "a size from 64Ki to 2Gi is expected at line 4",
            ),
            (&format!("{plugin}  limits: {{speed: 3}}\n"), "speed"),
            (
                &format!("{plugin}  limits: {{logRate: 0}}\n"),
                "a number from 1 to 10000 is expected at line 4",
            ),
            (
                "compile: {time: 2h}\n",
                "a duration from 1s to 1h is expected at line 1",
            ),
            (
                "compile: {memory: 1Mi}\n",
                "a size from 64Mi to 64Gi is expected at line 1",
            ),
            (
                &format!("{plugin}- name: f\n  source: g.wasm\n"),
                "there are two plugins \"f\"",
            ),
            ("listen: [\n", "line"),
            ("tls: {cert: a.pem}\n", "key"),
            (
                "tls: {cert: \"\", key: k.pem}\n",
                "the path of a file is expected at line 1, column 13",
            ),
            (
                "auth: {bearer: \"\"}\n",
                "the path of a file is expected at line 1",
            ),
            ("auth: {digest: d.txt}\n", "digest"),
            (
                "connections: {most: 0}\n",
                "a number from 1 to 100000 is expected at line 1",
            ),
            (
                "connections: {bodies: 1Ki}\n",
                "a size from 1Mi to 64Gi is expected at line 1",
            ),
            (
                "connections: {idle: 2h}\n",
                "a duration from 100ms to 1h is expected at line 1",
            ),
            (
                "log: {filter: loud}\n",
                "\"loud\" is no log filter; write one of off, ",
            ),
            ("log: {format: xml}\n", "xml"),
            (
                "traces: {endpoint: \"https://c\"}\n",
                if cfg!(feature = "otlp") {
                    "\"https://c\" is no endpoint for traces; write http://HOST:PORT"
                } else {
                    "built without the feature `otlp`"
                },
            ),
            (
                "traces: {sample: 1.5}\n",
                "a share from 0 to 1 is expected at line 1",
            ),
            (
                "traces: {sample: .nan}\n",
                "a share from 0 to 1 is expected at line 1",
            ),
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
    fn files_are_taken_from_the_folder_of_the_configuration() {
        let config = parse(
            "tls: {cert: tls/tls.crt, key: tls/tls.key, clientCa: /ca.crt}\nauth: {bearer: tokens}\n\
             plain: true\nconnections: {most: 7, bodies: 1Mi, head: 1s, body: 2s, idle: 3s}\n",
        )
        .unwrap();
        let serve = config.serve;
        let tls = serve.tls.unwrap();
        assert_eq!(tls.cert, Path::new("/etc/metawasm/tls/tls.crt"));
        assert_eq!(tls.client_ca.as_deref(), Some(Path::new("/ca.crt")));
        assert_eq!(
            serve.auth.bearer.as_deref(),
            Some(Path::new("/etc/metawasm/tokens"))
        );
        assert_eq!((serve.plain, serve.auth.basic), (true, None));
        let connections = serve.connections;
        assert_eq!((connections.most, connections.bodies), (7, 1 << 20));
        assert_eq!(
            (connections.head, connections.body, connections.idle),
            (
                Duration::from_secs(1),
                Duration::from_secs(2),
                Duration::from_secs(3)
            )
        );
    }

    #[cfg(feature = "otlp")]
    #[test]
    fn what_is_logged_and_traced_is_in_the_file() {
        let text = "log: {filter: \"warn,guest=debug\", format: json}\n\
                    traces: {endpoint: \"http://collector:4318\", sample: 1}\n";
        let config = parse(text).unwrap();
        assert_eq!(config.log.filter, "warn,guest=debug");
        assert_eq!(config.log.format, crate::telemetry::LogFormat::Json);
        assert_eq!(
            config
                .serve
                .traces
                .endpoint
                .map(|endpoint| endpoint.to_string())
                .as_deref(),
            Some("http://collector:4318/v1/traces")
        );
        assert_eq!(config.serve.traces.sample, 1.0);
    }

    #[test]
    fn an_empty_file_or_field_is_the_defaults() {
        assert_eq!(parse("{}").unwrap().serve.listen.port(), 8080);
        assert_eq!(parse("plugins:\nlisten:\n").unwrap().serve.listen.port(), 8080);
        let config = parse("plugins:\n- name: f\n  source: f.wasm\n  limits:\n").unwrap();
        assert_eq!(config.plugins[0].limits, Limits::default());
    }
}
