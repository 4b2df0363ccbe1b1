//! Signatures: who may say what a host runs.

use metawasm_tests::process::{Folder, run, show};
use metawasm_tests::registry::Registry;
use metawasm_tests::tool;
use serde_json::{Value, json};

use super::faulty::{Artifact, Faulty, Reply, digest};
use super::{component, failure, run_in, success};

/// A folder with keys of both kinds, and those of somebody else.
fn keys() -> Folder {
    let folder = Folder::new("trust");
    for (name, kind) in [
        ("own", "cosign"),
        ("other", "cosign"),
        ("file", "minisign"),
        ("other-file", "minisign"),
    ] {
        success(&folder, ["keygen", "--output", name, "--kind", kind]);
    }
    folder
}

/// Reads a manifest or a blob past the product.
fn get(registry: &Registry, path: &str) -> Vec<u8> {
    let address = registry.address();
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: application/vnd.oci.image.manifest.v1+json\r\n\
         connection: close\r\n\r\n"
    );
    let answer = metawasm_tests::process::raw(address, head.as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    body.as_bytes().to_vec()
}

#[test]
fn a_key_is_not_overwritten_and_not_readable_by_others() {
    let folder = keys();
    for name in ["own.key", "file.key"] {
        let metadata = std::fs::metadata(folder.path().join(name)).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let (code, line) = failure(&folder, ["keygen", "--output", "own"]);
    assert!(
        code == 2 && line.contains("cannot write own.key: File exists"),
        "{line}"
    );
}

#[test]
fn a_signed_plugin_is_trusted_by_its_key_alone() {
    let Some(registry) = Registry::start() else { return };
    let folder = keys();
    folder.write("f.wasm", component("signed"));
    let source = registry.oci("f:1");
    let digest = success(&folder, ["push", "f.wasm", &source]);
    let verify = |key: &str, source: &str| failure(&folder, ["verify", "--key", key, source]);
    let (code, line) = verify("own.pub", &source);
    assert_eq!(
        (code, line),
        (
            1,
            format!("{source} is not trusted: it has no signature; sign it with `metawasm sign` or cosign")
        )
    );
    assert_eq!(success(&folder, ["sign", "--key", "own.key", &source]), digest);
    assert_eq!(success(&folder, ["verify", "--key", "own.pub", &source]), digest);
    assert_eq!(
        success(
            &folder,
            ["verify", "--key", "other.pub", "--key", "own.pub", &source]
        ),
        digest
    );
    let (code, line) = verify("other.pub", &source);
    assert_eq!(
        (code, line),
        (
            1,
            format!("{source} is not trusted: its signature was made with another key")
        )
    );
    let (code, line) = verify("file.pub", &source);
    assert!(
        code == 1 && line.contains("has no ECDSA P-256 key, which an oci: source needs"),
        "{line}"
    );
    let (code, line) = verify("own.key", &source);
    assert!(
        code == 1 && line.contains("the key own.key is a secret key; expected a public key"),
        "{line}"
    );
    // A second signature does not displace the first.
    success(
        &folder,
        [
            "sign",
            "--key",
            "other.key",
            &registry.oci(&format!("f@{digest}")),
        ],
    );
    for key in ["own.pub", "other.pub"] {
        assert_eq!(success(&folder, ["verify", "--key", key, &source]), digest);
    }
    let (code, line) = failure(&folder, ["sign", "--key", "file.key", &source]);
    assert!(
        code == 2 && line.contains("a plugin in a registry needs ECDSA P-256"),
        "{line}"
    );
    let (code, line) = failure(&folder, ["pull", &source, "--verify-key", "missing.pub"]);
    assert!(
        code == 1 && line.contains("cannot read the key missing.pub"),
        "{line}"
    );
}

/// As cosign has it: the tag, the media types, the annotation, and a signature that openssl takes.
#[test]
fn a_signature_is_the_one_of_cosign() {
    let Some(registry) = Registry::start() else { return };
    if tool::find("OPENSSL", "openssl").is_none() {
        return;
    }
    let folder = keys();
    folder.write("f.wasm", component("cosign"));
    let digest = success(&folder, ["push", "f.wasm", &registry.oci("f:1")]);
    success(&folder, ["sign", "--key", "own.key", &registry.oci("f:1")]);
    let tag = format!("sha256-{}.sig", digest.trim_start_matches("sha256:"));
    let manifest: Value = serde_json::from_slice(&get(&registry, &format!("/v2/f/manifests/{tag}"))).unwrap();
    assert_eq!(
        manifest["config"]["mediaType"],
        "application/vnd.oci.image.config.v1+json"
    );
    assert_eq!(manifest["subject"]["digest"], digest.as_str());
    let layer = &manifest["layers"][0];
    assert_eq!(
        layer["mediaType"],
        "application/vnd.dev.cosign.simplesigning.v1+json"
    );
    let payload = get(
        &registry,
        &format!("/v2/f/blobs/{}", layer["digest"].as_str().unwrap()),
    );
    let signature = layer["annotations"]["dev.cosignproject.cosign/signature"]
        .as_str()
        .unwrap();
    let (payload, signature) = (
        folder.write("payload", payload),
        folder.write("signature", signature),
    );
    let script =
        "base64 -d \"$0\" > \"$0.der\" && openssl dgst -sha256 -verify own.pub -signature \"$0.der\" \"$1\"";
    let output = std::process::Command::new("sh")
        .args(["-c", script])
        .args([signature, payload])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(
        metawasm_tests::process::stdout(&output).trim(),
        "Verified OK",
        "{}",
        show(&output)
    );
}

#[test]
fn a_signature_of_another_version_does_not_count() {
    let Some(registry) = Registry::start() else { return };
    let folder = keys();
    let hex = |digest: &str| digest.trim_start_matches("sha256:").to_owned();
    folder.write("f.wasm", component("good"));
    let good = success(&folder, ["push", "f.wasm", &registry.oci("f:1")]);
    success(&folder, ["sign", "--key", "own.key", &registry.oci("f:1")]);
    folder.write("f.wasm", component("tampered"));
    let bad = success(&folder, ["push", "f.wasm", &registry.oci("f:1")]);
    // The signature of the good version, in the place of that of the bad one.
    let signed = get(&registry, &format!("/v2/f/manifests/sha256-{}.sig", hex(&good)));
    let tag = format!("/v2/f/manifests/sha256-{}.sig", hex(&bad));
    put(&registry, &tag, &signed);
    let verify = || failure(&folder, ["verify", "--key", "own.pub", &registry.oci("f:1")]);
    let (code, line) = verify();
    assert!(
        code == 1 && line.contains(&format!("its signature is of another artifact, {good}")),
        "{line}"
    );
    // Garbage in its place.
    let mut manifest: Value = serde_json::from_slice(&signed).unwrap();
    manifest["layers"][0]["annotations"]["dev.cosignproject.cosign/signature"] = "AAAA".into();
    put(&registry, &tag, manifest.to_string().as_bytes());
    let (code, line) = verify();
    assert!(
        code == 1 && line.contains("its signature is not ECDSA P-256"),
        "{line}"
    );
    manifest["layers"] = json!([]);
    put(&registry, &tag, manifest.to_string().as_bytes());
    let (code, line) = verify();
    assert!(code == 1 && line.contains("it has no signature"), "{line}");
}

/// Writes a manifest past the product.
fn put(registry: &Registry, path: &str, bytes: &[u8]) {
    let address = registry.address();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/vnd.oci.image.manifest.v1+json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        bytes.len()
    );
    let answer = metawasm_tests::process::raw(address, &[head.as_bytes(), bytes].concat());
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

/// A registry with the referrers API and without the tag.
#[test]
fn a_signature_is_found_by_the_referrers_api() {
    let Some(registry) = Registry::start() else { return };
    let folder = keys();
    let plugin = component("referrers");
    folder.write("f.wasm", &plugin);
    let pushed = success(&folder, ["push", "f.wasm", &registry.oci("f:1")]);
    success(&folder, ["sign", "--key", "own.key", &registry.oci("f:1")]);
    let signature = get(
        &registry,
        &format!("/v2/f/manifests/{}.sig", pushed.replace(':', "-")),
    );
    let parsed: Value = serde_json::from_slice(&signature).unwrap();
    let payload_digest = parsed["layers"][0]["digest"].as_str().unwrap().to_owned();
    let payload = get(&registry, &format!("/v2/f/blobs/{payload_digest}"));
    let manifest = get(&registry, "/v2/f/manifests/1");
    let of_signature = digest(&signature);
    let index = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest(b"sbom"), "size": 3, "artifactType": "application/spdx+json"},
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": of_signature, "size": signature.len(),
            "artifactType": "application/vnd.dev.cosign.artifact.sig.v1+json"},
    ]});
    let artifact = Artifact::new(plugin);
    let faulty = Faulty::start(move |ask| {
        let path = ask.path.split('?').next().unwrap();
        match path.strip_prefix("/v2/f/").unwrap() {
            "manifests/1" => Reply::new(200, manifest.clone()),
            rest if rest == format!("referrers/{pushed}") => Reply::new(200, index.to_string()),
            rest if rest == format!("manifests/{of_signature}") => Reply::new(200, signature.clone()),
            rest if rest == format!("blobs/{payload_digest}") => Reply::new(200, payload.clone()),
            _ => artifact.answer(ask),
        }
    });
    success(&folder, ["verify", "--key", "own.pub", &faulty.oci("f:1")]);
    let (code, line) = failure(&folder, ["verify", "--key", "other.pub", &faulty.oci("f:1")]);
    assert!(code == 1 && line.contains("another key"), "{line}");
    let asked = faulty.asked();
    let expected = "?artifactType=application%2Fvnd%2Edev%2Ecosign%2Eartifact%2Esig%2Ev1%2Bjson";
    assert!(asked.iter().any(|ask| ask.path.ends_with(expected)), "{asked:?}");
}

