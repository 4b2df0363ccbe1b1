//! What the sandbox does with guests, good and hostile.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{limits, sandbox};
use metawasm::sandbox::{Call, CallError, Failure, Level, Limits, LoadError, Program, Sandbox};
use metawasm_tests::guest::Guest;

fn call(limits: Limits) -> Call {
    Call {
        hook: "sync",
        request: "{}".to_owned(),
        settings: Arc::from("{}"),
        limits,
        until: None,
        log: Box::new(|_| ()),
        hold: Box::new(()),
    }
}

/// A guest that never returns, with the time that it has.
async fn endless(sandbox: &Sandbox, limits: Limits) -> Program {
    sandbox.load(&Guest::endless().component(), limits).await.unwrap()
}

/// Limits with another deadline.
fn lasting(seconds: u64) -> Limits {
    Limits {
        deadline: Duration::from_secs(seconds),
        ..Limits::default()
    }
}

/// Loads a guest and calls its sync hook once.
async fn answer(guest: &Guest, limits: Limits) -> Result<String, CallError> {
    let sandbox = sandbox(4);
    let program = sandbox.load(&guest.component(), limits).await.unwrap();
    sandbox.call(&program, call(limits)).await
}

#[tokio::test]
async fn a_guest_answers() {
    assert_eq!(
        answer(&Guest::answering(r#"{"children":[]}"#), limits())
            .await
            .unwrap(),
        r#"{"children":[]}"#
    );
}

#[tokio::test]
async fn request_and_settings_arrive_as_they_are() {
    // Answers with the request (pointer and length are the first two parameters), or the settings.
    let echo = |pointer, length| {
        Guest::running(&format!(
            "(i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (local.get {pointer}))
             (i32.store (i32.const 24) (local.get {length})) (i32.const 16)"
        ))
    };
    let request = "{\"ü\":\"\\u0000 𝄞\"}".repeat(30_000);
    for (guest, large) in [(echo(0, 1), true), (echo(2, 3), false)] {
        let sandbox = sandbox(1);
        let program = sandbox.load(&guest.component(), limits()).await.unwrap();
        let mut call = call(limits());
        call.request = request.clone();
        call.settings = Arc::from("{\"s\":1}");
        let answer = sandbox.call(&program, call).await.unwrap();
        assert_eq!(answer, if large { request.as_str() } else { "{\"s\":1}" });
    }
}

#[tokio::test]
async fn a_failure_of_the_plugin_arrives_as_what_it_is() {
    let failure = async |case, after| match answer(&Guest::failing(case, after, "because"), limits()).await {
        Err(CallError::Plugin(failure)) => failure,
        other => panic!("{other:?}"),
    };
    let text = "because".to_owned();
    assert_eq!(failure(0, 0).await, Failure::Invalid(text.clone()));
    assert_eq!(
        failure(1, 7).await,
        Failure::RetryLater {
            after_seconds: 7,
            reason: text.clone()
        }
    );
    assert_eq!(failure(2, 0).await, Failure::Internal(text));
}

#[tokio::test]
async fn an_endless_loop_ends_at_the_deadline() {
    let start = Instant::now();
    let error = answer(&Guest::endless(), limits()).await.unwrap_err();
    assert!(
        matches!(error, CallError::Deadline { limit } if limit == limits().deadline),
        "{error}"
    );
    assert_eq!(error.to_string(), "timed out after 0.2 s");
    assert!(start.elapsed() >= limits().deadline);
}

#[tokio::test]
async fn a_loop_when_instantiated_ends_too() {
    let sandbox = sandbox(1);
    let guest = Guest::default().start("(loop $l (br $l))");
    let error = sandbox
        .load(&guest.component(), limits())
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(
        matches!(error, LoadError::Describe(CallError::Deadline { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn memory_ends_at_its_limit() {
    let grow = Guest::running("(loop $l (drop (memory.grow (i32.const 1))) (br $l)) (unreachable)");
    let error = answer(&grow, limits()).await.unwrap_err();
    assert!(
        matches!(error, CallError::Memory { limit, .. } if limit == 64 << 20),
        "{error}"
    );
    assert_eq!(
        error.to_string(),
        "memory limit of 64 MiB exceeded: 64.1 MiB requested"
    );
}

#[tokio::test]
async fn memory_that_is_there_from_the_start_counts_too() {
    let sandbox = sandbox(1);
    let guest = Guest::default().pages(1025);
    let error = sandbox
        .load(&guest.component(), limits())
        .await
        .map(|_| ())
        .unwrap_err();
    assert!(error.to_string().contains("memory"), "{error}");
}

#[tokio::test]
async fn tables_end_at_their_limit() {
    let guest = Guest::running(
        "(loop $l (drop (table.grow $t (ref.null func) (i32.const 10000))) (br $l)) (unreachable)",
    )
    .with("(table $t 1 funcref)");
    let error = answer(&guest, limits()).await.unwrap_err();
    assert!(
        matches!(error, CallError::Table { limit: 100_000, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn endless_recursion_is_a_trap() {
    let guest = Guest::running("(call $again)")
        .with("(func $again (result i32) (i32.add (call $again) (i32.const 1)))");
    let error = answer(&guest, limits()).await.unwrap_err();
    assert_eq!(error.to_string(), "trapped: call stack exhausted");
}

#[tokio::test]
async fn traps_say_what_they_are() {
    let table = [
        ("(unreachable)", "`unreachable` instruction executed"),
        (
            "(i32.div_u (i32.const 1) (i32.const 0))",
            "integer divide by zero",
        ),
        ("(i32.load (i32.const -1))", "out of bounds memory access"),
    ];
    for (code, what) in table {
        let error = answer(&Guest::running(code), limits()).await.unwrap_err();
        assert!(
            matches!(&error, CallError::Trap { detail, .. } if !detail.is_empty()),
            "{error}"
        );
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_string_in_memory_cannot_be_read() {
    let returning = |pointer: u32, length: u32| {
        Guest::running(&format!(
            "(i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const {pointer}))
             (i32.store (i32.const 24) (i32.const {length})) (i32.const 16)"
        ))
    };
    let hundred_megabytes = returning(0, 100_000_000);
    let too_large = returning(0, 9 << 20).pages(160);
    let not_utf8 = Guest::answering([0xff, 0xfe]);
    for guest in [hundred_megabytes, too_large, not_utf8] {
        let error = answer(&guest, limits()).await.unwrap_err();
        assert!(
            matches!(error, CallError::Unreadable { limit, .. } if limit == 8 << 20),
            "{error}"
        );
        assert!(
            error
                .to_string()
                .starts_with("cannot read the answer (the limit is 8 MiB): "),
            "{error}"
        );
    }
}

#[tokio::test]
async fn every_call_has_an_instance_of_its_own() {
    // Counts its calls in memory and answers with as many bytes.
    let guest = Guest::running(
        "(i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (i32.const 1)))
         (i32.store8 (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 16384))
         (i32.store (i32.const 24) (i32.load (i32.const 8))) (i32.const 16)",
    );
    let sandbox = sandbox(1);
    let program = sandbox.load(&guest.component(), limits()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(sandbox.call(&program, call(limits())).await.unwrap(), "{");
    }
}

#[tokio::test]
async fn floats_have_no_payload_bits() {
    // 0/0 has a sign and a payload that differ between processors; canonical is 0x7fc00000.
    let guest = Guest::running(
        "(if (i32.ne (i32.reinterpret_f32 (f32.div (f32.const 0) (f32.const -0))) (i32.const 0x7fc00000))
           (then (unreachable)))
         (call $answer)",
    );
    assert_eq!(answer(&guest, limits()).await.unwrap(), "{}");
}

#[tokio::test]
async fn the_log_is_cut_to_its_limits() {
    let guest = Guest::running(
        "(local $i i32)
         (loop $l
           (call $log (i32.const 2) (i32.const 16384) (i32.const 10))
           (local.set $i (i32.add (local.get $i) (i32.const 1)))
           (br_if $l (i32.lt_u (local.get $i) (i32.const 60))))
         (call $answer)",
    )
    .with(r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))"#);
    let sandbox = sandbox(1);
    let limits = Limits {
        log_line: 4,
        ..limits()
    };
    let program = sandbox.load(&guest.component(), limits).await.unwrap();
    assert_eq!(program.imports(), ["metawasm:hook/logging@0.1.0"]);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let seen = lines.clone();
    let mut call = call(limits);
    call.log = Box::new(move |line| seen.lock().unwrap().push((line.level, line.message.len())));
    sandbox.call(&program, call).await.unwrap();
    let lines = lines.lock().unwrap();
    assert_eq!(
        lines.len(),
        51,
        "50 lines and one that says how many more there were"
    );
    assert!(
        lines.iter().take(50).all(|line| *line == (Level::Warn, 4)),
        "{lines:?}"
    );
}

/// Calls into the host count too: lines that nobody keeps are not read, and time passes.
#[tokio::test]
async fn a_guest_that_only_logs_ends_at_its_deadline() {
    let guest = Guest::running(
        "(loop $l (call $log (i32.const 2) (i32.const 0) (i32.const 8000000)) (br $l)) (unreachable)",
    )
    .with(r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))"#)
    .pages(128);
    let start = Instant::now();
    let error = answer(&guest, limits()).await.unwrap_err();
    assert!(matches!(error, CallError::Deadline { .. }), "{error}");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// 50 lines of 60 MiB in which every character takes four bytes: read whole, they would take a second.
#[tokio::test]
async fn a_long_line_of_the_log_costs_no_more_than_what_is_kept() {
    let guest = Guest::running(
        "(local $i i32)
         (memory.fill (i32.const 262144) (i32.const 97) (i32.const 62914560))
         (loop $l
           (call $log (i32.const 2) (i32.const 262144) (i32.const 62914560))
           (local.set $i (i32.add (local.get $i) (i32.const 1)))
           (br_if $l (i32.lt_u (local.get $i) (i32.const 100000))))
         (call $answer)",
    )
    .with(r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))"#)
    .pages(1000);
    let limits = Limits {
        deadline: Duration::from_secs(30),
        ..limits()
    };
    let start = Instant::now();
    // Lines far larger than an answer may be are cut and end nobody's call.
    assert_eq!(answer(&guest, limits).await.unwrap(), "{}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_line_that_is_out_of_bounds_or_no_utf8_ends_the_call() {
    for (code, bytes) in [
        (
            "(call $log (i32.const 2) (i32.const 16384) (i32.const 1000000))",
            "a",
        ),
        ("(call $log (i32.const 2) (i32.const -1) (i32.const 8))", "a"),
        ("(call $log (i32.const 2) (i32.const 8) (i32.const -1))", "a"),
    ] {
        let guest = Guest::running(&format!("{code} (call $answer)"))
            .saying(bytes)
            .with(r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))"#);
        let error = answer(&guest, limits()).await.unwrap_err();
        assert!(matches!(error, CallError::Unreadable { .. }), "{code}: {error}");
    }
    let guest = Guest::running("(call $log (i32.const 2) (i32.const 16384) (i32.const 1)) (call $answer)")
        .saying([0xff])
        .with(r#"(import "metawasm:hook/logging@0.1.0" "log" (func $log (param i32 i32 i32)))"#);
    let error = answer(&guest, limits()).await.unwrap_err();
    assert!(matches!(error, CallError::Unreadable { .. }), "{error}");
}

/// The parts of a component have their memories together within the limit.
#[tokio::test]
async fn components_in_one_share_the_limit_of_memory() {
    let composed = Guest::composed(r#"{"children":[]}"#, "utf8");
    let sandbox = sandbox(1);
    let run = async |memory| {
        let limits = Limits { memory, ..limits() };
        let program = sandbox.load(&composed, limits).await?;
        Ok(sandbox.call(&program, call(limits)).await.unwrap())
    };
    assert_eq!(run(6 << 16).await.unwrap(), r#"{"children":[]}"#);
    let error: metawasm::sandbox::LoadError = run(5 << 15).await.unwrap_err();
    assert!(error.to_string().contains("memory limit of "), "{error}");
}

#[tokio::test]
async fn a_call_ends_when_nobody_waits_for_it_any_more() {
    let sandbox = sandbox(1);
    let program = endless(&sandbox, lasting(3600)).await;
    let mut call = call(lasting(3600));
    call.until = Some(Instant::now() + Duration::from_millis(50));
    assert!(matches!(
        sandbox.call(&program, call).await,
        Err(CallError::Deadline { .. })
    ));
}

/// What a call holds is let go when its instance is gone, not when its caller is.
#[tokio::test]
async fn what_a_call_holds_outlives_a_caller_that_hangs_up() {
    struct Held(Arc<std::sync::atomic::AtomicBool>);
    impl Drop for Held {
        fn drop(&mut self) {
            self.0.store(true, std::sync::atomic::Ordering::SeqCst);
        }
    }
    let sandbox = sandbox(1);
    let program = endless(&sandbox, lasting(3600)).await;
    let gone = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut first = call(lasting(3600));
    first.hold = Box::new(Held(gone.clone()));
    assert!(
        tokio::time::timeout(Duration::from_millis(50), sandbox.call(&program, first))
            .await
            .is_err()
    );
    let end = Instant::now() + Duration::from_secs(30);
    while !gone.load(std::sync::atomic::Ordering::SeqCst) {
        assert!(Instant::now() < end, "it is never let go");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Whoever waited for that finds room at once.
    let mut second = call(lasting(3600));
    second.until = Some(Instant::now() + Duration::from_millis(50));
    assert!(matches!(
        sandbox.call(&program, second).await,
        Err(CallError::Deadline { .. })
    ));
}

/// What may be in one call is what there is room for, also where only one call may run.
#[tokio::test]
async fn a_component_of_many_instances_finds_room_in_the_smallest_pool() {
    let sandbox = sandbox(1);
    let many = Guest::default().component_with_instances(60);
    let program = sandbox.load(&many, limits()).await.unwrap();
    assert_eq!(sandbox.call(&program, call(limits())).await.unwrap(), "{}");
}

/// The sentence says which limit it is, its value, and what to do.
#[tokio::test]
async fn a_component_that_is_too_large_for_the_pool_is_told_by_what() {
    let sandbox = sandbox(1);
    let tables: String = (0..20).map(|_| "(table 1 funcref)").collect();
    for (component, sentence) in [
        (
            Guest::default().component_with_instances(100),
            "it needs 101 core instances, but the limit is 64; link its modules into fewer ones",
        ),
        (
            Guest::default().pages(1025).component(),
            "it needs 64.1 MiB of memory to start, but the limit is 64 MiB; raise `limits.memory` of the plugin",
        ),
        (
            Guest::default().with("(table 100001 funcref)").component(),
            "it needs 100001 elements in a table, but the limit is 100000; build it with fewer functions",
        ),
        (
            Guest::default().with(&tables).component(),
            "it needs 20 tables, but the limit is 16; build it with one table",
        ),
    ] {
        let error = sandbox.load(&component, limits()).await.map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), sentence);
    }
    let small = Limits {
        memory: 2 << 20,
        ..limits()
    };
    let error = sandbox.load(&Guest::default().pages(64).component(), small).await;
    assert_eq!(
        error.map(|_| ()).unwrap_err().to_string(),
        "`describe` failed: memory limit of 2 MiB exceeded: 4 MiB requested; raise `limits.memory` of the plugin"
    );
}

#[tokio::test]
async fn a_looping_guest_does_not_block_the_executor() {
    // One thread for everything: were it held by the guest, the timer below would wait as long.
    let sandbox = Arc::new(sandbox(2));
    let slow = lasting(2);
    let program = endless(&sandbox, slow).await;
    let loops = tokio::spawn({
        let sandbox = sandbox.clone();
        async move { sandbox.call(&program, call(slow)).await }
    });
    let start = Instant::now();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let quick = sandbox
        .load(&Guest::default().component(), limits())
        .await
        .unwrap();
    assert_eq!(sandbox.call(&quick, call(limits())).await.unwrap(), "{}");
    assert!(
        !loops.is_finished() && start.elapsed() < slow.deadline,
        "{:?}",
        start.elapsed()
    );
    assert!(matches!(loops.await.unwrap(), Err(CallError::Deadline { .. })));
}

#[tokio::test]
async fn a_caller_that_hangs_up_stops_its_guest() {
    let sandbox = sandbox(1);
    let long = lasting(3600);
    let endless = endless(&sandbox, long).await;
    let quick = sandbox.load(&Guest::default().component(), long).await;
    let hung_up = tokio::time::timeout(Duration::from_millis(50), sandbox.call(&endless, call(long))).await;
    assert!(hung_up.is_err());
    // There is room for one call only, so this one gets through when the other is gone.
    let end = Instant::now() + Duration::from_secs(30);
    let quick = quick.unwrap();
    while sandbox.call(&quick, call(long)).await.is_err() {
        assert!(Instant::now() < end, "the guest still runs");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn more_calls_than_there_is_room_for_are_told_apart_from_failures() {
    let sandbox = Arc::new(sandbox(1));
    let long = lasting(3600);
    let endless = endless(&sandbox, long).await;
    let running = tokio::spawn({
        let (sandbox, endless) = (sandbox.clone(), endless.clone());
        async move { sandbox.call(&endless, call(long)).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(matches!(
        sandbox.call(&endless, call(long)).await,
        Err(CallError::Crowded)
    ));
    running.abort();
}
