#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails that way"
)]

use metawasm_contract::ApplyStrategy;
use serde_json::json;

use super::*;
use crate::world::{ChildKind, Controller, Method, Verb};

/// A plugin whose sync is a function of the parsed request, and which has nothing else.
struct Native<F>(F);

impl<F: FnMut(&Value) -> Value> Plugin for Native<F> {
    fn call(&mut self, _: Hook, request: &str) -> Result<String, String> {
        let request = serde_json::from_str(request).unwrap();
        Ok((self.0)(&request).to_string())
    }
}

const STRATEGIES: [ApplyStrategy; 2] = [ApplyStrategy::Dynamic, ApplyStrategy::ServerSide];

fn world(apply: ApplyStrategy) -> World {
    let kind = |api_version: &str, kind: &str, resource: &str| ChildKind {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        resource: resource.to_owned(),
        method: Method::InPlace,
    };
    let children = vec![
        kind("v1", "ConfigMap", "configmaps"),
        kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
        kind("apps/v1", "Deployment", "deployments"),
    ];
    let controller = json!({"kind": "CompositeController", "metadata": {"name": "c"},
        "spec": {"generateSelector": true, "hooks": {"sync": {"version": "v2"}}}});
    let parent = json!({"apiVersion": "x/v1", "kind": "App", "metadata": {"name": "app", "namespace": "demo"},
        "spec": {"version": "v1"}});
    World::new(Controller::new(controller, children).unwrap(), parent, apply)
}

