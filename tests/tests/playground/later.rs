//! What comes of a call later: the loop over time, and a case of `metawasm test`.

use std::fs;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, run, show};
use metawasm_tests::{function_plugin, metawasm, root};
use serde_json::{Value, json};

use super::{Playground, asked, config_map, function, guest, with, without_builds};

#[test]
fn a_simulation_has_every_object_after_every_sync() {
    let playground = Playground::start(&[&function_plugin()], &["-f", "examples/function.yaml"]);
    let told = playground.get("api/plugins").json();
    let kinds = without_builds(&told["plugins"][0]);
    let parent = function();
    let steps = json!([{"ready": true}, {"edit": {"spec": {"image": "j"}}}, {"delete": true}]);
    let body = json!({"parent": parent, "kinds": kinds, "steps": steps});
    let film = playground.ask("function/simulate", &body);
    let names: Vec<&Value> = film["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["name"])
        .collect();
    assert_eq!(names, ["create", "ready", "edit spec.image", "delete"]);
    let objects = film["objects"].as_array().unwrap();
    let at = |step: usize, sync: usize| {
        let places = film["steps"][step]["syncs"][sync]["objects"].as_array().unwrap();
        let found = places
            .iter()
            .map(|place| &objects[usize::try_from(place.as_u64().unwrap()).unwrap()]);
        found.collect::<Vec<_>>()
    };
    let last = |step: usize| film["steps"][step]["syncs"].as_array().unwrap().len() - 1;
    let first = at(0, 0);
    assert_eq!(first[0]["kind"], "Function", "the parent comes first");
    assert!(first.iter().any(|object| object["kind"] == "Deployment"));
    let image = |step: usize| {
        let all = at(step, last(step));
        let deployment = all.iter().find(|object| object["kind"] == "Deployment").unwrap();
        deployment["spec"]["template"]["spec"]["containers"][0]["image"].clone()
    };
    assert_eq!((image(1) == json!("j"), image(2)), (false, json!("j")));
    assert!(at(3, last(3)).is_empty(), "all is gone");
    assert_eq!(film["faults"], json!([]));

    let many = json!({"steps": vec![json!({"ready": true}); 101]});
    let (status, sentence) = playground.refused("function/simulate", &with(body.clone(), many));
    assert_eq!(
        (status, sentence.as_str()),
        (400, "101 steps; at most 100 are allowed")
    );
    let (_, sentence) = playground.refused(
        "function/simulate",
        &with(body, json!({"steps": [{"redy": true}]})),
    );
    assert!(
        sentence.starts_with("steps[0]: unknown field `redy`"),
        "{sentence}"
    );
}

#[test]
fn a_call_is_saved_as_a_case_that_passes() {
    let folder = Folder::new("playground-save");
    let plugin = folder.write("g.wasm", guest(Guest::answering(config_map("one"))));
    let cases = folder.path().join("cases");
    let playground = Playground::start(&[&plugin], &["--cases", cases.to_str().unwrap()]);
    let observed = json!([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default"},
        "data": {"a": "<b>\u{202e}"}}]);
    let body = with(asked(), json!({"name": "first", "observed": observed}));
    let saved = playground.ask("g/save", &body);
    assert_eq!(
        saved["files"],
        json!(["parent.yaml", "observed.yaml", "expected.yaml"])
    );
    let command = saved["command"].as_str().unwrap();
    let tested = shell(command);
    assert!(tested.status.success(), "{command}: {}", show(&tested));

    let before = fs::read(cases.join("first/expected.yaml")).unwrap();
    let (status, sentence) = playground.refused("g/save", &body);
    assert!(
        status == 409 && sentence.ends_with("first exists; choose another name"),
        "{sentence}"
    );
    assert_eq!(fs::read(cases.join("first/expected.yaml")).unwrap(), before);
    for name in ["", "../x", "A", "-a", "a/b", &"x".repeat(64)] {
        let (status, sentence) = playground.refused("g/save", &with(asked(), json!({"name": name})));
        assert!(
            status == 400 && sentence.contains("1 to 63"),
            "{name}: {sentence}"
        );
    }
    let (status, sentence) =
        playground.refused("g/save", &with(asked(), json!({"name": "none", "kinds": []})));
    assert!(status == 400 && sentence.contains("ConfigMap.v1"), "{sentence}");
    assert_eq!(fs::read_dir(&cases).unwrap().count(), 1);
}

/// Runs a command as a person pastes it.
fn shell(command: &str) -> Output {
    let program = metawasm();
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .args(["-c", command])
        .env("PATH", format!("{}:{path}", program.parent().unwrap().display()))
        .current_dir(root())
        .output()
        .unwrap()
}

/// `metawasm test` runs all cases of a directory with one plugin, and a path may have spaces.
#[test]
fn each_of_several_plugins_has_a_directory_for_its_cases() {
    let folder = Folder::new("playground-several");
    let plugins =
        ["my one.wasm", "two.wasm"].map(|name| folder.write(name, guest(Guest::answering(config_map("a")))));
    let cases = folder.path().join("my cases");
    let args = ["--cases", cases.to_str().unwrap(), "--no-validate"];
    let playground = Playground::start(&[&plugins[0], &plugins[1]], &args);
    let told = playground.get("api/plugins").json();
    let id = told["plugins"][0]["id"].as_str().unwrap();
    let saved = playground.ask(&format!("{id}/save"), &with(asked(), json!({"name": "a"})));
    playground.ask("two/save", &with(asked(), json!({"name": "a-b"})));
    assert!(cases.join(id).join("a/expected.yaml").is_file());
    let command = saved["command"].as_str().unwrap();
    assert!(command.contains(" --no-validate "), "{command}");
    let tested = shell(command);
    assert!(tested.status.success(), "{command}: {}", show(&tested));
    let all = run([
        "test",
        plugins[1].to_str().unwrap(),
        cases.join("two").to_str().unwrap(),
    ]);
    assert!(all.status.success(), "{}", show(&all));
}

/// A person who types on has no use for the time line of the text before.
#[test]
fn a_simulation_that_nobody_waits_for_ends() {
    let folder = Folder::new("playground-abandoned");
    folder.write("endless.wasm", guest(Guest::endless()));
    folder.write("good.wasm", guest(Guest::answering(config_map("a"))));
    let config = folder.write(
        "metawasm.yaml",
        "plugins:\n- {name: endless, source: endless.wasm, limits: {deadline: 200ms}}\n- {name: good, source: good.wasm}\n",
    );
    let playground = Playground::start(&[], &["--config", config.to_str().unwrap()]);
    // Sixty seconds of calls.
    let body = with(asked(), json!({"steps": vec![json!({"restart": true}); 100]})).to_string();
    let head = format!(
        "POST {}api/plugins/endless/simulate HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        playground.base,
        playground.address,
        body.len()
    );
    let mut stream = std::net::TcpStream::connect(playground.address).unwrap();
    std::io::Write::write_all(
        &mut stream,
        [head.as_bytes(), body.as_bytes()].concat().as_slice(),
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    drop(stream);
    let start = Instant::now();
    let call = playground.ask("good/call", &asked());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(call["failure"], Value::Null);
}
