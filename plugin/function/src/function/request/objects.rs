//! Objects of a request: the Function's own, and others that it depends on.

use crate::formats::json;
use crate::formats::json::{Json, Keep};
use crate::formats::sorted::is_same;
use crate::function::conventions::{HOOKS, PLUGINS, PLUGINS_TRACING, ROLE_LABEL, TRACING};
use crate::kinds::Kind;

/// What is read of a child.
pub(super) const CHILD: Keep = Keep::Members(&[
    ("apiVersion", Keep::All),
    ("kind", Keep::All),
    (
        "metadata",
        Keep::Members(&[
            ("name", Keep::All),
            ("generation", Keep::All),
            ("creationTimestamp", Keep::All),
            ("labels", Keep::Members(&[(ROLE_LABEL, Keep::All)])),
            (
                "annotations",
                Keep::Members(&[
                    // A JSON string with JSON in it: only who repeats a child needs it.
                    (LAST_APPLIED, Keep::Unread),
                    (FIXED_REPLICAS, Keep::All),
                    (BUILD_HASH, Keep::All),
                ]),
            ),
        ]),
    ),
    ("spec", Keep::Members(&[("replicas", Keep::All)])),
    ("status", STATUS),
]);

/// What is read of a child's status, whatever its kind. What else controllers write there can be
/// much (a BuildRun's copy of its Build) or ever new (when a scaler was last active), and a request
/// that differs in nothing else need not be answered again.
const STATUS: Keep = Keep::Members(&[
    ("conditions", CONDITIONS),
    ("observedGeneration", Keep::All),
    // Of workloads.
    ("replicas", Keep::All),
    ("readyReplicas", Keep::All),
    ("updatedReplicas", Keep::All),
    ("currentRevision", Keep::All),
    ("updateRevision", Keep::All),
    ("active", Keep::All),
    ("ready", Keep::All),
    ("failed", Keep::All),
    // Of Knative Services.
    ("latestCreatedRevisionName", Keep::All),
    ("latestReadyRevisionName", Keep::All),
    ("url", Keep::All),
    // Of Ingresses and HTTPRoutes.
    (
        "loadBalancer",
        Keep::Members(&[("ingress", Keep::Each(&ADDRESS))]),
    ),
    (
        "parents",
        Keep::Each(&Keep::Members(&[("conditions", CONDITIONS)])),
    ),
    // Of Builds and BuildRuns.
    ("registered", Keep::All),
    ("reason", Keep::All),
    ("message", Keep::All),
    ("startTime", Keep::All),
    ("completionTime", Keep::All),
    ("failureDetails", Keep::Members(&[("message", Keep::All)])),
    ("output", Keep::Members(&[("digest", Keep::All)])),
    ("source", Keep::All),
]);

/// A list: of each element what [`Condition`] has.
const CONDITIONS: Keep = Keep::Each(&Keep::Members(&[
    ("type", Keep::All),
    ("status", Keep::All),
    ("reason", Keep::All),
    ("message", Keep::All),
    ("lastTransitionTime", Keep::All),
    ("lastUpdateTime", Keep::All),
]));

const ADDRESS: Keep = Keep::Members(&[("ip", Keep::All), ("hostname", Keep::All)]);

/// What is read of a related object.
pub(super) const RELATED: Keep = Keep::Members(&[
    ("apiVersion", Keep::All),
    ("kind", Keep::All),
    (
        "metadata",
        Keep::Members(&[
            ("name", Keep::All),
            ("namespace", Keep::All),
            ("generation", Keep::All),
            ("ownerReferences", Keep::All),
        ]),
    ),
    ("spec", Keep::All),
    // Of a Dapr Component: who sees it.
    ("scopes", Keep::All),
    ("data", Keep::Members(&GLOBAL)),
    ("status", Keep::Members(&[("conditions", CONDITIONS)])),
]);

/// Of the ConfigMap for all Functions: hooks and tracing, each under its newer name and under
/// v1beta1's.
const GLOBAL: [(&str, Keep); 4] = [
    (HOOKS, Keep::All),
    (PLUGINS, Keep::All),
    (TRACING, Keep::All),
    (PLUGINS_TRACING, Keep::All),
];

