//! Settings by flags, over those of the file.

#![allow(clippy::unwrap_used, reason = "tests")]

use metawasm_tests::process::{Folder, Host, run, serve_to_end, show};
use metawasm_tests::{fixture, function_plugin};

/// A configuration with the Function plugin in it.
fn config(folder: &Folder) -> String {
    let plugin = function_plugin();
    let text = format!(
        "plugins:\n- name: function\n  source: file:{}\n  settings: {{httpAddon: \"0.5\", interceptor: {{port: 81}}}}\n",
        plugin.display()
    );
    folder.write("metawasm.yaml", text).to_str().unwrap().to_owned()
}

#[test]
fn a_flag_counts_more_than_the_file_and_leaves_the_rest_of_it() {
    let folder = Folder::new("set");
    let config = config(&folder);
    let answer = |flags: &[&str]| {
        let host = Host::serve(&[], &[&["--config", &config], flags].concat());
        let answer = host.post("/function/sync", &fixture("composite-v2-sync-first.body"));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    };
    let by_file = answer(&[]);
    assert!(
        by_file.contains("\"targetPendingRequests\"") && by_file.contains("\"port\":81"),
        "{by_file}"
    );
    let by_flag = answer(&[
        "--set",
        "function.httpAddon=\"0.7\"",
        "--set=function.httpAddon=\"0.8\"",
    ]);
    assert!(
        by_flag.contains("\"scalingMetric\"") && by_flag.contains("\"port\":81"),
        "{by_flag}"
    );
    let nested = answer(&["--set=function.interceptor.port=82"]);
    assert!(
        nested.contains("\"targetPendingRequests\"") && nested.contains("\"port\":82"),
        "{nested}"
    );
}

#[test]
fn a_flag_that_fits_nowhere_is_one_sentence_that_names_it() {
    let folder = Folder::new("set-wrong");
    let config = config(&folder);
    for (code, flag, words) in [
        (
            2,
            "function",
            "expected PLUGIN.PATH=VALUE, such as function.defaultEngine=keda",
        ),
        (2, "function=1", "expected PLUGIN.PATH=VALUE"),
        (
            2,
            "grants.interceptor.port=80",
            "unknown plugin \"grants\"; configured: function",
        ),
        (
            2,
            "function.httpAddon.x=1",
            "cannot set a field of httpAddon, which is \"0.5\", not an object",
        ),
        (2, "function.clusterDomain=[a", "VALUE: "),
        (
            2,
            &format!("function{}=1", ".a".repeat(60_000)),
            "the path has 60000 keys; at most 100 are allowed",
        ),
        (
            3,
            "function.httpAddon=0.8",
            "as a text it is 'function.httpAddon=\"0.8\"'",
        ),
        (3, "function.interceptor.port=99999", "/interceptor/port: 99999"),
        (3, "function.htpAddon=x", "'htpAddon'"),
    ] {
        let output = run([
            "serve",
            "--log=off",
            "--check-config",
            "--config",
            &config,
            "--set",
            flag,
        ]);
        assert_eq!(output.status.code(), Some(code), "{}", show(&output));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.starts_with("error: ") && stderr.contains(words),
            "{stderr}"
        );
        assert!(stderr.contains(&format!("--set {flag}")), "{stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 1, "{stderr}");
    }
    // A plugin that a flag names is there for the flags behind it, and those before.
    let output = serve_to_end(&["--check-config", "--set=function.checkNames=true"]);
    assert!(output.status.success(), "{}", show(&output));
}

/// Each mistake has file, line and column, and says what to write.
#[test]
fn what_is_wrong_in_the_file_is_said_with_its_place() {
    let folder = Folder::new("set-places");
    let text = format!(
        "plugins:\n- name: function\n  source: file:{}\n  settings:\n    httpAddon: 0.8\n    \
         interceptr: {{port: 81}}\n    interceptor:\n      port: x\n",
        function_plugin().display()
    );
    let config = folder.write("metawasm.yaml", text);
    let config = config.to_str().unwrap();
    let output = run(["serve", "--log=off", "--check-config", "--config", config]);
    assert_eq!(output.status.code(), Some(3), "{}", show(&output));
    let stderr = String::from_utf8(output.stderr).unwrap();
    for sentence in [
        format!(
            "{config}:5:5: /httpAddon: 0.8 is not one of \"0.5\", \"0.7\", \"0.8\", \"interceptor-route\"; \
             quote it: \"0.8\""
        ),
        format!("{config}:6:5: unknown field 'interceptr'; did you mean `interceptor`?"),
        format!("{config}:8:7: /interceptor/port: \"x\" is not of type \"integer\""),
    ] {
        assert!(stderr.contains(&sentence), "{sentence}\n{stderr}");
    }
}
