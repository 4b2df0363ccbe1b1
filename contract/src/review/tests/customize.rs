use super::*;

#[test]
fn a_rule_of_customize_says_what_to_select() {
    let good = [
        "",
        r#","labelSelector":{"matchLabels":{"a":"b"}}"#,
        r#","labelSelector":{},"namespaceSelector":{"matchLabels":{}}"#,
        r#","labelSelector":{"matchExpressions":[{"key":"a","operator":"In","values":["b"]},{"key":"c","operator":"Exists"}]}"#,
        r#","namespace":"other","names":["a"]"#,
        r#","namespace":"other","labelSelector":{}"#,
        r#","names":["a","b"]"#,
        r#","names":[],"labelSelector":{}"#,
    ];
    for rule in good {
        customize().takes(&related(rule));
    }
    let bad = [
        (
            r#","name":"a""#,
            "/name",
            "is an unknown field; did you mean \"names\"? A rule has apiVersion, resource, labelSelector, namespaceSelector, namespace, names",
        ),
        (
            r#","names":"a""#,
            "/names",
            "is a string; expected a list of names",
        ),
        (r#","names":[1]"#, "/names/0", "is a number; expected a name"),
        (r#","names":[""]"#, "/names/0", "is empty; expected a name"),
        (
            r#","namespace":1"#,
            "/namespace",
            "is a number; expected a string, or nothing",
        ),
        (
            r#","labelSelector":[]"#,
            "/labelSelector",
            "is a list; expected a selector: an object with matchLabels, matchExpressions",
        ),
        (
            r#","labelSelector":{"app":"a"}"#,
            "/labelSelector/app",
            "is an unknown field. Expected a selector with matchLabels, matchExpressions",
        ),
        (
            r#","labelSelector":{"matchLabels":{"a":1}}"#,
            "/labelSelector/matchLabels/a",
            "is a number; expected a string, in quotes",
        ),
        (
            r#","labelSelector":{"matchExpressions":[{"key":"a","operator":"in"}]}"#,
            "/labelSelector/matchExpressions/0/operator",
            "is \"in\"; expected In, NotIn, Exists or DoesNotExist",
        ),
        (
            r#","labelSelector":{"matchExpressions":[{"key":"a","operator":"In"}]}"#,
            "/labelSelector/matchExpressions/0/values",
            "must not be empty with In",
        ),
        (
            r#","labelSelector":{"matchExpressions":[{"operator":"In"}]}"#,
            "/labelSelector/matchExpressions/0/key",
            "must be the key of a label",
        ),
        (
            r#","names":["a"],"labelSelector":{}"#,
            "",
            "has both names and labelSelector: a rule selects by the one or the other",
        ),
        (
            r#","names":["a"],"namespaceSelector":{}"#,
            "",
            "has both names and namespaceSelector: a rule selects by the one or the other",
        ),
        (
            r#","namespace":"a","namespaceSelector":{}"#,
            "",
            "has both namespace and namespaceSelector: a rule selects by the one or the other",
        ),
    ];
    for (rule, pointer, message) in bad {
        customize().refuses(
            &related(rule),
            Rule::RelatedResources,
            &format!("/relatedResources/0{pointer}"),
            message,
        );
    }
    let bad = [
        (
            r#"{"relatedResources":{}}"#,
            "/relatedResources",
            "is an object; expected a list of rules",
        ),
        (
            r#"{"relatedResources":[1]}"#,
            "/relatedResources/0",
            "is a number; expected a rule: an object with apiVersion and resource",
        ),
        (
            r#"{"relatedResources":[{"apiVersion":"v1"}]}"#,
            "/relatedResources/0/resource",
            "is missing; expected the lower-case plural of the kind, like \"configmaps\"",
        ),
        (
            r#"{"relatedResources":[{"apiVersion":"v1","resource":"ConfigMap"}]}"#,
            "/relatedResources/0/resource",
            "is \"ConfigMap\"; expected the lower-case plural of the kind, like \"configmaps\"",
        ),
    ];
    for (answer, pointer, message) in bad {
        customize().refuses(answer, Rule::RelatedResources, pointer, message);
    }
}

#[test]
fn a_v1_customize_hook_stays_in_its_namespace() {
    let mut v1 = customize();
    v1.version = HookVersion::V1;
    v1.takes(&related(r#","namespace":"default","names":["a"]"#));
    v1.refuses(
        &related(r#","namespace":"other""#),
        Rule::RelatedResources,
        "/relatedResources/0/namespace",
        "is \"other\", but the parent Function default/hello lives in \"default\", and its v1 customize hook sees only \
         that; set the hook's version to v2",
    );
    v1.refuses(
        &related(r#","namespaceSelector":{}"#),
        Rule::RelatedResources,
        "/relatedResources/0/namespaceSelector",
        "not allowed: a v1 customize hook of a namespaced parent (Function default/hello) sees only its namespace; \
         set the hook's version to v2",
    );
    v1.parent.namespace = None;
    v1.takes(&related(r#","namespace":"other""#));
    v1.takes(&related(r#","namespaceSelector":{}"#));
}
