//! Events: what a controller tells people. The same one again only counts.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use k8s_openapi::jiff::Timestamp;
use metawasm_model::{Id, text};
use serde_json::{Value, json};

use super::server::{Kind, Server};

pub(super) struct Events {
    server: Server,
    /// By uid, reason and message: which Event it is, and how often it was told.
    sent: Mutex<HashMap<[String; 3], (Id, u64)>>,
    numbers: AtomicU64,
}

impl Events {
    pub(super) fn new(server: Server) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let first = u64::try_from(since.as_nanos()).unwrap_or_default();
        Self {
            server,
            sent: Mutex::default(),
            numbers: AtomicU64::new(first),
        }
    }

    pub(super) async fn warn(&self, about: &Value, reason: &str, message: &str) {
        self.send(about, "Warning", reason, message).await;
    }

    pub(super) async fn note(&self, about: &Value, reason: &str, message: &str) {
        self.send(about, "Normal", reason, message).await;
    }

    /// An Event that cannot be written is lost, as a real one is.
    async fn send(&self, about: &Value, r#type: &str, reason: &str, message: &str) {
        let kind = Kind {
            api_version: "v1".to_owned(),
            kind: "Event".to_owned(),
            resource: "events".to_owned(),
            namespaced: true,
            has_status: false,
        };
        let uid = text(about, "/metadata/uid");
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let key = [uid.clone(), reason.to_owned(), message.to_owned()];
        let again = self.sent.lock().unwrap().get_mut(&key).map(|(id, count)| {
            *count += 1;
            (id.clone(), *count)
        });
        if let Some((id, count)) = again {
            let patch = json!({"count": count, "lastTimestamp": now});
            let _ = self.server.merge(&kind, &id, &patch).await;
            return;
        }
        let about_id = Id::of(about);
        let namespace = match about_id.namespace.as_str() {
            "" => "default",
            namespace => namespace,
        };
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let event = json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": format!("{}.{number:x}", about_id.name), "namespace": namespace},
            "involvedObject": {"apiVersion": about_id.api_version, "kind": about_id.kind, "name": about_id.name,
                "namespace": about_id.namespace, "uid": uid},
            "type": r#type,
            "reason": reason,
            // The API server takes no longer ones.
            "message": message.chars().take(1000).collect::<String>(),
            "source": {"component": "metacontroller"},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        });
        if self.server.create(&kind, &event).await.is_ok() {
            self.sent.lock().unwrap().insert(key, (Id::of(&event), 1));
        }
    }
}
