//! The Function's status: OpenFunction's own fields, and conditions that tell the truth.
//!
//! Each part has a file: what it finds in what is observed, and the fields that it fills in. A
//! part that a Function does not have has no condition.
//!
//! There is no clock. A condition whose status is unchanged keeps its time; a changed one takes
//! the newest time that is observed anywhere, else the Function's creation time.

mod addresses;
mod build;
mod dapr;
mod route;
pub(crate) mod scaler;
pub(crate) mod time;
mod workload;

use crate::build::Building;
use crate::children::{Child, Names, Plan};
use crate::function::Function;
use crate::json::{Json, Object};
use crate::kinds::Kind;
use crate::moves::Move;
use crate::notes::Notes;
use crate::request::{Children, Condition};
use time::Times;

/// A condition's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
}

/// What a condition says, before it has a time.
#[derive(Debug, Clone)]
pub(crate) struct Finding<'a> {
    pub(crate) truth: Truth,
    /// In CamelCase, for programs.
    pub(crate) reason: &'a str,
    /// A sentence that says what to do, for people.
    pub(crate) message: String,
}

/// Why a Function is not served.
#[derive(Debug)]
pub(crate) struct Held {
    /// OpenFunction's word for it.
    pub(crate) state: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    /// What is read otherwise than it is written: a field that is missing may be a misspelt one.
    pub(crate) warnings: String,
}

/// Kubernetes' own limit.
const MAX_REASON: usize = 1024;

impl Truth {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Truth::True => "True",
            Truth::False => "False",
            Truth::Unknown => "Unknown",
        }
    }
}

/// A message as it is written: what others say in it, and the names in it, are of any length, and
/// it is written in several places.
fn shown<'a>(mut message: String) -> Json<'a> {
    const MAX_BYTES: usize = 8 << 10;
    if message.len() > MAX_BYTES {
        message.truncate(message.floor_char_boundary(MAX_BYTES));
        message.push('…');
    }
    message.into()
}

impl<'a> Finding<'a> {
    pub(crate) fn new(truth: Truth, reason: &'a str, message: String) -> Self {
        Finding {
            truth,
            reason,
            message,
        }
    }

    /// A failure in the words of whoever found it; `name` says of what.
    fn told(condition: &Condition<'a>, default_reason: &'a str, name: &str) -> Self {
        let reason = match condition.reason {
            "" => default_reason,
            reason if reason.len() > MAX_REASON => default_reason,
            reason => reason,
        };
        let message = match condition.message {
            "" => format!("{name}: {reason}"),
            message => format!("{name}: {message}"),
        };
        Finding::new(Truth::False, reason, message)
    }

    /// A child that is asked for and not observed.
    fn not_there(function: &Function<'_>, kind: &str, name: &str) -> Self {
        let message = not_yet(function, &format!("{kind} {name} does not exist"));
        Finding::new(Truth::False, "NotThereYet", message)
    }
}

/// What may keep a child from being made. Metacontroller tells of a refusal in an Event of the
/// Function alone, and of a name that another object has not at all.
#[cold]
fn not_yet(function: &Function<'_>, what: &str) -> String {
    format!(
        "{what} yet. If this persists, see the Events of `kubectl describe function {} -n {}`: the API server or an \
         admission webhook has probably rejected the object, or another object uses its name",
        function.name, function.namespace
    )
}

/// The status of a Function that is not served, and why. What it has of children stays as it is,
/// and is still told of; `parent` is the Function as it was observed.
pub(crate) fn held<'a>(
    held: Held,
    function: &str,
    parent: &Json<'a>,
    observed: &Children<'a>,
    times: &Times<'a>,
) -> Object<'a> {
    let names = Names::new(function);
    let finding = Finding::new(Truth::False, held.reason, held.message.clone());
    let mut conditions = vec![condition("Ready", finding, times)];
    let mut status = Object::new();
    let mut resources = Object::new();
    if let Some(workload) = workload::any(&names, observed) {
        workload.fill(&mut status);
        resources = self::resources(&workload, parent);
        conditions.push(condition("Workload", workload.finding, times));
    }
    if let Some(finding) = scaler::any(&names, observed) {
        conditions.push(condition("Scaler", finding, times));
    }
    if !held.warnings.is_empty() {
        let finding = Finding::new(Truth::True, "Warnings", held.warnings);
        conditions.push(condition("Normalized", finding, times));
    }
    keep(&build::KEPT, parent, &mut status);
    let build = parent.get("spec").and_then(|spec| spec.get("build"));
    if matches!(build, None | Some(Json::Null)) {
        status.insert_default("build", skipped());
    }
    status.insert("conditions", Json::List(conditions));
    let serving = serving(held.state, held.reason, held.message, resources);
    status.insert("serving", serving);
    status
}

