//! When a source is looked at, and whether what is seen is worth loading: plain state, without clocks.
//!
//! Files are polled and not watched through inotify: a poll costs a few microseconds for each plugin, sees Kubernetes'
//! links, editors' renames and network file systems alike, and cannot lose an event or a watch. A file is taken only
//! when it is seen twice in the same state, so that one that is being written is left alone.

use std::time::{Duration, Instant};

use crate::catalogue::{PluginSpec, Version};

/// How often sources are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intervals {
    /// Files.
    pub files: Duration,
    /// Tags of a registry.
    pub tags: Duration,
}

impl Default for Intervals {
    /// 2 s and 1 min.
    fn default() -> Self {
        Self {
            files: Duration::from_secs(2),
            tags: Duration::from_secs(60),
        }
    }
}

/// Times that the interval of a source is doubled while it cannot be reached: 32 times as long.
const MOST_DOUBLED: u32 = 5;

/// What is known of a source.
#[derive(Debug)]
pub(super) struct Track {
    /// What was there when it was loaded last, or when that failed; `None` where nothing could be seen.
    taken: Option<Version>,
    /// What was there at the last look, where it is something else.
    seen: Option<Version>,
    /// The last version that could be used: how it was configured, and its digest.
    good: Option<(PluginSpec, String)>,
    next: Instant,
    failures: u32,
}

impl Track {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            taken: None,
            seen: None,
            good: None,
            next: now,
            failures: 0,
        }
    }

    /// The digest of the version in use, if it is configured like this.
    pub(super) fn known(&self, spec: &PluginSpec) -> Option<String> {
        let (of, digest) = self.good.as_ref()?;
        (of == spec).then(|| digest.clone())
    }

    /// Keeps what came of loading: what was there, and the version if it can be used.
    pub(super) fn taken(&mut self, stamp: Option<Version>, good: Option<(PluginSpec, String)>) {
        self.taken = stamp;
        self.seen = None;
        if good.is_some() {
            self.good = good;
        }
    }

    /// Whether it is time to look at the source.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.next
    }

    /// Takes note of what was seen of a source, which may be `local`. `None` is a source that cannot be seen. Returns
    /// whether there is something to load.
    pub(super) fn saw(
        &mut self,
        version: Option<Version>,
        local: bool,
        intervals: Intervals,
        now: Instant,
    ) -> bool {
        self.failures = match version {
            Some(_) => 0,
            None => (self.failures + 1).min(MOST_DOUBLED),
        };
        let wait = if local {
            intervals.files
        } else {
            jittered(intervals.tags * 2_u32.pow(self.failures), random())
        };
        self.next = now + wait;
        match version {
            Some(version) => self.sees(version, !local),
            // The version in use is all there is. Loading it again would only fail.
            None => {
                self.seen = None;
                false
            }
        }
    }

    /// Sees what is there. Returns whether it is new, and whole: `whole` says that it always is.
    fn sees(&mut self, stamp: Version, whole: bool) -> bool {
        if self.taken.as_ref() == Some(&stamp) {
            self.seen = None;
            return false;
        }
        let stable = whole || self.seen.as_ref() == Some(&stamp);
        self.seen = (!stable).then_some(stamp);
        stable
    }
}

/// A duration of 90 to 110 percent, so that many hosts do not ask a registry at the same time.
pub fn jittered(of: Duration, random: u64) -> Duration {
    let percent = 90 + u32::try_from(random % 21).unwrap_or_default();
    of * percent / 100
}

fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(text: &str) -> Version {
        Version::named(text)
    }

    #[test]
    fn a_file_is_taken_when_it_is_seen_twice_in_the_same_state() {
        let mut track = Track::new(Instant::now());
        track.taken(Some(stamp("a")), None);
        for (seen, taken) in [
            ("a", false),
            ("b", false),
            // Still being written.
            ("c", false),
            ("c", true),
        ] {
            assert_eq!(track.sees(stamp(seen), false), taken, "{seen}");
        }
        track.taken(Some(stamp("c")), None);
        assert!(!track.sees(stamp("c"), false));
        assert!(!track.sees(stamp("d"), false) && !track.sees(stamp("c"), false));
        assert!(!track.sees(stamp("d"), false), "it was away in between");
        assert!(track.sees(stamp("e"), true), "a tag is never half there");
    }

    #[test]
    fn a_source_is_looked_at_when_it_is_time_and_one_that_is_gone_is_left_alone() {
        let intervals = Intervals::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut track = Track::new(start);
        let saw = |track: &mut Track, version: Option<&str>, seconds| {
            assert!(track.is_due(at(seconds)));
            track.saw(version.map(Version::named), true, intervals, at(seconds))
        };
        assert!(!saw(&mut track, Some("a"), 0), "seen once");
        assert!(!track.is_due(at(1)));
        assert!(saw(&mut track, Some("a"), 2));
        track.taken(Some(stamp("a")), None);
        assert!(!saw(&mut track, None, 4) && !saw(&mut track, None, 6));
        assert!(!saw(&mut track, Some("a"), 8), "it is the same again");
        assert!(!saw(&mut track, Some("b"), 10) && saw(&mut track, Some("b"), 12));
    }

    #[test]
    fn a_registry_that_cannot_be_reached_is_asked_less_and_less() {
        let intervals = Intervals::default();
        let start = Instant::now();
        let mut track = Track::new(start);
        let mut now = start;
        for minutes in [2, 4, 8, 16, 32, 32] {
            track.saw(None, false, intervals, now);
            let most = now + Duration::from_secs(minutes * 66);
            assert!(!track.is_due(now + Duration::from_secs(minutes * 53)) && track.is_due(most));
            now = most;
        }
        assert!(
            track.saw(Some(stamp("a")), false, intervals, now),
            "a tag is never half there"
        );
        assert!(track.is_due(now + Duration::from_secs(66)));
    }

    #[test]
    fn jitter_is_a_tenth_to_both_sides() {
        let minute = Duration::from_secs(60);
        let all: Vec<Duration> = (0..21).map(|random| jittered(minute, random)).collect();
        assert_eq!(all.first(), Some(&Duration::from_secs(54)));
        assert_eq!(all.last(), Some(&Duration::from_secs(66)));
        assert_eq!(jittered(minute, u64::MAX), jittered(minute, u64::MAX % 21));
    }
}
