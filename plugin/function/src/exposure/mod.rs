//! How a function is reached from outside the cluster: what the settings say, and over them the
//! OpenFunction Gateway of its route where such Gateways are read.

mod gateway;
mod template;
mod unused;

pub(crate) use gateway::wanted;
pub(crate) use unused::{is_empty, warn};

use crate::function::{Function, Http};
use crate::kinds::{self, Kind};
use crate::request::{Children, Objects};
use crate::settings::{By, Settings};
use crate::validate::syntax;
use crate::written::quoted;
use gateway::Gateway;
use template::Values;

/// How one function is reached.
pub(crate) struct Exposure<'a> {
    /// The kind that leads to it, whether the controller declares it or not.
    pub(crate) by: Option<&'static Kind>,
    /// What an HTTPRoute attaches to.
    pub(crate) parent: Option<Parent<'a>>,
    /// The label by which an OpenFunction Gateway finds its HTTPRoutes.
    pub(crate) label: Option<(&'a str, String)>,
    /// The cluster's DNS domain.
    pub(crate) cluster_domain: &'a str,
    /// The host name that a function has which names none itself.
    pub(crate) host: Option<String>,
    /// The path of a function that has no rules; none: all paths.
    pub(crate) path: Option<String>,
    /// Whether an OpenFunction Gateway says so.
    pub(crate) of_gateway: bool,
    /// Why nothing leads to the function.
    pub(crate) problem: Option<Problem>,
}

/// A Gateway of the Gateway API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parent<'a> {
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
}

/// What is wrong with the Gateway or the settings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// In CamelCase, for programs.
    pub(crate) reason: &'static str,
    /// A sentence for people.
    pub(crate) message: String,
}

/// Where host and path come from, with the words for it in messages.
struct Source<'a> {
    reason: &'static str,
    whose: String,
    domain: &'a str,
    host_template: &'a str,
    path_template: &'a str,
}

impl<'a> Exposure<'a> {
    /// How a function with an http trigger is reached.
    pub(crate) fn new(
        function: &Function<'a>,
        http: &Http<'a>,
        settings: &'a Settings,
        observed: &Children<'_>,
        related: &'a Objects<'a>,
    ) -> Self {
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
}

impl Source<'_> {
    fn host(&self, values: &Values<'_>, problem: &mut Option<Problem>) -> Option<String> {
        self.rendered("hostTemplate", self.host_template, values, problem, |host| {
            let host = host.to_ascii_lowercase();
            (syntax::is_host(&host) && !host.starts_with('*'))
                .then_some(host)
                .ok_or("is no host name")
        })
    }

    fn path(&self, values: &Values<'_>, problem: &mut Option<Problem>) -> Option<String> {
        self.rendered("pathTemplate", self.path_template, values, problem, |path| {
            let path = if path.starts_with('/') {
                path
            } else {
                ["/", &path].concat()
            };
            syntax::is_path(&path).then_some(path).ok_or("is no path")
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

    /// Notes a problem; of several the first is told.
    fn problem(&self, field: &str, what: &str, problem: &mut Option<Problem>) {
        problem.get_or_insert_with(|| Problem {
            reason: self.reason,
            message: format!("{}.{field} {what}", self.whose),
        });
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
