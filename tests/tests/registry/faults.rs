//! A registry that does everything wrong.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use metawasm_tests::process::{Folder, show};
use serde_json::json;

use super::faulty::{Artifact, Ask, Faulty, Manner, Reply, digest};
use super::{component, failure, names, run_in, success};

/// Pulls `f:1` of a registry that answers in a way of its own where `change` says so, and as it should elsewhere.
fn pull(change: impl Fn(&Artifact, &Ask) -> Option<Reply> + Send + Sync + 'static) -> (i32, String, Faulty) {
    let artifact = Artifact::new(component("pulled"));
    let faulty = Faulty::start(move |ask| change(&artifact, ask).unwrap_or_else(|| artifact.answer(ask)));
    let folder = Folder::new("faults");
    let (code, line) = failure(&folder, ["pull", &faulty.oci("f:1"), "-o", "f.wasm"]);
    assert_eq!(names(folder.path()), Vec::<String>::new(), "no file is left");
    (code, line, faulty)
}

fn is_manifest(ask: &Ask) -> bool {
    ask.path.starts_with("/v2/f/manifests/")
}

fn is_blob(ask: &Ask) -> bool {
    ask.path.starts_with("/v2/f/blobs/")
}

/// A response with a changed manifest.
fn changed(artifact: &Artifact, pointer: &str, value: serde_json::Value) -> Reply {
    let mut manifest = artifact.manifest.clone();
    *manifest.pointer_mut(pointer).unwrap() = value;
    Reply::new(200, manifest.to_string())
}

type Change = Box<dyn Fn(&Artifact, &Ask) -> Option<Reply> + Send + Sync>;

fn at_manifest(reply: impl Fn(&Artifact) -> Reply + Send + Sync + 'static) -> Change {
    Box::new(move |artifact, ask| is_manifest(ask).then(|| reply(artifact)))
}

fn at_blob(reply: impl Fn(&Artifact) -> Reply + Send + Sync + 'static) -> Change {
    Box::new(move |artifact, ask| is_blob(ask).then(|| reply(artifact)))
}

