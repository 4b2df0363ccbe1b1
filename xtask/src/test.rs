//! `cargo xtask test`: all checks of CI, the fastest first.
//!
//! Everything is built with the release profile and the features of the whole workspace. The tests therefore run the
//! binaries that ship, and dependencies are compiled once.

use std::env;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anstream::eprintln;
use anyhow::{Result, bail};
use clap::Args;

use crate::build;
use crate::e2e;
use crate::engines::ENGINES;
use crate::image;
use crate::playground;
use crate::table::{self, BAD, GOOD, HEADING, WARN};
use crate::web;
use crate::workspace::{self, Workspace};

/// Run all checks of CI: format, build, lints, tests, docs, dependencies
#[derive(Args)]
#[command(after_help = "\
Stops at the first failed step, unless --keep-going is set. If a tool is missing, the step is skipped with a
reason; with CI=true it fails.

Examples:
  cargo xtask test
  cargo xtask test --keep-going")]
pub(crate) struct Test {
    /// Continue after a failed step
    #[arg(long)]
    keep_going: bool,
}

/// A step.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Workspace) -> Result<Done>,
}

enum Done {
    Passed,
    Skipped(String),
}

const STEPS: &[Step] = &[
    Step {
        name: "format",
        about: "cargo fmt",
        run: format,
    },
    Step {
        name: "build",
        about: "the plugins and the server",
        run: build,
    },
    Step {
        name: "lint",
        about: "cargo clippy, warnings are errors",
        run: lint,
    },
    Step {
        name: "test",
        about: "cargo test",
        run: test,
    },
    Step {
        name: "engines",
        about: "the engines of scripts: format, clippy, and tests on this machine",
        run: engines,
    },
    Step {
        name: "web",
        about: "the JavaScript package in Node",
        run: web,
    },
    Step {
        name: "playground",
        about: "the playground in Node, and it and the host's page in Chromium",
        run: playground,
    },
    Step {
        name: "image",
        about: "the container image, with skopeo and a registry",
        run: image,
    },
    Step {
        name: "e2e",
        about: "Functions on a real API server",
        run: e2e,
    },
    Step {
        name: "docs",
        about: "cargo doc, warnings are errors",
        run: docs,
    },
    Step {
        name: "dependencies",
        about: "cargo deny: bans, licences, sources",
        run: dependencies,
    },
    Step {
        name: "advisories",
        about: "cargo deny: known vulnerabilities",
        run: advisories,
    },
];

fn format(workspace: &Workspace) -> Result<Done> {
    passes(workspace, &["fmt", "--all", "--check"], &[])
}

fn build(workspace: &Workspace) -> Result<Done> {
    build::build(workspace)?;
    Ok(Done::Passed)
}

/// Workspaces of their own, which the other steps do not see.
fn engines(workspace: &Workspace) -> Result<Done> {
    for engine in ENGINES {
        workspace::succeed(&mut workspace.engine_cargo(engine.name, &["fmt", "--all", "--check"]))?;
        let lint = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        workspace::succeed(&mut workspace.engine_cargo(engine.name, &lint))?;
        workspace::succeed(&mut workspace.engine_cargo(engine.name, &["test", "--workspace"]))?;
    }
    Ok(Done::Passed)
}

fn lint(workspace: &Workspace) -> Result<Done> {
    passes(
        workspace,
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--release",
            "--",
            "-D",
            "warnings",
        ],
        &[],
    )?;
    // The host without what can be left out of it.
    passes(
        workspace,
        &[
            "clippy",
            "--workspace",
            "--lib",
            "--bins",
            "--release",
            "--no-default-features",
            "--",
            "-D",
            "warnings",
        ],
        &[],
    )
}

fn test(workspace: &Workspace) -> Result<Done> {
    // A snapshot that differs is a failure and nothing else: no file is written.
    passes(
        workspace,
        &["test", "--workspace", "--release", "--no-fail-fast"],
        &[("INSTA_UPDATE", "no")],
    )
}

/// Packs an image, pushes it to a registry on loopback and reads it back.
fn image(workspace: &Workspace) -> Result<Done> {
    for (variable, name, package) in [
        ("SKOPEO", "skopeo", "skopeo"),
        ("REGISTRY_BIN", "docker-registry", "docker-registry"),
    ] {
        let tool = env::var_os(variable).unwrap_or_else(|| name.into());
        match workspace.command(tool).arg("--version").output() {
            Err(error) if workspace::is_missing(&error) => {
                return missing(&format!(
                    "{name} is not installed (Debian: apt-get install {package})"
                ));
            }
            found => found?,
        };
    }
    image::pack_for_tests(workspace)?;
    passes(
        workspace,
        &[
            "test",
            "--workspace",
            "--release",
            "--test=image",
            "--",
            "--ignored",
        ],
        &[],
    )
}

/// Builds the plugin's JavaScript face and runs the tests that other runs of `cargo test` ignore.
fn web(workspace: &Workspace) -> Result<Done> {
    match workspace.command("node").arg("--version").output() {
        Err(error) if workspace::is_missing(&error) => {
            return missing("Node is not installed (https://nodejs.org, 18 or later)");
        }
        found => found?,
    };
    web::build(workspace)?;
    passes(
        workspace,
        &[
            "test",
            "--workspace",
            "--release",
            "--test=node",
            "--",
            "--ignored",
        ],
        &[],
    )
}

