//! Why an answer is refused.

use std::fmt;

use metawasm_json::{Document, NodeId, pointer, shorten};

/// A rule that an answer can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// One JSON object.
    Json,
    /// Not too big, and no child too big for an annotation.
    Size,
    /// The fields of this hook kind, no others.
    Fields,
    /// No key twice in one object.
    DuplicateKey,
    /// No `null` in a list: it ends the Metacontroller process.
    NullElement,
    /// Numbers that fit into 64-bit floating point.
    Number,
    /// A status is an object.
    Status,
    /// A number of seconds.
    ResyncAfter,
    /// `finalized` is a boolean.
    Finalized,
    /// Labels and annotations of a decorated object.
    Decoration,
    /// No children named while some are observed.
    AbsentChildren,
    /// A child has an apiVersion, a kind, a name.
    ChildShape,
    /// The controller declares the kind.
    UndeclaredKind,
    /// Children live where their parent's and their own scope allow.
    Namespace,
    /// Metadata that makes Metacontroller and the API server undo each other for ever.
    Loop,
    /// No object twice.
    DuplicateIdentity,
    /// No merge key twice in a list.
    MergeKey,
    /// Not more deletions than the budget allows.
    Deletions,
    /// Children match the schema of their kind.
    Schema,
    /// The rules of customize.
    RelatedResources,
}

/// An answer that must not go out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Violation {
    /// The rule that it breaks.
    pub rule: Rule,
    /// JSON pointer of the place; empty for the whole.
    pub pointer: String,
    /// What is wrong there, and what to do.
    pub message: String,
}

/// A broken rule, before anybody asks where.
#[derive(Debug)]
pub(super) struct Broken {
    at: NodeId,
    below: Option<&'static str>,
    message: String,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 20] = [
        Self::Json,
        Self::Size,
        Self::Fields,
        Self::DuplicateKey,
        Self::NullElement,
        Self::Number,
        Self::Status,
        Self::ResyncAfter,
        Self::Finalized,
        Self::Decoration,
        Self::AbsentChildren,
        Self::ChildShape,
        Self::UndeclaredKind,
        Self::Namespace,
        Self::Loop,
        Self::DuplicateIdentity,
        Self::MergeKey,
        Self::Deletions,
        Self::Schema,
        Self::RelatedResources,
    ];

    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Size => "size",
            Self::Fields => "fields",
            Self::DuplicateKey => "duplicate-key",
            Self::NullElement => "null-element",
            Self::Number => "number",
            Self::Status => "status",
            Self::ResyncAfter => "resync-after",
            Self::Finalized => "finalized",
            Self::Decoration => "decoration",
            Self::AbsentChildren => "absent-children",
            Self::ChildShape => "child-shape",
            Self::UndeclaredKind => "undeclared-kind",
            Self::Namespace => "namespace",
            Self::Loop => "loop",
            Self::DuplicateIdentity => "duplicate-identity",
            Self::MergeKey => "merge-key",
            Self::Deletions => "deletions",
            Self::Schema => "schema",
            Self::RelatedResources => "related-resources",
        }
    }
}

impl Broken {
    /// This value is wrong.
    pub(super) fn at(at: NodeId, message: impl Into<String>) -> Self {
        Self {
            at,
            below: None,
            message: message.into(),
        }
    }

    /// This key of an object is wrong or not there.
    pub(super) fn below(at: NodeId, key: &'static str, message: impl Into<String>) -> Self {
        Self {
            at,
            below: Some(key),
            message: message.into(),
        }
    }

    #[cold]
    pub(super) fn refuse(self, rule: Rule, document: &Document<'_>) -> Violation {
        let mut path = document.pointer(self.at);
        if let Some(key) = self.below {
            pointer::push(&mut path, key);
        }
        Violation {
            rule,
            pointer: path,
            message: self.message,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One sentence of at most 1 KiB.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(f, "{}: ", shorten(&self.pointer, 250))?;
        }
        f.write_str(&shorten(&self.message, 750))
    }
}
