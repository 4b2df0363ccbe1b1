//! Whether an edit of the parent concerns a child, as far as the words in both tell.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::fields::FieldChange;
use crate::object::text;

/// Words of paths that say nothing.
const GENERAL: [&str; 9] = [
    "spec",
    "metadata",
    "labels",
    "annotations",
    "template",
    "name",
    "namespace",
    "enabled",
    "the",
];

/// Whether an edit of the parent may well mean that a child goes: it takes something away, turns something off, or
/// names the child's kind or name.
pub(super) fn concern(edited: &[FieldChange], parent: &Value, child: &Value) -> bool {
    let takes_away = |change: &FieldChange| {
        let is_off = change.new == Some(Value::Bool(false));
        let is_of_spec = !change.path.starts_with("metadata.");
        is_of_spec && (change.new.is_none() || is_off)
    };
    if edited.iter().any(takes_away) {
        return true;
    }
    let own = words(&text(parent, "/metadata/name"));
    let mut edited_words = BTreeSet::new();
    for change in edited {
        edited_words.extend(words(&change.path));
        for value in [&change.old, &change.new].into_iter().flatten() {
            if let Value::String(value) = value {
                edited_words.extend(words(value));
            }
        }
    }
    let named = ["/kind", "/apiVersion", "/metadata/name"].map(|field| text(child, field));
    let child_words: BTreeSet<String> = named.iter().flat_map(|name| words(name)).collect();
    let meant = |word: &String| !own.contains(word) && !GENERAL.contains(&word.as_str());
    edited_words.intersection(&child_words).any(meant)
}

/// The words of a text, in lower case. A capital letter begins one.
fn words(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut word = String::new();
    let mut was_lower = false;
    for c in text.chars() {
        let begins = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && was_lower);
        if begins {
            all.insert(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase();
    }
    all.insert(word);
    all.retain(|word| word.len() > 2);
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fields::fields;

    #[test]
    fn an_edit_concerns_what_it_names_takes_away_or_turns_off() {
        let parent = json!({"metadata": {"name": "shop", "annotations": {"note": "a"}},
            "spec": {"image": "shop:v1", "cache": {"size": 1}, "metrics": true, "engine": "keda"}});
        let child =
            |kind: &str, name: &str| json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
        let scaled = json!({"apiVersion": "http.keda.sh/v1alpha1", "kind": "HTTPScaledObject", "metadata": {"name": "shop"}});
        let table = [
            (
                json!({"spec": {"image": "shop:v2"}}),
                child("Deployment", "shop"),
                false,
            ),
            (
                json!({"spec": {"cache": {"size": 2}}}),
                child("ConfigMap", "shop-cache"),
                true,
            ),
            (
                json!({"spec": {"cache": {"size": 2}}}),
                child("Service", "shop"),
                false,
            ),
            (
                json!({"spec": {"cache": null}}),
                child("StatefulSet", "shop-data"),
                true,
            ),
            (
                json!({"spec": {"metrics": false}}),
                child("Service", "shop"),
                true,
            ),
            (json!({"spec": {"engine": "knative"}}), scaled, true),
            (
                json!({"metadata": {"annotations": {"note": null}}}),
                child("Service", "shop"),
                false,
            ),
        ];
        for (patch, child, expected) in table {
            let mut edited = parent.clone();
            crate::world::merge_patch(&mut edited, &patch);
            let changes = fields(&parent, &edited);
            assert_eq!(concern(&changes, &parent, &child), expected, "{patch} {child}");
        }
    }
}
