//! Hooks and tracing, and the optional texts for them: v1beta1's annotations, and the ConfigMap.

use serde_json::{Value, json};

use super::{function, merge, message, patched, problems, serving};
use crate::support::{KINDS, parent, request_with, sync};

#[test]
fn providers_are_known() {
    problems(&[(
        serving(json!({"tracing": {"enabled": true, "provider": {"name": "zipkin"}}})),
        "spec.serving.tracing.provider.name: Unsupported value: \"zipkin\": supported values: \"opentelemetry\", \
         \"skywalking\"",
    )]);
}

fn annotation(key: &str, text: &str) -> Value {
    json!({"metadata": {"annotations": {key: text}}})
}

/// The answer with a ConfigMap for all Functions.
fn with_config(patch: &Value, data: &Value) -> Value {
    let mut function = parent(function());
    merge(&mut function, patch);
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "openfunction-config", "namespace": "openfunction"}, "data": data});
    sync(&request_with(&function, &KINDS, &[], &[config]), &json!({}))
}

fn context(answer: &Value) -> Value {
    let children = answer["children"].as_array().unwrap();
    let deployment = children
        .iter()
        .find(|child| child["kind"] == "Deployment")
        .unwrap();
    let env = deployment["spec"]["template"]["spec"]["containers"][0]["env"].as_array();
    let context = env
        .unwrap()
        .iter()
        .find(|variable| variable["name"] == "FUNC_CONTEXT")
        .unwrap();
    serde_json::from_str(context["value"].as_str().unwrap()).unwrap()
}

fn plugins(answer: &Value) -> (Value, Value) {
    let context = context(answer);
    (context["prePlugins"].clone(), context["postPlugins"].clone())
}

