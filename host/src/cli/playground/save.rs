//! Saving a call as a case of `metawasm test`.

use std::fs;
use std::io;
use std::path::Path;

use metawasm_contract::Hook;
use metawasm_formats::shell::word;
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::call::parsed;
use super::hosted::Hosted;
use super::problem::Problem;
use crate::cli::cases::{EXPECTED, OPTIONS, PARENT, SETTINGS};
use crate::yaml;

/// Bytes of a name.
const MOST: usize = 63;

/// Writes the case: its directory is new.
pub(super) fn save(hosted: &mut Hosted, cases: &Path, asked: &Asked) -> Result<Value, Problem> {
    let name = name(&asked.name)?;
    let hook = asked.hook()?;
    hosted.refresh(&asked.settings)?;
    let plugin = hosted.offline.plugin()?;
    let with = asked.with(plugin)?;
    let cluster = asked.cluster(plugin, hosted.start.controller.as_ref())?;
    let request = asked.request(&cluster, hook)?;
    let answer = hosted.offline.call(hook, request.as_bytes())?;
    let mut files = vec![(PARENT, vec![asked.parent.clone()])];
    for (file, objects) in [
        ("observed.yaml", &asked.observed),
        ("related.yaml", &asked.related),
    ] {
        if !objects.is_empty() {
            files.push((file, objects.clone()));
        }
    }
    if asked
        .settings
        .as_object()
        .is_some_and(|settings| !settings.is_empty())
    {
        files.push((SETTINGS, vec![asked.settings.clone()]));
    }
    let mut options = Map::new();
    if hook != Hook::Sync {
        options.insert("hook".to_owned(), hook.as_str().into());
    }
    if !with.is_empty() {
        options.insert("with".to_owned(), with.into());
    }
    if !options.is_empty() {
        files.push((OPTIONS, vec![Value::Object(options)]));
    }
    files.push((EXPECTED, vec![parsed(&answer)?]));
    let directory = cases.join(name);
    write(&directory, &files)?;
    let names: Vec<&str> = files.iter().map(|(file, _)| *file).collect();
    Ok(json!({
        "path": directory.display().to_string(),
        "files": names,
        "command": command(hosted, &directory),
    }))
}

/// The command that tests the case as it was answered.
fn command(hosted: &Hosted, directory: &Path) -> String {
    let mut words = vec!["metawasm test".to_owned(), word(&hosted.start.source)];
    words.extend(hosted.start.flags.iter().cloned());
    words.push(word(&directory.display().to_string()));
    words.join(" ")
}

fn name(name: &str) -> Result<&str, Problem> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > MOST || name.starts_with('-') || !name.chars().all(is_inner) {
        return Err(Problem::Invalid(format!(
            "invalid name of a case; expected 1 to {MOST} lower-case letters, digits and hyphens, not starting with a hyphen"
        )));
    }
    Ok(name)
}

/// Writes the files into a new directory, which is there with all of them or not at all.
fn write(directory: &Path, files: &[(&str, Vec<Value>)]) -> Result<(), Problem> {
    let failed =
        |path: &Path, error: io::Error| Problem::Failed(format!("cannot write {}: {error}", path.display()));
    if directory.exists() {
        return Err(Problem::Exists(format!(
            "{} exists; choose another name",
            directory.display()
        )));
    }
    // The dot keeps `metawasm test` from reading it.
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = directory.with_file_name(format!(".{name}.unfinished"));
    fs::remove_dir_all(&unfinished).ok();
    fs::create_dir_all(&unfinished).map_err(|error| failed(&unfinished, error))?;
    for (file, documents) in files {
        let texts: Result<Vec<String>, _> = documents.iter().map(yaml::encode).collect();
        let text = texts
            .map_err(|error| Problem::Failed(error.to_string()))?
            .join("---\n");
        let path = unfinished.join(file);
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    fs::rename(&unfinished, directory).map_err(|error| failed(directory, error))
}
