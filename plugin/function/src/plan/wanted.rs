//! Related objects: which other objects a Function depends on. The customize hook asks for them.

use super::decisions::Plan;
use crate::formats::json::Json;
use crate::formats::syntax;
use crate::function::dapr;
use crate::function::request::Request;
use crate::function::types::{Engine, WorkloadType};
use crate::kinds::{self, Kind};

/// Objects that are wanted by name, in the form of the hook's response.
#[derive(Default)]
pub(crate) struct Wanted<'a> {
    rules: Vec<Rule<'a>>,
}

/// Objects of one kind and namespace.
struct Rule<'a> {
    kind: &'static Kind,
    namespace: &'a str,
    names: Vec<String>,
}

impl<'a> Wanted<'a> {
    /// Adds an object; one that is wanted already is wanted once.
    pub(crate) fn add(&mut self, kind: &'static Kind, namespace: &'a str, name: impl Into<String>) {
        let name = name.into();
        let mut rules = self.rules.iter_mut();
        let found = rules.find(|rule| rule.kind == kind && rule.namespace == namespace);
        match found {
            Some(rule) if rule.names.contains(&name) => {}
            Some(rule) => rule.names.push(name),
            None => self.rules.push(Rule {
                kind,
                namespace,
                names: vec![name],
            }),
        }
    }

    /// The hook's response.
    pub(crate) fn into_json(self) -> Json<'a> {
        let rules = self.rules.into_iter().map(|rule| {
            Json::object([
                ("apiVersion", rule.kind.api_version.into()),
                (
                    "names",
                    Json::List(rule.names.into_iter().map(Json::from).collect()),
                ),
                ("namespace", rule.namespace.into()),
                ("resource", rule.kind.resource.into()),
            ])
        });
        Json::object([("relatedResources", Json::List(rules.collect()))])
    }
}

/// Everything that is wanted, part by part.
pub(crate) fn find<'a>(plan: &Plan<'a>, request: &Request<'_>) -> Wanted<'a> {
    let mut all = Wanted::default();
    derived_scaler(plan, request, &mut all);
    existing_components(plan, request, &mut all);
    openfunction_gateway(plan, &mut all);
    let config = &plan.settings.global_config;
    if !config.name.is_empty() {
        all.add(&kinds::CONFIG_MAP, &config.namespace, &*config.name);
    }
    all
}

/// Asks for the ScaledObject that the HTTP add-on makes from an HTTPScaledObject: it has the same
/// name, and is no child of ours. Who makes a ScaledObject of that name waits until it is gone, so
/// that the answer is the same under every profile: a setting may change without a new question.
fn derived_scaler<'a>(plan: &Plan<'a>, request: &Request<'_>, all: &mut Wanted<'a>) {
    let kind = &kinds::SCALED_OBJECT;
    let is_of_events =
        plan.engine == Engine::Async && plan.is_scaled() && plan.serving.workload_type != WorkloadType::Job;
    if (plan.engine == Engine::Keda || is_of_events) && request.declares(kind) {
        let name = plan.names.scaler.clone();
        all.add(kind, plan.function.namespace, name);
    }
}

/// Asks for the existing Components that the function uses.
fn existing_components<'a>(plan: &Plan<'a>, request: &Request<'_>, all: &mut Wanted<'a>) {
    if request.declares(&kinds::COMPONENT) {
        let kind = &kinds::COMPONENT;
        for name in dapr::existing(plan.serving) {
            all.add(kind, plan.function.namespace, name);
        }
    }
}

/// Asks for the OpenFunction Gateway of a Function that is called by http.
fn openfunction_gateway<'a>(plan: &Plan<'a>, all: &mut Wanted<'a>) {
    let http = plan.serving.http.as_ref();
    let Some(http) = http.filter(|_| plan.settings.exposure.read_gateways) else {
        return;
    };
    let gateway = &http.gateway;
    if syntax::is_subdomain(gateway.name) && syntax::is_label(gateway.namespace) {
        all.add(&kinds::GATEWAY, gateway.namespace, gateway.name);
    }
}
