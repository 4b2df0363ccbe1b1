//! Calls of hooks: time limit, certificates, credentials, entity tags.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use http::{Request, Uri};
use kube::client::Body;
use kube::{Client, Config};
use metawasm_contract::HookVersion;
use metawasm_formats::duration;
use metawasm_model::desired::as_go_writes;
use metawasm_model::webhook::{Meaning, meaning, unsupported};
use metawasm_model::{Id, text};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use super::Fail;
use super::server::{Kind, Server};
use super::spec::NotStarted;

/// One hook of a controller.
pub(super) struct Hook {
    client: Client,
    url: Uri,
    timeout: Duration,
    authorization: Option<String>,
    pub(super) version: HookVersion,
    pub(super) strict: Option<bool>,
    tags: Option<Tags>,
}

/// Bodies by the object that was asked about. They are kept before anybody has read them.
struct Tags {
    lifetime: Option<Duration>,
    kept: Mutex<HashMap<(String, String, String), Kept>>,
}

#[derive(Clone)]
struct Kept {
    tag: String,
    body: Vec<u8>,
    since: Instant,
}

impl Hook {
    /// The hook as a controller declares it; nothing if it does not.
    ///
    /// # Errors
    /// Why the controller cannot start.
    pub(super) async fn of(server: &Server, hook: Option<&Value>) -> Result<Option<Self>, NotStarted> {
        let Some(hook) = hook.filter(|hook| !hook.is_null()) else {
            return Ok(None);
        };
        let webhook = &hook["webhook"];
        let url = text(webhook, "/url");
        if url.is_empty() {
            return Err(match webhook.get("service") {
                Some(_) => "webhook.service needs a cluster's DNS, which there is not: set webhook.url",
                None => {
                    "invalid webhook config: must specify either full 'url', or both 'service' and 'path'"
                }
            }
            .to_owned()
            .into());
        }
        let url: Uri = url
            .parse()
            .map_err(|error| format!("webhook.url {url}: {error}"))?;
        let origin = format!(
            "{}://{}",
            url.scheme_str().unwrap_or("http"),
            url.authority().map_or("", |a| a.as_str())
        );
        let mut config = Config::new(
            origin
                .parse()
                .map_err(|error| format!("webhook.url {url}: {error}"))?,
        );
        config.default_retry = false;
        config.read_timeout = None;
        if let Some(bundle) = webhook.get("caBundle").filter(|bundle| !bundle.is_null()) {
            config.root_cert = Some(certificates(server, bundle).await?);
        }
        let authorization = match webhook.get("authorization").filter(|found| !found.is_null()) {
            Some(authorization) => Some(credentials(server, authorization).await?),
            None => None,
        };
        let version = text(hook, "/version");
        let etag = &webhook["etag"];
        let lifetime = etag
            .get("cacheTimeoutSeconds")
            .and_then(Value::as_u64)
            .map(Duration::from_secs);
        // Metacontroller's cache takes no clean-up interval of zero.
        if etag["enabled"] == true && lifetime.is_some() && etag.get("cacheCleanupSeconds").is_none() {
            return Err(NotStarted::Panicked);
        }
        let client = Client::try_from(config).map_err(|error| format!("a client for {url}: {error}"))?;
        Ok(Some(Self {
            client,
            timeout: duration::positive(&text(webhook, "/timeout")).unwrap_or(Duration::from_secs(10)),
            url,
            authorization,
            version: if version == "v2" {
                HookVersion::V2
            } else {
                HookVersion::V1
            },
            strict: match text(webhook, "/responseUnMarshallMode").as_str() {
                "strict" => Some(true),
                "loose" => Some(false),
                _ => None,
            },
            tags: (etag["enabled"] == true).then(|| Tags {
                lifetime,
                kept: Mutex::default(),
            }),
        }))
    }

