//! What is read of Metacontroller's sync request.
//!
//! Observed objects come from anyone: each field tolerates null and odd types (an API server
//! does send `lastTransitionTime: null`), and an object without identity is passed over.

use serde_json::value::RawValue;

use crate::Failure;
use crate::json::{self, Json, Keep, Object};

/// What is read: the `view` of `describe` is the same list.
const REQUEST: Keep = Keep::Members(&[
    ("parent", PARENT),
    ("children", Keep::Each(&Keep::Each(&OBSERVED))),
]);

const PARENT: Keep = Keep::Members(&[
    ("spec", Keep::All),
    (
        "metadata",
        Keep::Members(&[
            ("name", Keep::All),
            ("namespace", Keep::All),
            ("generation", Keep::All),
            ("creationTimestamp", Keep::All),
            (
                "annotations",
                Keep::Members(&[
                    (WASM_VARIANT, Keep::All),
                    ("plugins", Keep::All),
                    ("plugins.tracing", Keep::All),
                ]),
            ),
        ]),
    ),
    ("status", Keep::Members(&[("conditions", Keep::All)])),
]);

const OBSERVED: Keep = Keep::Members(&[
    ("apiVersion", Keep::All),
    ("kind", Keep::All),
    (
        "metadata",
        Keep::Members(&[
            ("name", Keep::All),
            ("generation", Keep::All),
            ("creationTimestamp", Keep::All),
            // A JSON string with JSON in it: only an invalid Function needs it.
            ("annotations", Keep::Members(&[(LAST_APPLIED, Keep::Unread)])),
        ]),
    ),
    ("spec", Keep::Members(&[("replicas", Keep::All)])),
    (
        "status",
        Keep::Members(&[
            ("observedGeneration", Keep::All),
            ("replicas", Keep::All),
            ("readyReplicas", Keep::All),
            ("conditions", Keep::All),
        ]),
    ),
]);

/// The variant of a WasmEdge image.
pub(crate) const WASM_VARIANT: &str = "module.wasm.image/variant";
/// What Metacontroller keeps of what it was last asked for.
const LAST_APPLIED: &str = "metacontroller.k8s.io/last-applied-configuration";

/// A sync request: two objects.
pub(crate) struct Request<'a> {
    /// The Function as it was observed.
    pub(crate) parent: Json<'a>,
    children: Object<'a>,
}

/// A condition of anything; what is not there is empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Condition<'a> {
    pub(crate) r#type: &'a str,
    pub(crate) status: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) message: &'a str,
    pub(crate) last_transition_time: &'a str,
    pub(crate) last_update_time: &'a str,
}

/// The observed children: which kinds are declared, and what there is.
#[derive(Debug)]
pub(crate) struct Children<'a> {
    groups: &'a Object<'a>,
    objects: Vec<Observed<'a>>,
    /// Whether something is there that is no object.
    has_others: bool,
}

/// An observed child; a text that is not there is empty.
#[derive(Debug)]
pub(crate) struct Observed<'a> {
    pub(crate) api_version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
    pub(crate) generation: Option<i64>,
    pub(crate) creation_timestamp: &'a str,
    pub(crate) last_applied: Option<&'a RawValue>,
    /// `spec.replicas`
    pub(crate) wanted_replicas: Option<i64>,
    pub(crate) observed_generation: Option<i64>,
    pub(crate) replicas: Option<i64>,
    pub(crate) ready_replicas: Option<i64>,
    pub(crate) conditions: Vec<Condition<'a>>,
}

impl<'a> Request<'a> {
    /// Reads a request.
    ///
    /// # Errors
    /// [`Failure::Internal`] if the text is no JSON, or `parent` or `children` is no object:
    /// whoever does not know what is observed must not answer, since that would delete it. Null
    /// `children` are known to be none.
    pub(crate) fn parse(request: &'a str) -> Result<Self, Failure> {
        let unreadable = |what: &str| Failure::Internal(format!("the request cannot be read: {what}"));
        let request = json::read(request, REQUEST).map_err(|error| unreadable(&error.to_string()))?;
        let Json::Object(mut request) = request else {
            return Err(unreadable("it is no object"));
        };
        let parent = request.remove("parent");
        let parent = parent.filter(|parent| parent.as_object().is_some());
        match (parent, request.remove("children")) {
            (Some(parent), Some(Json::Object(children))) => Ok(Request { parent, children }),
            // How Go writes a map that was never made.
            (Some(parent), Some(Json::Null)) => Ok(Request {
                parent,
                children: Object::new(),
            }),
            (None, _) => Err(unreadable("parent is no object")),
            _ => Err(unreadable("children is no object")),
        }
    }

