//! What decides about an ETag.

use super::*;

fn of_controller(spec: &str) -> Result<Envelope, EnvelopeError> {
    sync(&format!(
        r#"{{"controller":{{"kind":"CompositeController","spec":{spec}}},"parent":{{"apiVersion":"v1","kind":"K","metadata":{{"name":"n"}}}},"children":{{}}}}"#
    ))
}

#[test]
fn a_controller_that_keeps_answers_by_etag_says_so_for_each_hook() {
    let table = [
        (r#"{}"#, false),
        (
            r#"{"hooks":{"sync":{"webhook":{"etag":{"enabled":true}}}}}"#,
            true,
        ),
        (
            r#"{"hooks":{"sync":{"webhook":{"etag":{"enabled":false}}}}}"#,
            false,
        ),
        (
            r#"{"hooks":{"sync":{"webhook":{"etag":{"enabled":null}}}}}"#,
            false,
        ),
        (
            r#"{"hooks":{"sync":{"webhook":{"etag":{"cacheTimeoutSeconds":5}}}}}"#,
            false,
        ),
        (r#"{"hooks":{"sync":{"webhook":{"etag":null}}}}"#, false),
        (
            r#"{"hooks":{"finalize":{"webhook":{"etag":{"enabled":true}}}}}"#,
            false,
        ),
    ];
    for (spec, etag) in table {
        assert_eq!(of_controller(spec).unwrap().etag, etag, "{spec}");
    }
    let error = of_controller(r#"{"hooks":{"sync":{"webhook":{"etag":{"enabled":"yes"}}}}}"#).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("/controller/spec/hooks/sync/webhook/etag/enabled is a string"),
        "{error}"
    );
}

#[test]
fn a_rolling_update_strategy_is_found_wherever_it_is() {
    let strategy = |method: &str| {
        format!(
            r#"[{{"apiVersion":"v1","resource":"pods"}},{{"apiVersion":"v1","resource":"services","updateStrategy":{{"method":"{method}"}}}}]"#
        )
    };
    for key in ["childResources", "attachments"] {
        for (method, rolling) in [
            ("OnDelete", false),
            ("InPlace", false),
            ("Recreate", false),
            ("RollingInPlace", true),
            ("RollingRecreate", true),
            ("\\u0052ollingInPlace", true),
        ] {
            let spec = format!(r#"{{"{key}":{}}}"#, strategy(method));
            assert_eq!(of_controller(&spec).unwrap().rolling, rolling, "{spec}");
        }
    }
    for spec in ["{}", r#"{"childResources":null}"#, r#"{"childResources":[]}"#] {
        assert!(!of_controller(spec).unwrap().rolling, "{spec}");
    }
    for (name, hook, body) in FIXTURES {
        let envelope = read(body.as_bytes(), hook, &View::default()).unwrap();
        assert!(!envelope.rolling && !envelope.etag, "{name}");
    }
}

#[test]
fn a_rolling_strategy_is_found_behind_a_view_that_cuts_it() {
    let view = View::from_json(&json!({"drop": ["/controller"]})).unwrap();
    let body = r#"{"controller":{"spec":{"childResources":[{"updateStrategy":{"method":"RollingInPlace"}}],"hooks":{"sync":{"webhook":{"etag":{"enabled":true}}}}}},"parent":{"apiVersion":"v1","kind":"K","metadata":{"name":"n"}},"children":{}}"#;
    let envelope = read(body.as_bytes(), Hook::Sync, &view).unwrap();
    assert!(envelope.rolling && envelope.etag);
    assert!(!envelope.trimmed.contains("controller"));
}
