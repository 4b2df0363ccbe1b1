//! Dapr triggers, inputs, outputs and components in all their spellings → canonical ones.

use super::{non_empty, strings, text};
use crate::api::field::{Dict, Field, List, quoted};
use crate::api::function as written;
use crate::function::{Component, Input, Output, Serving, State, has_group};
use crate::notes::{Notes, Path};

/// `bindings`, `pubsub` and `states`.
pub(super) fn components(
    serving: &mut Serving,
    bindings: Field<Dict<written::Component>>,
    pubsub: Field<Dict<written::Component>>,
    states: Field<Dict<written::State>>,
    notes: &mut Notes,
) {
    let at = Path::root("spec.serving");
    for (field, name, into) in [
        (bindings, "bindings", &mut serving.bindings),
        (pubsub, "pubsub", &mut serving.pubsub),
    ] {
        let at = at.field(name);
        for (key, value) in notes.take(field, &at).unwrap_or_default() {
            let at = at.key(&key);
            let component = component(notes.take(value, &at).unwrap_or_default(), &at, notes);
            into.insert(key, component);
        }
    }
    let at = at.field("states");
    for (key, value) in notes.take(states, &at).unwrap_or_default() {
        let at = at.key(&key);
        let written = notes.take(value, &at).unwrap_or_default();
        let spec = notes.take(written.spec, &at.field("spec"));
        let mut state = State {
            defined: spec.is_some(),
            ..State::default()
        };
        if let Some(spec) = spec {
            state.r#type = component(spec, &at.field("spec"), notes).r#type;
        } else {
            notes.warn(
                &at,
                "an existing Dapr Component of that name is meant; its type is not known here",
            );
        }
        serving.states.insert(key, state);
    }
}

fn component(written: written::Component, at: &Path<'_>, notes: &mut Notes) -> Component {
    let items = at.field("metadata");
    for (index, item) in notes
        .take(written.metadata, &items)
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        let at = items.index(index);
        let item = notes.take(item, &at).unwrap_or_default();
        text(
            item.name,
            &at.field("name"),
            "the name of a setting of the component",
            notes,
        );
    }
    let type_at = at.field("type");
    let r#type = text(
        written.r#type,
        &type_at,
        "the type of the component, such as bindings.kafka",
        notes,
    );
    let version_at = at.field("version");
    text(
        written.version,
        &version_at,
        "the version of the component, such as v1",
        notes,
    );
    Component {
        r#type: corrected(r#type, &type_at, notes),
    }
}

