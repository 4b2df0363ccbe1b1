//! The Function plugin under kopf: the operator of `examples/kopf/` in place of Metacontroller.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use metawasm_tests::process::Folder;
use metawasm_tests::{root, target, tool};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use super::delete::gone;
use super::{Skipped, function};
use crate::objects::{text, until};
use crate::plane::User;
use crate::world::{CONTROLLERS, FUNCTIONS, World, named};

pub(super) async fn run(world: &World) -> Result<()> {
    let python = match virtual_environment().await {
        Ok(python) => python,
        Err(why) if tool::in_ci() => return Err(why),
        Err(why) => return Err(Skipped(format!("{why:#}")).into()),
    };
    unit_tests(&python).await?;
    world.stop().await;
    let folder = Folder::new("kopf");
    let mut operator = Operator::start(world, &python, &folder).await?;
    let outcome = story(world).await;
    if outcome.is_err() {
        operator.child.kill().await.ok();
        return outcome.with_context(|| operator.last_words());
    }
    operator.child.kill().await.ok();
    outcome
}

async fn story(world: &World) -> Result<()> {
    let namespace = world.namespace("kopf").await?;
    let hello = world.create(&namespace, &function("hello.yaml")?).await?;
    let count = async |wanted: usize| {
        until(&format!("{wanted} children"), async || {
            let children = world.children(&hello).await?;
            Ok(if children.len() == wanted {
                Ok(children)
            } else {
                Err(named(&children).join(", "))
            })
        })
        .await
    };
    count(4).await?;
    until("the status is about this generation", async || {
        let function = world.function(&namespace, "hello").await?;
        let (observed, generation) = (
            &function["status"]["observedGeneration"],
            &function["metadata"]["generation"],
        );
        Ok(if observed == generation {
            Ok(())
        } else {
            Err(format!("it is about {observed}, not {generation}"))
        })
    })
    .await?;

    // Updated in place; another object comes, and goes again when it is no longer in the answer. An object with the same
    // label that belongs to nobody stays.
    let before = world.child(&hello, "Deployment", "hello").await?;
    edit(
        world,
        &hello,
        json!({"image": "example.com/functions/hello:v2",
        "serving": {"triggers": {"http": {"route": {"hostnames": ["hello.example.com"]}}}}}),
    )
    .await?;
    image(world, &hello, "example.com/functions/hello:v2").await?;
    let after = world.child(&hello, "Deployment", "hello").await?;
    ensure!(
        before["metadata"]["uid"] == after["metadata"]["uid"],
        "the Deployment was made anew"
    );
    count(5).await?;
    let foreign = json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}, "metadata": {
        "name": "foreign", "namespace": namespace, "labels": {"controller-uid": hello["metadata"]["uid"]}}});
    world.admin.create(&foreign).await?;
    edit(
        world,
        &hello,
        json!({"serving": {"triggers": {"http": {"route": null}}}}),
    )
    .await?;
    count(4).await?;
    world.admin.get("v1", "Service", &namespace, "foreign").await?;

    by_hand(world, &hello).await?;
    failing(world, &namespace, &hello).await?;

    let hello = world.function(&namespace, "hello").await?;
    ensure!(
        hello["metadata"]["finalizers"][0] == "metawasm.kopf/function",
        "its finalizers are {}",
        hello["metadata"]["finalizers"]
    );
    world.admin.delete(&hello).await?;
    gone(world, &namespace, &hello).await
}

/// What is changed or deleted by hand is put right.
async fn by_hand(world: &World, hello: &Value) -> Result<()> {
    let scaler = world.child(hello, "HTTPScaledObject", "hello").await?;
    let wanted = scaler["spec"]["replicas"]["max"].clone();
    let patch = json!({"spec": {"replicas": {"max": 77}}});
    world.admin.patch(&scaler, "", &patch).await?;
    until("the bound is put right", async || {
        let scaler = world.child(hello, "HTTPScaledObject", "hello").await?;
        let max = &scaler["spec"]["replicas"]["max"];
        Ok(if *max == wanted {
            Ok(())
        } else {
            Err(format!("it is {max}, not {wanted}"))
        })
    })
    .await?;
    let service = world.child(hello, "Service", "hello-svc").await?;
    world.admin.delete(&service).await?;
    until("the Service is made again", async || {
        Ok(match world.child(hello, "Service", "hello-svc").await {
            Ok(again) if again["metadata"]["uid"] != service["metadata"]["uid"] => Ok(()),
            Ok(_) => Err("it is the old one".to_owned()),
            Err(error) => Err(error.to_string()),
        })
    })
    .await
}

