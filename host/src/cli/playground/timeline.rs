//! A simulation: the steps, and after each sync all objects, so that the page can go to any moment.

use std::collections::HashMap;
use std::mem;
use std::time::{Duration, Instant};

use metawasm_contract::Hook;
use metawasm_model::Id;
use metawasm_model::simulation::{Bounds, Event, Step, Timeline, simulate_seen};
use metawasm_model::world::{Plugin as Hooks, World};
use serde_json::{Value, json};

use super::asked::Asked;
use super::hosted::Hosted;
use super::problem::Problem;
use crate::cli::Failure;
use crate::cli::simulate::{self, Caller, Scene};
use crate::telemetry::{KeptLines, PluginLog};

/// Steps of one simulation.
const MOST_STEPS: usize = 100;
/// Time of all calls of one simulation.
const MOST_TIME: Duration = Duration::from_secs(30);
/// Bytes of all states of all objects.
const MOST_BYTES: usize = 32 << 20;

/// Runs the steps after the creation of the parent, as long as somebody waits for it.
pub(super) fn simulate(
    hosted: &mut Hosted,
    log: &PluginLog,
    asked: &Asked,
    is_waiting: &dyn Fn() -> bool,
) -> Result<Value, Problem> {
    if asked.steps.len() > MOST_STEPS {
        return Err(Problem::Invalid(format!(
            "{} steps; at most {MOST_STEPS} are allowed",
            asked.steps.len()
        )));
    }
    let mut steps = vec![Step {
        event: Event::Start,
        name: "create".to_owned(),
        deletes: Vec::new(),
    }];
    steps.extend(simulate::steps(&asked.steps)?);
    hosted.refresh(&asked.settings)?;
    let plugin = hosted.offline.plugin()?;
    let cluster = asked.cluster(plugin, hosted.start.controller.as_ref())?;
    let scene = Scene {
        controller: cluster.controller,
        declared: cluster.declared,
        description: &cluster.description,
        parent: asked.parent.clone(),
        related: asked.related.clone(),
        apply: hosted.start.rules.apply_strategy(),
    };
    let mut world = scene.world()?;
    let mut caller = Limited {
        hooks: Caller::new(&hosted.offline).checking_schemas(),
        until: Instant::now() + MOST_TIME,
        room: MOST_BYTES,
        is_waiting,
    };
    log.take();
    let mut film = Film::default();
    let timeline = simulate_seen(&mut world, &mut caller, &steps, Bounds::default(), &mut |world| {
        film.take(world, log.take());
    });
    if let Some(why) = caller.hooks.usage() {
        return Err(Problem::Invalid(why));
    }
    let timeline = timeline.map_err(Failure::usage)?;
    let mut shown = film.show(&timeline)?;
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("digest".to_owned(), json!(plugin.digest));
    }
    Ok(shown)
}

/// The hooks, until the time is over, the answers are too many, or nobody waits any more.
struct Limited<'a, H> {
    hooks: H,
    until: Instant,
    /// Bytes that the answers may still have: a simulation keeps them all.
    room: usize,
    is_waiting: &'a dyn Fn() -> bool,
}

impl<H: Hooks> Hooks for Limited<'_, H> {
    fn call(&mut self, hook: Hook, request: &str) -> Result<String, String> {
        if Instant::now() >= self.until {
            return Err(format!(
                "not called: the calls of this simulation took more than {} s",
                MOST_TIME.as_secs()
            ));
        }
        if self.room == 0 {
            return Err(format!(
                "not called: the answers of this simulation have more than {} MiB; use fewer steps",
                MOST_BYTES >> 20
            ));
        }
        if !(self.is_waiting)() {
            return Err("not called: nobody waits for the simulation any more".to_owned());
        }
        let answer = self.hooks.call(hook, request)?;
        self.room = self.room.saturating_sub(answer.len());
        Ok(answer)
    }
}

/// All states of all objects, each once, and which of them there were after each sync.
#[derive(Default)]
struct Film {
    states: Vec<Value>,
    known: HashMap<(Id, String), usize>,
    frames: Vec<Frame>,
    bytes: usize,
}

struct Frame {
    states: Vec<usize>,
    log: KeptLines,
}