/// Keeps what an earlier sync has said, while nothing new can be said.
pub(crate) fn keep<'a>(parts: &[&'static str], parent: &Json<'a>, status: &mut Object<'a>) {
    for part in parts {
        let before = parent.get("status").and_then(|status| status.get(part));
        if let Some(before @ (Json::Object(_) | Json::List(_))) = before {
            status.insert(*part, before.clone());
        }
    }
}

/// The status of a Function of which nothing runs: it is only built, or `waits` for its first
/// image.
pub(crate) fn built<'a>(
    building: Option<&'a Building<'a>>,
    waits: bool,
    notes: &Notes,
    times: &Times<'a>,
) -> Object<'a> {
    const NOT_SERVED: &str = "spec.serving is not set, so that nothing is served";
    let mut status = Object::of([("build", skipped())]);
    let found = building.map(|building| {
        let finding = build::find(building);
        build::fill(building, &finding, &mut status);
        finding
    });
    let mut ready = found.clone().unwrap_or_else(|| {
        let message = NOT_SERVED.to_owned();
        Finding::new(Truth::False, "NotServed", message)
    });
    if waits {
        let message = format!("nothing runs before the image is built: {}", ready.message);
        status.insert("serving", waiting(ready.reason, message));
    } else {
        let message = NOT_SERVED.to_owned();
        let serving = serving("Skipped", "NotServed", message, Object::new());
        status.insert("serving", serving);
    }
    if waits || ready.truth == Truth::Unknown {
        ready.truth = Truth::False;
    }
    let mut conditions = vec![condition("Ready", ready, times)];
    conditions.extend(found.map(|found| condition("Build", found, times)));
    conditions.push(condition("Normalized", normalized(notes), times));
    status.insert("conditions", Json::List(conditions));
    status
}

/// Whether the workload that the engine makes is ready: from then on it serves.
pub(crate) fn is_ready(plan: &Plan<'_>) -> bool {
    workload::of(plan).finding.truth == Truth::True
}

/// What keeps a Function from having all that it asks for.
#[derive(Debug, Default)]
pub(crate) struct Obstacles {
    /// Kinds that it could use and that the controller does not declare.
    pub(crate) withheld: Vec<&'static Kind>,
    /// What waits until something else is gone, and what serves meanwhile.
    pub(crate) r#move: Move,
    /// Children whose names others have.
    pub(crate) taken: Vec<String>,
}

/// The status of a Function that is served.
pub(crate) fn served<'a>(
    plan: &'a Plan<'a>,
    building: Option<&'a Building<'a>>,
    desired: &[Child<'_>],
    obstacles: &Obstacles,
    notes: &Notes,
    times: &Times<'a>,
    parent: &Json<'a>,
) -> Object<'a> {
    let workload = workload::of(plan);
    let withheld = &obstacles.withheld;
    let parts = [
        ("Workload", Some(workload.finding.clone())),
        ("Scaler", scaler::find(plan)),
        ("Route", route::find(plan, withheld)),
    ];
    let mut counted = parts.to_vec();
    counted.push(("Dapr", dapr::blocking(plan)));
    let ready = obstacles
        .finding()
        .unwrap_or_else(|| ready(plan.function, &counted, &missing(desired, plan.observed)));
    let others = [("Dapr", dapr::find(plan, withheld))];
    let mut conditions = vec![condition("Ready", ready, times)];
    let mut status = Object::of([("build", skipped())]);
    if let Some(building) = building {
        // What runs does not depend on it: it is the last image until there is a newer one.
        let finding = build::find(building);
        build::fill(building, &finding, &mut status);
        conditions.push(condition("Build", finding, times));
    }
    for (r#type, finding) in parts.into_iter().chain(others) {
        conditions.extend(finding.map(|finding| condition(r#type, finding, times)));
    }
    conditions.push(condition("Normalized", normalized(notes), times));
    workload.fill(&mut status);
    addresses::fill(plan, &mut status, times);
    status.insert("conditions", Json::List(conditions));
    let found = &workload.finding;
    let mut resources = resources(&workload, parent);
    if let Some(service) = route::service(plan) {
        resources.insert("service", service.into());
    }
    let serving = serving(workload.state, found.reason, found.message.clone(), resources);
    status.insert("serving", serving);
    status
}

impl Obstacles {
    /// What is to be said first: it is not for want of time that something is not there.
    fn finding<'a>(&self) -> Option<Finding<'a>> {
        if !self.taken.is_empty() {
            let message = format!(
                "another object has the name of {}: delete it, or rename it or the Function; it is left alone",
                self.taken.join(", ")
            );
            return Some(Finding::new(Truth::False, "NameTaken", message));
        }
        let waiting = self.r#move.waiting.iter();
        let mut parts: Vec<String> = waiting
            .map(|waiting| format!("{} waits until {}", waiting.child, waiting.until))
            .collect();
        for serving in &self.r#move.serving {
            parts.push(format!("{serving} serves until its successor is ready"));
        }
        (!parts.is_empty()).then(|| Finding::new(Truth::False, "Moving", parts.join("; ")))
    }
}

/// `status.serving`, in OpenFunction's words; `resources` names the objects that serve.
fn serving<'a>(state: &'static str, reason: &'a str, message: String, mut resources: Object<'a>) -> Json<'a> {
    resources.insert("message", shown(message));
    resources.insert("reason", reason.into());
    resources.insert("state", state.into());
    Json::Object(resources)
}

