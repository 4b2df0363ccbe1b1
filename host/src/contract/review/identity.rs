//! No object twice: of two with one identity Metacontroller takes the last, silently.

use std::collections::HashMap;

use super::Asked;
use super::answer::Answer;
use super::refusal::Broken;
use super::shape::Child;
use crate::contract::json::shorten;
use crate::contract::object::group_of;

/// Beyond this many children a map is faster, and without one an attacker has square time.
const FEW: usize = 16;

/// Group, kind, namespace, name: two versions of one kind are one object.
type Identity<'c> = (&'c str, &'c str, Option<&'c str>, &'c str);

pub(super) fn check(answer: &Answer<'_>, asked: &Asked<'_>) -> Result<(), Broken> {
    let children = &answer.children;
    let parent = asked.parent;
    let of = |child| identity(child, asked);
    let own = (
        group_of(&parent.api_version),
        &*parent.kind,
        parent.namespace.as_deref(),
        &*parent.name,
    );
    if let Some(child) = children.iter().find(|child| of(child) == own) {
        return Err(Broken::at(
            child.at,
            format!("is the parent {parent} itself; it cannot be its own child"),
        ));
    }
    let again = if children.len() <= FEW {
        children.iter().enumerate().find_map(|(index, child)| {
            let first = children
                .iter()
                .take(index)
                .position(|other| of(other) == of(child))?;
            Some((first, child))
        })
    } else {
        let mut seen = HashMap::with_capacity(children.len());
        children
            .iter()
            .enumerate()
            .find_map(|(index, child)| Some((seen.insert(of(child), index)?, child)))
    };
    let Some((first, child)) = again else {
        return Ok(());
    };
    let key = asked.children_key().unwrap_or_default();
    let (kind, name) = (shorten(&child.kind, 80), shorten(&child.name, 260));
    Err(Broken::at(
        child.at,
        format!("is {kind} {name}, as is /{key}/{first}: the last would win; answer every object once"),
    ))
}

fn identity<'c>(child: &'c Child<'_>, asked: &'c Asked<'_>) -> Identity<'c> {
    let namespace = child.namespace.as_deref().or(asked.parent.namespace.as_deref());
    (group_of(&child.api_version), &child.kind, namespace, &child.name)
}
