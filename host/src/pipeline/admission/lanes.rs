//! Who runs and who waits: plain state, without clocks, locks or tasks.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// What one plugin may have.
#[derive(Clone, Debug)]
pub(super) struct LaneOptions {
    pub(super) name: Arc<str>,
    /// Calls that run at once; at least 1.
    pub(super) concurrency: usize,
    /// Calls that wait; at least 1.
    pub(super) queue: usize,
}

/// A lane for each plugin, first come, first served within it; places that become free go to the lanes in
/// turn. `W` is how a waiter is told.
///
/// While a place is free, nobody waits who could have it: that is what makes entering without waiting fair.
#[derive(Debug)]
pub(super) struct Lanes<W> {
    concurrency: usize,
    queue: usize,
    running: usize,
    waiting: usize,
    lanes: Vec<Lane<W>>,
    /// Lanes with waiters that are below their own bound, and perhaps some without waiters any more: the next
    /// in turn first.
    turns: VecDeque<usize>,
    next: u64,
}

#[derive(Debug)]
struct Lane<W> {
    options: LaneOptions,
    running: usize,
    /// By number, which is the order in which they came.
    waiters: BTreeMap<u64, W>,
    /// Whether it is in `turns`.
    in_turn: bool,
    /// How long a call of it takes, the last ones counting most; `None` before the first.
    call: Option<Duration>,
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

impl<W> Lanes<W> {
    /// `concurrency` running and `queue` waiting at once, of all lanes together.
    pub(super) fn new(concurrency: usize, queue: usize, lanes: impl Iterator<Item = LaneOptions>) -> Self {
        let lane = |options: LaneOptions| Lane {
            options,
            running: 0,
            waiters: BTreeMap::new(),
            in_turn: false,
            call: None,
        };
        Self {
            concurrency: concurrency.max(1),
            queue,
            running: 0,
            waiting: 0,
            lanes: lanes.map(lane).collect(),
            turns: VecDeque::new(),
            next: 0,
        }
    }

    /// Lets a call run if there is a place for it.
    pub(super) fn enter(&mut self, lane: usize) -> bool {
        let Some(own) = self.lanes.get_mut(lane) else {
            return false;
        };
        let free = self.running < self.concurrency && own.running < own.options.concurrency;
        if free {
            own.running += 1;
            self.running += 1;
        }
        free
    }

    /// Lets a call wait and gives its number; `None` where too many wait. A lane in which nobody waits has
    /// room for one in any case: others cannot fill the whole queue.
    pub(super) fn wait(&mut self, lane: usize, waiter: W) -> Option<u64> {
        let full = self.waiting >= self.queue;
        let own = self.lanes.get_mut(lane)?;
        let waiting = own.waiters.len();
        if waiting > 0 && (full || waiting >= own.options.queue) {
            return None;
        }
        let number = self.next;
        self.next += 1;
        own.waiters.insert(number, waiter);
        self.waiting += 1;
        self.take_turn(lane);
        Some(number)
    }

    /// Takes a waiter out. False where it was let in meanwhile: then it has a place, to be given back.
    pub(super) fn leave(&mut self, lane: usize, number: u64) -> bool {
        let waited = self
            .lanes
            .get_mut(lane)
            .is_some_and(|own| own.waiters.remove(&number).is_some());
        self.waiting -= usize::from(waited);
        waited
    }

