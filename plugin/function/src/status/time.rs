//! Times without a clock.

use super::finding::Truth;
use super::parents::parents;
use crate::function::request::{Children, Condition};

/// What stands for "long ago" where nothing has a time.
const EPOCH: &str = "1970-01-01T00:00:00Z";

/// The times of an earlier status, and the newest that is observed.
#[derive(Debug)]
pub(crate) struct Times<'a> {
    previous: &'a [Condition<'a>],
    newest: &'a str,
    generation: Option<i64>,
}

/// The newest time that has been seen.
struct Newest<'a>(Option<&'a str>);

impl<'a> Newest<'a> {
    #[inline(never)]
    fn see(&mut self, time: &'a str) {
        if is_time(time) && self.0.is_none_or(|newest| newest < time) {
            self.0 = Some(time);
        }
    }

    fn see_condition(&mut self, condition: &Condition<'a>) {
        self.see(condition.last_transition_time);
        self.see(condition.last_update_time);
    }
}

impl<'a> Times<'a> {
    /// `created` is the Function's creation time, `previous` the conditions of its last status.
    pub(crate) fn new(
        previous: &'a [Condition<'a>],
        created: Option<&'a str>,
        generation: Option<i64>,
        children: &Children<'a>,
    ) -> Self {
        let mut newest = Newest(None);
        newest.see(created.unwrap_or_default());
        for condition in previous {
            newest.see_condition(condition);
        }
        for child in children.all() {
            newest.see(child.creation_timestamp);
            for condition in &child.conditions {
                newest.see_condition(condition);
            }
            for condition in parents(child).flat_map(Condition::all) {
                newest.see_condition(&condition);
            }
        }
        let newest = newest.0.unwrap_or(EPOCH);
        Times {
            previous,
            newest,
            generation,
        }
    }

    /// The transition time of a condition that now has this status.
    pub(super) fn of(&self, r#type: &str, truth: Truth) -> &'a str {
        self.previous
            .iter()
            .filter(|condition| condition.r#type == r#type)
            .filter(|condition| condition.status == truth.as_str())
            .map(|condition| condition.last_transition_time)
            .find(|time| is_time(time))
            .unwrap_or(self.newest)
    }

    /// A time that is observed, if it is one.
    pub(super) fn seen(&self, time: &'a str) -> &'a str {
        if is_time(time) { time } else { self.newest }
    }

    /// The Function's generation.
    pub(super) fn generation(&self) -> Option<i64> {
        self.generation
    }
}

/// Whole seconds in UTC, as Kubernetes writes them: `2026-11-24T07:20:52Z`. Such texts compare
/// as the times do; any other text is passed over.
fn is_time(text: &str) -> bool {
    text.len() == EPOCH.len()
        && text.bytes().zip(EPOCH.bytes()).all(|(found, like)| {
            if like.is_ascii_digit() {
                found.is_ascii_digit()
            } else {
                found == like
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::request::Request;

    /// The times of a Function with this creation time and these conditions, in JSON.
    fn of(created: &str, conditions: &str, asked: &[(&str, Truth)]) -> Vec<String> {
        let request = format!(
            r#"{{"parent":{{"metadata":{{"creationTimestamp":"{created}"}},
                "status":{{"conditions":{conditions}}}}},"children":{{}}}}"#
        );
        let request = Request::parse(&request).unwrap();
        let previous = request.conditions();
        let times = Times::new(&previous, request.created(), None, &request.children());
        let times = asked
            .iter()
            .map(|(r#type, truth)| times.of(r#type, *truth).to_owned());
        times.collect()
    }

    #[test]
    fn an_unchanged_status_keeps_its_time() {
        let previous = r#"[null, {"type":"Ready","status":"True","lastTransitionTime":"2020-01-01T00:00:00Z"},
                {"type":"Route","status":"True","lastTransitionTime":"2024-01-01T00:00:00Z"}]"#;
        let asked = [
            ("Ready", Truth::True),
            ("Ready", Truth::False),
            ("Scaler", Truth::True),
        ];
        assert_eq!(
            of("2021-01-01T00:00:00Z", previous, &asked),
            [
                "2020-01-01T00:00:00Z",
                "2024-01-01T00:00:00Z",
                "2024-01-01T00:00:00Z"
            ]
        );
    }

    #[test]
    fn without_observations_the_creation_time_counts() {
        let asked = [("Ready", Truth::True)];
        assert_eq!(of("2021-01-01T00:00:00Z", "[]", &asked), ["2021-01-01T00:00:00Z"]);
        assert_eq!(of("yesterday", "[]", &asked), [EPOCH]);
    }

    #[test]
    fn odd_times_are_passed_over() {
        for text in [
            "",
            "z",
            "2026-11-24",
            "2026-11-24T07:20:52+01:00",
            "2026-11-24 07:20:52Z",
            "é026-11-24T07:20:52Z",
        ] {
            assert!(!is_time(text), "{text}");
        }
        assert!(is_time("2026-11-24T07:20:52Z"));
    }
}
