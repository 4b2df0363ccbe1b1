//! OpenFunction's own Gateway, which says under which names functions are reached and which
//! Gateway of the Gateway API leads to them.
//!
//! Source: OpenFunction's `apis/networking/v1alpha1/gateway_types.go`.

use super::found::{Exposure, Parent, Problem, Source};
use crate::formats::json::Json;
use crate::formats::names;
use crate::formats::syntax;
use crate::formats::written::quoted;
use crate::function::conventions::{FUNCTION_LABEL, ROLE_LABEL};
use crate::function::request::Objects;
use crate::function::types::GatewayRef;
use crate::kinds::GATEWAY;

// The defaults of its CRD.
const HOST_TEMPLATE: &str = "{{.Name}}.{{.Namespace}}.{{.Domain}}";
const PATH_TEMPLATE: &str = "{{.Namespace}}/{{.Name}}";
const LABEL_KEY: &str = "app.kubernetes.io/managed-by";

/// A Gateway that is there.
pub(super) struct Gateway<'a> {
    name: &'a str,
    namespace: &'a str,
    spec: Option<&'a Json<'a>>,
}

impl<'a> Gateway<'a> {
    /// The Gateway that a route names.
    ///
    /// # Errors
    /// If there is none, or none has been asked for.
    pub(super) fn read(of: &GatewayRef<'a>, related: &'a Objects<'a>) -> Result<Self, Problem> {
        let not_found = |message: String| Problem {
            reason: "GatewayNotFound",
            message,
        };
        let (name, namespace) = (of.name, of.namespace);
        if !related.has_group(GATEWAY.api_version, GATEWAY.kind) {
            return Err(not_found(format!(
                "OpenFunction's Gateway {namespace}/{name} has not been read: exposure.readGateways needs the \
                 customize hook in the CompositeController; Metacontroller asks it again when the Function changes"
            )));
        }
        match related.find_in(GATEWAY.api_version, GATEWAY.kind, namespace, name) {
            Some(found) => Ok(Gateway {
                name,
                namespace,
                spec: found.get("spec"),
            }),
            None => Err(not_found(format!(
                "there is no Gateway (apiVersion: {}) {namespace}/{name}: make it, or name another in \
                 spec.serving.triggers.http.route.gatewayRef",
                GATEWAY.api_version
            ))),
        }
    }

    /// Puts what it says over what the settings say.
    pub(super) fn apply(&self, exposure: &mut Exposure<'a>, source: &mut Source<'a>) {
        let mut problem = None;
        *source = Source {
            reason: "GatewayInvalid",
            whose: format!("OpenFunction's Gateway {}/{}: spec", self.namespace, self.name),
            domain: self.text("domain").unwrap_or_default(),
            host_template: self.text("hostTemplate").unwrap_or(HOST_TEMPLATE),
            // Its default hides a function that has a host of its own under a path that nobody
            // asked for; any other is meant.
            path_template: self
                .text("pathTemplate")
                .filter(|template| without_spaces(template) != PATH_TEMPLATE)
                .unwrap_or(source.path_template),
        };
        if !syntax::is_subdomain(source.domain) {
            source.problem("domain", &not(source.domain, "a DNS domain"), &mut problem);
        }
        if let Some(domain) = self.text("clusterDomain") {
            match syntax::is_subdomain(domain) && domain.len() <= MAX_CLUSTER_DOMAIN {
                true => exposure.cluster_domain = domain,
                false => source.problem("clusterDomain", &not(domain, "a DNS domain"), &mut problem),
            }
        }
        exposure.parent = self.parent(source, &mut problem);
        let key = self.text("httpRouteLabelKey").unwrap_or(LABEL_KEY);
        if !syntax::is_key(key) || ["controller-uid", FUNCTION_LABEL, ROLE_LABEL].contains(&key) {
            let what = not(key, "the key of a label that is free");
            source.problem("httpRouteLabelKey", &what, &mut problem);
        }
        let value = names::label(&format!("{}.{}", self.namespace, self.name));
        exposure.label = Some((key, value));
        exposure.problem = problem;
    }

    /// The Gateway API's Gateway: one that OpenFunction makes, or else one that it finds.
    fn parent(&self, source: &Source<'_>, problem: &mut Option<Problem>) -> Option<Parent<'a>> {
        let fields = ["gatewayDef", "gatewayRef"];
        let found = fields
            .iter()
            .find_map(|field| Some((field, self.spec?.get(field)?)))
            .filter(|(_, found)| found.as_object().is_some());
        let Some((field, found)) = found else {
            let what = "is required: set gatewayRef or gatewayDef to a Gateway of the Gateway API";
            source.problem("gatewayRef", what, problem);
            return None;
        };
        let text = |key| found.get(key).and_then(Json::as_text).unwrap_or_default();
        let (name, namespace) = (text("name"), text("namespace"));
        if !syntax::is_subdomain(name) || !syntax::is_label(namespace) {
            source.problem(field, "needs the name and the namespace of a Gateway", problem);
            return None;
        }
        Some(Parent { name, namespace })
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        let found = self.spec?.get(key)?.as_text()?;
        (!found.is_empty()).then_some(found)
    }
}

/// As long as the setting clusterDomain may be.
const MAX_CLUSTER_DOMAIN: usize = 100;

fn not(found: &str, what: &str) -> String {
    format!("is {}, which is not {what}", quoted(found))
}

fn without_spaces(template: &str) -> String {
    template.chars().filter(|c| *c != ' ').collect()
}
