//! Where a key belongs that its place in a pod spec does not have.

use std::fmt::Write;

use super::shape::Shape;
use super::table::{CONTAINER, POD};
use metawasm_formats::nearest::nearest;

/// What people write at the top of the template, and where it belongs.
const ELSEWHERE: &[(&str, &str)] = &[
    ("annotations", "set spec.serving.annotations"),
    (
        "containerConcurrency",
        "set the annotation autoscaling.knative.dev/container-concurrency in spec.serving.annotations",
    ),
    ("image", "set spec.image"),
    ("labels", "set spec.serving.labels"),
    ("maxReplicas", "set spec.serving.scaleOptions.maxReplicas"),
    ("metadata", "set spec.serving.annotations and spec.serving.labels"),
    ("minReplicas", "set spec.serving.scaleOptions.minReplicas"),
    ("params", "set spec.serving.params"),
    (
        "replicas",
        "set spec.serving.scaleOptions.minReplicas and maxReplicas",
    ),
    (
        "spec",
        "write its fields directly into spec.serving.template, which is a PodSpec",
    ),
    (
        "template",
        "write its fields directly into spec.serving.template, which is a PodSpec",
    ),
];

/// Says what to do with a key that a type does not have, as the end of a sentence; empty if nothing
/// is known about the key.
#[cold]
#[inline(never)]
pub(in crate::function::normalize) fn hint(key: &str, shape: &Shape) -> String {
    let mut hint = String::new();
    let is_pod = core::ptr::eq(shape, &raw const POD);
    let named = ELSEWHERE.iter().find(|(name, _)| is_pod && *name == key);
    let inside = shape.fields.iter().find(|field| {
        let below = field.below();
        below.is_some_and(|below| below.field(key).is_some())
    });
    let known = &mut shape.fields.iter().map(|field| field.name);
    // Writing to a string cannot fail.
    let _ = if let Some((_, place)) = named {
        write!(hint, "; {place} instead")
    } else if is_pod && CONTAINER.field(key).is_some() {
        write!(
            hint,
            "; it belongs in the container \"function\" of spec.serving.template.containers"
        )
    } else if is_container(shape) && POD.field(key).is_some() {
        write!(hint, "; it belongs in spec.serving.template itself")
    } else if let Some(name) = nearest(key, known) {
        write!(hint, "; did you mean {name:?}?")
    } else if let Some(field) = inside {
        write!(hint, "; it belongs in {:?}", field.name)
    } else {
        Ok(())
    };
    hint
}

/// Whether a type is that of containers: of ephemeral ones as well.
fn is_container(shape: &Shape) -> bool {
    shape.field("terminationMessagePath").is_some()
}
