//! Metacontroller's requests.
//!
//! Observed objects come from anyone: each field tolerates null and odd types (an API server
//! does send `lastTransitionTime: null`), and an object without identity is passed over.

mod objects;

pub(crate) use objects::{BUILD_HASH, Children, Condition, FIXED_REPLICAS, Object, Objects};

use crate::failure::Failure;
use crate::formats::json;
use crate::formats::json::{Json, Keep};
use crate::function::conventions::{PLUGINS, PLUGINS_TRACING, WASM_VARIANT};
use crate::kinds::Kind;

/// What is read: the `view` of `describe` is the same list.
const REQUEST: Keep = Keep::Members(&[
    ("parent", PARENT),
    ("children", Keep::Each(&Keep::Each(&objects::CHILD))),
    ("related", Keep::Each(&Keep::Each(&objects::RELATED))),
    (
        "controller",
        Keep::Members(&[("spec", Keep::Members(&[("childResources", DECLARED)]))]),
    ),
]);

const PARENT: Keep = Keep::Members(&[
    ("apiVersion", Keep::All),
    ("spec", Keep::All),
    (
        "metadata",
        Keep::Members(&[
            ("name", Keep::All),
            ("namespace", Keep::All),
            ("uid", Keep::All),
            ("generation", Keep::All),
            ("creationTimestamp", Keep::All),
            (
                "annotations",
                Keep::Members(&[
                    (WASM_VARIANT, Keep::All),
                    (PLUGINS, Keep::All),
                    (PLUGINS_TRACING, Keep::All),
                ]),
            ),
        ]),
    ),
    (
        "status",
        Keep::Members(&[
            ("conditions", Keep::All),
            ("build", Keep::All),
            ("revision", Keep::All),
            ("sources", Keep::All),
            ("addresses", Keep::All),
            ("route", Keep::All),
            (
                "serving",
                Keep::Members(&[("lastSuccessfulResourceRef", Keep::All)]),
            ),
        ]),
    ),
]);

/// A list: of each element as much.
const DECLARED: Keep = Keep::Each(&Keep::Members(&[
    ("apiVersion", Keep::All),
    ("resource", Keep::All),
]));

/// A request of any hook.
pub(crate) struct Request<'a> {
    /// The Function as it was observed.
    pub(crate) parent: Json<'a>,
    children: json::Object<'a>,
    related: json::Object<'a>,
    declared: Vec<Json<'a>>,
}

impl<'a> Request<'a> {
    /// Reads a request of sync or finalize.
    ///
    /// # Errors
    /// [`Failure::Internal`] if the text is no JSON, or `parent` or `children` is no object:
    /// whoever does not know what is observed must not answer, since that would delete it. Null
    /// `children` are known to be none.
    pub(crate) fn parse(request: &'a str) -> Result<Self, Failure> {
        let (mut request, children) = Self::read(request)?;
        match children {
            Some(Json::Object(children)) => request.children = children,
            // How Go writes a map that was never made.
            Some(Json::Null) => {}
            _ => return Err(unreadable("children must be an object")),
        }
        Ok(request)
    }

    /// Reads a request of customize, which has no children.
    ///
    /// # Errors
    /// [`Failure::Internal`] if the text is no JSON, or `parent` is no object.
    pub(crate) fn parse_without_children(request: &'a str) -> Result<Self, Failure> {
        Self::read(request).map(|(request, _)| request)
    }

    fn read(request: &'a str) -> Result<(Self, Option<Json<'a>>), Failure> {
        let request = json::read(request, REQUEST).map_err(|error| unreadable(&error.to_string()))?;
        let Json::Object(mut request) = request else {
            return Err(unreadable("it must be an object"));
        };
        let Some(parent @ Json::Object(_)) = request.remove("parent") else {
            return Err(unreadable("parent must be an object"));
        };
        let related = match request.remove("related") {
            Some(Json::Object(related)) => related,
            _ => json::Object::new(),
        };
        let mut controller = request.remove("controller");
        let spec = controller
            .as_mut()
            .and_then(|controller| controller.get_mut("spec"));
        let declared = match spec.and_then(|spec| spec.as_object_mut()?.remove("childResources")) {
            Some(Json::List(declared)) => declared,
            _ => Vec::new(),
        };
        let children = request.remove("children");
        let read = Request {
            parent,
            children: json::Object::new(),
            related,
            declared,
        };
        Ok((read, children))
    }

    /// Takes out the pod template, which is changed before it is written again.
    pub(crate) fn take_template(&mut self) -> Json<'a> {
        let spec = self.parent.get_mut("spec");
        let serving = spec.and_then(|spec| spec.get_mut("serving"));
        let template = serving.and_then(|serving| serving.as_object_mut()?.remove("template"));
        template.unwrap_or(Json::Null)
    }

    /// What is observed of the Function's own objects.
    pub(crate) fn children(&'a self) -> Children<'a> {
        Children::new(&self.children)
    }

    /// The other objects that customize asked for.
    pub(crate) fn related(&'a self) -> Objects<'a> {
        Objects::new(&self.related)
    }

    /// Whether the controller declares a kind, by what it says itself: a request of customize
    /// shows it in no other way. Metacontroller does not start a controller with a kind that the
    /// cluster does not have.
    pub(crate) fn declares(&self, kind: &Kind) -> bool {
        self.declared.iter().any(|declared| {
            declared.get("apiVersion").and_then(Json::as_text) == Some(kind.api_version)
                && declared.get("resource").and_then(Json::as_text) == Some(kind.resource)
        })
    }

    /// The conditions that an earlier sync gave the Function.
    pub(crate) fn conditions(&'a self) -> Vec<Condition<'a>> {
        objects::conditions(self.parent.get("status"))
    }

    /// The Function's name; empty where it has none.
    pub(crate) fn name(&self) -> &str {
        let name = self
            .parent
            .get("metadata")
            .and_then(|metadata| metadata.get("name"));
        name.and_then(Json::as_text).unwrap_or_default()
    }

    /// The Function's creation time.
    pub(crate) fn created(&self) -> Option<&str> {
        self.parent.get("metadata")?.get("creationTimestamp")?.as_text()
    }

    /// The Function's generation.
    pub(crate) fn generation(&self) -> Option<i64> {
        self.parent.get("metadata")?.get("generation")?.as_whole()
    }
}

fn unreadable(what: &str) -> Failure {
    Failure::Internal(format!("invalid request: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;

    fn with_children<T>(json: &str, check: impl Fn(&Children<'_>) -> T) -> T {
        let request = format!(r#"{{"parent":{{}},"children":{json}}}"#);
        check(&Request::parse(&request).unwrap().children())
    }

    #[test]
    fn kinds_are_declared_by_the_keys_of_children() {
        with_children(r#"{"Deployment.apps/v1": {}, "Service.v1": {}}"#, |children| {
            assert!(children.declares(&kinds::DEPLOYMENT));
            assert!(children.declares(&kinds::SERVICE));
            assert!(!children.declares(&kinds::KNATIVE_SERVICE));
        });
    }

    #[test]
    fn a_child_is_found_by_its_own_name_whatever_its_key() {
        let object = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"}}"#;
        for key in ["a", "ns/a", "other"] {
            with_children(&format!(r#"{{"Service.v1":{{"{key}":{object}}}}}"#), |children| {
                assert!(children.find(&kinds::SERVICE, "a").is_some(), "{key}");
                assert!(children.find(&kinds::SERVICE, "other").is_none(), "{key}");
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
            assert!(children.find(&kinds::SERVICE, "d").is_none());
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