/// A plugin without a valid signature is not downloaded.
#[test]
fn what_is_not_trusted_is_not_downloaded() {
    let folder = keys();
    let artifact = Artifact::new(component("untrusted"));
    let faulty = Faulty::start(move |ask| artifact.answer(ask));
    let (code, line) = failure(&folder, ["pull", &faulty.oci("f:1"), "--verify-key", "own.pub"]);
    assert!(code == 1 && line.contains("it has no signature"), "{line}");
    assert!(!faulty.asked().iter().any(|ask| ask.path.contains("/blobs/")));
}

#[test]
fn a_file_is_signed_as_minisign_does() {
    let folder = keys();
    folder.write("f.wasm", component("file"));
    let verify = |key: &str| failure(&folder, ["verify", "--key", key, "f.wasm"]);
    let (code, line) = verify("file.pub");
    assert!(
        code == 1
            && line.starts_with(
                "file:f.wasm is not trusted: cannot read its signature f.wasm.minisig: No such file"
            ),
        "{line}"
    );
    assert_eq!(
        success(&folder, ["sign", "--key", "file.key", "f.wasm"]),
        "f.wasm.minisig"
    );
    let digest = success(&folder, ["verify", "--key", "file.pub", "f.wasm"]);
    assert!(digest.starts_with("sha256:"), "{digest}");
    let (code, line) = verify("other-file.pub");
    assert!(
        code == 1 && line.contains("its signature f.wasm.minisig is made with another key, "),
        "{line}"
    );
    let (code, line) = verify("own.pub");
    assert!(
        code == 1 && line.contains("has no minisign key, which a file: source needs"),
        "{line}"
    );
    let (code, line) = failure(&folder, ["sign", "--key", "own.key", "f.wasm"]);
    assert!(code == 2 && line.contains("a file needs minisign"), "{line}");
    folder.write("f.wasm", component("changed"));
    let (code, line) = verify("file.pub");
    assert!(
        code == 1 && line.contains("is not valid for this content: the file or the signature was changed"),
        "{line}"
    );
    // minisign takes the keys and the signature.
    if let Ok(minisign) = tool::look("MINISIGN", "minisign") {
        let output = std::process::Command::new(minisign)
            .args(["-V", "-p", "file.pub", "-m", "f.wasm"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(!output.status.success(), "changed");
        success(&folder, ["sign", "--key", "file.key", "f.wasm"]);
        let again = std::process::Command::new("minisign")
            .args(["-V", "-p", "file.pub", "-m", "f.wasm"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(again.status.success(), "{}", show(&again));
    }
}

/// A host that serves signed plugins only.
#[test]
fn a_host_refuses_what_nobody_signed() {
    let Some(mut registry) = Registry::start() else {
        return;
    };
    let folder = keys();
    folder.write("f.wasm", component("host"));
    let source = registry.oci("f:1");
    success(&folder, ["push", "f.wasm", &source]);
    let store = folder.path().join("store");
    let check = |text: String| {
        let text = format!("registries: {{store: {}}}\n{text}", store.display());
        let config = folder.write("config.yaml", text);
        let output = run([
            "serve",
            "--log",
            "off",
            "--check-config",
            "--config",
            config.to_str().unwrap(),
        ]);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let plugins = format!("plugins:\n- name: f\n  source: {source}\n");
    let fails = |text: String, words: &str| {
        let (code, said) = check(text);
        assert!(code == Some(3) && said.contains(words), "{words}: {said}");
    };
    fails(
        format!("verify: {{required: true}}\n{plugins}"),
        "`verify.required` is set, and no key is configured",
    );
    let own = format!("verify: {{required: true, keys: [own.pub]}}\n{plugins}");
    fails(own.clone(), "is not trusted: it has no signature");
    success(&folder, ["sign", "--key", "own.key", &source]);
    let (code, said) = check(own.clone());
    assert_eq!(code, Some(0), "{said}");
    fails(
        format!("{own}  verify: {{keys: []}}\n"),
        "`verify.required` is set, and no key is configured",
    );
    fails(
        format!("{own}  verify: {{keys: [other.pub]}}\n"),
        "its signature was made with another key",
    );
    let (code, said) = check(format!(
        "verify: {{keys: [other.pub]}}\n{plugins}  verify: {{keys: [own.pub]}}\n"
    ));
    assert_eq!(code, Some(0), "{said}");
    fails(
        format!("{own}- name: g\n  source: f.wasm\n")
            .replace("f.wasm", folder.path().join("f.wasm").to_str().unwrap()),
        "has no minisign key",
    );
    // The store has the plugin and its signature, which is checked again.
    registry.stop();
    let (code, said) = check(own);
    assert_eq!(code, Some(0), "{said}");
    let other = format!("verify: {{keys: [other.pub]}}\n{plugins}");
    fails(other, "cannot pull");
    let output = run_in(
        &folder,
        [
            "serve",
            "--verify-required",
            "--check-config",
            "--plugin",
            "f=f.wasm",
        ],
    );
    assert_eq!(output.status.code(), Some(3), "{}", show(&output));
}
