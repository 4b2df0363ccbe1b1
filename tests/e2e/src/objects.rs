//! Objects of any kind, read and written by their coordinates.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use kube::Client;
use serde_json::Value;

use crate::plane::http_get;

/// The documents of a YAML file.
///
/// # Errors
///
/// If it is no YAML.
pub fn documents(text: &str) -> Result<Vec<Value>> {
    let all: Vec<Value> = serde_saphyr::from_multiple(text)?;
    Ok(all.into_iter().filter(Value::is_object).collect())
}

/// A text in an object; empty if there is none.
#[must_use]
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// A condition of an object; null if it has none of this type.
#[must_use]
pub fn condition(object: &Value, r#type: &str) -> Value {
    let conditions = object["status"]["conditions"].as_array();
    let mut conditions = conditions.into_iter().flatten();
    conditions
        .find(|condition| condition["type"] == r#type)
        .cloned()
        .unwrap_or_default()
}

/// A kind that the API server knows.
#[derive(Clone, Debug)]
struct Kind {
    resource: String,
    namespaced: bool,
}

/// Longer than anything takes that does not hang, on a machine that is busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// The API server as one of its users sees it.
pub struct Objects {
    client: Client,
    kinds: Mutex<BTreeMap<(String, String), Kind>>,
}

impl Objects {
    /// By this client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            kinds: Mutex::default(),
        }
    }

    async fn kind(&self, api_version: &str, kind: &str) -> Result<Kind> {
        let key = (api_version.to_owned(), kind.to_owned());
        if let Some(known) = self.kinds.lock().expect("no thread panics with it").get(&key) {
            return Ok(known.clone());
        }
        let path = group_path(api_version);
        let list: Value = self
            .client
            .request(http_get(&path))
            .await
            .with_context(|| format!("{api_version} is not served"))?;
        let found = list["resources"].as_array().into_iter().flatten();
        let mut found = found.filter(|resource| {
            resource["kind"] == kind && resource["name"].as_str().is_some_and(|name| !name.contains('/'))
        });
        let resource = found
            .next()
            .with_context(|| format!("{api_version} has no {kind}"))?;
        let known = Kind {
            resource: text(resource, "/name").to_owned(),
            namespaced: resource["namespaced"] == true,
        };
        let mut kinds = self.kinds.lock().expect("no thread panics with it");
        kinds.insert(key, known.clone());
        Ok(known)
    }

    /// The path of the objects of a kind in a namespace (which kinds without one ignore).
    async fn path(&self, api_version: &str, kind: &str, namespace: &str) -> Result<String> {
        let known = self.kind(api_version, kind).await?;
        let group = group_path(api_version);
        Ok(if known.namespaced && !namespace.is_empty() {
            format!("{group}/namespaces/{namespace}/{}", known.resource)
        } else {
            format!("{group}/{}", known.resource)
        })
    }

    async fn path_of(&self, object: &Value) -> Result<String> {
        let namespace = match text(object, "/metadata/namespace") {
            "" => "default",
            namespace => namespace,
        };
        self.path(text(object, "/apiVersion"), text(object, "/kind"), namespace)
            .await
    }

    /// Sends a request and reads the object that it is answered with.
    async fn send(&self, method: http::Method, path: &str, media: &str, body: &Value) -> kube::Result<Value> {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::CONTENT_TYPE, media)
            .body(body.to_string().into_bytes())
            .expect("a path and a body make a request");
        self.client.request(request).await
    }

    /// Creates an object; unknown and ill-typed fields are refused.
    ///
    /// # Errors
    ///
    /// If the API server refuses it.
    pub async fn create(&self, object: &Value) -> Result<Value> {
        let path = format!("{}?fieldValidation=Strict", self.path_of(object).await?);
        let created = self
            .send(http::Method::POST, &path, "application/json", object)
            .await;
        created.map_err(plain).with_context(|| named("create", object))
    }

    /// Whether the API server would create an object, unknown and ill-typed fields refused.
    ///
    /// # Errors
    ///
    /// If it would not.
    pub async fn try_create(&self, object: &Value) -> Result<()> {
        let path = format!(
            "{}?fieldValidation=Strict&dryRun=All",
            self.path_of(object).await?
        );
        let created = self
            .send(http::Method::POST, &path, "application/json", object)
            .await;
        created.map_err(plain).with_context(|| named("create", object))?;
        Ok(())
    }

    /// Makes an object what it is here, whether it is there or not.
    ///
    /// # Errors
    ///
    /// If the API server refuses it.
    pub async fn apply(&self, object: &Value) -> Result<Value> {
        let path = format!(
            "{}/{}?fieldManager=e2e&force=true&fieldValidation=Strict",
            self.path_of(object).await?,
            text(object, "/metadata/name")
        );
        let applied = self
            .send(http::Method::PATCH, &path, "application/apply-patch+yaml", object)
            .await;
        applied.map_err(plain).with_context(|| named("apply", object))
    }

    /// An object, if it is there.
    ///
    /// # Errors
    ///
    /// If the API server does not answer.
    pub async fn find(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>> {
        let path = format!("{}/{name}", self.path(api_version, kind, namespace).await?);
        match self.client.request(http_get(&path)).await {
            Ok(object) => Ok(Some(object)),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(plain(error)),
        }
    }

    /// An object that must be there.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub async fn get(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Value> {
        let found = self.find(api_version, kind, namespace, name).await?;
        found.with_context(|| format!("there is no {kind} {namespace}/{name}"))
    }

    /// All objects of a kind in a namespace, or everywhere if that is empty; none of a kind that is gone.
    ///
    /// # Errors
    ///
    /// If the API server does not answer.
    pub async fn list(&self, api_version: &str, kind: &str, namespace: &str) -> Result<Vec<Value>> {
        let path = self.path(api_version, kind, namespace).await?;
        let list: Value = match self.client.request(http_get(&path)).await {
            Ok(list) => list,
            Err(kube::Error::Api(status)) if status.code == 404 => Value::Null,
            Err(error) => return Err(plain(error)),
        };
        let items = list["items"].as_array().cloned().unwrap_or_default();
        // The items of a list do not say what they are.
        Ok(items
            .into_iter()
            .map(|mut item| {
                item["apiVersion"] = api_version.into();
                item["kind"] = kind.into();
                item
            })
            .collect())
    }

    /// The Warning Events about an object.
    ///
    /// # Errors
    ///
    /// If the API server does not answer.
    pub async fn warnings(&self, namespace: &str, name: &str) -> Result<Vec<Value>> {
        let mut events = self.list("v1", "Event", namespace).await?;
        events.retain(|event| event["type"] == "Warning" && event["involvedObject"]["name"] == name);
        Ok(events)
    }

    /// Changes an object by a merge patch, or one of its subresources (`status`, `scale`).
    ///
    /// # Errors
    ///
    /// If the API server refuses it.
    pub async fn patch(&self, object: &Value, subresource: &str, patch: &Value) -> Result<Value> {
        let mut path = format!(
            "{}/{}",
            self.path_of(object).await?,
            text(object, "/metadata/name")
        );
        if !subresource.is_empty() {
            path = format!("{path}/{subresource}");
        }
        let patched = self
            .send(http::Method::PATCH, &path, "application/merge-patch+json", patch)
            .await;
        patched.map_err(plain).with_context(|| named("patch", object))
    }

    /// Deletes an object; one that is gone already is as good.
    ///
    /// # Errors
    ///
    /// If the API server refuses it.
    pub async fn delete(&self, object: &Value) -> Result<()> {
        let path = format!(
            "{}/{}",
            self.path_of(object).await?,
            text(object, "/metadata/name")
        );
        let options = serde_json::json!({"propagationPolicy": "Background"});
        match self
            .send(http::Method::DELETE, &path, "application/json", &options)
            .await
        {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            Err(error) => Err(plain(error)).with_context(|| named("delete", object)),
        }
    }
}

/// An error of the client's in the API server's own words.
fn plain(error: kube::Error) -> anyhow::Error {
    match error {
        kube::Error::Api(status) => anyhow!("{}", status.message),
        other => other.into(),
    }
}

/// Waits until something holds: asks again and again, and fails with what the last answer was.
///
/// # Errors
///
/// If it does not hold in time, or asking fails.
pub async fn until<T, F>(what: &str, mut ask: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<std::result::Result<T, String>>>,
{
    let end = Instant::now() + PATIENCE;
    loop {
        match ask().await? {
            Ok(found) => return Ok(found),
            Err(last) if Instant::now() > end => {
                bail!("{what}: not within {} s; {last}", PATIENCE.as_secs())
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// The path below which the API server serves an API version.
pub(crate) fn group_path(api_version: &str) -> String {
    if api_version.contains('/') {
        format!("/apis/{api_version}")
    } else {
        format!("/api/{api_version}")
    }
}

fn named(verb: &str, object: &Value) -> String {
    format!(
        "{verb} {} {}/{}",
        text(object, "/kind"),
        text(object, "/metadata/namespace"),
        text(object, "/metadata/name")
    )
}