/// What serves, and what served last with success: it is named until another one does.
fn resources<'a>(workload: &workload::Workload<'a>, parent: &Json<'a>) -> Object<'a> {
    const LAST: &str = "lastSuccessfulResourceRef";
    let mut resources = Object::of([("resourceRef", workload.name.into())]);
    let before = parent
        .get("status")
        .and_then(|status| status.get("serving")?.get(LAST));
    if workload.finding.truth == Truth::True {
        resources.insert(LAST, workload.name.into());
    } else if let Some(before @ Json::Text(_)) = before {
        resources.insert(LAST, before.clone());
    }
    resources
}

/// `status.build` of a Function whose image is there already: scripts and the printer columns of OpenFunction read
/// it.
fn skipped<'a>() -> Json<'a> {
    Json::object([("state", "Skipped".into())])
}

/// `status.serving` before anything is served: OpenFunction's word for it is none.
fn waiting<'a>(reason: &'a str, message: String) -> Json<'a> {
    Json::object([("message", shown(message)), ("reason", reason.into())])
}

fn condition<'a>(r#type: &'static str, finding: Finding<'a>, times: &Times<'a>) -> Json<'a> {
    let mut condition = Object::of([
        ("lastTransitionTime", times.of(r#type, finding.truth).into()),
        ("message", shown(finding.message)),
        ("reason", finding.reason.into()),
        ("status", finding.truth.as_str().into()),
        ("type", r#type.into()),
    ]);
    if let Some(generation) = times.generation() {
        condition.insert("observedGeneration", generation.into());
    }
    Json::Object(condition)
}

/// All in all. Never true because nothing has been observed yet.
fn ready<'a>(
    function: &Function<'_>,
    parts: &[(&str, Option<Finding<'a>>)],
    missing: &[String],
) -> Finding<'a> {
    if !missing.is_empty() {
        let does = if missing.len() == 1 { "does" } else { "do" };
        let message = not_yet(function, &format!("{} {does} not exist", missing.join(", ")));
        return Finding::new(Truth::False, "Creating", message);
    }
    let mut findings = parts.iter().filter_map(|(_, finding)| finding.as_ref());
    let first = findings.clone().next();
    let failed = findings.find(|finding| finding.truth == Truth::False);
    match (failed, first) {
        (Some(failed), _) => failed.clone(),
        (None, Some(workload)) => Finding::new(Truth::True, workload.reason, workload.message.clone()),
        (None, None) => Finding::new(
            Truth::Unknown,
            "NothingObserved",
            "nothing is observed".to_owned(),
        ),
    }
}

/// The desired children that are not observed.
pub(crate) fn missing(desired: &[Child<'_>], observed: &Children<'_>) -> Vec<String> {
    desired
        .iter()
        .filter(|child| {
            observed
                .find_named(child.api_version, child.kind, &child.name)
                .is_none()
        })
        .map(|child| format!("{} {}", child.kind, child.name))
        .collect()
}

fn normalized(notes: &Notes) -> Finding<'static> {
    if notes.warnings.is_empty() {
        let message = "the Function is used as it is written".to_owned();
        return Finding::new(Truth::False, "AsWritten", message);
    }
    Finding::new(Truth::True, "Warnings", notes.warnings())
}
