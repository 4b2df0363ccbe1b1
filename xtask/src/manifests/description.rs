//! The children in the plugin's own description.

use anyhow::Result;
use metawasm_function::kinds::{self, Update};

use super::region;

/// Replaces the value of `children` in describe.json.
pub(super) fn children(old: &str) -> Result<String> {
    let children: Vec<String> = kinds::ALL
        .iter()
        .map(|kind| {
            let mut members = vec![
                ("apiVersion", kind.api_version),
                ("kind", kind.kind),
                ("resource", kind.resource),
            ];
            members.extend(
                kind.update
                    .map(|update| ("updateStrategy", Update::method(update))),
            );
            let mut members: Vec<String> = members
                .into_iter()
                .map(|(key, value)| format!("   \"{key}\": \"{value}\""))
                .collect();
            if kind.feature.is_some() {
                members.push("   \"optional\": true".to_owned());
            }
            format!("  {{\n{}\n  }}", members.join(",\n"))
        })
        .collect();
    let content = format!("{}\n", children.join(",\n"));
    region::replace(old, " \"children\": [", " ],", &content)
}
