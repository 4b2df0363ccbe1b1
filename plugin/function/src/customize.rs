//! The customize hook: which other objects a Function depends on.
//!
//! Only what this Function needs and this cluster has is asked for: Metacontroller stops at a
//! kind that is not installed. A kind that the controller declares for children is installed, and
//! so is Kubernetes' own; any other needs a setting that says so.

use crate::Failure;
use crate::answer::text;
use crate::children::{self, Plan};
use crate::dapr;
use crate::documents::Documents;
use crate::engine;
use crate::exposure;
use crate::json::{Json, Object};
use crate::kinds::Kind;
use crate::normalize::normalize;
use crate::notes::Notes;
use crate::older;
use crate::request::Request;
use crate::settings::Settings;
use crate::status::scaler;
use crate::validate::validate;

/// Objects that are wanted by name, in the form of the hook's response.
#[derive(Default)]
pub(crate) struct Wanted<'a> {
    rules: Vec<Rule<'a>>,
}

/// Objects of one kind and namespace.
struct Rule<'a> {
    api_version: &'static str,
    resource: &'static str,
    namespace: &'a str,
    names: Vec<String>,
}

impl<'a> Wanted<'a> {
    /// Adds an object; one that is wanted already is wanted once.
    pub(crate) fn add(
        &mut self,
        api_version: &'static str,
        resource: &'static str,
        namespace: &'a str,
        name: impl Into<String>,
    ) {
        let name = name.into();
        let found = self.rules.iter_mut().find(|rule| {
            rule.api_version == api_version && rule.resource == resource && rule.namespace == namespace
        });
        match found {
            Some(rule) if rule.names.contains(&name) => {}
            Some(rule) => rule.names.push(name),
            None => self.rules.push(Rule {
                api_version,
                resource,
                namespace,
                names: vec![name],
            }),
        }
    }

    fn into_json(self) -> Json<'a> {
        let rules = self.rules.into_iter().map(|rule| {
            Json::object([
                ("apiVersion", rule.api_version.into()),
                (
                    "names",
                    Json::List(rule.names.into_iter().map(Json::from).collect()),
                ),
                ("namespace", rule.namespace.into()),
                ("resource", rule.resource.into()),
            ])
        });
        Json::object([("relatedResources", Json::List(rules.collect()))])
    }
}

/// Answers Metacontroller's customize hook for a Function: the other objects that sync reads.
///
/// `request` is the hook's request and `settings` the plugin's configuration, both JSON. The
/// answer depends on the Function's spec, the controller and the settings alone. What is wrong
/// with a Function is for sync to tell; here it only asks for less.
///
/// # Errors
/// [`Failure::Internal`] if request or settings cannot be read.
pub fn customize(request: &str, settings: &str) -> Result<String, Failure> {
    let settings = Settings::parse(settings)?;
    let mut request = Request::parse_without_children(request)?;
    let mut notes = Notes::default();
    older::rewrite(&mut request.parent, &mut notes);
    let template = request.take_template();
    let (observed, related) = (request.children(), request.related());
    let documents = Documents::find(&request.parent, &related, &settings);
    let (function, template) = normalize(
        &request.parent,
        template,
        &related,
        &documents,
        &settings,
        &mut notes,
    );
    let mut all = Wanted::default();
    validate(&function, &template, &settings, &mut notes);
    // What has a limit multiplies, here too.
    if let Some(serving) = function.serving.as_ref().filter(|_| !notes.has_too_many) {
        let (engine, _) = engine::choose(serving, &settings);
        let plan = Plan::new(&function, serving, engine, &settings, &observed, &related);
        wanted(&plan, &request, &mut all);
        if settings.check_names {
            of_our_names(&plan, template, &request, &mut all);
        }
    }
    text(&all.into_json())
}

/// Everything that is wanted, part by part.
fn wanted<'a>(plan: &Plan<'a>, request: &Request<'_>, all: &mut Wanted<'a>) {
    scaler::wanted(plan, request, all);
    dapr::wanted(plan.function, request, all);
    exposure::wanted(plan.function, plan.settings, all);
    let config = &plan.settings.global_config;
    if !config.name.is_empty() {
        all.add("v1", "configmaps", &config.namespace, &*config.name);
    }
}

/// What has the names of our children, whosever it is.
fn of_our_names<'a>(plan: &Plan<'a>, template: Object<'a>, request: &Request<'_>, all: &mut Wanted<'a>) {
    for child in children::desired(plan, template, &mut Notes::default()) {
        let kind = Kind::of(child.api_version, child.kind);
        if let Some(kind) = kind.filter(|kind| request.declares(kind)) {
            all.add(
                kind.api_version,
                kind.resource,
                plan.function.namespace,
                child.name,
            );
        }
    }
}
