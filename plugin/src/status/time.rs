//! Times without a clock.

use super::Truth;
use crate::api::field::Field;
use crate::api::request::{Children, Condition, Observed};

/// What stands for "long ago" where nothing has a time.
const EPOCH: &str = "1970-01-01T00:00:00Z";

/// The times of an earlier status, and the newest that is observed.
#[derive(Debug)]
pub(crate) struct Times<'a> {
    previous: &'a [Field<Condition>],
    newest: String,
    generation: Option<i64>,
}

impl<'a> Times<'a> {
    /// `created` is the Function's creation time, `previous` the conditions of its last status.
    pub(crate) fn new(
        previous: &'a [Field<Condition>],
        created: Option<&str>,
        generation: Option<i64>,
        children: &Children<'_>,
    ) -> Self {
        let objects = children.all().iter();
        let births = objects.filter_map(|child| child.meta().map(|meta| meta.creation_timestamp.text()));
        let changes = children
            .all()
            .iter()
            .flat_map(Observed::conditions)
            .chain(previous.iter().filter_map(Field::get))
            .flat_map(|condition| {
                [
                    condition.last_transition_time.text(),
                    condition.last_update_time.text(),
                ]
            });
        let newest = births
            .chain(changes)
            .chain(created)
            .filter(|time| is_time(time))
            .max()
            .unwrap_or(EPOCH)
            .to_owned();
        Times {
            previous,
            newest,
            generation,
        }
    }

    /// The transition time of a condition that now has this status.
    pub(super) fn of(&self, r#type: &str, truth: Truth) -> String {
        let previous = self.previous.iter().filter_map(Field::get);
        previous
            .filter(|condition| condition.r#type.text() == r#type)
            .filter(|condition| condition.status.text() == truth.as_str())
            .map(|condition| condition.last_transition_time.text())
            .find(|time| is_time(time))
            .unwrap_or(&self.newest)
            .to_owned()
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
    use crate::api::field::List;

    fn previous(json: &str) -> List<Condition> {
        let field: Field<List<Condition>> = serde_json::from_str(json).unwrap();
        field.ok().unwrap()
    }

    #[test]
    fn an_unchanged_status_keeps_its_time() {
        let previous = previous(
            r#"[null, {"type":"Ready","status":"True","lastTransitionTime":"2020-01-01T00:00:00Z"},
                {"type":"Route","status":"True","lastTransitionTime":"2024-01-01T00:00:00Z"}]"#,
        );
        let times = Times::new(
            &previous,
            Some("2021-01-01T00:00:00Z"),
            None,
            &Children::default(),
        );
        assert_eq!(times.of("Ready", Truth::True), "2020-01-01T00:00:00Z");
        assert_eq!(times.of("Ready", Truth::False), "2024-01-01T00:00:00Z");
        assert_eq!(times.of("Scaler", Truth::True), "2024-01-01T00:00:00Z");
    }

    #[test]
    fn without_observations_the_creation_time_counts() {
        let times = Times::new(&[], Some("2021-01-01T00:00:00Z"), None, &Children::default());
        assert_eq!(times.of("Ready", Truth::True), "2021-01-01T00:00:00Z");
        let none = Times::new(&[], Some("yesterday"), None, &Children::default());
        assert_eq!(none.of("Ready", Truth::True), EPOCH);
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
