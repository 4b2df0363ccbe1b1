//! Hooks: the Function's own, or those of v1beta1's annotation, and those of all Functions.

use super::texts;
use crate::documents::Documents;
use crate::function::Serving;
use crate::notes::Notes;
use crate::written::{Written, quoted};

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
    let hooks = match annotated.and_then(|document| document.problems(notes, plugins)) {
        // What v1beta1's annotation says, it said instead of the global hooks.
        Some(hooks) => hooks,
        None if overrides => own,
        None => {
            let document = documents.global_hooks.as_ref();
            let global = document.and_then(|document| {
                document.warnings(notes, |written, notes| {
                    written.object(notes)?;
                    Some(Hooks::read(written, notes))
                })
            });
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

/// The annotation `plugins`: `order` goes in and comes out, `pre` and `post` say it one by one.
fn plugins<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<Hooks<'a>> {
    written.object(notes)?;
    let mut hooks = Hooks::read(written, notes);
    let order = texts(&written.field("order"), notes);
    if !written.field("pre").is_present() {
        hooks.pre.clone_from(&order);
    }
    if !written.field("post").is_present() {
        hooks.post = order.into_iter().rev().collect();
    }
    Some(hooks)
}

impl<'a> Hooks<'a> {
    fn read(written: &Written<'_, 'a>, notes: &mut Notes) -> Self {
        Hooks {
            pre: texts(&written.field("pre"), notes),
            post: texts(&written.field("post"), notes),
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
