//! No object twice: of two with one identity Metacontroller takes the last, silently.

use std::collections::HashMap;

use metawasm_json::shorten;

use super::answer::Answer;
use super::context::ReviewContext;
use super::shape::Child;
use super::violation::Broken;
use crate::object::{ObjectRef, group_of};

/// Beyond this many children a map is faster, and without one an attacker has square time.
const FEW: usize = 16;

/// Group, kind, namespace, name: two versions of one kind are one object.
pub(super) type Identity<'c> = (&'c str, &'c str, Option<&'c str>, &'c str);

pub(super) fn check(answer: &Answer<'_>, context: &ReviewContext<'_>) -> Result<(), Broken> {
    let parent = context.parent;
    let children = &answer.children;
    let identities: Vec<Identity<'_>> = children.iter().map(|child| identity(child, context)).collect();
    let own = of_parent(parent);
    if let Some((child, _)) = children.iter().zip(&identities).find(|&(_, id)| *id == own) {
        return Err(Broken::at(
            child.at,
            format!("is the parent {parent} itself; it cannot be its own child"),
        ));
    }
    let again = again(&identities).and_then(|(first, again)| Some((first, children.get(again)?)));
    let Some((first, child)) = again else {
        return Ok(());
    };
    let key = context.children_key().unwrap_or_default();
    let (kind, name) = (shorten(&child.kind, 80), shorten(&child.name, 260));
    Err(Broken::at(
        child.at,
        format!("is {kind} {name}, as is /{key}/{first}: the last would win; answer every object once"),
    ))
}

/// Whether these are all different, and none is the parent.
pub(super) fn is_unique(children: &[Identity<'_>], parent: &ObjectRef) -> bool {
    !children.contains(&of_parent(parent)) && again(children).is_none()
}

/// The first that was there before, and where.
fn again(identities: &[Identity<'_>]) -> Option<(usize, usize)> {
    let mut all = identities.iter().enumerate();
    if identities.len() <= FEW {
        return all.find_map(|(index, id)| {
            let first = identities.iter().take(index).position(|other| other == id)?;
            Some((first, index))
        });
    }
    let mut seen = HashMap::with_capacity(identities.len());
    all.find_map(|(index, id)| Some((seen.insert(id, index)?, index)))
}

/// The identity of a child.
pub(super) fn identity<'c>(child: &'c Child<'_>, context: &'c ReviewContext<'_>) -> Identity<'c> {
    let namespace = child.namespace.as_deref().or(context.parent.namespace.as_deref());
    (group_of(&child.api_version), &child.kind, namespace, &child.name)
}

fn of_parent(parent: &ObjectRef) -> Identity<'_> {
    let namespace = parent.namespace.as_deref();
    (
        group_of(&parent.api_version),
        &parent.kind,
        namespace,
        &parent.name,
    )
}
