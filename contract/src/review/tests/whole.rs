use super::*;

#[test]
fn a_good_answer_goes_out_as_it_is() {
    let mut answered = composite();
    answered.observed = 3;
    answered.takes(&with(
        r#""name":"hello""#,
        r#","spec":{"ports":[{"port":80}],"weight":0.5}"#,
    ));
    answered.takes(&with(
        r#""name":"a:b","namespace":"default","labels":{"a":""},"annotations":{}"#,
        "",
    ));
    answered.takes(r#" {"children": [], "status": {"x": "\u00e9"}, "resyncAfterSeconds": 1.5} "#);
    composite().takes(r#"{"status":{}}"#);
    composite().takes(r#"{"status":{},"children":[],"resyncAfterSeconds":86400}"#);
    decorator().takes(r#"{"labels":{"a":"b","gone":null},"annotations":{"gone":null},"attachments":[]}"#);
    decorator().takes("{}");
    customize().takes(r#"{"relatedResources":[]}"#);
    customize().takes("{}");
    request(Hook::Finalize, ControllerKind::Decorator).takes(r#"{"attachments":[],"finalized":true}"#);
}

#[test]
fn an_answer_is_one_object() {
    let expected = "expected an object with status, children, resyncAfterSeconds, finalized";
    for (answer, is) in [
        ("null", "null"),
        ("[]", "a list"),
        ("\"x\"", "a string"),
        ("1", "a number"),
        ("true", "a boolean"),
    ] {
        composite().refuses(answer, Rule::Json, "", &format!("the answer is {is}; {expected}"));
    }
    let table = [
        ("", "line 1, column 1: the text ends here, inside of a value"),
        ("{} {}", "line 1, column 4: there must be nothing after the value"),
        (
            "{\n\"status\": {},}",
            "line 2, column 14: expected a key in double quotes",
        ),
        ("{\"status\": NaN}", "line 1, column 12: expected a value"),
    ];
    for (answer, why) in table {
        composite().refuses(answer, Rule::Json, "", &format!("the answer is not JSON: {why}"));
    }
}

#[test]
fn only_the_fields_of_this_hook_kind() {
    let sync = "A CompositeController's sync answers with status, children, resyncAfterSeconds, finalized";
    let table = [
        ("Children", "is an unknown field; did you mean \"children\"?"),
        ("childern", "is an unknown field; did you mean \"children\"?"),
        (
            "resync_after_seconds",
            "is an unknown field; did you mean \"resyncAfterSeconds\"?",
        ),
        ("foo", "is an unknown field."),
        ("attachments", "is an unknown field."),
    ];
    for (field, is) in table {
        composite().refuses(
            &format!("{{\"{field}\":[]}}"),
            Rule::Fields,
            &format!("/{field}"),
            &format!("{is} {sync}"),
        );
    }
    customize().refuses(
        r#"{"children":[]}"#,
        Rule::Fields,
        "/children",
        "is an unknown field. A CompositeController's customize answers with relatedResources",
    );
    decorator().refuses(
        r#"{"attachment":[]}"#,
        Rule::Fields,
        "/attachment",
        "is an unknown field; did you mean \"attachments\"? A DecoratorController's sync answers with labels, \
         annotations, status, attachments, resyncAfterSeconds, finalized",
    );
}

#[test]
fn no_key_twice_at_any_depth() {
    let twice = "duplicate key; each key must be unique";
    composite().refuses(
        r#"{"children":[],"children":[]}"#,
        Rule::DuplicateKey,
        "/children",
        twice,
    );
    composite().refuses(
        r#"{"children":[],"childr\u0065n":[]}"#,
        Rule::DuplicateKey,
        "/children",
        twice,
    );
    let deep = with(r#""name":"a""#, r#","spec":{"a":[{"b":1,"c":2,"b":3}]}"#);
    composite().refuses(&deep, Rule::DuplicateKey, "/children/0/spec/a/0/b", twice);
    let many: Vec<String> = (0..1000).map(|n| format!("\"k{n}\":1")).collect();
    composite().takes(&format!("{{\"status\":{{{}}}}}", many.join(",")));
    let again = format!("{{\"status\":{{{},\"k\\u0035\":2}}}}", many.join(","));
    composite().refuses(&again, Rule::DuplicateKey, "/status/k5", twice);
}

#[test]
fn no_null_in_any_list() {
    let null = "null is not allowed in a list; remove the element";
    composite().refuses(r#"{"children":[null]}"#, Rule::NullElement, "/children/0", null);
    composite().refuses(
        r#"{"status":{"conditions":[{},null]}}"#,
        Rule::NullElement,
        "/status/conditions/1",
        null,
    );
    let deep = with(r#""name":"a""#, r#","spec":{"args":["a",null]}"#);
    composite().refuses(&deep, Rule::NullElement, "/children/0/spec/args/1", null);
    customize().refuses(
        r#"{"relatedResources":[null]}"#,
        Rule::NullElement,
        "/relatedResources/0",
        null,
    );
}

#[test]
fn numbers_fit_into_a_float() {
    let sentence = |number: &str| {
        format!(
            "is the number {number:?}, beyond a 64-bit float, which Metacontroller cannot read; the largest is about 1.8e308"
        )
    };
    composite().refuses(
        r#"{"status":{"a":1e400}}"#,
        Rule::Number,
        "/status/a",
        &sentence("1e400"),
    );
    let long = format!("{{\"status\":{{\"a\":-{}}}}}", "9".repeat(400));
    assert_eq!(composite().review(&long).unwrap_err().rule, Rule::Number);
    composite().takes(r#"{"status":{"a":123456789012345678901234567890,"b":-1.5e-9,"c":1e300}}"#);
}

#[test]
fn fields_are_of_their_kind() {
    let table = [
        (
            "status",
            Rule::Status,
            "is a list; expected an object, the whole status of the parent",
        ),
        (
            "children",
            Rule::ChildShape,
            "is an object; expected a list of objects",
        ),
        (
            "resyncAfterSeconds",
            Rule::ResyncAfter,
            "is a list; expected a number of seconds, or nothing",
        ),
        ("finalized", Rule::Finalized, "is a list; expected true or false"),
    ];
    for (field, rule, message) in table {
        let value = if field == "children" { "{}" } else { "[]" };
        composite().refuses(
            &format!("{{\"{field}\":{value}}}"),
            rule,
            &format!("/{field}"),
            message,
        );
    }
    let labels = "is a number; expected a string, or null to delete the key";
    decorator().refuses(r#"{"labels":{"a":1}}"#, Rule::Decoration, "/labels/a", labels);
    decorator().refuses(
        r#"{"annotations":[]}"#,
        Rule::Decoration,
        "/annotations",
        "is a list; expected an object of strings",
    );
}

#[test]
fn children_are_not_forgotten_while_some_are_observed() {
    let mut answered = composite();
    answered.observed = 3;
    let what =
        "3 are observed and would be deleted: name those that should stay, or answer [] to delete them all";
    answered.refuses(
        r#"{"status":{}}"#,
        Rule::AbsentChildren,
        "/children",
        &format!("is absent, but {what}"),
    );
    answered.refuses(
        r#"{"children":null}"#,
        Rule::AbsentChildren,
        "/children",
        &format!("is null, but {what}"),
    );
    let mut answered = request(Hook::Finalize, ControllerKind::Decorator);
    answered.observed = 1;
    answered.refuses(
        r#"{"finalized":true}"#,
        Rule::AbsentChildren,
        "/attachments",
        "is absent, but 1 is observed and would be deleted: name those that should stay, or answer [] to delete them all",
    );
}

#[test]
fn a_refusal_is_short_whatever_the_answer_says() {
    let long = "x\u{1}".repeat(5000);
    let escaped = long.replace('\u{1}', "\\u0001");
    for answer in [
        format!("{{\"{escaped}\":1}}"),
        with(&format!("\"name\":\"a\",\"namespace\":\"{escaped}\""), ""),
        format!("{{\"status\":{{\"{escaped}\":[null]}}}}"),
        with(&format!("\"name\":\"{escaped}\""), ""),
    ] {
        let sentence = composite().review(&answer).unwrap_err().to_string();
        assert!(
            sentence.len() <= 1024 && !sentence.contains('\u{1}'),
            "{sentence}"
        );
    }
}

#[test]
fn a_recorded_answer_goes_out_as_it_is() {
    let body = include_bytes!("../../../../tests/fixtures/composite-v2-sync-ready.body");
    let envelope = crate::read_envelope(body, Hook::Sync, &crate::View::default()).unwrap();
    let context = ReviewContext::new(Hook::Sync, &envelope, 1 << 20);
    let answer = r#"{"status":{"conditions":[{"type":"Ready","status":"True"}]},"children":[{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"hello","labels":{"function":"hello"}},"spec":{"selector":{"matchLabels":{"function":"hello"}}}},{"apiVersion":"http.keda.sh/v1alpha1","kind":"HTTPScaledObject","metadata":{"name":"hello","namespace":"cap2"},"spec":{"replicas":{"min":0,"max":10}}}]}"#;
    assert!(matches!(review(answer, &context).unwrap().body, Cow::Borrowed(_)));
    assert_eq!(review("{}", &context).unwrap_err().rule, Rule::AbsentChildren);
}
