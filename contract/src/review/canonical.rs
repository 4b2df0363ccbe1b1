//! The form in which an answer settles.
//!
//! Metacontroller compares what it is answered with what the API server stored, value by value.
//! `1.0` is not the server's `1`, an explicit `null` is not an absent field, an observed
//! `resourceVersion` is always another: each costs a write at every sync, or a loop. So:
//!
//! - integral floats in the range of 64-bit integers become integers;
//! - nulls in objects go, but those in a decorator's `labels` and `annotations`, which delete;
//! - a child's `status` and what the API server keeps in its metadata go;
//! - `finalized` goes while the parent stays: it would lose its finalizer and get it back, for ever;
//! - `resyncAfterSeconds` is at least 1 and at most a day; what is not above 0 means none and goes;
//! - a composite's `status` that is absent or null becomes `{}`: it means the same, and without
//!   one the process of a Metacontroller that rolls out children ends.
//!
//! An answer that is so already goes out as it is, byte by byte.

use std::borrow::Cow;

use metawasm_json::{Document, Kind, NodeId};

use super::answer::Answer;
use super::context::{Note, ReviewContext, Reviewed};
use super::decoration::DECORATIONS;
use crate::hook::{ControllerKind, Hook};

/// Metadata that is the API server's.
const SYSTEM: [&str; 8] = [
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "managedFields",
];
/// Metacontroller's own copy of a child.
const LAST_APPLIED: &str = "metacontroller.k8s.io/last-applied-configuration";
/// Seconds: below, the hook is called for ever.
pub(super) const SOONEST: f64 = 1.0;
/// Seconds: about 292 years overflow to "now", and nobody means that.
pub(super) const LATEST: f64 = 86_400.0;

/// Where a value is, as far as something may be changed there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Answer,
    Children,
    Child,
    Metadata,
    Annotations,
    Decoration,
    Other,
}

/// What to do with a member.
enum Edit {
    Keep(Place),
    Put(&'static str),
    Drop,
}

struct Writer<'w, 'a> {
    document: &'w Document<'a>,
    context: &'w ReviewContext<'w>,
    out: String,
    changed: bool,
    notes: Vec<(Note, NoteKind)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NoteKind {
    Finalized,
    Resync,
    Status,
    System,
    Null,
    Float,
}

/// Whether a child's metadata of this name is the API server's.
pub(super) fn is_servers_metadata(name: &str) -> bool {
    SYSTEM.contains(&name)
}

/// Whether a child's annotation of this name is Metacontroller's.
pub(super) fn is_servers_annotation(name: &str) -> bool {
    name == LAST_APPLIED
}

/// Puts an answer into canonical form.
pub(super) fn write<'a>(answer: &Answer<'a>, context: &ReviewContext<'_>) -> Reviewed<'a> {
    let document = &answer.document;
    let body = Cow::Borrowed(document.source());
    if is_canonical(answer, context) {
        return Reviewed {
            body,
            notes: Vec::new(),
        };
    }
    let out = String::with_capacity(body.len() + 16);
    let mut writer = Writer {
        document,
        context,
        out,
        changed: false,
        notes: Vec::new(),
    };
    writer.value(document.root(), Place::Answer);
    let notes = writer.notes.into_iter().map(|(note, _)| note).collect();
    if writer.changed {
        Reviewed {
            body: Cow::Owned(writer.out),
            notes,
        }
    } else {
        Reviewed { body, notes }
    }
}

/// Whether there is nothing to do, seen without writing. A no may be wrong.
fn is_canonical(answer: &Answer<'_>, context: &ReviewContext<'_>) -> bool {
    let document = &answer.document;
    let root = document.root();
    if document.has(Kind::Null) || document.has(Kind::Float) {
        return false;
    }
    if context.hook == Hook::Customize {
        return true;
    }
    let top = document
        .members(root)
        .all(|(key, value)| match &*document.text(key) {
            "finalized" => context.finalizing,
            "resyncAfterSeconds" => document
                .raw(value)
                .parse()
                .is_ok_and(|seconds| (SOONEST..=LATEST).contains(&seconds)),
            _ => true,
        });
    top && (context.kind == ControllerKind::Decorator || document.get(root, "status").is_some())
        && answer.children.iter().all(|child| {
            document.get(child.at, "status").is_none()
                && document.members(child.metadata).all(|(key, value)| {
                    !is_servers_metadata(&document.text(key))
                        && (!document.says(key, "annotations") || document.get(value, LAST_APPLIED).is_none())
                })
        })
}

impl Writer<'_, '_> {
    /// Recursive: a document has at most 128 levels.
    fn value(&mut self, at: NodeId, place: Place) {
        let document = self.document;
        match document.kind(at) {
            Kind::Object => self.object(at, place),
            Kind::List => {
                self.out.push('[');
                let inside = if place == Place::Children {
                    Place::Child
                } else {
                    Place::Other
                };
                for (index, element) in document.elements(at).enumerate() {
                    if index > 0 {
                        self.out.push(',');
                    }
                    self.value(element, inside);
                }
                self.out.push(']');
            }
            Kind::String | Kind::Key => self.string(at),
            Kind::Float => match integer(document.raw(at)) {
                Some(integer) => {
                    self.note(at, NoteKind::Float, || {
                        "an integral number was written as an integer".to_owned()
                    });
                    self.out.push_str(&integer);
                }
                None => self.out.push_str(document.raw(at)),
            },
            _ => self.out.push_str(document.raw(at)),
        }
    }

