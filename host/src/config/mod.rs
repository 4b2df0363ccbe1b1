//! The configuration file, decoded once into the options of the host.
//!
//! Every field except a plugin's name and source has a default. Precedence, highest first: flag of `metawasm serve`,
//! environment variable, file, default. An invalid value or an unknown field is an error with line and column.
//!
//! A new field is a line in [`file::File`], or in a section (a file here), with a doc comment, its default and its flag.
//! [`reference()`] generates the table in `docs/configuration.md` from these. A test fails if the table is stale.

mod bounds;
mod compile;
mod connections;
mod engines;
mod file;
mod memo;
mod plugin;
mod record;
mod reference;
mod registries;
mod reload;
mod restart;
mod spec;
mod telemetry;
mod tls;

use std::path::{Path, PathBuf};

pub use compile::CompileConfig;
use file::File;
pub use record::RecordConfig;
pub use reference::reference;
pub use reload::ReloadConfig;
pub use spec::{plugin_name, plugin_spec};
pub(crate) use telemetry::{parse_endpoint, parse_filter};

use crate::catalogue::{FetchOptions, Override, PluginSpec, Policy};
use crate::input;
use crate::pipeline::MemoOptions;
use crate::schema::SchemaMode;
use crate::serve::ServeOptions;
use crate::telemetry::LogOptions;
use crate::yaml;
use metawasm_contract::ApplyStrategy;

/// The complete configuration of `metawasm serve`.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Addresses, TLS, authentication and limits of the server.
    pub serve: ServeOptions,
    /// Maximum number of running calls of all plugins; default 64.
    pub concurrency: u32,
    /// The plugins.
    pub plugins: Vec<PluginSpec>,
    /// How changes of plugins are noticed.
    pub reload: ReloadConfig,
    /// Compilation of the plugins, and the code cache.
    pub compile: CompileConfig,
    /// Maximum number of waiting calls of all plugins; default 1024.
    pub queue: u32,
    /// Number of threads that serve and run plugins; `None` means the number of CPU cores.
    pub workers: Option<usize>,
    /// Stored answers.
    pub memo: MemoOptions,
    /// Log options; default `info`, as text.
    pub log: LogOptions,
    /// How Metacontroller applies children.
    pub apply_strategy: ApplyStrategy,
    /// Action for children that do not match the schema of their kind; default a warning.
    pub schema: SchemaMode,
    /// Files and directories of CRDs, for the schemas of custom resources.
    pub crds: Vec<PathBuf>,
    /// Recording of requests.
    pub record: RecordConfig,
    /// How registries are reached, and the content store.
    pub fetch: FetchOptions,
    /// The signature that plugins need which do not say otherwise.
    pub verify: Policy,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            serve: ServeOptions::default(),
            concurrency: 64,
            plugins: Vec::new(),
            reload: ReloadConfig::default(),
            compile: CompileConfig::default(),
            queue: 1024,
            workers: None,
            memo: MemoOptions::default(),
            log: LogOptions::default(),
            apply_strategy: ApplyStrategy::default(),
            schema: SchemaMode::default(),
            crds: Vec::new(),
            record: RecordConfig::default(),
            fetch: FetchOptions::default(),
            verify: Policy::default(),
        }
    }
}

