//! A wall clock that jumps, by a day and back, whenever anybody looks.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::process::Command;

use metawasm_tests::guest::Guest;
use metawasm_tests::process::{Folder, Host};
use metawasm_tests::{fixture, function_plugin, metawasm, skip};

/// Put before libc: each look at the wall clock is a day away from the last one. The monotonic clock is left alone,
/// as the kernel does it.
const JUMPING: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>
static atomic_int looks;
static long jump(void) { return atomic_fetch_add(&looks, 1) % 2 ? 86400 : -86400; }
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += jump();
    return done;
}
"#;

/// The shared object, or why there is none.
fn shim(folder: &Folder) -> Result<String, String> {
    let source = folder.write("jumping.c", JUMPING);
    let object = folder.path().join("jumping.so");
    let output = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&object)
        .arg(&source)
        .arg("-ldl")
        .output()
        .map_err(|error| format!("there is no C compiler `cc`: {error}"))?;
    if output.status.success() {
        Ok(object.to_str().unwrap().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
fn calls_deadlines_and_the_drain_do_not_look_at_the_wall_clock() {
    let folder = Folder::new("clock");
    let object = match shim(&folder) {
        Ok(object) => object,
        Err(why) => {
            assert!(std::env::var_os("CI").is_none(), "{why}");
            skip(why);
            return;
        }
    };
    let endless = folder.write("endless.wasm", Guest::endless().component());
    let config = folder.write(
        "metawasm.yaml",
        format!(
            "plugins:\n- name: function\n  source: file:{}\n- name: endless\n  source: file:{}\n  limits: {{deadline: 300ms}}\n",
            function_plugin().display(),
            endless.display()
        ),
    );
    let mut command = Command::new(metawasm());
    command.env("LD_PRELOAD", object);
    let host = Host::start(command, &["--config".into(), config.to_str().unwrap().into()]);
    let body = fixture("composite-v2-sync-ready.body");
    for _ in 0..20 {
        assert_eq!(host.post("/function/sync", &body).status, 200);
    }
    assert_eq!(host.post("/endless/sync", &body).status, 504);
    assert_eq!(host.get_admin("/readyz").status, 200);
    host.signal("TERM");
    assert_eq!(host.wait().code(), Some(0));
}
