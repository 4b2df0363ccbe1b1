//! Finalizers, and which hook is called.

use metawasm_contract::ControllerKind;
use serde_json::{Value, json};

use crate::object::{is_being_deleted, member};

/// The finalizer of a controller of this name.
pub fn name(controller: ControllerKind, name: &str) -> String {
    match controller {
        ControllerKind::Composite => format!("metacontroller.io/compositecontroller-{name}"),
        ControllerKind::Decorator => format!("metacontroller.io/decoratorcontroller-{name}"),
    }
}

/// Whether an object has a finalizer.
pub fn has(object: &Value, finalizer: &str) -> bool {
    let all = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    all.is_some_and(|all| all.iter().any(|found| found == finalizer))
}

/// Adds or removes a finalizer. Whether that changed the object.
pub fn set(object: &mut Value, finalizer: &str, wanted: bool) -> bool {
    if has(object, finalizer) == wanted {
        return false;
    }
    let found = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    let mut all = found.cloned().unwrap_or_default();
    all.retain(|other| other != finalizer);
    if wanted {
        all.push(json!(finalizer));
    }
    member(object, "metadata").map(|metadata| metadata.insert("finalizers".to_owned(), json!(all)));
    true
}

/// Whether finalize is called instead of sync.
pub fn is_called(has_hook: bool, parent: &Value, is_selected: bool) -> bool {
    has_hook && (is_being_deleted(parent) || !is_selected)
}

/// Whether children are managed at all: those of a parent that is being deleted only while our finalizer holds it, and
/// none once the garbage collector works on it.
pub fn manages_children(parent: &Value, finalizer: &str) -> bool {
    !is_being_deleted(parent)
        || (has(parent, finalizer) && !has(parent, "foregroundDeletion") && !has(parent, "orphan"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names() {
        assert_eq!(
            name(ControllerKind::Composite, "f"),
            "metacontroller.io/compositecontroller-f"
        );
        assert_eq!(
            name(ControllerKind::Decorator, "f"),
            "metacontroller.io/decoratorcontroller-f"
        );
    }

    #[test]
    fn set_once() {
        let mut object = json!({});
        assert!(set(&mut object, "f", true));
        assert!(!set(&mut object, "f", true));
        assert_eq!(object, json!({"metadata": {"finalizers": ["f"]}}));
        assert!(set(&mut object, "f", false));
        assert!(!set(&mut object, "f", false));
    }

    #[test]
    fn which_hook_and_whose_children() {
        let live = json!({"metadata": {}});
        let deleted =
            |finalizers: &[&str]| json!({"metadata": {"deletionTimestamp": "x", "finalizers": finalizers}});
        let table = [
            (live.clone(), true, false, true),
            (live, false, true, true),
            (deleted(&["f"]), true, true, true),
            (deleted(&["other"]), true, true, false),
            (deleted(&["f", "foregroundDeletion"]), true, true, false),
            (deleted(&["f", "orphan"]), true, true, false),
        ];
        for (parent, selected, finalize, manages) in table {
            assert_eq!(is_called(true, &parent, selected), finalize, "{parent}");
            assert!(!is_called(false, &parent, selected), "{parent}");
            assert_eq!(manages_children(&parent, "f"), manages, "{parent}");
        }
    }
}
