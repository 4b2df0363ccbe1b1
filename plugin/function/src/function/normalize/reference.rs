//! Resolves the component that a trigger, input or output names: one that the Function defines in
//! the section of its type, or an existing Component of the namespace.
//!
//! One key may be in several sections. So a key alone says nothing: the type decides, then the
//! place, then whether there is a topic, which only a pubsub component has.

use std::borrow::Cow;

use super::existing::Existing;
use crate::formats::notes::{Notes, Path};
use crate::formats::written::{Written, quoted};
use crate::function::types::{Section, Serving, has_group};

/// The sections of what calls a function, and of what it writes to.
pub(super) const CALLS: &[Section] = &[Section::Bindings, Section::Pubsub];
/// The sections of what a function reads.
pub(super) const READS: &[Section] = &Section::ALL;

/// A component that is named.
pub(super) struct Reference<'a> {
    /// Empty where nobody says it; then that is a problem.
    pub(super) r#type: Cow<'a, str>,
    /// The section that defines it. None for an existing Component.
    pub(super) section: Option<Section>,
}

/// Resolves the component `name` of `body`, in a place for components of the sections `place`.
pub(super) fn resolve<'a>(
    serving: &Serving<'a>,
    body: &Written<'_, 'a>,
    name: &str,
    place: &[Section],
    existing: Existing<'a>,
    notes: &mut Notes,
) -> Reference<'a> {
    let found = body.field("type");
    let written = found.text(notes).unwrap_or_default();
    if written.is_empty() {
        let has_topic = body.field("topic").is_present();
        return untyped(serving, &found.at, name, place, has_topic, existing, notes);
    }
    if let Some(section) = group_alone(written) {
        notes.warn(&found.at, "is a group of types: the type is looked up");
        return match serving.defined_type(section, name) {
            Some(defined) => Reference {
                r#type: defined.clone(),
                section: Some(section),
            },
            None => Reference {
                r#type: Cow::Borrowed(existing.component(name, &found.at, notes)),
                section: None,
            },
        };
    }
    let r#type = corrected(written, &found.at, notes);
    let section = Section::of(&r#type);
    let defined = section.and_then(|section| serving.defined_type(section, name));
    if let (Some(section), Some(defined)) = (section, defined) {
        if *defined != r#type {
            notes.warn(
                &found.at,
                format_args!(
                    "is {}, but spec.serving.{}[{name}] is {}",
                    quoted(&r#type),
                    section.field(),
                    quoted(defined)
                ),
            );
        }
    } else if let Some(other) = defining(serving, name).first() {
        notes.warn(
            &found.at,
            format_args!(
                "is {}, so an existing Dapr Component {} is meant, and not spec.serving.{}[{name}]",
                quoted(&r#type),
                quoted(name),
                other.field()
            ),
        );
    } else if !name.is_empty() {
        existing.compare(name, &r#type, &body.at, notes);
    }
    Reference {
        section: section.filter(|_| defined.is_some()),
        r#type,
    }
}

/// The same where the type is not written.
fn untyped<'a>(
    serving: &Serving<'a>,
    at: &Path<'_>,
    name: &str,
    place: &[Section],
    has_topic: bool,
    existing: Existing<'a>,
    notes: &mut Notes,
) -> Reference<'a> {
    let mut sections = defining(serving, name);
    if sections.len() > 1 {
        sections.retain(|section| place.contains(section));
    }
    if sections.len() > 1 {
        // Without a topic nothing is published or subscribed.
        match sections.contains(&Section::Pubsub) && has_topic {
            true => sections = vec![Section::Pubsub],
            false => sections.retain(|section| *section != Section::Pubsub),
        }
    }
    if let [one, other, ..] = *sections {
        ambiguous(at, name, [one, other], notes);
        return Reference {
            r#type: Cow::Borrowed(""),
            section: None,
        };
    }
    let section = sections.first().copied();
    match section.and_then(|section| serving.defined_type(section, name)) {
        Some(defined) => Reference {
            r#type: defined.clone(),
            section,
        },
        None => Reference {
            r#type: Cow::Borrowed(existing.component(name, at, notes)),
            section: None,
        },
    }
}

/// The section of a type that says no more: before v1beta1 nothing more was written.
fn group_alone(r#type: &str) -> Option<Section> {
    let group = if r#type == "binding" { "bindings" } else { r#type };
    let mut sections = Section::ALL.into_iter();
    sections.find(|section| section.group() == group)
}

/// The sections that define a key.
fn defining(serving: &Serving<'_>, key: &str) -> Vec<Section> {
    let sections = Section::ALL.into_iter();
    sections
        .filter(|section| serving.defined_type(*section, key).is_some())
        .collect()
}

#[cold]
#[inline(never)]
fn ambiguous(at: &Path<'_>, name: &str, sections: [Section; 2], notes: &mut Notes) {
    let [one, other] = sections;
    notes.required(
        at,
        format_args!(
            "{} is in spec.serving.{} and in spec.serving.{}: write the type of the one that is meant, {}.… or {}.…",
            quoted(name),
            one.field(),
            other.field(),
            one.group(),
            other.group()
        ),
    );
}

/// `binding.kafka`, as the proposal writes it, is `bindings.kafka`.
pub(super) fn corrected<'a>(r#type: &'a str, at: &Path<'_>, notes: &mut Notes) -> Cow<'a, str> {
    let rest = r#type
        .strip_prefix("binding")
        .filter(|_| has_group(r#type, "binding"));
    let Some(rest) = rest else {
        return Cow::Borrowed(r#type);
    };
    let right = format!("bindings{rest}");
    notes.warn(
        at,
        format_args!("{} is read as {}", quoted(r#type), quoted(&right)),
    );
    Cow::Owned(right)
}
