//! The sync hook: what should exist, and how things are.

use serde::Serialize;

use crate::Failure;
use crate::api::request::{Children, Request};
use crate::children::{self, Child, KINDS, Plan};
use crate::engine::{self, Engine};
use crate::json::Json;
use crate::normalize::normalize;
use crate::notes::Notes;
use crate::repeat;
use crate::settings::Settings;
use crate::status::observed::missing;
use crate::status::{Held, Status, time::Times};
use crate::validate::validate;

/// How long to wait for a desired child that is not there: Metacontroller does not say when
/// another object has its name.
const RESYNC_SECONDS: u32 = 10;

/// The hook's response.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    children: Vec<Child<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resync_after_seconds: Option<u32>,
    status: Status<'a>,
}

/// Answers Metacontroller's sync hook for a Function.
///
/// `request` is the hook's request and `settings` the plugin's configuration, both JSON. The
/// same input always has the same answer.
///
/// A Function that is invalid, or that this version cannot serve, is an answer too: its status
/// says why, and the children that it has are asked for again as they were.
///
/// # Errors
/// - [`Failure::Invalid`] if the Function cannot be served and it is not known what was asked
///   for before.
/// - [`Failure::Internal`] if request or settings cannot be read.
pub fn sync(request: &str, settings: &str) -> Result<String, Failure> {
    let settings = Settings::parse(settings)?;
    let mut request = Request::parse(request)?;
    let template = request.take_template();
    let observed = request.children();
    let conditions = request.conditions();
    let times = Times::new(&conditions, request.created(), request.generation(), &observed);
    answer(&request.parent, template, &settings, &observed, &times)
}

/// The answer's JSON, in a buffer that a usual one fits: growing copies, and in a sandbox that
/// never frees it also costs memory.
fn text(answer: &Answer<'_>) -> Result<String, Failure> {
    const USUAL_BYTES: usize = 8 << 10;
    let mut json = Vec::with_capacity(USUAL_BYTES);
    let unwritable = |what: &str| Failure::Internal(format!("the answer cannot be written: {what}"));
    serde_json::to_writer(&mut json, answer).map_err(|error| unwritable(&error.to_string()))?;
    String::from_utf8(json).map_err(|_| unwritable("it is no text"))
}

fn answer(
    parent: &Json<'_>,
    template: Json<'_>,
    settings: &Settings,
    observed: &Children<'_>,
    times: &Times<'_>,
) -> Result<String, Failure> {
    let mut notes = Notes::default();
    let mut function = normalize(parent, template, &mut notes);
    let template = function
        .serving
        .as_mut()
        .map(|serving| std::mem::take(&mut serving.template))
        .unwrap_or_default();
    validate(&function, &template, settings, &mut notes);
    let status = |held| Status::held(held, function.name, settings, observed, times);
    if !notes.problems.is_empty() {
        return unchanged(Held::invalid(&notes), observed, status);
    }
    let Some(serving) = &function.serving else {
        return text(&Answer::without_children(status(Held::only_built())));
    };
    let (engine, because) = engine::choose(serving, settings);
    let (Engine::Keda, Some(http)) = (engine, &serving.http) else {
        return unchanged(
            Held::not_built(engine::not_built(engine, because)),
            observed,
            status,
        );
    };
    if let Some(undeclared) = undeclared(observed) {
        return unchanged(undeclared, observed, status);
    }
    let plan = Plan::new(&function, serving, http, settings);
    let children = children::desired(&plan, template, &mut notes);
    let waiting = !missing(&children, observed).is_empty();
    text(&Answer {
        status: Status::served(&plan, &children, observed, &notes, times),
        resync_after_seconds: waiting.then_some(RESYNC_SECONDS),
        children,
    })
}

/// The kinds that the engine needs and the controller does not declare: Metacontroller would
/// create such a child and never see it again.
fn undeclared(observed: &Children<'_>) -> Option<Held> {
    let missing: Vec<String> = KINDS
        .iter()
        .filter(|(api_version, kind, _)| !observed.declares(api_version, kind))
        .map(|(api_version, kind, resource)| {
            format!("{kind} (apiVersion: {api_version}, resource: {resource})")
        })
        .collect();
    (!missing.is_empty()).then(|| Held {
        state: "Failed",
        reason: "KindNotDeclared",
        message: format!(
            "the KEDA engine needs {}: add what is missing to spec.childResources of the CompositeController",
            missing.join(" and ")
        ),
    })
}

/// The answer for a Function that is not served: its children stay as they are.
fn unchanged<'a>(
    held: Held,
    observed: &Children<'_>,
    status: impl Fn(Held) -> Status<'a>,
) -> Result<String, Failure> {
    let children = repeat::children(observed).map_err(|unknown| {
        Failure::Invalid(format!(
            "{}; nothing is changed, because {} does not say what was last asked for",
            held.message, unknown.child
        ))
    })?;
    text(&Answer {
        children,
        ..Answer::without_children(status(held))
    })
}

impl<'a> Answer<'a> {
    fn without_children(status: Status<'a>) -> Self {
        Answer {
            children: Vec::new(),
            resync_after_seconds: None,
            status,
        }
    }
}

impl Held {
    fn invalid(notes: &Notes) -> Self {
        Held {
            state: "Failed",
            reason: "Invalid",
            message: notes.problems(),
        }
    }

    fn only_built() -> Self {
        Held {
            state: "Skipped",
            reason: "NotServed",
            message: "spec.serving is not set, so that nothing is served".to_owned(),
        }
    }

    fn not_built(message: String) -> Self {
        Held {
            state: "Failed",
            reason: "EngineNotBuilt",
            message,
        }
    }
}
