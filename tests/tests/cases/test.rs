//! `metawasm test`.

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{run, show};
use metawasm_tests::{function_plugin, grants_plugin, root};

use super::{PARENT, answer, case, config, metawasm, with_plugin};

#[test]
fn a_case_is_written_then_passes_then_fails_with_the_field_that_differs() {
    let folder = with_plugin(&Guest::answering(answer(&[&config("shop", "red")])));
    case(&folder, "tests/hello", &[("parent.yaml", PARENT)]);
    let (code, text) = metawasm(&folder, "test", &["tests"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(text, @r"
    FAIL tests/hello
      expected: expected.yaml is missing; --update writes it
    0 passed, 1 failed
    ");
    let (code, text) = metawasm(&folder, "test", &["tests", "--update"]);
    assert_eq!(code, Some(0), "{text}");
    insta::assert_snapshot!(text, @r"
    pass tests/hello (updated)
    1 passed, 0 failed, 1 updated
    ");
    let path = folder.path().join("tests/hello/expected.yaml");
    let written = std::fs::read_to_string(&path).unwrap();
    insta::assert_snapshot!(written, @r"
    children:
    - apiVersion: v1
      data:
        colour: red
      kind: ConfigMap
      metadata:
        name: shop
    status:
      ready: true
    ");
    let (code, text) = metawasm(&folder, "test", &["tests"]);
    assert_eq!(
        (code, text.as_str()),
        (Some(0), "pass tests/hello\n1 passed, 0 failed\n")
    );
    let other = format!(
        "{}- {{apiVersion: v1, kind: Secret, metadata: {{name: key}}}}\n",
        written
            .replace("colour: red", "colour: blue")
            .replace("status:\n  ready: true\n", "")
    );
    std::fs::write(&path, other).unwrap();
    let (code, text) = metawasm(&folder, "test", &["tests"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(text, @r#"
    FAIL tests/hello
      expected: the answer differs from expected.yaml (- expected, + found)
        ConfigMap demo/shop
          - data.colour: "blue"
          + data.colour: "red"
        - Secret demo/key (missing child)
        + status: {"ready":true}
    0 passed, 1 failed
    "#);
}

#[test]
fn a_plugin_that_oscillates_is_found_with_child_and_field_unless_the_case_says_why_not() {
    let guest = Guest::choosing(
        r#""data":{"colour":"red"}"#,
        &answer(&[&config("shop", "blue")]),
        &answer(&[&config("shop", "red")]),
    );
    let folder = with_plugin(&guest);
    case(&folder, "tests/a", &[("parent.yaml", PARENT)]);
    let (code, text) = metawasm(&folder, "test", &["tests", "--update"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(text, @r#"
    FAIL tests/a (updated)
      idempotence: ConfigMap/shop oscillates at data.colour: "red", "blue" in turn (syncs 9 to 12); the answer must not depend on what it asked for before
    0 passed, 1 failed, 1 updated
    "#);
    let skip = "skip: {idempotence: it is a traffic light}\n";
    std::fs::write(folder.path().join("tests/a/case.yaml"), skip).unwrap();
    let (code, text) = metawasm(&folder, "test", &["tests"]);
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(text, @r"
    pass tests/a
      idempotence skipped: it is a traffic light
    1 passed, 0 failed, 1 check skipped
    ");
    for (options, words) in [
        (
            "skip: {idempotense: x}\n",
            "unknown check `idempotense` in skip; did you mean `idempotence`?",
        ),
        ("skip: {purity: ''}\n", "skip.purity requires a reason"),
    ] {
        std::fs::write(folder.path().join("tests/a/case.yaml"), options).unwrap();
        let (code, text) = metawasm(&folder, "test", &["tests"]);
        assert_eq!(code, Some(2));
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn an_answer_that_grows_once_children_are_stored_is_found() {
    let guest = Guest::choosing(
        r#""uid":"uid-"#,
        &answer(&[&config("shop", "red"), &config("more", "red")]),
        &answer(&[&config("shop", "red")]),
    );
    let folder = with_plugin(&guest);
    case(&folder, "tests/a", &[("parent.yaml", PARENT)]);
    let (code, text) = metawasm(&folder, "test", &["tests", "--update"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("idempotence: the answer asks for other children once the first ones are stored")
            && text.contains("ConfigMap demo/more: added"),
        "{text}"
    );
}

#[test]
fn a_hook_that_fails_an_unsafe_answer_and_a_wrong_schema_are_found() {
    let wrong = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"shop"},"data":{"n":1}}"#;
    for (guest, words) in [
        (Guest::failing(0, 0, "spec.colour is required"), "answer: "),
        (Guest::answering(r#"{"childrn":[]}"#), "answer: "),
        (
            Guest::answering(answer(&[wrong])),
            "schema: /children/0/data/n: is a number; expected a string",
        ),
    ] {
        let folder = with_plugin(&guest);
        case(
            &folder,
            "tests/a",
            &[("parent.yaml", PARENT), ("expected.yaml", "children: []\n")],
        );
        let (code, text) = metawasm(&folder, "test", &["tests"]);
        assert_eq!(code, Some(1));
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn a_failure_can_be_expected() {
    let folder = with_plugin(&Guest::failing(0, 0, "spec.colour is required"));
    case(&folder, "tests/a", &[("parent.yaml", PARENT)]);
    let (code, text) = metawasm(&folder, "test", &["tests", "--update"]);
    assert_eq!(code, Some(0), "{text}");
    let written = std::fs::read_to_string(folder.path().join("tests/a/expected.yaml")).unwrap();
    assert!(
        written.starts_with("failure: ") && written.contains("spec.colour is required"),
        "{written}"
    );
    let (code, text) = metawasm(&folder, "test", &["tests"]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn cases_are_found_at_any_depth_filtered_and_reported_for_machines() {
    let folder = with_plugin(&Guest::answering(answer(&[])));
    let expected = "children: []\nstatus: {ready: true}\n";
    for name in ["tests/one", "tests/deep/er/two", "tests/three"] {
        case(
            &folder,
            name,
            &[("parent.yaml", PARENT), ("expected.yaml", expected)],
        );
    }
    let junit = folder.path().join("report.xml");
    let junit_text = junit.display().to_string();
    let (code, text) = metawasm(
        &folder,
        "test",
        &[
            "tests",
            "-k",
            "t",
            "-k",
            "two",
            "--filter",
            "thr",
            "--junit",
            &junit_text,
        ],
    );
    assert_eq!(code, Some(0), "{text}");
    assert!(text.ends_with("3 passed, 0 failed\n"), "{text}");
    let (_, text) = metawasm(
        &folder,
        "test",
        &["tests", "-k", "er/two", "--junit", &junit_text],
    );
    assert_eq!(text, "pass tests/deep/er/two\n1 passed, 0 failed\n");
    let xml = std::fs::read_to_string(&junit).unwrap();
    assert!(
        xml.contains(r#"tests="5" failures="0" skipped="0""#) && xml.contains(r#"name="idempotence"/>"#),
        "{xml}"
    );
    let (code, text) = metawasm(&folder, "test", &["tests", "-k", "four"]);
    assert_eq!(code, Some(2));
    assert!(
        text.contains("none of the 3 cases has a path that contains four"),
        "{text}"
    );
    let empty = case(&folder, "empty", &[]);
    let (code, text) = metawasm(&folder, "test", &[&empty.display().to_string()]);
    assert_eq!(code, Some(2));
    assert!(
        text.contains("no case in empty; expected directories with request.json or parent.yaml"),
        "{text}"
    );
}

#[test]
fn a_recorded_request_is_a_case() {
    let folder = with_plugin(&Guest::answering(answer(&[])));
    let body = String::from_utf8(metawasm_tests::fixture("composite-v2-sync-first.body")).unwrap();
    let path = case(&folder, "recorded/a", &[("request.json", &body)]);
    let plugin = function_plugin().display().to_string();
    let args = |rest: &[&str]| {
        let path = path.display().to_string();
        let mut args = vec!["test".to_owned(), plugin.clone(), path];
        args.extend(rest.iter().map(|word| (*word).to_owned()));
        args
    };
    let output = run(args(&["--update"]));
    assert!(output.status.success(), "{}", show(&output));
    let output = run(args(&[]));
    assert!(output.status.success(), "{}", show(&output));
}

/// Runs the cases of the plugins in this repository.
#[test]
fn the_cases_of_our_plugins_pass() {
    for (plugin, cases) in [
        (function_plugin(), "plugin/function/tests/cases"),
        (grants_plugin(), "plugin/grants/tests/cases"),
    ] {
        let plugin = plugin.display().to_string();
        let cases = root().join(cases).display().to_string();
        let output = run(["test", &plugin, &cases]);
        assert!(output.status.success(), "{}", show(&output));
        assert!(
            String::from_utf8_lossy(&output.stdout).contains(" passed, 0 failed"),
            "{}",
            show(&output)
        );
    }
}
