//! Which hooks a controller has, and where its plugin is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use metawasm_contract::Hook;
use serde_json::{Map, Value};

use super::scan::{Found, Manifest, Script, field};
use crate::catalogue::describe_controller;
use crate::config::plugin_name;

/// The directory of plugins whose hooks have none of their own.
const PLUGINS: &str = "plugins";

/// A plugin for a controller.
pub(super) struct Plugin {
    /// The index of the controller.
    pub(super) controller: usize,
    pub(super) name: String,
    /// Its directory, relative to the imported one.
    pub(super) folder: PathBuf,
    /// The indexes of the scripts to copy into the directory. Empty: they are there.
    pub(super) copied: Vec<usize>,
    /// The file of each hook.
    pub(super) hooks: BTreeMap<&'static str, String>,
    /// Its fields in `plugin.yaml`.
    pub(super) description: Map<String, Value>,
}

/// What is done with a directory.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) plugins: Vec<Plugin>,
    /// Controllers that cannot be served, each a sentence.
    pub(super) left: Vec<String>,
}

impl Plan {
    pub(super) fn new(found: &Found) -> Self {
        let mut plan = Self::default();
        for (index, manifest) in found.controllers.iter().enumerate() {
            match plugin(found, index, manifest) {
                Ok(mut plugin) => {
                    plugin.name = plan.free(&plugin.name);
                    plan.plugins.push(plugin);
                }
                Err(why) => plan.left.push(format!(
                    "{} {} ({}): {why}",
                    field(&manifest.object, "/kind"),
                    field(&manifest.object, "/metadata/name"),
                    manifest.path.display()
                )),
            }
        }
        plan.copy_shared(found);
        plan
    }

    /// A name that no plugin has.
    fn free(&self, name: &str) -> String {
        let taken = |name: &str| self.plugins.iter().any(|plugin| plugin.name == name);
        let mut free = name.to_owned();
        let mut number = 2;
        while taken(&free) {
            free = format!("{name}-{number}");
            number += 1;
        }
        free
    }

    /// A directory has one `plugin.yaml`: where several plugins have their hooks in one, or in a ConfigMap, each gets a copy.
    fn copy_shared(&mut self, found: &Found) {
        let folders: Vec<PathBuf> = self.plugins.iter().map(|plugin| plugin.folder.clone()).collect();
        for plugin in &mut self.plugins {
            let shared = folders.iter().filter(|folder| **folder == plugin.folder).count() > 1;
            let all = found.scripts.iter().enumerate();
            let siblings = all
                .filter(|(_, script)| script.ending() != "py" && script.folder.starts_with(&plugin.folder));
            let siblings: Vec<(usize, &Script)> = siblings.collect();
            let in_config_map = siblings
                .iter()
                .any(|(_, script)| script.config_map.is_some() && script.folder == plugin.folder);
            if shared || in_config_map {
                plugin.copied = siblings.iter().map(|(index, _)| *index).collect();
                plugin.folder = Path::new(PLUGINS).join(&plugin.name);
            }
        }
    }

    /// Says what is served, and what is not.
    pub(super) fn words(&self) -> Vec<String> {
        let served = self.plugins.iter().map(|plugin| {
            let hooks: Vec<String> = plugin
                .hooks
                .iter()
                .map(|(hook, file)| format!("{hook} by {file}"))
                .collect();
            format!("plugin {}: {}", plugin.name, hooks.join(", "))
        });
        let left = self
            .left
            .iter()
            .map(|sentence| format!("warning: not served: {sentence}"));
        served.chain(left).collect()
    }
}

