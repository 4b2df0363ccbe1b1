//! The sync hook: what should exist, and how things are.

use std::borrow::Cow;

use metawasm_json::{Members, Write};

use super::answer::text;
use crate::children;
use crate::children::child::Child;
use crate::failure::Failure;
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;
use crate::function::documents::Documents;
use crate::function::older;
use crate::function::read::read;
use crate::function::request::{Children, Objects, Request};
use crate::function::settings::Settings;
use crate::function::types::{Function, Serving};
use crate::kinds::Kind;
use crate::lifecycle::{moves, repeat, taken};
use crate::plan::building::Building;
use crate::plan::decisions::Plan;
use crate::status::held::Held;
use crate::status::obstacles::Obstacles;
use crate::status::time::Times;
use crate::status::{built, held, missing, parts, served, workload};

/// How long to wait for a desired child that is not there: Metacontroller does not say when
/// another object has its name.
const RESYNC_SECONDS: u32 = 10;

/// The hook's response.
struct Answer<'a> {
    children: Vec<Child<'a>>,
    resync_after_seconds: Option<u32>,
    status: Json<'a>,
}

impl Write for Answer<'_> {
    fn write(&self, to: &mut String) {
        let mut answer = Members::new(to);
        self.children.write(answer.key("children"));
        if let Some(seconds) = self.resync_after_seconds {
            answer.member("resyncAfterSeconds", &i64::from(seconds));
        }
        answer.member("status", &self.status);
        answer.end();
    }
}

/// What is known from a request, read.
struct Known<'a> {
    parent: &'a Json<'a>,
    settings: &'a Settings,
    observed: &'a Children<'a>,
    related: &'a Objects<'a>,
    times: &'a Times<'a>,
}

/// Answers Metacontroller's sync hook for a Function.
///
/// `request` is the hook's request and `settings` the plugin's configuration, both JSON. The
/// same input always has the same answer.
///
/// A Function that is invalid, or that this cluster cannot serve, is an answer too: its status
/// says why, and the children that it has are asked for again as they were.
///
/// # Errors
/// - [`Failure::Invalid`] if the Function cannot be served and it is not known what was asked
///   for before.
/// - [`Failure::Internal`] if request or settings cannot be read.
pub fn sync(request: &str, settings: &str) -> Result<String, Failure> {
    let settings = Settings::parse(settings)?;
    let mut request = Request::parse(request)?;
    let mut notes = Notes::default();
    older::rewrite(&mut request.parent, &mut notes);
    let template = request.take_template();
    let observed = request.children();
    let related = request.related();
    let conditions = request.conditions();
    let times = Times::new(&conditions, request.created(), request.generation(), &observed);
    let known = Known {
        parent: &request.parent,
        settings: &settings,
        observed: &observed,
        related: &related,
        times: &times,
    };
    answer(template, &known, notes)
}

fn answer<'a>(template: Json<'a>, known: &'a Known<'a>, mut notes: Notes) -> Result<String, Failure> {
    let documents = Documents::find(known.parent, known.related, known.settings);
    let (function, template) = read(
        known.parent,
        template,
        known.related,
        &documents,
        known.settings,
        &mut notes,
    );
    if !notes.problems.is_empty() {
        return known.unchanged(Held::invalid(&notes), function.name);
    }
    let build = function.build.as_ref();
    let building = build.map(|build| Building::new(&function, build, known.observed, known.parent));
    let building = building.as_ref();
    match &function.serving {
        Some(serving) => served(&function, serving, building, template, known, &mut notes),
        None => {
            let children = building.map(children::built).unwrap_or_default();
            let status = built::status(building, false, &notes, known.times);
            let obstacles = Obstacles {
                missing: missing::of(&children, known.observed),
                ..Obstacles::default()
            };
            Ok(known.answer(children, &obstacles, status))
        }
    }
}

