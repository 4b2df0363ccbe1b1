use super::*;

#[test]
fn what_would_not_settle_is_rewritten() {
    let float = |pointer| format!("{pointer}: an integral number was written as an integer");
    composite().writes(
        r#"{"status":{"a":1.0,"b":[1e3,-0.0,-0,2.5],"c":1e19,"d":-9223372036854775808.0,"e":1e20}}"#,
        r#"{"status":{"a":1,"b":[1000,0,0,2.5],"c":10000000000000000000,"d":-9223372036854775808,"e":1e20}}"#,
        &[&(float("/status/a") + " (and 5 more)")],
    );
    let null = "null was dropped: to leave a field out says the same";
    composite().writes(
        &with(
            r#""name":"a","creationTimestamp":null"#,
            r#", "spec": {"a": null, "b": {"c": null}}"#,
        ),
        &with(r#""name":"a""#, r#","spec":{"b":{}}"#),
        &[&format!(
            "/children/0/metadata/creationTimestamp: {null} (and 2 more)"
        )],
    );
    let system = "dropped: it is the API server's or Metacontroller's, and would differ at every sync";
    composite().writes(
        &with(
            r#""name":"a","resourceVersion":"1","uid":"u","generation":1,"managedFields":[],"annotations":{"metacontroller.k8s.io/last-applied-configuration":"{}","b":"c"}"#,
            r#","status":{"a":1}"#,
        ),
        &with(r#""name":"a","annotations":{"b":"c"}"#, ""),
        &[
            &format!("/children/0/metadata/resourceVersion: {system} (and 4 more)"),
            "/children/0/status: dropped: a hook cannot set the status of a child",
        ],
    );
    decorator().writes(
        r#"{"labels":{"a":null},"annotations":null,"status":null,"attachments":[]}"#,
        r#"{"labels":{"a":null},"attachments":[]}"#,
        &[&format!("/annotations: {null} (and 1 more)")],
    );
    customize().writes(
        &related(r#","names":null"#),
        &related(""),
        &[&format!("/relatedResources/0/names: {null}")],
    );
}

#[test]
fn a_composite_always_has_a_status() {
    composite().writes("{}", r#"{"status":{}}"#, &[]);
    composite().writes(r#"{"children":[]}"#, r#"{"children":[],"status":{}}"#, &[]);
    composite().writes(
        r#"{"status":null,"children":[]}"#,
        r#"{"status":{},"children":[]}"#,
        &[],
    );
}

#[test]
fn finalized_is_for_a_parent_that_is_going() {
    let note = "/finalized: dropped: the parent is not being deleted, so Metacontroller would remove and add its finalizer at every sync";
    composite().writes(r#"{"status":{},"finalized":true}"#, r#"{"status":{}}"#, &[note]);
    composite().writes(r#"{"finalized":false,"status":{}}"#, r#"{"status":{}}"#, &[note]);
    request(Hook::Finalize, ControllerKind::Composite).takes(r#"{"status":{},"finalized":true}"#);
}

#[test]
fn a_resync_is_a_second_to_a_day_away() {
    let answer = |seconds: &str| format!(r#"{{"status":{{}},"resyncAfterSeconds":{seconds}}}"#);
    let table = [
        ("0.001", "1", "/resyncAfterSeconds: 0.001 s raised to 1"),
        ("86401", "86400", "/resyncAfterSeconds: 86401 s lowered to 86400"),
        ("1e10", "86400", "/resyncAfterSeconds: 1e10 s lowered to 86400"),
        (
            "5.0",
            "5",
            "/resyncAfterSeconds: an integral number was written as an integer",
        ),
    ];
    for (seconds, clamped, note) in table {
        composite().writes(&answer(seconds), &answer(clamped), &[note]);
    }
    for none in ["0", "-3", "-0.0", "null"] {
        assert_eq!(
            composite().review(&answer(none)).unwrap().body,
            r#"{"status":{}}"#
        );
    }
    composite().takes(&answer("30"));
}
