//! What a controller knows of a kind: every object, kept up to date by a watch.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use futures::StreamExt;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event};
use metawasm_model::desired::CONTROLLER_UID;
use metawasm_model::object::controller_of;
use metawasm_model::{Id, text};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::server::{Kind, Server};

/// Told of every change: what was, what is.
pub(super) type OnChange = Arc<dyn Fn(Option<&Value>, Option<&Value>) + Send + Sync>;

/// What is known, and whose it is: each change of a child asks for that.
#[derive(Default)]
struct Store {
    objects: HashMap<Id, Arc<Value>>,
    owned: HashMap<String, HashSet<Id>>,
}

impl Store {
    fn insert(&mut self, object: Arc<Value>) -> Option<Arc<Value>> {
        let id = Id::of(&object);
        let before = self.remove(&id);
        self.owned.entry(owner(&object)).or_default().insert(id.clone());
        self.objects.insert(id, object);
        before
    }

    fn remove(&mut self, id: &Id) -> Option<Arc<Value>> {
        let before = self.objects.remove(id)?;
        if let Some(owned) = self.owned.get_mut(&owner(&before)) {
            owned.remove(id);
        }
        Some(before)
    }
}

/// The uid of the controller, or of the parent that the label names; empty for neither.
pub(super) fn owner(object: &Value) -> String {
    match controller_of(object) {
        Some(owner) => owner.to_owned(),
        None => text(object, &format!("/metadata/labels/{CONTROLLER_UID}")),
    }
}

/// Objects of one kind.
pub(super) struct Informer {
    store: Arc<Mutex<Store>>,
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
        let api: Api<DynamicObject> = Api::all_with(server.client.clone(), &resource);
        let store: Arc<Mutex<Store>> = Arc::default();
        let (tell, synced) = watch::channel(false);
        let task = tokio::spawn(follow(api, kind, Arc::clone(&store), tell, on_change));
        Self {
            store,
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

    pub(super) fn get(&self, id: &Id) -> Option<Arc<Value>> {
        self.store.lock().unwrap().objects.get(id).cloned()
    }

    /// All objects that are of interest.
    pub(super) fn select(&self, wanted: impl Fn(&Value) -> bool) -> Vec<Arc<Value>> {
        let store = self.store.lock().unwrap();
        let objects = store.objects.values();
        objects.filter(|object| wanted(object)).cloned().collect()
    }

    /// Those with this [`owner`].
    pub(super) fn owned_by(&self, owner: &str) -> Vec<Arc<Value>> {
        let store = self.store.lock().unwrap();
        let owned = store.owned.get(owner).into_iter().flatten();
        owned.filter_map(|id| store.objects.get(id).cloned()).collect()
    }
}

async fn follow(
    api: Api<DynamicObject>,
    kind: Kind,
    store: Arc<Mutex<Store>>,
    synced: watch::Sender<bool>,
    on_change: OnChange,
) {
    let mut events = watcher::watcher(api, watcher::Config::default())
        .default_backoff()
        .boxed();
    let mut listed = Store::default();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listed = Store::default(),
            Ok(Event::InitApply(object)) => drop(listed.insert(value(&object, &kind))),
            Ok(Event::InitDone) => {
                let now = listed.objects.clone();
                let before =
                    std::mem::replace(&mut *store.lock().unwrap(), std::mem::take(&mut listed)).objects;
                // Whoever waited may have gone.
                let _ = synced.send(true);
                for (id, object) in &now {
                    let old = before.get(id);
                    if old != Some(object) {
                        on_change(old.map(AsRef::as_ref), Some(object));
                    }
                }
                for (_, gone) in before.iter().filter(|(id, _)| !now.contains_key(id)) {
                    on_change(Some(gone), None);
                }
            }
            Ok(Event::Apply(object)) => {
                let object = value(&object, &kind);
                let before = store.lock().unwrap().insert(Arc::clone(&object));
                on_change(before.as_deref(), Some(&object));
            }
            Ok(Event::Delete(object)) => {
                let object = value(&object, &kind);
                store.lock().unwrap().remove(&Id::of(&object));
                on_change(Some(&object), None);
            }
            // The stream waits and begins anew by itself.
            Err(_) => {}
        }
    }
}

/// The items of a list do not say what they are.
fn value(object: &DynamicObject, kind: &Kind) -> Arc<Value> {
    let mut value = serde_json::to_value(object).unwrap();
    value["apiVersion"] = json!(kind.api_version);
    value["kind"] = json!(kind.kind);
    Arc::new(value)
}
