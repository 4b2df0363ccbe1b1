//! What is shown, one file each; adding one is a file and a line in [`ALL`].
//!
//! Nothing here knows who plays Metacontroller: a scenario writes Functions, waits, and looks at the API server and its
//! audit log.

mod delete;
mod edits;
mod examples;
mod grants;
mod host_away;
mod invalid;
mod many;
mod moves;
mod overlays;
mod rights;
mod scaled;
mod two_hosts;

use std::path::Path;

use anyhow::{Context, Result};
use futures::future::LocalBoxFuture;
use serde_json::Value;

use crate::contract::contract;
use crate::objects::documents;
use crate::world::World;

/// One of them.
pub struct Scenario {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it shows, in one line.
    pub about: &'static str,
    /// What is installed beside the base; nothing where a scenario brings its own controllers and has nobody else play
    /// Metacontroller.
    pub components: Option<&'static [&'static str]>,
    /// Runs it.
    pub run: for<'w> fn(&'w World) -> LocalBoxFuture<'w, Result<()>>,
}

/// A cluster with everything.
const EVERYTHING: Option<&[&str]> = Some(&["dapr", "gateway-api", "shipwright", "knative"]);

/// The base alone.
const BASE: Option<&[&str]> = Some(&[]);

/// In the order in which they run.
pub const ALL: &[Scenario] = &[
    Scenario {
        name: "contract",
        about: "who plays Metacontroller does with each answer what Metacontroller was seen to do",
        components: None,
        run: |world| Box::pin(contract(&world.plane, world.apply)),
    },
    Scenario {
        name: "overlays",
        about: "kubectl apply -k of every overlay is accepted, strictly",
        components: BASE,
        run: |world| Box::pin(overlays::run(world)),
    },
    Scenario {
        name: "edits",
        about: "edits update in place; what is changed by hand is put right",
        components: BASE,
        run: |world| Box::pin(edits::run(world)),
    },
    Scenario {
        name: "scaled",
        about: "the replicas that KEDA sets are left alone",
        components: BASE,
        run: |world| Box::pin(scaled::run(world)),
    },
    Scenario {
        name: "invalid",
        about: "an invalid edit touches no child, and an edit back is as if nothing had been",
        components: BASE,
        run: |world| Box::pin(invalid::run(world)),
    },
    Scenario {
        name: "rights",
        about: "without the right to a child the others are made, and it is said what is missing",
        components: BASE,
        run: |world| Box::pin(rights::run(world)),
    },
    Scenario {
        name: "many",
        about: "200 Functions at once",
        components: BASE,
        run: |world| Box::pin(many::run(world)),
    },
    Scenario {
        name: "host-away",
        about: "the host ends, children stay; another version of the plugin takes over",
        components: BASE,
        run: |world| Box::pin(host_away::run(world)),
    },
    Scenario {
        name: "two-hosts",
        about: "two hosts behind one address agree",
        components: BASE,
        run: |world| Box::pin(two_hosts::run(world)),
    },
    Scenario {
        name: "delete",
        about: "a deleted Function takes its children with it",
        components: BASE,
        run: |world| Box::pin(delete::without_finalize(world)),
    },
    Scenario {
        name: "finalize",
        about: "the same in the order of the finalize hook",
        components: Some(&["finalize"]),
        run: |world| Box::pin(delete::with_finalize(world)),
    },
    Scenario {
        name: "examples",
        about: "every example: children accepted and owned; settled, it costs no write",
        components: EVERYTHING,
        run: |world| Box::pin(examples::run(world)),
    },
    Scenario {
        name: "moves",
        about: "a Function moves between the runtimes and back",
        components: EVERYTHING,
        run: |world| Box::pin(moves::run(world)),
    },
    Scenario {
        name: "grants",
        about: "a ReferenceGrant comes and goes with the label of a Namespace",
        components: EVERYTHING,
        run: |world| Box::pin(grants::run(world)),
    },
];

/// The documents of a file in `examples/`.
fn example(name: &str) -> Result<Vec<Value>> {
    let path = metawasm_tests::root().join("examples").join(name);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    documents(&text).with_context(|| path.display().to_string())
}

/// The Function in a file in `examples/`, which has one.
fn function(name: &str) -> Result<Value> {
    let documents = example(name)?;
    let mut functions = documents
        .into_iter()
        .filter(|object| object["kind"] == "Function");
    functions
        .next()
        .with_context(|| format!("{name} has no Function"))
}

/// The files of `examples/` with YAML, those of its folders included, by their path from there.
fn files() -> Result<Vec<String>> {
    fn walk(folder: &Path, prefix: &str, all: &mut Vec<String>) -> Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), all)?;
            } else if name.ends_with(".yaml") {
                all.push(name);
            }
        }
        Ok(())
    }
    let mut all = Vec::new();
    walk(&metawasm_tests::root().join("examples"), "", &mut all)?;
    all.sort();
    Ok(all)
}
