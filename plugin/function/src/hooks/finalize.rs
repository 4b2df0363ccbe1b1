//! The finalize hook: in which order the children of a Function that is being deleted go.
//!
//! First what leads to it, then what serves, then what scales, then what is left: callers see no
//! half-dead function, and no scaler that goes sets a dying workload back to one replica.

use metawasm_json::{Members, Write};

use super::answer::text;
use crate::children::child::Child;
use crate::failure::Failure;
use crate::formats::json::Json;
use crate::function::conventions::BRIDGE_ROLE;
use crate::function::request::{Object, Request};
use crate::function::settings::Settings;
use crate::kinds::{self, Kind};
use crate::lifecycle::repeat;
use crate::status::held::{self, Held};
use crate::status::time::Times;

/// The hook's response.
struct Answer<'a> {
    children: Vec<Child<'a>>,
    finalized: bool,
    status: Json<'a>,
}

impl Write for Answer<'_> {
    fn write(&self, to: &mut String) {
        let mut answer = Members::new(to);
        self.children.write(answer.key("children"));
        answer.member("finalized", &self.finalized);
        answer.member("status", &self.status);
        answer.end();
    }
}

/// When a child goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Routes,
    Workloads,
    Scalers,
    Rest,
}

const WORKLOADS: [&Kind; 5] = [
    &kinds::DEPLOYMENT,
    &kinds::STATEFUL_SET,
    &kinds::JOB,
    &kinds::KNATIVE_SERVICE,
    &kinds::SERVICE,
];
const SCALERS: [&Kind; 4] = [
    &kinds::HTTP_SCALED_OBJECT,
    &kinds::INTERCEPTOR_ROUTE,
    &kinds::SCALED_OBJECT,
    &kinds::SCALED_JOB,
];

/// Answers Metacontroller's finalize hook for a Function that is being deleted.
///
/// `request` is the hook's request and `settings` the plugin's configuration, both JSON. The
/// answer asks for the children whose time has not come, as they were last asked for; where
/// nobody knows how that was (as under server-side apply), a child goes earlier than it should.
/// `finalized` is true once nothing is observed.
///
/// # Errors
/// [`Failure::Internal`] if request or settings cannot be read.
pub fn finalize(request: &str, settings: &str) -> Result<String, Failure> {
    Settings::parse(settings)?;
    let request = Request::parse(request)?;
    let observed = request.children();
    let conditions = request.conditions();
    let times = Times::new(&conditions, request.created(), request.generation(), &observed);
    let all = observed.all();
    let now = all.iter().map(stage).min();
    let going = all.iter().filter(|object| Some(stage(object)) == now);
    let going: Vec<String> = going
        .map(|object| format!("{} {}", object.kind, object.name))
        .collect();
    let later = all.iter().filter(|object| Some(stage(object)) > now);
    let held = Held::deleted(&going);
    let status = held::status(held, request.name(), &request.parent, &observed, &times);
    let answer = Answer {
        children: later.filter_map(repeat::child).collect(),
        finalized: all.is_empty() && !observed.has_others(),
        status: Json::Object(status),
    };
    Ok(text(&answer))
}

fn stage(object: &Object<'_>) -> Stage {
    let is = |kinds: &[&Kind]| kinds.iter().any(|kind| object.is(kind));
    if is(&kinds::ROUTES) || object.is(&kinds::SERVICE) && object.role == BRIDGE_ROLE {
        Stage::Routes
    } else if is(&WORKLOADS) {
        Stage::Workloads
    } else if is(&SCALERS) {
        Stage::Scalers
    } else {
        Stage::Rest
    }
}

impl Held {
    fn deleted(going: &[String]) -> Self {
        let message = match going {
            [] => "the Function is being deleted; all its children are gone".to_owned(),
            going => format!(
                "the Function is being deleted; deleted next: {}",
                going.join(", ")
            ),
        };
        Held {
            state: "",
            reason: "Deleting",
            message,
            warnings: String::new(),
        }
    }
}
