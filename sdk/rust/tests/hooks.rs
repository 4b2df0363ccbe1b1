//! Hooks of all kinds, called natively.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    missing_docs,
    reason = "tests"
)]

use metawasm_plugin::{
    CompositeAnswer, CompositeRequest, CustomizeRequest, DecoratorAnswer, DecoratorRequest, Failure, Level,
    RelatedResources, RelatedRule, Result, Value, internal, invalid, json, log, retry_later, testing,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    prefix: String,
}

#[derive(Deserialize)]
struct Spec {
    size: u32,
}

fn describe() -> Value {
    json!({"name": "test"})
}

fn sync(request: CompositeRequest, settings: Settings) -> Result<CompositeAnswer> {
    let spec: Spec = request.parent.spec()?;
    let name = request.parent.name();
    if request
        .children
        .iter()
        .any(metawasm_plugin::Object::is_being_deleted)
    {
        return Err(retry_later(7, "a child is being deleted"));
    }
    log(Level::Info, format!("{name}: {}", spec.size));
    let seen = request
        .children
        .of("apps/v1", "Deployment")
        .map(|(name, _)| name.to_owned());
    Ok(CompositeAnswer::new()
        .status(json!({"seen": seen.collect::<Vec<_>>()}))
        .resync_after(30)
        .child(json!({"metadata": {"name": format!("{}{name}", settings.prefix)}})))
}

fn finalize(request: CompositeRequest, _settings: Settings) -> Result<CompositeAnswer> {
    Ok(CompositeAnswer::new().finalized(request.finalizing && request.children.is_empty()))
}

fn customize(request: CustomizeRequest, _settings: Settings) -> Result<RelatedResources> {
    let rule = RelatedRule::new("v1", "configmaps").names(["a", "b"]);
    Ok(RelatedResources::new().rule(match request.parent.namespace() {
        Some(namespace) => rule.namespace(namespace),
        None => rule,
    }))
}

metawasm_plugin::export!(describe: describe, sync: sync, finalize: finalize, customize: customize);

fn request(spec: Value, children: Value) -> Value {
    json!({"controller": {}, "parent": {"metadata": {"name": "a", "namespace": "n"}, "spec": spec}, "children": children})
}

#[test]
fn a_sync_answers_and_logs() {
    let children = json!({"Deployment.apps/v1": {"x": {}, "b": {}}, "Pod.v1": {"p": {}}});
    let answer = testing::call(
        sync,
        request(json!({"size": 3}), children),
        json!({"prefix": "p-"}),
    )
    .unwrap();
    assert_eq!(
        answer,
        json!({
            "status": {"seen": ["b", "x"]},
            "resyncAfterSeconds": 30.0,
            "children": [{"metadata": {"name": "p-a"}}],
        })
    );
    assert_eq!(testing::logged(), [(Level::Info, "a: 3".to_owned())]);
    assert_eq!(testing::logged(), []);
}

#[test]
fn each_failure_has_its_kind() {
    let call =
        |spec: Value, children: Value| testing::call(sync, request(spec, children), json!({})).unwrap_err();
    assert_eq!(call(json!({}), json!({})), invalid("spec: missing field `size`"));
    assert!(
        matches!(call(json!({"size": "3"}), json!({})), Failure::Invalid(text) if text.starts_with("spec: invalid type"))
    );
    let deleted = json!({"Pod.v1": {"p": {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}}});
    assert_eq!(
        call(json!({"size": 3}), deleted),
        retry_later(7, "a child is being deleted")
    );
    let error = testing::call(sync, json!({"parent": 7}), json!({})).unwrap_err();
    assert!(matches!(error, Failure::Internal(text) if text.starts_with("cannot read the request: ")));
    let failing = |_: CompositeRequest, _: Settings| Err::<CompositeAnswer, _>(internal("a bug"));
    assert_eq!(
        testing::call(failing, request(json!({}), json!({})), json!({})),
        Err(internal("a bug"))
    );
}

