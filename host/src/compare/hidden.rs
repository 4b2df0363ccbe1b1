//! A comparison without the values of Secrets, for people and logs.

use metawasm_model::Id;
use metawasm_model::secrets::{hide_changes, hide_values};

use super::{Change, ChildId, Comparison};

/// Returns the same comparison with the values of Secrets hidden; which of them differ is still seen.
pub fn hidden(comparison: &Comparison) -> Comparison {
    let mut comparison = comparison.clone();
    for change in &mut comparison.children {
        let id = id(&change.child);
        match &mut change.change {
            Change::Added(child) | Change::Removed(child) => hide_values(&id, child),
            Change::Changed(fields) => hide_changes(&id, fields),
        }
    }
    comparison
}

fn id(child: &ChildId) -> Id {
    let api_version = match child.group.as_str() {
        "" => "v1".to_owned(),
        group => format!("{group}/v1"),
    };
    Id {
        api_version,
        kind: child.kind.clone(),
        namespace: child.namespace.clone(),
        name: child.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::compare::compare;

    #[test]
    fn values_of_secrets_are_hidden() {
        let secret = |name: &str, value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"key": value}});
        let old = json!({"children": [secret("a", "one"), secret("b", "two")]});
        let new = json!({"children": [secret("a", "three"), secret("c", "four")]});
        let comparison = compare(&old, &new, None);
        let text = serde_json::to_string(&hidden(&comparison)).unwrap();
        for value in ["one", "two", "three", "four"] {
            assert!(!text.contains(value), "{text}");
        }
        assert!(text.contains("stringData.key"), "{text}");
    }
}
