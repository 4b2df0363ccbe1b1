//! The requests of a sync, and the objects that customize asks for.

use metawasm_contract::request::{self, Sync};
use metawasm_contract::{
    ApplyStrategy, ControllerKind, Hook, HookVersion, ReviewContext, read_envelope, review,
};
use metawasm_function::Failure;
use serde_json::{Value, json};

use super::metacontroller::CONTROLLER;
use super::server::{Id, controller_of, text};
use super::{Apply, Cluster};

/// Plural names of kinds that are no children; a rule names these.
const RESOURCES: [(&str, &str, &str); 12] = [
    ("v1", "configmaps", "ConfigMap"),
    ("v1", "secrets", "Secret"),
    ("v1", "services", "Service"),
    ("dapr.io/v1alpha1", "components", "Component"),
    ("gateway.networking.k8s.io/v1", "gateways", "Gateway"),
    ("gateway.networking.k8s.io/v1", "httproutes", "HTTPRoute"),
    (
        "gateway.networking.k8s.io/v1beta1",
        "referencegrants",
        "ReferenceGrant",
    ),
    ("keda.sh/v1alpha1", "scaledjobs", "ScaledJob"),
    ("keda.sh/v1alpha1", "scaledobjects", "ScaledObject"),
    ("networking.openfunction.io/v1alpha1", "gateways", "Gateway"),
    ("serving.knative.dev/v1", "revisions", "Revision"),
    ("shipwright.io/v1beta1", "buildruns", "BuildRun"),
];

/// A rule of customize's answer: objects by their names, or all of a namespace.
#[derive(Clone, Debug)]
pub(super) struct Related {
    api_version: String,
    kind: String,
    /// Empty for all namespaces.
    namespace: String,
    /// Empty for all objects.
    names: Vec<String>,
}

/// The host's default for `limits.answer`.
const MAX_ANSWER: usize = 8 << 20;

impl Cluster {
    /// Which objects the Function depends on: asked anew for each generation.
    pub(super) fn ask_customize(&mut self) -> Result<(), Failure> {
        let generation = self.parent()["metadata"]["generation"].clone();
        if self
            .related
            .as_ref()
            .is_some_and(|(asked, _)| *asked == generation)
        {
            return Ok(());
        }
        let request = request::customize(&self.controller(), self.parent());
        let answer = self.call(Hook::Customize, &request)?;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
        assert!(
            keys.iter().all(|key| *key == "relatedResources"),
            "customize answers {answer}"
        );
        let rules = answer["relatedResources"].as_array().unwrap();
        let rules = rules.iter().map(|rule| self.rule(rule)).collect();
        self.related = Some((generation, rules));
        Ok(())
    }

    fn rule(&self, rule: &Value) -> Related {
        for key in rule.as_object().unwrap().keys() {
            let known = ["apiVersion", "resource", "namespace", "names"];
            assert!(
                known.contains(&key.as_str()),
                "this cluster has no {key} in rules: {rule}"
            );
        }
        let (api_version, resource) = (text(rule, "/apiVersion"), text(rule, "/resource"));
        let declared = self
            .kinds
            .iter()
            .map(|kind| (&*kind.api_version, &*kind.resource, &*kind.kind));
        let mut known = declared.chain(RESOURCES);
        let found = known.find(|(version, plural, _)| *version == api_version && *plural == resource);
        let (_, _, kind) =
            found.unwrap_or_else(|| panic!("this cluster does not know {api_version} {resource}"));
        let names = rule.get("names").and_then(Value::as_array);
        Related {
            kind: kind.to_owned(),
            api_version,
            namespace: text(rule, "/namespace"),
            names: names
                .into_iter()
                .flatten()
                .map(|name| name.as_str().unwrap().to_owned())
                .collect(),
        }
    }