/// Builds the playground and runs its tests. CI installs Chromium.
fn playground(workspace: &Workspace) -> Result<Done> {
    if let Some(why) = playground::lacks(workspace)? {
        return missing(why);
    }
    let Some(chromium) = playground::chromium(workspace, workspace::in_ci())? else {
        return missing("Chromium is not installed (Debian: apt-get install chromium)");
    };
    web::build(workspace)?;
    playground::build(workspace)?;
    // The steps before this one have built the host and the plugins.
    playground::test(workspace, &chromium)?;
    Ok(Done::Passed)
}

/// The scenarios on a control plane that is built from Go modules, the first time in minutes.
fn e2e(workspace: &Workspace) -> Result<Done> {
    if let Some(why) = e2e::lacks(workspace)? {
        return missing(why);
    }
    e2e::all(workspace)?;
    Ok(Done::Passed)
}

fn docs(workspace: &Workspace) -> Result<Done> {
    // The release profile, so that what the lints have checked is not checked a second time.
    passes(
        workspace,
        &[
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
            "--release",
        ],
        &[("RUSTDOCFLAGS", "-D warnings")],
    )
}

fn dependencies(workspace: &Workspace) -> Result<Done> {
    if let Some(skipped) = without_cargo_deny(workspace)? {
        return Ok(skipped);
    }
    for manifest in manifests() {
        passes(
            workspace,
            &[
                "deny",
                "--manifest-path",
                &manifest,
                "check",
                "--hide-inclusion-graph",
                "bans",
                "licenses",
                "sources",
            ],
            &[],
        )?;
    }
    Ok(Done::Passed)
}

fn advisories(workspace: &Workspace) -> Result<Done> {
    if let Some(skipped) = without_cargo_deny(workspace)? {
        return Ok(skipped);
    }
    // Fetched by itself, so that no network and a bad dependency are not one and the same failure.
    if !workspace::status(&mut workspace.cargo(&["deny", "fetch", "db"]))?.success() {
        return Ok(Done::Skipped(
            "cannot fetch the advisory database; see the output above".to_owned(),
        ));
    }
    for manifest in manifests() {
        passes(
            workspace,
            &[
                "deny",
                "--manifest-path",
                &manifest,
                "check",
                "--disable-fetch",
                "advisories",
            ],
            &[],
        )?;
    }
    Ok(Done::Passed)
}

/// The manifests of all workspaces whose dependencies are shipped.
fn manifests() -> Vec<String> {
    let engines = ENGINES
        .iter()
        .map(|engine| format!("engines/{}/Cargo.toml", engine.name));
    std::iter::once("Cargo.toml".to_owned()).chain(engines).collect()
}

fn passes(workspace: &Workspace, cargo: &[&str], env: &[(&str, &str)]) -> Result<Done> {
    workspace::succeed(workspace.cargo(cargo).envs(env.iter().copied()))?;
    Ok(Done::Passed)
}

/// What to answer when `cargo deny` is not installed; nothing when it is.
fn without_cargo_deny(workspace: &Workspace) -> Result<Option<Done>> {
    if workspace.cargo(&["deny", "--version"]).output()?.status.success() {
        return Ok(None);
    }
    missing("cargo-deny is not installed (cargo install cargo-deny)").map(Some)
}

/// What a step answers whose tool is missing: CI is to have them all.
fn missing(sentence: &str) -> Result<Done> {
    if workspace::in_ci() {
        bail!("{sentence}");
    }
    Ok(Done::Skipped(sentence.to_owned()))
}

impl Test {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        let mut rows = Vec::new();
        let mut failed = false;
        for (number, step) in STEPS.iter().enumerate() {
            if failed && !self.keep_going {
                rows.push(row(step, "not run", None, ""));
                continue;
            }
            eprintln!(
                "\n{HEADING}── {}/{} {}: {}{HEADING:#}",
                number + 1,
                STEPS.len(),
                step.name,
                step.about
            );
            let start = Instant::now();
            let done = (step.run)(workspace);
            let took = Some(start.elapsed());
            match done {
                Ok(Done::Passed) => rows.push(row(step, "passed", took, "")),
                Ok(Done::Skipped(why)) => {
                    eprintln!("{WARN}skipped:{WARN:#} {why}");
                    rows.push(row(step, "skipped", took, &why));
                }
                Err(error) => {
                    failed = true;
                    eprintln!("{BAD}failed:{BAD:#} {error:#}");
                    rows.push(row(step, "failed", took, &format!("{error:#}")));
                }
            }
        }

        eprintln!();
        table::print(["STEP", "RESULT", "TIME", "WHY"], &rows);
        if failed {
            eprintln!("{BAD}Some steps failed.{BAD:#}");
            return Ok(ExitCode::FAILURE);
        }
        eprintln!("{GOOD}All steps passed.{GOOD:#}");
        Ok(ExitCode::SUCCESS)
    }
}

fn row(step: &Step, result: &str, took: Option<Duration>, why: &str) -> [String; 4] {
    let took = took
        .map(|took| format!("{:.1} s", took.as_secs_f64()))
        .unwrap_or_default();
    [step.name.to_owned(), result.to_owned(), took, why.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_have_names_of_their_own() {
        let mut names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }

    #[test]
    fn a_row_has_seconds() {
        let step = &STEPS[0];
        assert_eq!(
            row(step, "passed", Some(Duration::from_millis(1_240)), ""),
            ["format", "passed", "1.2 s", ""]
        );
        assert_eq!(row(step, "not run", None, "")[2], "");
    }
}