    /// Ends a call, which took so long if it ran, and lets in the next one, to be told.
    pub(super) fn done(&mut self, lane: usize, took: Option<Duration>) -> Option<W> {
        if let Some(own) = self.lanes.get_mut(lane) {
            own.running = own.running.saturating_sub(1);
            if let Some(took) = took {
                own.call = Some(own.call.map_or(took, |before| (before * 7 + took) / 8));
            }
        }
        self.running = self.running.saturating_sub(1);
        self.take_turn(lane);
        // One place is free, so one may have it: had there been more, they would not be waiting.
        while let Some(lane) = self.turns.pop_front() {
            let Some(own) = self.lanes.get_mut(lane) else {
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
            self.take_turn(lane);
            return Some(waiter);
        }
        None
    }

    /// Puts a lane at the end of the turns if it has somebody for a place.
    fn take_turn(&mut self, lane: usize) {
        if let Some(own) = self.lanes.get_mut(lane)
            && !own.in_turn
            && !own.waiters.is_empty()
            && own.running < own.options.concurrency
        {
            own.in_turn = true;
            self.turns.push_back(lane);
        }
    }

    /// How long a call of a lane takes, as far as that is known.
    pub(super) fn call(&self, lane: usize) -> Option<Duration> {
        self.lanes.get(lane)?.call
    }

    /// How long the next one in a lane would wait if a call took `call`.
    pub(super) fn wait_of(&self, lane: usize, call: Duration) -> Duration {
        let Some(own) = self.lanes.get(lane) else {
            return Duration::ZERO;
        };
        // Places are shared by the lanes that want one.
        let others = self.turns.len().saturating_sub(usize::from(own.in_turn));
        let places = own
            .options
            .concurrency
            .min(self.concurrency / (others + 1))
            .max(1);
        let ahead = own.waiters.len() + 1;
        call.mul_f64(ahead as f64 / places as f64)
    }

    /// Waiting and running, lane by lane.
    pub(super) fn load(&self) -> impl Iterator<Item = Load> {
        self.lanes.iter().map(|lane| Load {
            plugin: lane.options.name.clone(),
            waiting: lane.waiters.len(),
            running: lane.running,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Lanes, each with what may run and what may wait.
    fn lanes(concurrency: usize, queue: usize, each: &[(usize, usize)]) -> Lanes<u32> {
        let options = each.iter().map(|&(concurrency, queue)| LaneOptions {
            name: Arc::from("p"),
            concurrency,
            queue,
        });
        Lanes::new(concurrency, queue, options)
    }

    #[test]
    fn a_quiet_lane_is_next_but_one_however_many_wait_in_a_busy_one() {
        let mut lanes = lanes(1, 1000, &[(2, 1000), (2, 1000)]);
        assert!(lanes.enter(0));
        for caller in 0..500 {
            assert!(lanes.wait(0, caller).is_some());
        }
        assert!(lanes.wait(1, 9000).is_some());
        let next = [lanes.done(0, None).unwrap(), lanes.done(0, None).unwrap()];
        assert_eq!(next, [0, 9000]);
        // And back to the order in which they came.
        assert_eq!(lanes.done(1, None), Some(1));
    }

    #[test]
    fn a_lane_at_its_own_bound_leaves_its_turn_to_others() {
        let mut lanes = lanes(2, 10, &[(1, 10), (2, 10)]);
        assert!(lanes.enter(0) && lanes.enter(1));
        assert!(lanes.wait(0, 1).is_some() && lanes.wait(1, 2).is_some());
        assert_eq!(lanes.done(1, None), Some(2), "lane 0 has its one place");
        assert_eq!(lanes.done(0, None), Some(1));
    }

    #[test]
    fn the_queue_is_bounded_in_all_and_in_each_lane_but_one_may_always_wait() {
        let mut lanes = lanes(1, 3, &[(1, 2), (1, 9), (1, 9)]);
        assert!(lanes.enter(0));
        assert!(lanes.wait(0, 1).is_some() && lanes.wait(0, 2).is_some());
        assert!(lanes.wait(0, 3).is_none(), "two of lane 0");
        assert!(lanes.wait(1, 4).is_some());
        assert!(lanes.wait(1, 5).is_none(), "three in all");
        assert!(lanes.wait(2, 6).is_some(), "but the first of lane 2");
        assert!(lanes.wait(2, 7).is_none());
    }

    #[test]
    fn the_wait_grows_with_the_queue_and_with_the_lanes_that_share() {
        let mut lanes = lanes(2, 100, &[(2, 100), (2, 100)]);
        assert!(lanes.enter(0) && lanes.enter(0));
        let second = Duration::from_secs(1);
        assert_eq!(lanes.wait_of(0, second), second / 2);
        for caller in 0..9 {
            lanes.wait(0, caller);
        }
        assert_eq!(lanes.wait_of(0, second), second * 5);
        lanes.wait(1, 0);
        assert_eq!(lanes.wait_of(0, second), second * 10);
    }

    #[test]
    fn what_a_call_takes_follows_the_last_ones() {
        let mut lanes = lanes(1, 1, &[(1, 1)]);
        let second = Duration::from_secs(1);
        lanes.done(0, Some(second));
        assert_eq!(lanes.call(0), Some(second));
        for _ in 0..50 {
            lanes.done(0, Some(second / 10));
        }
        assert!(lanes.call(0).unwrap() < second / 8);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Come(usize),
        Leave(usize),
        End(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0_usize..3).prop_map(Step::Come),
            1 => (0_usize..100).prop_map(Step::Leave),
            2 => (0_usize..100).prop_map(Step::End),
        ]
    }

    proptest! {
        /// Bounds are never passed, no place stays free while somebody could have it, and everyone who came
        /// runs, was refused, left or waits.
        #[test]
        fn nobody_is_lost_and_no_place_is_wasted(
            concurrency in 1_usize..4,
            queue in 1_usize..6,
            each in proptest::collection::vec((1_usize..4, 1_usize..4), 3),
            steps in proptest::collection::vec(step(), 0..200),
        ) {
            let mut lanes = lanes(concurrency, queue, &each);
            let (mut running, mut waiting) = (Vec::new(), Vec::new());
            for (caller, step) in (0_u32..).zip(steps) {
                match step {
                    Step::Come(lane) if lanes.enter(lane) => running.push(lane),
                    Step::Come(lane) => {
                        if let Some(number) = lanes.wait(lane, caller) {
                            waiting.push((lane, number, caller));
                        }
                    }
                    Step::Leave(index) if !waiting.is_empty() => {
                        let (lane, number, _) = waiting.remove(index % waiting.len());
                        prop_assert!(lanes.leave(lane, number));
                        prop_assert!(!lanes.leave(lane, number), "once is enough");
                    }
                    Step::End(index) if !running.is_empty() => {
                        let lane = running.remove(index % running.len());
                        if let Some(next) = lanes.done(lane, None) {
                            let index = waiting.iter().position(|&(_, _, caller)| caller == next).unwrap();
                            let (lane, _, _) = waiting.remove(index);
                            prop_assert!(
                                waiting.iter().all(|&(other, _, caller)| other != lane || caller > next),
                                "first come, first served"
                            );
                            running.push(lane);
                        }
                    }
                    Step::Leave(_) | Step::End(_) => {}
                }
                let load: Vec<Load> = lanes.load().collect();
                let count = |all: &[usize], lane| all.iter().filter(|&&other| other == lane).count();
                let waits: Vec<usize> = waiting.iter().map(|&(lane, _, _)| lane).collect();
                prop_assert!(running.len() <= concurrency && waits.len() <= queue + each.len());
                for (lane, load) in load.iter().enumerate() {
                    prop_assert_eq!(load.running, count(&running, lane));
                    prop_assert_eq!(load.waiting, count(&waits, lane));
                    prop_assert!(load.running <= each[lane].0 && load.waiting <= each[lane].1);
                    let free = running.len() < concurrency && load.running < each[lane].0;
                    prop_assert!(!free || load.waiting == 0, "a place is free and somebody waits for it");
                }
            }
        }
    }
}