    /// The request of sync or finalize, in version v2.
    pub(super) fn request(&self, finalizing: bool) -> String {
        let kind = |api_version: &str, kind: &str| (api_version.to_owned(), kind.to_owned());
        let rules: Vec<&Related> = self.related.iter().flat_map(|(_, rules)| rules).collect();
        let objects = self.server.objects().iter();
        let related = objects.filter(|(id, _)| rules.iter().any(|rule| rule.selects(id)));
        let what = Sync {
            controller: &self.controller(),
            parent: self.parent(),
            declared: &(self.kinds.iter())
                .map(|of| kind(&of.api_version, &of.kind))
                .collect::<Vec<_>>(),
            children: &(self.observed().into_iter())
                .map(|(_, object)| object)
                .collect::<Vec<_>>(),
            related_kinds: &(rules.iter())
                .map(|rule| kind(&rule.api_version, &rule.kind))
                .collect::<Vec<_>>(),
            related: &related.map(|(_, object)| object.clone()).collect::<Vec<_>>(),
            finalizing,
        };
        what.body(ControllerKind::Composite, HookVersion::V2)
    }

    /// The children that Metacontroller sees: of declared kinds, in the Function's namespace.
    pub(super) fn observed(&self) -> Vec<(Id, Value)> {
        let owned = self.owned().filter(|(id, _)| {
            id.namespace == self.function.namespace && self.kinds.iter().any(|kind| kind.is_of(id))
        });
        owned.map(|(id, object)| (id.clone(), object.clone())).collect()
    }

    /// Children without an owner, which Metacontroller adopts.
    pub(super) fn orphans(&self) -> Vec<Value> {
        let uid = self.uid();
        let all = self.server.objects().iter();
        all.filter(|(id, _)| self.kinds.iter().any(|kind| kind.is_of(id)))
            .filter(|(_, object)| text(object, "/metadata/labels/controller-uid") == uid)
            .filter(|(_, object)| controller_of(object).is_none())
            .map(|(_, object)| object.clone())
            .collect()
    }

    fn controller(&self) -> Value {
        let kinds: Vec<Value> = self
            .kinds
            .iter()
            .map(|kind| {
                json!({"apiVersion": kind.api_version, "resource": kind.resource,
                    "updateStrategy": {"method": kind.update_strategy}})
            })
            .collect();
        json!({
            "apiVersion": "metacontroller.k8s.io/v1alpha1",
            "kind": "CompositeController",
            "metadata": {"name": CONTROLLER},
            "spec": {
                "generateSelector": true,
                "parentResource": {"apiVersion": self.function.api_version, "resource": "functions"},
                "childResources": kinds,
                "hooks": {
                    "customize": {"version": "v2"},
                    "finalize": {"version": "v2"},
                    "sync": {"version": "v2"},
                },
            },
        })
    }

    /// Calls a hook as the host does: with what the plugin's view keeps, and with the review of the answer.
    ///
    /// # Panics
    /// If the answer depends on what the view cuts, or if the host would refuse or change it.
    pub(super) fn call(&self, hook: Hook, request: &str) -> Result<String, Failure> {
        let settings = self.settings.to_string();
        let run = match hook {
            Hook::Sync => &self.hooks.sync,
            Hook::Finalize => &self.hooks.finalize,
            Hook::Customize => &self.hooks.customize,
        };
        let answer = run(request, &settings);
        if !self.hooks.are_hosted {
            return answer;
        }
        let envelope = read_envelope(request.as_bytes(), hook, &self.view).unwrap();
        assert_eq!(
            run(&envelope.trimmed, &settings),
            answer,
            "the answer depends on what the view cuts"
        );
        let answer = answer?;
        let mut asked = ReviewContext::new(hook, &envelope, MAX_ANSWER);
        asked.apply = match self.apply {
            Apply::Dynamic => ApplyStrategy::Dynamic,
            Apply::ServerSide => ApplyStrategy::ServerSide,
        };
        let reviewed = review(&answer, &asked).unwrap_or_else(|violation| panic!("{violation} in {answer}"));
        assert_eq!(reviewed.body, answer, "the host would change the answer");
        Ok(answer)
    }
}

impl Related {
    fn selects(&self, id: &Id) -> bool {
        id.kind == self.kind
            && id.api_version == self.api_version
            && (self.namespace.is_empty() || id.namespace == self.namespace)
            && (self.names.is_empty() || self.names.contains(&id.name))
    }
}