/// On a workload whose replicas have been asked for once. Not to ask any more would set them to
/// one, so that from then on the observed number is repeated.
pub(crate) const FIXED_REPLICAS: &str = "openfunction.io/fixed-replicas";
/// On a Build: a hash of what it says.
pub(crate) const BUILD_HASH: &str = "openfunction.io/build-hash";
/// What Metacontroller keeps of what it was last asked for.
const LAST_APPLIED: &str = "metacontroller.k8s.io/last-applied-configuration";

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

/// Objects in groups by kind.
#[derive(Debug)]
pub(crate) struct Objects<'a> {
    groups: &'a json::Object<'a>,
    objects: Vec<Object<'a>>,
    /// Names and places of the objects, in the order of their names.
    by_name: Vec<(&'a str, usize)>,
    /// Whether something is there that is no object.
    has_others: bool,
}

/// The observed children: which kinds are declared, and what there is.
pub(crate) type Children<'a> = Objects<'a>;

/// An observed object; a text that is not there is empty.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    pub(crate) api_version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
    /// Of related objects alone: a child is in the Function's namespace.
    pub(crate) namespace: &'a str,
    /// What it is to its Function; not there on objects of others.
    pub(crate) role: &'a str,
    pub(crate) generation: Option<i64>,
    pub(crate) creation_timestamp: &'a str,
    pub(crate) conditions: Vec<Condition<'a>>,
    json: &'a Json<'a>,
}

impl<'a> Objects<'a> {
    /// The objects in a map of groups.
    pub(super) fn new(groups: &'a json::Object<'a>) -> Self {
        let mut all = Objects {
            groups,
            objects: Vec::new(),
            by_name: Vec::new(),
            has_others: false,
        };
        for (_, group) in groups.iter() {
            match group {
                Json::Object(group) => {
                    for (_, object) in group.iter() {
                        match object {
                            Json::Object(_) => all.objects.push(Object::new(object)),
                            _ => all.has_others = true,
                        }
                    }
                }
                Json::Null => {}
                _ => all.has_others = true,
            }
        }
        let names = all.objects.iter().enumerate();
        all.by_name = names.map(|(index, object)| (object.name, index)).collect();
        all.by_name.sort_unstable();
        all
    }

    /// Whether there is a group for a kind: of children, that the controller declares it (only
    /// those may be asked for); of related objects, that customize asked for it.
    pub(crate) fn declares(&self, kind: &Kind) -> bool {
        self.has_group(kind.api_version, kind.kind)
    }

    /// The same for a kind that is none of children.
    pub(crate) fn has_group(&self, api_version: &str, kind: &str) -> bool {
        self.groups.keys().any(|key| {
            key.len() == kind.len() + 1 + api_version.len()
                && key.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.')) == Some(api_version)
        })
    }

    /// An observed child by its own kind and name; the keys of the request differ between
    /// Metacontroller's hook versions.
    pub(crate) fn find(&self, kind: &Kind, name: &str) -> Option<&Object<'a>> {
        self.find_named(kind.api_version, kind.kind, name)
    }

    /// The same for a kind that is none of children. Several namespaces may have one.
    pub(crate) fn find_named(&self, api_version: &str, kind: &str, name: &str) -> Option<&Object<'a>> {
        self.named(name)
            .find(|object| object.kind == kind && object.api_version == api_version)
    }

    /// The same in a namespace.
    pub(crate) fn find_in(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<&Object<'a>> {
        self.named(name).find(|object| {
            object.namespace == namespace && object.kind == kind && object.api_version == api_version
        })
    }

    /// All with a name, in their order.
    fn named(&self, name: &str) -> impl Iterator<Item = &Object<'a>> {
        let start = self.by_name.partition_point(|&(found, _)| found < name);
        let from = self.by_name.get(start..).unwrap_or_default().iter();
        let named = from.take_while(move |(found, _)| is_same(found, name));
        named.filter_map(|&(_, index)| self.objects.get(index))
    }

    /// Whether something is observed that is no object. It cannot be asked for again.
    pub(crate) fn has_others(&self) -> bool {
        self.has_others
    }

    /// Everything that is observed.
    pub(crate) fn all(&self) -> &[Object<'a>] {
        &self.objects
    }
}

