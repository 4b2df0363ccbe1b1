//! Compiled code on disk: used at the next start, and used only where nobody else can have written it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, Host, show};
use metawasm_tests::{fixture, metawasm, skip};

const BODY: &str = "composite-v2-sync-first.body";

/// A folder with a plugin in it; the cache is `code` beside it.
fn plugin(name: &str) -> (Folder, PathBuf, PathBuf) {
    let folder = Folder::new(name);
    let guest = Guest::answering(r#"{"children":[],"resyncAfterSeconds":7}"#);
    let path = folder.write("guest.wasm", guest.component());
    let code = folder.path().join("code");
    (folder, path, code)
}

fn serve(plugin: &Path, code: &Path) -> Host {
    Host::serve(&[("guest", plugin)], &["--code-cache", code.to_str().unwrap()])
}

/// Where the code of the plugin came from, after a call that was answered.
fn origin(host: &mut Host) -> String {
    let line: serde_json::Value = serde_json::from_str(&host.wait_for_line("\"loaded\"")).unwrap();
    assert_eq!(host.post("/guest/sync", &fixture(BODY)).status, 200);
    line["code"].as_str().unwrap().to_owned()
}

/// The one file with code in the cache; beside it is what the plugin said of itself.
fn file(code: &Path) -> PathBuf {
    let files: Vec<_> = fs::read_dir(code)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "code"))
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

/// Starts, and says what came of a cache that is not to be trusted: the code is made anew, with a line
/// that says why.
fn refused(plugin: &Path, code: &Path, why: &str) {
    let mut host = serve(plugin, code);
    let line = host.wait_for_line("code cache: ");
    assert!(line.contains(why) && line.contains("\"WARN\""), "{line}");
    assert_eq!(origin(&mut host), "compiled", "{why}");
}

