//! The customize hook: which other objects a Function depends on.
//!
//! Only what this Function needs and this cluster has is asked for: Metacontroller stops at a
//! kind that is not installed. A kind that the controller declares for children is installed, and
//! so is Kubernetes' own; any other needs a setting that says so.

use super::answer::text;
use crate::children;
use crate::failure::Failure;
use crate::formats::notes::Notes;
use crate::function::documents::Documents;
use crate::function::older;
use crate::function::read::read;
use crate::function::request::Request;
use crate::function::settings::Settings;
use crate::plan::decisions::Plan;
use crate::plan::wanted::{self, Wanted};

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
    let (function, _) = read(
        &request.parent,
        template,
        &related,
        &documents,
        &settings,
        &mut notes,
    );
    let mut all = Wanted::default();
    // What has a limit multiplies, here too.
    if let Some(serving) = function.serving.as_ref().filter(|_| !notes.has_too_many) {
        let plan = Plan::new(&function, serving, &settings, &observed, &related);
        all = wanted::find(&plan, &request);
        if settings.check_names {
            of_our_names(&plan, &request, &mut all);
        }
        return Ok(text(&all.into_json()));
    }
    Ok(text(&all.into_json()))
}

/// What has the names of the Function's children, whosever it is.
fn of_our_names<'a>(plan: &'a Plan<'a>, request: &Request<'_>, all: &mut Wanted<'a>) {
    for (kind, name) in children::names(plan).filter(|(kind, _)| request.declares(kind)) {
        all.add(kind, plan.function.namespace, name);
    }
}