impl Config {
    /// Reads a configuration file. Relative paths in it start at its directory.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or is invalid. The message contains the path, line and column.
    pub fn read(path: &Path) -> Result<Self, String> {
        let read = || input::text(input::file(path)?, path);
        Self::parse(&read().map_err(|error| error.to_string())?, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, String> {
        let file: File = yaml::decode(text, path).map_err(|error| error.to_string())?;
        let base = path.parent().map(PathBuf::from).unwrap_or_default();
        let mut config = Self {
            fetch: file.registries.unwrap_or_default().decode(&base),
            verify: file.verify.unwrap_or_default().decode(&base),
            ..Self::default()
        };
        config.fetch.engines = file.engines.unwrap_or_default().decode(&base);
        for entry in file.plugins.into_iter().flatten() {
            config
                .add(entry.decode(path, &config.verify))
                .map_err(|text| format!("{}: {text}", path.display()))?;
        }
        let serve = &mut config.serve;
        serve.listen = file.listen.map_or(serve.listen, |address| address.0);
        serve.admin = file.admin.map_or(serve.admin, |address| address.0);
        serve.page = file.page.unwrap_or(serve.page);
        serve.body = file.body.map_or(serve.body, |size| size.0);
        serve.grace = file.grace.map_or(serve.grace, |span| span.0);
        serve.tls = file.tls.map(|entry| entry.decode(&base));
        serve.plain = file.plain.unwrap_or(serve.plain);
        serve.auth = file.auth.unwrap_or_default().decode(&base);
        serve.connections = file.connections.unwrap_or_default().decode();
        serve.traces = file.traces.unwrap_or_default().decode();
        config.concurrency = file.concurrency.unwrap_or(config.concurrency);
        config.reload = file.reload.unwrap_or_default().decode();
        config.compile = file.compile.unwrap_or_default().decode(&base);
        config.queue = file.queue.unwrap_or(config.queue);
        config.workers = file.workers;
        config.memo = file.memo.unwrap_or_default().decode();
        config.log = file.log.unwrap_or_default().decode();
        config.apply_strategy = file.apply_strategy.unwrap_or_default();
        config.schema = file.schema.unwrap_or_default();
        config.record = file.record.unwrap_or_default().decode(&base);
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
    /// If the name is already used.
    pub fn add(&mut self, spec: PluginSpec) -> Result<(), String> {
        if self.plugins.iter().any(|other| other.name == spec.name) {
            return Err(format!(
                "duplicate plugin name \"{}\"; names must be unique",
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
    /// If the plugin or the path does not exist.
    pub fn override_setting(&mut self, setting: Override) -> Result<(), String> {
        let Some(spec) = self.plugins.iter_mut().find(|spec| spec.name == setting.plugin) else {
            let names: Vec<&str> = self.plugins.iter().map(|spec| spec.name.as_str()).collect();
            return Err(match names.as_slice() {
                [] => format!("unknown plugin {:?}; no plugin is configured", setting.plugin),
                names => format!(
                    "unknown plugin {:?}; configured: {}",
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

    /// Replaces the signatures that plugins need which do not say otherwise. Empty and absent values change nothing.
    pub fn require(&mut self, keys: &[PathBuf], required: Option<bool>) {
        let before = self.verify.clone();
        let verify = &mut self.verify;
        verify.required = required.unwrap_or(verify.required);
        if !keys.is_empty() {
            verify.keys = keys.to_vec();
        }
        for spec in &mut self.plugins {
            if spec.verify.keys == before.keys {
                spec.verify.keys.clone_from(&self.verify.keys);
            }
            spec.verify.required = self.verify.required;
        }
    }

    /// Replaces the source of the plugin with this name and keeps its settings and limits, or adds the plugin. A shadow
    /// of another source is dropped.
    pub fn set(&mut self, mut spec: PluginSpec) {
        match self.plugins.iter_mut().find(|other| other.name == spec.name) {
            Some(other) => {
                other.source = spec.source;
                other.shadow = None;
            }
            None => {
                spec.verify = self.verify.clone();
                self.plugins.push(spec);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::catalogue::Source;
    use crate::sandbox::Limits;

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
                "such as 127.0.0.1:8080 or [::]:8080 at line 1, column 9",
            ),
            ("body: 8MB\n", "such as 64Mi"),
            ("grace: 20\n", "such as 2s"),
            (
                "concurrency: 0\n",
                "expected a number from 1 to 10000 at line 1, column 14",
            ),
            ("queue: 0\n", "expected a number from 1 to 100000 at line 1"),
            ("workers: 0\n", "expected a number from 1 to 1024 at line 1"),
            (
                "memo: {size: 4Ki}\n",
                "expected a size from 1Mi to 64Gi at line 1",
            ),
            ("memo: false\n", "line 1"),
            (
                "plugins:\n- name: F\n  source: f.wasm\n",
                "invalid plugin name \"F\"",
            ),
            ("plugins:\n- name: f\n", "source"),
            (
                "plugins:\n- name: f\n  source: http://x\n",
                "unsupported plugin source \"http://x\"; expected file:PATH or oci://REGISTRY/REPOSITORY:TAG at line 3, column 11",
            ),
            (
                "plugins:\n- name: f\n  source: oci://ghcr.io/f\n",
                "invalid plugin source \"oci://ghcr.io/f\": the tag is missing; expected oci://REGISTRY/REPOSITORY:TAG or @sha256:DIGEST at line 3",
            ),
            (
                "registries: {idle: 1ms}\n",
                "expected a duration from 100ms to 1h at line 1",
            ),
            (
                "registries: {storeSize: 1Ki}\n",
                "expected a size from 1Mi to 1024Gi at line 1",
            ),
            ("registries: {plain: [a]}\n", "plain"),
            (&format!("{plugin}  verify: {{required: true}}\n"), "required"),
            (
                &format!("{plugin}  limits: {{concurrency: 18446744073709551615}}\n"),
                "expected a number from 1 to 10000 at line 4",
            ),
            (
                &format!("{plugin}  limits: {{deadline: 1ns}}\n"),
                "expected a duration from 10ms to 24h at line 4",
            ),
            (
                &format!("{plugin}  limits: {{answer: 1}}\n"),
                "expected a size from 64Ki to 2Gi at line 4",
            ),
            (
                &format!("{plugin}  limits: {{memory: 3Gi}}\n"),
                "expected a size from 64Ki to 2Gi at line 4",
            ),
            (&format!("{plugin}  limits: {{speed: 3}}\n"), "speed"),
            (
                &format!("{plugin}  limits: {{logRate: 0}}\n"),
                "expected a number from 1 to 10000 at line 4",
            ),
            (
                "reload: {files: 1ms}\n",
                "expected a duration from 100ms to 1h at line 1",
            ),
            (
                &format!("{plugin}  shadow: http://x\n"),
                "unsupported plugin source",
            ),
            (
                "compile: {time: 2h}\n",
                "expected a duration from 1s to 1h at line 1",
            ),
            (
                "compile: {memory: 1Mi}\n",
                "expected a size from 64Mi to 64Gi at line 1",
            ),
            (
                &format!("{plugin}- name: f\n  source: g.wasm\n"),
                "duplicate plugin name \"f\"",
            ),
            ("listen: [\n", "line"),
            ("tls: {cert: a.pem}\n", "key"),
            (
                "tls: {cert: \"\", key: k.pem}\n",
                "expected a file path at line 1, column 13",
            ),
            ("auth: {bearer: \"\"}\n", "expected a file path at line 1"),
            ("auth: {digest: d.txt}\n", "digest"),
            (
                "connections: {most: 0}\n",
                "expected a number from 1 to 100000 at line 1",
            ),
            (
                "connections: {bodies: 1Ki}\n",
                "expected a size from 1Mi to 64Gi at line 1",
            ),
            (
                "connections: {idle: 2h}\n",
                "expected a duration from 100ms to 1h at line 1",
            ),
            (
                "log: {filter: loud}\n",
                "invalid log filter \"loud\"; expected one of off, ",
            ),
            ("log: {format: xml}\n", "xml"),
            (
                "traces: {endpoint: \"https://c\"}\n",
                if cfg!(feature = "otlp") {
                    "invalid traces endpoint \"https://c\"; expected http://HOST:PORT"
                } else {
                    "built without the feature `otlp`"
                },
            ),
            (
                "traces: {sample: 1.5}\n",
                "expected a share from 0 to 1 at line 1",
            ),
            (
                "traces: {sample: .nan}\n",
                "expected a share from 0 to 1 at line 1",
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

    #[test]
    fn a_plugin_needs_a_signature_of_its_own_keys_or_of_those_for_all() {
        let config = parse(
            "verify: {required: true, keys: [all.pub]}\nregistries: {credentials: [pull.json], store: /s, plainHttp: [r:5000]}\n\
             plugins:\n- {name: a, source: \"oci://r:5000/a:1\"}\n- {name: b, source: b.wasm, verify: {keys: [/b.pub]}}\n\
             - {name: c, source: c.wasm, verify: {keys: []}}\n",
        );
        let mut config = config.unwrap();
        config.set(plugin_spec("d".to_owned(), Source::File("d.wasm".into())));
        let keys: Vec<_> = config
            .plugins
            .iter()
            .map(|spec| spec.verify.keys.clone())
            .collect();
        let all = vec![PathBuf::from("/etc/metawasm/all.pub")];
        assert_eq!(keys, [all.clone(), vec!["/b.pub".into()], vec![], all]);
        assert!(config.plugins.iter().all(|spec| spec.verify.required));
        config.require(&["flag.pub".into()], Some(false));
        let keys: Vec<_> = config
            .plugins
            .iter()
            .map(|spec| spec.verify.keys.clone())
            .collect();
        let flag = vec![PathBuf::from("flag.pub")];
        assert_eq!(keys, [flag.clone(), vec!["/b.pub".into()], vec![], flag]);
        assert!(!config.plugins.iter().any(|spec| spec.verify.required));
        let fetch = config.fetch;
        assert_eq!(
            fetch.registry.credentials,
            [PathBuf::from("/etc/metawasm/pull.json")]
        );
        assert_eq!(
            fetch.registry.plain_http.as_deref(),
            Some(&["r:5000".to_owned()][..])
        );
        assert_eq!(fetch.store.as_deref(), Some(Path::new("/s")));
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
