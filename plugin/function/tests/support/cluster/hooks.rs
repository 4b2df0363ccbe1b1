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
    /// Whether requests are cut to the plugin's view and answers reviewed, as the host does.
    pub(super) are_hosted: bool,
}

impl Hooks {
    /// The plugin's.
    pub(super) fn plugin() -> Self {
        Hooks {
            sync: Box::new(metawasm_function::sync),
            customize: Box::new(metawasm_function::customize),
            finalize: Box::new(metawasm_function::finalize),
            are_hosted: true,
        }
    }

    /// A sync hook of the test's own, from request to answer, behind the host. Customize asks for
    /// nothing and finalize lets go at once.
    pub(crate) fn sync(sync: impl Fn(&Value) -> Value + 'static) -> Self {
        let idle = Hooks {
            sync: Box::new(metawasm_function::sync),
            customize: Box::new(|_, _| Ok(json!({"relatedResources": []}).to_string())),
            finalize: Box::new(|_, _| Ok(json!({"children": [], "finalized": true}).to_string())),
            are_hosted: true,
        };
        Hooks {
            sync: hook(sync),
            ..idle
        }
    }

    /// Always the same children, which no host reviews.
    pub(crate) fn children(children: Value) -> Self {
        Self::sync(move |_| json!({"children": children, "status": {}})).unhosted()
    }

    /// Without a host: requests are whole, and answers go as they are.
    pub(crate) fn unhosted(self) -> Self {
        Hooks {
            are_hosted: false,
            ..self
        }
    }

    /// With a customize hook, from request to rules.
    pub(crate) fn customize(self, customize: impl Fn(&Value) -> Value + 'static) -> Self {
        Hooks {
            customize: hook(move |request| json!({"relatedResources": customize(request)})),
            ..self
        }
    }

    /// With a finalize hook, from request to answer.
    pub(crate) fn finalize(self, finalize: impl Fn(&Value) -> Value + 'static) -> Self {
        Hooks {
            finalize: hook(finalize),
            ..self
        }
    }
}

fn hook(answer: impl Fn(&Value) -> Value + 'static) -> Hook {
    Box::new(move |request, _| Ok(answer(&serde_json::from_str(request).unwrap()).to_string()))
}
