//! The profile by which `cargo xtask build` orders the functions of the Function plugin: whether it is still the code that
//! calls execute.
//!
//! `PROFILE_UPDATE=1 cargo test --release --workspace --test order` records it anew.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::{env, fs};

use metawasm_contract::{Hook, View, read_envelope};
use metawasm_order::{Functions, Profile, record};
use metawasm_tests::{bodies, fixture, function_module, function_plugin};
use serde_json::Value;
use wasmtime::{Engine, Instance, Linker, Module, Store};

const PROFILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../plugin/function/component/profile.txt"
);

const HEADER: &str = "\
# The functions that calls of the Function plugin execute, in the order of their first execution; those of `describe` are
# the last. Made by `PROFILE_UPDATE=1 cargo test --release --workspace --test order`. `cargo xtask build` puts them first in
# the component.
";

/// The part of the executed code that the profile must name. Two small functions that it does not name can cost a call 128 KB:
/// the kernel maps 64 KB around each page.
const COVERED: f64 = 0.98;

/// The plugin's module, which counts the functions that it enters.
struct Recorder {
    module: Module,
    functions: Functions,
    /// The places of the functions entered in the calls so far, in the order of the first entry.
    entered: Vec<u32>,
}

/// An instance of the module.
struct Guest {
    store: Store<()>,
    instance: Instance,
}

impl Recorder {
    fn load() -> Self {
        let module = fs::read(function_module()).unwrap();
        let instrumented = record::instrument(&module).unwrap();
        Self {
            module: Module::new(&Engine::default(), instrumented).unwrap(),
            functions: Functions::read(&module).unwrap(),
            entered: Vec::new(),
        }
    }

    fn instantiate(&self) -> Guest {
        let mut linker = Linker::new(self.module.engine());
        linker.define_unknown_imports_as_traps(&self.module).unwrap();
        let mut store = Store::new(self.module.engine(), ());
        let instance = linker.instantiate(&mut store, &self.module).unwrap();
        Guest { store, instance }
    }

    /// Adds the functions that an instance entered.
    fn add(&mut self, mut guest: Guest) {
        let mut entered: Vec<(i32, u32)> = (0..)
            .zip(&self.functions.names)
            .map(|(place, _)| (guest.global(&record::entered(place)), place))
            .filter(|(time, place)| *time > 0 && !self.entered.contains(place))
            .collect();
        entered.sort_unstable();
        self.entered.extend(entered.into_iter().map(|(_, place)| place));
    }

    /// Calls `describe`. Returns what the plugin sees of a body, and the instance.
    fn describe(&self) -> (View, Guest) {
        let mut guest = self.instantiate();
        let result = guest.call("describe", &[]);
        let text = [guest.word(result), guest.word(result + 4)];
        let described: Value = serde_json::from_slice(&guest.bytes(text[0], text[1])).unwrap();
        (View::from_json(&described["view"]).unwrap(), guest)
    }

    /// Calls a hook, as the host does: with the part of the body that the plugin sees.
    fn hook(&mut self, hook: Hook, body: &[u8], view: &View) {
        let name = match hook {
            Hook::Sync => "sync",
            Hook::Finalize => "finalize",
            Hook::Customize => "customize",
        };
        let request = read_envelope(body, hook, view).unwrap().trimmed;
        let mut guest = self.instantiate();
        let mut arguments = Vec::new();
        for text in [&*request, "{}"] {
            arguments.extend([guest.written(text), text.len() as i32]);
        }
        let result = guest.call(name, &arguments);
        assert_eq!(guest.bytes(result, 1), [0], "{name} fails for {request}");
        guest.taken(name, result);
        self.add(guest);
    }

    fn profile(&self) -> Profile {
        let names = self
            .entered
            .iter()
            .map(|place| &self.functions.names[*place as usize]);
        names.cloned().collect()
    }
}

impl Guest {
    fn call(&mut self, name: &str, arguments: &[i32]) -> i32 {
        let name = format!("metawasm:hook/{name}@0.1.0#{name}");
        let function = self.instance.get_func(&mut self.store, &name).unwrap();
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).into()).collect();
        let mut results = [0.into()];
        function.call(&mut self.store, &arguments, &mut results).unwrap();
        results[0].unwrap_i32()
    }

    /// Tells the guest that its answer was read, as the host does.
    fn taken(&mut self, name: &str, result: i32) {
        let name = format!("cabi_post_metawasm:hook/{name}@0.1.0#{name}");
        let function = self.instance.get_func(&mut self.store, &name).unwrap();
        function.call(&mut self.store, &[result.into()], &mut []).unwrap();
    }

    /// Writes a text to the memory, as the canonical ABI says, and returns its address.
    fn written(&mut self, text: &str) -> i32 {
        let realloc = self
            .instance
            .get_typed_func::<(i32, i32, i32, i32), i32>(&mut self.store, "cabi_realloc")
            .unwrap();
        let address = realloc
            .call(&mut self.store, (0, 0, 1, text.len() as i32))
            .unwrap();
        let memory = self.instance.get_memory(&mut self.store, "memory").unwrap();
        memory
            .write(&mut self.store, address as usize, text.as_bytes())
            .unwrap();
        address
    }

    fn bytes(&mut self, address: i32, length: i32) -> Vec<u8> {
        let memory = self.instance.get_memory(&mut self.store, "memory").unwrap();
        let start = address as usize;
        memory.data(&self.store)[start..start + length as usize].to_owned()
    }

    fn word(&mut self, address: i32) -> i32 {
        i32::from_le_bytes(self.bytes(address, 4).try_into().unwrap())
    }

    fn global(&mut self, name: &str) -> i32 {
        let global = self.instance.get_global(&mut self.store, name).unwrap();
        global.get(&mut self.store).unwrap_i32()
    }
}

/// All kinds of calls, the most frequent first. `describe` is the last: its answer is kept in the code cache.
fn record() -> Recorder {
    let mut recorder = Recorder::load();
    let (view, described) = recorder.describe();
    for body in [bodies::recorded(), bodies::small(), bodies::large()] {
        recorder.hook(Hook::Sync, &body, &view);
    }
    for (hook, file) in [
        (Hook::Customize, "composite-v2-customize.body"),
        (Hook::Sync, "composite-v2-sync-first.body"),
        (Hook::Sync, "composite-v2-sync-second.body"),
        (Hook::Finalize, "composite-v2-finalize.body"),
    ] {
        recorder.hook(hook, &fixture(file), &view);
    }
    for example in bodies::examples() {
        for body in bodies::example(&example) {
            recorder.hook(Hook::Sync, &body, &view);
        }
    }
    recorder.add(described);
    recorder
}

#[test]
fn the_profile_names_the_code_that_calls_execute() {
    let recorder = record();
    if env::var_os("PROFILE_UPDATE").is_some() {
        return fs::write(PROFILE, format!("{HEADER}{}", recorder.profile())).unwrap();
    }
    let profile = Profile::parse(&fs::read_to_string(PROFILE).unwrap());
    let covered = profile.covers(&recorder.functions, &recorder.entered);
    println!("{:.1} % of the executed code is in the profile", covered * 100.0);
    assert!(
        covered >= COVERED,
        "only {:.1} % of the code that calls execute is in {PROFILE}; record it anew with PROFILE_UPDATE=1, and then run \
         `cargo xtask build`",
        covered * 100.0
    );
}

#[test]
fn the_component_has_no_names() {
    let component = fs::read(function_plugin()).unwrap();
    let name = b"metawasm_function";
    assert!(!component.windows(name.len()).any(|bytes| bytes == name));
}
