//! What is shown, one file each; adding one is a file and a line in [`ALL`].
//!
//! Nothing here knows who plays Metacontroller: a scenario writes Functions, waits, and looks at the API server and its
//! audit log.

mod delete;
mod early;
mod edits;
mod examples;
mod grants;
mod helm;
mod host_away;
mod invalid;
mod kinds;
mod kopf;
mod many;
mod moves;
mod overlays;
mod rights;
mod scaled;
mod terminating;
mod tls;
mod two_hosts;

use std::fmt;
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
    /// What is installed beside the base; nothing where a scenario begins without the base and with nobody who plays
    /// Metacontroller.
    pub components: Option<&'static [&'static str]>,
    /// Runs it.
    pub run: for<'w> fn(&'w World) -> LocalBoxFuture<'w, Result<()>>,
}

/// Why a scenario does not run here, in place of its failure.
#[derive(Debug)]
pub struct Skipped(String);

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Skipped {}

/// A cluster with everything.
const EVERYTHING: Option<&[&str]> = Some(&["dapr", "gateway-api", "shipwright", "knative"]);

/// The base alone.
const BASE: Option<&[&str]> = Some(BASE_COMPONENTS);

const BASE_COMPONENTS: &[&str] = &[];

/// In the order in which they run.
pub const ALL: &[Scenario] = &[
    Scenario {
        name: "contract",
        about: "who plays Metacontroller does with each answer what Metacontroller was seen to do",
        components: None,
        run: |world| Box::pin(contract(&world.plane, world.apply)),
    },
    // The two that begin on a cluster without the CRD of Functions.
    Scenario {
        name: "helm",
        about: "the chart is installed, upgraded and uninstalled, and leaves nothing",
        components: None,
        run: |world| Box::pin(helm::run(world)),
    },
    Scenario {
        name: "early",
        about: "a controller or a Function before the CRD is there: it is said, and goes by itself",
        components: None,
        run: |world| Box::pin(early::run(world)),
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
        name: "terminating",
        about: "a namespace that is deleted with Functions in it goes, and takes no new ones",
        components: BASE,
        run: |world| Box::pin(terminating::run(world)),
    },
    Scenario {
        name: "finalize",
        about: "the same in the order of the finalize hook",
        components: Some(&["finalize"]),
        run: |world| Box::pin(delete::with_finalize(world)),
    },
    Scenario {
        name: "kopf",
        about: "the same plugin under kopf: the operator of examples/kopf in place of Metacontroller",
        components: Some(&["finalize"]),
        run: |world| Box::pin(kopf::run(world)),
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
    Scenario {
        name: "tls",
        about: "the hooks of both controllers by TLS, and a controller that starts without the CA",
        components: Some(&["gateway-api", "finalize", "tls"]),
        run: |world| Box::pin(tls::run(world)),
    },
    Scenario {
        name: "kinds",
        about: "a kind that is not declared or that the cluster lacks: it is said which",
        components: BASE,
        run: |world| Box::pin(kinds::run(world)),
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