/// A hook that fails, and a host that is away, change no child and are told by an Event.
async fn failing(world: &World, namespace: &str, hello: &Value) -> Result<()> {
    let before = identities(&world.children(hello).await?);
    let unchanged = async || {
        let after = identities(&world.children(hello).await?);
        ensure!(before == after, "children changed: {before:?}, now {after:?}");
        Ok(())
    };
    let extra = json!({"serving": {"template": {"containers": [{"name": "function"}, {"name": "extra"}]}}});
    edit(world, hello, extra).await?;
    warned(world, namespace, "containers[1]").await?;
    unchanged().await?;

    world.kill_hosts();
    let valid = json!({"image": "example.com/functions/hello:v3", "serving": {"template": null}});
    edit(world, hello, valid).await?;
    warned(world, namespace, "cannot call").await?;
    unchanged().await?;
    world.serve(1, None)?;
    image(world, hello, "example.com/functions/hello:v3").await
}

async fn edit(world: &World, hello: &Value, spec: Value) -> Result<()> {
    world
        .admin
        .patch(hello, "", &json!({"spec": spec}))
        .await
        .map(drop)
}

async fn image(world: &World, hello: &Value, wanted: &str) -> Result<()> {
    until("the Deployment has the new image", async || {
        let image = world.image(hello).await?;
        Ok(if image == wanted { Ok(()) } else { Err(image) })
    })
    .await
}

async fn warned(world: &World, namespace: &str, part: &str) -> Result<()> {
    until(&format!("an Event says {part:?}"), async || {
        let warnings = world.warnings(namespace, "hello").await?;
        Ok(if warnings.iter().any(|warning| warning.contains(part)) {
            Ok(())
        } else {
            Err(format!("{warnings:?}"))
        })
    })
    .await
}

/// Each child with its uid and generation.
fn identities(children: &[Value]) -> Vec<(String, String)> {
    let identity = |child: &Value| {
        (
            text(child, "/metadata/uid").to_owned(),
            child["metadata"]["generation"].to_string(),
        )
    };
    let mut all: Vec<_> = children.iter().map(identity).collect();
    all.sort();
    all
}

/// The running operator.
struct Operator {
    child: Child,
    log: PathBuf,
}

impl Operator {
    /// Starts it with the installed controller, whose hooks are at this world's address.
    async fn start(world: &World, python: &std::path::Path, folder: &Folder) -> Result<Self> {
        let controller = world
            .admin
            .get(CONTROLLERS, "CompositeController", "", "function")
            .await?;
        let controller = folder.write("controller.yaml", controller.to_string());
        let log = folder.path().join("kopf.log");
        let file = std::fs::File::create(&log)?;
        let child = Command::new(python)
            .args(["-m", "kopf", "run", "--all-namespaces", "--standalone"])
            .arg(root().join("examples/kopf/controller.py"))
            .env("CONTROLLER", controller)
            .env("KUBECONFIG", world.plane.kubeconfig(User::Controllers))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .kill_on_drop(true)
            .spawn()
            .context("kopf cannot be started")?;
        // The kind must be there before kopf looks for it.
        world.admin.list(FUNCTIONS, "Function", "").await?;
        Ok(Self { child, log })
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(30)..).unwrap_or_default();
        format!("kopf says:\n{}", last.join("\n"))
    }
}

/// The tests of the operator's pure parts.
async fn unit_tests(python: &std::path::Path) -> Result<()> {
    let output = Command::new(python)
        .args(["-B", "-m", "unittest", "discover", "-s", "tests", "-t", "."])
        .current_dir(root().join("examples/kopf"))
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the operator's unit tests fail:\n{said}");
    Ok(())
}

/// Held while the environment is made: several worlds want it at once.
static MAKING: Mutex<()> = Mutex::const_new(());

/// The Python of a virtual environment with the operator's requirements, made the first time.
async fn virtual_environment() -> Result<PathBuf> {
    let _making = MAKING.lock().await;
    let python3 = tool::look("PYTHON3", "python3").map_err(anyhow::Error::msg)?;
    let requirements = root().join("examples/kopf/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements)?;
    let folder = target().join("kopf-venv");
    let (python, done) = (folder.join("bin/python"), folder.join("requirements.txt"));
    if std::fs::read_to_string(&done).is_ok_and(|there| there == wanted) {
        return Ok(python);
    }
    let version = ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"];
    command(&python3, &version)
        .await
        .context("Python 3.11 or later is required")?;
    let path = folder.to_string_lossy();
    command(&python3, &["-m", "venv", "--clear", &path])
        .await
        .context("Python cannot make a virtual environment (Debian: install python3-venv)")?;
    let requirements = requirements.to_string_lossy();
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
        &requirements,
    ];
    command(&python, &install)
        .await
        .context("kopf cannot be installed from the package registry")?;
    std::fs::write(done, wanted)?;
    Ok(python)
}

async fn command(program: &std::path::Path, args: &[&str]) -> Result<()> {
    let output = Command::new(program)
        .args(args)
        .kill_on_drop(true)
        .output()
        .await?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    bail!("{}", said.lines().last().unwrap_or_default().trim())
}
