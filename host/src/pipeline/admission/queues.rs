//! Who runs and who waits: plain state, without clocks, locks or tasks.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// What one plugin may have.
#[derive(Clone, Debug)]
pub(super) struct QueueOptions {
    pub(super) name: Arc<str>,
    /// Calls that run at once; at least 1.
    pub(super) concurrency: usize,
    /// Calls that wait; at least 1.
    pub(super) queue: usize,
}

/// A queue for each plugin, first come, first served within it; places that become free go to the queues in
/// turn. `W` is how a waiter is told.
///
/// While a place is free, nobody waits who could have it: that is what makes entering without waiting fair.
#[derive(Debug)]
pub(super) struct Queues<W> {
    concurrency: usize,
    queue: usize,
    running: usize,
    waiting: usize,
    queues: Vec<PluginQueue<W>>,
    /// Queues with waiters that are below their own bound, and perhaps some without waiters any more: the next
    /// in turn first.
    turns: VecDeque<usize>,
    number: u64,
}

#[derive(Debug)]
struct PluginQueue<W> {
    options: QueueOptions,
    running: usize,
    /// By number, which is the order in which they came.
    waiters: BTreeMap<u64, W>,
    /// Whether it is in `turns`.
    in_turn: bool,
    /// How long a call of it takes, the last ones counting most; `None` before the first.
    call: Option<Duration>,
    /// Whether its plugin is gone. Calls that have begun may still come; the place in the list is for a plugin of the
    /// same name that comes later.
    retired: bool,
}

/// How many calls of a plugin wait and run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// The plugin.
    pub plugin: Arc<str>,
    /// Calls that wait.
    pub waiting: usize,
    /// Calls that run.
    pub running: usize,
}

impl<W> Queues<W> {
    /// `concurrency` running and `queue` waiting at once, of all queues together.
    pub(super) fn new(concurrency: usize, queue: usize, queues: impl Iterator<Item = QueueOptions>) -> Self {
        Self {
            concurrency: concurrency.max(1),
            queue,
            running: 0,
            waiting: 0,
            queues: queues.map(PluginQueue::new).collect(),
            turns: VecDeque::new(),
            number: 0,
        }
    }

    /// Adds a queue and gives its place.
    pub(super) fn add(&mut self, options: QueueOptions) -> usize {
        self.queues.push(PluginQueue::new(options));
        self.queues.len() - 1
    }

    /// Gives a queue other bounds, and lets in those who have a place now, to be told.
    pub(super) fn resize(&mut self, id: usize, concurrency: usize, queue: usize) -> Vec<W> {
        if let Some(own) = self.queues.get_mut(id) {
            own.options.concurrency = concurrency;
            own.options.queue = queue;
            own.retired = false;
        }
        self.take_turn(id);
        let mut let_in = Vec::new();
        while self.running < self.concurrency
            && let Some(waiter) = self.next()
        {
            let_in.push(waiter);
        }
        let_in
    }

    /// Says that the plugin of a queue is gone.
    pub(super) fn retire(&mut self, id: usize) {
        if let Some(own) = self.queues.get_mut(id) {
            own.retired = true;
        }
    }

    /// Lets a call run if there is a place for it.
    pub(super) fn enter(&mut self, id: usize) -> bool {
        let Some(own) = self.queues.get_mut(id) else {
            return false;
        };
        let free = self.running < self.concurrency && own.running < own.options.concurrency;
        if free {
            own.running += 1;
            self.running += 1;
        }
        free
    }

    /// Lets a call wait and gives its number; `None` where too many wait. A queue in which nobody waits has
    /// room for one in any case: others cannot fill the whole queue.
    pub(super) fn wait(&mut self, id: usize, waiter: W) -> Option<u64> {
        let full = self.waiting >= self.queue;
        let own = self.queues.get_mut(id)?;
        let waiting = own.waiters.len();
        if waiting > 0 && (full || waiting >= own.options.queue) {
            return None;
        }
        let number = self.number;
        self.number += 1;
        own.waiters.insert(number, waiter);
        self.waiting += 1;
        self.take_turn(id);
        Some(number)
    }

    /// Takes a waiter out. False where it was let in meanwhile: then it has a place, to be given back.
    pub(super) fn leave(&mut self, id: usize, number: u64) -> bool {
        let waited = self
            .queues
            .get_mut(id)
            .is_some_and(|own| own.waiters.remove(&number).is_some());
        self.waiting -= usize::from(waited);
        waited
    }

    /// Ends a call, which took so long if it ran, and lets in the next one, to be told.
    pub(super) fn done(&mut self, id: usize, took: Option<Duration>) -> Option<W> {
        if let Some(own) = self.queues.get_mut(id) {
            own.running = own.running.saturating_sub(1);
            if let Some(took) = took {
                own.call = Some(own.call.map_or(took, |before| (before * 7 + took) / 8));
            }
        }
        self.running = self.running.saturating_sub(1);
        self.take_turn(id);
        // One place is free, so one may have it: had there been more, they would not be waiting.
        self.next()
    }

