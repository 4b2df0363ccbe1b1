//! Guests of every kind, written in the text format: good, broken and hostile ones.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::root;

/// A guest that is put together from text. By default it exports `sync`, which answers `{}`.
#[derive(Clone, Debug)]
pub struct Guest {
    world: String,
    describe: String,
    answer: Vec<u8>,
    sync: Option<String>,
    start: String,
    declarations: String,
    pages: u32,
}

/// The least that a plugin says of itself.
pub const DESCRIPTION: &str = r#"{"name":"guest","version":"0.0.0",
"parent":{"apiVersion":"core.openfunction.io/v1beta2","kind":"Function","resource":"functions"},
"children":[{"apiVersion":"apps/v1","kind":"Deployment","resource":"deployments"}]}"#;

/// Where the parts are in memory. The first pages are static, the heap is behind them.
const RETURN: u32 = 16;
const DESCRIBE: u32 = 1024;
const ANSWER: u32 = 16 << 10;
const HEAP: u32 = 4 << 16;

impl Default for Guest {
    fn default() -> Self {
        Self::answering("{}")
    }
}

impl Guest {
    /// A guest whose `sync` gives this answer, whatever it is asked.
    pub fn answering(answer: impl AsRef<[u8]>) -> Self {
        Self {
            world: "sync-hook".to_owned(),
            describe: DESCRIPTION.to_owned(),
            answer: answer.as_ref().to_owned(),
            sync: None,
            start: String::new(),
            declarations: String::new(),
            pages: 4,
        }
    }

    /// A guest whose `sync` is this code: the parameters are the pointers and lengths of request
    /// and settings, the result points to the result's tag. `$answer` returns the default answer.
    pub fn running(code: &str) -> Self {
        Self {
            sync: Some(code.to_owned()),
            ..Self::default()
        }
    }

    /// A guest whose `sync` returns `invalid`, `retry-later` (with `after` seconds) or `internal`.
    pub fn failing(case: u8, after: u32, text: &str) -> Self {
        let length = text.len();
        let payload = if case == 1 {
            format!(
                "(i32.store (i32.const 24) (i32.const {after}))
                 (i32.store (i32.const 28) (i32.const {ANSWER})) (i32.store (i32.const 32) (i32.const {length}))"
            )
        } else {
            format!(
                "(i32.store (i32.const 24) (i32.const {ANSWER})) (i32.store (i32.const 28) (i32.const {length}))"
            )
        };
        let code = format!(
            "(i32.store8 (i32.const {RETURN}) (i32.const 1)) (i32.store8 (i32.const 20) (i32.const {case}))
             {payload} (i32.const {RETURN})"
        );
        Self {
            sync: Some(code),
            ..Self::answering(text)
        }
    }

    /// A guest whose `sync` never returns.
    pub fn endless() -> Self {
        Self::running("(loop $l (br $l)) (unreachable)")
    }

