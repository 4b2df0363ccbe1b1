//! The last hour of every hook that was called.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::point::{Counts, Point};
use crate::telemetry::Metrics;

/// The interval of a point.
pub(super) const INTERVAL: Duration = Duration::from_secs(15);
/// Points of an hour.
pub(super) const POINTS: usize = 240;

/// A hook: the plugin's name, and its own.
type Key = (String, &'static str);

/// The history of all hooks. A hook that was never called has none, and one that was not called for an hour has no points.
#[derive(Debug)]
pub(super) struct History {
    tracks: BTreeMap<Key, Track>,
    sampled: Instant,
    version: u64,
}

/// The history of a hook.
#[derive(Debug, Default)]
struct Track {
    /// The counts at the last point.
    before: Counts,
    /// The oldest first.
    points: VecDeque<Point>,
    /// How many of the newest points are idle.
    idle: usize,
}

impl Track {
    fn add(&mut self, counts: Counts) {
        let point = Point::new(&counts.since(&self.before));
        self.before = counts;
        self.idle = if point.is_idle() { self.idle + 1 } else { 0 };
        if self.idle >= POINTS {
            self.points = VecDeque::new();
        }
        if self.points.is_empty() && point.is_idle() {
            return;
        }
        if self.points.len() >= POINTS {
            self.points.pop_front();
        }
        self.points.push_back(point);
    }
}

/// A hook now.
#[derive(Debug)]
pub(super) struct Now {
    /// Since the start.
    pub(super) total: Counts,
    /// Since the last point.
    pub(super) since: Counts,
}

impl History {
    /// No points yet.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            tracks: BTreeMap::new(),
            sampled: now,
            version: 0,
        }
    }

    /// Adds a point to every hook that was ever called.
    pub(super) fn sample(&mut self, metrics: &Metrics, now: Instant) {
        for name in metrics.plugins() {
            let Some(plugin) = metrics.plugin(&name) else {
                continue;
            };
            for (hook, metrics) in plugin.hooks() {
                if let Some(totals) = metrics.totals() {
                    let track = self.tracks.entry((name.clone(), hook)).or_default();
                    track.add(Counts::from(&totals));
                }
            }
        }
        self.sampled = now;
        self.version += 1;
    }

    /// Changes with every point.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// When the last point was added.
    pub(super) fn sampled(&self) -> Instant {
        self.sampled
    }

    /// The hooks of a plugin that have points, with the points, the oldest first.
    pub(super) fn of<'a>(
        &'a self,
        plugin: &'a str,
    ) -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'a Point> + Clone)> {
        let from = self.tracks.range((plugin.to_owned(), "")..);
        from.take_while(move |((name, _), _)| name == plugin)
            .filter(|(_, track)| !track.points.is_empty())
            .map(|((_, hook), track)| (*hook, track.points.iter()))
    }

    /// What a hook did since the start and since its last point; `None` if it was never called.
    pub(super) fn now(&self, metrics: &Metrics, plugin: &str, hook: &'static str) -> Option<Now> {
        let total = Counts::from(&metrics.plugin(plugin)?.hook(hook).totals()?);
        let before = self.tracks.get(&(plugin.to_owned(), hook));
        let since = total.since(&before.map(|track| track.before).unwrap_or_default());
        Some(Now { total, since })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::telemetry::MetricsOptions;

    fn metrics(plugins: &[&str]) -> Metrics {
        let options = MetricsOptions {
            hooks: &["sync", "customize", "finalize"],
            outcomes: &["ok", "trap"],
            rules: &[],
            memo: &[],
            version: "1",
        };
        Metrics::new(options, plugins.iter().copied())
    }

    fn call(metrics: &Metrics, plugin: &str, outcome: &'static str, run: Option<Duration>) {
        let hook = metrics.hook(plugin, "sync");
        hook.ended(outcome);
        hook.took(Duration::from_millis(1), None, run, None);
    }

    fn answered(history: &History, plugin: &str) -> Vec<u64> {
        let hooks: Vec<_> = history.of(plugin).collect();
        let points = hooks.into_iter().flat_map(|(_, points)| points);
        points.map(|point| point.classes()[0]).collect()
    }

    #[test]
    fn a_point_has_what_was_since_the_one_before() {
        let metrics = metrics(&["a", "b", "ab"]);
        let mut history = History::new(Instant::now());
        history.sample(&metrics, Instant::now());
        assert_eq!(history.of("a").count(), 0, "never called");
        call(&metrics, "a", "ok", Some(Duration::from_millis(2)));
        call(&metrics, "a", "trap", None);
        let now = history.now(&metrics, "a", "sync").unwrap();
        assert_eq!(
            (now.total.classes, now.since.classes),
            ([1, 0, 0, 1], [1, 0, 0, 1])
        );
        history.sample(&metrics, Instant::now());
        call(&metrics, "a", "ok", None);
        history.sample(&metrics, Instant::now());
        history.sample(&metrics, Instant::now());
        assert_eq!(answered(&history, "a"), [1, 1, 0]);
        let (hook, points) = history.of("a").next().unwrap();
        let points: Vec<_> = points.collect();
        assert_eq!((hook, points[0].classes()), ("sync", [1, 0, 0, 1]));
        assert!(
            (1000..2600).contains(&points[0].micros()[1][0]) && points[1].micros()[1] == [0, 0],
            "{points:?}"
        );
        assert_eq!(history.of("b").count(), 0);
        let now = history.now(&metrics, "a", "sync").unwrap();
        assert_eq!(
            (now.total.classes, now.since.classes),
            ([2, 0, 0, 1], [0, 0, 0, 0])
        );
        assert!(history.now(&metrics, "b", "sync").is_none());
        assert_eq!(history.version(), 4);
    }

    #[test]
    fn an_hour_without_calls_leaves_no_points_and_the_next_call_counts_once() {
        let metrics = metrics(&["a"]);
        let mut history = History::new(Instant::now());
        for _ in 0..500 {
            call(&metrics, "a", "ok", None);
        }
        for _ in 0..=POINTS {
            history.sample(&metrics, Instant::now());
        }
        assert_eq!(history.of("a").count(), 0);
        call(&metrics, "a", "ok", None);
        history.sample(&metrics, Instant::now());
        assert_eq!(answered(&history, "a"), [1]);
    }

    #[test]
    fn a_hundred_plugins_with_two_busy_hooks_take_about_a_megabyte() {
        let names: Vec<String> = (0..100).map(|number| format!("plugin-{number}")).collect();
        let metrics = metrics(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let mut history = History::new(Instant::now());
        for _ in 0..2 * POINTS {
            for name in &names {
                for hook in ["sync", "customize"] {
                    metrics.hook(name, hook).ended("ok");
                    metrics.hook(name, hook).took(Duration::ZERO, None, None, None);
                }
            }
            history.sample(&metrics, Instant::now());
        }
        let of =
            |track: &Track| size_of::<(Key, Track)>() + 20 + track.points.capacity() * size_of::<Point>();
        let bytes: usize = history.tracks.values().map(of).sum();
        assert_eq!(history.tracks.len(), 200);
        assert!(bytes < 1_000_000, "{bytes}");
    }

    proptest! {
        /// Whatever is called when: the points are the last hour, and none is lost or counted twice.
        #[test]
        fn points_add_up(calls in vec(0..5_u64, 1..600)) {
            let metrics = metrics(&["a"]);
            let mut history = History::new(Instant::now());
            for count in &calls {
                for _ in 0..*count {
                    call(&metrics, "a", "ok", None);
                }
                history.sample(&metrics, Instant::now());
            }
            let last: Vec<u64> = calls.iter().rev().take(POINTS).rev().copied().collect();
            let points = answered(&history, "a");
            prop_assert!(points.len() <= POINTS);
            let missing = last.len() - points.len();
            prop_assert!(last[..missing].iter().all(|count| *count == 0), "{missing}");
            prop_assert_eq!(&points, &last[missing..]);
        }
    }
}