#[test]
fn a_finalize_says_when_it_is_done() {
    for (children, done) in [
        (json!({}), true),
        (json!({"Pod.v1": {}}), true),
        (json!({"Pod.v1": {"p": {}}}), false),
    ] {
        let mut request = request(json!({}), children);
        request["finalizing"] = true.into();
        let answer = testing::call(finalize, request, json!({})).unwrap();
        assert_eq!(
            answer,
            json!({"children": [], "finalized": done}),
            "an empty list deletes all children"
        );
    }
}

#[test]
fn a_customize_asks_for_related_objects() {
    let answer = testing::call(customize, request(json!({}), json!({})), json!({})).unwrap();
    let rule = json!({"apiVersion": "v1", "resource": "configmaps", "names": ["a", "b"], "namespace": "n"});
    assert_eq!(answer, json!({"relatedResources": [rule]}));
}

#[test]
fn a_decorator_sets_and_removes_labels() {
    fn sync(request: DecoratorRequest, _: Settings) -> Result<DecoratorAnswer> {
        let size = request.object.annotation("example.com/size").unwrap_or("none");
        Ok(DecoratorAnswer::new()
            .label("size", Some(size))
            .label("old", None)
            .annotation("seen", Some("yes"))
            .attachments(
                request
                    .attachments
                    .get("v1", "Pod", "p")
                    .map(|pod| json!({"metadata": {"name": pod.name()}})),
            ))
    }
    let request = json!({
        "object": {"metadata": {"name": "a", "annotations": {"example.com/size": "3"}}},
        "attachments": {"Pod.v1": {"p": {"metadata": {"name": "p"}}}},
    });
    let answer = testing::call(sync, request, json!({})).unwrap();
    assert_eq!(
        answer,
        json!({
            "labels": {"size": "3", "old": null},
            "annotations": {"seen": "yes"},
            "attachments": [{"metadata": {"name": "p"}}],
        })
    );
}

#[test]
fn own_types_read_only_what_they_need() {
    #[derive(Deserialize)]
    struct Parent {
        spec: Spec,
    }
    #[derive(Deserialize)]
    struct Child {
        ready: bool,
    }
    let hook = |request: CompositeRequest<Parent, Child>, _: Settings| {
        let ready = request.children.iter().filter(|child| child.ready).count();
        Ok(CompositeAnswer::new().status(json!([request.parent.spec.size, ready])))
    };
    let children = json!({"Pod.v1": {"p": {"ready": true}, "q": {"ready": false}}});
    let answer = testing::call(hook, request(json!({"size": 3}), children), json!({})).unwrap();
    assert_eq!(answer["status"], json!([3, 1]));
}

#[test]
fn fields_are_found_by_pointers() {
    let object: metawasm_plugin::Object = serde_json::from_value(
        json!({"a": {"b/c": [1, {"d": "e"}]}, "metadata": {"labels": {"x/y": "z"}, "generation": 4}}),
    )
    .unwrap();
    assert_eq!(object.text("/a/b~1c/1/d"), Some("e"));
    assert_eq!(object.integer("/a/b~1c/0"), Some(1));
    assert_eq!(object.pointer("a"), None);
    assert_eq!(object.pointer("/missing/x"), None);
    assert_eq!(
        (object.label("x/y"), object.generation(), object.name()),
        (Some("z"), Some(4), "")
    );
}

#[test]
fn children_are_found_with_and_without_their_namespace() {
    let children = json!({"Pod.v1": {"a/x": 1, "b/x": 2, "y": 3}});
    let children: metawasm_plugin::Children<u32> = serde_json::from_value(children).unwrap();
    for (name, found) in [
        ("x", Some(1)),
        ("b/x", Some(2)),
        ("y", Some(3)),
        ("z", None),
        ("b", None),
    ] {
        assert_eq!(children.get("v1", "Pod", name).copied(), found, "{name}");
    }
    assert_eq!(children.get("v2", "Pod", "x"), None);
}
