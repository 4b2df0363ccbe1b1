//! Calls of the API server, with objects as they are: what a typed client would drop or add is the point.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use http::{Method, Request};
use kube::Client;
use metawasm_model::Id;
use serde_json::{Value, json};

use super::DISCOVERY;
use crate::objects::group_path;

/// A kind as discovery tells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) api_version: String,
    pub(super) kind: String,
    /// Plural.
    pub(super) resource: String,
    pub(super) namespaced: bool,
    pub(super) has_status: bool,
}

/// Why a call failed.
#[derive(Debug)]
pub(super) struct Failed {
    /// 0 if there was no answer.
    pub(super) code: u16,
    reason: String,
    message: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Failed {
    pub(super) fn is_conflict(&self) -> bool {
        self.code == 409 && self.reason == "Conflict"
    }

    pub(super) fn is_already_there(&self) -> bool {
        self.reason == "AlreadyExists"
    }

    pub(super) fn is_gone(&self) -> bool {
        self.code == 404 && self.reason == "NotFound"
    }
}

impl From<kube::Error> for Failed {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self {
                code: status.code,
                reason: status.reason.clone(),
                message: status.message.clone(),
            },
            other => Self {
                code: 0,
                reason: String::new(),
                message: other.to_string(),
            },
        }
    }
}

impl Kind {
    /// The path of all its objects, or of those of a namespace.
    pub(super) fn path(&self, namespace: &str) -> String {
        let group = group_path(&self.api_version);
        match namespace {
            "" => format!("{group}/{}", self.resource),
            namespace => format!("{group}/namespaces/{namespace}/{}", self.resource),
        }
    }

    fn object(&self, id: &Id) -> String {
        format!("{}/{}", self.path(&id.namespace), id.name)
    }

    pub(super) fn names(&self) -> (String, String) {
        (self.api_version.clone(), self.kind.clone())
    }
}

/// The kinds of an API version, and since when they are known.
type Discovered = (Instant, Vec<Kind>);

/// The API server, as one user sees it.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) client: Client,
    discovered: Arc<Mutex<HashMap<String, Discovered>>>,
}

impl Server {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            discovered: Arc::default(),
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        of: &str,
    ) -> Result<Value, Failed> {
        let body = body.map(ToString::to_string).unwrap_or_default().into_bytes();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Content-Type", of);
        let request = request.body(body).map_err(|error| Failed {
            code: 0,
            reason: String::new(),
            message: format!("{path} is no path: {error}"),
        })?;
        Ok(self.client.request(request).await?)
    }

    pub(super) async fn get_path(&self, path: &str) -> Result<Value, Failed> {
        self.call(Method::GET, path, None, "application/json").await
    }

    pub(super) async fn get(&self, kind: &Kind, id: &Id) -> Result<Value, Failed> {
        self.get_path(&kind.object(id)).await
    }

    pub(super) async fn create(&self, kind: &Kind, object: &Value) -> Result<Value, Failed> {
        let path = kind.path(&Id::of(object).namespace);
        self.call(Method::POST, &path, Some(object), "application/json")
            .await
    }

    pub(super) async fn update(&self, kind: &Kind, object: &Value) -> Result<Value, Failed> {
        let path = kind.object(&Id::of(object));
        self.call(Method::PUT, &path, Some(object), "application/json")
            .await
    }

    pub(super) async fn update_status(&self, kind: &Kind, object: &Value) -> Result<Value, Failed> {
        let path = format!("{}/status", kind.object(&Id::of(object)));
        self.call(Method::PUT, &path, Some(object), "application/json")
            .await
    }

    pub(super) async fn merge(&self, kind: &Kind, id: &Id, patch: &Value) -> Result<Value, Failed> {
        let of = "application/merge-patch+json";
        self.call(Method::PATCH, &kind.object(id), Some(patch), of).await
    }

    /// Server-side apply with force. As in client-go, an object without a name is refused without a call.
    pub(super) async fn apply(&self, kind: &Kind, object: &Value, dry_run: bool) -> Result<Value, Failed> {
        if Id::of(object).name.is_empty() {
            return Err(Failed {
                code: 0,
                reason: String::new(),
                message: "name is required".to_owned(),
            });
        }
        let dry_run = if dry_run { "&dryRun=All" } else { "" };
        let path = kind.object(&Id::of(object));
        let path = format!("{path}?fieldManager=metacontroller&force=true{dry_run}");
        let of = "application/apply-patch+yaml";
        self.call(Method::PATCH, &path, Some(object), of).await
    }

    /// What depends on the object goes after it.
    pub(super) async fn delete(&self, kind: &Kind, id: &Id, uid: &str) -> Result<(), Failed> {
        let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
            "preconditions": {"uid": uid}});
        let path = kind.object(id);
        let deleted = self
            .call(Method::DELETE, &path, Some(&options), "application/json")
            .await;
        deleted.map(drop)
    }

    /// The kinds of an API version, as they were not long ago.
    pub(super) async fn kinds(&self, api_version: &str) -> Result<Vec<Kind>, Failed> {
        if let Some((since, kinds)) = self.discovered.lock().unwrap().get(api_version)
            && since.elapsed() < DISCOVERY
        {
            return Ok(kinds.clone());
        }
        let kinds = self.discover(api_version).await?;
        let found = (Instant::now(), kinds.clone());
        self.discovered
            .lock()
            .unwrap()
            .insert(api_version.to_owned(), found);
        Ok(kinds)
    }

    async fn discover(&self, api_version: &str) -> Result<Vec<Kind>, Failed> {
        let list = match self.get_path(&group_path(api_version)).await {
            // It is not served, or not yet.
            Err(failed) if failed.code == 404 => Value::Null,
            other => other?,
        };
        let all = list["resources"].as_array().cloned().unwrap_or_default();
        let name = |resource: &Value| resource["name"].as_str().unwrap_or_default().to_owned();
        let names: Vec<String> = all.iter().map(name).collect();
        let kinds = all.iter().filter(|resource| !name(resource).contains('/'));
        Ok(kinds
            .map(|resource| Kind {
                api_version: api_version.to_owned(),
                kind: resource["kind"].as_str().unwrap_or_default().to_owned(),
                resource: name(resource),
                namespaced: resource["namespaced"] == true,
                has_status: names.contains(&format!("{}/status", name(resource))),
            })
            .collect())
    }

    /// The kind of a plural name.
    pub(super) async fn resource(&self, api_version: &str, resource: &str) -> Result<Kind, String> {
        let kinds = self.kinds(api_version).await;
        let kinds = kinds.map_err(|error| format!("discovery: {api_version}: {error}"))?;
        let mut kinds = kinds.into_iter();
        let found = kinds.find(|kind| kind.resource == resource);
        found.ok_or_else(|| format!("discovery: can't find resource {resource} in apiVersion {api_version}"))
    }
}
