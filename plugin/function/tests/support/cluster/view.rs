//! What the host shows a plugin of a request: its `view` and the identity of every object. A
//! field that the plugin reads and its view leaves out is absent in a cluster; so it is here.

use serde_json::Value;

const OBJECTS: [&str; 3] = ["/parent", "/children/*/*", "/related/*/*"];
const IDENTITY: [&str; 5] = [
    "apiVersion",
    "kind",
    "metadata/name",
    "metadata/namespace",
    "metadata/uid",
];

/// The paths of a description's view; nothing if it has none, and everything is shown.
pub(super) fn paths(described: &Value) -> Option<Vec<Vec<String>>> {
    let keep = described.pointer("/view/keep")?.as_array().unwrap();
    let identity = OBJECTS.map(|object| IDENTITY.map(|field| format!("{object}/{field}")));
    let keep = keep.iter().map(|path| path.as_str().unwrap().to_owned());
    let all = keep.chain(identity.into_iter().flatten());
    Some(
        all.map(|path| {
            let steps = path.split('/').skip(1);
            steps
                .map(|step| step.replace("~1", "/").replace("~0", "~"))
                .collect()
        })
        .collect(),
    )
}

/// What is left of a request.
pub(super) fn cut(request: &Value, paths: &[Vec<String>]) -> Value {
    let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
    cut_at(request, &paths).unwrap_or_default()
}

fn cut_at(value: &Value, paths: &[&[String]]) -> Option<Value> {
    if paths.is_empty() {
        return None;
    }
    if paths.iter().any(|path| path.is_empty()) {
        return Some(value.clone());
    }
    let below = |key: &str| -> Vec<&[String]> {
        let leading = paths.iter().filter_map(|path| path.split_first());
        leading
            .filter(|(step, _)| *step == "*" || *step == key)
            .map(|(_, rest)| rest)
            .collect()
    };
    Some(match value {
        Value::Object(object) => object
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), cut_at(value, &below(key))?)))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .filter_map(|(index, value)| cut_at(value, &below(&index.to_string())))
            .collect(),
        scalar => scalar.clone(),
    })
}