fn config(name: &str, data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

/// The observed ConfigMap's member of `data`; null if there is none.
fn observed(request: &Value, key: &str) -> Value {
    let group = request["children"]["ConfigMap.v1"].as_object().unwrap();
    let object = group.values().next();
    object
        .map(|object| object["data"][key].clone())
        .unwrap_or_default()
}

fn answer(children: &[Value]) -> Value {
    json!({"status": {"count": children.len()}, "children": children})
}

fn step(event: Event) -> Step {
    let name = match &event {
        Event::Start => "start",
        Event::Edit(_) => "edit",
        _ => "other",
    };
    Step {
        name: name.to_owned(),
        event,
        deletes: Vec::new(),
    }
}

fn run(apply: ApplyStrategy, plugin: impl FnMut(&Value) -> Value, events: Vec<Event>) -> Timeline {
    let steps: Vec<Step> = [Event::Start].into_iter().chain(events).map(step).collect();
    simulate(&mut world(apply), &mut Native(plugin), &steps, Bounds::default()).unwrap()
}

fn sentences(timeline: &Timeline) -> Vec<String> {
    timeline.faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_plugin_settles_in_two_syncs_and_then_writes_only_what_changes() {
    for apply in STRATEGIES {
        let plugin = |request: &Value| {
            let version = &request["parent"]["spec"]["version"];
            answer(&[config("app", &json!({"version": version}))])
        };
        let edit = Event::Edit(json!({"spec": {"version": "v2"}}));
        let timeline = run(apply, plugin, vec![edit, Event::Restart, Event::Wait(3600)]);
        assert_eq!(sentences(&timeline), [""; 0]);
        let writes: Vec<(usize, usize, bool)> = timeline
            .steps
            .iter()
            .map(|run| (run.syncs.len(), run.writes, run.settled))
            .collect();
        let wrote = &timeline.steps[1].syncs[0].writes[0];
        assert_eq!(wrote.verb, Verb::Update);
        assert_eq!(
            wrote.changes,
            fields(
                &json!({"data": {"version": "v1"}}),
                &json!({"data": {"version": "v2"}})
            )
        );
        assert_eq!(writes, [(2, 2, true), (2, 2, true), (1, 0, true), (1, 0, true)]);
    }
}

#[test]
fn an_oscillation_is_found_with_child_and_field() {
    for apply in STRATEGIES {
        let plugin = |request: &Value| {
            let next = if observed(request, "colour") == "red" {
                "blue"
            } else {
                "red"
            };
            answer(&[config("app", &json!({"colour": next}))])
        };
        assert_eq!(
            sentences(&run(apply, plugin, vec![])),
            [
                "oscillates: ConfigMap/app oscillates at data.colour: \"red\", \"blue\" in turn (syncs 9 to 12); the \
                 answer must not depend on what it asked for before (step \"start\")"
            ]
        );
    }
}

#[test]
fn a_child_that_comes_and_goes_oscillates() {
    for apply in STRATEGIES {
        let plugin = |request: &Value| {
            let is_there = !observed(request, "a").is_null();
            let all = [config("app", &json!({"a": "b"}))];
            answer(if is_there { &[] } else { &all })
        };
        let timeline = run(apply, plugin, vec![]);
        assert_eq!(timeline.faults.len(), 1, "{timeline:?}");
        assert_eq!(timeline.faults[0].kind, FaultKind::Oscillates);
    }
}

#[test]
fn a_fight_with_a_defaulter_is_found_under_dynamic_apply_and_ends_under_server_side_apply() {
    let plugin = |_: &Value| answer(&[config("app", &json!({"colour": "red"}))]);
    let defaulter = |force| {
        Event::Default(Defaulter {
            kind: "ConfigMap".to_owned(),
            api_version: None,
            set: json!({"data": {"colour": "green"}}),
            force,
        })
    };
    let touch = |colour: &str| Event::EditObject {
        kind: "ConfigMap".to_owned(),
        name: "app".to_owned(),
        patch: json!({"data": {"colour": colour}}),
    };
    let timeline = run(
        ApplyStrategy::Dynamic,
        plugin,
        vec![defaulter(true), touch("yellow")],
    );
    assert_eq!(
        sentences(&timeline),
        [
            "fights: ConfigMap/app is rewritten at each sync: at data.colour the plugin writes \"red\", and the API \
             server or a webhook stores \"green\"; ask for the stored value, or leave the field out (step \"other\")"
        ]
    );
    let timeline = run(
        ApplyStrategy::ServerSide,
        plugin,
        vec![defaulter(true), touch("yellow")],
    );
    assert_eq!(sentences(&timeline), [""; 0]);
    let timeline = run(
        ApplyStrategy::Dynamic,
        plugin,
        vec![defaulter(false), touch("yellow")],
    );
    assert_eq!(sentences(&timeline), [""; 0], "only missing fields are set");
}

#[test]
fn a_rename_is_found() {
    for apply in STRATEGIES {
        let plugin = |request: &Value| {
            let version = request["parent"]["spec"]["version"].as_str().unwrap();
            let name = format!("app-{version}");
            answer(&[config(&name, &json!({"a": "b", "self": name}))])
        };
        let edit = Event::Edit(json!({"spec": {"version": "v2"}}));
        assert_eq!(
            sentences(&run(apply, plugin, vec![edit])),
            [
                "renames: ConfigMap/app-v1 becomes ConfigMap/app-v2: it is deleted, and the same is created under \
                 another name; derive names only from what never changes (step \"edit\")"
            ]
        );
    }
}

fn claim() -> Value {
    json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": {}})
}

#[test]
fn a_deletion_by_absence_is_found_unless_the_edit_concerns_the_child_or_the_step_lists_it() {
    let plugin = |request: &Value| {
        let annotations = &request["parent"]["metadata"]["annotations"];
        if annotations["broken"] == "yes" {
            return answer(&[]);
        }
        let mut children = vec![claim()];
        if request["parent"]["spec"]["config"] != false {
            children.push(config("app", &json!({"a": "b"})));
        }
        answer(&children)
    };
    let broken = || Event::Edit(json!({"metadata": {"annotations": {"broken": "yes"}}}));
    let timeline = run(ApplyStrategy::Dynamic, plugin, vec![broken()]);
    assert_eq!(
        sentences(&timeline),
        [
            "deletes: ConfigMap/app is deleted after the edit of metadata.annotations: it is missing in the answer of \
             sync 3, which has no children at all; the edit does not concern it. If it is meant, list it in `deletes` \
             of the step (step \"edit\")",
            "deletes: PersistentVolumeClaim/data is deleted after the edit of metadata.annotations: it is missing in \
             the answer of sync 3, which has no children at all; a PersistentVolumeClaim holds data that is then lost. \
             If it is meant, list it in `deletes` of the step (step \"edit\")",
        ]
    );
    let off = Event::Edit(json!({"spec": {"config": false}}));
    let timeline = run(ApplyStrategy::Dynamic, plugin, vec![off]);
    assert_eq!(sentences(&timeline), [""; 0], "it turns it off");
    let mut listed = step(broken());
    listed.deletes = vec!["PersistentVolumeClaim".to_owned(), "ConfigMap/app".to_owned()];
    let steps = [step(Event::Start), listed];
    let timeline = simulate(
        &mut world(ApplyStrategy::Dynamic),
        &mut Native(plugin),
        &steps,
        Bounds::default(),
    );
    assert_eq!(sentences(&timeline.unwrap()), [""; 0], "it is listed");
}

#[test]
fn a_child_that_vanishes_without_an_edit_of_the_parent_is_found() {
    let plugin = |request: &Value| {
        let all = [claim(), config("app", &json!({"a": "b"}))];
        let claim = &request["children"]["PersistentVolumeClaim.v1"]["demo/data"];
        let is_full = claim["status"]["phase"] == "Full";
        answer(if is_full { &all[..1] } else { &all })
    };
    let full = Event::EditObject {
        kind: "PersistentVolumeClaim".to_owned(),
        name: "data".to_owned(),
        patch: json!({"status": {"phase": "Full"}}),
    };
    for apply in STRATEGIES {
        assert_eq!(
            sentences(&run(apply, plugin, vec![full.clone()])),
            [
                "deletes: ConfigMap/app is deleted without an edit of the parent: it is missing in the answer of sync \
                 3; absence in an answer deletes. If it is meant, list it in `deletes` of the step (step \"other\")"
            ]
        );
    }
}

#[test]
fn a_plugin_that_never_has_enough_is_found() {
    for apply in STRATEGIES {
        let plugin = |request: &Value| {
            let count = observed(request, "n").as_str().map_or(0, |n| n.parse().unwrap());
            answer(&[config("app", &json!({"n": (count + 1).to_string()}))])
        };
        let found = sentences(&run(apply, plugin, vec![]));
        assert_eq!(
            found,
            [
                "loops: the plugin never settles: sync 12 still writes, last ConfigMap/app at data.n (\"11\" → \
                 \"12\"); the same parent and children must give the same answer (step \"start\")"
            ]
        );
    }
}

#[test]
fn a_hook_that_fails_for_a_while_deletes_nothing() {
    for apply in STRATEGIES {
        let plugin = |_: &Value| answer(&[config("app", &json!({"a": "b"}))]);
        let fail = Event::Fail {
            hook: Hook::Sync,
            times: 2,
        };
        let timeline = run(apply, plugin, vec![fail]);
        assert_eq!(sentences(&timeline), [""; 0]);
        let after = &timeline.steps[1];
        assert_eq!((after.syncs.len(), after.writes), (3, 0));
        assert!(after.syncs[0].failure.is_some() && after.settled);
        let fail = Event::Fail {
            hook: Hook::Sync,
            times: 9,
        };
        let timeline = run(apply, plugin, vec![fail]);
        assert_eq!(timeline.faults[0].kind, FaultKind::Fails);
    }
}

#[test]
fn what_the_api_server_refuses_is_found() {
    let plugin = |request: &Value| {
        let version = &request["parent"]["spec"]["version"];
        let labels = json!({"version": version});
        answer(&[
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app"},
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}}),
        ])
    };
    let edit = Event::Edit(json!({"spec": {"version": "v2"}}));
    for apply in STRATEGIES {
        assert_eq!(
            sentences(&run(apply, plugin, vec![edit.clone()])),
            [
                "refused: the API server refuses Deployment/app: spec.selector: Invalid value: field is immutable \
                 (step \"edit\")"
            ]
        );
    }
}

