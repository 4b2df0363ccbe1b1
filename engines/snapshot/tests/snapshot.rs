//! A tiny engine: `init` writes to its memory, to a global and to the log; `state` returns the sum of both.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};

use metawasm_snapshot::snapshot;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

/// The engine, with other instructions in `init`.
fn engine(init: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (import "metawasm:hook/logging@0.1.0" (instance $logging
                (type $level (enum "debug" "info" "warn" "error"))
                (export "level" (type $exported (eq $level)))
                (export "log" (func (param "level" $exported) (param "message" string)))))
            (core module $memory
                (memory (export "memory") 1)
                (data (i32.const 16) "ready"))
            (core instance $memory (instantiate $memory))
            (core func $log (canon lower (func $logging "log") (memory (core memory $memory "memory"))))
            (core module $engine
                (import "memory" "log" (func $log (param i32 i32 i32)))
                (memory (export "memory") 1)
                (global $global (mut i64) (i64.const 1))
                (func (export "init") {init})
                (func (export "state") (result i64)
                    (i64.add (global.get $global) (i64.load (i32.const 65000)))))
            (core instance $engine (instantiate $engine
                (with "memory" (instance (export "log" (func $log))))))
            (func (export "init") (canon lift (core func $engine "init")))
            (func (export "state") (result s64) (canon lift (core func $engine "state"))))"#
    );
    wat::parse_str(text).unwrap()
}

const PREPARES: &str = "
    (i64.store (i32.const 65000) (i64.const 40))
    (global.set $global (i64.const 2))
    (call $log (i32.const 2) (i32.const 16) (i32.const 5))";

fn state(component: &[u8]) -> i64 {
    let engine = Engine::default();
    let component = Component::new(&engine, component).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let state = instance
        .get_typed_func::<(), (i64,)>(&mut store, "state")
        .unwrap();
    state.call(&mut store, ()).unwrap().0
}

fn refused(component: &[u8]) -> String {
    format!("{:#}", snapshot(component, |_, _| ()).unwrap_err())
}

#[test]
fn memory_and_globals_are_those_after_init() {
    let engine = engine(PREPARES);
    assert_eq!(state(&engine), 1);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&lines);
    let snapshot = snapshot(&engine, move |level, line| {
        log.lock().unwrap().push(format!("{level}: {line}"));
    })
    .unwrap();
    assert_eq!(state(&snapshot), 42);
    assert_eq!(*lines.lock().unwrap(), ["warn: ready"]);
}

#[test]
fn equal_engines_have_equal_snapshots() {
    let engine = engine(PREPARES);
    assert_eq!(
        snapshot(&engine, |_, _| ()).unwrap(),
        snapshot(&engine, |_, _| ()).unwrap()
    );
}

#[test]
fn a_large_memory_is_stored() {
    let grows = "(drop (memory.grow (i32.const 2000))) (i64.store (i32.const 130000000) (i64.const 7))";
    assert_eq!(state(&snapshot(&engine(grows), |_, _| ()).unwrap()), 1);
}

#[test]
fn what_is_not_an_engine_is_refused_with_a_sentence() {
    let without = wat::parse_str("(component)").unwrap();
    assert_eq!(
        refused(&without),
        "the component has no export `init`; an engine exports `init: func()`"
    );
    let other = wat::parse_str(
        r#"(component (core module $m (func (export "init") (param i32)))
            (core instance $i (instantiate $m))
            (func (export "init") (param "x" u32) (canon lift (core func $i "init"))))"#,
    );
    let error = refused(&other.unwrap());
    assert!(
        error.starts_with("the export `init` is not a function without parameters and results"),
        "{error}"
    );
    let error = refused(&engine("unreachable"));
    assert!(error.starts_with("`init` failed: "), "{error}");
    let error = refused(b"no component");
    assert!(
        error.starts_with("the file is not a valid component: "),
        "{error}"
    );
    let imports = wat::parse_str(
        r#"(component (import "clock" (func)) (core module $m (func (export "init")))
            (core instance $i (instantiate $m))
            (func (export "init") (canon lift (core func $i "init"))))"#,
    );
    let error = refused(&imports.unwrap());
    assert!(
        error.starts_with("the component cannot be instantiated: "),
        "{error}"
    );
}
