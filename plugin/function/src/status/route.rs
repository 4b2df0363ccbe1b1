//! Whether the function is reached, and by what.

use super::finding::{Finding, Truth};
use super::parents::parents;
use crate::function::request::{Condition, Object};
use crate::function::types::Engine;
use crate::kinds::{self, Kind};
use crate::plan::decisions::Plan;
use crate::plan::exposure::Exposure;

/// Whether what leads to the function is there and works, as far as it is observed: the
/// interceptor itself is not. `withheld` are the kinds that the controller does not declare.
pub(super) fn find<'a>(plan: &'a Plan<'a>, withheld: &[&'static Kind]) -> Option<Finding<'a>> {
    let exposure = plan.exposure.as_ref()?;
    let inside = match plan.engine {
        Engine::Knative => knative(plan)?,
        Engine::Keda | Engine::Async => interceptor(plan),
    };
    if inside.truth == Truth::False {
        return Some(inside);
    }
    if let Some(problem) = &exposure.problem {
        return Some(Finding::new(
            Truth::False,
            problem.reason,
            problem.message.clone(),
        ));
    }
    if plan.hosts.as_ref()?.external().is_empty() {
        return Some(inside);
    }
    let Some(kind) = exposure.by else {
        let message = format!("{}; there is neither an HTTPRoute nor an Ingress", inside.message);
        return Some(Finding { message, ..inside });
    };
    let name = &plan.names.workload;
    if withheld.contains(&kind) {
        let message = format!(
            "the setting exposure.by asks for an {}: add {} to spec.childResources of the CompositeController",
            kind.kind,
            kind.described()
        );
        return Some(Finding::new(Truth::False, "KindNotDeclared", message));
    }
    let outside = match (*kind == kinds::HTTP_ROUTE, plan.observed.find(kind, name)) {
        (true, found) => http_route(plan, exposure, found),
        (false, None) => Finding::not_there(plan.function, kind.kind, name),
        (false, Some(found)) => ingress(plan, found),
    };
    Some(outside)
}

/// The Service that `status.serving` names.
pub(super) fn service<'a>(plan: &'a Plan<'a>) -> Option<&'a str> {
    match plan.engine {
        Engine::Keda => Some(&plan.names.service),
        Engine::Knative => Some(plan.names.of_workload(&kinds::KNATIVE_SERVICE)),
        Engine::Async => None,
    }
}

/// What leads to the function of the keda engine in the cluster.
fn interceptor<'a>(plan: &'a Plan<'a>) -> Finding<'a> {
    for name in [&plan.names.service, &plan.names.bridge] {
        if plan.observed.find(&kinds::SERVICE, name).is_none() {
            return Finding::not_there(plan.function, "Service", name);
        }
    }
    let interceptor = &plan.settings.interceptor;
    let hosts = plan.hosts.as_ref().map(|hosts| hosts.all.join(", "));
    Finding::new(
        Truth::True,
        "ServicesCreated",
        format!(
            "the interceptor {}.{} on port {} forwards {} to Service {}",
            interceptor.service,
            interceptor.namespace,
            interceptor.port,
            hosts.unwrap_or_default(),
            plan.names.service,
        ),
    )
}

/// Knative's own route. A Knative Service that is not there is told of by the workload.
fn knative<'a>(plan: &'a Plan<'a>) -> Option<Finding<'a>> {
    let found = plan.observed.find(&kinds::KNATIVE_SERVICE, &plan.names.bridge)?;
    let name = format!("Knative Service {}", found.name);
    let condition = found.condition("RoutesReady");
    Some(match condition.map(|condition| (condition.status, condition)) {
        Some(("True", _)) => {
            let message = match url(found) {
                Some(url) => format!("{name} is reached at {url}"),
                None => format!("{name} is reached"),
            };
            Finding::new(Truth::True, "RoutesReady", message)
        }
        Some(("False", condition)) => Finding::told(condition, "RoutesNotReady", &name),
        _ => {
            let message = format!("Knative has not reported that its route to {name} is ready");
            Finding::new(Truth::False, "RoutesNotReady", message)
        }
    })
}

