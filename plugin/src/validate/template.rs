//! What the API server would refuse in the pod spec, in the parts that the plugin writes to.

use serde_json::{Map, Value};

use super::syntax;
use crate::api::field::{quoted, shown};
use crate::children::CONTAINER;
use crate::notes::{Notes, Path};

const MAX_CONTAINERS: usize = 32;
const MAX_VARIABLES: usize = 512;

type Object = Map<String, Value>;

/// `in_deployment` where the pods are those of a Deployment, which always restarts them.
pub(super) fn validate(template: &Object, in_deployment: bool, notes: &mut Notes) {
    let at = Path::root("spec.serving.template");
    if let Some(policy) = string(template, "restartPolicy", &at, notes)
        && in_deployment
        && policy != "Always"
    {
        notes.unsupported(&at.field("restartPolicy"), quoted(policy), &["Always"]);
    }
    let mut names = Vec::new();
    for list in ["containers", "initContainers"] {
        let is_main = list == "containers";
        let at = at.field(list);
        let containers = objects(template.get(list), &at, notes);
        notes.at_most(&at, containers.len(), MAX_CONTAINERS);
        for (index, container) in containers {
            validate_container(container, is_main, &mut names, &at.index(index), notes);
        }
    }
    let at = at.field("imagePullSecrets");
    for (index, secret) in objects(template.get("imagePullSecrets"), &at, notes) {
        string(secret, "name", &at.index(index), notes);
    }
}

fn validate_container<'a>(
    container: &'a Object,
    is_main: bool,
    names: &mut Vec<&'a str>,
    at: &Path<'_>,
    notes: &mut Notes,
) {
    let name_at = at.field("name");
    let name = string(container, "name", at, notes).unwrap_or_default();
    if name.is_empty() {
        notes.required(&name_at, "every container has a name");
    } else if !syntax::is_label(name) {
        notes.invalid(
            &name_at,
            quoted(name),
            "must be a DNS label: at most 63 lower-case letters, digits or '-', with a letter or digit at both ends",
        );
    } else if names.contains(&name) {
        notes.duplicate(&name_at, quoted(name));
    }
    names.push(name);
    let image = string(container, "image", at, notes).unwrap_or_default();
    if image.is_empty() && !(is_main && name == CONTAINER) {
        notes.required(
            &at.field("image"),
            "spec.image is that of the container \"function\" alone",
        );
    }
    environment(container, &at.field("env"), notes);
    ports(container, &at.field("ports"), notes);
}

fn environment(container: &Object, at: &Path<'_>, notes: &mut Notes) {
    let variables = objects(container.get("env"), at, notes);
    notes.at_most(at, variables.len(), MAX_VARIABLES);
    for (index, variable) in variables {
        let at = at.index(index);
        let name_at = at.field("name");
        match string(variable, "name", &at, notes) {
            None | Some("") => notes.required(&name_at, "every variable has a name"),
            Some(name) if !syntax::is_env_name(name) => notes.invalid(
                &name_at,
                quoted(name),
                "must be the name of an environment variable: letters, digits, '_', '-' or '.', with no digit in front",
            ),
            Some(_) => {}
        }
        string(variable, "value", &at, notes);
    }
}

fn ports(container: &Object, at: &Path<'_>, notes: &mut Notes) {
    let mut numbers = Vec::new();
    let mut names = Vec::new();
    for (index, port) in objects(container.get("ports"), at, notes) {
        let at = at.index(index);
        let number_at = at.field("containerPort");
        match port.get("containerPort") {
            None => notes.required(&number_at, "the number of the port"),
            Some(value) => match value.as_i64() {
                Some(number) if !(1..=65535).contains(&number) => {
                    notes.invalid(&number_at, number, "must be between 1 and 65535");
                }
                // Metacontroller merges ports by number, TCP and UDP alike.
                Some(number) if numbers.contains(&number) => notes.duplicate(&number_at, number),
                Some(number) => numbers.push(number),
                None => notes.invalid(&number_at, shown(value), "must be a whole number"),
            },
        }
        if let Some(name) = string(port, "name", &at, notes).filter(|name| !name.is_empty()) {
            if names.contains(&name) {
                notes.duplicate(&at.field("name"), quoted(name));
            }
            names.push(name);
        }
    }
}

/// The elements of a list of objects, each with its index.
fn objects<'a>(value: Option<&'a Value>, at: &Path<'_>, notes: &mut Notes) -> Vec<(usize, &'a Object)> {
    let list = match value {
        None => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(other) => {
            notes.invalid(at, shown(other), "must be a list");
            return Vec::new();
        }
    };
    let mut all = Vec::with_capacity(list.len());
    for (index, element) in list.iter().enumerate() {
        match element {
            Value::Object(object) => all.push((index, object)),
            // Said already.
            Value::Null => {}
            other => notes.invalid(&at.index(index), shown(other), "must be an object"),
        }
    }
    all
}

/// A member that must be a string where it is there.
fn string<'a>(object: &'a Object, key: &str, at: &Path<'_>, notes: &mut Notes) -> Option<&'a str> {
    match object.get(key)? {
        Value::String(text) => Some(text),
        other => {
            notes.invalid(&at.field(key), shown(other), "must be a string");
            None
        }
    }
}
