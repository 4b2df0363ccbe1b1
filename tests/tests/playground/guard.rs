//! What is refused: requests of others, wrong ones, and wrong arguments.

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, request, run};
use serde_json::json;

use super::{Playground, asked, config_map, guest, with};

#[test]
fn wrong_requests_are_one_sentence() {
    let folder = Folder::new("playground-wrong");
    let plugin = folder.write("g.wasm", guest(Guest::answering(config_map("one"))));
    let playground = Playground::start(&[&plugin], &[]);
    for (path, body, status, words) in [
        ("g/call", json!([]), 400, "invalid request"),
        ("g/call", json!({"parent": {}}), 400, "missing field `kinds`"),
        ("g/call", with(asked(), json!({"parent": 1})), 400, "the parent"),
        ("g/call", with(asked(), json!({"hook": "synk"})), 400, "synk"),
        (
            "g/call",
            with(asked(), json!({"hook": "finalize"})),
            400,
            "unsupported hook finalize",
        ),
        (
            "g/call",
            with(asked(), json!({"kinds": ["Secret.v1"]})),
            400,
            "the plugin has: ConfigMap.v1",
        ),
        (
            "g/call",
            with(asked(), json!({"observed": [{"kind": "x"}]})),
            400,
            "observed",
        ),
        ("h/call", asked(), 404, "plugin not found"),
        ("g/run", asked(), 404, "route not found"),
        ("g/call", json!("x".repeat(9 << 20)), 413, "larger than 8 MiB"),
    ] {
        let (found, sentence) = playground.refused(path, &body);
        assert_eq!(found, status, "{path}: {sentence}");
        assert!(
            sentence.contains(words) && sentence.len() < 2100,
            "{path}: {sentence}"
        );
    }
    let deep = format!(r#"{{"kinds": [], "parent": {}"#, "[".repeat(100_000));
    let path = format!("{}api/plugins/g/call", playground.base);
    assert_eq!(
        request(playground.address, "POST", &path, deep.as_bytes()).status,
        400
    );
    assert_eq!(request(playground.address, "DELETE", &path, b"").status, 400);
}

#[test]
fn other_pages_are_refused_and_texts_cannot_run() {
    let folder = Folder::new("playground-guard");
    let plugin = folder.write("g.wasm", guest(Guest::answering(config_map("one"))));
    let playground = Playground::start(&[&plugin], &[]);
    let host = format!("Host: {}\r\n", playground.address);
    let is_refused = |answer: &str| answer.starts_with("HTTP/1.1 403 ");
    let page = playground.raw("GET", "", &host).to_ascii_lowercase();
    assert!(page.starts_with("http/1.1 200 ok"), "{page}");
    for header in [
        "content-security-policy: default-src 'none'; script-src 'self'; ",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: same-origin",
        "cache-control: no-store",
    ] {
        assert!(page.contains(header), "{header}: {page}");
    }
    assert!(!is_refused(&playground.raw("GET", "api/plugins", &host)));
    for headers in [
        "Host: evil.example\r\n".to_owned(),
        format!("{host}Origin: https://evil.example\r\n"),
        format!("{host}Origin: null\r\n"),
        format!("{host}Sec-Fetch-Site: cross-site\r\n"),
    ] {
        assert!(
            is_refused(&playground.raw("GET", "api/plugins", &headers)),
            "{headers}"
        );
    }
    // A form of another page can send this type, and no other without asking.
    let form = format!("{host}Content-Type: text/plain\r\nContent-Length: 2\r\n");
    let answer = playground.raw("POST", "api/plugins/g/call", &form);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    for path in [
        "/",
        "/api/plugins",
        "/0123456789abcdef0123456789abcdef/api/plugins",
    ] {
        let answer = request(playground.address, "GET", path, b"");
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.body.contains("secret part"), "{answer:?}");
    }
    for path in [
        "../Cargo.toml",
        "index.html/..",
        "%2e%2e/Cargo.toml",
        "nothing.js",
    ] {
        assert_ne!(playground.get(path).status, 200, "{path}");
    }
}

#[test]
fn it_says_what_is_wrong_before_it_serves() {
    let folder = Folder::new("playground-usage");
    let plugin = folder.write("g.wasm", guest(Guest::default()));
    let plugin = plugin.to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let failed = |args: &[&str]| {
        let output = run([&["playground"], args].concat());
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), words)
    };
    let (code, words) = failed(&[plugin, "--port", &port]);
    assert!(
        code == Some(2) && words.contains("(--port): ") && words.contains("choose another port"),
        "{words}"
    );
    let (code, words) = failed(&[plugin, plugin, "--settings", "x.yaml"]);
    assert!(code == Some(2) && words.contains("exactly one plugin"), "{words}");
    let (code, words) = failed(&["nothing.wasm"]);
    assert!(code == Some(3) && words.contains("nothing.wasm"), "{words}");
    let other = folder.write(
        "other.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
    );
    let (code, words) = failed(&[plugin, "-f", other.to_str().unwrap()]);
    assert!(
        code == Some(2)
            && words.contains("has no parent of a loaded plugin; expected Function of core.openfunction.io"),
        "{words}"
    );
    let (code, words) = failed(&[]);
    assert!(
        code == Some(2) && words.contains("there is no metawasm.yaml here"),
        "{words}"
    );
    let empty = folder.write("empty.yaml", "plugins: []\n");
    let (code, words) = failed(&["--config", empty.to_str().unwrap()]);
    assert!(code == Some(2) && words.contains("has no plugins"), "{words}");
}
