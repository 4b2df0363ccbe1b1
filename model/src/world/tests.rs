#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails that way"
)]

use super::*;

/// A plugin that is a function of hook and request, and notes which hooks were asked.
struct Native<F> {
    answer: F,
    asked: Vec<Hook>,
}

impl<F: FnMut(Hook, &Value) -> Value> Plugin for Native<F> {
    fn call(&mut self, hook: Hook, request: &str) -> Result<String, String> {
        self.asked.push(hook);
        Ok((self.answer)(hook, &serde_json::from_str(request).unwrap()).to_string())
    }
}

fn native<F: FnMut(Hook, &Value) -> Value>(answer: F) -> Native<F> {
    Native {
        answer,
        asked: Vec::new(),
    }
}

fn kind(method: Method) -> ChildKind {
    ChildKind {
        api_version: "v1".to_owned(),
        kind: "ConfigMap".to_owned(),
        resource: "configmaps".to_owned(),
        method,
    }
}

fn world(controller: &str, hooks: &[&str], method: Method) -> World {
    let hooks: BTreeMap<&str, Value> = hooks
        .iter()
        .map(|hook| (*hook, json!({"version": "v2"})))
        .collect();
    let object = json!({"kind": controller, "metadata": {"name": "c"},
        "spec": {"generateSelector": true, "hooks": hooks}});
    let parent = json!({"apiVersion": "x/v1", "kind": "App", "metadata": {"name": "app", "namespace": "demo"}, "spec": {}});
    World::new(
        Controller::new(object, vec![kind(method)]).unwrap(),
        parent,
        ApplyStrategy::Dynamic,
    )
}

fn config(name: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": value}})
}

fn wrote(sync: &Sync) -> Vec<String> {
    let writes = sync.writes.iter();
    writes
        .map(|write| format!("{:?} {}", write.verb, write.object))
        .collect()
}

const COMPOSITE: &str = "CompositeController";

#[test]
fn a_parent_with_a_finalize_hook_goes_when_the_hook_says_so() {
    let mut world = world(COMPOSITE, &["sync", "finalize"], Method::InPlace);
    let mut plugin = native(|hook, request| {
        let is_empty = request["children"]["ConfigMap.v1"]
            .as_object()
            .unwrap()
            .is_empty();
        match hook {
            Hook::Finalize => json!({"children": [], "finalized": is_empty}),
            _ => json!({"children": [config("app", "b")]}),
        }
    });
    let first = world.sync(&mut plugin);
    assert_eq!(
        wrote(&first),
        ["Update App/app", "Create ConfigMap/app", "Status App/app"]
    );
    assert!(world.sync(&mut plugin).is_quiet());
    world.delete_parent();
    assert!(world.parent().is_some(), "the finalizer holds it");
    assert_eq!(
        wrote(&world.sync(&mut plugin)),
        ["Delete ConfigMap/app", "Status App/app"]
    );
    assert_eq!(wrote(&world.sync(&mut plugin)), ["Update App/app"]);
    assert!(world.parent().is_none());
    assert_eq!(world.sync(&mut plugin), Sync::default());
    assert_eq!(
        plugin.asked,
        [Hook::Sync, Hook::Sync, Hook::Finalize, Hook::Finalize]
    );
}

#[test]
fn without_a_finalize_hook_children_go_with_the_parent() {
    let mut world = world(COMPOSITE, &["sync"], Method::InPlace);
    let mut plugin = native(|_, _| json!({"children": [config("app", "b")]}));
    world.sync(&mut plugin);
    assert_eq!(world.observed().len(), 1);
    world.delete_parent();
    assert!(world.server().objects().is_empty());
}

#[test]
fn a_decorator_sets_labels_annotations_and_attachments() {
    let mut world = world("DecoratorController", &["sync"], Method::InPlace);
    let mut plugin = native(|_, request| {
        assert!(request["object"].is_object() && request["attachments"].is_object());
        json!({"labels": {"a": "b"}, "annotations": {"c": "d"}, "attachments": [config("app", "b")]})
    });
    assert_eq!(
        wrote(&world.sync(&mut plugin)),
        ["Update App/app", "Create ConfigMap/app"]
    );
    let parent = world.parent().unwrap();
    assert_eq!(parent["metadata"]["labels"], json!({"a": "b"}));
    assert_eq!(parent["metadata"]["annotations"], json!({"c": "d"}));
    assert_eq!(world.observed().len(), 1);
    assert!(world.sync(&mut plugin).is_quiet());
}

