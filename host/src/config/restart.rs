//! Fields of the configuration that need a restart.

use super::Config;
use crate::catalogue::FetchOptions;

/// A field or section of the file, and a function that compares it in two configurations.
type Field = (&'static str, fn(&Config, &Config) -> bool);

/// Fields that are read only at the start. The contents of certificates and secrets, and the fields of `LIVE`, are
/// reloaded and not listed here.
const FIELDS: &[Field] = &[
    ("listen", |old, new| old.serve.listen == new.serve.listen),
    ("admin", |old, new| old.serve.admin == new.serve.admin),
    ("page", |old, new| old.serve.page == new.serve.page),
    ("body", |old, new| old.serve.body == new.serve.body),
    ("grace", |old, new| old.serve.grace == new.serve.grace),
    ("tls", |old, new| old.serve.tls == new.serve.tls),
    ("plain", |old, new| old.serve.plain == new.serve.plain),
    ("auth", |old, new| old.serve.auth == new.serve.auth),
    ("connections", |old, new| {
        old.serve.connections == new.serve.connections
    }),
    ("traces", |old, new| old.serve.traces == new.serve.traces),
    ("concurrency", |old, new| old.concurrency == new.concurrency),
    ("compile", |old, new| old.compile == new.compile),
    ("queue", |old, new| old.queue == new.queue),
    ("workers", |old, new| old.workers == new.workers),
    ("memo", |old, new| old.memo == new.memo),
    ("applyStrategy", |old, new| {
        old.apply_strategy == new.apply_strategy
    }),
    ("schema", |old, new| old.schema == new.schema),
    ("crds", |old, new| old.crds == new.crds),
    ("record", |old, new| old.record == new.record),
    ("engines", |old, new| old.fetch.engines == new.fetch.engines),
    ("registries", |old, new| {
        let engines = new.fetch.engines.clone();
        FetchOptions {
            engines,
            ..old.fetch.clone()
        } == new.fetch
    }),
    ("log.format", |old, new| old.log.format == new.log.format),
];

/// Fields that take effect with a reload.
#[cfg(test)]
const LIVE: [&str; 4] = ["plugins", "reload", "verify", "log"];

impl Config {
    /// Returns the changed fields of a new configuration that need a restart.
    pub fn restart_for(&self, new: &Self) -> Vec<&'static str> {
        let fields = FIELDS.iter().filter(|(_, same)| !same(self, new));
        let mut fields: Vec<_> = fields.map(|(name, _)| *name).collect();
        let mut filtered = new.clone();
        filtered.log.filter.clone_from(&self.log.filter);
        filtered.plugins.clone_from(&self.plugins);
        filtered.verify.clone_from(&self.verify);
        filtered.reload = self.reload;
        if fields.is_empty() && filtered != *self {
            fields.push("others");
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn config(text: &str) -> Config {
        Config::parse(text, Path::new("c.yaml")).unwrap()
    }

    #[test]
    fn every_field_but_plugins_and_the_log_filter_needs_a_restart() {
        let plugin = "plugins: [{name: a, source: \"file:a.wasm\"}]\n";
        let old = config(plugin);
        for (line, fields) in [
            ("", &[][..]),
            ("log: {filter: debug}\n", &[]),
            ("reload: {files: 1s}\n", &[]),
            ("log: {format: json}\n", &["log.format"]),
            ("listen: 127.0.0.1:9\n", &["listen"]),
            ("admin: 127.0.0.1:9\n", &["admin"]),
            ("page: false\n", &["page"]),
            ("body: 1Mi\ngrace: 1s\n", &["body", "grace"]),
            ("tls: {cert: a, key: b}\n", &["tls"]),
            ("plain: true\n", &["plain"]),
            ("auth: {bearer: a}\n", &["auth"]),
            ("connections: {most: 3}\n", &["connections"]),
            ("traces: {sample: 0.5}\n", &["traces"]),
            (
                "concurrency: 3\nqueue: 4\nworkers: 5\n",
                &["concurrency", "queue", "workers"],
            ),
            ("compile: {time: 5s}\n", &["compile"]),
            ("memo: {enabled: false}\n", &["memo"]),
            ("record: {directory: r}\n", &["record"]),
            (
                "applyStrategy: server-side-apply\nschema: off\ncrds: [a]\n",
                &["applyStrategy", "schema", "crds"],
            ),
            ("registries: {idle: 1s}\n", &["registries"]),
            ("engines: {directory: e}\n", &["engines"]),
            ("engines: {sources: {lua: lua.wasm}}\n", &["engines"]),
            ("verify: {required: true}\n", &[]),
        ] {
            assert_eq!(
                old.restart_for(&config(&format!("{plugin}{line}"))),
                fields,
                "{line}"
            );
        }
        for plugins in [
            "plugins: [{name: b, source: \"file:a.wasm\"}]",
            "plugins: [{name: a, source: \"file:b.wasm\"}]",
            "plugins: [{name: a, source: \"file:a.wasm\", settings: {x: 1}}]",
            "plugins: [{name: a, source: \"file:a.wasm\", limits: {deadline: 1s}}]",
            "plugins: [{name: a, source: \"file:a.wasm\", deletions: 50%}]",
            "plugins: [{name: a, source: \"file:a.wasm\", shadow: \"file:b.wasm\"}]",
            "plugins: [{name: a, source: \"file:a.wasm\"}, {name: b, source: \"file:b.wasm\"}]",
        ] {
            assert!(old.restart_for(&config(plugins)).is_empty(), "{plugins}");
            assert_ne!(old.plugins, config(plugins).plugins);
        }
    }

    /// A field of the file that the table lacks is one that nobody is told of.
    #[test]
    fn the_table_has_every_field_of_the_file() {
        let reference = crate::config::reference();
        let fields = reference.lines().filter_map(|line| {
            let name = line.strip_prefix("| `")?.split('`').next()?;
            (!name.contains(['.', '['])).then_some(name)
        });
        for field in fields.filter(|field| !LIVE.contains(field)) {
            assert!(FIELDS.iter().any(|(name, _)| *name == field), "{field}");
        }
    }
}
