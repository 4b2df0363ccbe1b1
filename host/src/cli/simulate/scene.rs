//! What a simulation begins with.

use metawasm_contract::{ApplyStrategy, Assembly, Hook};
use metawasm_model::world::{Controller, World};
use serde_json::Value;

use super::script;
use crate::catalogue::Description;
use crate::cli::Failure;
use crate::cli::cases::child_kind;
use crate::cli::render::namespace;

/// A parent, its controller, and what exists besides.
pub(in crate::cli) struct Scene<'a> {
    /// The CompositeController or DecoratorController.
    pub(in crate::cli) controller: Value,
    /// The declared kinds, as apiVersion and kind.
    pub(in crate::cli) declared: Vec<(String, String)>,
    /// The plugin's.
    pub(in crate::cli) description: &'a Description,
    /// The parent.
    pub(in crate::cli) parent: Value,
    /// Objects that exist from the start.
    pub(in crate::cli) related: Vec<Value>,
    /// How children are applied.
    pub(in crate::cli) apply: ApplyStrategy,
}

impl Scene<'_> {
    /// Returns the world.
    pub(in crate::cli) fn world(self) -> Result<World, Failure> {
        let kinds = self.declared.iter().map(|(api_version, kind)| {
            child_kind(
                &self.controller,
                self.description,
                api_version.clone(),
                kind.clone(),
            )
        });
        let controller = Controller::new(self.controller.clone(), kinds.collect()).map_err(Failure::usage)?;
        // A request is made to check the parent, and to complete it as the API server would.
        let request = Assembly {
            controller: self.controller,
            parent: self.parent,
            declared: self.declared,
            observed: Vec::new(),
            related: Vec::new(),
            namespace: namespace(None, self.description)?,
        };
        let request = request.request(Hook::Customize).map_err(Failure::usage)?;
        let mut request: Value = serde_json::from_str(&request).map_err(Failure::usage)?;
        let parent = request.get_mut("parent").map(Value::take).unwrap_or_default();
        let mut world = World::new(controller, parent, self.apply);
        for related in self.related {
            let namespaced = script::is_namespaced(&related);
            world
                .put(related, namespaced)
                .map_err(|refusal| Failure::Usage(format!("related objects: {refusal}")))?;
        }
        Ok(world)
    }
}