#[test]
fn customize_is_asked_once_for_each_generation_and_selects_what_is_there() {
    let mut world = world(COMPOSITE, &["sync", "customize"], Method::InPlace);
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "key"}});
    world.put(secret, true).unwrap();
    let mut related = Vec::new();
    let mut plugin = native(|hook, request| match hook {
        Hook::Customize => json!({"relatedResources": [
            {"apiVersion": "v1", "resource": "secrets", "names": ["key"]},
            {"apiVersion": "v1", "resource": "configmaps", "names": ["other"]},
        ]}),
        _ => {
            related.push(request["related"].clone());
            json!({"children": []})
        }
    });
    world.sync(&mut plugin);
    world.sync(&mut plugin);
    let parent = world.parent_id().clone();
    world.patch(&parent, &json!({"spec": {"a": 1}})).unwrap();
    world.sync(&mut plugin);
    world.restart();
    world.sync(&mut plugin);
    let customized = plugin.asked.iter().filter(|hook| **hook == Hook::Customize);
    assert_eq!(customized.count(), 3);
    assert_eq!(related[0]["Secret.v1"]["demo/key"]["kind"], "Secret");
    assert_eq!(
        related[0]["ConfigMap.v1"],
        json!({}),
        "a kind that was asked for has a group"
    );
}

#[test]
fn a_child_is_updated_as_its_kind_says() {
    for (method, expected) in [
        (Method::InPlace, &["Update ConfigMap/app"][..]),
        (Method::Recreate, &["Delete ConfigMap/app"]),
        (Method::OnDelete, &[]),
    ] {
        let mut world = world(COMPOSITE, &["sync"], method);
        let mut value = "1";
        let mut plugin = native(|_, _| json!({"children": [config("app", value)]}));
        world.sync(&mut plugin);
        value = "2";
        let mut plugin = native(|_, _| json!({"children": [config("app", value)]}));
        assert_eq!(wrote(&world.sync(&mut plugin)), expected);
        if method == Method::Recreate {
            assert_eq!(wrote(&world.sync(&mut plugin)), ["Create ConfigMap/app"]);
        }
    }
}

#[test]
fn an_orphan_is_adopted_and_an_object_of_the_name_is_not() {
    let mut world = world(COMPOSITE, &["sync"], Method::InPlace);
    let uid = text(world.parent().unwrap(), "/metadata/uid");
    let mut orphan = config("orphan", "1");
    orphan["metadata"]["labels"] = json!({"controller-uid": uid});
    world.put(orphan, true).unwrap();
    world.put(config("foreign", "1"), true).unwrap();
    let mut plugin = native(|_, _| json!({"children": [config("orphan", "1"), config("foreign", "2")]}));
    let sync = world.sync(&mut plugin);
    assert_eq!(
        wrote(&sync),
        [
            "Update ConfigMap/orphan",
            "Update ConfigMap/orphan",
            "Status App/app"
        ]
    );
    assert_eq!(sync.refused[0].object.name, "foreign");
    assert_eq!(sync.refused[0].why, "another object has the name");
}

#[test]
fn an_answer_that_metacontroller_does_not_take_changes_nothing() {
    for (answer, words) in [
        (json!({"childrn": []}), "unknown field"),
        (json!({"children": [null]}), "Metacontroller would crash"),
        (
            json!({"children": [{"kind": "ConfigMap", "apiVersion": "v1",
            "metadata": {"name": "a", "labels": {"controller-uid": "x"}}}]}),
            "don't match parent selector",
        ),
    ] {
        let mut world = world(COMPOSITE, &["sync"], Method::InPlace);
        let sync = world.sync(&mut native(|_, _| answer.clone()));
        let why = sync.failure.unwrap();
        assert!(why.contains(words), "{why}");
        assert_eq!(sync.writes, []);
    }
}

#[test]
fn a_controller_is_one_of_two_kinds() {
    let error = Controller::new(json!({"kind": "Deployment"}), Vec::new()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("invalid controller kind \"Deployment\"")
    );
}

#[test]
fn a_merge_patch_is_as_its_rfc_says() {
    for (value, patch, expected) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (
            json!({"a": {"b": "c"}}),
            json!({"a": {"b": "d", "c": null}}),
            json!({"a": {"b": "d"}}),
        ),
        (json!(["a"]), json!({"a": "b"}), json!({"a": "b"})),
        (
            json!({}),
            json!({"a": {"bb": {"ccc": null}}}),
            json!({"a": {"bb": {}}}),
        ),
    ] {
        let mut patched = value.clone();
        merge_patch(&mut patched, &patch);
        assert_eq!(patched, expected, "{value} {patch}");
    }
}