fn at_all(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Change {
    Box::new(move |_, _| Some(reply()))
}

#[test]
fn every_fault_is_one_sentence() {
    let html = || Reply::new(200, "<html>hello</html>").header("content-type", "text/html; charset=utf-8");
    let missing =
        json!({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).to_string();
    let index = json!({"schemaVersion": 2, "manifests": []}).to_string();
    let table: Vec<(&str, Change)> = vec![
        (
            "this is not an OCI registry, or a proxy answered in its place: the response is text/html",
            at_all(html),
        ),
        (
            "answered 404 Not Found; check the repository and the tag",
            at_all(move || Reply {
                status: 404,
                ..html()
            }),
        ),
        (
            "answered 404 Not Found: manifest unknown; check",
            at_all(move || Reply::new(404, missing.clone())),
        ),
        (
            "answered 503 Service Unavailable: try later",
            at_all(|| Reply::new(503, "try\n later")),
        ),
        (
            "answered 401 Unauthorized; credentials are required, add them with `metawasm login 127.0.0.1:",
            at_all(|| Reply::new(401, "").header("www-authenticate", "Basic realm=\"x\"")),
        ),
        (
            "answered 401 Unauthorized; credentials are required",
            at_all(|| Reply::new(401, "").header("www-authenticate", "Negotiate")),
        ),
        (
            "answered 403 Forbidden; the repository may require credentials",
            at_all(|| Reply::new(403, "")),
        ),
        (
            "unsupported authentication: ftp://x",
            at_all(|| Reply::new(401, "").header("www-authenticate", "Bearer realm=\"ftp://x\"")),
        ),
        (
            "refused to use plain HTTP for 192.0.2.1, which the response names",
            at_all(|| Reply::new(401, "").header("www-authenticate", "Bearer realm=\"http://192.0.2.1/\"")),
        ),
        (
            "this is an index of several manifests; use the digest",
            at_manifest(move |_| Reply::new(200, index.clone())),
        ),
        (
            "the manifest is invalid: expected value at line 1",
            at_manifest(|_| Reply::new(200, "garbage")),
        ),
        (
            "this is not a plugin: it has 2 layers; expected one",
            at_manifest(|artifact| {
                let layer = &artifact.manifest["layers"][0];
                changed(artifact, "/layers", json!([layer, layer]))
            }),
        ),
        (
            "this is a container image, not a plugin; push plugins with `metawasm push`",
            at_manifest(|artifact| {
                changed(
                    artifact,
                    "/config/mediaType",
                    "application/vnd.oci.image.config.v1+json".into(),
                )
            }),
        ),
        (
            "its layer has the media type application/zip; expected application/wasm",
            at_manifest(|artifact| changed(artifact, "/layers/0/mediaType", "application/zip".into())),
        ),
        (
            "the component is larger than 268435456 bytes, the limit",
            at_manifest(|artifact| changed(artifact, "/layers/0/size", json!(2_u64 << 30))),
        ),
        (
            "the manifest is larger than 4194304 bytes, the limit",
            at_manifest(|_| Reply::new(200, vec![b' '; (4 << 20) + 1])),
        ),
        (
            "the registry returned other content: the digest is sha256:",
            at_manifest(|artifact| {
                Reply::new(200, artifact.bytes()).header("docker-content-digest", digest(b"lie"))
            }),
        ),
        (
            "the registry returned other content: the digest is sha256:",
            at_blob(|artifact| {
                let mut component = artifact.component.clone();
                component[100] ^= 1;
                Reply::new(200, component)
            }),
        ),
        (
            "has 3 bytes; its manifest says",
            at_blob(|_| Reply::new(200, "abc")),
        ),
        (
            "the connection to 127.0.0.1:",
            at_blob(|artifact| Reply::new(200, artifact.component.clone()).manner(Manner::CutOff)),
        ),
        ("answered 404 Not Found", at_blob(|_| Reply::new(404, ""))),
        (
            "more than 5 redirects",
            Box::new(|_, ask| Some(Reply::new(302, "").header("location", ask.path.clone()))),
        ),
        (
            "the redirect has no valid location",
            at_blob(|_| Reply::new(302, "").header("location", "ftp://x/")),
        ),
        (
            "the redirect has no valid location",
            at_blob(|_| Reply::new(307, "")),
        ),
        (
            "refused to use plain HTTP for 192.0.2.1:5000, which the response names",
            at_blob(|_| Reply::new(302, "").header("location", "http://192.0.2.1:5000/")),
        ),
        (
            "answered 429 Too Many Requests",
            at_manifest(|_| Reply::new(429, "").header("retry-after", "10000")),
        ),
    ];
    for (words, change) in table {
        let (code, line, faulty) = pull(change);
        let start = format!("cannot pull {}: ", faulty.oci("f:1"));
        assert!(
            line.starts_with(&start) && line.contains(words),
            "{words}: {line}"
        );
        assert_eq!(code, 3, "{line}");
        assert!(line.len() < 600, "{line}");
        if words.contains("268435456") {
            assert!(!faulty.asked().iter().any(is_blob), "it is not asked for");
        }
    }
}

#[test]
fn a_registry_that_is_not_there_is_said_to_be() {
    let folder = Folder::new("faults");
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (code, line) = failure(&folder, ["pull", &format!("oci://{address}/f:1")]);
    assert_eq!(code, 3);
    assert!(
        line.contains(&format!("cannot connect to {address}: Connection refused")),
        "{line}"
    );
}

#[test]
fn a_pinned_digest_gets_nothing_else() {
    let (one, two) = (Artifact::new(component("one")), Artifact::new(component("two")));
    let pinned = one.digest();
    let faulty = Faulty::start(move |ask| match is_manifest(ask) {
        true => Reply::new(200, two.bytes()),
        false => two.answer(ask),
    });
    let folder = Folder::new("faults");
    let (code, line) = failure(&folder, ["pull", &faulty.oci(&format!("f:1@{pinned}"))]);
    assert_eq!(code, 3);
    assert!(line.contains(&format!("expected {pinned}")), "{line}");
}

/// What is endless, or only said to be small, costs no memory: the process may have 600 MB of addresses.
#[test]
fn what_is_endless_is_cut_at_its_limit() {
    let manner = |reply: Reply| reply.manner(Manner::Endless);
    let table: Vec<(&str, Change)> = vec![
        (
            "the manifest is larger than 4194304 bytes",
            at_manifest(move |_| manner(Reply::new(200, vec![b' '; 64 << 10]))),
        ),
        (
            "bytes; its manifest says 1000",
            Box::new(move |artifact, ask| match () {
                () if is_manifest(ask) => Some(changed(artifact, "/layers/0/size", json!(1000))),
                () if is_blob(ask) => Some(manner(Reply::new(200, vec![b' '; 64 << 10]))),
                () => None,
            }),
        ),
        (
            "answered 500 Internal Server Error: aaa",
            at_all(move || manner(Reply::new(500, vec![b'a'; 64 << 10]))),
        ),
    ];
    for (words, change) in table {
        let artifact = Artifact::new(component("endless"));
        let faulty = Faulty::start(move |ask| change(&artifact, ask).unwrap_or_else(|| artifact.answer(ask)));
        let folder = Folder::new("faults");
        let limited = "ulimit -v 600000; exec \"$0\" pull \"$1\"";
        let output = Command::new("sh")
            .args(["-c", limited])
            .arg(metawasm_tests::metawasm())
            .arg(faulty.oci("f:1"))
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(
            text.contains(words) && output.status.code() == Some(3),
            "{}",
            show(&output)
        );
    }
}

/// The limits of time are those of the configuration.
#[test]
fn a_slow_registry_is_given_up() {
    let folder = Folder::new("faults");
    let table: Vec<(&str, Change)> = vec![
        (
            "sent nothing for 0.5 s",
            at_manifest(|_| Reply::new(200, "").manner(Manner::Silent)),
        ),
        (
            "did not finish within 2 s",
            at_blob(|artifact| Reply::new(200, artifact.component.clone()).manner(Manner::Dribble)),
        ),
    ];
    for (words, change) in table {
        let artifact = Artifact::new(component("slow"));
        let faulty = Faulty::start(move |ask| change(&artifact, ask).unwrap_or_else(|| artifact.answer(ask)));
        let config = format!(
            "registries: {{idle: 500ms, time: 2s}}\nplugins:\n- name: f\n  source: {}\n",
            faulty.oci("f:1")
        );
        let config = folder.write("config.yaml", config);
        let start = Instant::now();
        let args = ["serve", "--log", "off", "--check-config", "--config"];
        let output = run_in(
            &folder,
            args.iter().map(AsRef::as_ref).chain([config.as_os_str()]),
        );
        assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(
            text.contains(words) && output.status.code() == Some(3),
            "{}",
            show(&output)
        );
    }
}

/// Each time the tag is asked for it has moved: what is pulled is one of both, whole.
#[test]
fn a_tag_that_moves_during_a_pull_gives_one_version_whole() {
    let both = [Artifact::new(component("one")), Artifact::new(component("two"))];
    let expected = both.clone();
    let next = AtomicU32::new(0);
    let faulty = Faulty::start(move |ask| {
        if ask.path == "/v2/f/manifests/1" {
            let now = next.fetch_add(1, Ordering::SeqCst) as usize % 2;
            return both[now].answer(ask);
        }
        let replies = both.iter().map(|artifact| artifact.answer(ask));
        replies
            .clone()
            .find(|reply| reply.status == 200)
            .or_else(|| replies.clone().next_back())
            .unwrap()
    });
    let folder = Folder::new("faults");
    for artifact in expected {
        let digest = success(&folder, ["pull", &faulty.oci("f:1"), "-o", "f.wasm"]);
        assert_eq!(digest, artifact.digest());
        assert_eq!(
            std::fs::read(folder.path().join("f.wasm")).unwrap(),
            artifact.component
        );
    }
}

/// The token server gets the password, the registry the token, and the host that it redirects to nothing.
#[test]
fn credentials_are_sent_to_those_that_they_are_for() {
    let artifact = Artifact::new(component("token"));
    let (elsewhere, content) = (artifact.clone(), artifact.component.clone());
    let blobs = Faulty::start(move |ask| elsewhere.answer(ask));
    let tokens = Faulty::start(|_| Reply::new(200, r#"{"token": "t0k3n"}"#));
    let (to, realm) = (blobs.address, tokens.address);
    let registry = Faulty::start(move |ask| match ask.authorization.as_deref() {
        Some("Bearer t0k3n") if is_blob(ask) => {
            Reply::new(307, "").header("location", format!("http://{to}{}", ask.path))
        }
        Some("Bearer t0k3n") => artifact.answer(ask),
        _ => Reply::new(401, "").header(
            "www-authenticate",
            format!("Bearer realm=\"http://{realm}/token\",service=\"r s\",scope=\"all\""),
        ),
    });
    let folder = Folder::new("faults");
    std::fs::create_dir(folder.path().join(".docker")).unwrap();
    let auths = json!({"auths": {registry.address.to_string(): {"auth": "amFuZTpzZWNyZXQ="}}});
    folder.write(".docker/config.json", auths.to_string());
    success(&folder, ["pull", &registry.oci("f:1"), "-o", "f.wasm"]);
    assert_eq!(std::fs::read(folder.path().join("f.wasm")).unwrap(), content);
    let asked = tokens.asked();
    assert_eq!(asked.len(), 1, "one token for the whole pull");
    assert_eq!(asked[0].path, "/token?service=r%20s&scope=repository%3Af%3Apull");
    assert_eq!(asked[0].authorization.as_deref(), Some("Basic amFuZTpzZWNyZXQ="));
    let asked = blobs.asked();
    assert_eq!((asked.len(), asked[0].authorization.as_deref()), (1, None));
    for ask in registry.asked() {
        assert_ne!(
            ask.authorization.as_deref(),
            Some("Basic amFuZTpzZWNyZXQ="),
            "{ask:?}"
        );
    }
}

#[test]
fn a_token_server_without_a_token_is_said_to_have_none() {
    for reply in ["{}", r#"{"token": "a\nb"}"#, "<html>"] {
        let tokens = Faulty::start(move |_| Reply::new(200, reply));
        let realm = tokens.address;
        let (code, line, _) = pull(move |_, _| {
            Some(Reply::new(401, "").header("www-authenticate", format!("Bearer realm=\"http://{realm}/\"")))
        });
        assert_eq!(code, 3);
        assert!(
            line.contains(&format!("the token server {realm} returned no valid token")),
            "{line}"
        );
    }
}

#[test]
fn a_pull_goes_through_the_proxy_of_the_environment() {
    let artifact = Artifact::new(component("proxy"));
    let proxy = Faulty::start(move |ask| {
        let path = ask
            .path
            .strip_prefix("http://registry.example:5000")
            .unwrap()
            .to_owned();
        artifact.answer(&Ask { path, ..ask.clone() })
    });
    let folder = Folder::new("faults");
    let args = [
        "pull",
        "oci://registry.example:5000/f:1",
        "--plain-http",
        "registry.example:5000",
    ];
    let through = |no_proxy: &str| {
        super::command(&folder)
            .args(args)
            .env("HTTP_PROXY", format!("http://{}", proxy.address))
            .env("NO_PROXY", no_proxy)
            .output()
            .unwrap()
    };
    let output = through("");
    assert!(output.status.success(), "{}", show(&output));
    let output = through("registry.example");
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot connect to registry.example:5000: "));
}
