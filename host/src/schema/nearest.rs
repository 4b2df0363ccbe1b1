//! The known name that a misspelt one stands for.

/// Bytes of a name that is looked at.
const LONGEST: usize = 64;

/// The nearest of the known names, if one is near enough to be meant.
pub(super) fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    if name.len() > LONGEST {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let far = (name.len() / 3).clamp(1, 3);
    known
        .filter(|known| known.len().abs_diff(name.len()) <= far && known.len() <= LONGEST)
        .map(|known| {
            (
                distance(lower.as_bytes(), known.to_ascii_lowercase().as_bytes()),
                known,
            )
        })
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, known)| (*distance, known.len().abs_diff(name.len())))
        .map(|(_, known)| known)
}

/// Letters to insert, leave out, replace or swap with their neighbour.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut least = (at(&last, j) + usize::from(a != b))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            let is_swap = i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if is_swap {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        let known = [
            "replicas",
            "selector",
            "template",
            "minReadySeconds",
            "ip",
            "port",
            "ports",
        ];
        for (name, meant) in [
            ("repicas", Some("replicas")),
            ("relpicas", Some("replicas")),
            ("Replicas", Some("replicas")),
            ("min_ready_seconds", Some("minReadySeconds")),
            ("ports_", Some("ports")),
            ("id", Some("ip")),
            ("strategy", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()), meant, "{name}");
        }
        assert_eq!(nearest(&"a".repeat(1 << 20), known.into_iter()), None);
    }
}
