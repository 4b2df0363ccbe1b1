//! New versions of a plugin.

use super::*;

#[test]
fn ten_new_versions_under_load_cost_no_call() {
    let mut bed = Bed::new("");
    let versions: Vec<Vec<u8>> = (2..12).map(|number| version(number).component()).collect();
    let (calls, ()) = bed.under_load(&["p", "p", "p"], |bed| {
        for (number, bytes) in (2..).zip(versions) {
            let before = bed.plugin("p")["digest"].clone();
            bed.put("p.wasm", bytes);
            // The watcher may be first.
            let report = bed.reload();
            let result = report["plugins"][0]["result"].as_str().unwrap().to_owned();
            assert!(["swapped", "unchanged"].contains(&result.as_str()), "{report}");
            assert_eq!(bed.version("p"), number);
            let now = bed.plugin("p");
            assert_ne!(now["digest"], before);
            assert_eq!(now["previous"]["digest"], before);
        }
    });
    assert!(calls > 100, "{calls}");
    assert_eq!(bed.plugin("p")["changes"]["swapped"], 10);
    assert_eq!(
        bed.host
            .metric("metawasm_plugin_changes_total{plugin=\"p\",change=\"swapped\"}"),
        Some(10.0)
    );
    let page = bed.host.get_admin("/metrics").body;
    let infos = page
        .lines()
        .filter(|line| line.starts_with("metawasm_plugin_info{"));
    assert_eq!(infos.count(), 1, "the versions before have no series");
}

#[test]
fn a_file_that_is_renamed_rewritten_or_linked_anew_is_noticed() {
    let bed = Bed::new("");
    let serves = |number: u32| until("the new version serves", || bed.version("p") == number);
    bed.put("p.wasm", version(2).component());
    serves(2);
    bed.folder.write("p.wasm", version(3).component());
    serves(3);
    // As Kubernetes does it: the file is a link through `..data`, which is swapped.
    let of = |number: u32| {
        let folder = bed.folder.path().join(format!("..{number}"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("p.wasm"), version(number).component()).unwrap();
        folder
    };
    let (data, file) = (bed.folder.path().join("..data"), bed.folder.path().join("p.wasm"));
    link(&of(4), &data);
    std::fs::remove_file(&file).unwrap();
    link(Path::new("..data/p.wasm"), &file);
    serves(4);
    let new = bed.folder.path().join("..data_tmp");
    link(&of(5), &new);
    std::fs::rename(&new, &data).unwrap();
    serves(5);
}

#[test]
fn a_file_that_is_being_written_is_left_alone_until_it_is_whole() {
    let mut bed = Bed::new("");
    let bytes = version(2).component();
    let mut file = std::fs::File::create(bed.folder.path().join("p.wasm")).unwrap();
    for part in bytes.chunks(bytes.len() / 12) {
        std::io::Write::write_all(&mut file, part).unwrap();
        std::thread::sleep(Duration::from_millis(60));
    }
    drop(file);
    until("the new version serves", || bed.version("p") == 2);
    assert_eq!(bed.host.count_lines("failed to load"), 0);
}

#[test]
fn a_file_that_is_gone_leaves_its_plugin_and_is_taken_when_it_comes_again() {
    let bed = Bed::new("");
    std::fs::remove_file(bed.folder.path().join("p.wasm")).unwrap();
    let answer = bed.post_admin("/reload");
    assert_eq!(answer.status, 422, "{answer:?}");
    let report = answer.json();
    assert_eq!(report["plugins"][0]["result"], "failed");
    assert!(
        report["plugins"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("cannot read"),
        "{report}"
    );
    assert_eq!(bed.version("p"), 1);
    bed.put("p.wasm", version(2).component());
    until("it serves", || bed.version("p") == 2);
    assert_eq!(bed.plugin("p")["candidate"], Value::Null);
}

#[test]
fn a_plugin_that_could_not_be_loaded_at_the_start_serves_when_its_file_is_there() {
    let folder = Folder::new("reload");
    put(&folder, "p.wasm", &version(1).component());
    let bed = Bed::with(folder, &(plugin("p") + &plugin("q")));
    assert_eq!(
        (bed.call("q").status, bed.host.get_admin("/readyz").status),
        (503, 503)
    );
    bed.put("q.wasm", version(7).component());
    until("it serves", || bed.call("q").status == 200);
    assert_eq!(bed.host.get_admin("/readyz").status, 200);
    assert_eq!(bed.host.metric("metawasm_plugin_loaded{plugin=\"q\"}"), Some(1.0));
}

#[test]
fn calls_that_run_finish_on_the_version_that_they_began_with() {
    let folder = Folder::new("reload");
    put(&folder, "p.wasm", &Guest::endless().component());
    let bed = Bed::with(folder, &plugin("p"));
    std::thread::scope(|scope| {
        let running = scope.spawn(|| bed.call("p"));
        until("it runs", || {
            bed.host.metric("metawasm_calls_running{plugin=\"p\"}") == Some(1.0)
        });
        bed.put("p.wasm", version(2).component());
        bed.reload();
        assert_eq!(bed.version("p"), 2, "a new call has the new version");
        // Its own deadline ends it, and nothing else.
        assert_eq!(running.join().unwrap().status, 504);
    });
}

#[test]
fn a_roll_back_serves_the_version_before_until_the_source_has_a_new_one() {
    let bed = Bed::new("");
    assert_eq!(bed.post_admin("/plugins/p/rollback").status, 409, "there is none");
    let first = bed.plugin("p")["digest"].as_str().unwrap().to_owned();
    bed.put("p.wasm", version(2).component());
    bed.reload();
    assert_eq!(bed.version("p"), 2);
    let second = bed.plugin("p")["digest"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    let wrong = bed.post_admin(&format!("/plugins/p/rollback?digest={second}"));
    assert_eq!(wrong.status, 409, "{wrong:?}");
    let done = bed.post_admin(&format!("/plugins/p/rollback?digest={first}"));
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(
        done.json(),
        json!({"name": "p", "result": "rolledBack", "from": second, "to": first})
    );
    assert_eq!(bed.version("p"), 1);
    assert_eq!(bed.reload()["plugins"][0]["result"], "unchanged");
    assert_eq!(bed.version("p"), 1, "a reload does not undo it");
    bed.put("p.wasm", version(3).component());
    bed.reload();
    assert_eq!(bed.version("p"), 3);
}
