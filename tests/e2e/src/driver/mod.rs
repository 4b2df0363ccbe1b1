//! Who plays Metacontroller: what Metacontroller 4.17 does with composite and decorator controllers, over a real API
//! server. The rules are those of `metawasm_model`; here is what needs a server and time.
//!
//! What it leaves out: rolling updates (an Event says so), `clientTLS`, `basicAuth`, `endpointConfigs`.

mod children;
mod controller;
mod events;
mod hook;
mod informer;
mod queue;
mod real;
mod server;
mod spec;
mod sync;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use metawasm_contract::ControllerKind as Type;
use metawasm_model::answer::Refusal;
use metawasm_model::text;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub use real::Caller;

use controller::Controller;
use events::Events;
use informer::Informer;
use server::{Failed, Server};
use spec::NotStarted;

/// How often a controller that cannot start looks whether it can.
const DISCOVERY: Duration = Duration::from_millis(500);

/// Metacontroller's `--apply-strategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apply {
    /// `dynamic-apply`, the default.
    Dynamic,
    /// `server-side-apply`.
    ServerSide,
}

/// Metacontroller's flags.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `--apply-strategy`.
    pub apply: Apply,
    /// `--workers`, for each controller.
    pub workers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            apply: Apply::Dynamic,
            workers: 5,
        }
    }
}

/// Why a sync did not come to its end.
#[derive(Debug)]
enum Fail {
    /// Told in an Event; called again after a back-off.
    Error(String),
    /// Called again after this time.
    Later(Duration),
    /// Told in an Event: nothing would be left of Metacontroller.
    Death(String),
    /// Somebody else was faster; the change that did it is on its way.
    Quiet,
}

impl From<Refusal> for Fail {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Error(what) => Self::Error(what),
            Refusal::Death(what) => Self::Death(what),
        }
    }
}

impl From<Failed> for Fail {
    fn from(failed: Failed) -> Self {
        match failed.is_conflict() || failed.is_gone() {
            true => Self::Quiet,
            false => Self::Error(failed.to_string()),
        }
    }
}

/// What all controllers share.
struct Shared {
    server: Server,
    options: Options,
    events: Events,
    applied: children::Applied,
}

/// A Metacontroller that runs, until it is dropped.
pub struct Metacontroller {
    task: JoinHandle<()>,
}

impl Metacontroller {
    /// Starts it with the rights of this client.
    #[must_use]
    pub fn start(client: Client, options: Options) -> Self {
        let server = Server::new(client);
        let shared = Arc::new(Shared {
            events: Events::new(server.clone()),
            server,
            options,
            applied: children::Applied::default(),
        });
        Self {
            task: tokio::spawn(run(shared)),
        }
    }

    /// Ends it and waits until nothing of it runs.
    pub async fn stop(mut self) {
        self.task.abort();
        // It ends by being aborted, which is an error to whoever waits.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Metacontroller {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Watches the controllers, and runs each of them.
async fn run(shared: Arc<Shared>) {
    let (changed, mut changes) = mpsc::unbounded_channel();
    let mut informers = Vec::new();
    for (of, resource) in [
        (Type::Composite, "compositecontrollers"),
        (Type::Decorator, "decoratorcontrollers"),
    ] {
        let kind = loop {
            match shared
                .server
                .resource("metacontroller.k8s.io/v1alpha1", resource)
                .await
            {
                Ok(kind) => break kind,
                Err(_) => tokio::time::sleep(DISCOVERY).await,
            }
        };
        let changed = changed.clone();
        let on_change = move |before: Option<&Value>, now: Option<&Value>| {
            // A controller without a spec is one that is gone.
            let gone = before.map(|before| {
                let mut gone = before.clone();
                gone["spec"] = Value::Null;
                gone
            });
            if let Some(controller) = now.cloned().or(gone) {
                // Nobody listens any more when all of it ends.
                let _ = changed.send((of, controller));
            }
        };
        informers.push(Informer::start(&shared.server, kind, Arc::new(on_change)));
    }
    let mut running: HashMap<String, (Value, Runner)> = HashMap::new();
    while let Some((of, controller)) = changes.recv().await {
        let key = format!("{of:?} {}", text(&controller, "/metadata/name"));
        let spec = controller["spec"].clone();
        if running.get(&key).is_some_and(|(runs, _)| *runs == spec) {
            continue;
        }
        running.remove(&key);
        if !spec.is_null() {
            let runner = Runner(tokio::spawn(start(Arc::clone(&shared), of, controller)));
            running.insert(key, (spec, runner));
        }
    }
}

/// Ends a controller when dropped.
struct Runner(JoinHandle<()>);

impl Drop for Runner {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts a controller as soon as that is possible, and runs it.
async fn start(shared: Arc<Shared>, of: Type, object: Value) {
    loop {
        match Controller::new(&shared, of, &object).await {
            Ok(controller) => {
                shared.events.note(&object, "Started", "Started controller").await;
                return controller.run().await;
            }
            Err(NotStarted::Logged) => {}
            Err(NotStarted::Told(why)) => {
                let message = format!("Cannot create new controller: {why}");
                shared.events.warn(&object, "CreateError", &message).await;
            }
            Err(NotStarted::Ignored(why)) => {
                let message = format!("Sync error - ignoring, {why}");
                shared.events.warn(&object, "SyncError", &message).await;
                return std::future::pending().await;
            }
            Err(NotStarted::Panicked) => return std::future::pending().await,
        }
        tokio::time::sleep(DISCOVERY).await;
    }
}
