//! Dapr triggers, inputs, outputs and components in all their spellings → canonical ones.

use std::borrow::Cow;

use super::strings;
use crate::function::{Component, Input, Output, Serving, State, has_group};
use crate::notes::{Notes, Path};
use crate::sorted::Sorted;
use crate::written::{Written, quoted};

/// `bindings`, `pubsub` and `states`.
pub(super) fn components<'a>(serving: &mut Serving<'a>, written: &Written<'_, 'a>, notes: &mut Notes) {
    for (name, into) in [
        ("bindings", &mut serving.bindings),
        ("pubsub", &mut serving.pubsub),
    ] {
        for (key, value) in written.field(name).members(notes) {
            value.object(notes);
            into.insert(key, component(&value, notes));
        }
    }
    for (key, value) in written.field("states").members(notes) {
        value.object(notes);
        let mut state = State::default();
        if let Some(spec) = value.field("spec").if_object(notes) {
            state.defined = true;
            state.r#type = component(&spec, notes).r#type;
        } else {
            notes.warn(
                &value.at,
                "an existing Dapr Component of that name is meant; its type is not known here",
            );
        }
        serving.states.insert(key, state);
    }
}

fn component<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Component<'a> {
    for item in written.field("metadata").elements(notes) {
        item.object(notes);
        let name = item.field("name");
        name.required("the name of a setting of the component", notes);
    }
    let found = written.field("type");
    let r#type = found.required("the type of the component, such as bindings.kafka", notes);
    let version = written.field("version");
    version.required("the version of the component, such as v1", notes);
    Component {
        r#type: corrected(r#type, &found.at, notes),
    }
}

/// `triggers.dapr`. A state store triggers nothing: it is moved to `states`.
pub(super) fn triggers<'p, 'a: 'p>(
    serving: &mut Serving<'a>,
    list: impl Iterator<Item = Written<'p, 'a>>,
    notes: &mut Notes,
) {
    let mut moved = Vec::new();
    for item in list {
        let Some(input) = input(serving, &item, notes) else {
            continue;
        };
        if input.is_a("state") {
            notes.warn(
                &item.at,
                format_args!(
                    "{} cannot trigger a function; it is read as an entry of spec.serving.states",
                    quoted(&input.r#type)
                ),
            );
            let state = State {
                r#type: input.r#type,
                defined: false,
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

/// `triggers.inputs`, or the same list below `http`.
pub(super) fn inputs<'a>(
    serving: &Serving<'a>,
    written: &Written<'_, 'a>,
    notes: &mut Notes,
) -> Vec<Input<'a>> {
    let list = written.elements(notes);
    list.filter_map(|item| input(serving, &item, notes)).collect()
}

/// One trigger or input: flat, or inside `dapr` (`dap` in v1.1.1).
fn input<'a>(serving: &Serving<'a>, item: &Written<'_, 'a>, notes: &mut Notes) -> Option<Input<'a>> {
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
    Some(Input {
        name,
        topic: body.field("topic").non_empty(notes),
        alias: body.field("inputName").non_empty(notes),
        at: body.at.to_string(),
        r#type: resolved(serving, body, name, notes),
    })
}

/// `outputs`.
pub(super) fn outputs<'a>(
    serving: &Serving<'a>,
    written: &Written<'_, 'a>,
    notes: &mut Notes,
) -> Vec<Output<'a>> {
    let list = written.elements(notes);
    list.filter_map(|item| output(serving, &item, notes)).collect()
}

/// One output: inside `dapr`, or flat as in the proposal and v1beta1.
fn output<'a>(serving: &Serving<'a>, item: &Written<'_, 'a>, notes: &mut Notes) -> Option<Output<'a>> {
    item.object(notes)?;
    let dapr = item.field("dapr");
    if dapr.is_present() {
        dapr.object(notes)?;
        let (name, output_name) = (dapr.field("name"), dapr.field("outputName"));
        return Some(Output {
            input: output_input(serving, &dapr, &name, Some(&output_name), notes),
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
        output_input(serving, item, &component, Some(&name), notes)
    } else {
        output_input(serving, item, &name, None, notes)
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
    notes: &mut Notes,
) -> Input<'a> {
    let name = component.required("the Dapr component", notes);
    Input {
        name,
        r#type: resolved(serving, body, name, notes),
        topic: body.field("topic").non_empty(notes),
        alias: alias.and_then(|alias| alias.non_empty(notes)),
        at: body.at.to_string(),
    }
}

/// The type of a component: as written, else that of the component which the Function defines.
fn resolved<'a>(
    serving: &Serving<'a>,
    body: &Written<'_, 'a>,
    name: &str,
    notes: &mut Notes,
) -> Cow<'a, str> {
    let found = body.field("type");
    let written = found.text(notes).unwrap_or_default();
    let defined = serving.defined_type(name);
    if written.is_empty() {
        if defined.is_none() && !name.is_empty() {
            notes.required(
                &found.at,
                format_args!(
                    "the Function defines no component {}, so that its type must be written here",
                    quoted(name)
                ),
            );
        }
        return defined.cloned().unwrap_or_default();
    }
    if defined.is_none() && !name.is_empty() {
        notes.warn(
            &body.at.field("name"),
            format_args!(
                "the Function defines no component {}; an existing Dapr Component of that name is meant",
                quoted(name)
            ),
        );
    }
    corrected(written, &found.at, notes)
}

/// `binding.kafka`, as the proposal writes it, is `bindings.kafka`.
fn corrected<'a>(r#type: &'a str, at: &Path<'_>, notes: &mut Notes) -> Cow<'a, str> {
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
