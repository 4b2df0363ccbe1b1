//! How a function is reached from outside the cluster: what the settings say, and over them the
//! OpenFunction Gateway of its route where such Gateways are read.

mod found;
mod gateway;
mod template;

pub(crate) use found::{Exposure, Parent};

use crate::formats::syntax;
use crate::formats::written::quoted;
use crate::function::request::{Children, Objects};
use crate::function::settings::{By, Settings};
use crate::function::types::{Function, Http};
use crate::kinds::{self, Kind};
use found::{Problem, Source};
use gateway::Gateway;
use template::Values;

/// How a function with an http trigger is reached.
pub(crate) fn find<'a>(
    function: &Function<'a>,
    http: &Http<'a>,
    settings: &'a Settings,
    observed: &Children<'_>,
    related: &'a Objects<'a>,
) -> Exposure<'a> {
    let exposure = &settings.exposure;
    let mut found = Exposure {
        by: kind(exposure.by, observed),
        parent: parent(settings, function.namespace),
        label: None,
        cluster_domain: &settings.cluster_domain,
        host: None,
        path: None,
        of_gateway: exposure.read_gateways,
        problem: None,
    };
    let mut source = Source {
        reason: "SettingsInvalid",
        whose: "the setting exposure".to_owned(),
        domain: &exposure.domain,
        host_template: &exposure.host_template,
        path_template: &exposure.path_template,
    };
    if exposure.read_gateways {
        match Gateway::read(&http.gateway, related) {
            Ok(gateway) => gateway.apply(&mut found, &mut source),
            Err(problem) => {
                found.problem = Some(problem);
                return found;
            }
        }
    }
    let named = http.hostnames.is_some();
    let shared = named || !template::tells_apart(source.host_template);
    let values = Values {
        name: function.name,
        namespace: function.namespace,
        domain: source.domain,
    };
    let mut problem = None;
    if !named && !source.domain.is_empty() {
        found.host = source.host(&values, &mut problem);
    }
    if shared && http.rules.is_none() && !source.path_template.is_empty() {
        found.path = source.path(&values, &mut problem);
    }
    found.problem = found.problem.or(problem);
    found
}

impl Source<'_> {
    fn host(&self, values: &Values<'_>, problem: &mut Option<Problem>) -> Option<String> {
        self.rendered("hostTemplate", self.host_template, values, problem, |host| {
            let host = host.to_ascii_lowercase();
            (syntax::is_host(&host) && !host.starts_with('*'))
                .then_some(host)
                .ok_or("is not a host name")
        })
    }

    fn path(&self, values: &Values<'_>, problem: &mut Option<Problem>) -> Option<String> {
        self.rendered("pathTemplate", self.path_template, values, problem, |path| {
            let path = if path.starts_with('/') {
                path
            } else {
                ["/", &path].concat()
            };
            syntax::is_path(&path).then_some(path).ok_or("is not a path")
        })
    }

    fn rendered(
        &self,
        field: &str,
        template: &str,
        values: &Values<'_>,
        problem: &mut Option<Problem>,
        valid: fn(String) -> Result<String, &'static str>,
    ) -> Option<String> {
        let made = values.render(template).and_then(|made| {
            let shown = quoted(&made);
            valid(made).map_err(|what| format!("makes {shown}, which {what}"))
        });
        made.map_err(|what| self.problem(field, &what, problem)).ok()
    }
}

fn kind(by: By, observed: &Children<'_>) -> Option<&'static Kind> {
    match by {
        By::Auto => {
            let mut kinds = [&kinds::HTTP_ROUTE, &kinds::INGRESS].into_iter();
            kinds.find(|kind| observed.declares(kind))
        }
        By::HttpRoute => Some(&kinds::HTTP_ROUTE),
        By::Ingress => Some(&kinds::INGRESS),
        By::None => None,
    }
}

fn parent<'a>(settings: &'a Settings, own: &'a str) -> Option<Parent<'a>> {
    let gateway = &settings.exposure.gateway;
    let namespace = match gateway.namespace.as_str() {
        "" => own,
        namespace => namespace,
    };
    (!gateway.name.is_empty()).then_some(Parent {
        name: &gateway.name,
        namespace,
    })
}
