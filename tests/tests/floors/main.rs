//! The floors of the crates: no file imports from a floor above its own, and no files import each other in a circle.
//!
//! `cargo test --release --workspace --test floors -- --nocapture` prints what was found.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod graph;

use graph::Graph;

/// A crate, and its floors from the lowest to the highest. A floor is a folder or a file at the top of `src`.
struct House {
    src: &'static str,
    /// Whether to declare a module counts as to import it: then no file may import from the file that declares it.
    declared: bool,
    floors: &'static [&'static str],
}

const HOUSES: [House; 5] = [
    House {
        src: "json/src",
        declared: false,
        floors: &[
            "error", "pointer", "block", "append", "text", "lexer", "write", "document", "lib",
        ],
    },
    House {
        src: "plugin/function/src",
        declared: true,
        floors: &[
            "kinds",
            "failure",
            "formats",
            "function",
            "plan",
            "children",
            "status",
            "lifecycle",
            "hooks",
            "lib",
        ],
    },
    House {
        src: "contract/src",
        declared: false,
        floors: &[
            "apply",
            "hook",
            "object",
            "deletions",
            "request",
            "scope",
            "view",
            "envelope",
            "review",
            "lib",
            "fuzz",
        ],
    },
    House {
        src: "registry/src",
        declared: false,
        floors: &[
            "digest",
            "manifest",
            "reference",
            "credentials",
            "challenge",
            "options",
            "error",
            "http",
            "client",
            "push",
            "trust",
            "lib",
            "fuzz",
        ],
    },
    House {
        src: "host/src",
        declared: false,
        floors: &[
            "units",
            "telemetry",
            "child",
            "compare",
            "input",
            "memory",
            "yaml",
            "sandbox",
            "store",
            "schema",
            "catalogue",
            "pipeline",
            "rollout",
            "serve",
            "config",
            "cli",
            "lib",
            "main",
        ],
    },
];

#[test]
fn no_file_imports_from_a_floor_above_its_own() {
    for house in HOUSES {
        let graph = Graph::read(&metawasm_tests::root().join(house.src), house.declared);
        let floor = |module: &str| {
            let name = module.split("::").next().unwrap();
            let found = house.floors.iter().position(|floor| *floor == name);
            found.unwrap_or_else(|| panic!("{}: {name} is on no floor", house.src))
        };
        let above: Vec<String> = graph
            .imports()
            .filter(|(from, to)| floor(to) > floor(from))
            .map(|(from, to)| format!("{from} imports {to}"))
            .collect();
        println!(
            "{}: {} files, {} imports, {} from a floor above",
            house.src,
            graph.files(),
            graph.imports().count(),
            above.len()
        );
        assert!(above.is_empty(), "{}: {above:#?}", house.src);
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    for house in HOUSES {
        let graph = Graph::read(&metawasm_tests::root().join(house.src), house.declared);
        let circles = graph.circles();
        println!("{}: {} circles of files", house.src, circles.len());
        assert!(circles.is_empty(), "{}: {circles:#?}", house.src);
    }
}
