//! Dapr triggers, inputs, outputs and components in all their spellings → canonical ones.

use std::borrow::Cow;

use super::component;
use super::existing::Existing;
use super::read::strings;
use super::reference::{CALLS, READS, resolve};
use crate::formats::notes::Notes;
use crate::formats::sorted::Sorted;
use crate::formats::written::{Written, quoted};
use crate::function::dapr::MAX_ITEMS;
use crate::function::types::{Input, Output, Section, Serving, State};

/// `bindings`, `pubsub` and `states`.
pub(super) fn components<'a>(
    serving: &mut Serving<'a>,
    written: &Written<'_, 'a>,
    existing: Existing<'a>,
    notes: &mut Notes,
) {
    for (name, into) in [
        ("bindings", &mut serving.bindings),
        ("pubsub", &mut serving.pubsub),
    ] {
        for (key, value) in written.field(name).members(notes) {
            into.insert(key, component::normalize(&value, notes));
        }
    }
    let states = written.field("states");
    let members = states.members(notes);
    notes.at_most(&states.at, members.len(), MAX_ITEMS);
    for (key, value) in members.take(MAX_ITEMS) {
        value.object(notes);
        let spec = value.field("spec");
        let state = if spec.is_present() {
            let component = component::normalize(&spec, notes);
            State {
                r#type: component.r#type,
                spec: Some(component.spec),
            }
        } else {
            State {
                r#type: Cow::Borrowed(existing.state(key, &value.at, notes)),
                spec: None,
            }
        };
        serving.states.insert(key, state);
    }
}

/// `triggers.dapr`. A state store triggers nothing: it is moved to `states`.
pub(super) fn triggers<'p, 'a: 'p>(
    serving: &mut Serving<'a>,
    list: impl Iterator<Item = Written<'p, 'a>>,
    existing: Existing<'a>,
    notes: &mut Notes,
) {
    let mut moved = Vec::new();
    for item in list {
        let Some(input) = input(serving, &item, CALLS, existing, notes) else {
            continue;
        };
        if !is_flat(&item) {
            notes.warn(&item.at, "is read as if it were not inside dapr");
        }
        if input.group() == Some(Section::State) {
            notes.warn(
                &item.at,
                format_args!(
                    "{} cannot trigger a function; it is read as an entry of spec.serving.states",
                    quoted(&input.r#type)
                ),
            );
            let state = State {
                r#type: input.r#type,
                spec: None,
            };
            moved.push((Cow::Borrowed(input.name), state));
        } else {
            serving.triggers.push(input);
        }
    }
    if !moved.is_empty() {
        // Of two with one name the later counts: here those that are there, then the first.
        moved.reverse();
        moved.extend(std::mem::take(&mut serving.states).into_members());
        serving.states = Sorted::from(moved);
    }
}

/// As many elements as a Function may have: each is looked for among the existing Components.
pub(super) fn limited<'s, 'p, 'a>(
    written: &'s Written<'p, 'a>,
    notes: &mut Notes,
) -> impl ExactSizeIterator<Item = Written<'s, 'a>> + use<'s, 'p, 'a> {
    let list = written.elements(notes);
    notes.at_most(&written.at, list.len(), MAX_ITEMS);
    list.take(MAX_ITEMS)
}

/// `triggers.inputs`, or the same list below `http`.
pub(super) fn inputs<'a>(
    serving: &Serving<'a>,
    written: &Written<'_, 'a>,
    existing: Existing<'a>,
    notes: &mut Notes,
) -> Vec<Input<'a>> {
    let list = limited(written, notes);
    list.filter_map(|item| {
        let found = input(serving, &item, READS, existing, notes)?;
        if is_flat(&item) {
            notes.warn(&item.at, "is read as if it were inside dapr");
        }
        Some(found)
    })
    .collect()
}

fn is_flat(item: &Written<'_, '_>) -> bool {
    !["dapr", "dap"].iter().any(|key| item.field(key).is_present())
}

/// One trigger or input: flat, or inside `dapr` (`dap` in v1.1.1).
fn input<'a>(
    serving: &Serving<'a>,
    item: &Written<'_, 'a>,
    place: &[Section],
    existing: Existing<'a>,
    notes: &mut Notes,
) -> Option<Input<'a>> {
    item.object(notes)?;
    let (dapr, dap) = (item.field("dapr"), item.field("dap"));
    let body = if dapr.is_present() {
        &dapr
    } else if dap.is_present() {
        notes.warn(&dap.at, "is read as dapr");
        &dap
    } else {
        item
    };
    body.object(notes)?;
    let name = body.field("name").required("the Dapr component", notes);
    let reference = resolve(serving, body, name, place, existing, notes);
    Some(Input {
        name,
        topic: body.field("topic").non_empty(notes),
        alias: body.field("inputName").non_empty(notes),
        at: body.at.to_string(),
        r#type: reference.r#type,
        section: reference.section,
    })
}

/// `outputs`.
pub(super) fn outputs<'a>(
    serving: &Serving<'a>,
    written: &Written<'_, 'a>,
    existing: Existing<'a>,
    notes: &mut Notes,
) -> Vec<Output<'a>> {
    let list = limited(written, notes);
    list.filter_map(|item| output(serving, &item, existing, notes))
        .collect()
}

/// One output: inside `dapr`, or flat as in the proposal and v1beta1.
fn output<'a>(
    serving: &Serving<'a>,
    item: &Written<'_, 'a>,
    existing: Existing<'a>,
    notes: &mut Notes,
) -> Option<Output<'a>> {
    item.object(notes)?;
    let dapr = item.field("dapr");
    if dapr.is_present() {
        dapr.object(notes)?;
        let (name, output_name) = (dapr.field("name"), dapr.field("outputName"));
        return Some(Output {
            input: output_input(serving, &dapr, &name, Some(&output_name), existing, notes),
            metadata: strings(dapr.field("metadata"), notes),
            operation: dapr.field("operation").non_empty(notes),
        });
    }
    notes.warn(&item.at, "is read as if it were inside dapr");
    let mut metadata = strings(item.field("params"), notes);
    metadata.extend(&strings(item.field("metadata"), notes));
    // Flat, `component` is the component and `name` the output's own; without it both are one.
    let (component, name) = (item.field("component"), item.field("name"));
    let input = if component.is_present() {
        output_input(serving, item, &component, Some(&name), existing, notes)
    } else {
        output_input(serving, item, &name, None, existing, notes)
    };
    Some(Output {
        input,
        metadata,
        operation: item.field("operation").non_empty(notes),
    })
}

fn output_input<'a>(
    serving: &Serving<'a>,
    body: &Written<'_, 'a>,
    component: &Written<'_, 'a>,
    alias: Option<&Written<'_, 'a>>,
    existing: Existing<'a>,
    notes: &mut Notes,
) -> Input<'a> {
    let name = component.required("the Dapr component", notes);
    let reference = resolve(serving, body, name, CALLS, existing, notes);
    Input {
        name,
        r#type: reference.r#type,
        section: reference.section,
        topic: body.field("topic").non_empty(notes),
        alias: alias.and_then(|alias| alias.non_empty(notes)),
        at: body.at.to_string(),
    }
}
