//! Hooks: the Function's own, or those of v1beta1's annotation, and those of all Functions.

use super::read::texts;
use crate::formats::notes::Notes;
use crate::formats::written::{Written, quoted};
use crate::function::documents::Documents;
use crate::function::types::Serving;

/// Hooks of one list at most.
const MAX_HOOKS: usize = 64;

/// Hooks before and after the function.
#[derive(Debug, Default)]
struct Hooks<'a> {
    pre: Vec<&'a str>,
    post: Vec<&'a str>,
}

pub(super) fn normalize<'a>(
    serving: &mut Serving<'a>,
    written: &Written<'_, 'a>,
    documents: &'a Documents<'a>,
    notes: &mut Notes,
) {
    let is_own = written.object(notes).is_some();
    let own = Hooks::read(written, notes);
    let overrides = policy(&written.field("policy"), notes);
    let annotated = documents.plugins.as_ref();
    if let (true, Some(annotated)) = (is_own, annotated) {
        notes.warn(&annotated.at(), "is not used: spec.serving.hooks is set");
    }
    let annotated = annotated.filter(|_| !is_own);
    let hooks = match annotated.and_then(|document| document.read(notes, plugins)) {
        // What v1beta1's annotation says, it said instead of the global hooks.
        Some(hooks) => hooks,
        None if overrides => own,
        None => {
            let document = documents.global_hooks.as_ref();
            let global = document.and_then(|document| document.read(notes, plugins));
            own.inside(global.unwrap_or_default())
        }
    };
    serving.pre_hooks = hooks.pre;
    serving.post_hooks = hooks.post;
}

/// Whether the global hooks are left out.
fn policy(written: &Written<'_, '_>, notes: &mut Notes) -> bool {
    match written.non_empty(notes) {
        None | Some("Append") => false,
        Some("Override") => true,
        Some(other) => {
            notes.unsupported(&written.at, quoted(other), &["Append", "Override"]);
            false
        }
    }
}

/// The text of the annotation `plugins`, or of the ConfigMap: plugins of `order` are called in that
/// order before the function and in the reverse one after it; `pre` and `post` count more.
fn plugins<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<Hooks<'a>> {
    written.object(notes)?;
    let mut hooks = Hooks::read(written, notes);
    let order = list(&written.field("order"), notes);
    if !written.field("pre").is_present() {
        hooks.pre.clone_from(&order);
    }
    if !written.field("post").is_present() {
        hooks.post = order.into_iter().rev().collect();
    }
    Some(hooks)
}

/// One list. Its limit applies here: a text with too many hooks is not used, and a Function with
/// too many is invalid.
fn list<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Vec<&'a str> {
    let hooks = texts(written, notes);
    notes.at_most(&written.at, hooks.len(), MAX_HOOKS);
    hooks
}

impl<'a> Hooks<'a> {
    fn read(written: &Written<'_, 'a>, notes: &mut Notes) -> Self {
        Hooks {
            pre: list(&written.field("pre"), notes),
            post: list(&written.field("post"), notes),
        }
    }

    /// These, with others around them.
    fn inside(self, mut outer: Self) -> Self {
        outer.pre.extend(self.pre);
        let mut post = self.post;
        post.extend(outer.post);
        Hooks { pre: outer.pre, post }
    }
}
