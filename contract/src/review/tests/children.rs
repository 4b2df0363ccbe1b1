use super::*;

#[test]
fn a_child_is_an_object_with_a_version_a_kind_and_a_name() {
    let table = [
        (
            "1",
            "",
            "is a number; expected an object with apiVersion, kind and metadata.name",
        ),
        (
            "{}",
            "/apiVersion",
            "is missing; expected a string like \"apps/v1\"",
        ),
        (
            r#"{"apiVersion":1}"#,
            "/apiVersion",
            "is a number; expected a string like \"apps/v1\"",
        ),
        (
            r#"{"apiVersion":"Apps/v1"}"#,
            "/apiVersion",
            "is \"Apps/v1\"; expected <group>/<version>, or v1",
        ),
        (
            r#"{"apiVersion":"v1"}"#,
            "/kind",
            "is missing; expected a string like \"Deployment\"",
        ),
        (
            r#"{"apiVersion":"v1","kind":"a b"}"#,
            "/kind",
            "is \"a b\"; expected a name like \"Deployment\"",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Service"}"#,
            "/metadata",
            "is missing; expected an object with a name",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Service","metadata":null}"#,
            "/metadata",
            "is missing; expected an object with a name",
        ),
        (
            r#"{"apiVersion":"v1","kind":"Service","metadata":"a"}"#,
            "/metadata",
            "is a string; expected an object with a name",
        ),
    ];
    for (child, pointer, message) in table {
        let answer = format!(r#"{{"children":[{child}]}}"#);
        composite().refuses(
            &answer,
            Rule::ChildShape,
            &format!("/children/0{pointer}"),
            message,
        );
    }
    let table = [
        (
            "",
            "/name",
            "is missing; expected a string that is the same at every call",
        ),
        (
            r#""name":"""#,
            "/name",
            "is empty; expected a string that is the same at every call",
        ),
        (
            r#""name":"a/b""#,
            "/name",
            "is \"a/b\"; a name must be a path segment",
        ),
        (
            r#""name":"a","namespace":1"#,
            "/namespace",
            "is a number; expected a string, or nothing",
        ),
        (
            r#""name":"a","labels":{"b":1}"#,
            "/labels/b",
            "is a number; expected a string, in quotes",
        ),
        (
            r#""name":"a","labels":{"b":null}"#,
            "/labels/b",
            "is null; expected a string, in quotes",
        ),
        (
            r#""name":"a","annotations":[]"#,
            "/annotations",
            "is a list; expected an object of strings",
        ),
    ];
    for (metadata, pointer, message) in table {
        let pointer = format!("/children/0/metadata{pointer}");
        composite().refuses(&with(metadata, ""), Rule::ChildShape, &pointer, message);
    }
}

#[test]
fn only_declared_kinds() {
    let child = |version: &str, kind: &str| {
        format!(
            r#"{{"status":{{}},"children":[{{"apiVersion":"{version}","kind":"{kind}","metadata":{{"name":"a"}}}}]}}"#
        )
    };
    composite().takes(&child("apps/v1", "Deployment"));
    composite().refuses(
        &child("apps/v1beta1", "Deployment"),
        Rule::UndeclaredKind,
        "/children/0",
        "is a Deployment of apps/v1beta1, which the controller does not declare: it would be created once and never seen \
         again; declared are Deployment.apps/v1, Service.v1, Function.core.openfunction.io/v1beta2",
    );
    let mut bare = decorator();
    bare.declared.clear();
    let answer = child("v1", "Secret").replace("children", "attachments");
    bare.refuses(
        &answer,
        Rule::UndeclaredKind,
        "/attachments/0",
        "is a Secret of v1, which the controller does not declare: it would be created once and never seen again; \
         declared are none",
    );
}

#[test]
fn children_live_with_their_parent() {
    composite().refuses(
        &with(r#""name":"a","namespace":"other""#, ""),
        Rule::Namespace,
        "/children/0/metadata/namespace",
        "is \"other\", but the parent Function default/hello lives in \"default\": a child of a namespaced parent must be \
         in its namespace or name none",
    );
    let mut cluster = composite();
    cluster.parent.namespace = None;
    cluster.takes(&with(r#""name":"a","namespace":"other""#, ""));
}

#[test]
fn nothing_that_never_settles() {
    let table = [
        (
            r#""name":"a","generateName":"a-""#,
            "generateName",
            "not allowed: a generated name makes a new object at every call; set metadata.name",
        ),
        (
            r#""name":"a","ownerReferences":[]"#,
            "ownerReferences",
            "not allowed: Metacontroller sets the owner, and would undo this one at every sync",
        ),
        (
            r#""name":"a","labels":{"controller-uid":"u"}"#,
            "labels/controller-uid",
            "not allowed: Metacontroller sets this label, and does not find children with another value",
        ),
    ];
    for (metadata, place, message) in table {
        composite().refuses(
            &with(metadata, ""),
            Rule::Loop,
            &format!("/children/0/metadata/{place}"),
            message,
        );
    }
}

#[test]
fn no_object_twice() {
    let child = |name: &str, more: &str| {
        format!(r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"{name}"{more}}}}}"#)
    };
    let answer = |children: &[String]| format!(r#"{{"status":{{}},"children":[{}]}}"#, children.join(","));
    let twice = "is Service a, as is /children/0: the last would win; answer every object once";
    let own = r#","namespace":"default""#;
    composite().refuses(
        &answer(&[child("a", ""), child("b", ""), child("a", own)]),
        Rule::DuplicateIdentity,
        "/children/2",
        twice,
    );
    let mut many: Vec<String> = (0..2000).map(|n| child(&format!("a{n}"), "")).collect();
    composite().takes(&answer(&many));
    many[0] = child("a", "");
    many.push(child("\\u0061", own));
    composite().refuses(&answer(&many), Rule::DuplicateIdentity, "/children/2000", twice);
    let mut cluster = composite();
    cluster.parent.namespace = None;
    cluster.takes(&answer(&[
        child("a", r#","namespace":"x""#),
        child("a", r#","namespace":"y""#),
    ]));
    composite().refuses(
        r#"{"children":[{"apiVersion":"core.openfunction.io/v1beta2","kind":"Function","metadata":{"name":"hello"}}]}"#,
        Rule::DuplicateIdentity,
        "/children/0",
        "is the parent Function default/hello itself; it cannot be its own child",
    );
}

#[test]
fn nothing_too_big() {
    let mut small = composite();
    small.max_bytes = 12;
    small.refuses(
        r#"{"status":{}}"#,
        Rule::Size,
        "",
        "the answer has 13 bytes; the limit is 12",
    );
    small.max_bytes = 13;
    small.takes(r#"{"status":{}}"#);
    let child = |data: &str| with(r#""name":"a""#, &format!(",\"data\":\"{data}\""));
    composite().takes(&child(&"x".repeat(260_000)));
    composite().refuses(
        &child(&"x".repeat(262_000)),
        Rule::Size,
        "/children/0",
        "is 262070 bytes as JSON with its annotations; Metacontroller stores it in an annotation of its own, which has \
         room for 261120: split it",
    );
    // Go writes each as six bytes.
    assert_eq!(
        composite().review(&child(&"<".repeat(50_000))).unwrap_err().rule,
        Rule::Size
    );
    // An annotation counts twice: for itself and in the copy.
    let annotated = with(
        &format!(r#""name":"a","annotations":{{"a":"{}"}}"#, "x".repeat(140_000)),
        "",
    );
    assert_eq!(composite().review(&annotated).unwrap_err().rule, Rule::Size);
}