    /// Lets in the next one in turn.
    fn next(&mut self) -> Option<W> {
        while let Some(id) = self.turns.pop_front() {
            let Some(own) = self.queues.get_mut(id) else {
                continue;
            };
            own.in_turn = false;
            if own.running >= own.options.concurrency {
                continue;
            }
            let Some((_, waiter)) = own.waiters.pop_first() else {
                continue;
            };
            own.running += 1;
            self.running += 1;
            self.waiting -= 1;
            self.take_turn(id);
            return Some(waiter);
        }
        None
    }

    /// Puts a queue at the end of the turns if it has somebody for a place.
    fn take_turn(&mut self, id: usize) {
        if let Some(own) = self.queues.get_mut(id)
            && !own.in_turn
            && !own.waiters.is_empty()
            && own.running < own.options.concurrency
        {
            own.in_turn = true;
            self.turns.push_back(id);
        }
    }

    /// How long a call of a queue takes, as far as that is known.
    pub(super) fn call(&self, id: usize) -> Option<Duration> {
        self.queues.get(id)?.call
    }

    /// How long the next one in a queue would wait if a call took `call`.
    pub(super) fn wait_of(&self, id: usize, call: Duration) -> Duration {
        let Some(own) = self.queues.get(id) else {
            return Duration::ZERO;
        };
        // Places are shared by the queues that want one.
        let others = self.turns.len().saturating_sub(usize::from(own.in_turn));
        let places = own
            .options
            .concurrency
            .min(self.concurrency / (others + 1))
            .max(1);
        let ahead = own.waiters.len() + 1;
        call.mul_f64(ahead as f64 / places as f64)
    }

    /// Waiting and running, queue by queue, of the plugins that are there.
    pub(super) fn load(&self) -> impl Iterator<Item = Load> {
        let present = self.queues.iter().filter(|queue| !queue.retired);
        present.map(|queue| Load {
            plugin: queue.options.name.clone(),
            waiting: queue.waiters.len(),
            running: queue.running,
        })
    }
}

