//! What a controller knows of a kind: every object, kept up to date by a watch.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event};
use metawasm_metacontroller::Id;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::server::{Kind, Server};

/// Told of every change: what was, what is.
pub(super) type OnChange = Arc<dyn Fn(Option<&Value>, Option<&Value>) + Send + Sync>;

/// Objects of one kind.
pub(super) struct Informer {
    objects: Arc<Mutex<HashMap<Id, Value>>>,
    synced: watch::Receiver<bool>,
    task: AbortHandle,
}

impl Drop for Informer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Informer {
    pub(super) fn start(server: &Server, kind: Kind, on_change: OnChange) -> Self {
        let (group, version) = kind
            .api_version
            .split_once('/')
            .unwrap_or(("", &kind.api_version));
        let resource = ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: kind.api_version.clone(),
            kind: kind.kind.clone(),
            plural: kind.resource.clone(),
        };
        let api: Api<DynamicObject> = Api::all_with(server.0.clone(), &resource);
        let objects = Arc::new(Mutex::new(HashMap::new()));
        let (tell, synced) = watch::channel(false);
        let task = tokio::spawn(follow(api, kind, Arc::clone(&objects), tell, on_change));
        Self {
            objects,
            synced,
            task: task.abort_handle(),
        }
    }

    /// Waits until the first list is there.
    pub(super) async fn synced(&self) {
        let mut synced = self.synced.clone();
        // An error means that the informer has been stopped, and whoever waits with it.
        let _ = synced.wait_for(|synced| *synced).await;
    }

    pub(super) fn get(&self, id: &Id) -> Option<Value> {
        self.objects.lock().unwrap().get(id).cloned()
    }

    /// All objects that are of interest.
    pub(super) fn select(&self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let objects = self.objects.lock().unwrap();
        objects
            .values()
            .filter(|object| wanted(object))
            .cloned()
            .collect()
    }
}

async fn follow(
    api: Api<DynamicObject>,
    kind: Kind,
    objects: Arc<Mutex<HashMap<Id, Value>>>,
    synced: watch::Sender<bool>,
    on_change: OnChange,
) {
    let mut events = watcher::watcher(api, watcher::Config::default())
        .default_backoff()
        .boxed();
    let mut listed: HashMap<Id, Value> = HashMap::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listed.clear(),
            Ok(Event::InitApply(object)) => {
                let object = value(&object, &kind);
                listed.insert(Id::of(&object), object);
            }
            Ok(Event::InitDone) => {
                let now = std::mem::take(&mut listed);
                let before = std::mem::replace(&mut *objects.lock().unwrap(), now.clone());
                let _ = synced.send(true);
                for (id, object) in &now {
                    if before.get(id) != Some(object) {
                        on_change(before.get(id), Some(object));
                    }
                }
                for (_, gone) in before.iter().filter(|(id, _)| !now.contains_key(id)) {
                    on_change(Some(gone), None);
                }
            }
            Ok(Event::Apply(object)) => {
                let object = value(&object, &kind);
                let before = objects.lock().unwrap().insert(Id::of(&object), object.clone());
                on_change(before.as_ref(), Some(&object));
            }
            Ok(Event::Delete(object)) => {
                let object = value(&object, &kind);
                objects.lock().unwrap().remove(&Id::of(&object));
                on_change(Some(&object), None);
            }
            // The stream waits and begins anew by itself.
            Err(_) => {}
        }
    }
}

/// The items of a list do not say what they are.
fn value(object: &DynamicObject, kind: &Kind) -> Value {
    let mut value = serde_json::to_value(object).unwrap();
    value["apiVersion"] = json!(kind.api_version);
    value["kind"] = json!(kind.kind);
    value
}
