//! What the API server would refuse in the pod spec: in the parts that the plugin writes to, and
//! what people get wrong in the others. A field that is not known here passes through.

use std::cmp::Ordering;

use super::syntax;
use super::volumes::{self, Volumes};
use crate::children::CONTAINER;
use crate::json::{Json, Object};
use crate::notes::{Notes, Path};
use crate::quantity;
use crate::written::{quoted, shown};

const MAX_CONTAINERS: usize = 32;
const MAX_VARIABLES: usize = 512;
/// What is compared with each other is limited.
pub(super) const MAX_ITEMS: usize = 256;

/// Lists of which only the shape is checked: of objects.
const POD_LISTS: [&str; 7] = [
    "ephemeralContainers",
    "hostAliases",
    "readinessGates",
    "resourceClaims",
    "schedulingGates",
    "tolerations",
    "topologySpreadConstraints",
];
const CONTAINER_LISTS: [&str; 3] = ["envFrom", "resizePolicy", "volumeDevices"];
/// Lists of strings.
const CONTAINER_TEXTS: [&str; 2] = ["args", "command"];
const PULL_POLICIES: [&str; 3] = ["Always", "IfNotPresent", "Never"];

/// `restart_policies` are those that the workload allows.
pub(super) fn validate(template: &Object<'_>, restart_policies: &[&str], notes: &mut Notes) {
    let at = Path::root("spec.serving.template");
    if let Some(policy) = string(template, "restartPolicy", &at, notes)
        && !restart_policies.contains(&policy)
    {
        notes.unsupported(&at.field("restartPolicy"), quoted(policy), restart_policies);
    }
    for list in POD_LISTS {
        objects_of(template, list, &at, notes);
    }
    let volumes = volumes::validate(template, &at, notes);
    let mut names = Vec::new();
    for list in ["containers", "initContainers"] {
        let is_main = list == "containers";
        let containers = objects_of(template, list, &at, notes);
        let at = at.field(list);
        notes.at_most(&at, containers.len(), MAX_CONTAINERS);
        for (index, container) in objects(containers).take(MAX_CONTAINERS) {
            validate_container(container, is_main, volumes, &mut names, &at.index(index), notes);
        }
    }
    let secrets = objects_of(template, "imagePullSecrets", &at, notes);
    let at = at.field("imagePullSecrets");
    notes.at_most(&at, secrets.len(), MAX_ITEMS);
    for (index, secret) in objects(secrets) {
        string(secret, "name", &at.index(index), notes);
    }
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
    let name = string(container, "name", at, notes).unwrap_or_default();
    if name.is_empty() {
        notes.required(&name_at, "every container has a name");
    } else if !syntax::is_label(name) {
        notes.invalid(
            &name_at,
            quoted(name),
            "must be a DNS label: at most 63 lower-case letters, digits or '-', with a letter or digit at both ends",
        );
    } else if names.contains(&name) || (!is_main && name == CONTAINER) {
        // The container "function" is there even where the user has not written it.
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
    if let Some(policy) = string(container, "imagePullPolicy", at, notes)
        && !PULL_POLICIES.contains(&policy)
    {
        notes.unsupported(&at.field("imagePullPolicy"), quoted(policy), &PULL_POLICIES);
    }
    for list in CONTAINER_LISTS {
        objects_of(container, list, at, notes);
    }
    for list in CONTAINER_TEXTS {
        list_of(
            container.get(list),
            Json::as_text,
            "a string",
            &at.field(list),
            notes,
        );
    }
    environment(container, at, notes);
    ports(container, at, notes);
    volumes::mounts(container, volumes, at, notes);
    resources(container, &at.field("resources"), notes);
}

fn environment(container: &Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    let variables = objects_of(container, "env", at, notes);
    let at = at.field("env");
    notes.at_most(&at, variables.len(), MAX_VARIABLES);
    for (index, variable) in objects(variables) {
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
        // An empty value has been taken for none.
        if string(variable, "value", &at, notes).is_some() && variable.contains("valueFrom") {
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
    let ports = objects_of(container, "ports", at, notes);
    let at = at.field("ports");
    notes.at_most(&at, ports.len(), MAX_ITEMS);
    for (index, port) in objects(ports).take(MAX_ITEMS) {
        let at = at.index(index);
        let number_at = at.field("containerPort");
        match port.get("containerPort") {
            None | Some(Json::Null) => notes.required(&number_at, "the number of the port"),
            Some(value) => match integer(value) {
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

/// A list of objects below `at`, checked; empty where there is none.
fn objects_of<'a>(object: &'a Object<'_>, key: &str, at: &Path<'_>, notes: &mut Notes) -> &'a [Json<'a>] {
    let list = list_of(
        object.get(key),
        Json::as_object,
        "an object",
        &at.field(key),
        notes,
    );
    list.unwrap_or_default()
}

/// A list, of which every element must be something; none where it is no list.
pub(super) fn list_of<'a, T>(
    value: Option<&'a Json<'a>>,
    read: impl Fn(&'a Json<'a>) -> Option<T>,
    wanted: &str,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Option<&'a [Json<'a>]> {
    let list = match value {
        None => return Some(&[]),
        Some(Json::List(list)) => list,
        // Said already.
        Some(Json::Null) => return None,
        Some(other) => {
            notes.invalid(at, shown(other), "must be a list");
            return None;
        }
    };
    for (index, element) in list.iter().enumerate() {
        // A null has been told of.
        if read(element).is_none() && !matches!(element, Json::Null) {
            notes.invalid(&at.index(index), shown(element), format_args!("must be {wanted}"));
        }
    }
    Some(list)
}

/// The elements that are objects, each with its index.
pub(super) fn objects<'a>(list: &'a [Json<'a>]) -> impl Iterator<Item = (usize, &'a Object<'a>)> {
    let all = list.iter().enumerate();
    all.filter_map(|(index, element)| Some((index, element.as_object()?)))
}

fn integer(value: &Json<'_>) -> Option<i64> {
    match value {
        Json::Number(number) => number.as_i64(),
        _ => None,
    }
}

/// A member that must be a string where it is there.
pub(super) fn string<'a>(
    object: &'a Object<'_>,
    key: &str,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Option<&'a str> {
    match object.get(key)? {
        Json::Text(text) => Some(text),
        // Said already.
        Json::Null => None,
        other => {
            notes.invalid(&at.field(key), shown(other), "must be a string");
            None
        }
    }
}