impl<W> PluginQueue<W> {
    fn new(options: QueueOptions) -> Self {
        Self {
            options,
            running: 0,
            waiters: BTreeMap::new(),
            in_turn: false,
            call: None,
            retired: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Queues, each with what may run and what may wait.
    fn queues(concurrency: usize, queue: usize, each: &[(usize, usize)]) -> Queues<u32> {
        let options = each.iter().map(|&(concurrency, queue)| QueueOptions {
            name: Arc::from("p"),
            concurrency,
            queue,
        });
        Queues::new(concurrency, queue, options)
    }

    #[test]
    fn a_call_of_a_quiet_plugin_waits_behind_at_most_one_of_a_busy_plugin() {
        let mut queues = queues(1, 1000, &[(2, 1000), (2, 1000)]);
        assert!(queues.enter(0));
        for caller in 0..500 {
            assert!(queues.wait(0, caller).is_some());
        }
        assert!(queues.wait(1, 9000).is_some());
        let next = [queues.done(0, None).unwrap(), queues.done(0, None).unwrap()];
        assert_eq!(next, [0, 9000]);
        // And back to the order in which they came.
        assert_eq!(queues.done(1, None), Some(1));
    }

    #[test]
    fn a_plugin_at_its_own_bound_leaves_its_turn_to_others() {
        let mut queues = queues(2, 10, &[(1, 10), (2, 10)]);
        assert!(queues.enter(0) && queues.enter(1));
        assert!(queues.wait(0, 1).is_some() && queues.wait(1, 2).is_some());
        assert_eq!(queues.done(1, None), Some(2), "queue 0 has its one place");
        assert_eq!(queues.done(0, None), Some(1));
    }

    #[test]
    fn queues_are_bounded_together_and_each_but_one_call_may_always_wait() {
        let mut queues = queues(1, 3, &[(1, 2), (1, 9), (1, 9)]);
        assert!(queues.enter(0));
        assert!(queues.wait(0, 1).is_some() && queues.wait(0, 2).is_some());
        assert!(queues.wait(0, 3).is_none(), "two of queue 0");
        assert!(queues.wait(1, 4).is_some());
        assert!(queues.wait(1, 5).is_none(), "three in all");
        assert!(queues.wait(2, 6).is_some(), "but the first of queue 2");
        assert!(queues.wait(2, 7).is_none());
    }

    #[test]
    fn the_wait_grows_with_the_queue_and_with_the_plugins_that_share() {
        let mut queues = queues(2, 100, &[(2, 100), (2, 100)]);
        assert!(queues.enter(0) && queues.enter(0));
        let second = Duration::from_secs(1);
        assert_eq!(queues.wait_of(0, second), second / 2);
        for caller in 0..9 {
            queues.wait(0, caller);
        }
        assert_eq!(queues.wait_of(0, second), second * 5);
        queues.wait(1, 0);
        assert_eq!(queues.wait_of(0, second), second * 10);
    }

    #[test]
    fn a_queue_comes_grows_and_goes_while_calls_wait() {
        let mut queues = queues(3, 10, &[(1, 10)]);
        let added = queues.add(QueueOptions {
            name: Arc::from("q"),
            concurrency: 1,
            queue: 1,
        });
        assert!(queues.enter(0) && queues.enter(added));
        assert!(queues.wait(0, 1).is_some() && queues.wait(0, 2).is_some());
        assert_eq!(queues.resize(0, 3, 10), [1], "three run in all");
        queues.retire(added);
        assert_eq!(queues.load().count(), 1);
        assert_eq!(
            queues.done(added, None),
            Some(2),
            "its last call gives its place back"
        );
        assert!(queues.resize(added, 1, 1).is_empty());
        assert_eq!(queues.load().count(), 2, "it is there again");
    }

    #[test]
    fn what_a_call_takes_follows_the_last_ones() {
        let mut queues = queues(1, 1, &[(1, 1)]);
        let second = Duration::from_secs(1);
        queues.done(0, Some(second));
        assert_eq!(queues.call(0), Some(second));
        for _ in 0..50 {
            queues.done(0, Some(second / 10));
        }
        assert!(queues.call(0).unwrap() < second / 8);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Come(usize),
        Leave(usize),
        End(usize),
        Resize(usize, usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0_usize..3).prop_map(Step::Come),
            1 => (0_usize..100).prop_map(Step::Leave),
            2 => (0_usize..100).prop_map(Step::End),
            1 => (0_usize..3, 1_usize..4).prop_map(|(id, concurrency)| Step::Resize(id, concurrency)),
        ]
    }

    proptest! {
        /// Bounds are never passed, no place stays free while somebody could have it, and everyone who came
        /// runs, was refused, left or waits.
        #[test]
        fn nobody_is_lost_and_no_place_is_wasted(
            concurrency in 1_usize..4,
            queue in 1_usize..6,
            mut each in proptest::collection::vec((1_usize..4, 1_usize..4), 3),
            steps in proptest::collection::vec(step(), 0..200),
        ) {
            let mut queues = queues(concurrency, queue, &each);
            let (mut running, mut waiting) = (Vec::new(), Vec::new());
            let resized = steps.iter().any(|step| matches!(step, Step::Resize(..)));
            for (caller, step) in (0_u32..).zip(steps) {
                match step {
                    Step::Come(id) if queues.enter(id) => running.push(id),
                    Step::Come(id) => {
                        if let Some(number) = queues.wait(id, caller) {
                            waiting.push((id, number, caller));
                        }
                    }
                    Step::Leave(index) if !waiting.is_empty() => {
                        let (queue, number, _) = waiting.remove(index % waiting.len());
                        prop_assert!(queues.leave(queue, number));
                        prop_assert!(!queues.leave(queue, number), "once is enough");
                    }
                    Step::End(index) if !running.is_empty() => {
                        let queue = running.remove(index % running.len());
                        if let Some(next) = queues.done(queue, None) {
                            let index = waiting.iter().position(|&(_, _, caller)| caller == next).unwrap();
                            let (id, _, _) = waiting.remove(index);
                            prop_assert!(
                                waiting.iter().all(|&(other, _, caller)| other != id || caller > next),
                                "first come, first served"
                            );
                            running.push(id);
                        }
                    }
                    Step::Resize(id, concurrency) => {
                        each[id].0 = concurrency;
                        for next in queues.resize(id, concurrency, each[id].1) {
                            let index = waiting.iter().position(|&(_, _, caller)| caller == next).unwrap();
                            running.push(waiting.remove(index).0);
                        }
                    }
                    Step::Leave(_) | Step::End(_) => {}
                }
                let load: Vec<Load> = queues.load().collect();
                let count = |all: &[usize], queue| all.iter().filter(|&&other| other == queue).count();
                let waits: Vec<usize> = waiting.iter().map(|&(queue, _, _)| queue).collect();
                prop_assert!(running.len() <= concurrency && waits.len() <= queue + each.len());
                for (queue, load) in load.iter().enumerate() {
                    prop_assert_eq!(load.running, count(&running, queue));
                    prop_assert_eq!(load.waiting, count(&waits, queue));
                    prop_assert!(load.waiting <= each[queue].1);
                    // A bound that was lowered takes nobody's place away.
                    prop_assert!(resized || load.running <= each[queue].0);
                    let free = running.len() < concurrency && load.running < each[queue].0;
                    prop_assert!(!free || load.waiting == 0, "a place is free and somebody waits for it");
                }
            }
        }
    }
}
