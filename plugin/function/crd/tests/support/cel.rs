//! Rules in CEL, as an API server runs them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use cel::objects::{Key, Map};
use cel::{Context, Program, Value as Cel};
use serde_json::Value;

thread_local! {
    /// Rules, compiled.
    static PROGRAMS: RefCell<HashMap<String, Program>> = RefCell::default();
    /// What a rule says of a value: Functions that differ in one field have the others in common.
    static VERDICTS: RefCell<HashMap<(String, String), Verdict>> = RefCell::default();
}

/// Whether a rule holds; an error is a sentence.
pub(crate) type Verdict = Result<bool, String>;

/// What a rule says of a value.
pub(crate) fn verdict(rule: &str, value: &Value) -> Verdict {
    VERDICTS.with_borrow_mut(|verdicts| {
        let key = (rule.to_owned(), value.to_string());
        verdicts.entry(key).or_insert_with(|| run(rule, value)).clone()
    })
}

fn run(rule: &str, value: &Value) -> Verdict {
    PROGRAMS.with_borrow_mut(|programs| {
        let program = programs
            .entry(rule.to_owned())
            .or_insert_with(|| Program::compile(rule).unwrap_or_else(|error| panic!("{rule}: {error}")));
        let mut context = Context::default();
        context.add_variable_from_value("self", cel(value));
        match program.execute(&context) {
            Ok(Cel::Bool(holds)) => Ok(holds),
            other => Err(format!("{other:?}")),
        }
    })
}

/// A value as an API server gives it to a rule: whole numbers are `int`.
fn cel(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(flag) => Cel::Bool(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Cel::Int(whole),
            None => Cel::Float(number.as_f64().unwrap()),
        },
        Value::String(text) => Cel::String(Arc::new(text.clone())),
        Value::Array(list) => Cel::List(Arc::new(list.iter().map(cel).collect())),
        Value::Object(members) => {
            let members = members.iter();
            let map = members.map(|(key, value)| (Key::from(key.clone()), cel(value)));
            Cel::Map(Map {
                map: Arc::new(map.collect()),
            })
        }
    }
}