    /// A guest that imports what no host gives: a clock.
    pub fn with_a_clock() -> Self {
        Self::running("(drop (call $now)) (call $answer)")
            .with(r#"(import "clock" "now" (func $now (result i64)))"#)
            .world("world w { import clock: interface { now: func() -> u64; } include sync-hook; }")
    }

    /// A guest that exports what no host knows: `extra`.
    pub fn with_an_extra_export() -> Self {
        Self::default()
            .with(r#"(func (export "extra") (result i32) (i32.const 0))"#)
            .world("world w { include sync-hook; export extra: func() -> u32; }")
    }

    /// Has other bytes in place of its answer.
    pub fn saying(mut self, bytes: impl AsRef<[u8]>) -> Self {
        bytes.as_ref().clone_into(&mut self.answer);
        self
    }

    /// Says something else of itself.
    pub fn describe(mut self, json: &str) -> Self {
        json.clone_into(&mut self.describe);
        self
    }

    /// Runs code when instantiated.
    pub fn start(mut self, code: &str) -> Self {
        code.clone_into(&mut self.start);
        self
    }

    /// Adds imports, functions, globals to the module.
    pub fn with(mut self, declarations: &str) -> Self {
        declarations.clone_into(&mut self.declarations);
        self
    }

    /// Is of another world of the WIT package, or of one that is written here as
    /// `world NAME { … }`.
    pub fn world(mut self, world: &str) -> Self {
        world.clone_into(&mut self.world);
        self
    }

    /// Starts with more memory, in pages of 64 KiB.
    pub fn pages(mut self, pages: u32) -> Self {
        self.pages = pages;
        self
    }

    /// The core module.
    pub fn module(&self) -> Vec<u8> {
        wat::parse_str(self.text()).unwrap_or_else(|error| panic!("{error}\n{}", self.text()))
    }

    /// The component.
    pub fn component(&self) -> Vec<u8> {
        self.componentize(&std::fs::read_to_string(root().join("wit/hook.wit")).expect("the WIT file"))
    }

    /// The component, with so many more core instances in it, of an empty module: as large components
    /// have them.
    pub fn component_with_instances(&self, more: usize) -> Vec<u8> {
        let mut component = self.component();
        // A core module section with `(module)`; the guest's own module is the only one before it.
        component.extend([1, 8, 0, b'a', b's', b'm', 1, 0, 0, 0]);
        for _ in 0..more {
            // A core instance section: one instance, of module 1, without arguments.
            component.extend([2, 4, 1, 0, 1, 0]);
        }
        component
    }

    /// The component for another WIT text than ours.
    pub fn componentize(&self, wit: &str) -> Vec<u8> {
        self.encode(wit, &self.text())
    }

    /// The component for a WIT text of another version of our package.
    pub fn of_package(&self, wit: &str, version: &str) -> Vec<u8> {
        self.encode(wit, &self.text().replace("@0.1.0", &format!("@{version}")))
    }

    fn encode(&self, wit: &str, text: &str) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let mut wit = wit.to_owned();
        let mut world = self.world.clone();
        if let Some(rest) = self.world.strip_prefix("world ") {
            wit.push_str(&self.world);
            rest.split_whitespace()
                .next()
                .expect("a name")
                .clone_into(&mut world);
        }
        let package = resolve
            .push_str("hook.wit", &wit)
            .unwrap_or_else(|error| panic!("{error:#}\n{wit}"));
        let world = resolve.select_world(&[package], Some(&world)).expect("a world");
        let mut module = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
            .expect("metadata can be embedded");
        ComponentEncoder::default()
            .module(&module)
            .and_then(|encoder| encoder.validate(true).encode())
            .unwrap_or_else(|error| panic!("{error:#}\n{text}"))
    }

    fn text(&self) -> String {
        let Self {
            describe,
            answer,
            start,
            declarations,
            pages,
            ..
        } = self;
        let sync = self.sync.clone().unwrap_or_else(|| "(call $answer)".to_owned());
        let (describe_length, answer_length) = (describe.len(), answer.len());
        assert!(
            answer_length < (HEAP - ANSWER) as usize,
            "the answer does not fit below the heap"
        );
        let start = if start.is_empty() {
            String::new()
        } else {
            format!("(func $start {start}) (start $start)")
        };
        format!(
            r#"(module
  {declarations}
  (memory (export "memory") {pages})
  (global $top (mut i32) (i32.const {HEAP}))
  (data (i32.const {DESCRIBE}) "{describe}")
  (data (i32.const {ANSWER}) "{answer}")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $block i32)
    (local.set $block (global.get $top))
    (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get 3)) (i32.const 7)) (i32.const -8)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.shr_u (local.get 3) (i32.const 16)) (i32.const 1))))))
    (local.get $block))
  (func $answer (result i32)
    (i32.store8 (i32.const {RETURN}) (i32.const 0))
    (i32.store (i32.const 20) (i32.const {ANSWER}))
    (i32.store (i32.const 24) (i32.const {answer_length}))
    (i32.const {RETURN}))
  (func (export "metawasm:hook/describe@0.1.0#describe") (result i32)
    (i32.store (i32.const {RETURN}) (i32.const {DESCRIBE}))
    (i32.store (i32.const 20) (i32.const {describe_length}))
    (i32.const {RETURN}))
  (func (export "metawasm:hook/sync@0.1.0#sync") (param i32 i32 i32 i32) (result i32) {sync})
  {start})"#,
            describe = escape(describe.as_bytes()),
            answer = escape(answer),
        )
    }
}

/// Every byte as `\xx`, which the text format takes for any.
fn escape(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}