#[test]
fn a_step_that_cannot_be_done_says_what_is_there() {
    let plugin = |_: &Value| answer(&[config("app", &json!({"a": "b"}))]);
    let steps = [
        step(Event::Start),
        step(Event::DeleteObject {
            kind: "Secret".to_owned(),
            name: "x".to_owned(),
        }),
    ];
    let error = simulate(
        &mut world(ApplyStrategy::Dynamic),
        &mut Native(plugin),
        &steps,
        Bounds::default(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "step \"other\": Secret/x does not exist; known: ConfigMap/app"
    );
}

#[test]
fn an_observed_child_is_completed_if_it_is_a_sketch_and_else_stored_as_it_is() {
    let labels = json!({"app": "a"});
    let wanted = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app"},
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}});
    let sketch = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "app"},
        "spec": {"replicas": 1}, "status": {"readyReplicas": 1}});
    let mut recorded = sketch.clone();
    recorded["metadata"]["resourceVersion"] = json!("7");
    for (child, selector) in [(&sketch, true), (&recorded, false)] {
        let mut world = world(ApplyStrategy::Dynamic);
        world.observe(child.clone(), std::slice::from_ref(&wanted));
        let observed = &world.observed()[0];
        assert_eq!(observed["spec"]["replicas"], 1, "what it has is kept");
        assert_eq!(observed["status"], json!({"readyReplicas": 1}));
        assert_eq!(observed["spec"].get("selector").is_some(), selector);
        assert_eq!(observed["metadata"]["namespace"], "demo");
    }
    let mut world = world(ApplyStrategy::Dynamic);
    world.observe(sketch, std::slice::from_ref(&wanted));
    let mut plugin = Native(move |_: &Value| answer(std::slice::from_ref(&wanted)));
    let timeline = simulate(&mut world, &mut plugin, &[step(Event::Start)], Bounds::default()).unwrap();
    assert_eq!(sentences(&timeline), [""; 0]);
}

#[test]
fn a_deleted_parent_takes_its_children_along_and_is_no_fault() {
    for apply in STRATEGIES {
        let plugin = |_: &Value| answer(&[claim()]);
        let timeline = run(apply, plugin, vec![Event::Delete]);
        assert_eq!(sentences(&timeline), [""; 0]);
        assert!(timeline.steps[1].settled);
    }
}
