//! The reference of all fields, generated from the types.

use std::fmt::Write as _;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::file::File;

/// Returns a Markdown table of all fields: path, type, default, flag, environment variable, meaning.
pub fn reference() -> String {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<File>();
    let mut table =
        String::from("| field | type | default | flag, variable | meaning |\n|---|---|---|---|---|\n");
    rows(schema.as_value(), "", &mut table);
    table
}

fn rows(schema: &Value, path: &str, table: &mut String) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    for (name, field) in properties {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let row = Row::new(field);
        // Writing to a string never fails.
        writeln!(
            table,
            "| `{path}` | {} | {} | {} | {} |",
            row.kind, row.default, row.from, row.about
        )
        .ok();
        rows(field, &path, table);
        if let Some(items) = field.get("items") {
            rows(items, &format!("{path}[]"), table);
        }
    }
}

/// The cells of a row, except the path.
struct Row {
    kind: String,
    default: String,
    from: String,
    about: String,
}

impl Row {
    fn new(field: &Value) -> Self {
        let empty = Map::new();
        let field = field.as_object().unwrap_or(&empty);
        let text = |key: &str| field.get(key).and_then(Value::as_str);
        let code = |text: &str| format!("`{text}`");
        let from: Vec<String> = [text("flag"), text("env")]
            .into_iter()
            .flatten()
            .map(code)
            .collect();
        Self {
            kind: text("title").map_or_else(|| kind(field), str::to_owned),
            default: match field.get("default") {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => code(text),
                Some(other) => code(&other.to_string()),
            },
            from: from.join(", "),
            about: text("description")
                .unwrap_or_default()
                .replace('\n', " ")
                .replace('|', "\\|"),
        }
    }
}

/// Returns the type of a field without a title.
fn kind(field: &Map<String, Value>) -> String {
    if let Some(Value::Array(words)) = field.get("enum") {
        let words: Vec<String> = words
            .iter()
            .filter_map(Value::as_str)
            .map(|word| format!("`{word}`"))
            .collect();
        return words.join(", ");
    }
    let name = |kind: &str| match kind {
        "integer" => "number".to_owned(),
        "boolean" => "`true`, `false`".to_owned(),
        "array" => "list".to_owned(),
        "string" => "string".to_owned(),
        other => other.to_owned(),
    };
    match field.get("type") {
        Some(Value::String(kind)) => name(kind),
        Some(Value::Array(kinds)) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .map(name)
            .unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Config;
    use super::*;

    const BEGIN: &str = "<!-- fields: generated from the types; update with INSTA_UPDATE=always -->\n\n";
    const END: &str = "\n<!-- end of fields -->";

    #[test]
    fn the_documentation_has_every_field() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
        let text = std::fs::read_to_string(path).unwrap();
        let (before, rest) = text.split_once(BEGIN).expect("the table's begin");
        let (now, after) = rest.split_once(END).expect("the table's end");
        if now == reference() {
            return;
        }
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            std::fs::write(path, format!("{before}{BEGIN}{}{END}{after}", reference())).unwrap();
            return;
        }
        panic!("docs/configuration.md is stale: run the tests with INSTA_UPDATE=always");
    }

    /// What the reference calls a default is what the program takes it for.
    #[test]
    fn a_file_of_all_defaults_is_the_default() {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<File>();
        let defaults = defaults(schema.as_value());
        let said = Config::parse(&defaults.to_string(), Path::new("/f.yaml")).unwrap();
        assert_eq!(format!("{said:?}"), format!("{:?}", Config::default()));
        let plugin = |more: Value| {
            let mut plugin = serde_json::json!({"name": "p", "source": "p.wasm"});
            plugin
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            let file = serde_json::json!({ "plugins": [plugin] }).to_string();
            let config = Config::parse(&file, Path::new("/f.yaml")).unwrap();
            let mut spec = config.plugins.into_iter().next().unwrap();
            // No settings are the same as empty ones, wherever they stand.
            spec.settings = None;
            spec.places = crate::yaml::Places::default();
            format!("{spec:?}")
        };
        let items = &schema.as_value()["properties"]["plugins"]["items"];
        assert_eq!(plugin(self::defaults(items)), plugin(serde_json::json!({})));
    }

    fn defaults(schema: &Value) -> Value {
        let mut all = Map::new();
        for (name, field) in schema["properties"].as_object().unwrap() {
            if let Some(default) = field.get("default") {
                all.insert(name.clone(), default.clone());
            } else if field.get("properties").is_some() && field.get("required").is_none() {
                all.insert(name.clone(), defaults(field));
            }
        }
        Value::Object(all)
    }

    #[test]
    fn every_flag_and_variable_of_the_reference_is_one_of_the_command() {
        let help = crate::cli::serve_help();
        for word in reference()
            .split('`')
            .filter(|word| word.starts_with("--") || word.starts_with("METAWASM_"))
        {
            let word = word.split(' ').next().unwrap_or_default();
            assert!(help.contains(word), "{word} is not in {help}");
        }
    }
}
