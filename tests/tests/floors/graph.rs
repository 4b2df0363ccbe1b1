//! Which file of a crate imports which, read from its sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The files of a crate by module path (`formats::json`; the root is `lib`), and the files that each imports from.
pub(crate) struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    /// Reads all sources below `src` but for tests. With `declared`, a file also imports the modules that it declares.
    pub(crate) fn read(src: &Path, declared: bool) -> Self {
        let mut sources = BTreeMap::new();
        collect(src, &[], &mut sources);
        let modules: BTreeSet<String> = sources.keys().cloned().collect();
        let imports = sources.iter().map(|(module, source)| {
            let paths = paths(source);
            let found = paths.iter().filter_map(|path| resolve(module, path, &modules));
            let below = modules.iter().filter(|other| {
                let parent = other.rsplit_once("::").map_or("lib", |(parent, _)| parent);
                declared && parent == module && *other != "lib"
            });
            let all = found.chain(below.cloned());
            (module.clone(), all.filter(|other| other != module).collect())
        });
        Graph(imports.collect())
    }

    pub(crate) fn files(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn imports(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter();
        all.flat_map(|(from, to)| to.iter().map(|to| (from.as_str(), to.as_str())))
    }

    /// The circles: each file of one imports every other one, if not at first hand.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .0
            .keys()
            .map(|from| (from.as_str(), self.reached(from)))
            .collect();
        let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
        for (from, to) in reached.iter().filter(|(from, to)| to.contains(*from)) {
            let back = to.iter().filter(|other| reached[*other].contains(from));
            circles.insert(back.map(|module| (*module).to_owned()).collect());
        }
        circles.into_iter().collect()
    }

    fn reached(&self, from: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&String> = self.0[from].iter().collect();
        while let Some(module) = next.pop() {
            if reached.insert(module.as_str()) {
                next.extend(&self.0[module]);
            }
        }
        reached
    }
}

/// The sources of a folder by module path, without tests.
fn collect(folder: &Path, module: &[String], sources: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if stem == "tests" {
            continue;
        }
        let mut below = module.to_vec();
        below.push(stem.clone());
        if path.is_dir() {
            collect(&path, &below, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let is_parents = ["mod", "main"].contains(&&*stem) && !module.is_empty();
            let name = if is_parents {
                module.join("::")
            } else {
                below.join("::")
            };
            sources.insert(name, code(&fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A source without comments, without `pub(in …)`, and up to the tests in it.
fn code(source: &str) -> String {
    let lines: Vec<&str> = source.lines().collect();
    let tests = lines.iter().enumerate().position(|(index, line)| {
        let mut after = lines
            .iter()
            .skip(index + 1)
            .filter(|line| !line.starts_with(['#', ' ', ')']));
        line.starts_with("#[cfg(test)]") && after.next().is_some_and(|line| line.ends_with(" {"))
    });
    let lines = lines.iter().take(tests.unwrap_or(lines.len()));
    let code: Vec<&str> = lines
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect();
    let code = code.join("\n");
    let mut rest = code.as_str();
    let mut all = String::new();
    while let Some((before, after)) = rest.split_once("pub(in ") {
        all.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    all + rest
}

/// All paths that a source names: the leaves of its `use` declarations, and `crate::…` and `super::…` elsewhere.
fn paths(source: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = String::new();
    for statement in source.split_inclusive(';') {
        let start = statement.rfind("\nuse ").or_else(|| statement.rfind(" use "));
        match start.filter(|_| statement.ends_with(';')) {
            Some(start) => {
                rest.push_str(&statement[..start]);
                let tree: String = statement[start + 5..]
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ");
                leaves("", tree.trim_end_matches(';'), &mut all);
            }
            None => rest.push_str(statement),
        }
    }
    for word in rest.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
        if word.starts_with("crate::") || word.starts_with("super::") {
            all.push(word.to_owned());
        }
    }
    all
}

/// The leaves of a use tree: `a::{b, c::d}` has `a::b` and `a::c::d`.
fn leaves(before: &str, tree: &str, all: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((path, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return all.push(format!("{before}{path}"));
    };
    let before = format!("{before}{path}");
    let group = group.rsplit_once('}').map_or(group, |(group, _)| group);
    let (mut depth, mut start) = (0, 0);
    for (index, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                leaves(&before, &group[start..index], all);
                start = index + 1;
            }
            _ => {}
        }
    }
    if !group[start..].trim().is_empty() {
        leaves(&before, &group[start..], all);
    }
}

/// The file that a path leads to, seen from a module; none for a path into another crate.
fn resolve(module: &str, path: &str, modules: &BTreeSet<String>) -> Option<String> {
    let mut steps: Vec<&str> = path.split("::").map(str::trim).collect();
    let mut at: Vec<&str> = match module {
        "lib" => Vec::new(),
        module => module.split("::").collect(),
    };
    match steps[0] {
        "crate" => {
            at.clear();
            steps.remove(0);
        }
        "self" => {
            steps.remove(0);
        }
        "super" => {
            while steps.first() == Some(&"super") {
                at.pop();
                steps.remove(0);
            }
        }
        first => {
            let mut child = at.clone();
            child.push(first);
            if !modules.contains(&child.join("::")) {
                return None;
            }
        }
    }
    for step in steps {
        at.push(step);
        if !modules.contains(&at.join("::")) {
            at.pop();
            break;
        }
    }
    let found = if at.is_empty() {
        "lib".to_owned()
    } else {
        at.join("::")
    };
    modules.contains(&found).then_some(found)
}

#[test]
fn leaves_of_a_tree_are_found_at_every_depth() {
    let mut all = Vec::new();
    leaves("", "crate::a::{self, b, c::{d, e as f}}", &mut all);
    assert_eq!(
        all,
        [
            "crate::a::self",
            "crate::a::b",
            "crate::a::c::d",
            "crate::a::c::e"
        ]
    );
}

#[test]
fn a_circle_and_an_import_are_found() {
    let of = |from: &str, to: &[&str]| {
        let to = to.iter().map(|to| (*to).to_owned()).collect();
        (from.to_owned(), to)
    };
    let graph = Graph([of("a", &["b", "c"]), of("b", &["a"]), of("c", &[])].into());
    assert_eq!(graph.circles(), [["a", "b"]]);
    assert_eq!(graph.imports().count(), 3);
    let modules = ["lib", "a", "a::b", "c"].map(str::to_owned).into();
    for (module, path, found) in [
        ("a::b", "super::Item", Some("a")),
        ("a", "b::Item", Some("a::b")),
        ("a::b", "crate::c::Item", Some("c")),
        ("c", "serde::Serialize", None),
        ("c", "crate::Item", Some("lib")),
    ] {
        assert_eq!(
            resolve(module, path, &modules).as_deref(),
            found,
            "{module}: {path}"
        );
    }
}
