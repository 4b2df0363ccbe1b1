//! Tags of a registry that move.

use metawasm_tests::process::run;
use metawasm_tests::registry::Registry;

use super::*;

/// Pushes a plugin to a tag.
fn push(folder: &Folder, plugin: &Guest, reference: &str) {
    let path = folder.write("pushed.wasm", plugin.component());
    let output = run(["push", path.to_str().unwrap(), reference]);
    assert!(
        output.status.success(),
        "{}",
        metawasm_tests::process::show(&output)
    );
}

#[test]
fn a_tag_that_moves_is_followed_and_a_registry_that_is_down_changes_nothing() {
    let Some(mut registry) = Registry::start() else {
        return;
    };
    let folder = Folder::new("reload");
    let tag = registry.oci("p:stable");
    push(&folder, &version(1), &tag);
    let mut bed = Bed::with(folder, &format!("- name: p\n  source: {tag}\n"));
    assert_eq!(bed.version("p"), 1);
    bed.under_load(&["p", "p"], |bed| {
        push(&bed.folder, &version(2), &tag);
        until("it is followed", || bed.version("p") == 2);
        assert!(
            bed.plugin("p")["manifest"]
                .as_str()
                .unwrap()
                .starts_with("sha256:")
        );
        registry.stop();
        std::thread::sleep(Duration::from_millis(500));
        let answer = bed.post_admin("/reload");
        assert_eq!(answer.status, 422, "{answer:?}");
        assert!(answer.body.contains("cannot pull oci://"), "{answer:?}");
        assert_eq!(bed.version("p"), 2);
        registry.start_again();
        push(&bed.folder, &version(3), &tag);
        until("it is followed again", || bed.version("p") == 3);
        let broken = describing(&json!({"selfTest": [{"request": {}}]}));
        push(&bed.folder, &version(4).describe(&broken), &tag);
        until("it is told", || bed.plugin("p")["candidate"]["state"] == "failed");
        assert_eq!(bed.version("p"), 3);
    });
}