/// The answer for a Function that is valid and has something to serve.
fn served<'a>(
    function: &'a Function<'a>,
    serving: &'a Serving<'a>,
    building: Option<&'a Building<'a>>,
    template: Object<'a>,
    known: &'a Known<'a>,
    notes: &mut Notes,
) -> Result<String, Failure> {
    let image = building.map_or(Some(Cow::Borrowed(function.image)), Building::image);
    let is_waiting = image.is_none();
    let mut plan = Plan::new(function, serving, known.settings, known.observed, known.related);
    plan.image = image.unwrap_or_default();
    let mut children = children::desired(&plan, template, notes);
    let undeclared = children::undeclared(&plan, &mut children);
    let (withheld, needed): (Vec<&'static Kind>, Vec<&'static Kind>) = undeclared
        .into_iter()
        .partition(|kind| children::can_do_without(kind));
    if !needed.is_empty() {
        return known.unchanged(Held::not_declared(serving, &needed), function.name);
    }
    let mut obstacles = Obstacles {
        withheld,
        ..Obstacles::default()
    };
    let status = if is_waiting {
        children.clear();
        built::status(building, true, notes, known.times)
    } else {
        let workload = workload::of(&plan);
        obstacles.r#move = moves::settle(&plan, workload.is_ready(), &mut children);
        obstacles.taken = taken::leave_out(&plan, &mut children);
        obstacles.missing = missing::of(&children, known.observed);
        served::status(
            &plan,
            &workload,
            building,
            &obstacles,
            notes,
            known.times,
            known.parent,
        )
    };
    let built = building.map(children::built).unwrap_or_default();
    obstacles.missing.extend(missing::of(&built, known.observed));
    children.extend(built);
    Ok(known.answer(children, &obstacles, status))
}

impl<'a> Known<'a> {
    /// The answer for a Function that is valid: it comes back while a child is not there.
    fn answer(&self, children: Vec<Child<'_>>, obstacles: &Obstacles, status: Object<'_>) -> String {
        let waiting =
            !obstacles.r#move.is_over() || !obstacles.taken.is_empty() || !obstacles.missing.is_empty();
        text(&Answer {
            children,
            resync_after_seconds: waiting.then_some(RESYNC_SECONDS),
            status: Json::Object(status),
        })
    }

    /// The answer for a Function that is not served: its children stay as they are.
    fn unchanged(&self, held: Held, function: &str) -> Result<String, Failure> {
        let children = repeat::children(self.observed).map_err(|unknown| {
            Failure::Invalid(format!(
                "{}; no child changes, because {} has no last-applied configuration",
                held.message, unknown.child
            ))
        })?;
        Ok(text(&Answer {
            children,
            resync_after_seconds: None,
            status: Json::Object(self.held(held, function)),
        }))
    }

    /// What runs is reached as before: an invalid edit does not change that.
    fn held(&self, held: Held, function: &str) -> Object<'a> {
        let mut status = held::status(held, function, self.parent, self.observed, self.times);
        if !self.observed.all().is_empty() {
            parts::keep(&["addresses", "route"], self.parent, &mut status);
        }
        status
    }
}

impl Held {
    fn invalid(notes: &Notes) -> Self {
        Held {
            state: "Failed",
            reason: "Invalid",
            message: notes.problems(),
            warnings: notes.warnings(),
        }
    }

    fn not_declared(serving: &Serving<'_>, kinds: &[&Kind]) -> Self {
        let (engine, because) = (serving.engine, serving.because);
        let kinds: Vec<String> = kinds.iter().map(|kind| kind.described()).collect();
        Held {
            state: "Failed",
            reason: "KindNotDeclared",
            message: format!(
                "the {} engine, which was chosen because {}, needs {}: add what is missing to \
                 spec.childResources of the CompositeController{}",
                engine.as_str(),
                because.as_str(),
                kinds.join(" and "),
                engine.instead()
            ),
            warnings: String::new(),
        }
    }
}
