//! A real registry.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use metawasm_tests::process::{Folder, show};
use metawasm_tests::registry::{LOGIN, Registry};
use metawasm_tests::tls::Authority;
use metawasm_tests::tool;
use serde_json::{Value, json};

use super::{command, component, failure, run_in, success};

#[test]
fn what_is_pushed_is_pulled() {
    let Some(registry) = Registry::start() else { return };
    let folder = Folder::new("push");
    let plugin = component("pushed");
    folder.write("f.wasm", &plugin);
    let to = registry.oci("acme/f:1.0");
    let digest = success(&folder, ["push", "f.wasm", &to]);
    assert!(digest.starts_with("sha256:") && digest.len() == 71, "{digest}");
    assert_eq!(
        success(&folder, ["push", "f.wasm", &to]),
        digest,
        "the same plugin has the same digest"
    );
    for from in [
        to.clone(),
        registry.oci(&format!("acme/f@{digest}")),
        format!("{to}@{digest}"),
    ] {
        assert_eq!(success(&folder, ["pull", &from, "-o", "back.wasm"]), digest);
        assert_eq!(std::fs::read(folder.path().join("back.wasm")).unwrap(), plugin);
    }
    let output = run_in(&folder, ["pull", &to, "-o", "-"]);
    assert!(
        output.stdout == plugin,
        "to standard output: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    // The other commands take it where they take a path.
    let inspected = success(&folder, ["inspect", "-o", "json", &to]);
    let inspected: Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(inspected["size"], plugin.len());
    assert_eq!(inspected["manifest"], digest.as_str());
    let copy = registry.oci("mirror/f:1.0");
    assert_eq!(success(&folder, ["push", &to, &copy]), digest, "a copy");
    let (code, line) = failure(&folder, ["pull", &registry.oci("acme/f:2.0")]);
    assert!(
        code == 3 && line.contains("answered 404 Not Found: manifest unknown; check"),
        "{line}"
    );
}

#[test]
fn others_see_a_wasm_artifact() {
    let Some(registry) = Registry::start() else { return };
    let Some(skopeo) = tool::find("SKOPEO", "skopeo") else {
        return;
    };
    let folder = Folder::new("skopeo");
    folder.write("f.wasm", component("skopeo"));
    let digest = success(&folder, ["push", "f.wasm", &registry.oci("f:1")]);
    let image = format!("docker://{}/f@{digest}", registry.address());
    let args = ["inspect", "--raw", "--tls-verify=false", &image];
    let output = Command::new(skopeo).args(args).output().unwrap();
    let manifest: Value = serde_json::from_str(&metawasm_tests::process::stdout(&output)).unwrap();
    assert_eq!(
        manifest["mediaType"],
        "application/vnd.oci.image.manifest.v1+json"
    );
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.wasm.config.v0+json"
    );
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    let annotations = &manifest["annotations"];
    assert!(
        annotations["org.opencontainers.image.title"].is_string(),
        "{annotations}"
    );
    assert!(
        annotations["org.opencontainers.image.version"].is_string(),
        "{annotations}"
    );
}

#[test]
fn what_is_no_plugin_is_not_pushed() {
    let Some(registry) = Registry::start() else { return };
    let folder = Folder::new("push");
    folder.write("f.wasm", "text");
    let (code, line) = failure(&folder, ["push", "f.wasm", &registry.oci("f:1")]);
    assert!(
        code == 3 && line.starts_with("file:f.wasm is not a plugin: "),
        "{code}: {line}"
    );
    let digest = format!("sha256:{}", "0".repeat(64));
    for (to, words) in [
        (
            "f.wasm".to_owned(),
            "invalid artifact \"f.wasm\"; expected oci://REGISTRY/REPOSITORY:TAG",
        ),
        ("oci://f:1".to_owned(), "the repository is missing"),
        (
            registry.oci(&format!("f@{digest}")),
            "has no tag, or a digest; expected",
        ),
    ] {
        let (code, line) = failure(&folder, ["push", "f.wasm", &to]);
        assert!(code == 2 && line.contains(words), "{code}: {line}");
    }
}

