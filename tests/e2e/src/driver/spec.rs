//! What a controller's object says, found in discovery.

use metawasm_contract::ControllerKind as Type;
use metawasm_model::text;
use serde_json::Value;

use super::server::{Kind, Server};

/// What is done to a child that is there and differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    OnDelete,
    Recreate,
    InPlace,
}

/// A rule for parents: a composite has one.
pub(super) struct ParentRule {
    pub(super) kind: Kind,
    pub(super) labels: Value,
    pub(super) annotations: Value,
    pub(super) ignores_status: bool,
}

/// A rule for children.
pub(super) struct ChildRule {
    pub(super) kind: Kind,
    pub(super) method: Method,
    /// The method is a rolling one, which is not played here.
    pub(super) rolls: bool,
}

/// Why a controller does not start, and what Metacontroller does then.
#[derive(Debug)]
pub(super) enum NotStarted {
    /// It is logged alone, and tried again.
    Logged,
    /// An Event `CreateError` tells it, and it is tried again.
    Told(String),
    /// An Event `SyncError` tells it, and it is not tried again until the controller changes.
    Ignored(String),
    /// The start panics, which is caught: it is not told, and not tried again.
    Panicked,
}

impl From<String> for NotStarted {
    fn from(why: String) -> Self {
        Self::Told(why)
    }
}

/// The parents of a controller. A CompositeController looks its parent up before it is made, which is why a kind that is
/// missing is no `CreateError` there.
///
/// Source: Metacontroller's `pkg/controller/composite/metacontroller.go`.
pub(super) async fn parents(server: &Server, of: Type, spec: &Value) -> Result<Vec<ParentRule>, NotStarted> {
    let rules = match of {
        Type::Composite => vec![spec["parentResource"].clone()],
        Type::Decorator => spec["resources"].as_array().cloned().unwrap_or_default(),
    };
    let mut found = Vec::new();
    for rule in rules {
        let kind = server
            .resource(&text(&rule, "/apiVersion"), &text(&rule, "/resource"))
            .await;
        let kind = match of {
            Type::Composite => kind.map_err(|_| NotStarted::Logged)?,
            Type::Decorator => kind?,
        };
        if of == Type::Composite && !kind.has_status {
            return Err(NotStarted::Ignored(format!(
                "parent resource {}, Kind={} does not have subresource 'Status' enabled",
                kind.api_version, kind.kind
            )));
        }
        found.push(ParentRule {
            kind,
            labels: rule["labelSelector"].clone(),
            annotations: rule["annotationSelector"].clone(),
            ignores_status: rule["ignoreStatusChanges"] == true,
        });
    }
    Ok(found)
}

/// The children of a controller.
pub(super) async fn children(server: &Server, of: Type, spec: &Value) -> Result<Vec<ChildRule>, String> {
    let member = match of {
        Type::Composite => "childResources",
        Type::Decorator => "attachments",
    };
    let mut found = Vec::new();
    for rule in spec[member].as_array().into_iter().flatten() {
        let kind = server
            .resource(&text(rule, "/apiVersion"), &text(rule, "/resource"))
            .await?;
        let method = text(rule, "/updateStrategy/method");
        found.push(ChildRule {
            kind,
            method: match method.as_str() {
                "Recreate" | "RollingRecreate" => Method::Recreate,
                "InPlace" | "RollingInPlace" => Method::InPlace,
                _ => Method::OnDelete,
            },
            // A decorator takes them for what they are without.
            rolls: of == Type::Composite && method.starts_with("Rolling"),
        });
    }
    Ok(found)
}
