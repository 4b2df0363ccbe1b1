//! The hooks that are called: the plugin's, or those of a test.

use metawasm_function::Failure;
use serde_json::{Value, json};

/// A hook: request and settings, both JSON, to the answer.
type Hook = Box<dyn Fn(&str, &str) -> Result<String, Failure>>;

/// The three hooks of a controller.
pub(crate) struct Hooks {
    pub(super) sync: Hook,
    pub(super) customize: Hook,
    pub(super) finalize: Hook,
    /// Whether answers are reviewed, and requests cut to the plugin's view.
    pub(super) of_plugin: bool,
}

impl Hooks {
    /// The plugin's.
    pub(super) fn plugin() -> Self {
        Hooks {
            sync: Box::new(metawasm_function::sync),
            customize: Box::new(metawasm_function::customize),
            finalize: Box::new(metawasm_function::finalize),
            of_plugin: true,
        }
    }

    /// Hooks that ask for what the test says, at each sync anew and unreviewed.
    pub(crate) fn children(children: impl Fn() -> Value + 'static) -> Self {
        Hooks {
            sync: Box::new(move |_, _| Ok(json!({"children": children(), "status": {}}).to_string())),
            customize: Box::new(|_, _| Ok(json!({"relatedResources": []}).to_string())),
            finalize: Box::new(|_, _| Ok(json!({"children": [], "finalized": true}).to_string())),
            of_plugin: false,
        }
    }
}