#[test]
fn the_second_start_finds_the_code_and_the_folder_is_ours_alone() {
    let (_folder, plugin, code) = plugin("second-start");
    assert_eq!(origin(&mut serve(&plugin, &code)), "compiled");
    assert_eq!(fs::metadata(&code).unwrap().mode() & 0o7777, 0o700);
    assert_eq!(fs::metadata(file(&code)).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(origin(&mut serve(&plugin, &code)), "cached");
}

#[test]
fn another_component_is_not_given_the_same_code() {
    let (folder, first, code) = plugin("another");
    assert_eq!(origin(&mut serve(&first, &code)), "compiled");
    let kept = file(&code);
    let second = folder.write("second.wasm", Guest::answering(r#"{"children":[]}"#).component());
    assert_eq!(origin(&mut serve(&second, &code)), "compiled");
    // The first one's code under the second one's name.
    let other = fs::read_dir(&code).unwrap().map(|entry| entry.unwrap().path());
    let mut other = other.filter(|path| path.extension() == kept.extension());
    let other = other.find(|path| *path != kept).unwrap();
    fs::copy(&kept, &other).unwrap();
    refused(
        &second,
        &code,
        "the code of another component or for another host",
    );
    let mut host = serve(&second, &code);
    assert_eq!(origin(&mut host), "cached", "the good file is back");
    let answer = host.post("/guest/sync", &fixture(BODY));
    assert!(!answer.body.contains("resyncAfterSeconds"), "{answer:?}");
}

#[test]
fn a_file_that_was_changed_or_cut_is_made_anew() {
    let (_folder, plugin, code) = plugin("changed");
    assert_eq!(origin(&mut serve(&plugin, &code)), "compiled");
    let path = file(&code);
    let good = fs::read(&path).unwrap();
    let mut changed = good.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let half = &good[..good.len() / 2];
    for (bytes, why) in [
        (changed.as_slice(), "the hash differs"),
        (half, "not code of this version"),
        (b"", "not code of this version"),
    ] {
        fs::write(&path, bytes).unwrap();
        refused(&plugin, &code, why);
        assert_eq!(fs::read(&path).unwrap(), good, "the good file is back");
    }
}

/// Whoever knows the layout can make a file whose hash is right, so what protects is who may write.
#[test]
fn what_others_can_write_is_not_used() {
    let (folder, plugin, code) = plugin("others");
    assert_eq!(origin(&mut serve(&plugin, &code)), "compiled");
    let path = file(&code);

    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    refused(&plugin, &code, "others can write it (mode 0666)");
    assert_eq!(
        origin(&mut serve(&plugin, &code)),
        "cached",
        "replaced by one of ours"
    );

    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    refused(&plugin, &code, "a symbolic link");

    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused(&plugin, &code, "not a regular file");
    fs::remove_dir(&path).unwrap();

    let pipe = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(pipe.success());
    refused(&plugin, &code, "not a regular file");

    fs::set_permissions(&code, Permissions::from_mode(0o770)).unwrap();
    refused(&plugin, &code, "others can write it (mode 0770)");

    let link = folder.path().join("link");
    fs::set_permissions(&code, Permissions::from_mode(0o700)).unwrap();
    symlink(&code, &link).unwrap();
    refused(&plugin, &link, "a symbolic link");

    refused(&plugin, &folder.write("file", ""), "not a folder");
}

#[test]
fn another_users_folder_is_not_used() {
    let (folder, plugin, code) = plugin("owner");
    fs::create_dir(&code).unwrap();
    // Only root may give away; everyone else finds one that is root's.
    let given = std::os::unix::fs::chown(&code, Some(12_345), None).is_ok();
    let foreign = if given { code.as_path() } else { Path::new("/usr") };
    refused(&plugin, foreign, "it belongs to user ");
    drop(folder);
}

/// A cache on a file system of its own, with options, for a host that is started in it. Nothing where
/// this machine does not let us mount.
fn on_a_file_system_of_its_own(options: &str, plugin: &Path, code: &Path) -> Option<Host> {
    fs::create_dir(code).unwrap();
    let mount = format!("mount -t tmpfs -o mode=700,{options} tmpfs {}", code.display());
    let may = Command::new("unshare").args(["-rm", "sh", "-c", &mount]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        skip("no file system can be mounted here");
        return None;
    }
    let mut command = Command::new("unshare");
    command
        .args(["-rm", "sh", "-c", &format!("{mount} && exec \"$0\" \"$@\"")])
        .arg(metawasm());
    let args = [
        format!("--plugin=guest=file:{}", plugin.display()),
        format!("--code-cache={}", code.display()),
    ];
    Some(Host::start(command, &args))
}

#[test]
fn a_full_disk_costs_the_cache_and_nothing_else() {
    let (_folder, plugin, code) = plugin("full");
    if let Some(mut host) = on_a_file_system_of_its_own("size=8k", &plugin, &code) {
        let line = host.wait_for_line("code cache: ");
        assert!(
            line.contains("cannot be kept") && line.contains("space"),
            "{line}"
        );
        assert_eq!(origin(&mut host), "compiled");
        assert_eq!(host.get_admin("/readyz").status, 200);
    }
}

#[test]
fn a_read_only_disk_costs_the_cache_and_nothing_else() {
    let (_folder, plugin, code) = plugin("read-only");
    if let Some(mut host) = on_a_file_system_of_its_own("ro", &plugin, &code) {
        let line = host.wait_for_line("code cache: ");
        assert!(
            line.contains("cannot be kept") && line.contains("Read-only"),
            "{line}"
        );
        assert_eq!(origin(&mut host), "compiled");
        assert_eq!(host.get_admin("/readyz").status, 200);
    }
}

#[test]
fn what_is_too_much_or_left_unfinished_goes() {
    let (_folder, plugin, code) = plugin("room");
    fs::create_dir(&code).unwrap();
    fs::set_permissions(&code, Permissions::from_mode(0o700)).unwrap();
    let old = code.join("0123-old.code");
    let sparse = fs::File::create(&old).unwrap();
    // More than the cache may have, and no room on the disk.
    sparse.set_len(2 << 30).unwrap();
    let unfinished = code.join(".new-1-1");
    let unfinished_file = fs::File::create(&unfinished).unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    unfinished_file.set_modified(long_ago).unwrap();
    let foreign = code.join("notes.txt");
    fs::write(&foreign, "mine").unwrap();
    assert_eq!(origin(&mut serve(&plugin, &code)), "compiled");
    assert!(!old.exists() && !unfinished.exists());
    assert!(foreign.exists(), "what is not ours stays");
    assert_eq!(origin(&mut serve(&plugin, &code)), "cached");
}

/// Kilobytes of a line of `/proc/PID/status`.
fn kilobytes(host: &Host, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", host.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A compiler in the process would have left some 30 MiB.
#[test]
fn the_server_has_no_compiler_in_its_memory() {
    let (_folder, _, code) = plugin("memory");
    let function = metawasm_tests::function_plugin();
    for args in [&["--code-cache", code.to_str().unwrap()][..], &[]] {
        let host = Host::serve(&[("function", &function)], args);
        assert_eq!(host.post("/function/sync", &fixture(BODY)).status, 200);
        let anonymous = kilobytes(&host, "RssAnon:");
        assert!(anonymous < 20_000, "{args:?}: {anonymous} kB");
    }
}

/// Bounds that are far from the figures that are measured, and near enough for a leak of code.
#[test]
fn many_plugins_load_side_by_side_and_are_small() {
    let folder = Folder::new("many");
    let function = fs::read(metawasm_tests::function_plugin()).unwrap();
    let mut config = String::from("compile: {cache: code}\nplugins:\n");
    for copy in 0..10_u8 {
        let mut bytes = function.clone();
        // A custom section of another content makes it another component.
        bytes.extend([0, 6, 4, b'c', b'o', b'p', b'y', copy]);
        folder.write(&format!("{copy}.wasm"), bytes);
        config.push_str(&format!("- {{name: p{copy}, source: {copy}.wasm}}\n"));
    }
    let path = folder.write("metawasm.yaml", config);
    let args = ["--config".to_owned(), path.to_str().unwrap().to_owned()];
    for origin in ["compiled", "cached"] {
        let mut host = Host::start(Command::new(metawasm()), &args);
        let line = host.wait_for_line("\"loaded\"");
        assert!(line.contains(origin), "{line}");
        for plugin in 0..10 {
            assert_eq!(host.post(&format!("/p{plugin}/sync"), &fixture(BODY)).status, 200);
        }
        let anonymous = kilobytes(&host, "RssAnon:");
        assert!(anonymous < 25_000, "{anonymous} kB");
    }
}

#[test]
fn a_component_that_does_not_compile_has_the_same_sentence_as_offline() {
    let folder = Folder::new("garbage");
    let mut component = Guest::default().component();
    component.truncate(component.len() / 2);
    let path = folder.write("broken.wasm", component);
    let offline = metawasm_tests::process::run(["inspect", path.to_str().unwrap()]);
    let source = format!("broken=file:{}", path.display());
    let served = metawasm_tests::process::run(["serve", "--check-config", "--plugin", &source]);
    let sentence = |output: &std::process::Output| {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let at = text
            .rfind("compilation failed: ")
            .unwrap_or_else(|| panic!("{}", show(output)));
        text[at..].trim_end().to_owned()
    };
    assert_eq!(offline.status.code(), Some(3));
    assert_eq!(served.status.code(), Some(3));
    assert_eq!(sentence(&offline), sentence(&served));
}

/// A component that would take the compiler more than it may have: the child is ended, the host says
/// so and serves the others.
#[test]
fn a_component_that_is_too_much_for_the_compiler_is_not_loaded() {
    let (folder, _, _) = plugin("too-much");
    // Functions without end, for some 100 MB of work in memory that may have 64 MiB.
    let many: String = (0..60_000)
        .map(|_| "(func (param i32) (result i32) (i32.add (local.get 0) (i32.mul (local.get 0) (i32.const 7))))\n")
        .collect();
    let guest = Guest::default().with(&many);
    folder.write("large.wasm", guest.component());
    folder.write("small.wasm", Guest::answering(r#"{"children":[]}"#).component());
    let config = folder.write(
        "metawasm.yaml",
        "compile: {memory: 64Mi, time: 30s}\nplugins:\n- {name: large, source: large.wasm}\n- {name: small, source: small.wasm}\n",
    );
    let host = Host::start(
        Command::new(metawasm()),
        &["--config".into(), config.to_str().unwrap().into()],
    );
    let answer = host.post("/large/sync", &fixture(BODY));
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.body.contains("compile"), "{}", answer.body);
    assert_eq!(host.post("/small/sync", &fixture(BODY)).status, 200);
}