/// `triggers.dapr`. A state store triggers nothing: it is moved to `states`.
pub(super) fn triggers(serving: &mut Serving, list: List<written::Input>, notes: &mut Notes) {
    let at = Path::root("spec.serving.triggers.dapr");
    for (index, item) in list.into_iter().enumerate() {
        let at = at.index(index);
        let Some(input) = input(serving, item, &at, notes) else {
            continue;
        };
        if input.is_a("state") {
            notes.warn(
                &at,
                format_args!(
                    "{} cannot trigger a function; it is read as an entry of spec.serving.states",
                    quoted(&input.r#type)
                ),
            );
            let state = State {
                r#type: input.r#type,
                defined: false,
            };
            serving.states.entry(input.name).or_insert(state);
        } else {
            serving.triggers.push(input);
        }
    }
}

/// `triggers.inputs`, or the same list below `http`.
pub(super) fn inputs(
    serving: &Serving,
    field: Field<List<written::Input>>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Vec<Input> {
    let list = notes.take(field, at).unwrap_or_default();
    list.into_iter()
        .enumerate()
        .filter_map(|(index, item)| input(serving, item, &at.index(index), notes))
        .collect()
}

/// One trigger or input: flat, or inside `dapr` or `dap`.
fn input(serving: &Serving, item: Field<written::Input>, at: &Path<'_>, notes: &mut Notes) -> Option<Input> {
    let item = notes.take(item, at)?;
    let (body, inner) = if item.dapr.is_present() {
        (notes.take(item.dapr, &at.field("dapr"))?, "dapr")
    } else if item.dap.is_present() {
        notes.warn(&at.field("dap"), "is read as dapr");
        (notes.take(item.dap, &at.field("dap"))?, "dap")
    } else {
        let flat = written::InputBody {
            name: item.name,
            r#type: item.r#type,
            topic: item.topic,
            input_name: item.input_name,
        };
        (flat, "")
    };
    let inner_at = at.field(inner);
    let at = if inner.is_empty() { at } else { &inner_at };
    let mut input = Input {
        name: text(body.name, &at.field("name"), "the Dapr component", notes),
        topic: non_empty(notes.take(body.topic, &at.field("topic"))),
        alias: non_empty(notes.take(body.input_name, &at.field("inputName"))),
        at: at.to_string(),
        ..Input::default()
    };
    let r#type = notes.take(body.r#type, &at.field("type")).unwrap_or_default();
    input.r#type = resolved(serving, r#type, &input.name, at, notes);
    Some(input)
}

/// `outputs`.
pub(super) fn outputs(
    serving: &Serving,
    field: Field<List<written::Output>>,
    notes: &mut Notes,
) -> Vec<Output> {
    let at = Path::root("spec.serving.outputs");
    let list = notes.take(field, &at).unwrap_or_default();
    list.into_iter()
        .enumerate()
        .filter_map(|(index, item)| output(serving, item, &at.index(index), notes))
        .collect()
}

fn output(
    serving: &Serving,
    item: Field<written::Output>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Option<Output> {
    let item = notes.take(item, at)?;
    let dapr_at = at.field("dapr");
    if item.dapr.is_present() {
        let body = notes.take(item.dapr, &dapr_at)?;
        return Some(dapr_output(serving, body, &dapr_at, notes));
    }
    notes.warn(at, "is read as if it were inside dapr");
    let params_at = at.field("params");
    let mut metadata = strings(item.params, &params_at, notes);
    metadata.extend(strings(item.metadata, &at.field("metadata"), notes));
    // Flat, `component` is the component and `name` the output's own; without it both are one.
    let component = item.component.is_present();
    let (name, output_name) = if component {
        (item.component, item.name)
    } else {
        (item.name, Field::Absent)
    };
    let name_at = if component { "component" } else { "name" };
    let name = text(name, &at.field(name_at), "the Dapr component", notes);
    let r#type = notes.take(item.r#type, &at.field("type")).unwrap_or_default();
    Some(Output {
        input: Input {
            r#type: resolved(serving, r#type, &name, at, notes),
            name,
            topic: non_empty(notes.take(item.topic, &at.field("topic"))),
            alias: non_empty(notes.take(output_name, &at.field("name"))),
            at: at.to_string(),
        },
        metadata,
        operation: non_empty(notes.take(item.operation, &at.field("operation"))),
    })
}

fn dapr_output(serving: &Serving, body: written::OutputBody, at: &Path<'_>, notes: &mut Notes) -> Output {
    let name = text(body.name, &at.field("name"), "the Dapr component", notes);
    let r#type = notes.take(body.r#type, &at.field("type")).unwrap_or_default();
    Output {
        input: Input {
            r#type: resolved(serving, r#type, &name, at, notes),
            name,
            topic: non_empty(notes.take(body.topic, &at.field("topic"))),
            alias: non_empty(notes.take(body.output_name, &at.field("outputName"))),
            at: at.to_string(),
        },
        metadata: strings(body.metadata, &at.field("metadata"), notes),
        operation: non_empty(notes.take(body.operation, &at.field("operation"))),
    }
}

/// The type of a component: as written, else that of the component which the Function defines.
fn resolved(serving: &Serving, written: String, name: &str, at: &Path<'_>, notes: &mut Notes) -> String {
    let type_at = at.field("type");
    let defined = serving.defined_type(name);
    if written.is_empty() {
        if defined.is_none() && !name.is_empty() {
            notes.required(
                &type_at,
                format_args!(
                    "the Function defines no component {}, so that its type must be written here",
                    quoted(name)
                ),
            );
        }
        return defined.unwrap_or_default().to_owned();
    }
    if defined.is_none() && !name.is_empty() {
        notes.warn(
            &at.field("name"),
            format_args!(
                "the Function defines no component {}; an existing Dapr Component of that name is meant",
                quoted(name)
            ),
        );
    }
    corrected(written, &type_at, notes)
}

/// `binding.kafka`, as the proposal writes it, is `bindings.kafka`.
fn corrected(r#type: String, at: &Path<'_>, notes: &mut Notes) -> String {
    if !has_group(&r#type, "binding") {
        return r#type;
    }
    let right = r#type.replacen("binding.", "bindings.", 1);
    notes.warn(
        at,
        format_args!("{} is read as {}", quoted(&r#type), quoted(&right)),
    );
    right
}
