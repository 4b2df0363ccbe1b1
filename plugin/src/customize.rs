//! The customize hook: which other objects a Function depends on.
//!
//! Only what this Function needs and this cluster has is asked for: Metacontroller stops at a
//! kind that is not installed. A kind that the controller declares for children is installed, and
//! so is Kubernetes' own; any other needs a setting that says so.

use crate::Failure;
use crate::exposure;
use crate::function::Function;
use crate::json::Json;
use crate::normalize::normalize;
use crate::notes::Notes;
use crate::request::Request;
use crate::settings::Settings;

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
    let template = request.take_template();
    let related = request.related();
    let function = normalize(&request.parent, template, &related, &mut Notes::default());
    let mut all = Wanted::default();
    wanted(&function, &settings, &request, &mut all);
    serde_json::to_string(&all.into_json())
        .map_err(|error| Failure::Internal(format!("the answer cannot be written: {error}")))
}

/// Everything that is wanted, part by part.
fn wanted<'a>(
    function: &'a Function<'a>,
    settings: &'a Settings,
    _request: &'a Request<'a>,
    all: &mut Wanted<'a>,
) {
    exposure::wanted(function, settings, all);
}
