//! What a scenario has: the control plane, a host, Metacontroller, and namespaces of its own.

mod front;
mod settled;
mod told;

use std::cell::{Cell, RefCell};
use std::path::PathBuf;

use anyhow::{Context, Result};
use metawasm_tests::pod::Pod;
use metawasm_tests::process::{Folder, Host};
use serde_json::{Value, json};

use crate::driver::{Apply, Caller, Options};
use crate::install::{Installation, kubectl};
use crate::objects::{Objects, text};
use crate::plane::{Plane, User, Write};
use front::Front;

/// The API of Functions.
pub const FUNCTIONS: &str = "core.openfunction.io/v1beta2";

/// The API of Metacontroller's controllers.
pub const CONTROLLERS: &str = "metacontroller.k8s.io/v1alpha1";

/// Everything that a scenario works with.
pub struct World {
    /// The control plane.
    pub plane: Plane,
    /// Who installs things and writes Functions.
    pub admin: Objects,
    /// Who plays kubelets and KEDA.
    pub others: Objects,
    /// How Metacontroller applies children.
    pub apply: Apply,
    installed: Cell<Option<&'static [&'static str]>>,
    pod: RefCell<Option<Pod>>,
    hosts: RefCell<Vec<Host>>,
    player: tokio::sync::Mutex<Option<Caller>>,
    front: Front,
    nudges: Cell<u32>,
}

impl World {
    /// On a control plane, without a host or Metacontroller yet.
    ///
    /// # Errors
    ///
    /// If clients cannot be made or no port is free.
    pub async fn new(plane: Plane, apply: Apply) -> Result<Self> {
        Ok(Self {
            admin: Objects::new(plane.client(User::Admin)?),
            others: Objects::new(plane.client(User::Controllers)?),
            plane,
            apply,
            installed: Cell::default(),
            pod: RefCell::default(),
            hosts: RefCell::default(),
            player: tokio::sync::Mutex::default(),
            front: Front::start().await?,
            nudges: Cell::new(0),
        })
    }