#[test]
fn a_mistake_in_an_optional_text_is_a_warning_with_its_line() {
    let unused = "; the text is not used";
    let too_many = format!("pre: [{}]", "a, ".repeat(65));
    let mut wrong = Vec::new();
    for (key, text, warning) in [
        (
            "plugins",
            "pre:\n- a\n b: c\n",
            ": line 3, column 3: invalid YAML: mapping values are not allowed in this context",
        ),
        (
            "plugins",
            "- a\n",
            ": line 1, column 1: Invalid value: a list: must be an object",
        ),
        (
            "plugins",
            "post: []\npre: a\n",
            ".pre: line 2, column 1: Invalid value: \"a\": must be a list",
        ),
        (
            "plugins",
            "order: [a,\n  {b: c}]\n",
            ".order[1]: line 2, column 3: Invalid value: an object: must be a string",
        ),
        (
            "plugins",
            "order:\n- a\n-\n",
            ".order[1]: line 3, column 2: Invalid value: null: must be a string",
        ),
        (
            "plugins",
            &too_many,
            ".pre: line 1, column 1: Too many: 65: must have at most 64 items",
        ),
        (
            "plugins.tracing",
            "enabled: true\n",
            ".provider: line 1, column 1: Required value: the tracing provider",
        ),
        (
            "plugins.tracing",
            "enabled: perhaps\nprovider: {name: skywalking}\n",
            ".enabled: line 1, column 1: Invalid value: \"perhaps\": must be true or false",
        ),
        (
            "plugins.tracing",
            "enabled: true\nprovider:\n  exporter: {name: jaeger}\n  name: opentelemetry\n",
            ".provider.exporter.endpoint: line 3, column 3: Required value: the address that traces are sent to",
        ),
        (
            "plugins.tracing",
            "enabled: true\nprovider: {name: zipkin}\n",
            ".provider.name: line 2, column 12: Unsupported value: \"zipkin\": supported values: \"opentelemetry\", \
             \"skywalking\"",
        ),
        (
            "plugins.tracing",
            "enabled: true\nprovider: {name: x\n",
            ": line 3, column 1: invalid YAML: while parsing a flow mapping, did not find expected ',' or '}'",
        ),
        (
            "plugins.tracing",
            "enabled: true\nprovider: *p\n",
            ": line 2, column 11: invalid YAML: while parsing node, found unknown anchor",
        ),
    ] {
        // The function runs, without the hooks and the tracing of the text.
        let answer = patched(&annotation(key, text));
        let found = message(&answer, "Normalized", "Warnings");
        if found != format!("metadata.annotations[{key}]{warning}{unused}") {
            wrong.push((text, found));
            continue;
        }
        message(&answer, "Ready", "Creating");
        assert_eq!(context(&answer), context(&patched(&json!({}))), "{text}");
        // What is meant for all Functions counts then.
        let data = json!({"plugins": "order: [x, y]\n", "plugins.tracing": "enabled: true\nprovider: {name: skywalking}\n"});
        let fallback = with_config(&annotation(key, text), &data);
        assert_eq!(
            context(&fallback),
            context(&with_config(&json!({}), &data)),
            "{text}"
        );
        // The same in the ConfigMap.
        let answer = with_config(&json!({}), &json!({key: text}));
        assert_eq!(
            message(&answer, "Normalized", "Warnings"),
            format!("ConfigMap openfunction/openfunction-config: {key}{warning}{unused}"),
            "{text}"
        );
        assert_eq!(context(&answer), context(&patched(&json!({}))), "{text}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_an_optional_text_has_and_nothing_reads_is_a_warning_with_its_line() {
    for (key, text, warning) in [
        (
            "plugins",
            "pre: [a]\noder: [b]\n",
            ".oder: line 2, column 1: unknown field, not used; did you mean \"order\"?",
        ),
        (
            "plugins",
            "pre: [a]\nwhat: [b]\n",
            ".what: line 2, column 1: unknown field, not used",
        ),
        (
            "plugins",
            "pre: [b]\npre: [a]\n",
            ": line 2, column 1: duplicate key \"pre\": the last one is used",
        ),
        (
            "plugins",
            "pre: [a]\n---\npre: [b]\n",
            ": line 2, column 1: another document: only the first one is used",
        ),
        (
            "plugins.tracing",
            "enabled: true\nprovider:\n  name: skywalking\n  oapserver: x\n",
            ".provider.oapserver: line 4, column 3: unknown field, not used; did you mean \"oapServer\"?",
        ),
        (
            "plugins.tracing",
            "enabled: true\nprovider: {name: opentelemetry, exporter: {name: a, endpoint: b, header: c}}\n",
            ".provider.exporter.header: line 2, column 66: unknown field, not used; did you mean \"headers\"?",
        ),
        (
            "plugins.tracing",
            "enabled: true\nprovider: {name: skywalking}\ntag: {a: b}\n",
            ".tag: line 3, column 1: unknown field, not used; did you mean \"tags\"?",
        ),
    ] {
        let answer = patched(&annotation(key, text));
        assert_eq!(
            message(&answer, "Normalized", "Warnings"),
            format!("metadata.annotations[{key}]{warning}"),
            "{text}"
        );
        // The rest of the text is used.
        assert_ne!(context(&answer), context(&patched(&json!({}))), "{text}");
        let answer = with_config(&json!({}), &json!({key: text}));
        assert_eq!(
            message(&answer, "Normalized", "Warnings"),
            format!("ConfigMap openfunction/openfunction-config: {key}{warning}"),
            "{text}"
        );
    }
}

#[test]
fn a_text_says_the_order_of_plugins_wherever_it_is() {
    for (text, pre, post) in [
        ("order: [a, b]", json!(["a", "b"]), json!(["b", "a"])),
        ("order:\n- a\n- b\npre:\n- c\n", json!(["c"]), json!(["b", "a"])),
        (
            "order: &o [a, b]\npost: *o\n",
            json!(["a", "b"]),
            json!(["a", "b"]),
        ),
        (
            "order: [a]\npre: []\npost: [c, d]\n",
            Value::Null,
            json!(["c", "d"]),
        ),
        ("pre: [a, b]", json!(["a", "b"]), Value::Null),
        (
            "{\"post\": [\"a\", 1, true]}",
            Value::Null,
            json!(["a", "1", "true"]),
        ),
        (
            "order: [1.10, yes, 0x1F]",
            json!(["1.10", "yes", "0x1F"]),
            json!(["0x1F", "yes", "1.10"]),
        ),
        ("# nothing", Value::Null, Value::Null),
    ] {
        let annotated = patched(&annotation("plugins", text));
        assert_eq!(plugins(&annotated), (pre.clone(), post.clone()), "{text}");
        message(&annotated, "Normalized", "AsWritten");
        for key in ["plugins", "hooks"] {
            let global = with_config(&json!({}), &json!({key: text}));
            assert_eq!(plugins(&global), (pre.clone(), post.clone()), "{key}: {text}");
            message(&global, "Normalized", "AsWritten");
        }
    }
    // Around the Function's own, or instead of them.
    let data = json!({"plugins": "order: [a, b]"});
    let own = serving(json!({"hooks": {"pre": ["c"], "post": ["d"]}}));
    assert_eq!(
        plugins(&with_config(&own, &data)),
        (json!(["a", "b", "c"]), json!(["d", "b", "a"]))
    );
    assert_eq!(
        plugins(&with_config(&annotation("plugins", "order: [c, d]"), &data)),
        (json!(["c", "d"]), json!(["d", "c"]))
    );
}

#[test]
fn tracing_is_read_in_every_style_of_yaml() {
    let block = "enabled: true\nprovider:\n  name: \"skywalking\"\n  oapServer: \"oap:11800\"\ntags:\n  layer: faas\n  \
                 version: '1.10'\nbaggage:\n  key: sw8-correlation\n  value: 'base64(string key)'\n";
    let expected = context(&patched(&annotation("plugins.tracing", block)));
    assert_eq!(expected["pluginsTracing"]["tags"]["version"], "1.10");
    for text in [
        "{enabled: true, provider: {name: skywalking, oapServer: 'oap:11800'}, tags: {layer: faas, version: 1.10}, \
         baggage: {key: sw8-correlation, value: base64(string key)}}",
        "enabled: yes # on\nprovider: &p {name: skywalking,\n  oapServer: oap:11800}\ntags: {layer: faas, version: 1.10}\n\
         baggage:\n  key: |-\n    sw8-correlation\n  value: >-\n    base64(string\n    key)\n",
        "%YAML 1.1\n---\n!!map\nenabled: !!bool true\nprovider:\n  <<: {name: skywalking}\n  oapServer: !!str oap:11800\n\
         tags: {layer: faas, version: !!float 1.10}\nbaggage: {\"key\": \"sw8\\x2Dcorrelation\",\n  'value': base64(string key)}\n...\n",
        "\u{feff}enabled: On\r\nprovider:\r\n  name: skywalking\r\n  oapServer: oap:11800\r\ntags:\r\n  layer: faas\r\n  \
         version: 1.10\r\nbaggage: {key: sw8-correlation, value: base64(string key)}\r\n",
    ] {
        let answer = patched(&annotation("plugins.tracing", text));
        message(&answer, "Normalized", "AsWritten");
        assert_eq!(context(&answer), expected, "{text}");
        let answer = with_config(&json!({}), &json!({"tracing": text}));
        assert_eq!(context(&answer), expected, "{text}");
    }
}

/// `enabled: false` alone turns off what is on for all Functions.
#[test]
fn tracing_that_is_turned_off_needs_no_provider() {
    let data = json!({"tracing": "enabled: true\nprovider: {name: skywalking}\n"});
    for text in ["enabled: false", "enabled: no\nprovider: {name: skywalking}\n"] {
        let answer = with_config(&annotation("plugins.tracing", text), &data);
        message(&answer, "Normalized", "AsWritten");
        assert_eq!(context(&answer), context(&patched(&json!({}))), "{text}");
    }
    assert_ne!(
        context(&with_config(&json!({}), &data)),
        context(&patched(&json!({})))
    );
}
