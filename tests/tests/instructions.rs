//! How much the host and the Function plugin do for a request: instructions of WebAssembly, which are the same on each machine. The
//! host's steps are counted in a module of their own (`tests/steps`).
//!
//! `tests/tests/instructions/counts.txt` has the counts. What does more is slower everywhere, and this is seen without a clock. `INSTRUCTIONS_UPDATE=1 cargo test --release --workspace --test instructions` writes the file anew.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::fmt::Write as _;
use std::{env, fs};

use metawasm_contract::{Hook, View, read_envelope};
use metawasm_tests::{bodies, function_plugin, steps_module};
use serde_json::Value;
use wasmtime::component::{Component, Instance, Linker, Val};
use wasmtime::{Config, Engine, Module, Store, WasmParams};

const COUNTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/instructions/counts.txt");

/// More than any call uses.
const FUEL: u64 = 1 << 40;

/// How much a count may differ from the file's: a part of it.
const TOLERANCE: f64 = 0.02;

struct Plugin {
    engine: Engine,
    component: Component,
}

/// An engine that counts.
fn engine() -> Engine {
    let mut config = Config::new();
    config.consume_fuel(true);
    Engine::new(&config).unwrap()
}

/// The host's steps.
struct Steps {
    store: Store<()>,
    instance: wasmtime::Instance,
}

impl Steps {
    fn load() -> Self {
        let engine = engine();
        let module = Module::from_file(&engine, steps_module()).unwrap();
        let mut store = Store::new(&engine, ());
        store.set_fuel(FUEL).unwrap();
        let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
        Self { store, instance }
    }

    /// Calls a step, and returns its result and its instructions.
    fn call(&mut self, step: &str, parameters: impl WasmParams) -> (u32, u64) {
        let before = self.store.get_fuel().unwrap();
        let step = self.instance.get_typed_func(&mut self.store, step).unwrap();
        let result = step.call(&mut self.store, parameters).unwrap();
        (result, before - self.store.get_fuel().unwrap())
    }

    fn text(&mut self, number: u32, text: &[u8]) {
        let (address, _) = self.call("text", (number, u32::try_from(text.len()).unwrap()));
        let memory = self.instance.get_memory(&mut self.store, "memory").unwrap();
        memory.write(&mut self.store, address as usize, text).unwrap();
    }
}

impl Plugin {
    fn load() -> Self {
        let engine = engine();
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

    /// What it sees of a body, as JSON.
    fn view(&self) -> Value {
        let (Val::String(described), _) = self.call("describe", "describe", &[]) else {
            panic!("describe returns a string");
        };
        let described: Value = serde_json::from_str(&described).unwrap();
        described["view"].clone()
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
fn a_call_takes_as_many_instructions_as_before() {
    let plugin = Plugin::load();
    let described = plugin.view();
    let view = View::from_json(&described).unwrap();
    let mut counts: Vec<(String, u64)> = Vec::new();
    for (name, body) in [
        ("new, 2 KB", bodies::small()),
        ("ready, 21 KB", bodies::recorded()),
        ("large, 209 KB", bodies::large()),
    ] {
        let request = read_envelope(&body, Hook::Sync, &view).unwrap().trimmed;
        let arguments = [Val::String(request.clone()), Val::String("{}".to_owned())];
        let (answer, called) = plugin.call("sync", "sync", &arguments);
        let (_, again) = plugin.call("sync", "sync", &arguments);
        assert_eq!(called, again, "{name}: two calls differ");
        let Val::Result(Ok(Some(answer))) = answer else {
            panic!("{name}: {answer:?}");
        };
        let Val::String(answer) = *answer else {
            panic!("{name}: {answer:?}");
        };

        let mut steps = Steps::load();
        steps.text(0, &body);
        steps.text(1, described.to_string().as_bytes());
        steps.text(2, answer.as_bytes());
        assert_eq!(steps.call("view", ()).0, 1);
        let (seen, scanned) = steps.call("envelope", ());
        assert_eq!(seen as usize, request.len(), "{name}");
        let (sent, reviewed) = steps.call("reviewed", ());
        assert_eq!(
            sent as usize,
            answer.len(),
            "{name}: the review changes the answer"
        );
        for (step, count) in [("scan", scanned), ("plugin", called), ("review", reviewed)] {
            println!("{name}, {step}: {count}");
            counts.push((format!("{name}, {step}"), count));
        }
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
