//! The files that an import writes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::super::Failure;
use super::plan::{Plan, Plugin};
use super::scan::{CONFIG, Found, PLUGIN};
use crate::yaml;

/// Writes the files of a plan below a directory, and returns their paths. Nothing is written if a file exists with another content, unless
/// it is forced.
pub(super) fn write(root: &Path, found: &Found, plan: &Plan, force: bool) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for plugin in &plan.plugins {
        for script in plugin.copied.iter().filter_map(|index| found.scripts.get(*index)) {
            files.push((plugin.folder.join(&script.name), script.content.clone()));
        }
        files.push((plugin.folder.join(PLUGIN), described(plugin)?));
    }
    files.push((PathBuf::from(CONFIG), config(found, plan)?));

    let mut changed = Vec::new();
    for (path, text) in files {
        let path = root.join(path);
        match fs::read(&path) {
            Ok(old) if old == text.as_bytes() => {}
            Ok(_) if !force => {
                return Err(Failure::Usage(format!(
                    "{} exists; nothing was written; use --force to overwrite it",
                    path.display()
                )));
            }
            _ => changed.push((path, text)),
        }
    }
    for (path, text) in &changed {
        let failed = |error| Failure::Usage(format!("cannot write {}: {error}", path.display()));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::write(path, text).map_err(failed)?;
    }
    Ok(changed.into_iter().map(|(path, _)| path).collect())
}

fn described(plugin: &Plugin) -> Result<String, Failure> {
    let mut fields = Map::new();
    fields.insert("name".to_owned(), plugin.name.clone().into());
    fields.insert("hooks".to_owned(), json!(plugin.hooks));
    fields.extend(plugin.description.clone());
    yaml::encode(&Value::Object(fields)).map_err(Failure::refused)
}

fn config(found: &Found, plan: &Plan) -> Result<String, Failure> {
    let plugins = plan.plugins.iter().map(|plugin| {
        let folder = plugin.folder.to_string_lossy();
        let folder = if folder.is_empty() { "." } else { &*folder };
        json!({"name": plugin.name, "source": format!("file:{folder}")})
    });
    let mut fields = Map::new();
    if !found.definitions.is_empty() {
        fields.insert("crds".to_owned(), json!(found.definitions));
    }
    fields.insert("plugins".to_owned(), plugins.collect());
    let text = yaml::encode(&Value::Object(fields)).map_err(Failure::refused)?;
    Ok(format!("# Written by metawasm import.\n{text}"))
}