    /// Starts what plays Metacontroller, if it does not run; says what it is.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub async fn play(&self) -> Result<&'static str> {
        let mut player = self.player.lock().await;
        if player.is_none() {
            let options = Options {
                apply: self.apply,
                ..Options::default()
            };
            let client = self.plane.client(User::Metacontroller)?;
            let kubeconfig = self.plane.kubeconfig(User::Metacontroller);
            *player = Some(Caller::start(&kubeconfig, client, options)?);
        }
        Ok(player.as_ref().map(Caller::name).unwrap_or_default())
    }

    /// Ends what plays Metacontroller.
    pub async fn stop(&self) {
        if let Some(player) = self.player.lock().await.take() {
            player.stop().await;
        }
    }

    /// Installs the base with these components, and starts a host as it says; nothing if it is there already.
    ///
    /// # Errors
    ///
    /// If an object is refused.
    pub async fn install(&self, components: &'static [&'static str]) -> Result<()> {
        if self.installed.get() == Some(components) && !self.hosts.borrow().is_empty() {
            return Ok(());
        }
        let installation = self.render(components)?;
        installation.apply(&self.admin, &self.address(), |_| true).await?;
        self.installed.set(Some(components));
        self.run_as(installation.pod()?)
    }

    /// The base with these components, and with what Metacontroller needs to be played here.
    ///
    /// # Errors
    ///
    /// If it cannot be rendered.
    pub fn render(&self, components: &[&str]) -> Result<Installation> {
        let mut all = components.to_vec();
        all.push("metacontroller-rbac");
        if self.apply == Apply::ServerSide {
            all.push("server-side-apply");
        }
        Installation::render(&all)
    }

    /// Where the hooks are, in place of the host's Service.
    #[must_use]
    pub fn address(&self) -> String {
        self.front.address().to_string()
    }

    /// Serves by one host that is run like this; see [`World::serve`].
    ///
    /// # Errors
    ///
    /// As that.
    pub fn run_as(&self, pod: Pod) -> Result<()> {
        self.kill_hosts();
        *self.pod.borrow_mut() = Some(pod);
        self.serve(1, None)
    }

    /// Ends the hosts of what a scenario has taken away itself.
    pub fn uninstalled(&self) {
        self.kill_hosts();
        self.installed.set(None);
        *self.pod.borrow_mut() = None;
    }

    /// Ends all hosts, at once and without their noticing.
    pub fn kill_hosts(&self) {
        self.front.to(Vec::new());
        self.hosts.borrow_mut().clear();
    }

    /// Serves by so many hosts in place of those that run, with the installed configuration, behind one address.
    ///
    /// # Errors
    ///
    /// If nothing is installed.
    pub fn serve(&self, count: usize, plugin: Option<&PathBuf>) -> Result<()> {
        self.kill_hosts();
        let pod = self.pod.borrow();
        let pod = pod.as_ref().context("nothing is installed")?;
        let mut args: Vec<String> = pod.args().iter().skip(1).cloned().collect();
        if let Some(plugin) = plugin {
            args.push(format!("--plugin=function=file:{}", plugin.display()));
        }
        let hosts: Vec<Host> = (0..count).map(|_| Host::start(pod.command(), &args)).collect();
        self.front.to(hosts.iter().map(|host| host.hooks).collect());
        *self.hosts.borrow_mut() = hosts;
        Ok(())
    }

    /// How often the hook sync has been answered, by each host.
    #[must_use]
    pub fn answered(&self) -> Vec<f64> {
        let hosts = self.hosts.borrow();
        let of = |host: &Host| -> f64 {
            let count = |outcome| {
                let series = format!(
                    "metawasm_requests_total{{plugin=\"function\",hook=\"sync\",outcome=\"{outcome}\"}}"
                );
                host.metric(&series).unwrap_or_default()
            };
            count("ok") + count("not_modified")
        };
        hosts.iter().map(of).collect()
    }

    /// A new namespace, named after the scenario.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub async fn namespace(&self, name: &str) -> Result<String> {
        let name = match self.apply {
            Apply::Dynamic => format!("{name}-dynamic"),
            Apply::ServerSide => format!("{name}-server-side"),
        };
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        self.admin.create(&namespace).await?;
        Ok(name)
    }

    /// Applies a Function in a namespace as a person would.
    ///
    /// # Errors
    ///
    /// With what kubectl says, if it is refused.
    pub async fn kubectl_apply(&self, namespace: &str, function: &Value) -> Result<()> {
        let mut function = function.clone();
        function["metadata"]["namespace"] = namespace.into();
        let folder = Folder::new("apply");
        let file = folder.write("function.json", function.to_string());
        let args = ["apply", "--filename", &*file.to_string_lossy()];
        kubectl(&self.plane.kubeconfig(User::Admin), &args)
            .await
            .map(drop)
    }

    /// Creates a Function in a namespace.
    ///
    /// # Errors
    ///
    /// If it is refused.
    pub async fn create(&self, namespace: &str, function: &Value) -> Result<Value> {
        let mut function = function.clone();
        function["metadata"]["namespace"] = namespace.into();
        self.admin.create(&function).await
    }

    /// A Function as it is now.
    ///
    /// # Errors
    ///
    /// If it is not there.
    pub async fn function(&self, namespace: &str, name: &str) -> Result<Value> {
        self.admin.get(FUNCTIONS, "Function", namespace, name).await
    }

    /// The children of a Function, by kind and name.
    ///
    /// # Errors
    ///
    /// If the API server does not answer.
    pub async fn children(&self, function: &Value) -> Result<Vec<Value>> {
        let uid = text(function, "/metadata/uid");
        let mut children = Vec::new();
        for (api_version, kind) in kinds() {
            let all = self
                .admin
                .list(&api_version, &kind, text(function, "/metadata/namespace"))
                .await?;
            children.extend(all.into_iter().filter(|object| owner(object) == uid));
        }
        Ok(children)
    }

    /// The image that the Deployment of a Function runs.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub async fn image(&self, function: &Value) -> Result<String> {
        let name = text(function, "/metadata/name");
        let deployment = self.child(function, "Deployment", name).await?;
        let image = deployment.pointer("/spec/template/spec/containers/0/image");
        let image = image.and_then(Value::as_str).context("it runs no image")?;
        Ok(image.to_owned())
    }

    /// A child, which must be there.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub async fn child(&self, function: &Value, kind: &str, name: &str) -> Result<Value> {
        let children = self.children(function).await?;
        let is = |child: &&Value| child["kind"] == kind && child["metadata"]["name"] == name;
        children
            .iter()
            .find(is)
            .cloned()
            .with_context(|| format!("there is no {kind} {name}, only {}", named(&children).join(", ")))
    }
}

/// The kinds of children that the plugin may ask for.
fn kinds() -> Vec<(String, String)> {
    let described: Value = serde_json::from_str(&metawasm_function::describe()).expect("it is JSON");
    let children = described["children"].as_array().into_iter().flatten();
    children
        .map(|kind| {
            (
                text(kind, "/apiVersion").to_owned(),
                text(kind, "/kind").to_owned(),
            )
        })
        .collect()
}

/// The uid of the controller that an object belongs to; empty if there is none.
#[must_use]
pub fn owner(object: &Value) -> &str {
    let owners = object["metadata"]["ownerReferences"].as_array();
    let mut owners = owners.into_iter().flatten();
    let controller = owners.find(|owner| owner["controller"] == true);
    controller.map(|owner| text(owner, "/uid")).unwrap_or_default()
}

/// Kinds and names, for messages and comparisons.
#[must_use]
pub fn named(objects: &[Value]) -> Vec<String> {
    let name = |object: &Value| {
        let kind = match (text(object, "/apiVersion"), text(object, "/kind")) {
            ("serving.knative.dev/v1", kind) => format!("Knative {kind}"),
            (_, kind) => kind.to_owned(),
        };
        format!("{kind} {}", text(object, "/metadata/name"))
    };
    objects.iter().map(name).collect()
}

/// Writes, for a message.
#[must_use]
pub fn lines(writes: &[Write]) -> String {
    let all: Vec<String> = writes.iter().map(ToString::to_string).collect();
    all.join(", ")
}
