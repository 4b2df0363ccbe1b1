//! The steps of a simulation, as a person writes them.

use std::path::Path;

use metawasm_contract::request::identity;
use metawasm_contract::scope::of_kubernetes;
use metawasm_contract::{Hook, Scope};
use metawasm_formats::duration::positive;
use metawasm_model::Id;
use metawasm_model::server::Defaulter;
use metawasm_model::simulation::{Event, Step};
use serde::Deserialize;
use serde_json::Value;

use crate::cli::Failure;
use crate::cli::offline;
use crate::yaml;

/// Steps of a script.
const MOST: usize = 1000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    steps: Vec<StepEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    expecting = "a mapping with one event"
)]
struct StepEntry {
    name: Option<String>,
    #[serde(default)]
    deletes: Vec<String>,
    edit: Option<Value>,
    edit_object: Option<EditObject>,
    delete_object: Option<Named>,
    add: Option<Value>,
    default: Option<DefaultEntry>,
    fail: Option<Fail>,
    ready: Option<bool>,
    wait: Option<String>,
    restart: Option<bool>,
    delete: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EditObject {
    kind: String,
    name: String,
    patch: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    kind: String,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DefaultEntry {
    kind: String,
    api_version: Option<String>,
    set: Value,
    #[serde(default)]
    force: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fail {
    hook: String,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

/// Reads a script.
pub(super) fn read(path: &Path) -> Result<Vec<Step>, Failure> {
    parse(&offline::read(path)?, path)
}

fn parse(text: &str, path: &Path) -> Result<Vec<Step>, Failure> {
    let script: Script = yaml::decode(text, path).map_err(Failure::usage)?;
    if script.steps.len() > MOST {
        return Err(Failure::Usage(format!(
            "{}: {} steps; at most {MOST} are allowed",
            path.display(),
            script.steps.len()
        )));
    }
    let steps = script.steps.into_iter().enumerate();
    steps
        .map(|(index, entry)| {
            entry
                .step()
                .map_err(|why| Failure::Usage(format!("{}: steps[{index}]: {why}", path.display())))
        })
        .collect()
}

/// Reads steps that are decoded already.
pub(in crate::cli) fn steps(entries: &[Value]) -> Result<Vec<Step>, Failure> {
    let steps = entries.iter().enumerate();
    steps
        .map(|(index, entry)| {
            StepEntry::deserialize(entry)
                .map_err(|error| error.to_string())
                .and_then(StepEntry::step)
                .map_err(|why| Failure::Usage(format!("steps[{index}]: {why}")))
        })
        .collect()
}

const FIELDS: &str = "edit, editObject, deleteObject, add, default, fail, ready, wait, restart, delete";

impl StepEntry {
    fn step(self) -> Result<Step, String> {
        let mut events = Vec::new();
        if let Some(patch) = self.edit {
            events.push((title("edit", &patch), Event::Edit(patch)));
        }
        if let Some(EditObject { kind, name, patch }) = self.edit_object {
            events.push((
                format!("edit {kind}/{name}"),
                Event::EditObject { kind, name, patch },
            ));
        }
        if let Some(Named { kind, name }) = self.delete_object {
            events.push((
                format!("delete {kind}/{name}"),
                Event::DeleteObject { kind, name },
            ));
        }
        if let Some(object) = self.add {
            identity(&object, "the object of add").map_err(|error| error.to_string())?;
            let namespaced = is_namespaced(&object);
            events.push((
                format!("add {}", Id::of(&object)),
                Event::Add { object, namespaced },
            ));
        }
        if let Some(entry) = self.default {
            let title = title(&format!("default {}", entry.kind), &entry.set);
            events.push((title, Event::Default(entry.into())));
        }
        if let Some(Fail { hook, times }) = self.fail {
            let hook = hook.parse::<Hook>().map_err(|error| error.to_string())?;
            events.push((format!("fail {hook} {times} times"), Event::Fail { hook, times }));
        }
        for (is_set, title, event) in [
            (self.ready, "ready", Event::Ready),
            (self.restart, "restart", Event::Restart),
            (self.delete, "delete", Event::Delete),
        ] {
            match is_set {
                Some(true) => events.push((title.to_owned(), event)),
                Some(false) => return Err(format!("`{title}: false` does nothing; remove it")),
                None => {}
            }
        }
        if let Some(wait) = self.wait {
            let duration = positive(&wait).ok_or_else(|| {
                format!("invalid duration {wait:?} in wait; expected for example 10m or 1h30m")
            })?;
            events.push((format!("wait {wait}"), Event::Wait(duration.as_secs())));
        }
        let mut events = events.into_iter();
        match (events.next(), events.next()) {
            (Some((title, event)), None) => Ok(Step {
                event,
                name: self.name.unwrap_or(title),
                deletes: self.deletes,
            }),
            (None, _) => Err(format!("expected one of {FIELDS}")),
            (Some((one, _)), Some((other, _))) => Err(format!(
                "a step has one event, but this one has \"{one}\" and \"{other}\"; make them two steps"
            )),
        }
    }
}

impl From<DefaultEntry> for Defaulter {
    fn from(entry: DefaultEntry) -> Self {
        let DefaultEntry {
            kind,
            api_version,
            set,
            force,
        } = entry;
        Self {
            kind,
            api_version,
            set,
            force,
        }
    }
}

/// A verb and the first field that a patch sets: `edit spec.replicas`.
fn title(verb: &str, patch: &Value) -> String {
    let mut path = String::new();
    let mut at = patch;
    while let Some((key, below)) = at.as_object().and_then(|object| object.iter().next()) {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
        at = below;
    }
    format!("{verb} {path}").trim_end().to_owned()
}

/// Whether an object belongs into a namespace: all but those of Kubernetes' own kinds that are known not to.
pub(super) fn is_namespaced(object: &Value) -> bool {
    let id = Id::of(object);
    let group = metawasm_contract::object::group_of(&id.api_version);
    of_kubernetes(group, &id.kind) != Some(Scope::Cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Result<Vec<Step>, String> {
        parse(text, Path::new("s.yaml")).map_err(|failure| match failure {
            Failure::Usage(why) => why,
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn steps_are_named_after_what_they_do() {
        let text = "steps:\n- edit: {spec: {replicas: 2}}\n- edit: {}\n  name: touch\n  deletes: [ConfigMap]\n\
            - deleteObject: {kind: ConfigMap, name: a}\n- add: {apiVersion: v1, kind: Secret, metadata: {name: s}}\n\
            - default: {kind: ConfigMap, set: {data: {a: b}}, force: true}\n- fail: {hook: sync, times: 2}\n\
            - ready: true\n- wait: 10m\n- restart: true\n- editObject: {kind: D, name: d, patch: {}}\n- delete: true\n";
        let steps = steps(text).unwrap();
        let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "edit spec.replicas",
                "touch",
                "delete ConfigMap/a",
                "add Secret/s",
                "default ConfigMap data.a",
                "fail sync 2 times",
                "ready",
                "wait 10m",
                "restart",
                "edit D/d",
                "delete",
            ]
        );
        assert_eq!(steps[7].event, Event::Wait(600));
        assert_eq!(steps[1].deletes, ["ConfigMap"]);
    }

    #[test]
    fn a_wrong_step_is_named_with_its_place() {
        for (text, words) in [
            ("steps:\n- edt: {}\n", "unknown field"),
            ("steps:\n- name: x\n", "steps[0]: expected one of edit, "),
            ("steps:\n- ready: true\n  restart: true\n", "a step has one event"),
            ("steps:\n- wait: soon\n", "steps[0]: invalid duration \"soon\""),
            ("steps:\n- fail: {hook: x}\n", "steps[0]: unknown hook \"x\""),
            ("steps:\n- ready: false\n", "`ready: false` does nothing"),
            ("steps:\n- add: {kind: Secret}\n", "apiVersion is required"),
        ] {
            let why = steps(text).unwrap_err();
            assert!(
                why.starts_with("s.yaml: ") && why.contains(words),
                "{text}: {why}"
            );
        }
    }
}
