//! A route: which hook of which plugin a request is for.

use std::sync::Arc;

use metawasm_contract::Hook;

use super::admission::QueueId;
use crate::catalogue::Plugin;

/// A hook of a plugin that is loaded.
pub struct Route {
    pub(super) plugin: Arc<Plugin>,
    pub(super) hook: Hook,
    pub(super) queue: QueueId,
}

impl Route {
    /// The plugin.
    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.plugin
    }

    /// The hook.
    pub fn hook(&self) -> Hook {
        self.hook
    }
}