    /// Reads a request of the customize hook, which has no children.
    ///
    /// # Errors
    /// [`Failure::Internal`] if the text is no JSON, or `parent` is no object.
    pub(crate) fn parse_without_children(request: &'a str) -> Result<Self, Failure> {
        let unreadable = |what: &str| Failure::Internal(format!("the request cannot be read: {what}"));
        let request = json::read(request, REQUEST).map_err(|error| unreadable(&error.to_string()))?;
        let parent = match request {
            Json::Object(mut request) => request.remove("parent"),
            _ => return Err(unreadable("it is no object")),
        };
        let parent = parent.filter(|parent| parent.as_object().is_some());
        Ok(Request {
            parent: parent.ok_or_else(|| unreadable("parent is no object"))?,
            children: Object::new(),
        })
    }

    /// Takes out the pod template, which is changed before it is written again.
    pub(crate) fn take_template(&mut self) -> Json<'a> {
        let spec = self.parent.get_mut("spec");
        let serving = spec.and_then(|spec| spec.get_mut("serving"));
        let template = serving.and_then(|serving| serving.as_object_mut()?.remove("template"));
        template.unwrap_or(Json::Null)
    }

    /// What is observed.
    pub(crate) fn children(&'a self) -> Children<'a> {
        Children::new(&self.children)
    }

    /// The conditions that an earlier sync gave the Function.
    pub(crate) fn conditions(&'a self) -> Vec<Condition<'a>> {
        conditions(self.parent.get("status"))
    }

    /// The Function's creation time.
    pub(crate) fn created(&self) -> Option<&str> {
        self.parent.get("metadata")?.get("creationTimestamp")?.as_text()
    }

    /// The Function's generation.
    pub(crate) fn generation(&self) -> Option<i64> {
        whole(self.parent.get("metadata"), "generation")
    }
}

impl<'a> Children<'a> {
    /// The children in `children`: groups by kind, objects by name.
    pub(crate) fn new(groups: &'a Object<'a>) -> Self {
        let mut children = Children {
            groups,
            objects: Vec::new(),
            has_others: false,
        };
        for (_, group) in groups.iter() {
            match group {
                Json::Object(group) => {
                    for (_, object) in group.iter() {
                        match object {
                            Json::Object(_) => children.objects.push(Observed::new(object)),
                            _ => children.has_others = true,
                        }
                    }
                }
                Json::Null => {}
                _ => children.has_others = true,
            }
        }
        children
    }

    /// Whether the controller declares a kind: only those may be asked for.
    pub(crate) fn declares(&self, api_version: &str, kind: &str) -> bool {
        self.groups.keys().any(|key| {
            key.split_once('.')
                .is_some_and(|(found, version)| found == kind && version == api_version)
        })
    }

    /// An observed child by its own kind and name; the keys of the request differ between
    /// Metacontroller's hook versions.
    pub(crate) fn find(&self, api_version: &str, kind: &str, name: &str) -> Option<&Observed<'a>> {
        self.objects
            .iter()
            .find(|object| object.api_version == api_version && object.kind == kind && object.name == name)
    }

    /// Whether something is observed that is no object. It cannot be asked for again.
    pub(crate) fn has_others(&self) -> bool {
        self.has_others
    }

    /// Everything that is observed.
    pub(crate) fn all(&self) -> &[Observed<'a>] {
        &self.objects
    }
}

impl<'a> Observed<'a> {
    /// What is read of an object.
    fn new(object: &'a Json<'a>) -> Self {
        let metadata = object.get("metadata");
        let status = object.get("status");
        let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
        let last_applied = annotations.and_then(|annotations| annotations.get(LAST_APPLIED));
        Observed {
            api_version: text(Some(object), "apiVersion"),
            kind: text(Some(object), "kind"),
            name: text(metadata, "name"),
            generation: whole(metadata, "generation"),
            creation_timestamp: text(metadata, "creationTimestamp"),
            last_applied: match last_applied {
                Some(Json::Unread(raw)) => Some(raw),
                _ => None,
            },
            wanted_replicas: whole(object.get("spec"), "replicas"),
            observed_generation: whole(status, "observedGeneration"),
            replicas: whole(status, "replicas"),
            ready_replicas: whole(status, "readyReplicas"),
            conditions: conditions(status),
        }
    }