#[test]
fn a_registry_with_a_password_is_used_after_login() {
    let Some(registry) = Registry::with_login() else {
        return;
    };
    let folder = Folder::new("login");
    folder.write("f.wasm", component("login"));
    let (address, to) = (registry.address().to_string(), registry.oci("f:1"));
    let (code, line) = failure(&folder, ["push", "f.wasm", &to]);
    let advice = format!("credentials are required, add them with `metawasm login {address}`");
    assert!(code == 1 && line.contains(&advice), "{code}: {line}");
    let login = |password: &str| {
        let mut command = command(&folder);
        command.args(["login", &address, "--username", LOGIN.0]);
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(password.as_bytes()).unwrap();
        drop(stdin);
        child.wait_with_output().unwrap()
    };
    let config = folder.path().join(".docker/config.json");
    let refused = login("wrong\n");
    assert_eq!(refused.status.code(), Some(1), "{}", show(&refused));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("the credentials are not valid"));
    assert!(!config.exists());
    std::fs::create_dir(folder.path().join(".docker")).unwrap();
    folder.write(
        ".docker/config.json",
        json!({"auths": {}, "kept": {"a": 1}}).to_string(),
    );
    let accepted = login(&format!("{}\n", LOGIN.1));
    assert!(accepted.status.success(), "{}", show(&accepted));
    let text = std::fs::read_to_string(&config).unwrap();
    let stored: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(stored["kept"], json!({"a": 1}), "the rest of the file stays");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&config).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let digest = success(&folder, ["push", "f.wasm", &to]);
    assert_eq!(success(&folder, ["pull", &to]), digest);
    // A file as Kubernetes mounts it, for a host that has no home.
    let other = Folder::new("login");
    let secret = other.write(".dockerconfigjson", &text);
    let args = ["pull", &to, "--credentials", secret.to_str().unwrap()];
    assert_eq!(success(&other, args), digest);
    let (code, line) = failure(&other, ["pull", &to, "--credentials", "missing.json"]);
    assert!(
        code == 3 && line.contains("cannot read the credentials missing.json"),
        "{line}"
    );
}

#[test]
fn a_registry_with_a_certificate_needs_its_ca() {
    let (ours, others) = (Authority::new(), Authority::new());
    let Some(registry) = Registry::with_tls(&ours.issue()) else {
        return;
    };
    let folder = Folder::new("tls");
    folder.write("f.wasm", component("tls"));
    folder.write("ca.pem", ours.pem());
    folder.write("other.pem", others.pem());
    let to = registry.oci("f:1");
    let digest = success(&folder, ["push", "f.wasm", &to, "--registry-ca", "ca.pem"]);
    assert_eq!(success(&folder, ["pull", &to, "--registry-ca", "ca.pem"]), digest);
    let (code, line) = failure(&folder, ["pull", &to, "--registry-ca", "other.pem"]);
    assert!(code == 3 && line.contains("TLS failed: "), "{line}");
    folder.write("garbage.pem", "garbage");
    let (code, line) = failure(&folder, ["pull", &to, "--registry-ca", "garbage.pem"]);
    assert!(
        code == 2 && line.contains("cannot read the CA bundle garbage.pem: no PEM certificate"),
        "{line}"
    );
    // One without TLS, for a client that wants it.
    let Some(plain) = Registry::start() else { return };
    let (code, line) = failure(&folder, ["pull", &plain.oci("f:1"), "--registry-ca", "ca.pem"]);
    assert!(code == 3 && line.contains("may serve plain HTTP"), "{line}");
}

/// A proxy that wants a password, and connects to one place wherever a client wants to go. It returns its address and
/// the heads of the requests so far.
fn proxy(to: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).unwrap_or(0) == 1 {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let allowed = head.contains("Basic YWxpY2U6cHJveHk=");
            seen.lock().unwrap().push(head);
            if !allowed {
                let refused = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
                client.write_all(refused).ok();
                continue;
            }
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let server = TcpStream::connect(to).unwrap();
            for (mut from, mut to) in [
                (client.try_clone().unwrap(), server.try_clone().unwrap()),
                (server, client),
            ] {
                std::thread::spawn(move || {
                    std::io::copy(&mut from, &mut to).ok();
                    to.shutdown(Shutdown::Write).ok();
                });
            }
        }
    });
    (address, heads)
}

#[test]
fn a_registry_with_a_certificate_is_reached_through_a_proxy() {
    let ours = Authority::new();
    let Some(registry) = Registry::with_tls(&ours.issue_for("registry.example")) else {
        return;
    };
    let folder = Folder::new("proxy");
    folder.write("f.wasm", component("proxy"));
    folder.write("ca.pem", ours.pem());
    let (proxy, heads) = proxy(registry.address());
    let push = |user: &str| {
        command(&folder)
            .args([
                "push",
                "f.wasm",
                "oci://registry.example/f:1",
                "--registry-ca",
                "ca.pem",
            ])
            .env("HTTPS_PROXY", format!("http://{user}{proxy}"))
            .output()
            .unwrap()
    };
    let output = push("alice:proxy@");
    assert!(output.status.success(), "{}", show(&output));
    let first = heads.lock().unwrap()[0].clone();
    assert!(
        first.starts_with("CONNECT registry.example:443 HTTP/1.1\r\nhost: registry.example:443\r\n"),
        "{first}"
    );
    let output = push("");
    let text = String::from_utf8_lossy(&output.stderr);
    let words = format!("cannot connect to registry.example: proxy {proxy}: it answered HTTP/1.1 407 Proxy");
    assert!(output.status.code() == Some(1) && text.contains(&words), "{text}");
}
