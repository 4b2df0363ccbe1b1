//! Guests of every kind, written in the text format: good, broken and hostile ones.

pub use wit_component::StringEncoding;
use wit_component::{ComponentEncoder, embed_component_metadata};
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
    encoding: StringEncoding,
}

/// The least that a plugin says of itself.
pub const DESCRIPTION: &str = r#"{"name":"guest","version":"0.0.0",
"parent":{"apiVersion":"core.openfunction.io/v1beta2","kind":"Function","resource":"functions"},
"children":[{"apiVersion":"apps/v1","kind":"Deployment","resource":"deployments"}]}"#;

/// Two components in one, of which the outer one is still empty.
const COMPOSED: &str = r#"(component
  (import "metawasm:hook/types@0.1.0" (instance $types
    (type $r (record (field "after-seconds" u32) (field "reason" string)))
    (export "retry" (type $retry (eq $r)))
    (type $f (variant (case "invalid" string) (case "retry-later" $retry) (case "internal" string)))
    (export "failure" (type (eq $f)))))
  (component $inner
    (core module $m
      (memory (export "memory") 1)
      (global $top (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $block i32)
        (local.set $block (global.get $top))
        (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get 3)) (i32.const 7)) (i32.const -8)))
        (local.get $block))
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0))
        (i32.store (i32.const 20) (local.get 1))
        (i32.const 16)))
    (core instance $i (instantiate $m))
    (func (export "echo") (param "text" string) (result string)
      (canon lift (core func $i "echo") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))
        string-encoding=ENCODING)))
  (component)
  (instance $in (instantiate $inner))
  (instance $out (instantiate 1
    (with "inner" (instance $in))
    (with "metawasm:hook/types@0.1.0" (instance $types))))
  (alias export $out "metawasm:hook/describe@0.1.0" (instance $describe))
  (alias export $out "metawasm:hook/sync@0.1.0" (instance $sync))
  (export "metawasm:hook/describe@0.1.0" (instance $describe))
  (export "metawasm:hook/sync@0.1.0" (instance $sync)))"#;

/// A number as WebAssembly writes it.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let seven = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(seven);
            return bytes;
        }
        bytes.push(seven | 0x80);
    }
}