    /// Whether a configuration is this object's: of the same kind and name.
    pub(crate) fn has_configuration(&self, text: &str) -> bool {
        json::read(text, OBSERVED).is_ok_and(|applied| {
            let applied = Observed::new(&applied);
            applied.api_version == self.api_version
                && applied.kind == self.kind
                && !applied.name.is_empty()
                && applied.name == self.name
        })
    }

    /// The last condition of a type: older HTTP add-ons append conditions.
    pub(crate) fn condition(&self, r#type: &str) -> Option<&Condition<'a>> {
        self.conditions
            .iter()
            .rfind(|condition| condition.r#type == r#type)
    }
}

/// The conditions in a status.
fn conditions<'a>(status: Option<&'a Json<'a>>) -> Vec<Condition<'a>> {
    let conditions = status
        .and_then(|status| status.get("conditions")?.as_list())
        .unwrap_or_default();
    let objects = conditions
        .iter()
        .filter(|condition| condition.as_object().is_some());
    objects
        .map(|condition| Condition {
            r#type: text(Some(condition), "type"),
            status: text(Some(condition), "status"),
            reason: text(Some(condition), "reason"),
            message: text(Some(condition), "message"),
            last_transition_time: text(Some(condition), "lastTransitionTime"),
            last_update_time: text(Some(condition), "lastUpdateTime"),
        })
        .collect()
}

fn text<'a>(object: Option<&'a Json<'a>>, key: &str) -> &'a str {
    object
        .and_then(|object| object.get(key)?.as_text())
        .unwrap_or_default()
}

fn whole(object: Option<&Json<'_>>, key: &str) -> Option<i64> {
    object?.get(key)?.as_whole()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_children<T>(json: &str, check: impl Fn(&Children<'_>) -> T) -> T {
        let request = format!(r#"{{"parent":{{}},"children":{json}}}"#);
        check(&Request::parse(&request).unwrap().children())
    }

    #[test]
    fn kinds_are_declared_by_the_keys_of_children() {
        with_children(r#"{"Deployment.apps/v1": {}, "Service.v1": {}}"#, |children| {
            assert!(children.declares("apps/v1", "Deployment"));
            assert!(children.declares("v1", "Service"));
            assert!(!children.declares("serving.knative.dev/v1", "Service"));
        });
    }

    #[test]
    fn a_child_is_found_by_its_own_name_whatever_its_key() {
        let object = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"}}"#;
        for key in ["a", "ns/a", "other"] {
            with_children(&format!(r#"{{"Service.v1":{{"{key}":{object}}}}}"#), |children| {
                assert!(children.find("v1", "Service", "a").is_some(), "{key}");
                assert!(children.find("v1", "Service", "other").is_none(), "{key}");
            });
        }
    }

    #[test]
    fn odd_objects_are_passed_over() {
        let json = r#"{"Service.v1":{"a":null,"b":7,"c":{"kind":{}},"d":{"metadata":null},
            "e":{"metadata":{"name":3,"annotations":[]},"status":"x","spec":{"replicas":"many"}}},
            "X":null,"Y":"z"}"#;
        with_children(json, |children| {
            assert_eq!(children.all().len(), 3);
            assert!(children.has_others());
            assert!(children.find("v1", "Service", "d").is_none());
        });
    }

    #[test]
    fn the_last_condition_of_a_type_counts() {
        let json = r#"{"X.v1":{"a":{"status":{"conditions":[
            {"type":"Ready","status":"True","lastTransitionTime":null},null,
            {"type":"Ready","status":"False"},{"type":"Other","status":"True"}]}}}}"#;
        with_children(json, |children| {
            let condition = children.all()[0].condition("Ready").unwrap();
            assert_eq!(condition.status, "False");
        });
    }

    /// The paths that a table keeps, as `describe` writes them.
    fn paths(keep: Keep, at: &str, all: &mut Vec<String>) {
        match keep {
            Keep::All | Keep::Unread => all.push(at.to_owned()),
            Keep::Each(each) => paths(*each, &format!("{at}/*"), all),
            Keep::Members(members) => {
                for (key, keep) in members {
                    paths(*keep, &format!("{at}/{}", key.replace('/', "~1")), all);
                }
            }
        }
    }

    #[test]
    fn the_view_is_what_is_read() {
        let mut read = Vec::new();
        paths(REQUEST, "", &mut read);
        let described = crate::describe();
        let described = json::read(&described, Keep::All).unwrap();
        let view = described.get("view").unwrap().get("keep").unwrap();
        let view = view.as_list().unwrap().iter();
        assert_eq!(view.map(|path| path.as_text().unwrap()).collect::<Vec<_>>(), read);
    }
}