    /// Calls the hook about a parent. What comes back has not been read.
    pub(super) async fn call(&self, parent: &Id, body: &Value) -> Result<Vec<u8>, Fail> {
        let key = (parent.kind.clone(), parent.namespace.clone(), parent.name.clone());
        let kept = self.tags.as_ref().and_then(|tags| tags.find(&key));
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::post(path).header(CONTENT_TYPE, "application/json");
        if let Some(kept) = &kept {
            request = request.header(IF_NONE_MATCH, &kept.tag);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Body::from(as_go_writes(body).into_bytes()));
        let request = request.map_err(|error| Fail::Error(format!("http error: {error}")))?;
        let failed = |what: String| Fail::Error(format!("http error: Post \"{}\": {what}", self.url));
        let answered = tokio::time::timeout(self.timeout, async {
            let (head, body) = self.client.send(request).await?.into_parts();
            Ok::<_, kube::Error>((head, body.collect_bytes().await?.to_vec()))
        });
        let (head, body) = match answered.await {
            Ok(Ok(answered)) => answered,
            Ok(Err(error)) => return Err(failed(causes(&error))),
            Err(_) => {
                let what = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
                return Err(failed(what.to_owned()));
            }
        };
        let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
        let code = head.status.as_u16();
        match (
            meaning(code, header(RETRY_AFTER), kept.is_some(), SystemTime::now()),
            kept,
        ) {
            (Meaning::Answer, _) => {
                if let (Some(tags), Some(tag)) = (&self.tags, header(ETAG)) {
                    let kept = Kept {
                        tag: tag.to_owned(),
                        body: body.clone(),
                        since: Instant::now(),
                    };
                    tags.kept.lock().unwrap().insert(key, kept);
                }
                Ok(body)
            }
            (Meaning::Unchanged, Some(kept)) => Ok(kept.body),
            (Meaning::Later(wait), _) => Err(Fail::Later(wait)),
            _ => Err(Fail::Error(unsupported(code, &String::from_utf8_lossy(&body)))),
        }
    }
}

impl Tags {
    fn find(&self, key: &(String, String, String)) -> Option<Kept> {
        let kept = self.kept.lock().unwrap().get(key).cloned()?;
        let is_fresh = self
            .lifetime
            .is_none_or(|lifetime| kept.since.elapsed() < lifetime);
        is_fresh.then_some(kept)
    }
}

/// An error and what it comes of: the first says only that something did.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}

async fn certificates(server: &Server, bundle: &Value) -> Result<Vec<Vec<u8>>, String> {
    let pem = match text(bundle, "/inline") {
        none if none.is_empty() => match (bundle.get("secretRef"), bundle.get("configMapRef")) {
            (Some(secret), _) => referenced(server, secret, "secrets", "ca.crt").await?,
            (_, Some(map)) => referenced(server, map, "configmaps", "ca.crt").await?,
            _ => return Err("caBundle has none of inline, secretRef, configMapRef".to_owned()),
        },
        inline => inline,
    };
    let all = CertificateDer::pem_slice_iter(pem.as_bytes());
    let all: Result<Vec<Vec<u8>>, _> = all.map(|one| one.map(|one| one.to_vec())).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err("caBundle has no certificate in PEM".to_owned()),
    }
}

async fn credentials(server: &Server, authorization: &Value) -> Result<String, String> {
    let scheme = match text(authorization, "/type") {
        none if none.is_empty() => "Bearer".to_owned(),
        scheme => scheme,
    };
    let token = referenced(server, &authorization["secretRef"], "secrets", "token").await?;
    Ok(format!("{scheme} {}", token.trim()))
}

/// A value of a Secret or ConfigMap.
async fn referenced(server: &Server, at: &Value, resource: &str, key: &str) -> Result<String, String> {
    let kind = Kind {
        api_version: "v1".to_owned(),
        kind: String::new(),
        resource: resource.to_owned(),
        namespaced: true,
        has_status: false,
    };
    let id = Id::of(&json!({"metadata": at}));
    let place = format!("{resource} {}/{}", id.namespace, id.name);
    let object = server
        .get(&kind, &id)
        .await
        .map_err(|error| format!("{place}: {error}"))?;
    let key = at.get("key").and_then(Value::as_str).unwrap_or(key);
    let value = object["data"].get(key).and_then(Value::as_str);
    let value = value.ok_or_else(|| format!("{place} has no key {key}"))?;
    if resource == "configmaps" {
        return Ok(value.to_owned());
    }
    let bytes: k8s_openapi::ByteString =
        serde_json::from_value(json!(value)).map_err(|error| format!("{place}: {error}"))?;
    String::from_utf8(bytes.0).map_err(|_| format!("{place}: {key} is no text"))
}