/// Where the parts are in memory. The first pages are static, the heap is behind them.
const RETURN: u32 = 16;
const DESCRIBE: u32 = 1024;
const ANSWER: u32 = 16 << 10;
const HEAP: u32 = 4 << 16;
const FAR: u32 = 4 << 20;

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
            encoding: StringEncoding::UTF8,
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

    /// A guest whose `sync` gives one answer if the request contains a text, and else the other.
    pub fn choosing(text: &str, if_found: &str, otherwise: &str) -> Self {
        const TEXT: u32 = 2 << 16;
        const FOUND: u32 = TEXT + 4096;
        let length = text.len();
        let code = format!(
            "(local $at i32) (local $same i32)
             (block $none
               (loop $next
                 (br_if $none (i32.gt_s (i32.add (local.get $at) (i32.const {length})) (local.get 1)))
                 (local.set $same (i32.const 0))
                 (block $differs
                   (loop $more
                     (br_if $differs (i32.ne
                       (i32.load8_u (i32.add (local.get 0) (i32.add (local.get $at) (local.get $same))))
                       (i32.load8_u (i32.add (i32.const {TEXT}) (local.get $same)))))
                     (local.set $same (i32.add (local.get $same) (i32.const 1)))
                     (br_if $more (i32.lt_u (local.get $same) (i32.const {length}))))
                   (i32.store8 (i32.const {RETURN}) (i32.const 0))
                   (i32.store (i32.const 20) (i32.const {FOUND}))
                   (i32.store (i32.const 24) (i32.const {}))
                   (return (i32.const {RETURN})))
                 (local.set $at (i32.add (local.get $at) (i32.const 1)))
                 (br $next)))
             (call $answer)",
            if_found.len()
        );
        let data = format!(
            "(data (i32.const {TEXT}) \"{}\") (data (i32.const {FOUND}) \"{}\")",
            escape(text.as_bytes()),
            escape(if_found.as_bytes())
        );
        Self::running(&code).saying(otherwise).with(&data)
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

    /// Has other code in `sync`; see [`Guest::running`].
    pub fn code(mut self, code: &str) -> Self {
        self.sync = Some(code.to_owned());
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

    /// Says that its strings are in another encoding. They still are as they were written.
    pub fn encoded(mut self, encoding: StringEncoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// A guest that takes any compiler long: a function in which thousands of values live through thousands of blocks.
    /// Bombs of other numbers are other components.
    pub fn compile_bomb(number: u32) -> Self {
        const VALUES: usize = 1500;
        const BLOCKS: usize = 15_000;
        let mut code = format!("(func (param i32) (result i64) (local {})", "i64 ".repeat(VALUES));
        for value in 1..=VALUES {
            code.push_str(&format!(
                "(local.set {value} (i64.load (i32.const {})))",
                value * 8 + number as usize
            ));
        }
        code.push_str("(loop $l ");
        for block in 0..BLOCKS {
            let local = |factor: usize| block * factor % VALUES + 1;
            code.push_str(&format!(
                "(if (i32.eq (local.get 0) (i32.const {block})) (then (local.set {} (i64.add (local.get {}) (local.get {})))))",
                local(1),
                local(7),
                local(13)
            ));
        }
        code.push_str("(br_if $l (i32.lt_u (local.get 0) (i32.const 7)))) (i64.const 0)");
        for value in 1..=VALUES {
            code.push_str(&format!("(local.get {value}) (i64.add)"));
        }
        code.push(')');
        Self::default().with(&code)
    }

    /// Two components in one: an outer one, whose `sync` hands its answer to an inner one, and answers with what that
    /// hands back. The inner one has its strings in this encoding, as the text format has it: `utf8`, `utf16`.
    pub fn composed(answer: &str, encoding: &str) -> Vec<u8> {
        let length = answer.len();
        let outer = Self::running(&format!(
            "(call $echo (i32.const {ANSWER}) (i32.const {length}) (i32.const 32))
             (i32.store8 (i32.const {RETURN}) (i32.const 0))
             (i32.store (i32.const 20) (i32.load (i32.const 32)))
             (i32.store (i32.const 24) (i32.load (i32.const 36)))
             (i32.const {RETURN})"
        ))
        .saying(answer)
        .with(r#"(import "inner" "echo" (func $echo (param i32 i32 i32)))"#)
        .world(
            "world w { import inner: interface { echo: func(text: string) -> string; } include sync-hook; }",
        )
        .component();
        // The outer one is put in the place of an empty one: the text format has no place for a binary in it.
        let empty = b"\x04\x08\0asm\x0d\0\x01\0";
        let whole = wat::parse_str(COMPOSED.replace("ENCODING", encoding)).expect("it is well-formed");
        let at = whole
            .windows(empty.len())
            .position(|part| part == empty)
            .expect("there is one");
        let mut composed = whole[..at].to_vec();
        composed.push(4);
        composed.extend(leb(outer.len()));
        composed.extend(outer);
        composed.extend(&whole[at + empty.len()..]);
        composed
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
        embed_component_metadata(&mut module, &resolve, world, self.encoding, false)
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
        // What does not fit below the answer has pages of its own, far above the heap.
        let (at, pages) = if describe_length < (ANSWER - DESCRIBE) as usize {
            (DESCRIBE, *pages)
        } else {
            let needed = (FAR as usize + describe_length).div_ceil(64 << 10) as u32;
            (FAR, needed.max(*pages))
        };
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
  (data (i32.const {at}) "{describe}")
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
    (i32.store (i32.const {RETURN}) (i32.const {at}))
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
