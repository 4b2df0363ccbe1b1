//! What the API server would refuse in the pod spec besides wrong shapes and missing fields, which
//! `normalize` has told of: in the parts that the plugin writes to, and what people get wrong in the
//! others.

use std::cmp::Ordering;

use super::lists::{MAX_ITEMS, list, objects, text};
use super::volumes::{self, Volumes};
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::quantity;
use crate::formats::syntax;
use crate::formats::written::quoted;
use crate::function::conventions::CONTAINER;

const MAX_CONTAINERS: usize = 32;
const MAX_VARIABLES: usize = 512;

/// `restart_policies` are those that the workload allows.
pub(super) fn validate(template: &Object<'_>, restart_policies: &[&str], notes: &mut Notes) {
    let at = Path::root("spec.serving.template");
    if let Some(policy) = text(template, "restartPolicy")
        && !restart_policies.contains(&policy)
    {
        notes.unsupported(&at.field("restartPolicy"), quoted(policy), restart_policies);
    }
    let is_replicated = restart_policies == ["Always"];
    for (field, is_refused, why) in [
        (
            "activeDeadlineSeconds",
            is_replicated,
            "only the pods of a Job may have a deadline",
        ),
        (
            "ephemeralContainers",
            true,
            "they are added to pods that run already, and are not allowed in a template",
        ),
    ] {
        if is_refused && template.contains(field) {
            notes.forbidden(&at.field(field), why);
        }
    }
    let volumes = volumes::validate(template, &at, notes);
    let mut names = Vec::new();
    for key in ["containers", "initContainers"] {
        let is_main = key == "containers";
        let containers = list(template, key);
        let at = at.field(key);
        notes.at_most(&at, containers.len(), MAX_CONTAINERS);
        for (index, container) in objects(containers).take(MAX_CONTAINERS) {
            validate_container(container, is_main, volumes, &mut names, &at.index(index), notes);
        }
    }
    let secrets = list(template, "imagePullSecrets");
    notes.at_most(&at.field("imagePullSecrets"), secrets.len(), MAX_ITEMS);
}

fn validate_container<'a>(
    container: &'a Object<'_>,
    is_main: bool,
    volumes: Volumes<'_>,
    names: &mut Vec<&'a str>,
    at: &Path<'_>,
    notes: &mut Notes,
) {
    let name_at = at.field("name");
    let name = text(container, "name").unwrap_or_default();
    if !name.is_empty() && !syntax::is_label(name) {
        notes.invalid(
            &name_at,
            quoted(name),
            "must be a DNS label: at most 63 lower-case letters, digits or '-', starting and ending with a letter or digit",
        );
    } else if !name.is_empty() && (names.contains(&name) || (!is_main && name == CONTAINER)) {
        // The container "function" is there even where the user has not written it.
        notes.duplicate(&name_at, quoted(name));
    }
    names.push(name);
    let image = text(container, "image").unwrap_or_default();
    if image.is_empty() && !(is_main && name == CONTAINER) {
        notes.required(
            &at.field("image"),
            "spec.image is the one of the container \"function\" alone",
        );
    }
    environment(container, at, notes);
    ports(container, at, notes);
    volumes::mounts(container, volumes, at, notes);
    resources(container, &at.field("resources"), notes);
}

fn environment(container: &Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    let variables = list(container, "env");
    let at = at.field("env");
    notes.at_most(&at, variables.len(), MAX_VARIABLES);
    for (index, variable) in objects(variables) {
        let at = at.index(index);
        let name = text(variable, "name").unwrap_or_default();
        if !name.is_empty() && !syntax::is_env_name(name) {
            notes.invalid(
                &at.field("name"),
                quoted(name),
                "must be the name of an environment variable: letters, digits, '_', '-' or '.', not starting with a digit",
            );
        }
        // An empty value has been taken for none.
        if text(variable, "value").is_some() && variable.contains("valueFrom") {
            notes.forbidden(
                &at.field("valueFrom"),
                "only one of value and valueFrom may be set",
            );
        }
    }
}

fn ports(container: &Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    let mut numbers = Vec::new();
    let mut names = Vec::new();
    let ports = list(container, "ports");
    let at = at.field("ports");
    notes.at_most(&at, ports.len(), MAX_ITEMS);
    for (index, port) in objects(ports).take(MAX_ITEMS) {
        let at = at.index(index);
        if let Some(number) = port.get("containerPort").and_then(Json::as_whole) {
            let at = at.field("containerPort");
            if !(1..=65535).contains(&number) {
                notes.invalid(&at, number, "must be between 1 and 65535");
            } else if numbers.contains(&number) {
                // Metacontroller merges ports by number, TCP and UDP alike.
                notes.duplicate(&at, number);
            } else {
                numbers.push(number);
            }
        }
        if let Some(name) = text(port, "name").filter(|name| !name.is_empty()) {
            if names.contains(&name) {
                notes.duplicate(&at.field("name"), quoted(name));
            }
            names.push(name);
        }
    }
}

/// Nobody may ask for more than is allowed. What is no quantity has been told of.
fn resources(container: &Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    let of = |list: &str| container.get("resources")?.get(list)?.as_object();
    let (Some(requests), Some(limits)) = (of("requests"), of("limits")) else {
        return;
    };
    for (name, request) in requests.iter() {
        let limit = limits.get(name).and_then(Json::as_text);
        if let (Some(request), Some(limit)) = (request.as_text(), limit)
            && quantity::compare(request, limit) == Some(Ordering::Greater)
        {
            notes.invalid(
                &at.field("requests").key(name),
                quoted(request),
                format_args!("must not be greater than the limit, which is {}", quoted(limit)),
            );
        }
    }
}