    fn object(&mut self, at: NodeId, place: Place) {
        let document = self.document;
        let outside = self.out.len();
        for (key, value) in document.members(at) {
            let edit = self.edit(place, key, value);
            if matches!(edit, Edit::Drop) {
                continue;
            }
            self.out.push(if self.out.len() == outside { '{' } else { ',' });
            self.string(key);
            self.out.push(':');
            match edit {
                Edit::Put(text) => self.out.push_str(text),
                Edit::Keep(place) => self.value(value, place),
                Edit::Drop => {}
            }
        }
        let is_composite =
            self.context.kind == ControllerKind::Composite && self.context.hook != Hook::Customize;
        if place == Place::Answer && is_composite && document.get(at, "status").is_none() {
            self.out.push(if self.out.len() == outside { '{' } else { ',' });
            self.out.push_str("\"status\":{}");
            self.changed = true;
        }
        self.out
            .push_str(if self.out.len() == outside { "{}" } else { "}" });
    }

    fn string(&mut self, at: NodeId) {
        self.out.push('"');
        self.out.push_str(self.document.raw(at));
        self.out.push('"');
    }

    fn edit(&mut self, place: Place, key: NodeId, value: NodeId) -> Edit {
        let is_null = self.document.kind(value) == Kind::Null;
        let name = self.document.text(key);
        match (place, &*name) {
            (Place::Decoration, _) => Edit::Keep(Place::Other),
            (Place::Answer, "status") if is_null && self.context.kind == ControllerKind::Composite => {
                self.changed = true;
                Edit::Put("{}")
            }
            _ if is_null => {
                self.note(value, NoteKind::Null, || {
                    "null was dropped: to leave a field out says the same".to_owned()
                });
                Edit::Drop
            }
            (Place::Answer, "finalized") if !self.context.finalizing => {
                self.note(value, NoteKind::Finalized, || {
                    "dropped: the parent is not being deleted, so Metacontroller would remove and add its finalizer at every sync"
                        .to_owned()
                });
                Edit::Drop
            }
            (Place::Answer, "resyncAfterSeconds") => self.resync(value),
            (Place::Answer, "children" | "attachments") => Edit::Keep(Place::Children),
            (Place::Answer, name) if DECORATIONS.contains(&name) => Edit::Keep(Place::Decoration),
            (Place::Child, "metadata") => Edit::Keep(Place::Metadata),
            (Place::Child, "status") => {
                self.note(value, NoteKind::Status, || {
                    "dropped: a hook cannot set the status of a child".to_owned()
                });
                Edit::Drop
            }
            (Place::Metadata, "annotations") => Edit::Keep(Place::Annotations),
            (Place::Metadata, name) if is_servers_metadata(name) => self.system(value),
            (Place::Annotations, name) if is_servers_annotation(name) => self.system(value),
            _ => Edit::Keep(Place::Other),
        }
    }

    fn system(&mut self, value: NodeId) -> Edit {
        self.note(value, NoteKind::System, || {
            "dropped: it is the API server's or Metacontroller's, and would differ at every sync".to_owned()
        });
        Edit::Drop
    }

    fn resync(&mut self, value: NodeId) -> Edit {
        let raw = self.document.raw(value);
        let seconds = raw.parse::<f64>().unwrap_or_default();
        if seconds > LATEST {
            self.note(value, NoteKind::Resync, || format!("{raw} s lowered to 86400"));
            Edit::Put("86400")
        } else if seconds >= SOONEST {
            Edit::Keep(Place::Other)
        } else if seconds > 0.0 {
            self.note(value, NoteKind::Resync, || format!("{raw} s raised to 1"));
            Edit::Put("1")
        } else {
            // 0 is how many say "none", and Metacontroller takes less for none too.
            self.changed = true;
            Edit::Drop
        }
    }

    fn note(&mut self, at: NodeId, kind: NoteKind, message: impl FnOnce() -> String) {
        self.changed = true;
        match self.notes.iter_mut().find(|(_, other)| *other == kind) {
            Some((note, _)) => note.more += 1,
            None => {
                let pointer = self.document.pointer(at);
                self.notes.push((
                    Note {
                        pointer,
                        message: message(),
                        more: 0,
                    },
                    kind,
                ));
            }
        }
    }
}

/// A float that is an integer of 64 bits, as Go will read it: by way of a float.
pub(super) fn integer(raw: &str) -> Option<String> {
    const FIRST: f64 = -9_223_372_036_854_775_808.0;
    const BEYOND: f64 = 18_446_744_073_709_551_616.0;
    let number = raw.parse::<f64>().ok()?;
    (number.fract() == 0.0 && (FIRST..BEYOND).contains(&number)).then(|| (number as i128).to_string())
}
