//! How much the Function plugin does for a request: instructions of WebAssembly, which are the same on each machine.
//!
//! `tests/tests/instructions/guest.txt` has the counts. A plugin that does more is slower everywhere, and this is seen without
//! a clock. `INSTRUCTIONS_UPDATE=1 cargo test --release --workspace --test instructions` writes the file anew.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::fmt::Write as _;
use std::{env, fs};

use metawasm_contract::{Hook, View, read_envelope};
use metawasm_tests::{bodies, function_plugin};
use serde_json::Value;
use wasmtime::component::{Component, Instance, Linker, Val};
use wasmtime::{Config, Engine, Store};

const COUNTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/instructions/guest.txt");

/// More than any call uses.
const FUEL: u64 = 1 << 40;

/// How much a count may differ from the file's: a part of it.
const TOLERANCE: f64 = 0.02;

struct Plugin {
    engine: Engine,
    component: Component,
}

impl Plugin {
    fn load() -> Self {
        let mut config = Config::new();
        config.consume_fuel(true);
        let engine = Engine::new(&config).unwrap();
        let component = Component::from_file(&engine, function_plugin()).unwrap();
        Self { engine, component }
    }

    /// Calls an exported function in a fresh instance, and returns its result and its instructions.
    fn call(&self, interface: &str, function: &str, arguments: &[Val]) -> (Val, u64) {
        let mut linker = Linker::<()>::new(&self.engine);
        linker.define_unknown_imports_as_traps(&self.component).unwrap();
        let mut store = Store::new(&self.engine, ());
        store.set_fuel(FUEL).unwrap();
        let instance = linker.instantiate(&mut store, &self.component).unwrap();
        let function = exported(&instance, &mut store, interface, function);
        let before = store.get_fuel().unwrap();
        let mut results = [Val::Bool(false)];
        function.call(&mut store, arguments, &mut results).unwrap();
        let [result] = results;
        (result, before - store.get_fuel().unwrap())
    }

    /// What it sees of a body.
    fn view(&self) -> View {
        let (Val::String(described), _) = self.call("describe", "describe", &[]) else {
            panic!("describe returns a string");
        };
        let described: Value = serde_json::from_str(&described).unwrap();
        View::from_json(&described["view"]).unwrap()
    }
}

fn exported(
    instance: &Instance,
    store: &mut Store<()>,
    interface: &str,
    function: &str,
) -> wasmtime::component::Func {
    let name = format!("metawasm:hook/{interface}@{}", version());
    let interface = instance.get_export_index(&mut *store, None, &name).unwrap();
    let function = instance
        .get_export_index(&mut *store, Some(&interface), function)
        .unwrap();
    instance.get_func(store, function).unwrap()
}

/// The version of the WIT package.
fn version() -> String {
    let wit = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit/hook.wit")).unwrap();
    let (_, rest) = wit.split_once("package metawasm:hook@").unwrap();
    rest.split_once(';').unwrap().0.to_owned()
}

#[test]
fn a_call_of_the_function_plugin_takes_as_many_instructions_as_before() {
    let plugin = Plugin::load();
    let view = plugin.view();
    let mut counts = Vec::new();
    for (name, body) in [
        ("new, 2 KB", bodies::small()),
        ("ready, 21 KB", bodies::recorded()),
        ("large, 209 KB", bodies::large()),
    ] {
        let request = read_envelope(&body, Hook::Sync, &view).unwrap().trimmed;
        let arguments = [Val::String(request), Val::String("{}".to_owned())];
        let (answer, count) = plugin.call("sync", "sync", &arguments);
        assert!(matches!(answer, Val::Result(Ok(Some(_)))), "{name}: {answer:?}");
        let (_, again) = plugin.call("sync", "sync", &arguments);
        assert_eq!(count, again, "{name}: two calls differ");
        println!("{name}: {count}");
        counts.push((name, count));
    }
    if env::var_os("INSTRUCTIONS_UPDATE").is_some() {
        let mut text = String::new();
        for (name, count) in &counts {
            writeln!(text, "{name}: {count}").unwrap();
        }
        return fs::write(COUNTS, text).unwrap();
    }
    let known = fs::read_to_string(COUNTS).unwrap();
    let known: Vec<(&str, u64)> = known
        .lines()
        .map(|line| line.rsplit_once(": ").unwrap())
        .map(|(name, count)| (name, count.parse().unwrap()))
        .collect();
    assert_eq!(known.len(), counts.len(), "{COUNTS}");
    for ((name, count), (_, expected)) in counts.iter().zip(&known) {
        let change = *count as f64 / *expected as f64 - 1.0;
        assert!(
            change.abs() <= TOLERANCE,
            "{name}: {count} instructions, {:+.1} % against {expected} of {COUNTS}; if this is wanted, write the file anew with \
             INSTRUCTIONS_UPDATE=1",
            100.0 * change
        );
    }
}
