//! The settings of a plugin as a table, read from their JSON Schema.

use anstyle::Style;
use metawasm_formats::text::shown;
use serde_json::Value;

use super::output;

/// Levels of objects that are listed.
const DEPTH: usize = 6;
/// Maximum number of rows.
const MOST: usize = 200;
/// Maximum length in bytes of a cell.
const CELL: usize = 100;
/// Maximum length in bytes of a description, which is wrapped.
const ABOUT: usize = 300;

/// Returns a table of name, type, default and description of all settings.
pub(super) fn table(schema: &Value) -> String {
    let mut rows = Vec::new();
    collect(schema, schema, "", DEPTH, &mut rows);
    if rows.is_empty() {
        return "(the settings have no named fields; --verbose shows their schema)\n".to_owned();
    }
    let heading = ["SETTING", "TYPE", "DEFAULT", "DESCRIPTION"];
    let mut text = output::table(&heading, &rows, |_, _| Style::new());
    if rows.len() >= MOST {
        text.push_str("(--verbose shows all settings)\n");
    }
    text
}

/// Adds the fields of an object. A plugin chooses its schema, so depth and number are limited.
fn collect(root: &Value, schema: &Value, path: &str, depth: usize, rows: &mut Vec<Vec<String>>) {
    let (Some(depth), Some(fields)) = (
        depth.checked_sub(1),
        schema.get("properties").and_then(Value::as_object),
    ) else {
        return;
    };
    for (name, field) in fields {
        if rows.len() >= MOST {
            return;
        }
        let field = resolved(root, field);
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let before = rows.len();
        collect(root, field, &path, depth, rows);
        // An object is listed by its fields, if it has any.
        if rows.len() == before {
            rows.push(vec![
                shown(&path, CELL),
                shown(&kind(root, field), CELL),
                default(field),
                about(field),
            ]);
        }
    }
}

/// Follows a reference into the same document.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let target = reference.and_then(|reference| root.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(schema)
}

fn kind(root: &Value, field: &Value) -> String {
    if let Some(values) = field.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().map(plain).collect();
        return values.join(" | ");
    }
    match field.get("type") {
        Some(Value::String(name)) if name == "array" => match field.get("items") {
            Some(items) => format!("list of {}", kind(root, resolved(root, items))),
            None => "list".to_owned(),
        },
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => names.iter().map(plain).collect::<Vec<_>>().join(" | "),
        _ => "any".to_owned(),
    }
}

fn default(field: &Value) -> String {
    match field.get("default") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if text.is_empty() => "\"\"".to_owned(),
        Some(value) => shown(&plain(value), CELL),
    }
}

/// The first sentence of the description.
fn about(field: &Value) -> String {
    let text = field
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let sentence = text.split_once(". ").map_or(text, |(sentence, _)| sentence);
    shown(sentence.trim_end_matches('.'), ABOUT)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_a_table() {
        let schema = json!({
            "properties": {
                "engine": {"enum": ["keda", "knative"], "default": "keda", "description": "Who serves. More words."},
                "interceptor": {"type": "object", "properties": {"port": {"type": "integer", "default": 8080}}},
                "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}},
            },
            "$defs": {"tag": {"type": "string"}},
        });
        let plain = anstream::adapter::strip_str(&table(&schema)).to_string();
        let plain: Vec<&str> = plain.lines().map(str::trim_end).collect();
        insta::assert_snapshot!(plain.join("\n"), @r"
        SETTING            TYPE             DEFAULT   DESCRIPTION
        engine             keda | knative   keda      Who serves
        interceptor.port   integer          8080
        tags               list of string
        ");
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({"$defs": {"t": {"properties": {"a": {"$ref": "#/$defs/t"}, "b": {"$ref": "#/$defs/t"}}}},
            "properties": {"t": {"$ref": "#/$defs/t"}}});
        let text = table(&schema);
        assert!(text.lines().count() <= MOST + 2);
        assert!(table(&json!({})).starts_with("(the settings"));
    }
}