impl<'a> Object<'a> {
    /// What is read of an object.
    fn new(json: &'a Json<'a>) -> Self {
        let metadata = json.get("metadata");
        let labels = metadata.and_then(|metadata| metadata.get("labels"));
        Object {
            api_version: text(Some(json), "apiVersion"),
            kind: text(Some(json), "kind"),
            name: text(metadata, "name"),
            namespace: text(metadata, "namespace"),
            role: text(labels, ROLE_LABEL),
            generation: whole(metadata, "generation"),
            creation_timestamp: text(metadata, "creationTimestamp"),
            conditions: conditions(json.get("status")),
            json,
        }
    }

    /// Whether it is of a kind.
    pub(crate) fn is(&self, kind: &Kind) -> bool {
        self.kind == kind.kind && self.api_version == kind.api_version
    }

    /// A member of the object: `spec`, `status`, `data`.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Json<'a>> {
        self.json.get(key)
    }

    /// Whether the object with this uid owns it.
    pub(crate) fn is_owned_by(&self, uid: &str) -> bool {
        self.owners().any(|owner| text(Some(owner), "uid") == uid)
    }

    /// Whether an object of this kind owns it.
    pub(crate) fn is_owned_by_kind(&self, kind: &str) -> bool {
        self.owners().any(|owner| text(Some(owner), "kind") == kind)
    }

    fn owners(&self) -> impl Iterator<Item = &'a Json<'a>> {
        let metadata = self.json.get("metadata");
        let owners = metadata.and_then(|metadata| metadata.get("ownerReferences")?.as_list());
        owners.unwrap_or_default().iter()
    }

    /// A whole number in the status.
    pub(crate) fn status_number(&self, key: &str) -> Option<i64> {
        whole(self.json.get("status"), key)
    }

    /// A text in the status that is not empty; `path` leads to it.
    pub(crate) fn status_text(&self, path: &[&str]) -> Option<&'a str> {
        let status = self.json.get("status");
        let found = path.iter().try_fold(status?, |found, key| found.get(key));
        found?.as_text().filter(|text| !text.is_empty())
    }

    /// `spec.replicas`
    pub(crate) fn wanted_replicas(&self) -> Option<i64> {
        whole(self.json.get("spec"), "replicas")
    }

    /// Whether its replicas have been asked for once.
    pub(crate) fn has_fixed_replicas(&self) -> bool {
        self.annotation(FIXED_REPLICAS).is_some()
    }

    /// The hash of what a Build says.
    pub(crate) fn build_hash(&self) -> Option<&'a str> {
        self.annotation(BUILD_HASH)?.as_text()
    }

    /// What Metacontroller was last asked for, JSON in a JSON string.
    pub(crate) fn last_applied(&self) -> Option<&'a str> {
        match self.annotation(LAST_APPLIED) {
            Some(Json::Unread(text)) => Some(text),
            _ => None,
        }
    }

    fn annotation(&self, key: &str) -> Option<&'a Json<'a>> {
        self.json.get("metadata")?.get("annotations")?.get(key)
    }

    /// Whether a configuration is this object's: of the same kind and name.
    pub(crate) fn has_configuration(&self, text: &str) -> bool {
        json::read(text, CHILD).is_ok_and(|applied| {
            let applied = Object::new(&applied);
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

    /// The last condition of a type, if it has a status.
    pub(crate) fn with_status(&self, r#type: &str, status: &str) -> Option<&Condition<'a>> {
        self.condition(r#type).filter(|found| found.status == status)
    }
}

/// The conditions in a status.
pub(super) fn conditions<'a>(status: Option<&'a Json<'a>>) -> Vec<Condition<'a>> {
    status.map(Condition::all).unwrap_or_default()
}

impl<'a> Condition<'a> {
    /// The conditions in what has some.
    pub(crate) fn all(of: &'a Json<'a>) -> Vec<Self> {
        let conditions = of.get("conditions").and_then(Json::as_list).unwrap_or_default();
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
}

fn text<'a>(object: Option<&'a Json<'a>>, key: &str) -> &'a str {
    object
        .and_then(|object| object.get(key)?.as_text())
        .unwrap_or_default()
}

fn whole(object: Option<&Json<'_>>, key: &str) -> Option<i64> {
    object?.get(key)?.as_whole()
}