impl Film {
    fn take(&mut self, world: &World, log: KeptLines) {
        let objects = world.server().objects();
        let parent = world.parent_id();
        let others = objects.iter().filter(|(id, _)| *id != parent);
        let mut states = Vec::new();
        for (id, object) in objects.get_key_value(parent).into_iter().chain(others) {
            states.push(self.state(id, object));
        }
        self.frames.push(Frame { states, log });
    }

    /// The place of a state. Objects with the same resourceVersion are equal.
    fn state(&mut self, id: &Id, object: &Value) -> usize {
        let version = object.pointer("/metadata/resourceVersion");
        let key = (id.clone(), version.map(ToString::to_string).unwrap_or_default());
        if let Some(place) = self.known.get(&key) {
            return *place;
        }
        let place = self.states.len();
        self.bytes += object.to_string().len();
        // What does not fit is an error in the end; meanwhile it takes no room.
        self.states.push(match self.bytes > MOST_BYTES {
            true => Value::Null,
            false => object.clone(),
        });
        self.known.insert(key, place);
        place
    }

    fn show(self, timeline: &Timeline) -> Result<Value, Problem> {
        if self.bytes > MOST_BYTES {
            return Err(Problem::Invalid(format!(
                "the objects of this simulation have more than {} MiB; use fewer steps or smaller objects",
                MOST_BYTES >> 20
            )));
        }
        let mut frames = self.frames.into_iter();
        let mut steps = Vec::new();
        for run in &timeline.steps {
            let mut syncs = Vec::new();
            for (sync, frame) in run.syncs.iter().zip(&mut frames) {
                let mut shown =
                    serde_json::to_value(sync).map_err(|error| Problem::Failed(error.to_string()))?;
                if let Some(shown) = shown.as_object_mut() {
                    shown.insert("status".to_owned(), sync.status.clone());
                    shown.insert("log".to_owned(), json!(frame.log.lines));
                    shown.insert("logDropped".to_owned(), json!(frame.log.dropped));
                    shown.insert("objects".to_owned(), json!(frame.states));
                }
                syncs.push(shown);
            }
            steps.push(json!({
                "name": run.step,
                "settled": run.settled,
                "writes": run.writes,
                "syncs": mem::take(&mut syncs),
            }));
        }
        Ok(json!({"steps": steps, "objects": self.states, "faults": timeline.faults}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers with this text, and counts.
    struct Fake(&'static str, usize);

    impl Hooks for Fake {
        fn call(&mut self, _: Hook, _: &str) -> Result<String, String> {
            self.1 += 1;
            Ok(self.0.to_owned())
        }
    }

    fn limited(until: Instant, is_waiting: &dyn Fn() -> bool) -> Limited<'_, Fake> {
        Limited {
            hooks: Fake("1234", 0),
            until,
            room: 8,
            is_waiting,
        }
    }

    #[test]
    fn a_plugin_is_not_called_any_more_when_the_time_is_over() {
        let now = Instant::now();
        let called = |until| {
            let mut limited = limited(until, &|| true);
            (limited.call(Hook::Sync, "").is_ok(), limited.hooks.1)
        };
        assert_eq!(called(now + MOST_TIME), (true, 1));
        assert_eq!(called(now), (false, 0));
    }

    #[test]
    fn a_plugin_is_not_called_any_more_when_its_answers_are_too_many_or_nobody_waits() {
        let until = Instant::now() + MOST_TIME;
        let mut limited_by_room = limited(until, &|| true);
        let calls = [(); 3].map(|()| limited_by_room.call(Hook::Sync, "").is_ok());
        assert_eq!((calls, limited_by_room.hooks.1), ([true, true, false], 2));
        let mut abandoned = limited(until, &|| false);
        assert!(abandoned.call(Hook::Sync, "").is_err());
    }

    #[test]
    fn a_state_is_kept_once_and_never_more_than_there_is_room_for() {
        let object = |version: &str, data: &str| json!({"kind": "A", "metadata": {"name": "a", "resourceVersion": version}, "data": data});
        let mut film = Film::default();
        let mut state = |object: &Value| film.state(&Id::of(object), object);
        let places = [
            state(&object("1", "x")),
            state(&object("2", "y")),
            state(&object("1", "x")),
        ];
        assert_eq!(places, [0, 1, 0]);
        state(&object("3", &"x".repeat(MOST_BYTES)));
        assert_eq!(film.states[2], Value::Null);
        let timeline = Timeline {
            steps: Vec::new(),
            faults: Vec::new(),
        };
        assert!(film.show(&timeline).is_err());
    }
}
