//! The bytes of a program: modules with their bytecode, and the files with hooks.

use std::collections::BTreeMap;

use crate::Entry;

/// How a file is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// CommonJS: the bytecode of a function of `exports`, `require`, `module`.
    Common,
    /// The bytecode of an ES module.
    Module,
    /// JSON text.
    Json,
    /// The bytecode of an ES module that exports what a CommonJS or JSON file exports.
    Bridge,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Common, Self::Module, Self::Json, Self::Bridge];
}

/// Bytes of a program. They live as long as the instance, which is one call, so that nothing has to copy them.
pub(crate) type Bytes = &'static [u8];

/// A script, as `compile` leaves it for `call`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) entries: Vec<Entry>,
    /// Whether the clock stands still, where it would fail.
    pub(crate) frozen: bool,
    /// The names of the hooks; empty for a single function.
    pub(crate) hooks: Vec<String>,
    /// By path. A file may have a bridge beside it.
    pub(crate) files: BTreeMap<String, (Kind, Bytes)>,
    pub(crate) bridges: BTreeMap<String, Bytes>,
    /// The source maps of bundles, by path: what `Map::to_bytes` wrote.
    pub(crate) maps: BTreeMap<String, Bytes>,
}

impl Program {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.push(u8::from(self.frozen));
        put_length(&mut out, self.entries.len());
        for entry in &self.entries {
            put(&mut out, entry.path.as_bytes());
            put(&mut out, entry.hook.as_deref().unwrap_or_default().as_bytes());
        }
        put_length(&mut out, self.hooks.len());
        for hook in &self.hooks {
            put(&mut out, hook.as_bytes());
        }
        let bridges = self
            .bridges
            .iter()
            .map(|(path, bytes)| (path, Kind::Bridge, bytes));
        let files = self
            .files
            .iter()
            .map(|(path, (kind, bytes))| (path, *kind, bytes));
        put_length(&mut out, self.files.len() + self.bridges.len());
        for (path, kind, bytes) in files.chain(bridges) {
            out.push(
                Kind::ALL
                    .iter()
                    .position(|other| *other == kind)
                    .unwrap_or_default() as u8,
            );
            put(&mut out, path.as_bytes());
            put(&mut out, bytes);
        }
        put_length(&mut out, self.maps.len());
        for (path, map) in &self.maps {
            put(&mut out, path.as_bytes());
            put(&mut out, map);
        }
        out
    }

    /// Reads what [`Program::to_bytes`] wrote; `None` is something else.
    pub(crate) fn from_bytes(bytes: Bytes) -> Option<Self> {
        let mut from = Reader(bytes);
        let mut program = Self {
            frozen: from.byte()? == 1,
            ..Self::default()
        };
        for _ in 0..from.length()? {
            let (path, hook) = (from.text()?, from.text()?);
            program.entries.push(Entry {
                path,
                hook: (!hook.is_empty()).then_some(hook),
            });
        }
        for _ in 0..from.length()? {
            program.hooks.push(from.text()?);
        }
        for _ in 0..from.length()? {
            let kind = *Kind::ALL.get(usize::from(from.byte()?))?;
            let (path, bytes) = (from.text()?, from.bytes()?);
            match kind {
                Kind::Bridge => _ = program.bridges.insert(path, bytes),
                kind => _ = program.files.insert(path, (kind, bytes)),
            }
        }
        for _ in 0..from.length()? {
            program.maps.insert(from.text()?, from.bytes()?);
        }
        from.0.is_empty().then_some(program)
    }
}

pub(crate) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

pub(crate) fn put_length(out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

/// Reads lengths and texts; `None` is something else.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(crate) fn length(&mut self) -> Option<usize> {
        let bytes = self.take(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_read_as_it_was_written_and_nothing_else_is() {
        let entry = |path: &str, hook: Option<&str>| Entry {
            path: path.to_owned(),
            hook: hook.map(str::to_owned),
        };
        let program = Program {
            entries: vec![entry("a.js", None), entry("b.mjs", Some("sync"))],
            frozen: true,
            hooks: vec!["sync".to_owned()],
            files: BTreeMap::from([
                ("a.js".to_owned(), (Kind::Common, b"12" as Bytes)),
                ("b.json".to_owned(), (Kind::Json, b"{}")),
            ]),
            bridges: BTreeMap::from([("a.js".to_owned(), b"3" as Bytes)]),
            maps: BTreeMap::from([("a.js".to_owned(), b"45" as Bytes)]),
        };
        let bytes: Bytes = program.to_bytes().leak();
        assert_eq!(Program::from_bytes(bytes), Some(program));
        for length in 0..bytes.len() {
            assert_eq!(Program::from_bytes(&bytes[..length]), None, "{length}");
        }
        assert_eq!(Program::from_bytes(b"text of another kind"), None);
    }
}
