//! The work queue of a controller: every parent is in it at most once, and never with two workers.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metawasm_model::Id;
use metawasm_model::queue::back_off;
use tokio::sync::Notify;

#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    added: Notify,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Id>,
    waiting: HashSet<Id>,
    at_work: HashSet<Id>,
    failures: HashMap<Id, u32>,
}

impl Queue {
    pub(super) fn add(&self, parent: Id) {
        let mut state = self.state.lock().unwrap();
        if state.waiting.insert(parent.clone()) && !state.at_work.contains(&parent) {
            state.ready.push_back(parent);
            self.added.notify_one();
        }
    }

    pub(super) fn add_after(self: &Arc<Self>, parent: Id, wait: Duration) {
        // A queue that is gone has nothing to add to.
        let queue = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            if let Some(queue) = queue.upgrade() {
                queue.add(parent);
            }
        });
    }

    pub(super) fn add_failed(self: &Arc<Self>, parent: Id) {
        let mut state = self.state.lock().unwrap();
        let failures = state.failures.entry(parent.clone()).or_default();
        let wait = back_off(*failures);
        *failures = failures.saturating_add(1);
        drop(state);
        self.add_after(parent, wait);
    }

    pub(super) fn forget(&self, parent: &Id) {
        self.state.lock().unwrap().failures.remove(parent);
    }

    /// The next parent, which is this worker's until [`Queue::done`].
    pub(super) async fn next(&self) -> Id {
        loop {
            let added = self.added.notified();
            if let Some(parent) = self.take() {
                return parent;
            }
            added.await;
        }
    }

    fn take(&self) -> Option<Id> {
        let mut state = self.state.lock().unwrap();
        let parent = state.ready.pop_front()?;
        state.waiting.remove(&parent);
        state.at_work.insert(parent.clone());
        if !state.ready.is_empty() {
            self.added.notify_one();
        }
        Some(parent)
    }

    pub(super) fn done(&self, parent: &Id) {
        let mut state = self.state.lock().unwrap();
        state.at_work.remove(parent);
        if state.waiting.contains(parent) {
            state.ready.push_back(parent.clone());
            self.added.notify_one();
        }
    }
}
