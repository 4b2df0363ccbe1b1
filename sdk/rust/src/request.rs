//! The requests of the hooks.

use serde::Deserialize;
use serde_json::Value;

use crate::object::{Children, Object};

/// The request of `sync` and `finalize` for a CompositeController.
///
/// `P` is the type of the parent, `C` that of the observed children.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct CompositeRequest<P = Object, C = Object> {
    /// The CompositeController.
    #[serde(default)]
    pub controller: Value,
    /// The parent.
    pub parent: P,
    /// The children that exist.
    #[serde(default = "Children::default")]
    pub children: Children<C>,
    /// The objects that the hook `customize` asked for.
    #[serde(default)]
    pub related: Children,
    /// Whether the parent is being deleted, and the hook is `finalize`.
    #[serde(default)]
    pub finalizing: bool,
}

/// The request of `sync` and `finalize` for a DecoratorController.
///
/// `P` is the type of the object, `C` that of the attachments.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct DecoratorRequest<P = Object, C = Object> {
    /// The DecoratorController.
    #[serde(default)]
    pub controller: Value,
    /// The object that is decorated.
    pub object: P,
    /// The attachments that exist.
    #[serde(default = "Children::default")]
    pub attachments: Children<C>,
    /// The objects that the hook `customize` asked for.
    #[serde(default)]
    pub related: Children,
    /// Whether the object is being deleted, or is no longer selected, and the hook is `finalize`.
    #[serde(default)]
    pub finalizing: bool,
}

/// The request of `customize`. The answer must depend on the parent's spec alone.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct CustomizeRequest<P = Object> {
    /// The controller.
    #[serde(default)]
    pub controller: Value,
    /// The parent, or the object that is decorated.
    pub parent: P,
}
