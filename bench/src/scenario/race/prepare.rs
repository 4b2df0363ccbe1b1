//! Finds and builds what the contenders run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use metawasm_tests::python::{self, Project};
use metawasm_tests::{compiled, function_plugin, metawasm, root, target, tool};
use serde_json::json;

use super::contender::{Contender, Form, Plugin, Server};
use super::python_env;
use super::ship;
use crate::scenario::Context;

/// A contender that can be started.
pub(super) struct Prepared {
    pub(super) contender: Contender,
    pub(super) start: Start,
    /// The path that is called.
    pub(super) path: &'static str,
    /// Bytes to ship; the baseline is not shipped.
    pub(super) ship: Option<u64>,
}

/// How a contender is started.
pub(super) enum Start {
    /// The host, with a configuration.
    Host(PathBuf),
    /// A program that prints its address. In the form of a floor, the file with the answer is its last argument.
    Program(Vec<PathBuf>),
}

/// The folder of everything that is built for the race.
pub(super) fn folder() -> PathBuf {
    target().join("bench/race")
}

fn hooks() -> PathBuf {
    root().join("bench/hooks")
}

pub(super) fn servers() -> PathBuf {
    root().join("bench/servers")
}

/// Prepares a contender.
///
/// # Errors
///
/// Says what is missing.
pub(super) fn prepare(context: &Context, form: Form, contender: Contender) -> Result<Prepared> {
    std::fs::create_dir_all(folder())?;
    let prepared = |start, path, ship| Prepared {
        contender,
        start,
        path,
        ship,
    };
    let program = |words, ship| prepared(Start::Program(words), "/", Some(ship));
    Ok(match contender.server {
        Server::Host(plugin) => {
            let (source, files) = component(plugin)?;
            let text = json!({
                "compile": {"cache": context.folder.path().join("code")},
                "plugins": [{"name": "race", "source": format!("file:{}", source.display())}],
            });
            let config = context
                .folder
                .write(&format!("race-{plugin:?}.yaml"), text.to_string());
            let ship = ship::files(std::iter::once(metawasm()).chain(files))?;
            prepared(Start::Host(config), "/race/sync", Some(ship))
        }
        Server::Baseline(path) => {
            let words = vec![std::env::current_exe()?, "--baseline".into()];
            prepared(Start::Program(words), path, None)
        }
        Server::Go(types) => {
            let server = go()?;
            let ship = ship::files([server.clone()])?;
            program(vec![server, types.into()], ship)
        }
        Server::Node => {
            let node = tool::look("NODE", "node").map_err(anyhow::Error::msg)?;
            let (server, hook) = (servers().join("node.js"), hooks().join("js/sync.js"));
            let module = match form {
                Form::Floor => servers().join("race/node/floor.js"),
                Form::Hook => hook,
            };
            let ship = ship::files([node.clone(), server.clone(), module.clone()])?;
            program(vec![node, server, module], ship)
        }
        Server::Threaded => {
            let python = python_env::interpreter()?;
            let server = servers().join("race/python/threaded.py");
            let ship = python.size()? + ship::files(python_files(form, &server))?;
            program(hooked(form, vec![python.program, server]), ship)
        }
        Server::Asgi => {
            let python = python_env::interpreter()?;
            let environment =
                python_env::environment(&python, &servers().join("race/python/requirements.txt"))?;
            let server = servers().join("race/python/asgi.py");
            let ship = python.size()?
                + ship::files(python_files(form, &server))?
                + ship::directory(&environment.packages, python_env::INSTALLERS)?;
            program(hooked(form, vec![environment.program, server]), ship)
        }
    })
}

/// A server in Python imports the hook from the directory that it is given.
fn hooked(form: Form, mut words: Vec<PathBuf>) -> Vec<PathBuf> {
    if form == Form::Hook {
        words.push(hooks().join("python"));
    }
    words
}

fn python_files(form: Form, server: &Path) -> Vec<PathBuf> {
    let mut files = vec![server.to_owned(), servers().join("race/python/chosen.py")];
    if form == Form::Hook {
        files.push(hooks().join("python/hook.py"));
    }
    files
}

/// The source of a plugin, and the files that it consists of.
fn component(plugin: Plugin) -> Result<(PathBuf, Vec<PathBuf>)> {
    let one = |path: PathBuf| (path.clone(), vec![path]);
    Ok(match plugin {
        Plugin::Function => one(function_plugin()),
        Plugin::JavaScript => {
            let engine = target().join("engines/js.wasm");
            if !engine.is_file() {
                bail!("target/engines/js.wasm does not exist; run cargo xtask build");
            }
            let folder = hooks().join("js");
            let files = vec![engine, folder.join("sync.js"), folder.join("plugin.yaml")];
            (folder, files)
        }
        Plugin::Python => {
            let tools = python::tools().context("componentize-py is not installed")?;
            let text = std::fs::read_to_string(hooks().join("python/hook.py"))?;
            let project = Project {
                group: "bench",
                name: "workload",
                files: vec![("hook.py".to_owned(), text)],
                controller: None,
            };
            one(python::build(&tools, &project).path)
        }
        Plugin::Go => {
            tool::look("GO", "go").map_err(anyhow::Error::msg)?;
            one(built("go")?)
        }
        Plugin::Rust => {
            if !compiled::has_cargo() {
                bail!("Rust cannot be compiled for a plugin");
            }
            one(built("rust")?)
        }
    })
}

/// Builds the plugin in a directory of `bench/hooks`.
fn built(language: &str) -> Result<PathBuf> {
    let component = folder().join(format!("{language}.wasm"));
    let mut command = compiled::command(metawasm(), &folder());
    command
        .arg("build")
        .arg(hooks().join(language))
        .arg("--output")
        .arg(&component);
    succeed(&mut command)?;
    Ok(component)
}

/// Builds the server in Go.
fn go() -> Result<PathBuf> {
    let go = tool::look("GO", "go").map_err(anyhow::Error::msg)?;
    let server = folder().join("go-server");
    let mut command = Command::new(go);
    command
        .args(["build", "-trimpath", "-buildvcs=false", "-o"])
        .arg(&server)
        .arg(".")
        .current_dir(servers().join("race/go"));
    succeed(&mut command)?;
    Ok(server)
}

/// Runs a program to its end. Returns what it prints.
pub(super) fn succeed(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(std::process::Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !output.status.success() {
        bail!(
            "{} failed: {}",
            command.get_program().display(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