/// Where Knative says that a Service is.
pub(super) fn url<'a>(service: &Object<'a>) -> Option<&'a str> {
    let url = service.status_text(&["url"])?;
    let at = ["http://", "https://"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    (at && url.len() <= 253).then_some(url)
}

fn http_route<'a>(plan: &'a Plan<'a>, exposure: &Exposure<'a>, found: Option<&Object<'a>>) -> Finding<'a> {
    let Some(parent) = &exposure.parent else {
        let message = "no Gateway is known for the HTTPRoute: set exposure.gateway or exposure.readGateways, or \
                       exposure.by to what is there";
        return Finding::new(Truth::False, "NoGateway", message.to_owned());
    };
    if plan.engine == Engine::Knative && plan.ready_revision().is_none() {
        let message = format!(
            "no revision of Knative Service {} is ready yet; the HTTPRoute leads to the first one that is",
            plan.names.bridge
        );
        return Finding::new(Truth::False, "NoReadyRevision", message);
    }
    let Some(found) = found else {
        return Finding::not_there(plan.function, kinds::HTTP_ROUTE.kind, &plan.names.workload);
    };
    let name = &format!("HTTPRoute {}", found.name);
    let gateway = format!("Gateway {}/{}", parent.namespace, parent.name);
    let conditions: Vec<Condition<'a>> = parents(found).flat_map(Condition::all).collect();
    let wrong = [
        ("Accepted", "False"),
        ("ResolvedRefs", "False"),
        ("PartiallyInvalid", "True"),
    ];
    for (r#type, status) in wrong {
        let mut all = conditions.iter();
        let Some(condition) = all.find(|found| found.r#type == r#type && found.status == status) else {
            continue;
        };
        let mut told = Finding::told(condition, r#type, name);
        if condition.reason == "RefNotPermitted" {
            let interceptor = &plan.settings.interceptor;
            told.message = format!(
                "{}; a ReferenceGrant in namespace {} must let HTTPRoutes of namespace {} refer to Service {}: \
                 the plugin grants makes it for a Namespace with the label openfunction.io/routes: enabled",
                told.message, interceptor.namespace, plan.function.namespace, interceptor.service
            );
        }
        return told;
    }
    if conditions
        .iter()
        .any(|found| found.r#type == "Accepted" && found.status == "True")
    {
        let message = format!("{name} leads from {gateway} to the function");
        return Finding::new(Truth::True, "RouteAccepted", message);
    }
    let message =
        format!("{gateway} has not accepted {name} yet. If this persists, check that the Gateway exists");
    Finding::new(Truth::False, "NotAcceptedYet", message)
}

/// An ingress controller may well serve an Ingress without giving it an address.
fn ingress<'a>(plan: &'a Plan<'a>, found: &Object<'a>) -> Finding<'a> {
    let balancer = found.get("status").and_then(|status| status.get("loadBalancer"));
    let addresses = balancer.and_then(|balancer| balancer.get("ingress")?.as_list());
    let first = addresses.and_then(|addresses| addresses.first());
    let address = first.and_then(|first| first.get("ip").or_else(|| first.get("hostname"))?.as_text());
    let to = match plan.engine {
        Engine::Knative => format!(
            "Service {}, where Knative answers for host names that it knows (its own domain, or a DomainMapping)",
            plan.names.bridge
        ),
        _ => format!("Service {}", plan.names.bridge),
    };
    match address {
        Some(address) => {
            let message = format!("Ingress {} leads from {address} to {to}", found.name);
            Finding::new(Truth::True, "IngressHasAddress", message)
        }
        None => {
            let message = format!(
                "Ingress {} leads to {to}; no ingress controller has assigned an address",
                found.name
            );
            Finding::new(Truth::Unknown, "IngressWithoutAddress", message)
        }
    }
}