/// Returns the plugin of a controller, or a sentence that says why it has none.
fn plugin(found: &Found, index: usize, manifest: &Manifest) -> Result<Plugin, String> {
    let hooks = manifest.object.pointer("/spec/hooks").and_then(Value::as_object);
    let mut chosen: Vec<(&'static str, &Script)> = Vec::new();
    for hook in Hook::ALL.map(Hook::as_str) {
        let Some(webhook) = hooks
            .and_then(|hooks| hooks.get(hook))
            .filter(|hook| !hook.is_null())
        else {
            continue;
        };
        let path = path(webhook);
        chosen.push((hook, script(found, manifest, hook, &path)?));
    }
    let Some((_, first)) = chosen.first() else {
        return Err("it has no hooks".to_owned());
    };
    if let Some((hook, other)) = chosen.iter().find(|(_, script)| script.folder != first.folder) {
        return Err(format!(
            "its hooks are in several directories: {} and {} ({hook}); move them into one",
            first.folder.join(&first.name).display(),
            other.folder.join(&other.name).display()
        ));
    }
    let described = describe_controller(&manifest.object, &found.objects, &manifest.path);
    let described = described.map_err(|error| error.to_string())?;
    let name = field(&manifest.object, "/metadata/name");
    Ok(Plugin {
        controller: index,
        name: valid_name(name),
        folder: first.folder.clone(),
        copied: Vec::new(),
        hooks: chosen
            .iter()
            .map(|(hook, script)| (*hook, script.name.clone()))
            .collect(),
        description: described,
    })
}

/// The path of a webhook's URL, without slashes at its ends.
fn path(webhook: &Value) -> String {
    let url = field(webhook, "/webhook/url");
    let after_host = url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let path = match after_host {
        Some((_, path)) => path,
        None => field(webhook, "/webhook/path"),
    };
    path.split(['?', '#'])
        .next()
        .unwrap_or_default()
        .trim_matches('/')
        .to_owned()
}

/// The script that answers the path of a URL: the one whose name is the end of the path, nearest to the controller.
fn script<'a>(found: &'a Found, manifest: &Manifest, hook: &str, path: &str) -> Result<&'a Script, String> {
    let near = manifest.path.parent().unwrap_or(Path::new(""));
    let wanted = path.rsplit('/').next().unwrap_or_default();
    let wanted = SCRIPT_ENDINGS
        .iter()
        .find_map(|ending| wanted.strip_suffix(ending))
        .unwrap_or(wanted);
    let hooks = || found.scripts.iter().filter(|script| script.is_hook());
    let named = hooks().filter(|script| script.stem() == wanted);
    let best = named.min_by_key(|script| distance(near, &script.folder));
    // The only hook beside the controller answers whatever its URL is.
    let beside: Vec<&Script> = hooks()
        .filter(|script| distance(near, &script.folder) <= 1)
        .collect();
    if let Some(script) = best.or_else(|| if let [only] = *beside { Some(only) } else { None }) {
        return Ok(script);
    }
    let python = found.scripts.iter().filter(|script| script.ending() == "py");
    if let Some(python) = python
        .min_by_key(|script| distance(near, &script.folder))
        .filter(|script| distance(near, &script.folder) <= 2)
    {
        return Err(format!(
            "{} is a server in Python, which no engine runs; build it as a component (docs/languages/python.md)",
            python.folder.join(&python.name).display()
        ));
    }
    Err(format!(
        "no file answers its {hook} hook (path /{path}): expected {0}.js or {0}.jsonnet in the directory or in a ConfigMap; code inside of \
         an image cannot be imported",
        if wanted.is_empty() { hook } else { wanted }
    ))
}

const SCRIPT_ENDINGS: [&str; 2] = [".js", ".jsonnet"];

/// Steps from one directory to another.
fn distance(from: &Path, to: &Path) -> usize {
    let common = from
        .components()
        .zip(to.components())
        .take_while(|(one, other)| one == other)
        .count();
    from.components().count() + to.components().count() - 2 * common
}

/// A name of a plugin from that of a controller, which may have dots.
fn valid_name(name: &str) -> String {
    let text: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .take(60)
        .collect();
    let text = text.trim_matches('-').to_owned();
    if plugin_name(&text).is_ok() {
        text
    } else {
        "hook".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_url() {
        for (url, expected) in [
            ("http://hooks.ns/sync", "sync"),
            ("https://hooks.ns:8443/a/sync.js?x=1", "a/sync.js"),
            ("http://hooks.ns", ""),
            ("/sync", ""),
        ] {
            assert_eq!(
                path(&serde_json::json!({"webhook": {"url": url}})),
                expected,
                "{url}"
            );
        }
        assert_eq!(
            path(&serde_json::json!({"webhook": {"path": "/sync", "service": {"name": "a"}}})),
            "sync"
        );
    }

    #[test]
    fn names_of_plugins_and_distances() {
        assert_eq!(valid_name("My.Controller"), "my-controller");
        assert_eq!(valid_name("---"), "hook");
        for (from, to, steps) in [("", "", 0), ("a", "a/b", 1), ("a/b", "a/c", 2), ("a/b", "", 2)] {
            assert_eq!(distance(Path::new(from), Path::new(to)), steps, "{from} {to}");
        }
    }
}
